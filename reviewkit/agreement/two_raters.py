"""Plain numbers for two columns of levels: the fast path that evaluation calls, without a table or an interval."""

import math

import numpy as np
from numpy.typing import ArrayLike

from reviewkit.agreement.pairs import kappa_value
from reviewkit.agreement.table import FloatArray, IntArray
from reviewkit.agreement.weights import Weights, agreement_weights
from reviewkit.checks import level_indices, same_length
from reviewkit.errors import ShapeError
from reviewkit.records.base import level_text


def quadratic_weighted_kappa(human: ArrayLike, machine: ArrayLike, *, n_levels: int) -> float:
    """Agreement beyond chance, in which a miss by two levels costs four times a miss by one.

    Parameters
    ----------
    human : array-like of int, shape (n_scores,)
        Level index the rater gave, from 0 to ``n_levels - 1``.
    machine : array-like of int, shape (n_scores,)
        Level index the model gave to the same submissions, row for row.
    n_levels : int
        Levels on the criterion, whether or not anyone used them.

    Returns
    -------
    float
        At most 1. 1 is perfect, 0 is chance, below 0 is worse than chance.
        ``nan`` if both used one same level throughout: chance alone explains that. ``nan`` also without rows.

    Raises
    ------
    ShapeError
        If the rows do not pair, or a level lies outside the criterion.

    References
    ----------
    Cohen, J. (1968). Weighted kappa: nominal scale agreement with provision for scaled disagreement or partial credit.

    Examples
    --------
    Three of four agree; the fourth is one level apart.

    >>> quadratic_weighted_kappa([0, 1, 2, 2], [0, 1, 1, 2], n_levels=3)
    0.8
    """
    first = level_indices(human, n_levels=n_levels, name="human").astype(np.int64)
    second = level_indices(machine, n_levels=n_levels, name="machine").astype(np.int64)
    same_length(first, second, names=("human", "machine"))
    return _kappa(first, second, agreement_weights("quadratic", levels=np.arange(n_levels)))


def weighted_kappa(human: ArrayLike, machine: ArrayLike, *, levels: ArrayLike, weights: Weights = "quadratic") -> float:
    """Cohen's weighted kappa of two columns of the rubric's own level numbers.

    Parameters
    ----------
    human, machine : array-like of float, shape (n_scores,)
        Level numbers of the same submissions, row for row.
    levels : array-like of float, shape (n_levels,)
        Level numbers of the criterion, lowest first. Distances between levels are taken from these numbers.
    weights : str or array-like
        See :func:`agreement_weights`.

    Returns
    -------
    float
        At most 1; ``nan`` if chance agreement is 1, or without rows.

    Raises
    ------
    ShapeError
        If the rows do not pair, or a number is no level of the criterion.

    Examples
    --------
    >>> weighted_kappa([1, 2, 3, 3], [1, 2, 2, 3], levels=[1, 2, 3])
    0.8
    """
    numbers = np.asarray(levels, dtype=np.float64)
    first = _indices_of_levels(human, levels=numbers, name="human")
    second = _indices_of_levels(machine, levels=numbers, name="machine")
    same_length(first, second, names=("human", "machine"))
    return _kappa(first, second, agreement_weights(weights, levels=numbers))


def standardized_mean_difference(human: ArrayLike, machine: ArrayLike) -> float:
    """Difference of means, machine minus human, in standard deviations of the human levels (ddof 0).

    Parameters
    ----------
    human, machine : array-like of float, shape (n_scores,)
        Level or score numbers of the same submissions.

    Returns
    -------
    float
        0 where the means agree; ``nan`` where the human levels do not vary, or without rows.

    Examples
    --------
    >>> round(standardized_mean_difference([8, 4, 6, 3], [9, 4, 5, 12]), 4)
    1.1717
    """
    first, second = np.asarray(human, dtype=np.float64), np.asarray(machine, dtype=np.float64)
    same_length(first, second, names=("human", "machine"))
    if first.size == 0 or np.ptp(first) == 0:
        return math.nan
    return float((second.mean() - first.mean()) / first.std())


def _kappa(first: IntArray, second: IntArray, matrix: FloatArray) -> float:
    n_levels = len(matrix)
    if first.size == 0:
        return math.nan
    counts = np.bincount(first * n_levels + second, minlength=n_levels**2).reshape(n_levels, n_levels)
    return float(kappa_value(matrix)(counts.astype(np.float64)))


def _indices_of_levels(values: ArrayLike, *, levels: FloatArray, name: str) -> IntArray:
    array = np.asarray(values, dtype=np.float64)
    wrong = np.flatnonzero(~np.isin(array, levels))
    if wrong.size:
        at, held = int(wrong[0]), ", ".join(level_text(level) for level in levels)
        raise ShapeError(f"{name}[{at}] is {array[at]:g}, but the levels are {held}; pass the rubric's level numbers.")
    return np.searchsorted(levels, array).astype(np.int64)
