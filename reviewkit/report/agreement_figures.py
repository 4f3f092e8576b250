"""Numbers for the report of reviewer agreement that are counts and shares of a rating table."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from reviewkit.agreement.table import RatingTable
from reviewkit.agreement.two_raters import weighted_kappa

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """How two raters agree on the units that both rated.

    Attributes
    ----------
    n : int
        Units that both rated.
    exact : float
        Share of them with the same level; ``nan`` where there is none.
    kappa : float
        Cohen's kappa with quadratic weights; ``nan`` where both used one same level, or no unit is shared.
    """

    first: str
    second: str
    n: int
    exact: float
    kappa: float


@dataclass(frozen=True, slots=True)
class LevelUse:
    """How one rater uses the levels; ``shares`` run from the lowest level and sum to 1."""

    rater_id: str
    n: int
    mean: float
    shares: tuple[float, ...]


def busiest_raters(table: RatingTable, *, at_most: int) -> tuple[int, ...]:
    """Return the columns of the raters with most ratings, at most so many, in the table's order.

    Examples
    --------
    >>> from reviewkit.agreement.table import table_of_array
    >>> busiest_raters(table_of_array([[1, np.nan, 2], [1, 2, 2]]), at_most=2)
    (0, 2)
    """
    n_ratings = (~np.isnan(table.values)).sum(axis=0)
    order = sorted(np.flatnonzero(n_ratings).tolist(), key=lambda column: (-n_ratings[column], column))
    return tuple(sorted(order[:at_most]))


def pair_agreements(table: RatingTable, *, columns: tuple[int, ...]) -> tuple[PairAgreement, ...]:
    """Compare each two raters on the units that both rated.

    Parameters
    ----------
    table : RatingTable
    columns : tuple of int
        Raters to compare, by column.

    Examples
    --------
    Two of three shared units agree; the third is one level apart.

    >>> from reviewkit.agreement.table import table_of_array
    >>> (one,) = pair_agreements(table_of_array([[1, 1], [2, 2], [2, 3], [3, np.nan]]), columns=(0, 1))
    >>> one.n, round(one.exact, 4), round(one.kappa, 4)
    (3, 0.6667, 0.6667)
    """
    return tuple(_pair(table, first, second) for first, second in combinations(columns, 2))


def level_uses(table: RatingTable, *, columns: tuple[int, ...]) -> tuple[LevelUse, ...]:
    """Count how each rater uses the levels.

    Examples
    --------
    >>> from reviewkit.agreement.table import table_of_array
    >>> level_uses(table_of_array([[1, 2], [2, 2]]), columns=(0,))
    (LevelUse(rater_id='r1', n=2, mean=1.5, shares=(0.5, 0.5)),)
    """
    return tuple(_level_use(table, column) for column in columns)


def other_levels(table: RatingTable) -> FloatArray:
    """Count, for each level that one rater gave, which levels other raters gave to the same unit.

    Returns
    -------
    ndarray of float64, shape (n_levels, n_levels)
        Ordered pairs of ratings by different raters: symmetric. With two raters, each unit counts twice.

    Examples
    --------
    >>> from reviewkit.agreement.table import table_of_array
    >>> other_levels(table_of_array([[1, 1], [1, 2]]))
    array([[2., 1.],
           [1., 0.]])
    """
    counts = table.level_counts().astype(np.float64)
    return np.asarray(counts.T @ counts - np.diag(counts.sum(axis=0)), dtype=np.float64)


def _pair(table: RatingTable, first: int, second: int) -> PairAgreement:
    both = ~np.isnan(table.values[:, [first, second]]).any(axis=1)
    one, other = table.values[both, first], table.values[both, second]
    defined = one.size > 0
    return PairAgreement(
        first=table.rater_ids[first],
        second=table.rater_ids[second],
        n=int(one.size),
        exact=float((one == other).mean()) if defined else float("nan"),
        kappa=weighted_kappa(one, other, levels=table.levels) if defined else float("nan"),
    )


def _level_use(table: RatingTable, column: int) -> LevelUse:
    given = table.values[~np.isnan(table.values[:, column]), column]
    shares = [(given == level).mean() for level in table.levels]
    return LevelUse(table.rater_ids[column], int(given.size), float(given.mean()), tuple(map(float, shares)))
