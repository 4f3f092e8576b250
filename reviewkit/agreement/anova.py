"""Mean squares of units × raters, with gaps: what the intraclass correlations are made of.

Without gaps these are the mean squares of Shrout & Fleiss. With gaps the two-way ones are Henderson's third method:
units adjusted for raters and raters adjusted for units, whose expectations stay simple because a rater rates a unit
once at most. Every figure is a function of sums over units, so that a bootstrap over units resamples counts.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from reviewkit.agreement.patterns import SumStatistic, distinct_rows
from reviewkit.agreement.table import FloatArray, IntArray, RatingTable

RANK_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class OneWay:
    """One-way mean squares; each field has shape (...).

    Attributes
    ----------
    between, within : ndarray
        Mean squares between and within units.
    size : ndarray
        Effective number of ratings a unit; the number itself where all have as many.
    inverse_size : ndarray
        Mean of 1 / ratings over units.
    n_units, n_ratings : ndarray
    """

    between: FloatArray
    within: FloatArray
    size: FloatArray
    inverse_size: FloatArray
    n_units: FloatArray
    n_ratings: FloatArray


@dataclass(frozen=True, eq=False)
class TwoWay:
    """Two-way mean squares; each field has shape (...), ``nan`` where raters fall into islands.

    Attributes
    ----------
    units, raters, error : ndarray
        Mean squares of units adjusted for raters, raters adjusted for units, and what is left.
    units_size, raters_size : ndarray
        Effective number of ratings a unit and a rater.
    inverse_size : ndarray
        Mean of 1 / ratings over units.
    n_units, n_raters, error_degrees : ndarray
    """

    units: FloatArray
    raters: FloatArray
    error: FloatArray
    units_size: FloatArray
    raters_size: FloatArray
    inverse_size: FloatArray
    n_units: FloatArray
    n_raters: FloatArray
    error_degrees: FloatArray


def one_way_rows(table: RatingTable) -> tuple[FloatArray, IntArray]:
    """Return what one unit of each distinct row of level counts adds to the one-way sums, and how many there are."""
    counts = table.level_counts()
    patterns = distinct_rows(counts[counts.sum(axis=1) > 0])
    rows, levels = patterns.rows.astype(np.float64), table.levels - _centre(table)
    n_ratings = rows.sum(axis=1)
    totals, squares = rows @ levels, rows @ levels**2
    within = squares - totals**2 / n_ratings
    sums = [np.ones(len(rows)), n_ratings, n_ratings**2, 1 / n_ratings, totals, totals**2 / n_ratings, within]
    return np.column_stack(sums), patterns.counts


def one_way(sums: FloatArray) -> OneWay:
    """Turn sums of :func:`one_way_rows`, shape (..., 7), into mean squares."""
    n_units, n_ratings, squared_sizes, inverse, total, between, within = np.moveaxis(sums, -1, 0)
    return OneWay(
        between=(between - total**2 / n_ratings) / (n_units - 1),
        within=within / (n_ratings - n_units),
        size=(n_ratings - squared_sizes / n_ratings) / (n_units - 1),
        inverse_size=inverse / n_units,
        n_units=n_units,
        n_ratings=n_ratings,
    )


def two_way_rows(table: RatingTable) -> tuple[FloatArray, IntArray]:
    """Return what one unit of each distinct row of levels adds to the two-way sums, and how many there are."""
    indices = table.level_indices()
    used = (indices >= 0).any(axis=0)
    patterns = distinct_rows(indices[(indices >= 0).any(axis=1)][:, used])
    rated = (patterns.rows >= 0).astype(np.float64)
    values = np.where(rated > 0, (table.levels - _centre(table))[patterns.rows], 0.0)
    sizes = rated.sum(axis=1)
    means = values.sum(axis=1) / sizes
    gaps = (values - means[:, None]) * rated
    shared = -rated[:, :, None] * rated[:, None, :] / sizes[:, None, None]
    diagonal = np.arange(rated.shape[1])
    shared[:, diagonal, diagonal] += rated
    scalars = [np.ones(len(sizes)), sizes, 1 / sizes, sizes * means**2, np.sum(gaps**2, axis=1)]
    return np.column_stack([*scalars, rated, values, gaps, shared.reshape(len(sizes), -1)]), patterns.counts


def two_way(sums: FloatArray) -> TwoWay:
    """Turn sums of :func:`two_way_rows`, shape (..., 5 + 3 R + R²), into mean squares."""
    n_raters = round((-3 + (9 + 4 * (sums.shape[-1] - 5)) ** 0.5) / 2)
    n_units, n_ratings, inverse, between, within = np.moveaxis(sums[..., :5], -1, 0)
    rated, totals, gaps = (sums[..., 5 + i * n_raters : 5 + (i + 1) * n_raters] for i in range(3))
    shared = sums[..., 5 + 3 * n_raters :].reshape(*sums.shape[:-1], n_raters, n_raters)
    present = np.sum(rated > 0, axis=-1)
    of_raters = _adjusted_raters(shared, gaps=gaps, rated=rated)
    correction = totals.sum(axis=-1) ** 2 / n_ratings
    unadjusted = np.sum(np.divide(totals**2, rated, out=np.zeros_like(totals), where=rated > 0), axis=-1) - correction
    of_units = between - correction + of_raters - unadjusted
    degrees = n_ratings - n_units - present + 1
    return TwoWay(
        units=of_units / (n_units - 1),
        raters=of_raters / (present - 1),
        error=np.maximum(within - of_raters, 0.0) / degrees,
        units_size=(n_ratings - present) / (n_units - 1),
        raters_size=(n_ratings - n_units) / (present - 1),
        inverse_size=inverse / n_units,
        n_units=n_units,
        n_raters=present.astype(np.float64),
        error_degrees=degrees,
    )


def _adjusted_raters(shared: FloatArray, *, gaps: FloatArray, rated: FloatArray) -> FloatArray:
    """Return the sum of squares of raters adjusted for units; ``nan`` where the raters fall into islands."""
    absent = np.sum(rated == 0, axis=-1)
    values, vectors = np.linalg.eigh(shared)
    known = values > RANK_TOLERANCE * np.maximum(values[..., -1:], 1.0)
    along = np.sum(vectors * gaps[..., :, None], axis=-2)
    total = np.sum(np.divide(along**2, values, out=np.zeros_like(along), where=known), axis=-1)
    connected = np.sum(~known, axis=-1) == absent + 1
    return np.where(connected, total, np.nan)


def one_way_statistic(table: RatingTable, value: Callable[[OneWay], FloatArray]) -> SumStatistic:
    """Return a function of the one-way mean squares as a statistic of the units."""
    rows, counts = one_way_rows(table)
    return SumStatistic(rows, counts, lambda sums: value(one_way(sums)))


def two_way_statistic(table: RatingTable, value: Callable[[TwoWay], FloatArray]) -> SumStatistic:
    """Return a function of the two-way mean squares as a statistic of the units."""
    rows, counts = two_way_rows(table)
    return SumStatistic(rows, counts, lambda sums: value(two_way(sums)))


def _centre(table: RatingTable) -> float:
    return float(np.nanmean(table.values))
