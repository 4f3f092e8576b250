"""Rows of vectors: made of one length, parted by group, and the bound that few of them exceed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reviewkit.errors import ShapeError

Vectors = NDArray[np.float32]


def unit(vectors: ArrayLike) -> Vectors:
    """Return vectors of length one, row by row; a row of zeros stays one.

    Raises
    ------
    ShapeError
        If there is no row, or a value is not finite.

    Examples
    --------
    >>> unit([[3.0, 4.0]]).tolist()
    [[0.6000000238418579, 0.800000011920929]]
    """
    rows = np.atleast_2d(np.asarray(vectors, dtype=np.float32))
    if rows.ndim != 2 or rows.size == 0 or not np.isfinite(rows).all():
        raise ShapeError(
            f"vectors have shape {rows.shape}, but rows of finite numbers are needed; encode a text first."
        )
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Vectors = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return scaled


def group_numbers(n_rows: int, groups: Sequence[str] | None) -> NDArray[np.intp]:
    """Number the groups of rows from 0; without groups each row is one.

    Examples
    --------
    >>> group_numbers(3, ["b", "a", "b"]).tolist(), group_numbers(2, None).tolist()
    ([1, 0, 1], [0, 1])
    """
    if groups is None:
        return np.arange(n_rows)
    if len(groups) != n_rows:
        raise ShapeError(f"groups has {len(groups)} rows, but vectors have {n_rows}; name a teacher for each.")
    numbers: NDArray[np.intp] = np.unique(np.asarray(groups), return_inverse=True)[1].ravel()
    return numbers


def conformal_bound(distances: NDArray[np.float64], rate: float) -> float:
    """Return the distance that a new row of the same kind exceeds with probability ``rate`` at most.

    Examples
    --------
    >>> conformal_bound(np.arange(1.0, 20.0), 0.05), conformal_bound(np.arange(5.0), 0.05)
    (19.0, inf)
    """
    rank = int(np.ceil((1 - rate) * (len(distances) + 1)))
    return float(np.sort(distances)[rank - 1]) if rank <= len(distances) else float("inf")
