"""An encoder that keeps the vectors it has made, so that five folds encode each sentence once, and times it."""

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reviewkit import EncoderSettings, SentenceTransformerEncoder


class RememberingEncoder:
    """The default encoder with a memory."""

    def __init__(self) -> None:
        self.inner = SentenceTransformerEncoder(EncoderSettings())
        self.name, self.digest = self.inner.name, self.inner.digest
        self.dimension, self.max_tokens = self.inner.dimension, self.inner.max_tokens
        self.seconds = 0.0
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, special tokens not counted."""
        return self.inner.count_tokens(text)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of texts; those met before are not encoded again."""
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        start = time.perf_counter()
        self._vectors.update(zip(new, self.inner.encode(new), strict=True))
        self.seconds += time.perf_counter() - start
        return np.stack([self._vectors[text] for text in texts]) if texts else np.zeros((0, self.dimension), np.float32)
