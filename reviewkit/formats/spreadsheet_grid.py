"""A rubric as a plain grid: criteria down, levels across.

Above the grid may stand rows of a name and a value (``Rubric``, ``Version``, …). Where all criteria share one scale its
levels head the columns (``Proficient (3)``) and the cells hold the descriptors; else the columns are headed
``Position 1``, … and each cell begins with its own ``Name (number)``.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from reviewkit.errors import RubricError
from reviewkit.formats.draft import in_order, unread
from reviewkit.formats.loss import Loss
from reviewkit.formats.sheet import Row, to_number
from reviewkit.records import Criterion, Rubric, WeightedTotal, level_text

ABOVE = {
    "rubric": "title",
    "rubric id": "id",
    "version": "version",
    "competency": "competency",
    "record rule": "record_rule",
    "award cut": "cut",
}
BESIDE = {
    "criterion": "title",
    "criteria": "title",
    "criterion id": "id",
    "description": "description",
    "reads": "reads",
    "required level": "required_level",
    "weight": "weight",
}
NONE_WRITTEN = "–"
DASHES = ("–", "-", "—")
HEADED = re.compile(r"(.+)\s\(([+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?)\)", re.DOTALL)
NUMBERED = re.compile(r"([+-]?\d+(?:[.,]\d+)?)(?:\s*[-–:.)]\s*|\s+|$)(.*)", re.DOTALL)
LEVEL_ONLY = re.compile(r"(?:level|stage|points?|score)\s*(\d+(?:[.,]\d+)?)", re.IGNORECASE)
POSITION = re.compile(r"position \d+", re.IGNORECASE)


def to_rows(rubric: Rubric) -> Iterator[Row]:
    """Yield the rows of the grid."""
    yield from ([label, value] for label, value in _above(rubric) if value)
    weights = rubric.award.weights if isinstance(rubric.award, WeightedTotal) else {}
    scales = {tuple((one.level, one.name) for one in criterion.levels) for criterion in rubric.criteria}
    shared = len(scales) == 1
    first = rubric.criteria[0].levels
    width = max(len(one.levels) for one in rubric.criteria)
    heads = [_head(one.name, one.level) for one in first] if shared else [f"Position {n + 1}" for n in range(width)]
    yield ["Criterion id", "Criterion", "Description", "Reads", "Required level", "Weight", *heads]
    for criterion in rubric.criteria:
        yield [*_beside(criterion, weights.get(criterion.id)), *_cells(criterion, shared=shared)]


def _above(rubric: Rubric) -> Iterator[tuple[str, str]]:
    yield "Rubric", rubric.title
    yield "Rubric id", rubric.id
    yield "Version", rubric.version
    yield "Competency", rubric.competency
    yield "Record rule", rubric.record_rule
    if isinstance(rubric.award, WeightedTotal):
        yield "Award cut", level_text(rubric.award.cut)


def _head(name: str, level: float) -> str:
    return f"{name} ({level_text(level)})"


def _beside(criterion: Criterion, weight: float | None) -> Row:
    required = "" if criterion.required_level is None else level_text(criterion.required_level)
    reads = "; ".join(criterion.reads or ())
    return [
        criterion.id,
        criterion.title,
        criterion.description,
        reads,
        required,
        "" if weight is None else level_text(weight),
    ]


def _cells(criterion: Criterion, *, shared: bool) -> Iterator[str]:
    for one in criterion.levels:
        if shared:
            yield one.descriptor if one.descriptor.strip() else NONE_WRITTEN
        else:
            yield _head(one.name, one.level) + (f"\n{one.descriptor}" if one.descriptor else "")


def from_rows(rows: Sequence[Row], *, name: str) -> tuple[dict[str, Any], list[Loss]]:
    """Return the draft of a rubric, and what of the grid has no place in it.

    Parameters
    ----------
    rows : sequence of list of str
        The sheet. The header is the first row with a cell ``Criterion``, or else the first row with three cells.
    name : str
        What errors call the file.

    Raises
    ------
    RubricError
        If there is no grid, a criterion has no title or fewer than two levels, or a number is none.
    """
    at = _header_row(rows, name=name)
    above = _read_above(rows[:at])
    columns = [BESIDE.get(cell.strip().lower()) for cell in rows[at]]
    if "title" not in columns:
        columns[0] = "title"
    heads = [(index, cell) for index, cell in enumerate(rows[at]) if columns[index] is None and cell.strip()]
    body = [(line, row) for line, row in enumerate(rows[at + 1 :], start=at + 2) if any(map(str.strip, row))]
    criteria = [_criterion(row, columns, heads, where=f"{name}: row {line}") for line, row in body]
    return _with_award(above, criteria, name=name)


def _header_row(rows: Sequence[Row], *, name: str) -> int:
    for at, row in enumerate(rows):
        if {"criterion", "criteria"} & {cell.strip().lower() for cell in row} and len(_filled(row)) >= 3:
            return at
    for at, row in enumerate(rows):
        if len(_filled(row)) >= 3 or (len(_filled(row)) == 2 and not row[0].strip()):
            return at
    raise RubricError(f"{name}: has no row with a criterion column and two levels; put criteria down and levels across")


def _filled(row: Row) -> list[str]:
    return [cell for cell in row if cell.strip()]


def _read_above(rows: Sequence[Row]) -> dict[str, str]:
    pairs = ((row[0].strip().lower(), row[1]) for row in rows if len(row) > 1)
    return {ABOVE[label]: value for label, value in pairs if label in ABOVE and value.strip()}


def _criterion(
    row: Row, columns: Sequence[str | None], heads: Sequence[tuple[int, str]], *, where: str
) -> dict[str, Any]:
    beside = {key: row[at] for at, key in enumerate(columns) if key and at < len(row)}
    if not beside.get("title", "").strip():
        raise RubricError(f"{where}: has no criterion title; name the criterion")
    cells = [(head, row[at] if at < len(row) else "") for at, head in heads]
    if not any(cell.strip() for _, cell in cells):
        cells = [(head, NONE_WRITTEN) for head, _ in cells]
    levels = [_level(head, cell, where=where) for head, cell in cells if cell.strip()]
    out: dict[str, Any] = {"title": beside["title"], "description": beside.get("description", "")}
    out["levels"] = in_order(levels, where=where)
    out["id"] = beside.get("id", "").strip() or None
    out["reads"] = [one.strip() for one in beside.get("reads", "").split(";") if one.strip()] or None
    for key in ("required_level", "weight"):
        text = beside.get(key, "")
        out[key] = to_number(text, where=f"{where}: {key}", error=RubricError) if text.strip() else None
    return out


def _level(head: str, cell: str, *, where: str) -> dict[str, Any]:
    if POSITION.fullmatch(head.strip()):
        first, _, descriptor = _own_head(cell)
        found = HEADED.fullmatch(first)
        if not found:
            raise RubricError(f"{where}: {head.strip()}: {first[:40]!r} does not begin with a name and its number (3)")
        return _named(found[1], found[2], descriptor, where=where)
    descriptor = "" if cell.strip() in DASHES else cell
    head = head.strip()
    if found := HEADED.fullmatch(head):
        return _named(found[1], found[2], descriptor, where=where)
    if found := LEVEL_ONLY.fullmatch(head):
        return _named(head, found[1], descriptor, where=where)
    if found := NUMBERED.fullmatch(head):
        return _named(found[2].strip() or f"Level {found[1]}", found[1], descriptor, where=where)
    return {"level": None, "name": head, "descriptor": descriptor}


def _own_head(cell: str) -> tuple[str, str, str]:
    found = re.match(r"(.+?\s\([+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?\))(?:\n|$)", cell, re.DOTALL)
    return (found[1], "\n", cell[found.end() :]) if found else cell.partition("\n")


def _named(name: str, number: str, descriptor: str, *, where: str) -> dict[str, Any]:
    level = to_number(number, where=f"{where}: level of {name!r}", error=RubricError)
    return {"level": level, "name": name, "descriptor": descriptor}


def _with_award(
    above: dict[str, str], criteria: list[dict[str, Any]], *, name: str
) -> tuple[dict[str, Any], list[Loss]]:
    weights = {one.get("id") or one["title"]: one.pop("weight") for one in criteria}
    weights = {key: weight for key, weight in weights.items() if weight is not None}
    cut = above.pop("cut", None)
    draft: dict[str, Any] = {**above, "criteria": criteria}
    if cut is None:
        found = {f"weight of {key}": weight for key, weight in weights.items()}
        return draft, unread(found, reason="weights without an award cut make no award")
    number = to_number(cut, where=f"{name}: award cut", error=RubricError)
    draft["award"] = {"rule": "weighted-total", "weights": weights, "cut": number}
    return draft, []
