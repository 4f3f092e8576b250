"""Latent truth behind several raters: the model of Dawid and Skene, and an ordinal form of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reviewkit.checks import level_indices
from reviewkit.errors import ShapeError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

TINY = 1e-300
BIAS_SD = 1.0
LOG_SPREAD = (-0.5, 1.0)


@dataclass(frozen=True)
class LatentTruth:
    """A fitted model of a true level and raters who err.

    Attributes
    ----------
    shares : ndarray, shape (n_levels,)
        How common each true level is.
    confusion : ndarray, shape (n_raters, n_levels, n_levels)
        Chance of each given level (last axis) at each true level.
    probabilities : ndarray, shape (n_units, n_levels)
        Of each unit's true level.
    log_likelihood : float
        Without the multinomial constant.
    converged : bool
    bias, spread : ndarray or None, shape (n_raters,)
        Of the ordinal form, in level indices.
    """

    shares: FloatArray
    confusion: FloatArray
    probabilities: FloatArray
    log_likelihood: float
    converged: bool
    bias: FloatArray | None = None
    spread: FloatArray | None = None


@dataclass(frozen=True)
class _Votes:
    unit: IntArray
    rater: IntArray
    level: IntArray
    n_units: int
    n_raters: int
    n_levels: int

    def counts(self, truth: FloatArray) -> FloatArray:
        """Expected ratings by rater, true level and given level."""
        counts = np.zeros((self.n_raters, self.n_levels, self.n_levels))
        np.add.at(counts.transpose(0, 2, 1), (self.rater, self.level), truth[self.unit])
        return counts

    def shares(self) -> FloatArray:
        shares = np.zeros((self.n_units, self.n_levels))
        np.add.at(shares, (self.unit, self.level), 1.0)
        total = shares.sum(axis=1, keepdims=True)
        return np.where(total > 0, shares / np.maximum(total, 1), 1 / self.n_levels)

    def truth(self, confusion: FloatArray, shares: FloatArray) -> tuple[FloatArray, float]:
        """Posterior of each unit's true level, and the log likelihood."""
        joint = np.tile(np.log(np.maximum(shares, TINY)), (self.n_units, 1))
        np.add.at(joint, self.unit, np.log(np.maximum(confusion, TINY))[self.rater, :, self.level])
        top = joint.max(axis=1, keepdims=True)
        chance = np.exp(joint - top)
        total = chance.sum(axis=1, keepdims=True)
        return chance / total, float((top + np.log(total)).sum())


def dawid_skene(
    units: ArrayLike,
    raters: ArrayLike,
    *,
    levels: ArrayLike,
    n_levels: int,
    smoothing: float = 0.0,
    max_iterations: int = 1000,
    tolerance: float = 1e-9,
) -> LatentTruth:
    """Estimate true levels and each rater's confusion matrix by expectation and maximisation, from vote shares.

    Parameters
    ----------
    units, raters : array-like of int, shape (n_ratings,)
        Index of each rating's unit and rater, from 0. A rater may rate a unit more than once.
    levels : array-like of int, shape (n_ratings,)
        Level index, from 0 to ``n_levels - 1``.
    n_levels : int
    smoothing : float, default 0
        Ratings added to each cell of the confusion matrices.
    max_iterations : int, default 1000
    tolerance : float, default 1e-9
        Least gain in log likelihood at which the search goes on.

    Returns
    -------
    LatentTruth

    Raises
    ------
    ShapeError
        If the arrays do not pair, or a level lies outside.

    Notes
    -----
    Source: Dawid and Skene (1979), Applied Statistics 28, 20-28.

    Examples
    --------
    >>> found = dawid_skene([0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2], levels=[0, 0, 1, 1, 1, 1], n_levels=2)
    >>> found.probabilities.argmax(axis=1)
    array([0, 1])
    """
    votes = _votes(units, raters, levels, n_levels)
    truth, before, converged = votes.shares(), -np.inf, False
    for _ in range(max_iterations):
        shares = truth.mean(axis=0)
        confusion = _normalised(votes.counts(truth) + smoothing)
        truth, value = votes.truth(confusion, shares)
        converged = value - before < tolerance
        if converged:
            break
        before = value
    return LatentTruth(shares, confusion, truth, value, bool(converged))


def ordinal_truth(
    units: ArrayLike,
    raters: ArrayLike,
    *,
    levels: ArrayLike,
    n_levels: int,
    max_iterations: int = 1000,
    tolerance: float = 1e-7,
) -> LatentTruth:
    """Estimate true levels where each rater has a bias and a spread along the order of levels.

    A rater gives level ``j`` at true level ``k`` with the chance that a normal with mean ``k + bias`` and standard
    deviation ``spread`` falls between ``j - 1/2`` and ``j + 1/2`` (the ends open): two numbers a rater where Dawid and
    Skene need ``n_levels * (n_levels - 1)``. Weak normal priors hold raters with few ratings: bias around 0 with
    deviation 1, log spread around -0.5 with deviation 1.

    Parameters and returns are those of :func:`dawid_skene`; ``log_likelihood`` leaves the priors out.

    Notes
    -----
    Source: a discretised form of the unequal-variance signal detection model of raters, DeCarlo (2002, 2005),
    Psychological Methods 7 and Journal of Educational Measurement 42, 53-76.

    Examples
    --------
    >>> found = ordinal_truth([0, 0, 1, 1, 2, 2], [0, 1] * 3, levels=[0, 0, 1, 1, 2, 2], n_levels=3)
    >>> found.probabilities.argmax(axis=1)
    array([0, 1, 2])
    """
    votes = _votes(units, raters, levels, n_levels)
    truth, before, converged = votes.shares(), -np.inf, False
    point = np.tile([0.0, LOG_SPREAD[0]], (votes.n_raters, 1))
    for _ in range(max_iterations):
        shares = truth.mean(axis=0)
        point = _climb(point, votes.counts(truth))
        confusion = _bands(point, n_levels)
        truth, value = votes.truth(confusion, shares)
        converged = abs(value - before) < tolerance
        if converged:
            break
        before = value
    return LatentTruth(shares, confusion, truth, value, bool(converged), point[:, 0], np.exp(point[:, 1]))


def _votes(units: ArrayLike, raters: ArrayLike, levels: ArrayLike, n_levels: int) -> _Votes:
    unit, rater = np.asarray(units, dtype=np.intp), np.asarray(raters, dtype=np.intp)
    level = level_indices(levels, n_levels=n_levels, name="levels")
    if not len(level):
        raise ShapeError("levels is empty, but a consensus needs one rating or more.")
    if not unit.shape == rater.shape == level.shape:
        raise ShapeError(
            f"units, raters and levels have shapes {unit.shape}, {rater.shape}, {level.shape}; pass one row a rating."
        )
    return _Votes(unit, rater, level, int(unit.max()) + 1, int(rater.max()) + 1, n_levels)


def _normalised(counts: FloatArray) -> FloatArray:
    total = counts.sum(axis=2, keepdims=True)
    shares: FloatArray = np.where(total > TINY, counts / np.maximum(total, TINY), 1 / counts.shape[2])
    return shares


def _bands(point: FloatArray, n_levels: int) -> FloatArray:
    """Chance of each given level at each true level, for each rater."""
    from scipy.special import ndtr

    truth = np.arange(n_levels)[None, :, None]
    cuts = np.concatenate([[-np.inf], np.arange(n_levels - 1) + 0.5, [np.inf]])
    below = ndtr((cuts - truth - point[:, 0, None, None]) / np.exp(point[:, 1, None, None]))
    bands: FloatArray = np.maximum(np.diff(below, axis=2), 1e-12)
    return bands


def _fitness(point: FloatArray, counts: FloatArray) -> FloatArray:
    fit: FloatArray = (counts * np.log(_bands(point, counts.shape[2]))).sum(axis=(1, 2))
    return fit - 0.5 * (point[:, 0] / BIAS_SD) ** 2 - 0.5 * ((point[:, 1] - LOG_SPREAD[0]) / LOG_SPREAD[1]) ** 2


def _climb(point: FloatArray, counts: FloatArray) -> FloatArray:
    """One Newton step for every rater at once, along each of the two parameters in turn, kept only if it climbs."""
    for axis in (0, 1):
        step = np.zeros_like(point)
        step[:, axis] = 1e-4
        here = _fitness(point, counts)
        upper, lower = _fitness(point + step, counts), _fitness(point - step, counts)
        slope, bend = (upper - lower) / 2e-4, (upper - 2 * here + lower) / 1e-8
        move = np.clip(slope / np.maximum(-bend, 0.1), -0.5, 0.5)
        for _ in range(6):
            trial = point.copy()
            trial[:, axis] += move
            better = _fitness(trial, counts) >= here
            point = np.where(better[:, None], trial, point)
            move = np.where(better, 0.0, move / 2)
    return point
