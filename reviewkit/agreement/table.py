"""The one table that every coefficient reads: units in rows, raters in columns, the rubric's level numbers inside."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reviewkit.errors import RatingsError, ShapeError
from reviewkit.records.base import level_text

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RatingTable:
    """Levels that raters gave to units (submissions) on one criterion.

    Attributes
    ----------
    values : ndarray of float64, shape (n_units, n_raters)
        Level numbers; ``nan`` where a rater did not rate a unit.
    levels : ndarray of float64, shape (n_levels,)
        Every level number of the criterion, ascending, whether or not anyone used it.
    unit_ids, rater_ids : tuple of str
        Row and column names, each once.
    criterion_id : str or None
        The criterion rated; None if the table stands alone.
    raters_known : bool
        False if the table came from counts per level, where who gave which level is lost. Coefficients that need
        it (Cohen, Conger, Kendall, ICC(2) and (3), correlations) are then undefined.
    n_not_scorable : int
        Ratings that said "not scorable"; they are missing in ``values``.

    Raises
    ------
    ShapeError
        If values, levels and names do not fit one another.
    RatingsError
        If a value is no level of the criterion.

    Examples
    --------
    >>> table = table_of_array([[1, 2, np.nan], [3, 3, 3]])
    >>> table.n_units, table.n_raters, table.n_ratings, table.levels.tolist()
    (2, 3, 5, [1.0, 2.0, 3.0])
    """

    values: FloatArray
    levels: FloatArray
    unit_ids: tuple[str, ...]
    rater_ids: tuple[str, ...]
    criterion_id: str | None = None
    raters_known: bool = True
    n_not_scorable: int = 0

    def __post_init__(self) -> None:
        _check_names(self)
        _check_levels(self.levels)
        _check_values(self)
        for array in (self.values, self.levels):
            array.setflags(write=False)

    @property
    def n_units(self) -> int:
        """Units with one rating or more."""
        return int((~np.isnan(self.values)).any(axis=1).sum())

    @property
    def n_raters(self) -> int:
        """Raters with one rating or more."""
        return int((~np.isnan(self.values)).any(axis=0).sum())

    @property
    def n_ratings(self) -> int:
        """Ratings in the table."""
        return int((~np.isnan(self.values)).sum())

    @property
    def n_levels(self) -> int:
        """Levels on the criterion."""
        return len(self.levels)

    def level_indices(self) -> IntArray:
        """Return level indices from 0, and -1 where a rating is missing.

        Examples
        --------
        >>> table_of_array([[1, 3], [np.nan, 2]]).level_indices()
        array([[ 0,  2],
               [-1,  1]])
        """
        missing = np.isnan(self.values)
        indices = np.searchsorted(self.levels, np.where(missing, self.levels[0] if self.n_levels else 0, self.values))
        return np.where(missing, -1, indices).astype(np.int64)

    def level_counts(self) -> IntArray:
        """Return how many raters gave each level to each unit, shape (n_units, n_levels).

        Examples
        --------
        >>> table_of_array([[1, 3, 3]], levels=[1, 2, 3]).level_counts()
        array([[1, 0, 2]])
        """
        indices = self.level_indices()
        counts = np.zeros((len(indices), self.n_levels), dtype=np.int64)
        for column in indices.T:
            rated = np.flatnonzero(column >= 0)
            counts[rated, column[rated]] += 1
        return counts


def table_of_array(
    values: ArrayLike,
    *,
    levels: ArrayLike | None = None,
    unit_ids: Sequence[str] | None = None,
    rater_ids: Sequence[str] | None = None,
) -> RatingTable:
    """Build a table from a wide array.

    Parameters
    ----------
    values : array-like of float, shape (n_units, n_raters)
        The rubric's own level numbers; ``nan`` (or None) where a rating is missing.
    levels : array-like of float, optional
        All level numbers of the criterion. Left out, the levels are those seen.
    unit_ids, rater_ids : sequence of str, optional
        Names; left out, ``u1``, ``u2``, ... and ``r1``, ``r2``, ...

    Returns
    -------
    RatingTable

    Raises
    ------
    ShapeError
        If the array has not two dimensions, or the names do not fit it.
    RatingsError
        If a value is text, infinite, or no level of the criterion.

    Examples
    --------
    >>> table_of_array([[2, 2], [1, None]], levels=[1, 2, 3]).n_ratings
    3
    """
    array = _numbers(values)
    if array.ndim != 2:
        raise ShapeError(f"values has {array.ndim} dimension(s), but units stand in rows and raters in columns.")
    seen = np.unique(array[~np.isnan(array)])
    chosen = seen if levels is None else np.asarray(levels, dtype=np.float64).copy()
    units = unit_ids if unit_ids is not None else [f"u{i + 1}" for i in range(array.shape[0])]
    raters = rater_ids if rater_ids is not None else [f"r{i + 1}" for i in range(array.shape[1])]
    return RatingTable(array, chosen, tuple(units), tuple(raters))


def table_of_counts(counts: ArrayLike, *, levels: ArrayLike | None = None) -> RatingTable:
    """Build a table from how many raters gave each level to each unit; who they were is lost.

    Parameters
    ----------
    counts : array-like of int, shape (n_units, n_levels)
        Raters per unit and level.
    levels : array-like of float, shape (n_levels,), optional
        Level numbers; left out, 1, 2, 3, ...

    Returns
    -------
    RatingTable
        With ``raters_known`` False and as many columns as the most-rated unit has ratings.

    Examples
    --------
    >>> table_of_counts([[0, 2], [1, 1]]).values
    array([[2., 2.],
           [1., 2.]])
    """
    array = _whole_counts(counts)
    chosen = np.arange(1.0, array.shape[1] + 1) if levels is None else np.asarray(levels, dtype=np.float64).copy()
    if len(chosen) != array.shape[1]:
        raise ShapeError(f"counts has {array.shape[1]} columns and levels {len(chosen)}; pass one column a level.")
    width = int(array.sum(axis=1).max(initial=0))
    values = np.full((len(array), width), np.nan)
    for row, unit in zip(values, array, strict=True):
        row[: unit.sum()] = np.repeat(chosen, unit)
    units = tuple(f"u{i + 1}" for i in range(len(array)))
    return RatingTable(values, chosen, units, tuple(f"any{i + 1}" for i in range(width)), raters_known=False)


def table_of_contingency(counts: ArrayLike, *, levels: ArrayLike | None = None) -> RatingTable:
    """Build a table of two raters from their cross-table.

    Parameters
    ----------
    counts : array-like of int, shape (n_levels, n_levels)
        Units to which the first rater gave the row's level and the second the column's.
    levels : array-like of float, shape (n_levels,), optional
        Level numbers; left out, 1, 2, 3, ...

    Returns
    -------
    RatingTable

    Examples
    --------
    >>> table_of_contingency([[1, 1], [0, 1]]).values
    array([[1., 1.],
           [1., 2.],
           [2., 2.]])
    """
    array = _whole_counts(counts)
    if array.shape[0] != array.shape[1]:
        raise ShapeError(f"counts has shape {array.shape}, but a cross-table of two raters is square.")
    chosen = np.arange(1.0, len(array) + 1) if levels is None else np.asarray(levels, dtype=np.float64).copy()
    first, second = np.nonzero(array)
    pairs = np.column_stack([chosen[first], chosen[second]])
    values = np.repeat(pairs, array[first, second], axis=0)
    return RatingTable(values, chosen, tuple(f"u{i + 1}" for i in range(len(values))), ("r1", "r2"))


def as_table(ratings: "RatingTable | ArrayLike") -> RatingTable:
    """Return a table as it is, and anything else as a wide array whose levels are those seen."""
    return ratings if isinstance(ratings, RatingTable) else table_of_array(ratings)


def _numbers(values: ArrayLike) -> FloatArray:
    array = np.asarray(values)
    if array.dtype.kind in "US" or (array.dtype.kind == "O" and any(isinstance(v, str) for v in array.flat)):
        found = next(v for v in array.flat if isinstance(v, str | bytes))
        raise RatingsError(
            f"values holds the text {str(found)!r}, but levels are numbers; map each level's name to its number first."
        )
    numbers = np.array(array, dtype=np.float64)
    if np.isinf(numbers).any():
        raise RatingsError("values holds an infinite level; levels are finite numbers, and missing ones are nan.")
    return numbers


def _whole_counts(counts: ArrayLike) -> IntArray:
    array = np.asarray(counts)
    if array.ndim != 2:
        raise ShapeError(f"counts has {array.ndim} dimension(s), but a cross-table has two.")
    if array.dtype.kind not in "iufb" or np.any(array < 0) or np.any(array != np.floor(array)):
        raise RatingsError("counts holds something other than whole numbers from 0; pass how many, not shares.")
    return array.astype(np.int64)


def _check_names(table: RatingTable) -> None:
    wanted = (len(table.unit_ids), len(table.rater_ids))
    if table.values.shape != wanted:
        raise ShapeError(
            f"values has shape {table.values.shape}, but {wanted[0]} unit_ids and {wanted[1]} rater_ids were given."
        )
    for name, ids in (("unit_ids", table.unit_ids), ("rater_ids", table.rater_ids)):
        if len(set(ids)) != len(ids):
            twice = next(i for i in ids if ids.count(i) > 1)
            raise ShapeError(f"{name} names {twice!r} twice; each row and column has a name of its own.")


def _check_levels(levels: FloatArray) -> None:
    if levels.ndim != 1 or not np.isfinite(levels).all() or np.any(np.diff(levels) <= 0):
        shown = ", ".join(str(level) for level in levels.ravel()[:8])
        raise ShapeError(f"levels is {shown}; list finite level numbers from lowest to highest, each once.")


def _check_values(table: RatingTable) -> None:
    wrong = ~np.isnan(table.values) & ~np.isin(table.values, table.levels)
    if wrong.any():
        unit, rater = (int(i) for i in np.argwhere(wrong)[0])
        held = ", ".join(level_text(level) for level in table.levels)
        raise RatingsError(
            f"unit {table.unit_ids[unit]}, rater {table.rater_ids[rater]}: level "
            f"{level_text(table.values[unit, rater])} is not on the criterion, whose levels are {held}; "
            "correct the rating, or pass the rubric it was given under."
        )
