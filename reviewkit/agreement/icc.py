"""Intraclass correlations ICC(1,1) to ICC(3,k) with F intervals, and Finn's coefficient; gaps are allowed."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from reviewkit.agreement.anova import (
    OneWay,
    TwoWay,
    one_way,
    one_way_statistic,
    two_way,
    two_way_statistic,
)
from reviewkit.agreement.assemble import (
    DEFAULT_SETTINGS,
    assembled,
    undefined,
    why_no_pairs,
    why_raters_are_needed,
)
from reviewkit.agreement.estimate import Coefficient, IntervalSettings
from reviewkit.agreement.patterns import SumStatistic
from reviewkit.agreement.table import FloatArray, RatingTable, as_table

IccForm = Literal["ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)"]
ICC_FORMS: tuple[IccForm, ...] = ("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)")
Ends = tuple[float, float]


def intraclass_correlation(
    ratings: RatingTable | ArrayLike,
    *,
    form: IccForm = "ICC(2,1)",
    interval: IntervalSettings = DEFAULT_SETTINGS,
) -> Coefficient:
    """Intraclass correlation of level numbers.

    Parameters
    ----------
    ratings : RatingTable or array-like of float, shape (n_units, n_raters)
        Level numbers, ``nan`` where missing.
    form : str
        ``"ICC(1,1)"``: each unit has raters of its own; ``"ICC(2,1)"``: the raters are drawn from many, and their
        severity counts as error; ``"ICC(3,1)"``: these raters only, consistency. With ``k``: of the mean of a unit's
        ratings, as many as it has (with gaps, their harmonic mean).
    interval : IntervalSettings
        The analytic interval is by F (McGraw & Wong); with gaps it is an approximation that uses effective numbers. It
        wants normal ratings, so the default is the jackknife over units, which speaks of these raters; for ICC(2) each
        end is the farther of the two, because raters like these are spoken of.

    Returns
    -------
    Coefficient
        ``icc``; at most 1, and negative where raters differ more within units than units do. The standard error is
        the jackknife's.

    References
    ----------
    Shrout, P. E., & Fleiss, J. L. (1979). Intraclass correlations: uses in assessing rater reliability. McGraw, K. O.,
    & Wong, S. P. (1996). Forming inferences about some intraclass correlation coefficients. With gaps: Searle, S. R.
    (1971). *Linear Models*, chapters 10 and 11 (Henderson's third method).

    Examples
    --------
    >>> ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> found = intraclass_correlation(ratings, form="ICC(2,1)", interval=IntervalSettings(method="analytic"))
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2)
    (0.29, 0.02, 0.76)
    """
    table = as_table(ratings)
    crossed = not form.startswith("ICC(1")
    missing = why_no_pairs(table)
    if missing is None and crossed and not table.raters_known:
        missing = why_raters_are_needed(form)
    if missing or table.n_units < 2:
        reason = missing or "there is one unit; an intraclass correlation needs two or more"
        return undefined("icc", n=table.n_units, reason=reason, settings=interval, form=form)
    statistic = icc_statistic(table, form=form)
    return assembled(
        "icc",
        statistic,
        settings=interval,
        default="jackknife-f" if form.startswith("ICC(2") else "jackknife",
        reason=_why_undefined(table, crossed=crossed),
        form=form,
        ends=_ends(statistic, form=form, confidence=interval.confidence),
    )


def icc_statistic(table: RatingTable, *, form: IccForm) -> SumStatistic:
    """Return an intraclass correlation as a function of sums over units."""
    if form.startswith("ICC(1"):
        return one_way_statistic(table, lambda squares: _one_way_icc(squares, form=form))
    return two_way_statistic(table, lambda squares: _two_way_icc(squares, form=form))


def finn(ratings: RatingTable | ArrayLike, *, interval: IntervalSettings = DEFAULT_SETTINGS) -> Coefficient:
    """Finn's coefficient (one-way): 1 - variance within units over the variance of even use of all levels.

    For ratings that hardly vary between units, where an intraclass correlation says little. Build the table with the
    rubric's levels: unused ones count.

    References
    ----------
    Finn, R. H. (1970). A note on estimating the reliability of categorical data.

    Examples
    --------
    >>> round(finn([[1, 1], [1, 2], [1, 1], [2, 2]]).value, 4)
    0.5
    """
    table = as_table(ratings)
    missing = why_no_pairs(table)
    if missing or table.n_levels < 2:
        reason = missing or "the criterion has one level only; pass all levels of the rubric"
        return undefined("finn", n=table.n_units, reason=reason, settings=interval)
    even = float(np.var(table.levels))
    statistic = one_way_statistic(table, lambda squares: np.asarray(1 - squares.within / even))
    return assembled("finn", statistic, settings=interval, default="jackknife", reason="no unit has two ratings")


def _one_way_icc(squares: OneWay, *, form: IccForm) -> FloatArray:
    unit = (squares.between - squares.within) / squares.size
    share = squares.inverse_size if form.endswith("k)") else 1.0
    return _ratio(unit, unit + squares.within * share)


def _two_way_icc(squares: TwoWay, *, form: IccForm) -> FloatArray:
    unit = (squares.units - squares.error) / squares.units_size
    rater = (squares.raters - squares.error) / squares.raters_size if form.startswith("ICC(2") else 0.0
    share = squares.inverse_size if form.endswith("k)") else 1.0
    return _ratio(unit, unit + (rater + squares.error) * share)


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    known = whole > 1e-12
    return np.where(known, part / np.where(known, whole, 1.0), np.nan)


def _why_undefined(table: RatingTable, *, crossed: bool) -> str:
    if np.unique(table.values[~np.isnan(table.values)]).size == 1:
        return "every rating is one level; there is no variance to divide"
    if crossed and table.n_ratings <= table.n_units + table.n_raters - 1:
        return "there are too few ratings a unit to tell raters from error; more units with two raters are needed"
    if crossed:
        return "the raters fall into islands that share no unit, or the units do not differ; more shared units help"
    return "the units do not differ, so no share of the variance is theirs"


def _ends(statistic: SumStatistic, *, form: IccForm, confidence: float) -> Ends:
    """Return the F interval of a single rating, stepped up by Spearman-Brown where the form is of a mean."""
    sums = statistic.counts @ statistic.rows
    tail = 1 - (1 - confidence) / 2
    with np.errstate(all="ignore"):
        ends = np.array(_single_ends(sums, form=form, tail=tail))
        if form.endswith("k)"):
            ends = ends / (ends + (1 - ends) * _inverse_size(sums, form=form))
    return float(ends[0]), float(ends[1])


def _inverse_size(sums: FloatArray, *, form: IccForm) -> FloatArray:
    return (one_way(sums) if form.startswith("ICC(1") else two_way(sums)).inverse_size


def _single_ends(sums: FloatArray, *, form: IccForm, tail: float) -> Ends:
    if form.startswith("ICC(1"):
        squares = one_way(sums)
        degrees = squares.n_units - 1, squares.n_ratings - squares.n_units
        return _of_ratio(squares.between / squares.within, degrees, size=squares.size, tail=tail)
    crossed = two_way(sums)
    if form.startswith("ICC(2"):
        return _of_absolute(crossed, tail=tail)
    degrees = crossed.n_units - 1, crossed.error_degrees
    return _of_ratio(crossed.units / crossed.error, degrees, size=crossed.units_size, tail=tail)


def _of_ratio(ratio: FloatArray, degrees: tuple[FloatArray, FloatArray], *, size: FloatArray, tail: float) -> Ends:
    from scipy.special import fdtri

    low = ratio / fdtri(*degrees, tail)
    high = ratio * fdtri(*degrees[::-1], tail)
    return float((low - 1) / (low + size - 1)), float((high - 1) / (high + size - 1))


def _of_absolute(squares: TwoWay, *, tail: float) -> Ends:
    """Return McGraw & Wong's interval of absolute agreement, with Satterthwaite's degrees of freedom."""
    from scipy.special import fdtri

    k, n = squares.units_size, squares.raters_size
    units, raters, error = squares.units, squares.raters, squares.error
    value = _two_way_icc(squares, form="ICC(2,1)")
    pull = k * value * raters / error
    rest = n * (1 + (k - 1) * value) - k * value
    degrees = (k - 1) * (n - 1) * (pull + rest) ** 2 / ((n - 1) * pull**2 + rest**2)
    others = k * raters + (k * n - k - n) * error
    f_low, f_high = fdtri(n - 1, degrees, tail), fdtri(degrees, n - 1, tail)
    low = n * (units - f_low * error) / (f_low * others + n * units)
    return float(low), float(n * (f_high * units - error) / (others + n * f_high * units))
