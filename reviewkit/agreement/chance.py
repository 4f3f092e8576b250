"""Chance-corrected coefficients of how many raters gave each level to each unit: Fleiss, Brennan-Prediger, Gwet.

All share the observed agreement (the mean over units of the share of agreeing pairs) and differ in the agreement
expected by chance. Units with one rating count towards the levels' shares, not the observed agreement (Gwet 2014).
Standard errors linearise the ratio over units (Gwet 2008), with n - 1 in the denominator.
"""

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
)
from reviewkit.agreement.estimate import Coefficient, IntervalSettings
from reviewkit.agreement.observed import UnitAgreement, linearised_se, unit_agreement
from reviewkit.agreement.patterns import SumStatistic
from reviewkit.agreement.table import FloatArray, RatingTable, as_table
from reviewkit.agreement.weights import Weights, agreement_weights, weights_name

CERTAIN = 1e-12
"""Chance agreement closer to 1 than this counts as 1: what is left is rounding."""

ExpectedAgreement = Callable[[FloatArray], FloatArray]


def fleiss_kappa(
    ratings: RatingTable | ArrayLike,
    *,
    weights: Weights = "identity",
    interval: IntervalSettings = DEFAULT_SETTINGS,
) -> Coefficient:
    """Fleiss' kappa: chance is two draws from the pooled shares of the levels.

    Parameters
    ----------
    ratings : RatingTable or array-like of float, shape (n_units, n_raters)
        Level numbers, ``nan`` where missing.
    weights : str or array-like
        See :func:`agreement_weights`.
    interval : IntervalSettings

    Returns
    -------
    Coefficient
        ``fleiss``, at most 1. Undefined if all ratings are one level.

    References
    ----------
    Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Gwet, K. L. (2014), chapter 3.

    Examples
    --------
    >>> round(fleiss_kappa([[1, 1, 1], [1, 2, 2], [2, 2, 2]]).value, 4)
    0.55
    """
    return _corrected(as_table(ratings), name="fleiss", weights=weights, settings=interval)


def brennan_prediger(
    ratings: RatingTable | ArrayLike,
    *,
    weights: Weights = "identity",
    interval: IntervalSettings = DEFAULT_SETTINGS,
) -> Coefficient:
    """Brennan-Prediger coefficient: chance is a level drawn from all levels alike.

    It depends on how many levels the criterion has, used or not: build the table with the rubric's levels.

    References
    ----------
    Brennan, R. L., & Prediger, D. J. (1981). Coefficient kappa: some uses, misuses, and alternatives.

    Examples
    --------
    >>> brennan_prediger([[1, 1], [2, 2], [2, 1], [1, 1]]).value
    0.5
    """
    return _corrected(as_table(ratings), name="brennan-prediger", weights=weights, settings=interval)


def gwet_ac(
    ratings: RatingTable | ArrayLike,
    *,
    weights: Weights = "identity",
    interval: IntervalSettings = DEFAULT_SETTINGS,
) -> Coefficient:
    """Gwet's AC1 (identity weights) and AC2 (all others): chance only where a level is hard to tell.

    It stays high where nearly all units are one level, and depends on how many levels the criterion has.

    Parameters
    ----------
    ratings : RatingTable or array-like of float, shape (n_units, n_raters)
        Level numbers, ``nan`` where missing.
    weights : str or array-like
        See :func:`agreement_weights`.
    interval : IntervalSettings

    Returns
    -------
    Coefficient
        ``gwet``, at most 1. Undefined if the criterion has one level.

    References
    ----------
    Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high agreement.

    Examples
    --------
    >>> round(gwet_ac([[1, 1], [1, 1], [1, 1], [1, 2]]).value, 4)
    0.68
    """
    return _corrected(as_table(ratings), name="gwet", weights=weights, settings=interval)


def _fixed(value: float) -> ExpectedAgreement:
    return lambda shares: np.full(shares.shape[:-1], value)


def _expected(name: str, matrix: FloatArray) -> ExpectedAgreement:
    n_levels = len(matrix)
    if name == "brennan-prediger":
        return _fixed(float(matrix.sum()) / n_levels**2)
    if name == "gwet":
        scale = float(matrix.sum()) / (n_levels * (n_levels - 1)) if n_levels > 1 else math.nan
        return lambda shares: np.asarray(scale * np.sum(shares * (1 - shares), axis=-1))
    return lambda shares: np.asarray(np.sum((shares @ matrix) * shares, axis=-1))


def chance_corrected(observed: FloatArray, expected: FloatArray) -> FloatArray:
    """Return (observed - expected) / (1 - expected), ``nan`` where chance agreement is 1."""
    room = 1 - expected
    return np.where(room > CERTAIN, (observed - expected) / np.where(room > CERTAIN, room, 1.0), np.nan)


def chance_statistic(name: str, units: UnitAgreement, matrix: FloatArray) -> SumStatistic:
    """Return Fleiss, Brennan-Prediger or Gwet as a function of sums over units."""
    expected = _expected(name, matrix)
    rows = np.column_stack([units.pairable, units.agreement, np.ones(len(units.pairable)), units.shares])

    def value(sums: FloatArray) -> FloatArray:
        shares = sums[..., 3:] / sums[..., 2:3]
        return chance_corrected(sums[..., 1] / sums[..., 0], expected(shares))

    return SumStatistic(rows, units.patterns.counts, value)


def _corrected(table: RatingTable, *, name: str, weights: Weights, settings: IntervalSettings) -> Coefficient:
    own = agreement_weights(weights, levels=table.levels)
    matrix, shown = (own + own.T) / 2, weights_name(weights)
    missing = why_no_pairs(table)
    if missing:
        return undefined(name, n=0, reason=missing, settings=settings, weights=shown)
    units = unit_agreement(table, matrix)
    counts = units.patterns.counts
    shares = counts @ units.shares / counts.sum()
    expected = float(_expected(name, matrix)(shares))
    n_pairable = float(counts @ units.pairable)
    observed = float(counts @ units.agreement) / n_pairable
    return assembled(
        name,
        chance_statistic(name, units, matrix),
        settings=settings,
        default="jackknife" if name == "fleiss" else "fisher",
        reason=_why_undefined(name, table),
        n=int(n_pairable),
        analytic_se=_corrected_se(name, units, matrix=matrix, observed=observed, expected=expected),
        weights=shown,
        observed=observed,
        expected=expected,
    )


def _why_undefined(name: str, table: RatingTable) -> str:
    if table.n_levels == 1 and name != "fleiss":
        return "the criterion has one level only; pass all levels of the rubric, whether or not anyone used them"
    return why_chance_is_certain(table)


def _corrected_se(name: str, units: UnitAgreement, *, matrix: FloatArray, observed: float, expected: float) -> float:
    room = 1 - expected
    if not room > CERTAIN:
        return math.nan
    counts, value = units.patterns.counts, (observed - expected) / room
    scale = counts.sum() / float(counts @ units.pairable)
    of_units = scale * (units.agreement - expected * units.pairable) / room
    by_chance = _unit_expected(name, units, matrix=matrix)
    contributions = of_units - 2 * (1 - value) * (by_chance - expected) / room
    return linearised_se(contributions, counts=counts, centre=value)


def _unit_expected(name: str, units: UnitAgreement, *, matrix: FloatArray) -> FloatArray:
    shares = units.patterns.counts @ units.shares / units.patterns.counts.sum()
    n_levels = len(matrix)
    if name == "brennan-prediger":
        return np.full(len(units.shares), float(matrix.sum()) / n_levels**2)
    if name == "gwet":
        return np.asarray(float(matrix.sum()) / (n_levels * (n_levels - 1)) * (units.shares @ (1 - shares)))
    return np.asarray(units.shares @ (matrix @ shares))
