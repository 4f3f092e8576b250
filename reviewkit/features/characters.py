"""Character n-grams as numbers: all of a text's n-grams at once, without cutting a string for each.

An n-gram is told by a polynomial hash of its characters, modulo 2 to the 64: that two of a program's n-grams share one
is next to impossible, and would make them count as one.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)


def normal(text: str) -> str:
    r"""Write a text in small letters, each stretch of white space one blank, with one before and one behind.

    Examples
    --------
    >>> normal("We  line\nup.")
    ' we line up. '
    """
    return f" {' '.join(text.lower().split())} "


def ngram_hashes(text: str, lengths: tuple[int, int]) -> Hashes:
    """Hashes of all n-grams of a text, the shortest first, each length from left to right.

    Parameters
    ----------
    text : str
    lengths : tuple of int
        Shortest and longest n-gram.

    Returns
    -------
    ndarray of uint64, shape (n_ngrams,)

    Examples
    --------
    >>> hashes = ngram_hashes("aba", (1, 2))
    >>> len(hashes), bool(hashes[0] == hashes[2]), bool(hashes[3] == hashes[4])
    (5, True, False)
    """
    return run_hashes([letter_codes(text)], lengths)[0]


def letter_codes(text: str) -> Hashes:
    """Code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)


def run_hashes(codes: Sequence[Hashes], lengths: tuple[int, int]) -> tuple[Hashes, NDArray[np.intp]]:
    """Hashes of all runs within each of several rows of codes, and the row of each; none crosses from row to row.

    Parameters
    ----------
    codes : sequence of ndarray of uint64
        Of the letters of a text, or of its words.
    lengths : tuple of int
        Shortest and longest run.

    Returns
    -------
    hashes : ndarray of uint64, shape (n_runs,)
    row : ndarray of intp, shape (n_runs,)
    """
    row = np.repeat(np.arange(len(codes)), [len(one) for one in codes])
    every = np.concatenate([np.zeros(0, dtype=np.uint64), *codes]) + np.uint64(1)
    hashes, found = np.zeros(len(every) + 1, dtype=np.uint64), [(np.zeros(0, dtype=np.uint64), row[:0])]
    for n in range(1, min(lengths[1], len(every)) + 1):
        hashes = hashes[: len(every) - n + 1] * _BASE + every[n - 1 :]
        within = row[: len(hashes)] == row[n - 1 :]
        if n >= lengths[0]:
            found.append((hashes[within], row[: len(hashes)][within]))
    return np.concatenate([one for one, _ in found]), np.concatenate([one for _, one in found])


class HashPlaces:
    """Places of known hashes, found by one look into a table for nearly all.

    Parameters
    ----------
    known : ndarray of uint64, shape (n_known,)

    Examples
    --------
    >>> HashPlaces(np.array([7, 5], dtype=np.uint64)).find(np.array([5, 6, 7], dtype=np.uint64))
    array([ 1, -1,  0])
    """

    def __init__(self, known: Hashes) -> None:
        n_bits = max(4, (4 * len(known)).bit_length())
        self._known, self._shift = known, np.uint64(64 - n_bits)
        self._table = np.full(2**n_bits, -1, dtype=np.int32)
        left, slot = np.arange(len(known)), self._slots(known)
        while len(left):
            free = np.flatnonzero(self._table[slot] < 0)
            taken, first = np.unique(slot[free], return_index=True)
            self._table[taken] = left[free[first]]
            more = np.ones(len(left), dtype=bool)
            more[free[first]] = False
            left, slot = left[more], (slot[more] + 1) % len(self._table)

    def find(self, hashes: Hashes) -> NDArray[np.intp]:
        """Place of each hash among the known ones, -1 where it is none."""
        found = np.full(len(hashes), -1, dtype=np.intp)
        left, slot = np.arange(len(hashes)), self._slots(hashes)
        while len(left) and len(self._known):
            at = self._table[slot]
            same = (at >= 0) & (self._known[at] == hashes[left])
            found[left[same]] = at[same]
            more = (at >= 0) & ~same
            left, slot = left[more], (slot[more] + 1) % len(self._table)
        return found

    def _slots(self, hashes: Hashes) -> NDArray[np.intp]:
        return ((hashes * _MIX) >> self._shift).astype(np.intp)


def frequent_ngrams(
    submissions: Iterable[Sequence[str]], lengths: tuple[int, int], *, min_submissions: int, n_most: int
) -> tuple[list[str], list[int]]:
    """Find the n-grams that stand in enough submissions, at most so many, the most frequent first.

    Parameters
    ----------
    submissions : iterable of sequence of str
        Each a list of its segments' texts.
    lengths : tuple of int
    min_submissions, n_most : int

    Returns
    -------
    ngrams : list of str
        In alphabetical order.
    n_submissions : list of int
        In how many submissions each stands.

    Examples
    --------
    >>> frequent_ngrams([["ab"], ["b", "c"]], (1, 2), min_submissions=2, n_most=10)
    ([' ', 'b', 'b '], [2, 2, 2])
    """
    texts = [[normal(text) for text in one] for one in submissions]
    merged = _Tally()
    for one in texts:
        merged.add(_joined(one, lengths))
    hashes, in_submissions, total = merged.counts()
    known = np.flatnonzero(in_submissions >= min_submissions)
    spelled = _spelled(texts, lengths, hashes[known])
    order = sorted(range(len(known)), key=lambda at: (-int(total[known[at]]), spelled[at]))[:n_most]
    kept = sorted((spelled[at], int(in_submissions[known[at]])) for at in order)
    return [ngram for ngram, _ in kept], [n for _, n in kept]


class _Tally:
    """Counts of hashes, merged now and then so that memory grows with the distinct ones."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Hashes, NDArray[np.int64]]] = []
        self._n_waiting = 0
        self._merged = (np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.int64))

    def add(self, hashes: Hashes) -> None:
        """Take in one submission's n-grams."""
        distinct, counts = np.unique(hashes, return_counts=True)
        self._waiting.append((distinct, counts))
        self._n_waiting += len(distinct)
        if self._n_waiting > max(4_000_000, len(self._merged[0])):
            self._merge()

    def counts(self) -> tuple[Hashes, NDArray[np.int64], NDArray[np.int64]]:
        """Distinct hashes, in how many submissions each stands, and how often in all."""
        self._merge()
        return self._merged

    def _merge(self) -> None:
        ones = [np.ones(len(distinct), np.int64) for distinct, _ in self._waiting]
        every = np.concatenate([self._merged[0], *(distinct for distinct, _ in self._waiting)])
        distinct, at = np.unique(every, return_inverse=True)
        in_submissions = np.concatenate([self._merged[1], *ones])
        total = np.concatenate([self._merged[2], *(counts for _, counts in self._waiting)])
        added = [np.zeros(len(distinct), np.int64) for _ in range(2)]
        for sums, values in zip(added, (in_submissions, total), strict=True):
            np.add.at(sums, at, values)
        self._merged, self._waiting, self._n_waiting = (distinct, added[0], added[1]), [], 0


def _joined(texts: Sequence[str], lengths: tuple[int, int]) -> Hashes:
    hashes = [ngram_hashes(text, lengths) for text in texts]
    return np.concatenate(hashes) if hashes else np.zeros(0, np.uint64)


def _spelled(texts: Sequence[Sequence[str]], lengths: tuple[int, int], wanted: Hashes) -> list[str]:
    """Spell out hashes, each by its first place in the texts."""
    spelled: list[str | None] = [None] * len(wanted)
    missing = np.ones(len(wanted), dtype=bool)
    for text in (text for one in texts for text in one):
        at = columns_of(ngram_hashes(text, lengths), wanted)
        known = np.flatnonzero(at >= 0)
        new = known[missing[at[known]]]
        for place in new:
            n, start = _place(int(place), len(text), lengths)
            spelled[at[place]] = text[start : start + n]
        missing[at[new]] = False
    return [one or "" for one in spelled]


def _place(at: int, n_letters: int, lengths: tuple[int, int]) -> tuple[int, int]:
    """Length and start of the ``at``-th n-gram of a text."""
    for n in range(lengths[0], lengths[1] + 1):
        n_here = n_letters - n + 1
        if at < n_here:
            return n, at
        at -= n_here
    raise IndexError(at)


def columns_of(hashes: Hashes, known: Hashes) -> NDArray[np.intp]:
    """Places of hashes in a rising array of known ones, -1 where unknown.

    Examples
    --------
    >>> columns_of(np.array([5, 7], dtype=np.uint64), np.array([1, 5], dtype=np.uint64))
    array([ 1, -1])
    """
    if not len(known):
        return np.full(len(hashes), -1, dtype=np.intp)
    at = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    return np.where(known[at] == hashes, at, -1).astype(np.intp)
