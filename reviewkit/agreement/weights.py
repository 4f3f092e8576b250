"""Agreement weights: how much of an agreement two levels are, as a function of their level numbers.

Every scheme but ``ordinal-irrcac`` reads the level numbers themselves, so a criterion with levels 1, 2 and 4 counts the
step from 2 to 4 twice. ``ordinal-irrcac`` reads ranks. ``ordinal-krippendorff`` reads how often each level was used and
is therefore no fixed matrix; only Krippendorff's alpha takes it. The formulas stand in ``docs/agreement.md``.
"""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from reviewkit.agreement.table import FloatArray
from reviewkit.errors import SettingsError, ShapeError
from reviewkit.records.base import level_text

WeightName = Literal[
    "identity",
    "linear",
    "quadratic",
    "radical",
    "ratio",
    "circular",
    "bipolar",
    "ordinal-irrcac",
    "ordinal-krippendorff",
]
Weights = WeightName | ArrayLike
ORDINAL_KRIPPENDORFF = "ordinal-krippendorff"
_REMEDIES = {
    "ordinal": "irrCAC and Krippendorff mean two different things by it: say ordinal-irrcac or ordinal-krippendorff",
    "nominal": "it is called identity here",
    "interval": "it is called quadratic here",
    "unweighted": "it is called identity here",
    "equal": "it is called linear here",
    "squared": "it is called quadratic here",
}


def agreement_weights(weights: Weights, *, levels: ArrayLike) -> FloatArray:
    """Return the matrix of agreement weights over a criterion's levels.

    Parameters
    ----------
    weights : str or array-like of float, shape (n_levels, n_levels)
        ``"identity"``, ``"linear"``, ``"quadratic"``, ``"radical"``, ``"ratio"``, ``"circular"``, ``"bipolar"``,
        ``"ordinal-irrcac"``, or a matrix of one's own with 1 on its diagonal.
    levels : array-like of float, shape (n_levels,)
        Level numbers, ascending.

    Returns
    -------
    ndarray of float64, shape (n_levels, n_levels)
        1 on the diagonal. With a named scheme the least agreement is 0.

    Raises
    ------
    SettingsError
        If the name is unknown, or is ``"ordinal-krippendorff"``, which needs the ratings too.
    ShapeError
        If a matrix of one's own has another shape or another diagonal.

    References
    ----------
    Gwet, K. L. (2014). *Handbook of Inter-Rater Reliability*, 4th ed., chapter 3.

    Examples
    --------
    >>> agreement_weights("linear", levels=[1, 2, 3])
    array([[1. , 0.5, 0. ],
           [0.5, 1. , 0.5],
           [0. , 0.5, 1. ]])
    """
    numbers = np.asarray(levels, dtype=np.float64)
    if isinstance(weights, str):
        return np.asarray(1.0 - _scheme(weights)(numbers))
    return _own_matrix(weights, n_levels=len(numbers))


def weights_of_disagreement(disagreement: ArrayLike) -> FloatArray:
    """Turn a matrix of disagreement (0 on the diagonal) into agreement weights.

    Examples
    --------
    >>> weights_of_disagreement([[0, 1, 3], [1, 0, 6], [3, 6, 0]])[0].round(3)
    array([1.   , 0.833, 0.5  ])
    """
    array = np.asarray(disagreement, dtype=np.float64)
    if array.ndim != 2 or not np.isfinite(array).all() or array.max(initial=0) <= 0:
        raise ShapeError("disagreement holds no finite value above 0; pass how bad each pair of levels is.")
    return np.asarray(1.0 - array / array.max())


def ordinal_krippendorff_distance(level_counts: FloatArray) -> FloatArray:
    """Return Krippendorff's ordinal distances, which depend on how often each level was used.

    Parameters
    ----------
    level_counts : ndarray of float64, shape (..., n_levels)
        Pairable ratings per level.

    Returns
    -------
    ndarray of float64, shape (..., n_levels, n_levels)
        Squared count of ratings from one level to the other, half of each end left out.

    References
    ----------
    Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability.

    Examples
    --------
    >>> ordinal_krippendorff_distance(np.array([2.0, 4.0, 2.0]))
    array([[ 0.,  9., 36.],
           [ 9.,  0.,  9.],
           [36.,  9.,  0.]])
    """
    middles = np.cumsum(level_counts, axis=-1) - level_counts / 2
    return np.asarray((middles[..., :, None] - middles[..., None, :]) ** 2)


def weights_name(weights: Weights) -> str:
    """Return the name that a report prints: the scheme's, or ``own`` for a matrix."""
    return weights if isinstance(weights, str) else "own"


def _scheme(name: str) -> Callable[[FloatArray], FloatArray]:
    if name == ORDINAL_KRIPPENDORFF:
        raise SettingsError(
            "weights is ordinal-krippendorff, which depends on the ratings; only krippendorff_alpha takes it, "
            "and ordinal-irrcac is the fixed scheme."
        )
    if name not in _SCHEMES:
        known = ", ".join(get_args(WeightName))
        raise SettingsError(f"weights is {name!r}; {_REMEDIES.get(name, f'choose one of {known}, or pass a matrix')}.")
    return _SCHEMES[name]


def _gaps(levels: FloatArray) -> FloatArray:
    return np.abs(levels[:, None] - levels[None, :])


def _over_largest(distance: FloatArray) -> FloatArray:
    largest = distance.max(initial=0.0)
    return distance / largest if largest > 0 else distance


def _ratio(levels: FloatArray) -> FloatArray:
    if levels.min(initial=0.0) < 0:
        raise SettingsError(
            f"weights is ratio, but level {level_text(levels.min())} is below 0; ratios need levels from 0 up."
        )
    sums = levels[:, None] + levels[None, :]
    return _over_largest(np.divide(_gaps(levels), sums, out=np.zeros_like(sums), where=sums > 0) ** 2)


def _circular(levels: FloatArray) -> FloatArray:
    turn = np.ptp(levels) + 1 if len(levels) else 1.0
    return _over_largest(np.sin(np.pi * _gaps(levels) / turn) ** 2)


def _bipolar(levels: FloatArray) -> FloatArray:
    if len(levels) == 0:
        return np.zeros((0, 0))
    sums = levels[:, None] + levels[None, :]
    room = (sums - 2 * levels.min()) * (2 * levels.max() - sums)
    return _over_largest(np.divide(_gaps(levels) ** 2, room, out=np.zeros_like(room), where=room > 0))


def _ordinal_irrcac(levels: FloatArray) -> FloatArray:
    steps = _gaps(np.arange(len(levels), dtype=np.float64))
    return _over_largest(steps * (steps + 1) / 2)


_SCHEMES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "identity": lambda levels: 1.0 - np.eye(len(levels)),
    "linear": lambda levels: _over_largest(_gaps(levels)),
    "quadratic": lambda levels: _over_largest(_gaps(levels)) ** 2,
    "radical": lambda levels: np.sqrt(_over_largest(_gaps(levels))),
    "ratio": _ratio,
    "circular": _circular,
    "bipolar": _bipolar,
    "ordinal-irrcac": _ordinal_irrcac,
}


def _own_matrix(weights: ArrayLike, *, n_levels: int) -> FloatArray:
    array = np.asarray(weights, dtype=np.float64)
    if array.shape != (n_levels, n_levels):
        raise ShapeError(f"weights has shape {array.shape}, but the criterion has {n_levels} levels; pass a square.")
    if not np.isfinite(array).all():
        raise ShapeError("weights holds a value that is not finite; an agreement weight is a number, at most 1.")
    off = np.flatnonzero(np.diag(array) != 1)
    if off.size:
        at = int(off[0])
        raise ShapeError(
            f"weights[{at}, {at}] is {array[at, at]:g}, but the same level twice is full agreement, 1; "
            "a matrix of disagreement goes through weights_of_disagreement first."
        )
    return array
