"""Intervals: analytic, percentile and BCa, the last two from a bootstrap over units that resamples counts, not rows."""

import math
from dataclasses import dataclass

import numpy as np

from reviewkit.agreement.estimate import IntervalMethod, IntervalSettings, Scale
from reviewkit.agreement.patterns import Statistic, slices, value_of
from reviewkit.agreement.table import FloatArray, IntArray

MAX_UNDEFINED_SHARE = 0.5
"""Above this share of undefined resamples no bootstrap interval is given: it would speak of the lucky half only."""


@dataclass(frozen=True)
class Interval:
    """Ends of an interval and how they were found; ``nan`` ends with a reason if they could not be."""

    low: float
    high: float
    method: IntervalMethod | None
    n_resamples: int = 0
    n_undefined: int = 0
    reason: str | None = None


NO_INTERVAL = Interval(math.nan, math.nan, None)


def resampled_values(statistic: Statistic, *, n_resamples: int, seed: int) -> FloatArray:
    """Return the statistic on bootstrap resamples of the units.

    Parameters
    ----------
    statistic : Statistic
    n_resamples : int
    seed : int

    Returns
    -------
    ndarray of float64, shape (n_resamples,)
        ``nan`` where a resample leaves the statistic undefined.

    Examples
    --------
    >>> from reviewkit.agreement.patterns import SumStatistic
    >>> share = SumStatistic(np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([500, 500]), lambda s: s[..., 0] / s[..., 1])
    >>> bool(abs(resampled_values(share, n_resamples=200, seed=1).mean() - 0.5) < 0.01)
    True
    """
    generator = np.random.default_rng(seed)
    values = np.empty(n_resamples)
    for part in slices(n_resamples, width=max(statistic.width, len(statistic.counts))):
        drawn = resampled_counts(statistic.counts, n_resamples=part.stop - part.start, generator=generator)
        values[part] = statistic.of_counts(drawn)
    return values


def resampled_counts(counts: IntArray, *, n_resamples: int, generator: np.random.Generator) -> FloatArray:
    """Draw how often each distinct row occurs in resamples of as many units, shape (n_resamples, n_patterns)."""
    n_units, n_patterns = int(counts.sum()), len(counts)
    if 8 * n_patterns < n_units:
        return generator.multinomial(n_units, counts / n_units, size=n_resamples).astype(np.float64)
    owner = np.repeat(np.arange(n_patterns), counts)
    drawn = np.empty((n_resamples, n_patterns))
    for row in drawn:
        row[:] = np.bincount(owner[generator.integers(0, n_units, size=n_units)], minlength=n_patterns)
    return drawn


def jackknife_se(statistic: Statistic) -> float:
    """Return the jackknife standard error over units; ``nan`` if leaving a unit out leaves nothing defined."""
    n_units = int(statistic.counts.sum())
    if n_units < 2:
        return math.nan
    values, counts = statistic.left_out(), statistic.counts
    mean = float(counts @ values) / n_units
    return math.sqrt((n_units - 1) / n_units * float(counts @ (values - mean) ** 2))


def interval_of(
    statistic: Statistic,
    *,
    se: float,
    settings: IntervalSettings,
    default: IntervalMethod,
    upper: float = 1.0,
    scale: Scale = "plain",
    ends: tuple[float, float] | None = None,
) -> Interval:
    """Return the interval that the settings ask for.

    Parameters
    ----------
    statistic : Statistic
    se : float
        Standard error for the analytic interval; ``nan`` if there is none.
    settings : IntervalSettings
    default : str
        Method that ``"default"`` stands for.
    upper : float
        The statistic's largest value; an analytic interval is cut there.
    scale : str
        Scale on which the analytic interval is symmetric.
    ends : tuple of two floats, optional
        Ends of the analytic interval, where it does not come from the standard error.

    Returns
    -------
    Interval
    """
    method = default if settings.method == "default" else settings.method
    value = value_of(statistic)
    if method == "none" or math.isnan(value):
        return NO_INTERVAL
    n_units = int(statistic.counts.sum())
    if n_units < 2:
        return Interval(math.nan, math.nan, None, reason="one unit has no spread; an interval needs two units or more")
    if method == "analytic" and ends is not None:
        return Interval(*ends, "analytic") if np.isfinite(ends).all() else Interval(*ends, None, reason=NO_SPREAD)
    if method == "analytic":
        return analytic_interval(value, se=se, n_units=n_units, settings=settings, upper=upper, scale=scale)
    return bootstrap_interval(statistic, method=method, settings=settings)


def analytic_interval(
    value: float,
    *,
    se: float,
    n_units: int,
    settings: IntervalSettings,
    upper: float = 1.0,
    scale: Scale = "plain",
) -> Interval:
    """Return value ± quantile × standard error on the scale given, cut at the statistic's largest value."""
    if math.isnan(se):
        return Interval(math.nan, math.nan, None, reason=NO_FORMULA)
    if se == 0:
        return Interval(math.nan, math.nan, None, reason=NO_SPREAD)
    if scale == "fisher":
        return _fisher_interval(value, se=se, settings=settings)
    reach = reference_quantile(settings, degrees=n_units - 1) * se
    return Interval(value - reach, min(upper, value + reach), "analytic")


def _fisher_interval(value: float, *, se: float, settings: IntervalSettings) -> Interval:
    if abs(value) >= 1:
        return Interval(math.nan, math.nan, None, reason=NO_SPREAD)
    normal = settings.model_copy(update={"reference": "normal"})
    reach = reference_quantile(normal, degrees=1) * se / (1 - value**2)
    middle = math.atanh(value)
    return Interval(math.tanh(middle - reach), math.tanh(middle + reach), "analytic")


def p_value_of(value: float, *, se: float, n_units: int, settings: IntervalSettings) -> float:
    """Return the two-sided p value of the value being 0; ``nan`` without a standard error above 0."""
    from scipy.special import ndtr, stdtr

    if math.isnan(se) or se == 0 or n_units < 2:
        return math.nan
    ratio = -abs(value) / se
    return 2 * float(ndtr(ratio) if settings.reference == "normal" else stdtr(n_units - 1, ratio))


NO_FORMULA = "there is no analytic standard error; ask for percentile or bca"
NO_SPREAD = "every unit says the same, so the spread cannot be estimated from these ratings"


def reference_quantile(settings: IntervalSettings, *, degrees: int) -> float:
    """Return the two-sided quantile of the settings' reference distribution."""
    from scipy.special import ndtri, stdtrit

    tail = 1 - (1 - settings.confidence) / 2
    return float(ndtri(tail) if settings.reference == "normal" else stdtrit(degrees, tail))


def bootstrap_interval(statistic: Statistic, *, method: IntervalMethod, settings: IntervalSettings) -> Interval:
    """Return the percentile or BCa interval, with undefined resamples counted and left out."""
    values = resampled_values(statistic, n_resamples=settings.n_resamples, seed=settings.seed)
    defined = np.sort(values[~np.isnan(values)])
    n_undefined = len(values) - len(defined)
    counted = {"n_resamples": len(values), "n_undefined": n_undefined}
    if len(defined) < (1 - MAX_UNDEFINED_SHARE) * len(values):
        reason = f"{n_undefined} of {len(values)} resamples leave it undefined; more units are needed for an interval"
        return Interval(math.nan, math.nan, None, reason=reason, **counted)
    if np.ptp(defined) == 0:
        return Interval(math.nan, math.nan, None, reason=NO_SPREAD, **counted)
    tails = np.array([(1 - settings.confidence) / 2, 1 - (1 - settings.confidence) / 2])
    if method == "bca":
        tails = bca_tails(statistic, defined, tails=tails)
    low, high = np.quantile(defined, tails)
    note = f"{n_undefined} of {len(values)} resamples left it undefined and do not count" if n_undefined else None
    return Interval(float(low), float(high), method, reason=note, **counted)


def bca_tails(statistic: Statistic, defined: FloatArray, *, tails: FloatArray) -> FloatArray:
    """Return the tail shares of the BCa interval (Efron 1987), ties with the value counted half."""
    from scipy.special import ndtr, ndtri

    value = value_of(statistic)
    tied = np.isclose(defined, value, rtol=0, atol=1e-12)
    below = (np.sum((defined < value) & ~tied) + 0.5 * np.sum(tied)) / len(defined)
    bias = ndtri(np.clip(below, 0.5 / len(defined), 1 - 0.5 / len(defined)))
    shifted = bias + ndtri(tails)
    return np.asarray(ndtr(bias + shifted / (1 - acceleration(statistic) * shifted)))


def acceleration(statistic: Statistic) -> float:
    """Return the BCa acceleration from the jackknife over units; 0 where leaving a unit out changes nothing."""
    values, counts = statistic.left_out(), statistic.counts
    known = ~np.isnan(values)
    values, counts = values[known], counts[known]
    if counts.sum() == 0:
        return 0.0
    gaps = float(counts @ values) / counts.sum() - values
    spread = float(counts @ gaps**2)
    return 0.0 if spread < 1e-24 else float(counts @ gaps**3) / (6 * spread**1.5)
