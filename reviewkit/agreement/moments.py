"""Agreement of continuous scores from sums over submissions: of machine and people, of raters, and both combined."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from reviewkit.agreement.table import FloatArray, IntArray

Moments = Callable[[FloatArray], FloatArray]
"""From sums of (1, x, y, x², y², xy), shape (..., 6), to values of shape (...)."""

NEARLY = 1e-9
"""Scores at most this far beyond a bound still count as within: what is left is rounding."""


@dataclass(frozen=True, eq=False)
class Block:
    """Submissions on which two columns of scores meet.

    Attributes
    ----------
    where : ndarray of int64
        Rows of the submissions.
    rows : ndarray of float64, shape (len(where), n_sums)
        What each adds to the sums.
    """

    where: IntArray
    rows: FloatArray


@dataclass(frozen=True, eq=False)
class MomentStatistic:
    """A combination of the machine's agreement and the mean agreement over pairs of raters.

    Attributes
    ----------
    n_submissions : int
    machine : Block or None
        Human with machine; None leaves its agreement 0.
    pairs : tuple of Block
        Rater with rater.
    value : callable
        Agreement from sums.
    combine : callable
        From the machine's agreement and the mean over pairs (``nan`` without pairs) to the statistic.
    """

    n_submissions: int
    machine: Block | None
    pairs: tuple[Block, ...]
    value: Moments
    combine: Callable[[FloatArray, FloatArray], FloatArray]

    @property
    def counts(self) -> IntArray:
        """One of each submission."""
        return np.ones(self.n_submissions, dtype=np.int64)

    @property
    def width(self) -> int:
        """Numbers per resample."""
        return max(self.n_submissions, 1)

    def of_counts(self, counts: FloatArray) -> FloatArray:
        """Return the statistic for each vector of counts."""
        with np.errstate(divide="ignore", invalid="ignore"):
            machine = self._value(counts, self.machine) if self.machine else np.zeros(counts.shape[:-1])
            pairs = np.array([self._value(counts, block) for block in self.pairs])
            return np.asarray(self.combine(machine, _mean_of(pairs, counts.shape[:-1])))

    def left_out(self) -> FloatArray:
        """Return the statistic with each submission left out."""
        with np.errstate(divide="ignore", invalid="ignore"):
            machine = self._without(self.machine) if self.machine else np.zeros(self.n_submissions)
            pairs = np.array([self._without(block) for block in self.pairs])
            return np.asarray(self.combine(machine, _mean_of(pairs, (self.n_submissions,))))

    def _value(self, counts: FloatArray, block: Block) -> FloatArray:
        return self.value(counts[..., block.where] @ block.rows)

    def _without(self, block: Block) -> FloatArray:
        total = block.rows.sum(axis=0)
        values = np.full(self.n_submissions, float(self.value(total)))
        values[block.where] = self.value(total - block.rows)
        return values


def moment_block(first: FloatArray, second: FloatArray, *, centre: float) -> Block:
    """Return the sums of two columns where both are known, centred for precision."""
    where = np.flatnonzero(~np.isnan(first) & ~np.isnan(second))
    x, y = first[where] - centre, second[where] - centre
    return Block(where, np.column_stack([np.ones(len(where)), x, y, x**2, y**2, x * y]))


def match_block(first: FloatArray, second: FloatArray, *, within: float) -> Block:
    """Return how many submissions two columns share, and on how many they are at most so far apart."""
    where = np.flatnonzero(~np.isnan(first) & ~np.isnan(second))
    near = np.abs(first[where] - second[where]) <= within + NEARLY
    return Block(where, np.column_stack([np.ones(len(where)), near.astype(np.float64)]))


def rater_pairs(ratings: FloatArray, block: Callable[[FloatArray, FloatArray], Block]) -> tuple[Block, ...]:
    """Return a block for each pair of raters who share a submission."""
    found = (block(first, second) for first, second in combinations(ratings.T, 2))
    return tuple(one for one in found if len(one.where))


def continuous_kappa(sums: FloatArray) -> FloatArray:
    """Quadratic weighted kappa of continuous scores: 2 cov / (var + var + difference of means squared), ddof 0."""
    x, y, var_x, var_y, cov = _central(sums)
    room = var_x + var_y + (x - y) ** 2
    return np.where(room > 1e-12, 2 * cov / np.where(room > 1e-12, room, 1.0), np.nan)


def correlation(sums: FloatArray) -> FloatArray:
    """Pearson's correlation."""
    _, _, var_x, var_y, cov = _central(sums)
    known = (var_x > 1e-12) & (var_y > 1e-12)
    return np.where(known, np.clip(cov / np.sqrt(np.where(known, var_x * var_y, 1.0)), -1, 1), np.nan)


def unpooled_smd(sums: FloatArray) -> FloatArray:
    """Mean of the second minus mean of the first, over the sd of the first (ddof 0)."""
    x, y, var_x, _, _ = _central(sums)
    return np.where(var_x > 1e-12, (y - x) / np.sqrt(np.where(var_x > 1e-12, var_x, 1.0)), np.nan)


def pooled_smd(sums: FloatArray) -> FloatArray:
    """Mean of the second minus mean of the first, over their pooled sd (ddof 0)."""
    x, y, var_x, var_y, _ = _central(sums)
    pooled = (var_x + var_y) / 2
    return np.where(pooled > 1e-12, (y - x) / np.sqrt(np.where(pooled > 1e-12, pooled, 1.0)), np.nan)


def share(sums: FloatArray) -> FloatArray:
    """Second sum over the first."""
    return np.asarray(sums[..., 1] / sums[..., 0])


def _central(sums: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    n, x, y, xx, yy, xy = (sums[..., i] for i in range(6))
    mean_x, mean_y = x / n, y / n
    return mean_x, mean_y, xx / n - mean_x**2, yy / n - mean_y**2, xy / n - mean_x * mean_y


def _mean_of(values: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    if not len(values):
        return np.full(shape, np.nan)
    known = ~np.isnan(values)
    n_known = known.sum(axis=0)
    return np.where(n_known > 0, np.where(known, values, 0.0).sum(axis=0) / np.maximum(n_known, 1), np.nan)
