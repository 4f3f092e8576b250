"""Products of rows, each summed by itself in one order: the same bits however many rows stand beside them."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Real = TypeVar("Real", np.float32, np.float64)


def row_products(left: NDArray[Real], right: NDArray[Real]) -> NDArray[Real]:
    """Product of each left row with each right one.

    No matrix library's threads are woken, which for so little work wait longer than they compute.

    Parameters
    ----------
    left : ndarray, shape (n_left, n)
    right : ndarray, shape (n_right, n)

    Returns
    -------
    ndarray, shape (n_left, n_right)

    Examples
    --------
    >>> row_products(np.array([[1.0, 2.0]]), np.array([[3.0, 0.0], [1.0, 1.0]]))
    array([[3., 3.]])
    """
    product: NDArray[Real] = np.einsum("ij,kj->ik", left, right)
    return product
