"""Shapes, level indices and probabilities, checked once, where arrays enter."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reviewkit.errors import ShapeError

PROBABILITY_TOLERANCE = 1e-6


def level_indices(values: ArrayLike, *, n_levels: int, name: str) -> NDArray[np.intp]:
    """Return ``values`` as level indices, or say which of them is none.

    Parameters
    ----------
    values : array-like of int, shape (n_scores,)
        Level indices from 0 to ``n_levels - 1``. Floats pass if they are whole.
    n_levels : int
        Levels on the criterion.
    name : str
        What the caller calls the array; errors name it.

    Returns
    -------
    ndarray of intp, shape (n_scores,)

    Raises
    ------
    ShapeError
        If the array has not one dimension, or holds anything but level indices.

    Examples
    --------
    >>> level_indices([0, 2], n_levels=3, name="human")
    array([0, 2])
    """
    array = np.asarray(values)
    if array.ndim != 1:
        raise ShapeError(f"{name} has {array.ndim} dimensions, but level indices stand in one; pass a flat list.")
    if array.size == 0:
        return np.zeros(0, dtype=np.intp)
    if array.dtype.kind not in "iufb":
        raise ShapeError(f"{name} holds {array.dtype.name}, but level indices are whole numbers; map levels first.")
    wrong = np.flatnonzero((array < 0) | (array >= n_levels) | (array != np.floor(array)))
    if wrong.size:
        at = int(wrong[0])
        raise ShapeError(
            f"{name}[{at}] is {array[at]:g}, but levels run from 0 to {n_levels - 1}; "
            "pass level indices, not the rubric's own level numbers."
        )
    return array.astype(np.intp)


def same_length(first: NDArray[np.generic], second: NDArray[np.generic], *, names: tuple[str, str]) -> None:
    """Raise ShapeError unless two arrays pair row for row.

    Examples
    --------
    >>> same_length(np.zeros(2), np.zeros(3), names=("human", "machine"))
    Traceback (most recent call last):
    reviewkit.errors.ShapeError: human has 2 rows and machine has 3; pass one row each for the same submissions.
    """
    if len(first) != len(second):
        raise ShapeError(
            f"{names[0]} has {len(first)} rows and {names[1]} has {len(second)}; "
            "pass one row each for the same submissions."
        )


def probabilities(values: ArrayLike, *, name: str, n_levels: int | None = None) -> NDArray[np.float64]:
    """Return ``values`` as rows of probabilities that sum to 1.

    Parameters
    ----------
    values : array-like of float, shape (n_scores, n_levels)
        Each row a distribution over the levels, lowest level first.
    name : str
        What the caller calls the array; errors name it.
    n_levels : int, optional
        Levels on the criterion; left out, any number of two or more passes.

    Returns
    -------
    ndarray of float64, shape (n_scores, n_levels)

    Raises
    ------
    ShapeError
        If the shape is another, a value lies outside 0 to 1, or a row does not sum to 1 (within 1e-6).

    Examples
    --------
    >>> probabilities([[0.25, 0.75]], name="machine")
    array([[0.25, 0.75]])
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] < 2 or (n_levels is not None and array.shape[1] != n_levels):
        wanted = "two or more" if n_levels is None else str(n_levels)
        raise ShapeError(f"{name} has shape {array.shape}, but a row a score and {wanted} levels are needed.")
    if not np.all((array >= 0) & (array <= 1)):
        raise ShapeError(f"{name} holds a value outside 0 to 1; pass probabilities, not scores.")
    gaps = np.abs(array.sum(axis=1) - 1)
    if array.size and gaps.max() > PROBABILITY_TOLERANCE:
        at = int(gaps.argmax())
        raise ShapeError(f"{name}[{at}] sums to {array[at].sum():.6f}, but probabilities sum to 1; normalise the row.")
    return array
