"""The coefficients of two raters (and their mean over pairs of raters), and specific agreement per level."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from reviewkit.agreement.assemble import (
    DEFAULT_SETTINGS,
    assembled,
    undefined,
    why_chance_is_certain,
    why_no_pairs,
    why_raters_are_needed,
)
from reviewkit.agreement.estimate import Coefficient, IntervalSettings
from reviewkit.agreement.intervals import Ends, fisher_ends, reference_quantile
from reviewkit.agreement.krippendorff import pairable_counts
from reviewkit.agreement.pairs import (
    CrossTableValue,
    cross_table,
    kappa_se,
    kappa_value,
    pairwise_statistic,
    pearson_value,
    scott_se,
    scott_value,
    smd_value,
    spearman_value,
)
from reviewkit.agreement.patterns import SumStatistic
from reviewkit.agreement.table import FloatArray, RatingTable, as_table
from reviewkit.agreement.weights import Weights, agreement_weights, weights_name
from reviewkit.records.base import level_text

NO_SPREAD_IN_A_RATER = "in every pair of raters one gave a single level only; nothing varies together"


def cohen_kappa(
    ratings: RatingTable | ArrayLike,
    *,
    weights: Weights = "identity",
    interval: IntervalSettings = DEFAULT_SETTINGS,
) -> Coefficient:
    """Cohen's kappa of two raters; with more, the mean over pairs of raters (Light's kappa).

    Parameters
    ----------
    ratings : RatingTable or array-like of float, shape (n_units, n_raters)
        Level numbers, ``nan`` where missing. Each pair of raters is compared on the units that both rated.
    weights : str or array-like
        See :func:`agreement_weights`; a matrix of one's own need not be symmetric.
    interval : IntervalSettings

    Returns
    -------
    Coefficient
        ``cohen``, at most 1. With two raters the standard error is that of Fleiss, Cohen & Everitt; with more, the
        jackknife's.

    References
    ----------
    Cohen, J. (1960, 1968). Light, R. J. (1971). Fleiss, J. L., Cohen, J., & Everitt, B. S. (1969). Large sample
    standard errors of kappa and weighted kappa.

    Examples
    --------
    >>> round(cohen_kappa([[1, 1], [2, 2], [1, 2], [3, 3]], weights="quadratic").value, 4)
    0.8
    """
    table = as_table(ratings)
    matrix = agreement_weights(weights, levels=table.levels)
    se = _se_of_two(table, lambda cells: kappa_se(cells, matrix), corrected=kappa_value(matrix))
    return _pairwise(table, "cohen", kappa_value(matrix), settings=interval, weights=weights_name(weights), se=se)


def scott_pi(
    ratings: RatingTable | ArrayLike,
    *,
    weights: Weights = "identity",
    interval: IntervalSettings = DEFAULT_SETTINGS,
) -> Coefficient:
    """Scott's pi of two raters; with more, the mean over pairs of raters.

    Fleiss' kappa is its other extension to many raters; see :func:`fleiss_kappa`.

    References
    ----------
    Scott, W. A. (1955). Reliability of content analysis: the case of nominal scale coding.

    Examples
    --------
    >>> round(scott_pi([[1, 1], [2, 2], [1, 2], [3, 3]]).value, 4)
    0.619
    """
    table = as_table(ratings)
    own = agreement_weights(weights, levels=table.levels)
    matrix = (own + own.T) / 2
    se = _se_of_two(table, lambda cells: scott_se(cells, matrix), corrected=scott_value(matrix))
    return _pairwise(table, "scott", scott_value(matrix), settings=interval, weights=weights_name(weights), se=se)


def pearson(ratings: RatingTable | ArrayLike, *, interval: IntervalSettings = DEFAULT_SETTINGS) -> Coefficient:
    """Pearson's correlation of level numbers; with three raters or more, the mean over pairs.

    The analytic interval is Fisher's (two raters only).

    Examples
    --------
    >>> round(pearson([[1, 1], [2, 3], [3, 2], [4, 4]]).value, 4)
    0.8
    """
    table = as_table(ratings)
    return _correlation(table, "pearson", pearson_value(table.levels), settings=interval, inflation=0.0)


def spearman(ratings: RatingTable | ArrayLike, *, interval: IntervalSettings = DEFAULT_SETTINGS) -> Coefficient:
    """Spearman's rank correlation, midranks for ties; with three raters or more, the mean over pairs.

    The analytic interval is that of Bonett & Wright (2000) on Fisher's scale (two raters only).

    Examples
    --------
    >>> round(spearman([[1, 1], [2, 3], [3, 2], [4, 4]]).value, 4)
    0.8
    """
    table = as_table(ratings)
    return _correlation(table, "spearman", spearman_value, settings=interval, inflation=0.5)


def rater_smd(ratings: RatingTable | ArrayLike, *, interval: IntervalSettings = DEFAULT_SETTINGS) -> Coefficient:
    """Standardized mean difference between two raters: second minus first, over their pooled sd (ddof 0).

    With three raters or more, the mean over pairs in column order, which can hide differences that cancel; for one
    figure a rater use the many-facet model. For human and machine see :func:`human_machine`.

    Examples
    --------
    >>> round(rater_smd([[1, 2], [2, 3], [3, 4]]).value, 4)
    1.2247
    """
    table = as_table(ratings)
    return _pairwise(
        table,
        "smd",
        smd_value(table.levels),
        settings=interval,
        bounds=(-math.inf, math.inf),
        reason="in every pair of raters neither varies; there is no spread to measure the difference in",
    )


def specific_agreement(
    ratings: RatingTable | ArrayLike, *, interval: IntervalSettings = DEFAULT_SETTINGS
) -> tuple[Coefficient, ...]:
    """Agreement on each level: when one rater gives it, how often another does too.

    Parameters
    ----------
    ratings : RatingTable or array-like of float, shape (n_units, n_raters)
        Level numbers, ``nan`` where missing.
    interval : IntervalSettings

    Returns
    -------
    tuple of Coefficient
        ``specific``, one a level, lowest first; ``form`` is the level. Undefined for a level nobody gave.

    References
    ----------
    Cicchetti, D. V., & Feinstein, A. R. (1990). High agreement but low kappa: II. Resolving the paradoxes.

    Examples
    --------
    >>> [round(one.value, 4) for one in specific_agreement([[1, 1], [1, 2], [2, 2], [2, 2]])]
    [0.6667, 0.8]
    """
    table = as_table(ratings)
    patterns = pairable_counts(table)
    rows = patterns.rows.astype(np.float64)
    found = []
    for level, counts in zip(table.levels, rows.T, strict=True):
        # As Gwet's observed agreement does, each unit weighs by its ratings at the level, not by its pairs.
        agreeing = counts * (counts - 1) / (rows.sum(axis=1) - 1)
        statistic = SumStatistic(np.column_stack([counts, agreeing]), patterns.counts, _ratio)
        found.append(
            assembled(
                "specific",
                statistic,
                settings=interval,
                default="jackknife",
                bounds=(0.0, 1.0),
                reason=why_no_pairs(table) or f"nobody gave level {level_text(level)} to a unit with two ratings",
                n=int(patterns.counts @ (counts > 0)),
                form=level_text(level),
            )
        )
    return tuple(found)


def _ratio(sums: FloatArray) -> FloatArray:
    return np.asarray(np.where(sums[..., 0] > 0, sums[..., 1] / np.maximum(sums[..., 0], 1e-300), np.nan))


def _pairwise(
    table: RatingTable,
    name: str,
    value: CrossTableValue,
    *,
    settings: IntervalSettings,
    weights: str | None = None,
    se: float = math.nan,
    bounds: Ends = (-1.0, 1.0),
    ends: Ends | None = None,
    reason: str | None = None,
) -> Coefficient:
    missing = why_no_pairs(table) if table.raters_known else why_raters_are_needed(name)
    if missing:
        return undefined(name, n=0, reason=missing, settings=settings, weights=weights)
    return assembled(
        name,
        pairwise_statistic(table, value),
        settings=settings,
        default="jackknife",
        reason=reason or why_chance_is_certain(table),
        analytic_se=se,
        weights=weights,
        bounds=bounds,
        ends=ends,
    )


def _se_of_two(table: RatingTable, se: Callable[[FloatArray], float], *, corrected: CrossTableValue) -> float:
    if table.n_raters != 2 or not table.raters_known or why_no_pairs(table):
        return math.nan
    cells = cross_table(table)
    return math.nan if np.isnan(corrected(cells)) else se(cells)


def _correlation(
    table: RatingTable, name: str, value: CrossTableValue, *, settings: IntervalSettings, inflation: float
) -> Coefficient:
    """Return a correlation whose analytic interval is Fisher's; ``inflation`` is what r² adds to its variance."""

    def se(cells: FloatArray) -> float:
        n, found = float(cells.sum()), float(value(cells))
        return (1 - found**2) * math.sqrt((1 + inflation * found**2) / (n - 3)) if n > 3 else math.nan

    normal = settings.model_copy(update={"reference": "normal"})
    error = _se_of_two(table, se, corrected=value)
    ends = None
    if not math.isnan(error):
        reach = reference_quantile(normal, degrees=1) * error
        ends = fisher_ends(float(value(cross_table(table))), reach=reach)
    return _pairwise(table, name, value, settings=settings, se=error, ends=ends, reason=NO_SPREAD_IN_A_RATER)
