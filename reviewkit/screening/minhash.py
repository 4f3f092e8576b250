"""Signatures of texts, whose share of equal places tells how much of the texts is the same."""

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reviewkit.checks import same_length

SHINGLE = 4
N_HASHES = 126
ROWS = 6
N_BANDS = N_HASHES // ROWS
_HASH_BITS = 32


def shingles(words: Sequence[str]) -> NDArray[np.uint64]:
    """Return the hashes of a text's runs of four words, each once.

    Examples
    --------
    >>> len(shingles("we ask and they wait and we ask and they wait".split()))
    6
    """
    codes = np.fromiter((zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words), np.uint64, len(words))
    if codes.size < SHINGLE:
        return np.unique(codes)
    mixed = np.zeros(codes.size - SHINGLE + 1, dtype=np.uint64)
    for at in range(SHINGLE):
        mixed = (mixed ^ codes[at : at + mixed.size]) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return np.unique(mixed)


def jaccard(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> float:
    """Return the share of shingles that two texts have in common, of all that either has; 0 where neither has any.

    Examples
    --------
    >>> jaccard(np.array([1, 2, 3], dtype=np.uint64), np.array([2, 3, 4], dtype=np.uint64))
    0.5
    """
    n_both = np.intersect1d(first, second, assume_unique=True).size
    n_either = first.size + second.size - n_both
    return n_both / n_either if n_either else 0.0


class MinHasher:
    """Makes signatures whose share of equal places estimates the Jaccard similarity of texts.

    Parameters
    ----------
    seed : int, keyword-only
        Signatures of different seeds do not compare.

    Notes
    -----
    Broder (1997), "On the resemblance and containment of documents". 126 places in 21 bands of 6: a pair at Jaccard 0.8
    shares a band with probability 0.998, a pair at 0.3 with probability 0.015.
    """

    def __init__(self, *, seed: int = 20_240_501) -> None:
        generator = np.random.default_rng(seed)
        self._factors = generator.integers(1, 1 << 63, N_HASHES, dtype=np.uint64) | np.uint64(1)
        self._terms = generator.integers(0, 1 << 63, N_HASHES, dtype=np.uint64)

    def signature(self, hashes: NDArray[np.uint64]) -> NDArray[np.uint32]:
        """Return the signature of a text's shingles.

        Parameters
        ----------
        hashes : ndarray of uint64, shape (n_shingles,)

        Returns
        -------
        ndarray of uint32, shape (126,)
            All ones where there are no shingles.
        """
        if hashes.size == 0:
            return np.full(N_HASHES, np.iinfo(np.uint32).max, dtype=np.uint32)
        mixed = hashes[:, None] * self._factors[None, :] + self._terms[None, :]
        least: NDArray[np.uint32] = (mixed >> np.uint64(_HASH_BITS)).astype(np.uint32).min(axis=0)
        return least


def estimated_jaccard(first: NDArray[np.uint32], second: NDArray[np.uint32]) -> float:
    """Return the share of equal places of two signatures, an unbiased estimate of their texts' Jaccard similarity."""
    same_length(first, second, names=("first", "second"))
    return float(np.mean(first == second))


def band_keys(signature: NDArray[np.uint32]) -> list[int]:
    """Return a key for each band of a signature; signatures that share one are worth comparing."""
    return [
        zlib.crc32(band.tobytes(), number) << 24 ^ zlib.adler32(band.tobytes()) ^ number
        for number, band in enumerate(signature.reshape(N_BANDS, ROWS))
    ]
