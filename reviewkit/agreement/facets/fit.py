"""How well ratings fit: infit, outfit, measures, fair averages and separation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from reviewkit.agreement.design import FloatArray, IntArray
from reviewkit.agreement.facets.estimation import Estimate
from reviewkit.agreement.facets.likelihood import (
    chunks,
    cumulative_steps,
    posterior,
    probabilities,
    residual_and_variance,
)
from reviewkit.agreement.facets.model import FacetsData
from reviewkit.agreement.facets.result import Separation


@dataclass(frozen=True)
class Residuals:
    """Sums over the posterior of each submission's measure.

    Attributes
    ----------
    squared, variance, standardized : ndarray, shape (n_ratings,)
        Posterior means of the squared residual, of its variance, and of their ratio, in categories.
    mean, sd : ndarray, shape (n_submissions,)
        Posterior mean and standard deviation of the measure.
    """

    squared: FloatArray
    variance: FloatArray
    standardized: FloatArray
    mean: FloatArray
    sd: FloatArray


def residuals(data: FacetsData, fitted: Estimate) -> Residuals:
    """Average squared residuals over the posterior.

    Rating and measure are drawn together if the model holds, so each mean square then has expectation 1 exactly;
    a residual at a point estimate has not. Source: Adams and Wu (2007), in von Davier and Carstensen (eds.),
    Multivariate and mixture distribution Rasch models, chapter 4, with the integral in place of draws.
    """
    squared, variance, standardized = (np.empty(data.design.n_ratings) for _ in range(3))
    mean, sd = (np.empty(len(data.starts) - 1) for _ in range(2))
    for span in chunks(data, fitted.nodes.at.shape[1]):
        first, last, rows = span
        at = fitted.nodes.at[first:last]
        owner = data.design.submission[rows] - first
        chance = probabilities(data, fitted.parameters, at[owner], rows)
        weight = posterior(data, chance, fitted.nodes, span, fitted.sigma)[1]
        left, spread = residual_and_variance(data, chance, rows)
        squared[rows] = (weight[owner] * left**2).sum(axis=1)
        variance[rows] = (weight[owner] * spread).sum(axis=1)
        standardized[rows] = (weight[owner] * left**2 / np.maximum(spread, 1e-12)).sum(axis=1)
        mean[first:last] = (weight * at).sum(axis=1)
        sd[first:last] = np.sqrt((weight * (at - mean[first:last, None]) ** 2).sum(axis=1))
    return Residuals(squared, variance, standardized, mean, sd)


def mean_squares(found: Residuals, element: IntArray, n_elements: int) -> tuple[FloatArray, FloatArray]:
    """Infit and outfit of each element of a facet.

    Source: Wright and Masters (1982), Rating scale analysis, chapter 5.
    """
    n = np.bincount(element, minlength=n_elements)
    with np.errstate(invalid="ignore", divide="ignore"):
        infit = np.bincount(element, found.squared, n_elements) / np.bincount(element, found.variance, n_elements)
        outfit = np.bincount(element, found.standardized, n_elements) / n
    return infit, outfit


def eap_reliability(mean: FloatArray, sd: FloatArray) -> float:
    """Variance of the posterior means over itself plus the mean posterior variance; ``nan`` for one submission."""
    if len(mean) < 2:
        return float("nan")
    between = float(np.var(mean))
    return between / (between + float(np.mean(sd**2)))


def expected_levels(data: FacetsData, parameters: FloatArray, measure: FloatArray, severity: FloatArray) -> FloatArray:
    """Return the expected level on each criterion for some measures and severities.

    Returns
    -------
    ndarray, shape (n_rows, n_criteria)
        In the rubric's level numbers.
    """
    eta = parameters[0] + (measure - severity)[:, None] - parameters[data.slices["criteria"]]
    n_categories = data.steps.shape[1] + 1
    logit = eta[:, :, None] * np.arange(n_categories) - cumulative_steps(data, parameters)
    chance = np.exp(logit - logit.max(axis=2, keepdims=True))
    chance /= chance.sum(axis=2, keepdims=True)
    numbers = np.zeros((len(data.levels), n_categories))
    for criterion, levels in enumerate(data.levels):
        numbers[criterion, : len(levels)] = levels
    expected: FloatArray = np.einsum("rck,ck->rc", chance, numbers)
    return expected


def separation(
    facet: Literal["raters", "criteria", "teachers"], measures: FloatArray, errors: FloatArray
) -> Separation:
    """Separation, strata, reliability and the test of equality of one facet's elements.

    Source: Wright and Masters (1982), Rating scale analysis, sections 5.5 and 5.6; Linacre's Facets manual, table 7.
    """
    known = np.isfinite(measures) & np.isfinite(errors)
    value, error = measures[known], errors[known]
    nan = float("nan")
    if len(value) < 2:
        reason = f"{len(value)} of the {facet} has a measure; separation needs two"
        return Separation(facet=facet, rmse=nan, separation=nan, strata=nan, reliability=nan, chi_square=nan, df=nan,
                          p_value=nan, reason=reason)  # fmt: skip
    rmse = float(np.sqrt(np.mean(error**2)))
    observed = float(np.var(value, ddof=1))
    true = max(observed - rmse**2, 0.0)
    ratio = float(np.sqrt(true)) / rmse
    chi_square, p_value = _equality(value, error)
    return Separation(
        facet=facet,
        rmse=rmse,
        separation=ratio,
        strata=(4 * ratio + 1) / 3,
        reliability=true / observed if observed > 0 else 0.0,
        chi_square=chi_square,
        df=len(value) - 1,
        p_value=p_value,
    )


def teacher_separation(mean: FloatArray, sd: FloatArray) -> Separation:
    """Separation of the submissions from their posterior means, whose variance is shrunken already."""
    reliability = eap_reliability(mean, sd)
    nan = float("nan")
    ratio = float(np.sqrt(reliability / (1 - reliability))) if reliability < 1 else nan
    return Separation(
        facet="teachers",
        rmse=float(np.sqrt(np.mean(sd**2))),
        separation=ratio,
        strata=(4 * ratio + 1) / 3,
        reliability=reliability,
        chi_square=nan,
        df=nan,
        p_value=nan,
        reason="one submission has no separation" if len(mean) < 2 else "measures are posterior means: no test",
    )


def _equality(value: Sequence[float] | FloatArray, error: FloatArray) -> tuple[float, float]:
    from scipy.stats import chi2

    weight = error**-2.0
    values = np.asarray(value)
    chi_square = float((weight * values**2).sum() - (weight * values).sum() ** 2 / weight.sum())
    return chi_square, float(chi2.sf(chi_square, len(values) - 1))
