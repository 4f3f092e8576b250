"""Conger's kappa: Fleiss' observed agreement, with chance from each rater's own use of the levels."""

import math

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
from reviewkit.agreement.chance import CERTAIN, chance_corrected
from reviewkit.agreement.estimate import Coefficient, IntervalSettings
from reviewkit.agreement.observed import linearised_se
from reviewkit.agreement.patterns import Patterns, SumStatistic, distinct_rows
from reviewkit.agreement.table import FloatArray, IntArray, RatingTable, as_table
from reviewkit.agreement.weights import Weights, agreement_weights, weights_name


def conger_kappa(
    ratings: RatingTable | ArrayLike,
    *,
    weights: Weights = "identity",
    interval: IntervalSettings = DEFAULT_SETTINGS,
) -> Coefficient:
    """Conger's kappa: chance is the mean over pairs of raters of what their own shares of levels would give.

    With two raters and no gaps it is Cohen's kappa.

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
        ``conger``, at most 1. Undefined if chance agreement is 1 or the raters are not known.

    References
    ----------
    Conger, A. J. (1980). Integration and generalization of kappas for multiple raters. Gwet, K. L. (2014), chapter 3.

    Examples
    --------
    >>> round(conger_kappa([[1, 1, 1], [1, 2, 2], [2, 2, 2]]).value, 4)
    0.5714
    """
    table = as_table(ratings)
    own = agreement_weights(weights, levels=table.levels)
    matrix, shown = (own + own.T) / 2, weights_name(weights)
    missing = why_no_pairs(table) if table.raters_known else why_raters_are_needed("Conger's kappa")
    if missing:
        return undefined("conger", n=0, reason=missing, settings=interval, weights=shown)
    statistic = conger_statistic(table, matrix)
    sums = statistic.counts @ statistic.rows
    return assembled(
        "conger",
        statistic,
        settings=interval,
        default="jackknife",
        reason=why_chance_is_certain(table),
        n=int(sums[0]),
        analytic_se=_conger_se(statistic, matrix),
        weights=shown,
        observed=float(sums[1] / sums[0]),
        expected=float(_expected(_rater_shares(sums, len(matrix)), matrix)),
    )


def conger_statistic(table: RatingTable, matrix: FloatArray) -> SumStatistic:
    """Return Conger's kappa as a function of sums over units.

    The sums: units with two ratings or more, their agreement, and how often each rater gave each level.
    """
    patterns = _rater_patterns(table)
    given = patterns.rows[:, :, None] == np.arange(len(matrix))
    counts = given.sum(axis=1).astype(np.float64)
    n_ratings = counts.sum(axis=1)
    pairs = n_ratings * (n_ratings - 1)
    agreeing = np.sum(counts * (counts @ matrix), axis=1) - counts @ np.diag(matrix)
    agreement = np.divide(agreeing, pairs, out=np.zeros_like(pairs), where=pairs > 0)

    def value(sums: FloatArray) -> FloatArray:
        return chance_corrected(sums[..., 1] / sums[..., 0], _expected(_rater_shares(sums, len(matrix)), matrix))

    rows = np.column_stack([n_ratings >= 2, agreement, given.reshape(len(given), -1)]).astype(np.float64)
    return SumStatistic(rows, patterns.counts, value)


def _rater_patterns(table: RatingTable) -> Patterns:
    indices = table.level_indices()
    rated = (indices >= 0).any(axis=1)
    used = (indices >= 0).any(axis=0)
    return distinct_rows(indices[rated][:, used])


def _rater_shares(sums: FloatArray, n_levels: int) -> FloatArray:
    """Return each rater's shares of the levels, shape (..., n_raters, n_levels); 0 for a rater without ratings."""
    given = sums[..., 2:].reshape(*sums.shape[:-1], -1, n_levels)
    totals = given.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(given, totals, out=np.zeros_like(given), where=totals > 0))


def _expected(shares: FloatArray, matrix: FloatArray) -> FloatArray:
    n_raters = np.sum(shares.sum(axis=-1) > 0, axis=-1)
    credit = shares @ matrix
    total = np.sum(credit.sum(axis=-2) * shares.sum(axis=-2), axis=-1) - np.sum(credit * shares, axis=(-2, -1))
    pairs = n_raters * (n_raters - 1)
    return np.asarray(np.divide(total, pairs, out=np.ones_like(total), where=pairs > 0))


def _conger_se(statistic: SumStatistic, matrix: FloatArray) -> float:
    """Linearise over units (Gwet 2014): each rater's shares move with the units that the rater saw."""
    counts, rows = statistic.counts, statistic.rows
    sums = counts @ rows
    shares = _rater_shares(sums, len(matrix))
    expected, n_units = float(_expected(shares, matrix)), float(counts.sum())
    if not 1 - expected > CERTAIN:
        return math.nan
    value = (sums[1] / sums[0] - expected) / (1 - expected)
    of_units = n_units / sums[0] * (rows[:, 1] - expected * rows[:, 0]) / (1 - expected)
    by_chance = _unit_expected(rows, shares, matrix=matrix, counts=counts)
    contributions = of_units - 2 * (1 - value) * (by_chance - expected) / (1 - expected)
    return linearised_se(contributions, counts=counts, centre=value)


def _unit_expected(rows: FloatArray, shares: FloatArray, *, matrix: FloatArray, counts: IntArray) -> FloatArray:
    """Return each unit's contribution to the agreement expected by chance; their mean is that agreement."""
    n_raters, n_levels = shares.shape
    given = rows[:, 2:].reshape(len(rows), n_raters, n_levels)
    rated = given.sum(axis=-1)
    share_rated = counts @ rated / counts.sum()
    partners = (shares.sum(axis=0) - shares) @ matrix
    moved = (given - (rated - share_rated)[:, :, None] * shares) / share_rated[:, None]
    return np.asarray(np.sum(moved * partners, axis=(-2, -1)) / (n_raters * (n_raters - 1)))
