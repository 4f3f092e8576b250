"""One fixed vector a token, averaged: an encoder of a few megabytes that needs no torch."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewkit.errors import EncoderError

STATIC_ENCODER = "static-minilm"
TABLE, TOKENIZER, ABOUT = "table.npz", "tokenizer.json", "about.json"
_PACKAGE = Path(__file__).resolve().parents[1]


class StaticEncoder:
    """An encoder that looks each token's vector up and takes the mean, brought to unit length.

    The vectors were distilled from MiniLM once, and come with the library. A word has one vector whatever stands
    around it, so it reads less well than the model that it comes from; it is hundreds of times as fast.

    Parameters
    ----------
    folder : Path or str, optional
        With ``table.npz``, ``tokenizer.json`` and ``about.json``; left out, the one that comes with the library.

    Raises
    ------
    EncoderError
        If a file is missing, or is not the one that ``about.json`` names.

    Examples
    --------
    >>> encoder = StaticEncoder()
    >>> vectors = encoder.encode(["Pupils lead the routine.", "Students run the procedure.", "It rained."])
    >>> vectors.shape, bool(vectors[0] @ vectors[1] > vectors[0] @ vectors[2])
    ((3, 256), True)
    """

    place = "numpy"

    def __init__(self, folder: Path | str | None = None) -> None:
        from tokenizers import Tokenizer

        folder = static_folder() if folder is None else Path(folder)
        about = _about(folder)
        self.name, self.folder = STATIC_ENCODER, folder
        self.max_tokens = int(about["max_tokens"])
        self.digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
        self._tokenizer: Any = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        with np.load(folder / TABLE, allow_pickle=False) as table:
            self._vectors, self._steps = table["vectors"], table["steps"]
        self.dimension = int(self._vectors.shape[1])

    def count_tokens(self, text: str) -> int:
        """Tokens of a text."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of texts of any length, shape (n_texts, dimension); zeros where a text has no token."""
        found = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        vectors = [self._mean(one.ids) for one in found]
        return np.stack(vectors) if vectors else np.zeros((0, self.dimension), np.float32)

    def _mean(self, tokens: list[int]) -> NDArray[np.float32]:
        rows: NDArray[np.float32] = self._vectors[tokens] * self._steps[tokens, None]
        mean: NDArray[np.float32] = np.add.reduce(rows, axis=0, dtype=np.float32)
        mean /= np.maximum(np.sqrt((mean * mean).sum()), np.float32(1e-12))
        return mean


def static_folder() -> Path:
    """Folder of the distilled table that comes with the library.

    Raises
    ------
    EncoderError
        If this installation carries none.
    """
    for root in (_PACKAGE / "shipped", _PACKAGE.parent):
        folder = root / "models" / STATIC_ENCODER
        if folder.is_dir():
            return folder
    raise EncoderError(f"{STATIC_ENCODER}: did not come with this installation; install reviewkit from a wheel.")


def _about(folder: Path) -> dict[str, Any]:
    try:
        about: dict[str, Any] = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        for name, digest in about["sha256"].items():
            found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
            if found != digest:
                raise EncoderError(
                    f"{folder / name}: has SHA-256 {found[:12]}..., but {ABOUT} says {digest[:12]}...; "
                    "take the folder anew."
                )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EncoderError(f"{folder}: is no static encoder ({error}); take the folder anew.") from error
    return about
