"""How honest probabilities are: proper scores and calibration errors."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reviewkit.checks import level_indices, probabilities, same_length

N_BINS = 10


def brier_score(forecast: ArrayLike, level_index: ArrayLike) -> float:
    """Squared distance between forecast and outcome, summed over levels, averaged over rows.

    Parameters
    ----------
    forecast : array-like of float, shape (n_rows, n_levels)
        Rows sum to 1.
    level_index : array-like of int, shape (n_rows,)

    Returns
    -------
    float
        From 0 (sure and right) to 2; ``nan`` without rows.

    Raises
    ------
    ShapeError
        If rows do not pair or do not sum to 1.

    References
    ----------
    Brier, G. W. (1950). Verification of forecasts expressed in terms of probability. Monthly Weather Review, 78, 1-3.

    Examples
    --------
    >>> brier_score([[0.5, 0.5]], [1])
    0.5
    """
    rows, level = _checked(forecast, level_index)
    outcome = np.eye(rows.shape[1])[level]
    return _mean(((rows - outcome) ** 2).sum(axis=1))


def ranked_probability_score(forecast: ArrayLike, level_index: ArrayLike) -> float:
    """Squared distance between cumulative forecast and outcome, summed over the cuts between levels.

    Returns
    -------
    float
        From 0 to ``n_levels - 1``; a miss by two levels costs more than a miss by one. ``nan`` without rows.

    References
    ----------
    Epstein, E. S. (1969). A scoring system for probability forecasts of ranked categories. Journal of Applied
    Meteorology, 8, 985-987.

    Examples
    --------
    >>> ranked_probability_score([[0.5, 0.5, 0.0]], [2])
    1.25
    """
    rows, level = _checked(forecast, level_index)
    reached = np.arange(rows.shape[1] - 1)[None, :] >= level[:, None]
    return _mean(((rows.cumsum(axis=1)[:, :-1] - reached) ** 2).sum(axis=1))


def expected_calibration_error(probability: ArrayLike, happened: ArrayLike, *, n_bins: int = N_BINS) -> float:
    """Gap between forecast and frequency, in bins of equal width, averaged over rows.

    Parameters
    ----------
    probability : array-like of float, shape (n_rows,)
        From 0 to 1.
    happened : array-like of bool, shape (n_rows,)
    n_bins : int

    Returns
    -------
    float
        From 0 to 1; ``nan`` without rows.

    References
    ----------
    Naeini, M. P., Cooper, G., & Hauskrecht, M. (2015). Obtaining well calibrated probabilities using Bayesian
    binning. AAAI.

    Examples
    --------
    >>> expected_calibration_error([0.75, 0.75], [True, False])
    0.25
    """
    chance, outcome = np.asarray(probability, dtype=np.float64), np.asarray(happened, dtype=np.float64)
    same_length(chance, outcome, names=("probability", "happened"))
    if not len(chance):
        return math.nan
    bins = np.minimum((chance * n_bins).astype(np.intp), n_bins - 1)
    gaps = np.bincount(bins, weights=chance - outcome, minlength=n_bins)
    return float(np.abs(gaps).sum() / len(chance))


def calibration_error(forecast: ArrayLike, level_index: ArrayLike) -> float:
    """Mean over the cuts between levels of the calibration error of ``P(level >= cut)``.

    Returns
    -------
    float
        From 0 to 1; ``nan`` without rows.

    Examples
    --------
    >>> calibration_error([[0.25, 0.75], [0.25, 0.75]], [0, 1])
    0.25
    """
    rows, level = _checked(forecast, level_index)
    errors = [
        expected_calibration_error(np.minimum(rows[:, cut:].sum(axis=1), 1.0), level >= cut)
        for cut in range(1, rows.shape[1])
    ]
    return float(np.mean(errors))


class ReliabilityBin(NamedTuple):
    """Chances that were said to be alike, and how often what they spoke of came true.

    Attributes
    ----------
    said : float
        Their mean.
    happened : float
        Share that came true.
    standard_error : float
        Of that share; a row's cuts hang together and count as one draw. 0 where all or none came true.
    n : int
        How many chances.
    """

    said: float
    happened: float
    standard_error: float
    n: int


def reliability(forecast: ArrayLike, level_index: ArrayLike, *, n_bins: int = N_BINS) -> tuple[ReliabilityBin, ...]:
    """Reliability diagram in numbers: what was said of reaching each level but the lowest, beside how often it was.

    Parameters
    ----------
    forecast : array-like of float, shape (n_rows, n_levels)
        Rows sum to 1.
    level_index : array-like of int, shape (n_rows,)
    n_bins : int
        Of equal width; empty ones are left out.

    Returns
    -------
    tuple of ReliabilityBin
        From the smallest chances to the largest, all cuts between levels pooled.

    Raises
    ------
    ShapeError
        If rows do not pair or do not sum to 1.

    References
    ----------
    Murphy, A. H., & Winkler, R. L. (1977). Reliability of subjective probability forecasts of precipitation and
    temperature. Applied Statistics, 26, 41-47.

    Examples
    --------
    Twice it was said with three to one that the upper level is reached; once it was.

    >>> [(one.said, one.happened, one.n) for one in reliability([[0.25, 0.75], [0.25, 0.75]], [0, 1])]
    [(0.75, 0.5, 2)]
    """
    rows, level = _checked(forecast, level_index)
    said = np.minimum(rows[:, ::-1].cumsum(axis=1)[:, -2::-1], 1.0)
    reached = level[:, None] >= np.arange(1, rows.shape[1])
    bins = np.minimum((said * n_bins).astype(np.intp), n_bins - 1)
    found = []
    for at in np.unique(bins):
        inside = bins == at
        n, share = int(inside.sum()), float(reached[inside].mean())
        off = ((reached - share) * inside).sum(axis=1)
        found.append(ReliabilityBin(float(said[inside].mean()), share, float(np.sqrt((off**2).sum()) / n), n))
    return tuple(found)


def top_label_error(forecast: ArrayLike, level_index: ArrayLike) -> float:
    """Calibration error of the probability of the most probable level.

    Returns
    -------
    float
        From 0 to 1; ``nan`` without rows.

    Examples
    --------
    >>> top_label_error([[0.25, 0.75], [0.25, 0.75]], [1, 1])
    0.25
    """
    rows, level = _checked(forecast, level_index)
    return expected_calibration_error(rows.max(axis=1, initial=0.0), rows.argmax(axis=1) == level)


def _checked(forecast: ArrayLike, level_index: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    rows = probabilities(forecast, name="forecast")
    level = level_indices(level_index, n_levels=rows.shape[1], name="level_index")
    same_length(rows, level, names=("forecast", "level_index"))
    return rows, level


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else math.nan
