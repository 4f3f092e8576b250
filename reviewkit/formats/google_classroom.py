"""The JSON of Google Classroom's rubrics (``courses.courseWork.rubrics``)."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import Field

from reviewkit.errors import RubricError
from reviewkit.formats.draft import Foreign, as_positions, bounded, build, in_order, parsed
from reviewkit.formats.loss import Loss, LossReport, measured
from reviewkit.formats.plain import load_json, sniffed_json
from reviewkit.records import Criterion, Rubric, level_text
from reviewkit.records.base import shortest

NAME = "google-classroom"
MAX_CRITERIA, MAX_LEVELS = 50, 10
NO_PLACE = "Classroom has no place for it"
OF_THE_COURSE = frozenset({"courseId", "courseWorkId", "creationTime", "updateTime", "id", "previewVersion"})
REASONS = {
    "id": "Classroom numbers its rubrics; an id is made from the title on the way back",
    "title": "a Classroom rubric carries no title; the file's name gives one on the way back",
    "version": NO_PLACE,
    "competency": NO_PLACE,
    "record_rule": NO_PLACE,
    "requirements.reflection": NO_PLACE,
    "requirements.artifacts": NO_PLACE,
    "criteria[].id": "Classroom numbers its criteria; an id is made from the title on the way back",
    "criteria[].reads": NO_PLACE,
    "criteria[].required_level": NO_PLACE,
    "criteria[].levels[].level": "Classroom has no points below 0; the criterion's levels are numbered 0, 1, 2, …",
    "award": "Classroom adds the points up; weights, cut and required levels stay behind",
}


class _Level(Foreign):
    id: str | None = None
    title: str | None = None
    description: str | None = None
    points: float | None = None


class _Criterion(Foreign):
    id: str | None = None
    title: str | None = None
    description: str | None = None
    levels: list[_Level] = Field(default=[])


class _Rubric(Foreign):
    criteria: list[_Criterion] = Field(min_length=1)


def matches(content: bytes) -> bool:
    """Say whether the content is a Classroom rubric."""
    value = sniffed_json(content)
    criteria = value.get("criteria") if isinstance(value, dict) and "format" not in value else None
    return isinstance(criteria, list) and any(isinstance(one, dict) and "levels" in one for one in criteria)


def read(content: bytes, *, name: str) -> tuple[Rubric, LossReport]:
    """Read a Classroom rubric; unscored levels are numbered from 1, the first as lowest.

    Raises
    ------
    RubricError
        If an id stands twice, some levels have points and others none, or points tie; file and key path are named.
    """
    value = load_json(bounded(content, name=name), name=name, error=RubricError)
    found = parsed(_Rubric, value, name=name)
    seen: dict[str, int] = {}
    for at, criterion in enumerate(found.criteria):
        if criterion.id and criterion.id in seen:
            first = seen[criterion.id]
            raise RubricError(f"{name}: criteria[{at}]: id {criterion.id!r} is that of criteria[{first}]; change it")
        seen[criterion.id or ""] = at
    criteria = [_criterion(one, where=f"{name}: criteria[{at}]") for at, one in enumerate(found.criteria)]
    return build({"criteria": criteria}, name=name, format_name=NAME, losses=[*_losses(found)])


def _criterion(found: _Criterion, *, where: str) -> dict[str, Any]:
    if not (found.title or "").strip():
        raise RubricError(f"{where}: title is empty; name the criterion")
    levels = in_order([_level(one, at) for at, one in enumerate(found.levels, start=1)], where=where)
    return {"title": found.title, "description": found.description or "", "levels": levels}


def _level(found: _Level, number: int) -> dict[str, Any]:
    fallback = f"Level {number if found.points is None else level_text(found.points)}"
    label = found.title if (found.title or "").strip() else fallback
    return {"level": found.points, "name": label, "descriptor": found.description or ""}


def _losses(found: _Rubric) -> Iterator[Loss]:
    reason = "a rubric has no place for it"
    yield from (one for one in found.unread("", reason=reason) if one.field not in OF_THE_COURSE)
    for at, criterion in enumerate(found.criteria):
        yield from criterion.unread(f"criteria[{at}].", reason=reason)
        for step, level in enumerate(criterion.levels):
            yield from level.unread(f"criteria[{at}].levels[{step}].", reason=reason)


def write(rubric: Rubric) -> tuple[bytes, LossReport]:
    """Write the body of a request that creates the rubric: no ids, which Classroom gives itself."""
    value = {"criteria": [_criterion_out(one) for one in rubric.criteria]}
    content = (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8")
    back, _ = read(content, name="rubric.json")
    return content, measured(rubric, back, format_name=NAME, reasons=REASONS, also=[*_over_limits(rubric)])


def _criterion_out(criterion: Criterion) -> dict[str, Any]:
    numbers = as_positions(criterion.level_numbers, holds=float)
    levels = [
        {"title": level.name, "description": level.descriptor, "points": shortest(number)}
        for number, level in zip(numbers, criterion.levels, strict=True)
    ]
    return {"title": criterion.title, "description": criterion.description, "levels": levels}


def _over_limits(rubric: Rubric) -> Iterator[Loss]:
    if len(rubric.criteria) > MAX_CRITERIA:
        reason = f"Classroom takes at most {MAX_CRITERIA} criteria and will refuse the file"
        yield Loss(field="criteria", kind="over-limit", found=str(len(rubric.criteria)), reason=reason)
    for at, criterion in enumerate(rubric.criteria):
        if len(criterion.levels) > MAX_LEVELS:
            reason = f"Classroom takes at most {MAX_LEVELS} levels a criterion and will refuse the file"
            found = str(len(criterion.levels))
            yield Loss(field=f"criteria[{at}].levels", kind="over-limit", found=found, reason=reason)
