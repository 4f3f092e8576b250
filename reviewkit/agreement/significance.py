"""Tests of "no agreement beyond chance". Their standard errors hold at 0 only: never build an interval from them."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from reviewkit.agreement.pairs import cross_table, kappa_value
from reviewkit.agreement.table import FloatArray, RatingTable, as_table
from reviewkit.agreement.weights import Weights, agreement_weights
from reviewkit.errors import DesignError


class ChanceTest(NamedTuple):
    """A coefficient, its standard error if the truth is 0, their ratio, and the two-sided p value of the normal."""

    value: float
    se: float
    z: float
    p_value: float


def kappa_test(ratings: RatingTable | ArrayLike, *, weights: Weights = "identity") -> ChanceTest:
    """Test Cohen's kappa of two raters against 0 (Fleiss, Cohen & Everitt 1969).

    Parameters
    ----------
    ratings : RatingTable or array-like of float, shape (n_units, 2)
        Level numbers, ``nan`` where missing.
    weights : str or array-like
        See :func:`agreement_weights`.

    Returns
    -------
    ChanceTest
        ``nan`` where kappa is undefined.

    Raises
    ------
    DesignError
        If there are not two raters.

    Examples
    --------
    >>> round(kappa_test([[1, 1], [2, 2], [1, 2], [1, 1], [2, 2]]).z, 3)
    1.491
    """
    table = as_table(ratings)
    if table.n_raters != 2:
        raise DesignError(f"the test of kappa is of two raters, but {table.n_raters} rated; choose two columns.")
    matrix, cells = agreement_weights(weights, levels=table.levels), cross_table(table)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(kappa_value(matrix)(cells))
    return _against_zero(value, _kappa_null_se(cells, matrix) if not math.isnan(value) else math.nan)


def fleiss_test(ratings: RatingTable | ArrayLike) -> ChanceTest:
    """Test Fleiss' kappa against 0, where all units have as many ratings (Fleiss 1971, corrected 1979).

    Raises
    ------
    DesignError
        If units differ in their number of ratings.

    Examples
    --------
    >>> round(fleiss_test([[1, 1, 1], [1, 2, 2], [2, 2, 2]]).z, 3)
    1.65
    """
    counts = as_table(ratings).level_counts().astype(np.float64)
    sizes = np.unique(counts.sum(axis=1)[counts.sum(axis=1) > 0])
    if len(sizes) != 1 or sizes[0] < 2:
        shown = ", ".join(f"{size:g}" for size in sizes)
        raise DesignError(f"units have {shown or 'no'} ratings; the test needs one same number, two or more, on each.")
    counts, size = counts[counts.sum(axis=1) > 0], float(sizes[0])
    shares = counts.mean(axis=0) / size
    expected, n_units = float(shares @ shares), len(counts)
    observed = float(np.mean(np.sum(counts * (counts - 1), axis=1))) / (size * (size - 1))
    if not expected < 1:
        return _against_zero(math.nan, math.nan)
    spread = float(shares @ (1 - shares))
    skew = float(np.sum(shares * (1 - shares) * (1 - 2 * shares)))
    variance = 2 * (spread**2 - skew) / (n_units * size * (size - 1) * spread**2)
    return _against_zero((observed - expected) / (1 - expected), math.sqrt(max(variance, 0.0)))


def _kappa_null_se(cells: FloatArray, matrix: FloatArray) -> float:
    n, shares = cells.sum(), cells / cells.sum()
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    expected = float(rows @ matrix @ columns)
    credit = (matrix @ columns)[:, None] + (rows @ matrix)[None, :]
    spread = float(np.sum(np.outer(rows, columns) * (matrix - credit) ** 2))
    return math.sqrt(max(spread - expected**2, 0.0) / n) / (1 - expected)


def _against_zero(value: float, se: float) -> ChanceTest:
    from scipy.special import ndtr

    z = value / se if se > 0 else math.nan
    return ChanceTest(value, se, z, 2 * float(ndtr(-abs(z))))
