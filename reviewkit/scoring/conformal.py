"""Prediction sets of neighbouring levels with stated coverage.

A set grows from the most probable level to the more probable neighbour, step by step. A level's nonconformity is the
mass gathered before the set reaches it; the set holds the levels whose nonconformity is at most a quantile of those
of the calibration rows' levels of record. The most probable level, whose nonconformity is 0, is always in.

Split: the calibration rows lie apart from those that the model learned from. Cross: every row calibrates, each by a
model that had not seen it. Marginal: covered on average over submissions. Per level: over those of each level.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_EDGE = 1e-9  # of a rank: (19 + 1) * .95 is 19, whatever floating point makes of it


def nonconformity(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mass gathered before the growing set reaches each level.

    Parameters
    ----------
    probabilities : ndarray of float64, shape (n_rows, n_levels)

    Returns
    -------
    ndarray of float64, shape (n_rows, n_levels)
        0 at the most probable level (ties to the lower), never falling away from it.

    References
    ----------
    Lu, C., Angelopoulos, A. N., & Pomerantz, S. (2022). Improving trustworthiness of AI disease severity rating in
    medical imaging with ordinal conformal prediction sets. MICCAI.

    Examples
    --------
    >>> nonconformity(np.array([[0.25, 0.5, 0.25]])).tolist()
    [[0.5, 0.0, 0.75]]
    """
    n_rows, n_levels = probabilities.shape
    rows = np.arange(n_rows)
    low = probabilities.argmax(axis=1)
    high, mass = low.copy(), np.zeros(n_rows)
    gathered = np.zeros_like(probabilities)
    mass += probabilities[rows, low]
    padded = np.pad(probabilities, ((0, 0), (1, 1)), constant_values=-1.0)
    for _ in range(n_levels - 1):
        down = padded[rows, low] >= padded[rows, high + 2]
        low, high = low - down, high + ~down
        reached = np.where(down, low, high)
        gathered[rows, reached] = mass
        mass = mass + probabilities[rows, reached]
    return gathered


def conformal_bound(scores: NDArray[np.float64], *, coverage_level: float) -> float:
    """Nonconformity up to which a level belongs to the set.

    Parameters
    ----------
    scores : ndarray of float64, shape (n_rows,)
        Nonconformity of the level of record of rows that the model had not seen.
    coverage_level : float
        Wanted coverage, above 0 and below 1.

    Returns
    -------
    float
        The ``ceil((n + 1) * coverage_level)``-th smallest score; infinite, so that every level belongs to every set,
        where there are fewer than ``coverage_level / (1 - coverage_level)`` rows.

    Examples
    --------
    >>> conformal_bound(np.array([0.0, 0.5, 0.7]), coverage_level=0.5)
    0.5
    >>> conformal_bound(np.array([0.0, 0.5, 0.7]), coverage_level=0.9)
    inf
    """
    rank = math.ceil((len(scores) + 1) * coverage_level - _EDGE)
    return math.inf if rank > len(scores) else float(np.sort(scores)[rank - 1])


def rows_needed(coverage_level: float) -> int:
    """Fewest calibration rows at which a set can be smaller than all levels.

    Examples
    --------
    >>> rows_needed(0.9), rows_needed(0.95)
    (9, 19)
    """
    return math.ceil(coverage_level / (1 - coverage_level) - _EDGE)


def level_bounds(
    scores: NDArray[np.float64], level_index: NDArray[np.intp], *, n_levels: int, coverage_level: float, per_level: bool
) -> NDArray[np.float64]:
    """Bound of each level, one for all or one of each level's own.

    Parameters
    ----------
    scores : ndarray of float64, shape (n_rows,)
        Nonconformity of the level of record of rows that the model had not seen.
    level_index : ndarray of intp, shape (n_rows,)
        Level of record.
    n_levels : int
    coverage_level : float
    per_level : bool
        Each level's bound comes from its own rows alone, so that its rows too are covered as often as is wanted
        (Mondrian). A level with fewer than :func:`rows_needed` belongs to every set.

    Returns
    -------
    ndarray of float64, shape (n_levels,)

    References
    ----------
    Vovk, V. (2012). Conditional validity of inductive conformal predictors. ACML.

    Examples
    --------
    >>> scores, level = np.array([0.0, 0.2, 0.1, 0.9]), np.array([0, 0, 1, 1])
    >>> level_bounds(scores, level, n_levels=3, coverage_level=0.6, per_level=True).tolist()
    [0.2, 0.9, inf]
    """
    own = [scores[level_index == level] if per_level else scores for level in range(n_levels)]
    return np.array([conformal_bound(one, coverage_level=coverage_level) for one in own])


def in_prediction_set(probabilities: NDArray[np.float64], *, bounds: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which levels belong to the set of each row.

    Parameters
    ----------
    probabilities : ndarray of float64, shape (n_rows, n_levels)
    bounds : ndarray of float64, shape (n_levels,)

    Returns
    -------
    ndarray of bool, shape (n_rows, n_levels)
        Neighbours: a level between two that belong to the set belongs too. The most probable one is among them.

    Examples
    --------
    The highest level's bound takes it in, and what lies between with it.

    >>> in_prediction_set(np.array([[0.6, 0.3, 0.1]]), bounds=np.array([0.5, 0.5, 0.9])).tolist()
    [[True, True, True]]
    """
    gathered = nonconformity(probabilities)
    return _without_gaps((gathered <= bounds) | (gathered == 0))


@dataclass(frozen=True)
class FoldScores:
    """What a model that had not seen a fold made of its rows.

    Attributes
    ----------
    scores : ndarray of float64, shape (n_rows,)
        Nonconformity of the level of record.
    level_index : ndarray of intp, shape (n_rows,)
    """

    scores: NDArray[np.float64]
    level_index: NDArray[np.intp]


def in_cross_set(
    probabilities: NDArray[np.float64],
    by_fold: Sequence[NDArray[np.float64]],
    folds: Sequence[FoldScores],
    *,
    coverage_level: float,
    per_level: bool,
) -> NDArray[np.bool_]:
    """Which levels belong to the cross-conformal set of each row.

    Each fold's model scores the new row beside the rows that it had not seen; over all folds, a level belongs to the
    set unless too many of those rows were less strange than it. With one fold that is :func:`in_prediction_set`.

    Parameters
    ----------
    probabilities : ndarray of float64, shape (n_rows, n_levels)
        Of the model of all rows; its most probable level belongs to the set.
    by_fold : sequence of ndarray of float64, shape (n_rows, n_levels)
        Of each fold's model.
    folds : sequence of FoldScores
    coverage_level : float
        Wanted coverage ``1 - a``. Guaranteed is ``1 - 2a - sqrt(2 / n)`` for ``n`` rows; what comes out is
        commonly near ``1 - a``.
    per_level : bool
        Only rows of a level are compared with it.

    Returns
    -------
    ndarray of bool, shape (n_rows, n_levels)
        Neighbours, as in :func:`in_prediction_set`.

    References
    ----------
    Vovk, V. (2015). Cross-conformal predictors. Annals of Mathematics and Artificial Intelligence, 74, 9-28. Barber,
    R. F., Candes, E. J., Ramdas, A., & Tibshirani, R. J. (2021). Predictive inference with the jackknife+. Annals of
    Statistics, 49, 486-507. Romano, Y., Sesia, M., & Candes, E. J. (2020). Classification with valid and adaptive
    coverage. NeurIPS.

    Examples
    --------
    >>> fold = FoldScores(np.array([0.0, 0.0, 0.7]), np.array([0, 1, 1]))
    >>> row = np.array([[0.6, 0.3, 0.1]])
    >>> in_cross_set(row, [row], [fold], coverage_level=0.5, per_level=False).tolist()
    [[True, False, False]]
    """
    stranger, n_rows = np.zeros(probabilities.shape), np.zeros(probabilities.shape[1])
    for said, fold in zip(by_fold, folds, strict=True):
        gathered = nonconformity(said)
        for level in range(probabilities.shape[1]):
            own = fold.scores[fold.level_index == level] if per_level else fold.scores
            stranger[:, level] += np.searchsorted(np.sort(own), gathered[:, level], side="left")
            n_rows[level] += len(own)
    inside = stranger < np.ceil((n_rows + 1) * coverage_level - _EDGE)
    return _without_gaps(inside | (nonconformity(probabilities) == 0))


def _without_gaps(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from_low = np.logical_or.accumulate(inside, axis=1)
    from_high = np.logical_or.accumulate(inside[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(from_low & from_high)
