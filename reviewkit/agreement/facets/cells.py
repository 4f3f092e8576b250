"""Severity in one part of the ratings, with everything else held: the engine of bias and of drift."""

from dataclasses import dataclass

import numpy as np

from reviewkit.agreement.design import FloatArray, IntArray
from reviewkit.agreement.facets.analysis import FacetsFit
from reviewkit.agreement.facets.fit import expected_levels
from reviewkit.agreement.facets.likelihood import chunks, posterior, probabilities, residual_and_variance

FURTHEST = 8.0


@dataclass(frozen=True)
class Shift:
    """How much more severe the ratings of one cell are than the model says, in logits."""

    value: float
    se: float
    n_ratings: int
    observed_average: float
    expected_average: float
    reason: str | None = None


def posterior_weights(fit: FacetsFit) -> FloatArray:
    """Posterior weight of each node of each submission, shape (n_submissions, n_nodes)."""
    data, fitted = fit.data, fit.fitted
    weights = np.empty(fitted.nodes.at.shape)
    for span in chunks(data, fitted.nodes.at.shape[1]):
        first, last, rows = span
        owner = data.design.submission[rows] - first
        chance = probabilities(data, fitted.parameters, fitted.nodes.at[first:last][owner], rows)
        weights[first:last] = posterior(data, chance, fitted.nodes, span, fitted.sigma)[1]
    return weights


def shift_of(fit: FacetsFit, rows: IntArray, *, weights: FloatArray) -> Shift:
    """Estimate one cell's shift by maximum marginal likelihood, by Newton steps on the one number.

    Parameters
    ----------
    fit : FacetsFit
    rows : ndarray of int
        The cell's ratings among those that inform the fit.
    weights : ndarray
        From :func:`posterior_weights`.
    """
    design = fit.data.design
    observed = float(design.level[rows].mean())
    expected = _expected(fit, rows, weights)
    value, information = _maximise(fit, rows, weights)
    if abs(value) >= FURTHEST or information <= 0:
        nan = float("nan")
        reason = "all ratings of the cell lie at one end of the scale: no finite shift fits"
        return Shift(nan, nan, len(rows), observed, expected, reason)
    return Shift(value, information**-0.5, len(rows), observed, expected)


def _maximise(fit: FacetsFit, rows: IntArray, weights: FloatArray) -> tuple[float, float]:
    value, information = 0.0, 0.0
    for _ in range(60):
        slope, information = _slope(fit, rows, weights, shift=value)
        step = float(np.clip(slope / max(information, 1e-3), -1.0, 1.0))
        value = float(np.clip(value + step, -FURTHEST, FURTHEST))
        if abs(step) < 1e-7:
            break
    return value, information


def _slope(fit: FacetsFit, rows: IntArray, weights: FloatArray, *, shift: float) -> tuple[float, float]:
    """Slope of the log marginal likelihood by the shift, and its observed information."""
    data, parameters = fit.data, fit.fitted.parameters
    owners, owner = np.unique(data.design.submission[rows], return_inverse=True)
    at = fit.fitted.nodes.at[owners]
    before = probabilities(data, parameters, at[owner], rows)
    after = probabilities(data, parameters, at[owner] - shift, rows)
    mine = np.arange(len(rows)), data.category[rows]
    ratio = np.zeros(at.shape)
    np.add.at(ratio, owner, np.log(np.maximum(after[mine], 1e-300)) - np.log(np.maximum(before[mine], 1e-300)))
    weight = weights[owners] * np.exp(ratio - ratio.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    residual, variance = residual_and_variance(data, after, rows)
    score, complete = np.zeros(at.shape), np.zeros(at.shape)
    np.add.at(score, owner, -residual)
    np.add.at(complete, owner, variance)
    mean = (weight * score).sum(axis=1)
    missing = (weight * score**2).sum(axis=1) - mean**2
    return float(mean.sum()), float((weight * complete).sum() - missing.sum())


def _expected(fit: FacetsFit, rows: IntArray, weights: FloatArray) -> float:
    data, parameters = fit.data, fit.fitted.parameters
    owner = data.design.submission[rows]
    severity = parameters[data.slices["raters"]][data.design.rater[rows]]
    at, weight = fit.fitted.nodes.at[owner], weights[owner]
    flat = expected_levels(data, parameters, at.ravel(), np.repeat(severity, at.shape[1]))
    own = flat.reshape(*at.shape, -1)[np.arange(len(rows)), :, data.design.criterion[rows]]
    return float((own * weight).sum(axis=1).mean())
