"""Intervals: analytic, percentile and BCa, the last two from a bootstrap over units that resamples counts, not rows."""

import math
from dataclasses import dataclass

import numpy as np

from reviewkit.agreement.estimate import IntervalMethod, IntervalSettings
from reviewkit.agreement.patterns import Statistic, slices, value_of
from reviewkit.agreement.proportion import wilson_ends
from reviewkit.agreement.table import FloatArray, IntArray

Ends = tuple[float, float]
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


@dataclass(frozen=True)
class Basis:
    """What an interval is built from.

    Attributes
    ----------
    se : float
        Analytic standard error; ``nan`` if there is none.
    default : str
        Method that ``"default"`` stands for.
    bounds : tuple of two floats
        Least and largest value of the coefficient; infinite where there is none.
    ends : tuple of two floats or None
        Ends of the analytic interval, where it does not come from the standard error.
    n_proportion : int
        Units of which the value is a share, so that a share of 0 or 1 has Wilson's interval; 0 if it is none.
    """

    se: float
    default: IntervalMethod
    bounds: Ends = (-1.0, 1.0)
    ends: Ends | None = None
    n_proportion: int = 0


def interval_of(statistic: Statistic, *, basis: Basis, settings: IntervalSettings) -> Interval:
    """Return the interval that the settings ask for, or why there is none."""
    method = basis.default if settings.method == "default" else settings.method
    value = value_of(statistic)
    if method == "none" or math.isnan(value):
        return NO_INTERVAL
    if statistic.counts.sum() < 2:
        return _absent("one unit has no spread; an interval needs two units or more")
    if method in {"percentile", "bca"}:
        return bootstrap_interval(statistic, method=method, settings=settings)
    return _of_error(statistic, value, method=method, basis=basis, settings=settings)


def _of_error(
    statistic: Statistic, value: float, *, method: IntervalMethod, basis: Basis, settings: IntervalSettings
) -> Interval:
    """Return an interval built from a standard error, or the ends that the literature's own formula gave."""
    formula = method in {"analytic", "fisher"}
    if method == "analytic" and basis.ends is not None:
        return Interval(*basis.ends, method) if np.isfinite(basis.ends).all() else _absent(NO_SPREAD)
    se = basis.se if formula else jackknife_se(statistic)
    if math.isnan(se):
        return _absent(NO_FORMULA if formula else NO_JACKKNIFE)
    quantile = reference_quantile(settings, degrees=int(statistic.counts.sum()) - 1)
    reach = quantile * se
    if not reach > 0 and basis.n_proportion:
        return Interval(*wilson_ends(value, basis.n_proportion, quantile=quantile), "wilson")
    if not reach > 0:
        return _absent(NO_SPREAD)
    if method == "analytic":
        return Interval(max(basis.bounds[0], value - reach), min(basis.bounds[1], value + reach), method)
    return _on_fishers_scale(value, reach=reach, method=method, basis=basis)


def _on_fishers_scale(value: float, *, reach: float, method: IntervalMethod, basis: Basis) -> Interval:
    if not np.isfinite(basis.bounds).all():
        return Interval(value - reach, value + reach, method)
    low, high = fisher_ends(value, reach=reach, bounds=basis.bounds)
    if math.isnan(low):
        return _absent(NO_SPREAD)
    if method == "jackknife-f" and basis.ends is not None and np.isfinite(basis.ends).all():
        low, high = min(low, basis.ends[0]), max(high, basis.ends[1])
    return Interval(low, high, method)


def fisher_ends(value: float, *, reach: float, bounds: Ends = (-1.0, 1.0)) -> Ends:
    """Return the ends of an interval that is symmetric on Fisher's scale.

    Parameters
    ----------
    value : float
        Strictly within the bounds, else both ends are ``nan``.
    reach : float
        Quantile times standard error, on the value's own scale.
    bounds : tuple of two floats
        Stretched to -1 and 1; with 0 and 1 the scale is half the logit.

    Examples
    --------
    >>> [round(end, 3) for end in fisher_ends(0.8, reach=0.1)]
    [0.676, 0.88]
    """
    middle, half = (bounds[0] + bounds[1]) / 2, (bounds[1] - bounds[0]) / 2
    stretched = (value - middle) / half
    if not abs(stretched) < 1 - 1e-12:
        return math.nan, math.nan
    centre, wide = math.atanh(stretched), reach / half / (1 - stretched**2)
    return middle + half * math.tanh(centre - wide), middle + half * math.tanh(centre + wide)


def _absent(reason: str) -> Interval:
    return Interval(math.nan, math.nan, None, reason=reason)


NO_FORMULA = "there is no analytic standard error; ask for jackknife, percentile or bca"
NO_JACKKNIFE = "leaving out a unit leaves it undefined; more units are needed for an interval"
NO_SPREAD = "every unit says the same, so the spread cannot be estimated from these ratings"


def reference_quantile(settings: IntervalSettings, *, degrees: int) -> float:
    """Return the two-sided quantile of the settings' reference distribution."""
    from scipy.special import ndtri, stdtrit

    tail = 1 - (1 - settings.confidence) / 2
    return float(ndtri(tail) if settings.reference == "normal" else stdtrit(degrees, tail))


def p_value_of(value: float, *, se: float, n_units: int, settings: IntervalSettings) -> float:
    """Return the two-sided p value of the value being 0; ``nan`` without a standard error above 0."""
    from scipy.special import ndtr, stdtr

    if math.isnan(se) or se == 0 or n_units < 2:
        return math.nan
    ratio = -abs(value) / se
    return 2 * float(ndtr(ratio) if settings.reference == "normal" else stdtr(n_units - 1, ratio))


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
