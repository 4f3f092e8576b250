"""A statistic, its standard error and the settings, put together into the record that a reader sees."""

import math

import numpy as np

from reviewkit.agreement.estimate import Coefficient, IntervalMethod, IntervalSettings
from reviewkit.agreement.intervals import Basis, Ends, Interval, interval_of, jackknife_se, p_value_of
from reviewkit.agreement.patterns import Statistic, value_of
from reviewkit.agreement.table import RatingTable
from reviewkit.records.base import level_text

DEFAULT_SETTINGS = IntervalSettings()


def undefined(
    name: str, *, n: int, reason: str, settings: IntervalSettings, weights: str | None = None, form: str | None = None
) -> Coefficient:
    """Return a coefficient without a value, and why."""
    return Coefficient(
        name=name, weights=weights, form=form, value=math.nan, n=n, confidence=settings.confidence, reason=reason
    )


def assembled(
    name: str,
    statistic: Statistic,
    *,
    settings: IntervalSettings,
    default: IntervalMethod,
    reason: str,
    n: int | None = None,
    analytic_se: float = math.nan,
    weights: str | None = None,
    form: str | None = None,
    bounds: Ends = (-1.0, 1.0),
    ends: Ends | None = None,
    n_proportion: int = 0,
    observed: float = math.nan,
    expected: float = math.nan,
) -> Coefficient:
    """Return the coefficient with its interval.

    Parameters
    ----------
    name : str
    statistic : Statistic
        What is resampled and jackknifed.
    settings : IntervalSettings
    default : str
        Interval method that ``"default"`` stands for.
    reason : str
        Why the value is undefined, should it turn out to be.
    n : int, optional
        Units that entered; left out, those of the statistic.
    analytic_se : float
        Standard error from the literature's formula; ``nan`` if there is none, and the jackknife steps in.
    weights, form : str or None
    bounds : tuple of two floats
        Least and largest value of the coefficient.
    ends : tuple of two floats, optional
        Ends of the analytic interval, where it does not come from the standard error.
    n_proportion : int
        Units of which the value is a share; 0 if it is none.
    observed, expected : float
        Agreement observed and expected by chance.

    Returns
    -------
    Coefficient
    """
    value = value_of(statistic)
    n_entered = int(statistic.counts.sum()) if n is None else n
    if math.isnan(value):
        return undefined(name, n=n_entered, reason=reason, settings=settings, weights=weights, form=form)
    basis = Basis(analytic_se, default, bounds, ends, n_proportion)
    interval = interval_of(statistic, basis=basis, settings=settings)
    se, method = (jackknife_se(statistic), "jackknife") if math.isnan(analytic_se) else (analytic_se, "analytic")
    return Coefficient.model_validate(
        {
            "name": name,
            "weights": weights,
            "form": form,
            "value": value,
            "se": se,
            "se_method": None if math.isnan(se) else method,
            "p_value": p_value_of(value, se=analytic_se, n_units=int(statistic.counts.sum()), settings=settings),
            "n": n_entered,
            "observed": observed,
            "expected": expected,
            "confidence": settings.confidence,
            **_interval_fields(interval),
        }
    )


def _interval_fields(interval: Interval) -> dict[str, object]:
    return {
        "low": interval.low,
        "high": interval.high,
        "interval_method": interval.method,
        "n_resamples": interval.n_resamples,
        "n_undefined": interval.n_undefined,
        "reason": interval.reason,
    }


def why_no_pairs(table: RatingTable) -> str | None:
    """Return why no two ratings can be compared, or None if some can.

    Examples
    --------
    >>> from reviewkit.agreement.table import table_of_array
    >>> why_no_pairs(table_of_array([[1, np.nan], [np.nan, 2]]))
    'no unit has two ratings; raters who rate the same units are needed'
    """
    if table.n_ratings == 0:
        return "there are no ratings"
    if table.n_raters == 1:
        return "there is one rater only; agreement needs two ratings of the same unit"
    if (~np.isnan(table.values)).sum(axis=1).max() < 2:
        return "no unit has two ratings; raters who rate the same units are needed"
    return None


def why_chance_is_certain(table: RatingTable) -> str:
    """Return why agreement by chance is 1, so that a chance-corrected coefficient is 0 / 0."""
    used = np.unique(table.values[~np.isnan(table.values)])
    if len(used) == 1:
        return f"every rating is level {level_text(used[0])}; chance alone explains that"
    return "agreement expected by chance is 1; there is no variation to correct for"


def why_raters_are_needed(name: str) -> str:
    """Return why a table of counts does not do."""
    return f"{name} needs to know which rater gave which level; this table holds counts per level only"
