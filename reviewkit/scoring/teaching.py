"""What a rating would teach: the unrated submissions that, with the rated ones, best stand for all of them."""

import numpy as np
from numpy.typing import NDArray


def teaching_order(
    vectors: NDArray[np.float64], *, rated: NDArray[np.bool_], weights: NDArray[np.float64], n: int
) -> list[int]:
    """Order unrated rows so that rated and chosen rows together stand for all rows.

    Row by row, the one is taken that brings the mean of the rated and chosen rows nearest to the mean of all rows
    (kernel herding with the inner product). A sample whose mean lies nearer to that of the whole than a random one's
    teaches a linear model more; one of the most uncertain rows alone is lopsided, and teaches less.

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
