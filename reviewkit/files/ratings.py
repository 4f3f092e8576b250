"""Ratings from CSV, held against the rubric and the submissions; every fault at once."""

import csv
import io
import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from reviewkit.errors import RatingsError
from reviewkit.files.faults import found, validation_faults
from reviewkit.records import Rating, Rubric, level_text

REQUIRED_COLUMNS = ("submission_id", "criterion_id", "rater_id", "level")
OPTIONAL_COLUMNS = ("blind", "role", "outcome", "rationale", "rated_at")
_TRUE, _FALSE = {"true", "1", "yes"}, {"false", "0", "no"}


class RatingsFile(NamedTuple):
    """Ratings, and what the reader should know of the file: columns that were left alone."""

    ratings: list[Rating]
    warnings: list[str]


def read_ratings(
    path: Path | str, *, rubric: Rubric | None = None, submission_ids: Collection[str] | None = None
) -> RatingsFile:
    """Read ratings from CSV.

    Parameters
    ----------
    path : Path or str
        UTF-8, with a header: ``submission_id, criterion_id, rater_id, level``, and optionally ``blind, role, outcome,
        rationale, rated_at``.
    rubric : Rubric, optional
        Criteria and levels are held against it.
    submission_ids : collection of str, optional
        A rating without its submission is a fault.

    Returns
    -------
    RatingsFile

    Raises
    ------
    RatingsError
        If anything is wrong; every fault is listed with its line.

    Examples
    --------
    >>> from reviewkit import read_rubric, shipped_folder
    >>> folder = shipped_folder("rubrics")
    >>> rubric = read_rubric(folder / "classroom-management.yaml")
    >>> read = read_ratings(folder / "classroom-management" / "anchors.csv", rubric=rubric)
    >>> len(read.ratings), read.ratings[0].level, read.warnings
    (96, 3.0, [])
    """
    path = Path(path)
    reader = csv.reader(io.StringIO(_text_of(path), newline=""), strict=True)
    located: list[tuple[str, Rating]] = []
    faults: list[str] = []
    try:
        header = [cell.strip() for cell in next(reader, [])]
        warnings = _check_header(path, header)
        for cells in reader:
            where = f"{path}:{reader.line_num}"
            if any(cell.strip() for cell in cells):
                _add_row(where, header, cells, located=located, faults=faults)
    except csv.Error as faulty:
        faults.append(f"{path}:{reader.line_num}: is not CSV ({faulty}); mend the quotes")
    if not located and not faults:
        faults.append(f"{path}: holds no rating; add rows below the header")
    faults += _contradictions(located, rubric=rubric, submission_ids=submission_ids)
    if faults:
        raise RatingsError(f"{path}: {len(faults)} faults in the ratings", faults=faults)
    return RatingsFile([rating for _, rating in located], warnings)


def check_ratings(
    ratings: Sequence[Rating], *, rubric: Rubric | None = None, submission_ids: Collection[str] | None = None
) -> None:
    """Hold ratings from memory against the rubric, the submissions and each other.

    Parameters
    ----------
    ratings : sequence of Rating
    rubric : Rubric, optional
        Criteria and levels are held against it.
    submission_ids : collection of str, optional
        A rating without its submission is a fault.

    Raises
    ------
    RatingsError
        If anything is wrong; every fault is listed with its place in the list.

    Examples
    --------
    A rater rates a submission once on a criterion.

    >>> first = Rating(submission_id="s1", criterion_id="routines", rater_id="r1", level=2)
    >>> check_ratings([first], submission_ids=["s1"])
    >>> try:
    ...     check_ratings([first, first.model_copy(update={"level": 3.0})])
    ... except RatingsError as error:
    ...     print(*error.faults)
    ratings[1]: rating of 's1' on 'routines' by 'r1' stands at ratings[0] already; keep one
    """
    located = [(f"ratings[{at}]", rating) for at, rating in enumerate(ratings)]
    faults = list(_contradictions(located, rubric=rubric, submission_ids=submission_ids))
    if faults:
        raise RatingsError(f"{len(faults)} faults in the ratings", faults=faults)


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as faulty:
        raise RatingsError(f"{path}: cannot be read ({faulty.strerror}); check the path.") from None
    except UnicodeDecodeError as faulty:
        raise RatingsError(f"{path}: byte {faulty.start} is not UTF-8; save the file as UTF-8.") from None


def _check_header(path: Path, header: list[str]) -> list[str]:
    missing = [column for column in REQUIRED_COLUMNS if column not in header]
    if missing:
        raise RatingsError(
            f"{path}:1: has no column {', '.join(missing)}; the header needs {', '.join(REQUIRED_COLUMNS)}."
        )
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        raise RatingsError(f"{path}:1: column {', '.join(twice)} stands twice; keep one.")
    unknown = [column for column in header if column not in REQUIRED_COLUMNS + OPTIONAL_COLUMNS]
    return [f"{path}: column {column!r} is not known and was left alone" for column in unknown]


def _add_row(
    where: str, header: list[str], cells: list[str], *, located: list[tuple[str, Rating]], faults: list[str]
) -> None:
    if len(cells) != len(header):
        faults.append(
            f"{where}: has {len(cells)} cells, but the header has {len(header)}; quote cells that hold commas"
        )
        return
    row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
    try:
        located.append((where, Rating.model_validate(_fields(row))))
    except ValidationError as faulty:
        faults += [f"{where}: {fault}" for fault in validation_faults(faulty)]
    except ValueError as faulty:
        faults.append(f"{where}: {faulty}")


def _fields(row: dict[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {name: row[name] for name in ("submission_id", "criterion_id", "rater_id")}
    fields["level"] = _level(row["level"])
    fields |= {name: row[name] for name in ("role", "outcome", "rationale", "rated_at") if row.get(name)}
    if "blind" in row:
        fields["blind"] = _truth(row["blind"])
    return fields


def _level(cell: str) -> float | None:
    if not cell:
        return None
    try:
        level = float(cell)
    except ValueError:
        raise ValueError(
            f"level is {found(cell)}, but levels are numbers; write the rubric's own level number"
        ) from None
    if not math.isfinite(level):
        raise ValueError(f"level is {found(cell)}, but levels are finite numbers; write the rubric's own level number")
    return level


def _truth(cell: str) -> bool:
    if cell.lower() in _TRUE | _FALSE:
        return cell.lower() in _TRUE
    raise ValueError(f"blind is {found(cell)}, but it must be true or false; say whether the rater had seen the score")


def _contradictions(
    located: Iterable[tuple[str, Rating]], *, rubric: Rubric | None, submission_ids: Collection[str] | None
) -> Iterator[str]:
    known = None if submission_ids is None else set(submission_ids)
    levels = {} if rubric is None else {criterion.id: criterion.level_numbers for criterion in rubric.criteria}
    seen: dict[tuple[str, ...], str] = {}
    for where, rating in located:
        if rubric is not None and rating.criterion_id not in levels:
            yield f"{where}: criterion {rating.criterion_id!r} is none of {', '.join(levels)}"
        elif rubric is not None and rating.level is not None and rating.level not in levels[rating.criterion_id]:
            allowed = ", ".join(map(level_text, levels[rating.criterion_id]))
            yield f"{where}: level {level_text(rating.level)} is none of {rating.criterion_id}'s levels {allowed}"
        if known is not None and rating.submission_id not in known:
            yield f"{where}: submission {rating.submission_id!r} is rated but not among the submissions"
        key: tuple[str, ...] = (rating.submission_id, rating.criterion_id, rating.role)
        if rating.role != "adjudication":
            key += (rating.rater_id,)
        first = seen.setdefault(key, where)
        if first != where:
            yield (
                f"{where}: {rating.role} of {rating.submission_id!r} on {rating.criterion_id!r} by {rating.rater_id!r} "
                f"stands at {first} already; keep one"
            )
