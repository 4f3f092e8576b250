"""Consensus after severity: the level that raters of average severity would settle on."""

import numpy as np

from reviewkit.agreement.design import FloatArray, IntArray
from reviewkit.agreement.facets.analysis import FacetsFit
from reviewkit.agreement.facets.fit import expected_levels
from reviewkit.agreement.facets.likelihood import probabilities

REACH = 8.0
N_NODES = 121


def settled_probabilities(fit: FacetsFit, criterion: int, *, numbers: FloatArray, pooled: bool) -> FloatArray:
    """Chance that each level is the nearest to what raters of average severity would give on average.

    The measure's posterior comes from the submission's ratings on this criterion (``pooled``: on all), with
    severities and thresholds at their estimates and the measures' normal distribution as prior.

    Parameters
    ----------
    fit : FacetsFit
    criterion : int
        Index among the criteria that inform the fit.
    numbers : ndarray
        Level numbers of the criterion, lowest first.
    pooled : bool

    Returns
    -------
    ndarray, shape (n_submissions, n_levels)
    """
    data, fitted = fit.data, fit.fitted
    sigma = max(fitted.sigma, 1e-6)
    at = np.linspace(-REACH, REACH, N_NODES) * sigma
    rows = np.arange(data.design.n_ratings) if pooled else np.flatnonzero(data.design.criterion == criterion)
    log_weight = np.tile(-0.5 * (at / sigma) ** 2, (len(data.design.submission_ids), 1))
    _add_ratings(log_weight, fit, rows, at)
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    expected = expected_levels(data, fitted.parameters, at, np.zeros_like(at))[:, criterion]
    nearest = np.abs(expected[:, None] - numbers).argmin(axis=1)
    chance: FloatArray = weight @ np.eye(len(numbers))[nearest]
    return chance


def _add_ratings(log_weight: FloatArray, fit: FacetsFit, rows: IntArray, at: FloatArray) -> None:
    data = fit.data
    for some in np.array_split(rows, max(1, len(rows) // 20_000)):
        chance = probabilities(data, fit.fitted.parameters, np.broadcast_to(at, (len(some), len(at))), some)
        seen = chance[np.arange(len(some)), data.category[some]]
        np.add.at(log_weight, data.design.submission[some], np.log(np.maximum(seen, 1e-300)))
