"""The CSV that Canvas imports and exports rubrics in: a criterion a row, its ratings across."""

from collections.abc import Iterator, Sequence
from typing import Any

from reviewkit.errors import RubricError
from reviewkit.formats.draft import (
    as_positions,
    bounded,
    build,
    encoding_loss,
    guarded,
    in_order,
    unread,
)
from reviewkit.formats.loss import Loss, LossReport, measured
from reviewkit.formats.sheet import Row, read_rows, to_number, unguard, write_rows
from reviewkit.records import Criterion, Rubric, level_text

NAME = "canvas-csv"
HEAD = ("Rubric Name", "Criteria Name", "Criteria Description", "Criteria Enable Range")
RATING = ("Rating Name", "Rating Description", "Rating Points")
NO_IDS = "Canvas makes its own ids; one is made from the title on the way back"
NO_PLACE = "Canvas has no place for it"
POINTS = "Canvas keeps points to two decimals, none below 0; the criterion's levels are numbered 0, 1, 2, …"
REASONS = {
    "id": NO_IDS,
    "criteria[].id": NO_IDS,
    "criteria[].levels[].level": POINTS,
    "version": NO_PLACE,
    "competency": NO_PLACE,
    "record_rule": NO_PLACE,
    "requirements.reflection": NO_PLACE,
    "requirements.artifacts": NO_PLACE,
    "criteria[].reads": NO_PLACE,
    "criteria[].required_level": "Canvas sets a mastery level on outcomes only",
    "award": "Canvas adds the points up; weights, cut and required levels stay behind",
}


def matches(content: bytes) -> bool:
    """Say whether the first row is that of a Canvas rubric CSV."""
    head = content[:4096].split(b"\n", 1)[0].replace(b"\x00", b"").lower()
    return b"rubric name" in head and b"criteria name" in head


def read(content: bytes, *, name: str) -> tuple[Rubric, LossReport]:
    """Read a Canvas rubric CSV that holds one rubric.

    Ragged rows, decimal commas and numbered headers (``Rating Name 1``) pass; ratings may stand in either order.

    Raises
    ------
    RubricError
        If a name is missing, points are no number, two ratings of a criterion have the same points, or the file holds
        several rubrics; file and line are named.
    """
    rows, encoding = read_rows(bounded(content, name=name), name=name, error=RubricError)
    lines = [(at, [unguard(cell) for cell in row]) for at, row in enumerate(rows, start=1) if any(map(str.strip, row))]
    if len(lines) < 2:
        raise RubricError(f"{name}: has no criterion below its header; add a row a criterion")
    columns = _columns(lines[0][1], name=name)
    body = lines[1:]
    titles = list(dict.fromkeys(_cell(row, columns["rubric name"]) for _, row in body))
    if len({title.strip() for title in titles}) > 1 or not titles[0].strip():
        raise RubricError(f"{name}: holds rubrics named {titles}, but one named rubric a file is read; split the file")
    criteria = [_criterion(row, columns, where=f"{name}: row {at}") for at, row in body]
    losses = [*encoding_loss(encoding), *_range_losses(body, columns)]
    return build({"title": titles[0], "criteria": criteria}, name=name, format_name=NAME, losses=losses)


def _columns(header: Row, *, name: str) -> dict[str, list[int]]:
    lowered = [cell.strip().lower() for cell in header]
    columns = {key.lower(): [at for at, cell in enumerate(lowered) if key.lower() in cell] for key in (*HEAD, *RATING)}
    for key in ("rubric name", "criteria name", "rating name", "rating points"):
        if not columns[key]:
            raise RubricError(f"{name}: row 1 has no column {key.title()!r}; Canvas's template has one")
    return columns


def _cell(row: Row, columns: Sequence[int], at: int = 0) -> str:
    return row[columns[at]] if at < len(columns) and columns[at] < len(row) else ""


def _criterion(row: Row, columns: dict[str, list[int]], *, where: str) -> dict[str, Any]:
    title = _cell(row, columns["criteria name"])
    if not title.strip():
        raise RubricError(f"{where}: Criteria Name is empty; name the criterion")
    found = [_rating(row, columns, at, where=where) for at in range(len(columns["rating name"]))]
    levels = in_order([one for one in found if one], where=f"{where}: criterion {title.strip()!r}")
    return {"title": title, "description": _cell(row, columns["criteria description"]), "levels": levels}


def _rating(row: Row, columns: dict[str, list[int]], at: int, *, where: str) -> dict[str, Any] | None:
    label = _cell(row, columns["rating name"], at)
    points = _cell(row, columns["rating points"], at)
    descriptor = _cell(row, columns["rating description"], at)
    if not label.strip() and not points.strip() and not descriptor.strip():
        return None
    number = round(to_number(points, where=f"{where}: Rating Points {at + 1}", error=RubricError), 2)
    return {
        "level": number,
        "name": label if label.strip() else f"Level {level_text(number)}",
        "descriptor": descriptor,
    }


def _range_losses(body: Sequence[tuple[int, Row]], columns: dict[str, list[int]]) -> Iterator[Loss]:
    for at, row in body:
        ranged = _cell(row, columns["criteria enable range"]).strip().lower() in ("true", "1")
        yield from unread({f"row {at}: Criteria Enable Range": ranged}, reason="levels are points, not ranges")


def write(rubric: Rubric) -> tuple[bytes, LossReport]:
    """Write the CSV that Canvas imports, the highest rating first as Canvas shows them.

    Cells that a spreadsheet would run as a formula get a quote before them, which the report names.
    """
    width = max(len(one.levels) for one in rubric.criteria)
    rows = [[*HEAD, *RATING * width], *(_row(rubric.title, one) for one in rubric.criteria)]
    content = write_rows(rows)
    back, _ = read(content, name="rubric.csv")
    return content, measured(rubric, back, format_name=NAME, reasons=REASONS, also=[*guarded(rubric)])


def _row(title: str, criterion: Criterion) -> Row:
    numbers = as_positions(criterion.level_numbers, holds=lambda level: round(level, 2))
    row = [title, criterion.title, criterion.description, "false"]
    for number, level in reversed(list(zip(numbers, criterion.levels, strict=True))):
        row += [level.name, level.descriptor, level_text(number)]
    return row
