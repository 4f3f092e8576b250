"""One view's part of a score: ridge regression of the mean rating on the view, its strength chosen by cross-fitting.

Solved in its dual form, so that 50,000 n-grams cost no more than the rows they stand in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


@dataclass(frozen=True)
class CrossFit:
    """What a view says of the rows it was learned from, each row said by a fit that had not seen its fold.

    Attributes
    ----------
    out_of_fold : ndarray of float64, shape (n_rows,)
    strength : float
        Ridge strength whose neighbours have larger errors out of fold.
    dual : ndarray of float64, shape (n_rows,)
        Weights of the centred rows in the fit on all rows; the view's weights are ``rows.T @ dual``.
    intercept : float
        Mean of the target.
    """

    out_of_fold: NDArray[np.float64]
    strength: float
    dual: NDArray[np.float64]
    intercept: float


def centred_gram(gram: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Centre a Gram matrix and scale it so that its mean diagonal is 1.

    Parameters
    ----------
    gram : ndarray of float64, shape (n_rows, n_rows)
        Products of the uncentred rows.

    Returns
    -------
    gram : ndarray of float64, shape (n_rows, n_rows)
    scale : float
        Mean squared length of the centred rows; 1 where they are all alike.

    Examples
    --------
    >>> rows = np.array([[1.0], [3.0]])
    >>> centred_gram(rows @ rows.T)
    (array([[ 1., -1.],
           [-1.,  1.]]), 1.0)
    """
    means = gram.mean(axis=0)
    centred = gram - means[None, :] - means[:, None] + gram.mean()
    scale = float(np.trace(centred) / len(centred))
    scale = scale if scale > 1e-12 * max(1.0, float(np.abs(gram).max())) else 1.0
    return centred / scale, scale


def cross_fit(
    gram: NDArray[np.float64],
    target: NDArray[np.float64],
    folds: NDArray[np.intp],
    *,
    strengths: Sequence[float] = STRENGTHS,
) -> CrossFit:
    """Choose the ridge strength by cross-fitting and fit on all rows.

    The error out of fold falls and then rises with the strength; it is followed down from the middle one, so that not
    all are tried.

    Parameters
    ----------
    gram : ndarray of float64, shape (n_rows, n_rows)
        Centred and scaled.
    target : ndarray of float64, shape (n_rows,)
        Mean rating of each row, in level indices.
    folds : ndarray of intp, shape (n_rows,)
    strengths : sequence of float
        Rising.

    Returns
    -------
    CrossFit
    """
    said: dict[int, NDArray[np.float64]] = {}

    def error(at: int) -> float:
        if at not in said:
            said[at] = _out_of_fold(gram, target, folds, strengths[at])
        return float(((said[at] - target) ** 2).mean())

    best, before = len(strengths) // 2, -1
    while best != before:
        before = best
        best = min(range(max(0, best - 1), min(best + 2, len(strengths))), key=error)
    mean = float(target.mean())
    return CrossFit(said[best], strengths[best], _solve(gram, target - mean, strengths[best]), mean)


def _out_of_fold(
    gram: NDArray[np.float64], target: NDArray[np.float64], folds: NDArray[np.intp], strength: float
) -> NDArray[np.float64]:
    said = np.empty(len(target))
    for fold in np.unique(folds):
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        mean = target[inside].mean()
        dual = _solve(gram[np.ix_(inside, inside)], target[inside] - mean, strength)
        said[outside] = gram[np.ix_(outside, inside)] @ dual + mean
    return said


def _solve(gram: NDArray[np.float64], target: NDArray[np.float64], strength: float) -> NDArray[np.float64]:
    from scipy.linalg import cho_factor, cho_solve

    heavier = gram.copy(order="F")
    np.fill_diagonal(heavier, gram.diagonal() + strength)
    factor: Any = cho_factor(heavier, lower=True, overwrite_a=True, check_finite=False)
    solution: NDArray[np.float64] = cho_solve(factor, target, check_finite=False)
    return solution
