"""Shares and what they may be: exact binomial bounds, and shares of rows that share a teacher."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SLACK = 1e-12
"""Two tails count as equal below this: 1 - 0.9 is not 0.1 in binary, and nobody promises to the twelfth decimal."""


def binomial_p_value(n_errors: ArrayLike, n_rows: ArrayLike, *, level: float) -> FloatArray:
    """Return how likely so few errors would be if the risk were ``level``: the exact binomial tail.

    Parameters
    ----------
    n_errors, n_rows : array-like of int
        Errors seen, and rows they were seen in.
    level : float
        Risk under test, above 0 and below 1.

    Returns
    -------
    ndarray of float64
        P(Binomial(n_rows, level) <= n_errors); 1 where there are no rows, for they tell nothing.

    Examples
    --------
    >>> binomial_p_value([0, 0], [44, 45], level=0.05).round(4)
    array([0.1047, 0.0994])
    """
    from scipy.special import bdtr

    errors, rows = np.asarray(n_errors, dtype=np.int64), np.asarray(n_rows, dtype=np.int64)
    return np.asarray(np.where(rows > 0, bdtr(errors, np.maximum(rows, 1), level), 1.0), dtype=np.float64)


def upper_bound(n_errors: ArrayLike, n_rows: ArrayLike, *, confidence: float) -> FloatArray:
    """Return the one-sided Clopper-Pearson bound: the largest risk that so few errors do not rule out.

    Parameters
    ----------
    n_errors, n_rows : array-like of int
    confidence : float
        Above 0 and below 1.

    Returns
    -------
    ndarray of float64
        At most ``level`` exactly where :func:`binomial_p_value` is at most ``1 - confidence``; 1 where there are no
        rows or every row is an error.

    Notes
    -----
    Clopper, C. J. and Pearson, E. S. (1934), Biometrika 26, 404-413.

    Examples
    --------
    >>> upper_bound([0, 1], [45, 45], confidence=0.9).round(4)
    array([0.0499, 0.0837])
    """
    from scipy.special import betaincinv

    errors, rows = np.asarray(n_errors, dtype=np.int64), np.asarray(n_rows, dtype=np.int64)
    open_ = errors < rows
    bound = betaincinv(errors + 1.0, np.where(open_, rows - errors, 1.0), confidence)
    return np.asarray(np.where(open_, bound, 1.0), dtype=np.float64)


def exact_interval(n_hits: int, n_rows: int, *, confidence: float) -> tuple[float, float]:
    """Return the two-sided Clopper-Pearson interval of a share; from 0 to 1 where there are no rows.

    Examples
    --------
    >>> [round(end, 4) for end in exact_interval(2, 10, confidence=0.95)]
    [0.0252, 0.5561]
    """
    tail = (1 + confidence) / 2
    low = 1 - float(upper_bound(n_rows - n_hits, n_rows, confidence=tail))
    return low, float(upper_bound(n_hits, n_rows, confidence=tail))


@dataclass(frozen=True)
class TeacherShare:
    """A weighted share, and how many independent rows it is worth.

    Attributes
    ----------
    value : float
        ``nan`` where there are no rows.
    n_rows, n_teachers : int
    n_effective : float
        Independent rows with the same standard error, at most the number of rows; where every row says the same,
        Kish's number over teachers.
    """

    value: float
    n_rows: int
    n_teachers: int
    n_effective: float


def teacher_share(hits: ArrayLike, *, teacher_ids: ArrayLike, weights: ArrayLike | None = None) -> TeacherShare:
    """Return the weighted share of rows that are hits, with whole teachers as the unit of chance.

    Parameters
    ----------
    hits : array-like of bool, shape (n_rows,)
    teacher_ids : array-like, shape (n_rows,)
        Rows of one teacher may resemble one another; they count as one draw.
    weights : array-like of float, shape (n_rows,), optional
        Above 0; left out, all 1. One over the chance of being looked at gives the Hajek estimate.

    Returns
    -------
    TeacherShare

    Notes
    -----
    Linearised standard error between teachers; the effective number as in Korn, E. L. and Graubard, B. I. (1998),
    Survey Methodology 24, 193-201.

    Examples
    --------
    >>> teacher_share([True, False, True, True], teacher_ids=["a", "b", "c", "d"], weights=[1, 1, 1, 2]).value
    0.8
    """
    values = np.asarray(hits, dtype=np.float64)
    if values.size == 0:
        return TeacherShare(math.nan, 0, 0, 0.0)
    sizes = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    _, teacher = np.unique(np.asarray(teacher_ids).astype(str), return_inverse=True)
    share = float(sizes @ values / sizes.sum())
    sums = np.bincount(teacher, weights=sizes * (values - share)).astype(np.float64)
    totals = np.bincount(teacher, weights=sizes).astype(np.float64)
    return TeacherShare(share, len(values), len(sums), _worth(share, sums=sums, totals=totals, n_rows=len(values)))


def _worth(share: float, *, sums: FloatArray, totals: FloatArray, n_rows: int) -> float:
    """Return the effective number of rows from teachers' sums of residuals and of weights."""
    n_teachers = len(sums)
    if n_teachers < 2 or min(share, 1 - share) < SLACK:
        return float(totals.sum() ** 2 / (totals @ totals))
    variance = n_teachers / (n_teachers - 1) * float(sums @ sums) / float(totals.sum()) ** 2
    return float(n_rows) if variance < SLACK else min(float(n_rows), share * (1 - share) / variance)
