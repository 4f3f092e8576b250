"""Lexical features: word and character n-grams, one vocabulary for all criteria."""

from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from reviewkit.errors import NotFittedError
from reviewkit.features.characters import Hashes, HashPlaces, frequent_ngrams, letter_codes, normal, run_hashes
from reviewkit.features.ngrams import Ngrams, NgramsWithoutEach, by_kind, sums_by
from reviewkit.features.surface import words_of
from reviewkit.records import Record

Sparse = Any
_UNKNOWN = 2**32  # the code of every word of no n-gram
_NOTHING = 1e-12  # of the squares of a text's n-grams: what is left of rounding where none is left


class LexicalSettings(Record):
    """How large the vocabulary grows.

    Attributes
    ----------
    max_words, max_characters : int
        Word n-grams and character n-grams kept at most, the most frequent first.
    min_submissions : int
        Submissions that an n-gram must stand in, so that no word of one teacher alone is kept.
    word_lengths, character_lengths : tuple of int
        Shortest and longest n-gram.

    Examples
    --------
    Single words only, for a vocabulary that people can read through.

    >>> settings = LexicalSettings(word_lengths=(1, 1), min_submissions=2)
    >>> vocabulary = NgramVocabulary(settings).fit([["We line up."], ["They line up."]])
    >>> vocabulary.ngrams_[: vocabulary.n_words_]
    ('line', 'up')
    """

    max_words: int = 20_000
    max_characters: int = 30_000
    min_submissions: int = 3
    word_lengths: tuple[int, int] = (1, 2)
    character_lengths: tuple[int, int] = (1, 5)


class NgramVocabulary:
    """Word and character n-grams with their inverse document frequencies.

    N-grams never cross a segment's border; those of characters run across words.

    Attributes
    ----------
    ngrams_ : tuple of str
        Word n-grams (words joined by a blank), then character n-grams.
    n_words_ : int
        How many of them are word n-grams.
    idf_ : ndarray of float64, shape (n_ngrams,)
        ``log((1 + n) / (1 + df)) + 1``.

    Examples
    --------
    >>> vocabulary = NgramVocabulary(LexicalSettings(min_submissions=2))
    >>> vocabulary = vocabulary.fit([["We line up."], ["We wait."], ["They line up."]])
    >>> vocabulary.ngrams_[: vocabulary.n_words_]
    ('line', 'line up', 'up', 'we')
    """

    def __init__(self, settings: LexicalSettings) -> None:
        self.settings = settings

    def fit(self, submissions: Sequence[Sequence[str]]) -> Self:
        """Learn the vocabulary from submissions, each a list of its segments' texts."""
        words, word_df = self._frequent_words(submissions)
        characters, character_df = frequent_ngrams(
            submissions,
            self.settings.character_lengths,
            min_submissions=self.settings.min_submissions,
            n_most=self.settings.max_characters,
        )
        frequency = np.asarray(word_df + character_df, dtype=np.float64)
        return self.restore((*words, *characters), len(words), np.log((1 + len(submissions)) / (1 + frequency)) + 1)

    def restore(self, ngrams: tuple[str, ...], n_words: int, idf: NDArray[np.float64]) -> Self:
        """Take a vocabulary that was learned before."""
        self.ngrams_, self.n_words_, self.idf_ = ngrams, n_words, idf
        self._code_of = {word: code for code, word in enumerate(dict.fromkeys(" ".join(ngrams[:n_words]).split(" ")))}
        runs = [self._word_codes(ngram.split(" ")) for ngram in ngrams[:n_words]]
        self._word_places = HashPlaces(_whole_hashes(runs))
        self._character_places = HashPlaces(_whole_hashes([letter_codes(ngram) for ngram in ngrams[n_words:]]))
        return self

    def counts(self, texts: Sequence[str], spoken: Sequence[Sequence[str]]) -> Sparse:
        """Count n-grams in segments.

        Parameters
        ----------
        texts : sequence of str
        spoken : sequence of sequence of str
            The words of each, as :func:`reviewkit.features.surface.words_of` gives them.

        Returns
        -------
        csr_array of float64, shape (n_segments, n_ngrams)
        """
        if not hasattr(self, "ngrams_"):
            raise NotFittedError("NgramVocabulary: has no vocabulary yet; call fit, or load a bundle.")
        from scipy.sparse import csr_array

        words = [self._word_codes(one) for one in spoken]
        letters = [letter_codes(normal(text)) for text in texts]
        word_columns, word_rows = self._held(words, self.settings.word_lengths, self._word_places)
        columns, rows = self._held(letters, self.settings.character_lengths, self._character_places)
        columns = np.concatenate([word_columns, self.n_words_ + columns])
        places = np.concatenate([word_rows, rows]) * len(self.ngrams_) + columns
        held, counts = np.unique(places, return_counts=True)
        rows, columns = np.divmod(held, max(1, len(self.ngrams_)))
        starts = np.searchsorted(rows, np.arange(len(texts) + 1)).astype(np.int32)
        shape = (len(texts), len(self.ngrams_))
        return csr_array((counts.astype(np.float64), columns.astype(np.int32), starts), shape=shape)

    def whole(self, counts: Sparse) -> Ngrams:
        """N-grams of a text, weighed by ``(1 + log tf) * idf``, words and characters each to half the unit length.

        Parameters
        ----------
        counts : csr_array of float64, shape (n_segments, n_ngrams)
            Of its segments.
        """
        columns, values, n_words, _ = self._added_up(counts)
        return _brought_to_length(columns, values, n_words)

    def without_each(self, counts: Sparse) -> NgramsWithoutEach:
        """N-grams of a text, then without each of its segments in turn, each weighed as a whole text is."""
        columns, values, n_words, total = self._added_up(counts)
        row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        place = np.empty(len(total), dtype=np.intp)
        place[columns] = np.arange(len(columns))
        at = place[counts.indices]
        left = total[counts.indices] - counts.data
        changed = self._weighed(left, counts.indices)
        before = values[at]
        kind = 2 * row + (at >= n_words)
        lost = sums_by(kind, before * before - changed * changed, n_sums=2 * counts.shape[0])
        squares = by_kind(values * values, n_words)
        rest = squares - lost.reshape(-1, 2)
        length = np.sqrt(np.where(rest > _NOTHING * squares, 2 * rest, 0.0))
        whole = _brought_to_length(columns, values, n_words)
        return NgramsWithoutEach(whole, columns, values, n_words, row, at, changed - before, left == 0, length)

    def _added_up(self, counts: Sparse) -> tuple[NDArray[np.intp], NDArray[np.float64], int, NDArray[np.float64]]:
        total = sums_by(counts.indices, counts.data, n_sums=len(self.ngrams_))
        columns = np.flatnonzero(total)
        n_words = int(np.searchsorted(columns, self.n_words_))
        return columns, self._weighed(total[columns], columns), n_words, total

    def _weighed(self, counts: NDArray[np.float64], columns: NDArray[np.intp]) -> NDArray[np.float64]:
        told: NDArray[np.float64] = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1.0)), 0.0) * self.idf_[columns]
        return told

    def _held(
        self, codes: list[Hashes], lengths: tuple[int, int], places: HashPlaces
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        hashes, rows = run_hashes(codes, lengths)
        at = places.find(hashes)
        return at[at >= 0], rows[at >= 0]

    def _word_codes(self, words: Sequence[str]) -> Hashes:
        return np.asarray([self._code_of.get(word, _UNKNOWN) for word in words], dtype=np.uint64)

    def _frequent_words(self, submissions: Sequence[Sequence[str]]) -> tuple[list[str], list[int]]:
        total: dict[str, int] = {}
        in_submissions: dict[str, int] = {}
        for texts in submissions:
            ngrams = [ngram for text in texts for ngram in _word_ngrams(words_of(text), self.settings.word_lengths)]
            for ngram in ngrams:
                total[ngram] = total.get(ngram, 0) + 1
            for ngram in set(ngrams):
                in_submissions[ngram] = in_submissions.get(ngram, 0) + 1
        known = [ngram for ngram, n in in_submissions.items() if n >= self.settings.min_submissions]
        kept = sorted(sorted(known, key=lambda ngram: (-total[ngram], ngram))[: self.settings.max_words])
        return kept, [in_submissions[ngram] for ngram in kept]


def _brought_to_length(columns: NDArray[np.intp], values: NDArray[np.float64], n_words: int) -> Ngrams:
    squares = 2 * by_kind(values * values, n_words)
    length = np.repeat(np.sqrt(np.where(squares > 0, squares, 1.0)), [n_words, len(columns) - n_words])
    return Ngrams(columns, values / length)


def _whole_hashes(codes: Sequence[Hashes]) -> Hashes:
    """Hash of each run of codes as a whole."""
    hashes = np.zeros(len(codes), dtype=np.uint64)
    for n in {len(one) for one in codes}:
        rows = np.flatnonzero([len(one) == n for one in codes])
        hashes[rows] = run_hashes([codes[int(row)] for row in rows], (n, n))[0]
    return hashes


def _word_ngrams(words: list[str], lengths: tuple[int, int]) -> Iterator[str]:
    for n in range(lengths[0], lengths[1] + 1):
        yield from (" ".join(words[at : at + n]) for at in range(len(words) - n + 1))
