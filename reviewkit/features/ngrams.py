"""The n-grams of a text, and of a text without each of its segments in turn: sums over them, in no more time than they.

Taking a segment out changes only the n-grams that stand in it; so nothing is added up that stayed.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]


@dataclass(frozen=True)
class Ngrams:
    """The n-grams that a text holds.

    Attributes
    ----------
    columns : ndarray of intp, shape (n_columns,)
        Rising.
    values : ndarray of float64, shape (n_columns,)
        Above 0.

    Examples
    --------
    >>> held = Ngrams(np.array([0, 2]), np.array([0.5, 0.25]))
    >>> held.weighed(np.array([1.0, 9.0, 2.0])), held.present(np.array([1.0, 9.0, 2.0]))
    (array([1.]), array([3.]))
    """

    columns: NDArray[np.intp]
    values: Weights

    def weighed(self, weights: Weights) -> Weights:
        """Sum of the values times the weights of their n-grams, shape (1,)."""
        return np.asarray([(self.values * weights[self.columns]).sum()])

    def present(self, weights: Weights) -> Weights:
        """Sum of the weights of the n-grams held, of shape (..., n_ngrams): shape (1, ...)."""
        return sums_of_rows(self._held, weights)

    @cached_property
    def _held(self) -> Any:
        return rows_of_ones(np.zeros_like(self.columns), self.columns, n_rows=1)


@dataclass(frozen=True)
class NgramsWithoutEach:
    """The n-grams of a text, then of the text without each of its segments.

    Attributes
    ----------
    whole : Ngrams
    columns : ndarray of intp, shape (n_columns,)
        Of the whole text, rising.
    values : ndarray of float64, shape (n_columns,)
        Of the whole text, not yet brought to length.
    n_words : int
        How many of the columns are word n-grams: these and those of characters have lengths of their own.
    row, at : ndarray of intp, shape (n_entries,)
        Segment and place among the columns, for each n-gram that a segment holds.
    change : ndarray of float64, shape (n_entries,)
        What is added to the n-gram's value without that segment.
    gone : ndarray of bool, shape (n_entries,)
        Whether it stands nowhere else.
    length : ndarray of float64, shape (n_segments, 2)
        What values are divided by, of words and of characters; 0 where none is left.
    """

    whole: Ngrams
    columns: NDArray[np.intp]
    values: Weights
    n_words: int
    row: NDArray[np.intp]
    at: NDArray[np.intp]
    change: Weights
    gone: NDArray[np.bool_]
    length: Weights

    def weighed(self, weights: Weights) -> Weights:
        """Sum of the values times the weights of their n-grams, shape (1 + n_segments,)."""
        own = weights[self.columns]
        all_of_it = by_kind(self.values * own, self.n_words)
        changed = sums_by(self._kind, self.change * own[self.at], n_sums=2 * len(self.length))
        sums = all_of_it + changed.reshape(-1, 2)
        told: Weights = np.where(self.length > 0, sums / np.where(self.length > 0, self.length, 1.0), 0.0).sum(axis=1)
        return np.concatenate([self.whole.weighed(weights), told])

    def present(self, weights: Weights) -> Weights:
        """Sum of the weights of the n-grams held, of shape (..., n_ngrams): shape (1 + n_segments, ...)."""
        sums = sums_of_rows(self._held_and_gone, weights)
        sums[1:] = sums[0] - sums[1:]
        return sums

    @cached_property
    def _kind(self) -> NDArray[np.intp]:
        return 2 * self.row + (self.at >= self.n_words)

    @cached_property
    def _held_and_gone(self) -> Any:
        rows = np.concatenate([np.zeros_like(self.columns), 1 + self.row[self.gone]])
        columns = np.concatenate([self.columns, self.columns[self.at[self.gone]]])
        return rows_of_ones(rows, columns, n_rows=1 + len(self.length))


def rows_of_ones(rows: NDArray[np.intp], columns: NDArray[np.intp], *, n_rows: int) -> Any:
    """Sparse rows that hold 1 in some columns, no wider than the last of these."""
    from scipy.sparse import csr_array

    return csr_array((np.ones(len(rows)), (rows, columns)), shape=(n_rows, int(columns.max(initial=-1)) + 1))


def sums_of_rows(rows: Any, weights: Weights) -> Weights:
    """Sum of the weights, of shape (..., n_ngrams), of what each row holds: shape (n_rows, ...)."""
    sums: Weights = rows @ weights.T[: rows.shape[1]]
    return sums


def sums_by(places: NDArray[np.intp], values: Weights, *, n_sums: int) -> Weights:
    """Sum of the values at each place, from the first to the last."""
    return np.asarray(np.bincount(places, weights=values, minlength=n_sums), dtype=np.float64)


def by_kind(values: Weights, n_words: int) -> Weights:
    """Sum of what stands before ``n_words`` and of the rest."""
    return np.asarray([values[:n_words].sum(), values[n_words:].sum()])
