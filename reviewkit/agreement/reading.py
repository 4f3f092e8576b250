"""Ratings into tables, one a criterion: from records, a data frame, or a CSV or Parquet file, in long or wide form.

Long form is a row a rating (``submission_id, criterion_id, rater_id, level``, and the optional columns of a ratings
file); wide form is a row a submission and a column a rater, of one criterion, its rows named in ``submission_id``.
Only blind ratings by people count: adjudications and constructed levels never do, unblinded ratings if asked for.
"""

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewkit.agreement.table import FloatArray, IntArray, RatingTable
from reviewkit.errors import DependencyError, RatingsError
from reviewkit.files import check_ratings, read_ratings
from reviewkit.records import Rating, Rubric

LONG_COLUMNS = ("submission_id", "criterion_id", "rater_id", "level")
SHOWN_FAULTS = 20
Columns = Mapping[str, Sequence[Any]]


def tables_of_ratings(
    ratings: Iterable[Rating], *, rubric: Rubric | None = None, blind_only: bool = True
) -> dict[str, RatingTable]:
    """Lay ratings out as one table a criterion.

    Parameters
    ----------
    ratings : iterable of Rating
        In any order.
    rubric : Rubric, optional
        Its levels are the tables' levels, used or not. Left out, the levels of a criterion are those seen.
    blind_only : bool
        Leave out ratings by people who had seen the machine's score.

    Returns
    -------
    dict of str to RatingTable
        By criterion, sorted; with a rubric, all of its criteria in its order. Rows and columns are sorted by name.

    Raises
    ------
    RatingsError
        If a rating stands twice, or names a criterion or a level that the rubric has not; every fault is listed.

    Examples
    --------
    >>> given = [("s1", "r1", 2), ("s1", "r2", 3), ("s2", "r1", 1)]
    >>> ratings = [Rating(submission_id=s, criterion_id="routines", rater_id=r, level=v) for s, r, v in given]
    >>> tables_of_ratings(ratings)["routines"].values
    array([[ 2.,  3.],
           [ 1., nan]])
    """
    kept = list(ratings)
    check_ratings(kept, rubric=rubric)
    return _tables_of_checked(kept, rubric=rubric, blind_only=blind_only)


def tables_of_frame(
    frame: Any, *, rubric: Rubric | None = None, criterion_id: str = "ratings", blind_only: bool = True
) -> dict[str, RatingTable]:
    """Lay a data frame out as one table a criterion.

    Parameters
    ----------
    frame : DataFrame of pandas or polars, or mapping of column names to sequences
        Long form if it has the columns ``rater_id`` and ``level``, else wide form.
    rubric : Rubric, optional
        Its levels are the tables' levels, used or not.
    criterion_id : str
        Name of the criterion, where the frame has no column of that name.
    blind_only : bool
        Leave out unblinded ratings; wide form says nothing of blindness and is taken as blind.

    Returns
    -------
    dict of str to RatingTable

    Raises
    ------
    RatingsError
        If a column lacks, a rating stands twice, or a level is text or not on the criterion.

    Examples
    --------
    >>> tables = tables_of_frame({"submission_id": ["s1", "s2"], "r1": [2, 1], "r2": [3, None]})
    >>> tables["ratings"].values
    array([[ 2.,  3.],
           [ 1., nan]])
    """
    names = list(frame.keys() if isinstance(frame, Mapping) else frame.columns)
    columns = {str(name): _listed(frame[name]) for name in names}
    if {"rater_id", "level"} <= set(columns):
        columns.setdefault("criterion_id", [criterion_id] * len(columns["level"]))
        return _tables_of_columns(columns, rubric=rubric, blind_only=blind_only, source="frame")
    return {criterion_id: _wide_table(columns, rubric=rubric, criterion_id=criterion_id, source="frame")}


def read_tables(
    path: Path | str, *, rubric: Rubric | None = None, criterion_id: str = "ratings", blind_only: bool = True
) -> dict[str, RatingTable]:
    """Read a CSV or Parquet file of ratings, in long or wide form, as one table a criterion.

    Parameters
    ----------
    path : Path or str
        ``.parquet``, or anything else as CSV in UTF-8. An empty cell of the wide form is a missing rating.
    rubric : Rubric, optional
        Its levels are the tables' levels, used or not.
    criterion_id : str
        Name of the criterion of a wide file.
    blind_only : bool
        Leave out unblinded ratings.

    Returns
    -------
    dict of str to RatingTable

    Raises
    ------
    RatingsError
        If the file cannot be read or contradicts itself or the rubric.

    Examples
    --------
    >>> read_tables("rubrics/classroom-management/anchors.csv")  # constructed levels never count
    {}
    """
    path = Path(path)
    if path.suffix == ".parquet":
        return tables_of_frame(_parquet(path), rubric=rubric, criterion_id=criterion_id, blind_only=blind_only)
    header = _csv_rows(path, limit=1)
    if header and {"rater_id", "level"} <= {cell.strip() for cell in header[0]}:
        return _tables_of_checked(read_ratings(path, rubric=rubric).ratings, rubric=rubric, blind_only=blind_only)
    columns = _wide_csv(path)
    return {criterion_id: _wide_table(columns, rubric=rubric, criterion_id=criterion_id, source=str(path))}


def _tables_of_checked(ratings: Sequence[Rating], *, rubric: Rubric | None, blind_only: bool) -> dict[str, RatingTable]:
    columns = {name: [getattr(one, name) for one in ratings] for name in (*LONG_COLUMNS, "blind", "role")}
    return _tables_of_columns(columns, rubric=rubric, blind_only=blind_only, source="ratings")


def _tables_of_columns(
    columns: Columns, *, rubric: Rubric | None, blind_only: bool, source: str
) -> dict[str, RatingTable]:
    missing = [name for name in LONG_COLUMNS if name not in columns]
    if missing:
        raise RatingsError(f"{source} has no column {', '.join(missing)}; long form needs {', '.join(LONG_COLUMNS)}.")
    levels = _level_column(columns["level"], name=f"{source}: level")
    counted = _truths(columns, "role", fallback="rating", wanted="rating")
    if blind_only:
        counted &= np.asarray([_is_blind(value) for value in columns.get("blind", [True] * len(levels))], dtype=bool)
    criteria = np.asarray(columns["criterion_id"], dtype=str)
    chosen = [one.id for one in rubric.criteria] if rubric else sorted(set(criteria[counted].tolist()))
    units, raters = (np.asarray(columns[name], dtype=str) for name in ("submission_id", "rater_id"))
    tables = {}
    for criterion_id in chosen:
        rows = np.flatnonzero(counted & (criteria == criterion_id))
        known = _levels_of(criterion_id, rubric=rubric, seen=levels[rows])
        tables[criterion_id] = _long_table(units[rows], raters[rows], levels[rows], known=known, name=criterion_id)
    return tables


def _long_table(
    units: NDArray[np.str_], raters: NDArray[np.str_], levels: FloatArray, *, known: FloatArray, name: str
) -> RatingTable:
    unit_ids, row = np.unique(units, return_inverse=True)
    rater_ids, column = np.unique(raters, return_inverse=True)
    _refuse_duplicates(units, raters, codes=row * max(1, len(rater_ids)) + column, name=name)
    values = np.full((len(unit_ids), len(rater_ids)), np.nan)
    values[row, column] = levels
    not_scorable = int(np.isnan(levels).sum())
    names = tuple(unit_ids.tolist()), tuple(rater_ids.tolist())
    return RatingTable(values, known, *names, criterion_id=name, n_not_scorable=not_scorable)


def _refuse_duplicates(units: NDArray[np.str_], raters: NDArray[np.str_], *, codes: IntArray, name: str) -> None:
    _, first, times = np.unique(codes, return_index=True, return_counts=True)
    twice = first[times > 1]
    if twice.size:
        faults = [f"submission {str(units[at])!r} by rater {str(raters[at])!r}" for at in twice[:SHOWN_FAULTS]]
        raise RatingsError(
            f"criterion {name!r}: {twice.size} ratings stand more than once; keep one of each.", faults=faults
        )


def _wide_table(columns: Columns, *, rubric: Rubric | None, criterion_id: str, source: str) -> RatingTable:
    raters = [name for name in columns if name != "submission_id"]
    if not raters:
        raise RatingsError(f"{source} has no column of a rater; wide form has a row a submission and a column a rater.")
    given = [_level_column(columns[name], name=f"{source}: column {name!r}") for name in raters]
    values = np.column_stack(given) if given[0].size else np.zeros((0, len(raters)))
    units = [str(one) for one in columns.get("submission_id", [f"u{i + 1}" for i in range(len(values))])]
    known = _levels_of(criterion_id, rubric=rubric, seen=values)
    twice = sorted({one for one in units if units.count(one) > 1}) if len(set(units)) < len(units) else []
    if twice:
        raise RatingsError(f"{source}: submission {twice[0]!r} has {units.count(twice[0])} rows; keep one.")
    return RatingTable(values, known, tuple(units), tuple(raters), criterion_id=criterion_id)


def _levels_of(criterion_id: str, *, rubric: Rubric | None, seen: FloatArray) -> FloatArray:
    if rubric is None:
        return np.unique(seen[~np.isnan(seen)])
    for criterion in rubric.criteria:
        if criterion.id == criterion_id:
            return np.asarray(criterion.level_numbers, dtype=np.float64)
    held = ", ".join(one.id for one in rubric.criteria)
    raise RatingsError(f"criterion {criterion_id!r} is not in the rubric, whose criteria are {held}; name one of them.")


def _level_column(values: Sequence[Any], *, name: str) -> FloatArray:
    numbers = np.empty(len(values))
    for at, value in enumerate(values):
        if isinstance(value, str):
            raise RatingsError(
                f"{name}, row {at + 1}: {value!r} is text, but levels are numbers; map names to numbers."
            )
        numbers[at] = math.nan if value is None else float(value)
        if math.isinf(numbers[at]):
            raise RatingsError(
                f"{name}, row {at + 1}: an infinite level; levels are finite, and missing ones are empty."
            )
    return numbers


def _truths(columns: Columns, name: str, *, fallback: str, wanted: str) -> NDArray[np.bool_]:
    values = columns.get(name, [fallback] * len(columns["level"]))
    return np.asarray([value == wanted for value in values], dtype=bool)


def _is_blind(value: Any) -> bool:
    if isinstance(value, str) and value.strip().lower() in {"true", "1", "yes", "false", "0", "no"}:
        return value.strip().lower() in {"true", "1", "yes"}
    if isinstance(value, bool | np.bool_ | int):
        return bool(value)
    raise RatingsError(f"blind is {value!r}, but it is true or false; say whether the rater had seen the score.")


def _listed(column: Any) -> list[Any]:
    for name in ("to_list", "tolist"):
        if hasattr(column, name):
            return list(getattr(column, name)())
    return list(column)


def _parquet(path: Path) -> dict[str, list[Any]]:
    try:
        import pyarrow.parquet
    except ImportError:
        raise DependencyError(f"{path}: reading Parquet needs pyarrow; pip install 'reviewkit[parquet]'.") from None
    try:
        columns: dict[str, list[Any]] = pyarrow.parquet.read_table(path).to_pydict()
    except (OSError, pyarrow.ArrowException) as faulty:
        raise RatingsError(f"{path}: cannot be read as Parquet ({faulty}); check the file.") from None
    return columns


def _csv_rows(path: Path, *, limit: int | None = None) -> list[list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            return [row for row, _ in zip(reader, range(limit), strict=False)] if limit else list(reader)
    except OSError as faulty:
        raise RatingsError(f"{path}: cannot be read ({faulty.strerror}); check the path.") from None
    except (UnicodeDecodeError, csv.Error) as faulty:
        raise RatingsError(f"{path}: is not CSV in UTF-8 ({faulty}); save it as such.") from None


def _wide_csv(path: Path) -> dict[str, list[Any]]:
    rows = [row for row in _csv_rows(path) if any(cell.strip() for cell in row)]
    if len(rows) < 2:
        raise RatingsError(f"{path}: holds no rating; add rows below the header.")
    header = [cell.strip() for cell in rows[0]]
    if len(set(header)) < len(header):
        raise RatingsError(f"{path}:1: a column name stands twice; each rater has one column.")
    columns: dict[str, list[Any]] = {name: [] for name in header}
    for line, row in enumerate(rows[1:], start=2):
        if len(row) != len(header):
            raise RatingsError(f"{path}:{line}: has {len(row)} cells, but the header has {len(header)}.")
        for name, cell in zip(header, (cell.strip() for cell in row), strict=True):
            columns[name].append(cell if name == "submission_id" else _cell(cell, where=f"{path}:{line}, {name}"))
    return columns


def _cell(cell: str, *, where: str) -> float | None:
    if cell in {"", "NA", "."}:
        return None
    try:
        return float(cell)
    except ValueError:
        raise RatingsError(
            f"{where}: {cell!r} is text, but levels are numbers; a column that names the rows is called submission_id."
        ) from None
