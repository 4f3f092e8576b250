"""Coefficients of two raters, and their mean over pairs of raters: Cohen, Scott, Pearson, Spearman, SMD.

Each is a function of the cross-table of two raters, so that a bootstrap needs no more than resampled cross-tables. With
three raters or more the value is the mean over the pairs that have one (for kappa: Light 1971).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from reviewkit.agreement.chance import chance_corrected
from reviewkit.agreement.patterns import Patterns, distinct_rows, slices
from reviewkit.agreement.table import FloatArray, IntArray, RatingTable

CrossTableValue = Callable[[FloatArray], FloatArray]
"""From cross-tables of shape (..., n_levels, n_levels), first rater in rows, to values of shape (...)."""


@dataclass(frozen=True, eq=False)
class PairwiseStatistic:
    """Mean over pairs of raters of a function of their cross-table.

    Attributes
    ----------
    patterns : Patterns
        Level indices per rater, -1 where missing, of units with two ratings or more.
    n_levels : int
    value : callable
        From cross-tables to values.
    """

    patterns: Patterns
    n_levels: int
    value: CrossTableValue

    @property
    def counts(self) -> IntArray:
        """Units per distinct row."""
        return self.patterns.counts

    @property
    def width(self) -> int:
        """Numbers per resample."""
        return max(len(self.patterns.counts), self.n_levels**2)

    def of_counts(self, counts: FloatArray) -> FloatArray:
        """Return the mean over the defined pairs, for each vector of counts."""
        total, n_defined = np.zeros(counts.shape[:-1]), np.zeros(counts.shape[:-1])
        for rated, cells in self._pairs():
            values = self._of_cells(_cell_sums(counts[..., rated], cells, n_cells=self.n_levels**2))
            total += np.nan_to_num(values)
            n_defined += ~np.isnan(values)
        return _mean(total, n_defined)

    def left_out(self) -> FloatArray:
        """Return the mean with one unit of each distinct row left out: only its own cell of each table changes."""
        total, n_defined = np.zeros(len(self.counts)), np.zeros(len(self.counts))
        counts = self.counts.astype(np.float64)
        for rated, cells in self._pairs():
            table = _cell_sums(counts[rated], cells, n_cells=self.n_levels**2)
            without = np.full(self.n_levels**2, np.nan)
            for part in slices(self.n_levels**2, width=self.n_levels**2):
                tables = np.maximum(table - np.eye(self.n_levels**2)[part], 0.0)
                without[part] = self._of_cells(tables)
            values = np.full(len(self.counts), float(self._of_cells(table)))
            values[rated] = without[cells]
            total += np.nan_to_num(values)
            n_defined += ~np.isnan(values)
        return _mean(total, n_defined)

    def _of_cells(self, cells: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.value(cells.reshape(*cells.shape[:-1], self.n_levels, self.n_levels)))

    def _pairs(self) -> Iterator[tuple[IntArray, IntArray]]:
        for first, second in combinations(self.patterns.rows.T, 2):
            rated = np.flatnonzero((first >= 0) & (second >= 0))
            if rated.size:
                yield rated, first[rated] * self.n_levels + second[rated]


def pairwise_statistic(table: RatingTable, value: CrossTableValue) -> PairwiseStatistic:
    """Return the mean over pairs of raters of a function of their cross-table."""
    indices = table.level_indices()
    paired = (indices >= 0).sum(axis=1) >= 2
    used = (indices >= 0).any(axis=0)
    return PairwiseStatistic(distinct_rows(indices[paired][:, used]), table.n_levels, value)


def cross_table(table: RatingTable) -> FloatArray:
    """Return the cross-table of a table of two raters, shape (n_levels, n_levels).

    Examples
    --------
    >>> from reviewkit.agreement.table import table_of_array
    >>> cross_table(table_of_array([[1, 1], [1, 2], [2, np.nan]]))
    array([[1., 1.],
           [0., 0.]])
    """
    indices = table.level_indices()
    indices = indices[:, (indices >= 0).any(axis=0)]
    both = (indices >= 0).all(axis=1)
    cells = indices[both, 0] * table.n_levels + indices[both, 1]
    counts = np.bincount(cells, minlength=table.n_levels**2).astype(np.float64)
    return counts.reshape(table.n_levels, table.n_levels)


def kappa_value(matrix: FloatArray) -> CrossTableValue:
    """Return Cohen's kappa under agreement weights, as a function of cross-tables."""

    def value(tables: FloatArray) -> FloatArray:
        shares = tables / tables.sum(axis=(-2, -1), keepdims=True)
        rows, columns = shares.sum(axis=-1), shares.sum(axis=-2)
        observed = np.sum(shares * matrix, axis=(-2, -1))
        return chance_corrected(observed, np.sum((rows @ matrix) * columns, axis=-1))

    return value


def scott_value(matrix: FloatArray) -> CrossTableValue:
    """Return Scott's pi under agreement weights, as a function of cross-tables."""

    def value(tables: FloatArray) -> FloatArray:
        shares = tables / tables.sum(axis=(-2, -1), keepdims=True)
        pooled = (shares.sum(axis=-1) + shares.sum(axis=-2)) / 2
        observed = np.sum(shares * matrix, axis=(-2, -1))
        return chance_corrected(observed, np.sum((pooled @ matrix) * pooled, axis=-1))

    return value


def pearson_value(levels: FloatArray) -> CrossTableValue:
    """Return Pearson's correlation of level numbers, as a function of cross-tables."""
    centred = levels - levels.mean() if levels.size else levels

    def value(tables: FloatArray) -> FloatArray:
        return _correlation(tables, rows=centred, columns=centred)

    return value


def spearman_value(tables: FloatArray) -> FloatArray:
    """Return Spearman's correlation (midranks for ties), for cross-tables."""
    return _correlation(tables, rows=_midranks(tables.sum(axis=-1)), columns=_midranks(tables.sum(axis=-2)))


def smd_value(levels: FloatArray) -> CrossTableValue:
    """Return the second rater's mean minus the first's over their pooled sd (ddof 0), for cross-tables."""

    def value(tables: FloatArray) -> FloatArray:
        rows, columns, n = tables.sum(axis=-1), tables.sum(axis=-2), tables.sum(axis=(-2, -1))
        means = rows @ levels / n, columns @ levels / n
        variances = rows @ levels**2 / n - means[0] ** 2, columns @ levels**2 / n - means[1] ** 2
        pooled = np.sqrt(np.maximum((variances[0] + variances[1]) / 2, 0.0))
        return np.where(pooled > 1e-12, (means[1] - means[0]) / np.where(pooled > 1e-12, pooled, 1.0), np.nan)

    return value


def kappa_se(table: FloatArray, matrix: FloatArray) -> float:
    """Return the large-sample standard error of weighted kappa (Fleiss, Cohen & Everitt 1969).

    Parameters
    ----------
    table : ndarray of float64, shape (n_levels, n_levels)
        Cross-table of counts.
    matrix : ndarray of float64, shape (n_levels, n_levels)
        Agreement weights.
    """
    n, shares = table.sum(), table / table.sum()
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    expected = float(rows @ matrix @ columns)
    value = (float(np.sum(shares * matrix)) - expected) / (1 - expected)
    credit = (matrix @ columns)[:, None] + (rows @ matrix)[None, :]
    spread = float(np.sum(shares * (matrix - credit * (1 - value)) ** 2))
    variance = (spread - (value - expected * (1 - value)) ** 2) / (n * (1 - expected) ** 2)
    return math.sqrt(max(variance, 0.0))


def scott_se(table: FloatArray, matrix: FloatArray) -> float:
    """Return the standard error of weighted pi, linearised over units (Gwet 2008, n - 1 in the denominator)."""
    n, shares = table.sum(), table / table.sum()
    pooled = (shares.sum(axis=1) + shares.sum(axis=0)) / 2
    expected = float(pooled @ matrix @ pooled)
    value = (float(np.sum(shares * matrix)) - expected) / (1 - expected)
    credit = matrix @ pooled
    by_chance = (credit[:, None] + credit[None, :]) / 2
    contributions = ((matrix - expected) - 2 * (1 - value) * (by_chance - expected)) / (1 - expected)
    return math.sqrt(float(np.sum(shares * (contributions - value) ** 2)) / (n - 1)) if n > 1 else math.nan


def _cell_sums(counts: FloatArray, cells: IntArray, *, n_cells: int) -> FloatArray:
    used, where = np.unique(cells, return_inverse=True)
    member = np.zeros((len(cells), len(used)))
    member[np.arange(len(cells)), where] = 1.0
    sums = np.zeros((*counts.shape[:-1], n_cells))
    sums[..., used] = counts @ member
    return np.asarray(sums)


def _mean(total: FloatArray, n_defined: FloatArray) -> FloatArray:
    return np.asarray(np.divide(total, n_defined, out=np.full(total.shape, np.nan), where=n_defined > 0))


def _midranks(margins: FloatArray) -> FloatArray:
    return np.asarray(np.cumsum(margins, axis=-1) - (margins - 1) / 2)


def _correlation(tables: FloatArray, *, rows: FloatArray, columns: FloatArray) -> FloatArray:
    n = tables.sum(axis=(-2, -1))
    first, second = tables.sum(axis=-1), tables.sum(axis=-2)
    x = rows - (np.sum(first * rows, axis=-1) / n)[..., None]
    y = columns - (np.sum(second * columns, axis=-1) / n)[..., None]
    covariance = np.sum((tables @ y[..., None])[..., 0] * x, axis=-1)
    spread = np.sum(first * x**2, axis=-1) * np.sum(second * y**2, axis=-1)
    known = spread > 1e-18
    return np.where(known, np.clip(covariance / np.sqrt(np.where(known, spread, 1.0)), -1, 1), np.nan)
