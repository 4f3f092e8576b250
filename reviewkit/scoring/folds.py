"""Folds that keep each teacher whole, the same for the same seed whatever the order of the rows."""

import hashlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def teacher_order(teachers: Sequence[str], *, seed: int) -> list[str]:
    """Distinct teachers in an order that only the seed and their ids decide.

    Examples
    --------
    >>> teacher_order(["t2", "t1", "t2"], seed=0) == teacher_order(["t1", "t2"], seed=0)
    True
    """
    return sorted(set(teachers), key=lambda one: hashlib.sha256(f"{seed}\0{one}".encode()).digest())


def teacher_folds(teachers: Sequence[str], *, n_folds: int, seed: int) -> NDArray[np.intp]:
    """Assign rows to folds of like size, all rows of a teacher to one.

    Parameters
    ----------
    teachers : sequence of str, shape (n_rows,)
    n_folds : int
        Fewer are made where there are fewer teachers.
    seed : int

    Returns
    -------
    ndarray of intp, shape (n_rows,)
        From 0.

    Examples
    --------
    >>> folds = teacher_folds(["a", "a", "b", "c"], n_folds=3, seed=0)
    >>> bool(folds[0] == folds[1]), sorted(set(folds.tolist()))
    (True, [0, 1, 2])
    """
    n_rows = Counter(teachers)
    sizes = [0] * min(n_folds, len(n_rows))
    fold_of: dict[str, int] = {}
    for teacher in sorted(teacher_order(teachers, seed=seed), key=lambda one: -n_rows[one]):
        fold_of[teacher] = sizes.index(min(sizes))
        sizes[fold_of[teacher]] += n_rows[teacher]
    return np.asarray([fold_of[teacher] for teacher in teachers], dtype=np.intp)
