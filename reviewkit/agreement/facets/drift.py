"""Drift: how each rater's severity moves over windows of time."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from reviewkit.agreement.design import FloatArray
from reviewkit.agreement.facets.analysis import FacetsFit
from reviewkit.agreement.facets.cells import Shift, posterior_weights, shift_of
from reviewkit.agreement.figures import Figures
from reviewkit.errors import RatingsError, SettingsError

NAN = float("nan")
DAY = 86_400.0


class WindowSeverity(Figures):
    """A rater's severity in one window of time; ``start`` belongs to it, ``end`` to the next."""

    start: datetime
    end: datetime
    severity: float
    se: float
    n_ratings: int
    reason: str | None = None


class SeverityDrift(Figures):
    """One rater's severity over time.

    Attributes
    ----------
    severity : float
        Over the whole time, in logits.
    windows : tuple of WindowSeverity
        Only windows in which the rater rated.
    slope_per_30_days, slope_se, slope_p_value : float
        Weighted straight line through the windows' middles, in logits, and the test that it is level.
    chi_square, df, p_value : float
        Test that severity is the same in every window.
    drifts : bool or None
        One of the two tests falls below half the level asked for; None where there is nothing to compare.

    Examples
    --------
    >>> one = SeverityDrift(rater_id="r1", severity=0.4, windows=(), slope_per_30_days=NAN, slope_se=NAN,
    ...     slope_p_value=NAN, chi_square=NAN, df=0, p_value=NAN, drifts=None, reason="fewer than two windows")
    >>> one.to_json()["drifts"] is None
    True
    """

    rater_id: str
    severity: float
    windows: tuple[WindowSeverity, ...]
    slope_per_30_days: float
    slope_se: float
    slope_p_value: float
    chi_square: float
    df: int
    p_value: float
    drifts: bool | None
    reason: str | None = None


def severity_drift(
    fit: FacetsFit, *, n_windows: int = 4, edges: Sequence[datetime] | None = None, alpha: float = 0.01
) -> tuple[SeverityDrift, ...]:
    """Estimate each rater's severity in each window of time.

    Measures, difficulties and thresholds are held at their estimates over the whole time, so a rater moves against
    the others and against the submissions. If all raters move together, that cannot be told from a change of the
    submissions; recurring anchors, rated in every window, tell it.

    Parameters
    ----------
    fit : FacetsFit
        From :func:`fit_facets`, of ratings with times.
    n_windows : int, default 4
        Windows of equal length from the first rating to the last.
    edges : sequence of datetime, optional
        Bounds of the windows instead, rising; ratings outside them are left out. Without a zone they are UTC.
    alpha : float, default 0.01
        Level of the test of each rater.

    Returns
    -------
    tuple of SeverityDrift
        One a rater, in the order of rater ids.

    Raises
    ------
    RatingsError
        If no rating that informs the fit has a time.
    SettingsError
        If there is no window, or the edges do not rise.

    Notes
    -----
    Source: Wolfe, Moulder and Myford (2001), Journal of Applied Measurement 2, 256-280; Myford and Wolfe (2009),
    Journal of Educational Measurement 46, 371-389.

    Examples
    --------
    >>> from reviewkit import Rating, fit_facets, rating_design
    >>> levels = {"a": [1, 2, 3, 4, 2, 3, 1, 4], "b": [1, 1, 3, 3, 3, 2, 2, 3]}
    >>> ratings = [Rating(submission_id=f"s{n}", criterion_id="taught", rater_id=rater, level=level,
    ...                   rated_at=datetime(2030, 1, 1 + n, tzinfo=UTC))
    ...            for rater, given in levels.items() for n, level in enumerate(given)]
    >>> [len(one.windows) for one in severity_drift(fit_facets(rating_design(ratings)), n_windows=2)]
    [2, 2]
    """
    design = fit.data.design
    bounds = _bounds(design.rated_at, n_windows, edges)
    window = np.searchsorted(bounds, design.rated_at, side="right") - 1
    if edges is None:
        window = np.minimum(window, len(bounds) - 2)
    window = np.where(np.isfinite(design.rated_at) & (window < len(bounds) - 1), window, -1)
    weights = posterior_weights(fit)
    return tuple(
        _drift(fit, rater, window, bounds=bounds, weights=weights, alpha=alpha)
        for rater in range(len(design.rater_ids))
    )


def _bounds(rated_at: FloatArray, n_windows: int, edges: Sequence[datetime] | None) -> FloatArray:
    known = rated_at[np.isfinite(rated_at)]
    if not len(known):
        raise RatingsError("no rating has rated_at, but drift runs over time; give the time of each rating.")
    if edges is None:
        if n_windows < 2:
            raise SettingsError(f"n_windows is {n_windows}, but drift compares 2 windows or more.")
        return np.linspace(float(known.min()), float(known.max()), n_windows + 1)
    bounds = np.array([(one if one.tzinfo else one.replace(tzinfo=UTC)).timestamp() for one in edges])
    if len(bounds) < 3 or np.any(np.diff(bounds) <= 0):
        raise SettingsError(f"edges has {len(bounds)} times, but 3 or more, rising, are needed for 2 windows or more.")
    return bounds


def _drift(
    fit: FacetsFit, rater: int, window: np.ndarray, *, bounds: FloatArray, weights: FloatArray, alpha: float
) -> SeverityDrift:
    design = fit.data.design
    overall = float(fit.fitted.parameters[fit.data.slices["raters"]][rater])
    mine = design.rater == rater
    used = np.unique(window[mine & (window >= 0)])
    shifts = [shift_of(fit, np.flatnonzero(mine & (window == one)), weights=weights) for one in used]
    windows = tuple(
        _window(overall, shift, bounds[one], bounds[one + 1]) for one, shift in zip(used, shifts, strict=True)
    )
    middle = np.array([(bounds[one] + bounds[one + 1]) / 2 / DAY for one in used])
    slope, slope_se, chi_square, df = _movement(middle, shifts)
    p_value, slope_p = _p_value(chi_square, df), _p_value((slope / slope_se) ** 2, min(df, 1))
    return SeverityDrift(
        rater_id=design.rater_ids[rater],
        severity=overall,
        windows=windows,
        slope_per_30_days=30 * slope,
        slope_se=30 * slope_se,
        slope_p_value=slope_p,
        chi_square=chi_square,
        df=df,
        p_value=p_value,
        drifts=None if df < 1 else min(p_value, slope_p) < alpha / 2,
        reason=None if df >= 1 else "fewer than two windows with an estimate: nothing to compare",
    )


def _window(overall: float, shift: Shift, start: float, end: float) -> WindowSeverity:
    return WindowSeverity(
        start=datetime.fromtimestamp(start, UTC),
        end=datetime.fromtimestamp(end, UTC),
        severity=overall + shift.value,
        se=shift.se,
        n_ratings=shift.n_ratings,
        reason=shift.reason,
    )


def _movement(middle: FloatArray, shifts: Sequence[Shift]) -> tuple[float, float, float, int]:
    """Weighted slope by day with its error, and the test of equality with its degrees of freedom."""
    value, error = np.array([one.value for one in shifts]), np.array([one.se for one in shifts])
    known = np.isfinite(value)
    if known.sum() < 2:
        return NAN, NAN, NAN, 0
    value, weight, middle = value[known], error[known] ** -2.0, middle[known]
    centre = (weight * middle).sum() / weight.sum()
    mean = (weight * value).sum() / weight.sum()
    spread = float((weight * (middle - centre) ** 2).sum())
    slope = float((weight * (middle - centre) * (value - mean)).sum()) / spread
    return slope, spread**-0.5, float((weight * (value - mean) ** 2).sum()), int(known.sum()) - 1


def _p_value(chi_square: float, df: int) -> float:
    from scipy.stats import chi2

    return float(chi2.sf(chi_square, df)) if df >= 1 else NAN
