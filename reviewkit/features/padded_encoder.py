"""Any sentence-transformers model in fixed padded shapes: for those whose layers are not known well enough to pack.

A text's shape depends on its own length alone, so its vector is the same alone and in any batch.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

TOKENS_PER_BATCH = 256
_FINE, _COARSE = 8, 64


class PaddedModel:
    """A model run on batches of texts of like length, rows and length fixed by the length alone.

    Parameters
    ----------
    model : SentenceTransformer
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._padding = model.tokenizer.pad_token_id or 0
        self._dimension = int(model.get_embedding_dimension())
        self._longest = int(model.max_seq_length)

    def encode(self, tokens: Sequence[list[int]]) -> NDArray[np.float32]:
        """Encode tokenized texts.

        Parameters
        ----------
        tokens : sequence of list of int
            Special tokens included.

        Returns
        -------
        ndarray of float32, shape (n_texts, dimension)
        """
        vectors = np.empty((len(tokens), self._dimension), dtype=np.float32)
        for length, rows in self._batches(tokens):
            vectors[rows] = self._encode_batch([tokens[row] for row in rows], length=length)
        return vectors

    def _batches(self, tokens: Sequence[list[int]]) -> Iterator[tuple[int, list[int]]]:
        by_length: dict[int, list[int]] = {}
        for row, ids in enumerate(tokens):
            by_length.setdefault(min(padded_length(len(ids)), self._longest), []).append(row)
        for length, rows in sorted(by_length.items()):
            n_rows = rows_of(length)
            yield from ((length, rows[at : at + n_rows]) for at in range(0, len(rows), n_rows))

    def _encode_batch(self, tokens: list[list[int]], *, length: int) -> NDArray[np.float32]:
        import torch

        ids = torch.full((rows_of(length), length), self._padding, dtype=torch.long)
        mask = torch.zeros(ids.shape, dtype=torch.long)
        mask[:, 0] = 1
        for row, one in enumerate(tokens):
            ids[row, : len(one)] = torch.tensor(one, dtype=torch.long)
            mask[row, : len(one)] = 1
        features = {"input_ids": ids.to(self._model.device), "attention_mask": mask.to(self._model.device)}
        with torch.inference_mode():
            vectors = self._model(features)["sentence_embedding"]
        result: NDArray[np.float32] = vectors[: len(tokens)].float().cpu().numpy()
        return result


def padded_length(n_tokens: int) -> int:
    """Length that a text is padded to.

    Examples
    --------
    >>> [padded_length(n) for n in (3, 8, 17, 65)]
    [8, 8, 24, 128]
    """
    step = _FINE if n_tokens <= _COARSE else _COARSE
    return -(-n_tokens // step) * step


def rows_of(length: int) -> int:
    """Rows of a batch of texts padded to that length."""
    return max(1, TOKENS_PER_BATCH // length)
