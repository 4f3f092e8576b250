"""An encoder behind the cache: what was encoded once is looked up."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reviewkit.features.cache import EmbeddingCache, cache_folder
from reviewkit.features.encoder import Encoder


class CachedEncoder:
    """An encoder that looks each text up before it encodes it.

    Parameters
    ----------
    encoder : Encoder
    cache : EmbeddingCache

    Examples
    --------
    >>> import tempfile
    >>> class WordCounts:
    ...     name, digest, dimension, max_tokens, n_encoded = "word-counts", "0" * 64, 1, 254, 0
    ...     def count_tokens(self, text):
    ...         return len(text.split())
    ...     def encode(self, texts):
    ...         self.n_encoded += len(texts)
    ...         return np.float32([[len(text.split())] for text in texts])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     encoder = CachedEncoder(WordCounts(), EmbeddingCache(folder))
    ...     _ = encoder.encode(["Pupils lead.", "We wait."])
    ...     _ = encoder.encode(["We wait.", "I listen."])
    ...     encoder.cache.close()
    >>> encoder.encoder.n_encoded
    3
    """

    def __init__(self, encoder: Encoder, cache: EmbeddingCache) -> None:
        self.encoder = encoder
        self.cache = cache
        self.name = encoder.name
        self.digest = encoder.digest
        self.dimension = encoder.dimension
        self.max_tokens = encoder.max_tokens
        place = str(getattr(encoder, "place", ""))
        self._who = hashlib.sha256(f"{encoder.digest}\0{place}".encode()).digest()[:16]

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, special tokens not counted."""
        return self.encoder.count_tokens(text)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of texts, shape (n_texts, dimension), bit for bit as the encoder gives them."""
        distinct = list(dict.fromkeys(texts))
        vectors = self.cache.get(self._who, distinct, dimension=self.dimension)
        new = [text for text in distinct if text not in vectors]
        if new:
            made = dict(zip(new, self.encoder.encode(new), strict=True))
            self.cache.put(self._who, made)
            vectors |= made
        return np.stack([vectors[text] for text in texts]) if texts else np.zeros((0, self.dimension), np.float32)


def with_cache(encoder: Encoder) -> Encoder:
    """Put the cache that the environment names before an encoder; where that is ``off``, return it as it is.

    Parameters
    ----------
    encoder : Encoder

    Returns
    -------
    Encoder
        Gives the same bits.

    Examples
    --------
    >>> from reviewkit.features.encoder import EncoderSettings, SentenceTransformerEncoder
    >>> with_cache(SentenceTransformerEncoder(EncoderSettings())).encode(["Pupils lead the routine."]).shape
    (1, 384)
    """
    folder = cache_folder()
    return encoder if folder is None else CachedEncoder(encoder, EmbeddingCache(folder))
