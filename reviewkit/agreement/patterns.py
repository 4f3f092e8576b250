"""Distinct rows and how often each occurs: what is computed and resampled instead of the units themselves.

Units with the same ratings add the same to every coefficient, so 100,000 units by 5 raters on four levels are at most
126 distinct rows of level counts. A bootstrap over units draws how often each distinct row occurs, never the rows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from reviewkit.agreement.table import FloatArray, IntArray

CELLS_AT_ONCE = 2_000_000
"""Numbers held at once while resampling (16 MB); bounds the memory whatever the number of units and resamples."""


@dataclass(frozen=True, eq=False)
class Patterns:
    """Distinct rows, in an order that does not depend on the order of the units.

    Attributes
    ----------
    rows : ndarray of int64, shape (n_patterns, width)
    counts : ndarray of int64, shape (n_patterns,)
        Units that show each row.
    """

    rows: IntArray
    counts: IntArray

    @property
    def n_units(self) -> int:
        """Units in all."""
        return int(self.counts.sum())


def distinct_rows(rows: IntArray) -> Patterns:
    """Return the distinct rows, sorted, and how often each occurs.

    Parameters
    ----------
    rows : ndarray of int64, shape (n_units, width)
        Small whole numbers from -1 up.

    Examples
    --------
    >>> found = distinct_rows(np.array([[1, 0], [0, 1], [1, 0]]))
    >>> found.rows.tolist(), found.counts.tolist()
    ([[0, 1], [1, 0]], [1, 2])
    """
    if rows.size == 0:
        return Patterns(rows, np.ones(len(rows), dtype=np.int64))
    base = int(rows.max()) + 2
    if base ** rows.shape[1] < 2**62:
        codes = (rows + 1) @ (base ** np.arange(rows.shape[1] - 1, -1, -1, dtype=np.int64))
        _, first, counts = np.unique(codes, return_index=True, return_counts=True)
        return Patterns(rows[first], counts.astype(np.int64))
    distinct, counts = np.unique(rows, axis=0, return_counts=True)
    return Patterns(distinct, counts.astype(np.int64))


class Statistic(Protocol):
    """A number that depends on the units only through how often each distinct row occurs."""

    @property
    def counts(self) -> IntArray:
        """Units per distinct row, shape (n_patterns,)."""

    @property
    def width(self) -> int:
        """Numbers per resample that a computation holds; bounds how many resamples go at once."""

    def of_counts(self, counts: FloatArray) -> FloatArray:
        """Return the value, shape (...), for counts of shape (..., n_patterns); ``nan`` where undefined."""

    def left_out(self) -> FloatArray:
        """Return the value with one unit of each distinct row left out, shape (n_patterns,)."""


@dataclass(frozen=True, eq=False)
class SumStatistic:
    """A statistic that is a function of sums over units.

    Attributes
    ----------
    rows : ndarray of float64, shape (n_patterns, n_sums)
        What one unit of each distinct row adds to each sum.
    counts : ndarray of int64, shape (n_patterns,)
    value : callable
        From sums of shape (..., n_sums) to values of shape (...).

    Examples
    --------
    A mean: sums of the number and of the units.

    >>> rows = np.array([[2.0, 1.0], [5.0, 1.0]])
    >>> mean = SumStatistic(rows, np.array([2, 1]), lambda sums: sums[..., 0] / sums[..., 1])
    >>> float(mean.of_counts(mean.counts.astype(float))), mean.left_out().tolist()
    (3.0, [3.5, 2.0])
    """

    rows: FloatArray
    counts: IntArray
    value: Callable[[FloatArray], FloatArray]

    @property
    def width(self) -> int:
        """Numbers per resample."""
        return int(max(self.rows.shape[0], self.rows.shape[1], 1))

    def of_counts(self, counts: FloatArray) -> FloatArray:
        """Return the value for each vector of counts."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.value(counts @ self.rows), dtype=np.float64)

    def left_out(self) -> FloatArray:
        """Return the value with one unit of each distinct row left out."""
        total = self.counts.astype(np.float64) @ self.rows
        values = np.empty(len(self.rows))
        with np.errstate(divide="ignore", invalid="ignore"):
            for part in slices(len(self.rows), width=self.rows.shape[1]):
                values[part] = self.value(total - self.rows[part])
        return values


def slices(n: int, *, width: int) -> Iterator[slice]:
    """Cut ``n`` rows of ``width`` numbers into slices that fit the memory bound.

    Examples
    --------
    >>> list(slices(5, width=1_000_000))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    step = max(1, CELLS_AT_ONCE // max(1, width))
    for start in range(0, n, step):
        yield slice(start, min(n, start + step))


def value_of(statistic: Statistic) -> float:
    """Return the statistic's value on the units as they are; ``nan`` if undefined."""
    return float(statistic.of_counts(statistic.counts.astype(np.float64)))
