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
        return np.asarray(weights.T.take(self.columns, axis=0).sum(axis=0))[None]


@dataclass(frozen=True)
class NgramsWithoutEach:
    """The n-grams of a text without each of its segments.

    Attributes
    ----------
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

    columns: NDArray[np.intp]
    values: Weights
    n_words: int
    row: NDArray[np.intp]
    at: NDArray[np.intp]
    change: Weights
    gone: NDArray[np.bool_]
    length: Weights

    def weighed(self, weights: Weights) -> Weights:
        """Sum of the values times the weights of their n-grams, shape (n_segments,)."""
        own = weights[self.columns]
        whole = by_kind(self.values * own, self.n_words)
        changed = sums_by(self._kind, self.change * own[self.at], n_sums=2 * len(self.length))
        sums = whole + changed.reshape(-1, 2)
        told: Weights = np.where(self.length > 0, sums / np.where(self.length > 0, self.length, 1.0), 0.0).sum(axis=1)
        return told

    def present(self, weights: Weights) -> Weights:
        """Sum of the weights of the n-grams held, of shape (..., n_ngrams): shape (n_segments, ...)."""
        own = weights.T.take(self.columns, axis=0)
        left: Weights = own.sum(axis=0) - self._gone @ own
        return left

    @cached_property
    def _kind(self) -> NDArray[np.intp]:
        return 2 * self.row + (self.at >= self.n_words)

    @cached_property
    def _gone(self) -> Any:
        from scipy.sparse import csr_array

        places = self.row[self.gone], self.at[self.gone]
        return csr_array((np.ones(len(places[0])), places), shape=(len(self.length), len(self.columns)))


def sums_by(places: NDArray[np.intp], values: Weights, *, n_sums: int) -> Weights:
    """Sum of the values at each place, from the first to the last."""
    return np.asarray(np.bincount(places, weights=values, minlength=n_sums), dtype=np.float64)


def by_kind(values: Weights, n_words: int) -> Weights:
    """Sum of what stands before ``n_words`` and of the rest."""
    return np.asarray([values[:n_words].sum(), values[n_words:].sum()])
