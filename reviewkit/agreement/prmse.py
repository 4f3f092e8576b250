"""Proportional reduction in mean squared error: how much better the machine tells the true score than the mean does.

Any number of ratings a submission, gaps allowed; a few submissions with two ratings tell how much raters err.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from reviewkit.agreement.assemble import DEFAULT_SETTINGS, assembled, undefined
from reviewkit.agreement.estimate import Coefficient, IntervalSettings
from reviewkit.agreement.patterns import SumStatistic
from reviewkit.agreement.table import FloatArray
from reviewkit.errors import ShapeError
from reviewkit.records.base import Record


class Prmse(Record):
    """PRMSE and what it is made of.

    Attributes
    ----------
    prmse : Coefficient
        ``prmse``, at most 1; below 0 where the mean would do better than the machine.
    error_variance : Coefficient
        ``variance-of-errors`` of a single rating.
    true_variance : Coefficient
        ``true-score-variance``.
    mse : Coefficient
        ``mse-true``: mean squared error of the machine against the true score.
    n_single, n_multiple : int
        Submissions with one rating and with more.
    """

    prmse: Coefficient
    error_variance: Coefficient
    true_variance: Coefficient
    mse: Coefficient
    n_single: int
    n_multiple: int


def prmse_true(
    ratings: ArrayLike,
    machine: ArrayLike,
    *,
    error_variance: float | None = None,
    interval: IntervalSettings = DEFAULT_SETTINGS,
) -> Prmse:
    """Compute PRMSE against the true score.

    Parameters
    ----------
    ratings : array-like of float, shape (n_submissions, n_raters) or (n_submissions,)
        Ratings by people; ``nan`` where missing.
    machine : array-like of float, shape (n_submissions,)
        Scores, continuous or not.
    error_variance : float, optional
        Variance of a rater's errors, if known from elsewhere. Left out, it comes from submissions with two ratings or
        more.
    interval : IntervalSettings
        ``"default"`` is the jackknife over submissions.

    Returns
    -------
    Prmse
        Undefined, with the reason, where no submission has two ratings and no error variance is given, or where the
        ratings vary no more than their errors.

    Raises
    ------
    ShapeError
        If the rows do not pair or a score is not finite.

    References
    ----------
    Haberman, S. J. (2019). Measures of agreement versus measures of prediction accuracy. ETS RR-19-20. The formulas
    for unequal numbers of ratings are those of Loukina, A., Madnani, N., et al. (2020), Using PRMSE to evaluate
    automated scoring systems in the presence of label noise.

    Examples
    --------
    >>> found = prmse_true([2, 3, 5], [1, 2, 5], error_variance=0.5, interval=IntervalSettings(method="none"))
    >>> round(found.prmse.value, 4)
    0.9091
    """
    values, scores = paired_scores(ratings, machine)
    rated = ~np.isnan(values)
    kept = rated.any(axis=1)
    rows = _rows(values[kept], scores[kept])
    counts = np.ones(len(rows), dtype=np.int64)
    sizes = rated[kept].sum(axis=1)
    parts = _Parts(math.nan if error_variance is None else error_variance)
    reason = _why_undefined(sizes, error_variance)
    found = {
        name: assembled(
            name,
            SumStatistic(rows, counts, getattr(parts, attribute)),
            settings=interval,
            default="jackknife",
            bounds=(-math.inf, math.inf),
            reason=reason,
        )
        if len(rows)
        else undefined(name, n=0, reason=reason, settings=interval)
        for name, attribute in _NAMES.items()
    }
    return Prmse(
        prmse=found["prmse"],
        error_variance=found["variance-of-errors"],
        true_variance=found["true-score-variance"],
        mse=found["mse-true"],
        n_single=int((sizes == 1).sum()),
        n_multiple=int((sizes >= 2).sum()),
    )


def paired_scores(ratings: ArrayLike, machine: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return ratings as (n_submissions, n_raters) and scores as (n_submissions,), checked."""
    values, scores = np.asarray(ratings, dtype=np.float64), np.asarray(machine, dtype=np.float64)
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or scores.ndim != 1 or len(values) != len(scores):
        raise ShapeError(
            f"ratings has shape {values.shape} and machine {scores.shape}; pass ratings and a score a submission."
        )
    if not np.isfinite(scores).all():
        at = int(np.flatnonzero(~np.isfinite(scores))[0])
        raise ShapeError(f"machine[{at}] is {scores[at]}, but every submission needs a score; leave out those without.")
    if np.isinf(values).any():
        raise ShapeError("ratings holds an infinite value; ratings are finite, and missing ones are nan.")
    return values, scores


_NAMES = {
    "prmse": "prmse",
    "variance-of-errors": "error_variance",
    "true-score-variance": "true_variance",
    "mse-true": "mse",
}


def _rows(values: FloatArray, scores: FloatArray) -> FloatArray:
    """Return what each submission adds to the sums that PRMSE is a function of."""
    if not len(values):
        return np.zeros((0, 7))
    centre = float(np.nanmean(values))
    values, scores = values - centre, scores - centre
    sizes = (~np.isnan(values)).sum(axis=1).astype(np.float64)
    means = np.nansum(values, axis=1) / sizes
    within = np.nansum((values - means[:, None]) ** 2, axis=1)
    errors = sizes * (means - scores) ** 2
    return np.column_stack([np.ones(len(sizes)), sizes, sizes**2, sizes * means, sizes * means**2, within, errors])


class _Parts:
    """PRMSE and its parts as functions of the sums, with the error variance given or estimated."""

    def __init__(self, given: float) -> None:
        self._given = given

    def error_variance(self, sums: FloatArray) -> FloatArray:
        n, m = sums[..., 0], sums[..., 1]
        if not math.isnan(self._given):
            return np.full(n.shape, self._given)
        return np.where(m > n, sums[..., 5] / np.maximum(m - n, 1e-300), np.nan)

    def true_variance(self, sums: FloatArray) -> FloatArray:
        n, m, squared, total, spread = (sums[..., i] for i in range(5))
        between = spread - total**2 / m
        room = m - squared / m
        excess = between - (n - 1) * self.error_variance(sums)
        return np.where(room > 0, excess / np.where(room > 0, room, 1.0), np.nan)

    def mse(self, sums: FloatArray) -> FloatArray:
        return np.asarray((sums[..., 6] - sums[..., 0] * self.error_variance(sums)) / sums[..., 1])

    def prmse(self, sums: FloatArray) -> FloatArray:
        true = self.true_variance(sums)
        return np.where(true > 1e-12, 1 - self.mse(sums) / np.where(true > 1e-12, true, 1.0), np.nan)


def _why_undefined(sizes: FloatArray, error_variance: float | None) -> str:
    if not len(sizes):
        return "there are no ratings"
    if error_variance is None and sizes.max() < 2:
        return "no submission has two ratings, so raters' errors cannot be told; rate some twice or give error_variance"
    return "the ratings vary no more than raters err, so there is no true variance to account for"
