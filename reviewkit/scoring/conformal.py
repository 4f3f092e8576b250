"""Prediction sets of neighbouring levels with stated coverage.

A set grows from the most probable level to the more probable neighbour, step by step. A level's nonconformity is the
mass gathered before the set reaches it; the set holds the levels whose nonconformity is at most a quantile of those
of the calibration rows' levels of record. The most probable level, whose nonconformity is 0, is always in.
"""

import math

import numpy as np
from numpy.typing import NDArray


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
    rank = math.ceil((len(scores) + 1) * coverage_level - 1e-9)
    return math.inf if rank > len(scores) else float(np.sort(scores)[rank - 1])


def rows_needed(coverage_level: float) -> int:
    """Fewest calibration rows at which a set can be smaller than all levels.

    Examples
    --------
    >>> rows_needed(0.9), rows_needed(0.95)
    (9, 19)
    """
    return math.ceil(coverage_level / (1 - coverage_level) - 1e-9)


def prediction_set(probabilities: NDArray[np.float64], *, bound: float) -> NDArray[np.intp]:
    """Levels that belong to the set of one row.

    Parameters
    ----------
    probabilities : ndarray of float64, shape (n_levels,)
    bound : float

    Returns
    -------
    ndarray of intp
        Neighbouring level indices, rising; the most probable one is among them.

    Examples
    --------
    >>> prediction_set(np.array([0.1, 0.6, 0.3]), bound=0.7)
    array([1, 2])
    """
    return np.flatnonzero(nonconformity(probabilities[None, :])[0] <= bound)
