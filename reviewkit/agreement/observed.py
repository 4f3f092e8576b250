"""Observed agreement: what each unit contributes to it, percent agreement and adjacent agreement."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from reviewkit.agreement.assemble import DEFAULT_SETTINGS, assembled, undefined, why_no_pairs
from reviewkit.agreement.estimate import Coefficient, IntervalSettings
from reviewkit.agreement.patterns import Patterns, SumStatistic, distinct_rows
from reviewkit.agreement.table import FloatArray, IntArray, RatingTable, as_table
from reviewkit.agreement.weights import Weights, agreement_weights, weights_name


@dataclass(frozen=True, eq=False)
class UnitAgreement:
    """Distinct rows of level counts, with what each contributes.

    Attributes
    ----------
    patterns : Patterns
        Level counts of units with one rating or more.
    pairable : ndarray of float64, shape (n_patterns,)
        1 where a unit has two ratings or more.
    agreement : ndarray of float64, shape (n_patterns,)
        Weighted share of agreeing pairs of ratings; 0 where there is no pair.
    shares : ndarray of float64, shape (n_patterns, n_levels)
        Share of the unit's ratings at each level.
    """

    patterns: Patterns
    pairable: FloatArray
    agreement: FloatArray
    shares: FloatArray


def unit_agreement(table: RatingTable, matrix: FloatArray) -> UnitAgreement:
    """Return what each distinct row of level counts contributes, under symmetric weights."""
    counts = table.level_counts()
    patterns = distinct_rows(counts[counts.sum(axis=1) > 0])
    rows = patterns.rows.astype(np.float64)
    n_ratings = rows.sum(axis=1)
    pairs = n_ratings * (n_ratings - 1)
    agreeing = np.sum(rows * (rows @ matrix), axis=1) - rows @ np.diag(matrix)
    agreement = np.divide(agreeing, pairs, out=np.zeros_like(pairs), where=pairs > 0)
    return UnitAgreement(patterns, (n_ratings >= 2).astype(np.float64), agreement, rows / n_ratings[:, None])


def percent_agreement(
    ratings: RatingTable | ArrayLike,
    *,
    weights: Weights = "identity",
    among: Literal["pairs", "all"] = "pairs",
    interval: IntervalSettings = DEFAULT_SETTINGS,
) -> Coefficient:
    """Share of pairs of ratings that agree, averaged over units.

    Parameters
    ----------
    ratings : RatingTable or array-like of float, shape (n_units, n_raters)
        Level numbers, ``nan`` where missing.
    weights : str or array-like
        Credit for near agreement, see :func:`agreement_weights`.
    among : str
        ``"pairs"``: share of agreeing pairs. ``"all"``: share of units on which all raters agree (two ratings or
        more); it falls as raters are added.
    interval : IntervalSettings

    Returns
    -------
    Coefficient
        ``percent``, from 0 to 1. Undefined if no unit has two ratings.

    Examples
    --------
    >>> round(percent_agreement([[1, 1], [2, 2], [3, 2]]).value, 4)
    0.6667
    """
    return _observed(as_table(ratings), name="percent", weights=weights, among=among, settings=interval)


def adjacent_agreement(
    ratings: RatingTable | ArrayLike, *, interval: IntervalSettings = DEFAULT_SETTINGS
) -> Coefficient:
    """Share of pairs of ratings at most one level apart, averaged over units.

    "One level" is one step in the criterion's list of levels, whatever their numbers.

    Examples
    --------
    >>> round(adjacent_agreement([[1, 2], [1, 3], [3, 3]]).value, 4)
    0.6667
    """
    table = as_table(ratings)
    rank = np.arange(table.n_levels)
    matrix = (np.abs(rank[:, None] - rank[None, :]) <= 1).astype(np.float64)
    return _observed(table, name="adjacent", weights=matrix, among="pairs", settings=interval)


def linearised_se(contributions: FloatArray, *, counts: IntArray, centre: float) -> float:
    """Return the standard error of a mean of linearised contributions of units (Gwet 2008)."""
    n_units = float(counts.sum())
    if n_units < 2:
        return math.nan
    return math.sqrt(float(counts @ (contributions - centre) ** 2) / (n_units * (n_units - 1)))


def _observed(
    table: RatingTable, *, name: str, weights: Weights, among: str, settings: IntervalSettings
) -> Coefficient:
    matrix = agreement_weights(weights, levels=table.levels)
    shown = None if name == "adjacent" else weights_name(weights)
    form = "all" if among == "all" else None
    missing = why_no_pairs(table)
    if missing:
        return undefined(name, n=0, reason=missing, settings=settings, weights=shown, form=form)
    units = unit_agreement(table, (matrix + matrix.T) / 2)
    agreement = units.agreement if among == "pairs" else (units.shares.max(axis=1) == 1) * units.pairable
    counts = units.patterns.counts
    statistic = SumStatistic(
        np.column_stack([units.pairable, agreement]), counts, lambda sums: sums[..., 1] / sums[..., 0]
    )
    n_pairable = float(counts @ units.pairable)
    value = float(counts @ agreement) / n_pairable
    contributions = counts.sum() / n_pairable * agreement
    return assembled(
        name,
        statistic,
        settings=settings,
        default="fisher",
        bounds=(0.0, 1.0),
        reason="",
        n=int(n_pairable),
        n_proportion=int(n_pairable) if shown in {None, "identity"} else 0,
        analytic_se=linearised_se(contributions, counts=counts, centre=value),
        weights=shown,
        form=form,
        observed=value,
    )
