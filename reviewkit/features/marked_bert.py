"""BERT over a sentence in its place: the sentence's tokens are marked, and pooled apart from what stands around it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewkit.features.packed_encoder import BLOCK_TOKENS, Layer, PackedBert, alike, runs

N_LAYERS = 6
N_HEADS = 12
EPSILON = 1e-12

Arrays = Mapping[str, NDArray[Any]]


class MarkedBert(PackedBert):
    """A BERT that tells a sentence's own tokens from its neighbours', as arrays.

    A marked token is written as its number plus the size of the vocabulary.

    Parameters
    ----------
    weights : mapping of str to ndarray of float32
        ``kinds`` (2, width): added to tokens around the sentence and to its own; ``places`` (n_places, width);
        ``first_norm.weight``, ``.bias``; and for each layer ``N.NAME.weight``, ``.bias`` of each field of ``Layer``.
    words : ndarray of float32, shape (n_words, width), keyword-only
    """

    def __init__(self, weights: Arrays, *, words: NDArray[np.float32]) -> None:
        import torch

        held = {name: torch.from_numpy(np.ascontiguousarray(one)) for name, one in weights.items()}

        def pair(name: str) -> tuple[Any, Any]:
            return held[f"{name}.weight"], held[f"{name}.bias"]

        def norm(name: str) -> tuple[Any, Any, float]:
            return (*pair(name), EPSILON)

        self._dtype, self._block = torch.float32, BLOCK_TOKENS
        self._device = self.device = torch.device("cpu")
        self._n_heads = N_HEADS
        self._words, self._places, self._kinds = torch.from_numpy(words), held["places"], held["kinds"]
        self._first_norm = norm("first_norm")
        self._layers = [
            Layer(
                query_key_value=pair(f"{at}.query_key_value"),
                attended=pair(f"{at}.attended"),
                attended_norm=norm(f"{at}.attended_norm"),
                wide=pair(f"{at}.wide"),
                narrow=pair(f"{at}.narrow"),
                norm=norm(f"{at}.norm"),
            )
            for at in range(N_LAYERS)
        ]

    def encode(self, tokens: Sequence[list[int]]) -> NDArray[np.float32]:
        """Encode tokenized texts with marked tokens.

        Parameters
        ----------
        tokens : sequence of list of int
            Special tokens included; in each, marked tokens stand side by side.

        Returns
        -------
        ndarray of float32, shape (n_texts, 2 * width)
            Mean of the marked tokens' states, then the first token's.
        """
        import torch

        vectors = np.empty((len(tokens), 2 * self._words.shape[1]), dtype=np.float32)
        with torch.inference_mode():
            for rows in runs([len(one) for one in tokens]):
                chosen = [tokens[row] for row in rows]
                lengths = [len(one) for one in chosen]
                states = self._states(chosen, list(alike(lengths)))
                starts = np.cumsum([0, *lengths[:-1]])
                vectors[rows] = [self._pooled(states, one, at) for one, at in zip(chosen, starts, strict=True)]
        return vectors

    def _pooled(self, states: NDArray[np.float32], tokens: list[int], start: int) -> NDArray[np.float32]:
        own = start + np.flatnonzero(np.asarray(tokens) >= len(self._words))
        mean = np.add.reduce(states[own], axis=0) / np.float32(len(own))
        return np.concatenate([mean, states[start]])

    def _embed(self, tokens: list[list[int]]) -> Any:
        import torch

        marked, ids = np.divmod(np.concatenate([np.asarray(one, dtype=np.int64) for one in tokens]), len(self._words))
        places = np.concatenate([np.arange(len(one), dtype=np.int64) for one in tokens])
        room = (0, -len(ids) % self._block)
        word, kind, place = (torch.from_numpy(np.pad(one, room)) for one in (ids, marked, places))
        return self._norm_first(self._words[word] + self._kinds[kind] + self._places[place])
