"""Krippendorff's alpha: observed over expected disagreement among all pairable ratings."""

import math

import numpy as np
from numpy.typing import ArrayLike

from reviewkit.agreement.assemble import (
    DEFAULT_SETTINGS,
    assembled,
    undefined,
    why_chance_is_certain,
    why_no_pairs,
)
from reviewkit.agreement.chance import CERTAIN, chance_corrected
from reviewkit.agreement.estimate import Coefficient, IntervalSettings
from reviewkit.agreement.observed import linearised_se
from reviewkit.agreement.patterns import Patterns, SumStatistic, distinct_rows
from reviewkit.agreement.table import FloatArray, RatingTable, as_table
from reviewkit.agreement.weights import (
    ORDINAL_KRIPPENDORFF,
    Weights,
    agreement_weights,
    ordinal_krippendorff_distance,
    weights_name,
)


def krippendorff_alpha(
    ratings: RatingTable | ArrayLike,
    *,
    weights: Weights = "identity",
    interval: IntervalSettings = DEFAULT_SETTINGS,
) -> Coefficient:
    """Krippendorff's alpha, for any number of raters and any gaps.

    Units with one rating do not enter; the others weigh by how many ratings they have.

    Parameters
    ----------
    ratings : RatingTable or array-like of float, shape (n_units, n_raters)
        Level numbers, ``nan`` where missing.
    weights : str or array-like
        ``"identity"`` (nominal alpha), ``"ordinal-krippendorff"`` (ordinal), ``"quadratic"`` (interval), ``"ratio"``
        (ratio), or any other of :func:`agreement_weights`.
    interval : IntervalSettings

    Returns
    -------
    Coefficient
        ``krippendorff``, at most 1. Undefined if all pairable ratings are one level. The standard error is Gwet's
        linearisation, except for ``"ordinal-krippendorff"``, whose distances move with the ratings: the jackknife.

    References
    ----------
    Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. Gwet, K. L. (2014), chapter 3.

    Examples
    --------
    >>> round(krippendorff_alpha([[1, 1], [2, 2], [1, 2], [3, 3]], weights="quadratic").value, 4)
    0.8205
    """
    table = as_table(ratings)
    shown = weights_name(weights)
    missing = why_no_pairs(table)
    if missing:
        return undefined("krippendorff", n=0, reason=missing, settings=interval, weights=shown)
    patterns = pairable_counts(table)
    if isinstance(weights, str) and weights == ORDINAL_KRIPPENDORFF:
        statistic, se = ordinal_alpha_statistic(patterns), math.nan
        observed = expected = math.nan
    else:
        own = agreement_weights(weights, levels=table.levels)
        matrix = (own + own.T) / 2
        statistic = alpha_statistic(patterns, matrix)
        observed, expected = _agreements(statistic, matrix)
        se = _alpha_se(statistic, matrix)
    return assembled(
        "krippendorff",
        statistic,
        settings=interval,
        default="jackknife",
        reason=_why_undefined(table, patterns),
        analytic_se=se,
        weights=shown,
        observed=observed,
        expected=expected,
    )


def pairable_counts(table: RatingTable) -> Patterns:
    """Return distinct rows of level counts, of units with two ratings or more."""
    counts = table.level_counts()
    return distinct_rows(counts[counts.sum(axis=1) >= 2])


def alpha_statistic(patterns: Patterns, matrix: FloatArray) -> SumStatistic:
    """Return alpha under fixed, symmetric weights as a function of sums over units.

    The sums: ratings, agreeing pairs over (ratings of the unit - 1), ratings at each level.
    """
    rows = patterns.rows.astype(np.float64)
    n_ratings = rows.sum(axis=1)
    agreeing = np.sum(rows * (rows @ matrix), axis=1) - rows @ np.diag(matrix)

    def value(sums: FloatArray) -> FloatArray:
        shares = sums[..., 2:] / sums[..., :1]
        small = 1 / sums[..., 0]
        observed = (1 - small) * sums[..., 1] / sums[..., 0] + small
        return chance_corrected(observed, np.sum((shares @ matrix) * shares, axis=-1))

    return SumStatistic(np.column_stack([n_ratings, agreeing / (n_ratings - 1), rows]), patterns.counts, value)


def ordinal_alpha_statistic(patterns: Patterns) -> SumStatistic:
    """Return ordinal alpha as a function of sums of coincidences, shape (n_patterns, n_levels ** 2)."""
    rows = patterns.rows.astype(np.float64)
    n_levels = rows.shape[1]
    pairs = rows[:, :, None] * rows[:, None, :]
    pairs[:, np.arange(n_levels), np.arange(n_levels)] -= rows
    coincidences = pairs / (rows.sum(axis=1) - 1)[:, None, None]

    def value(sums: FloatArray) -> FloatArray:
        table = sums.reshape(*sums.shape[:-1], n_levels, n_levels)
        margins = table.sum(axis=-1)
        distance = ordinal_krippendorff_distance(margins)
        total = margins.sum(axis=-1)
        observed = np.sum(table * distance, axis=(-2, -1)) * (total - 1)
        expected = np.sum((distance @ margins[..., None])[..., 0] * margins, axis=-1)
        known = expected > CERTAIN * total**4
        return np.where(known, 1 - observed / np.where(known, expected, 1.0), np.nan)

    return SumStatistic(coincidences.reshape(len(rows), -1), patterns.counts, value)


def _agreements(statistic: SumStatistic, matrix: FloatArray) -> tuple[float, float]:
    sums = statistic.counts @ statistic.rows
    shares, small = sums[2:] / sums[0], 1 / sums[0]
    return float((1 - small) * sums[1] / sums[0] + small), float(shares @ matrix @ shares)


def _alpha_se(statistic: SumStatistic, matrix: FloatArray) -> float:
    """Linearise alpha over units (Gwet 2014); the small-sample term of the observed agreement is left out."""
    counts, rows = statistic.counts, statistic.rows
    sums = counts @ rows
    observed, expected = _agreements(statistic, matrix)
    if not 1 - expected > CERTAIN:
        return math.nan
    mean, shares = sums[0] / counts.sum(), sums[2:] / sums[0]
    value = (sums[1] / sums[0] - expected) / (1 - expected)
    excess = (rows[:, 0] - mean) / mean
    of_units = (rows[:, 1] / mean - observed * excess - expected) / (1 - expected)
    by_chance = rows[:, 2:] @ (matrix @ shares) / mean - expected * excess
    contributions = of_units - 2 * (1 - value) * (by_chance - expected) / (1 - expected)
    return linearised_se(contributions, counts=counts, centre=value)


def _why_undefined(table: RatingTable, patterns: Patterns) -> str:
    if (patterns.counts @ patterns.rows > 0).sum() == 1 and len(np.unique(table.values[~np.isnan(table.values)])) > 1:
        return "all units with two ratings or more are rated one level; chance alone explains that"
    return why_chance_is_certain(table)
