"""What a rating would teach: the unrated submissions that, with the rated ones, best stand for all of them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def doubt(probabilities: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """How unsure a model is of each row: the variance of its level, as a share of the mean row's, over criteria.

    Parameters
    ----------
    probabilities : sequence of ndarray of float64, shape (n_rows, n_levels)
        One a criterion, row for row.

    Returns
    -------
    ndarray of float64, shape (n_rows,)
        Not negative; 1 on average, unless nothing is in doubt.

    Examples
    --------
    Levels 0 and 1 as likely, beside a sure level.

    >>> doubt([np.array([[0.5, 0.5], [1.0, 0.0]])]).tolist()
    [2.0, 0.0]
    """
    shares = []
    for rows in probabilities:
        level = np.arange(rows.shape[1])
        variance = np.maximum((rows * level**2).sum(axis=1) - (rows * level).sum(axis=1) ** 2, 0.0)
        shares.append(variance / variance.mean() if variance.any() else np.ones(len(rows)))
    return np.asarray(np.mean(shares, axis=0))


def teaching_order(
    vectors: NDArray[np.float64], *, rated: NDArray[np.bool_], weights: NDArray[np.float64], n: int
) -> list[int]:
    """Order unrated rows so that rated and chosen rows together stand for all rows.

    Row by row, the one is taken that brings the mean of the rated and chosen rows nearest to the weighted mean of all
    (kernel herding with the inner product). Weighted by :func:`doubt`, that mean leans towards what the model is unsure
    of; the most doubtful rows alone would be a lopsided sample, and teach less.

    Parameters
    ----------
    vectors : ndarray of float64, shape (n_rows, n_dimensions)
    rated : ndarray of bool, shape (n_rows,)
        Rows that have ratings already.
    weights : ndarray of float64, shape (n_rows,)
        How much each row counts in the mean of all; not negative.
    n : int
        How many to choose; fewer where fewer are unrated.

    Returns
    -------
    list of int
        Rows, the first to rate in front; ties go to the earlier row.

    References
    ----------
    Chen, Y., Welling, M., & Smola, A. (2010). Super-samples from kernel herding. UAI.

    Examples
    --------
    The whole has its mean at 2; with 0 rated, 4 balances it best.

    >>> rows = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]])
    >>> teaching_order(rows, rated=np.array([True, False, False, False, False]), weights=np.ones(5), n=2)
    [4, 2]
    """
    share = weights / weights.sum()
    centred = vectors - share @ vectors
    left = ~rated
    total = centred[rated].sum(axis=0)
    lengths = (centred * centred).sum(axis=1)
    order: list[int] = []
    for _ in range(min(n, int(left.sum()))):
        distance = lengths + 2 * (centred * total).sum(axis=1)
        at = int(np.where(left, distance, np.inf).argmin())
        order.append(at)
        left[at] = False
        total = total + centred[at]
    return order
