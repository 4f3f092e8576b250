"""The JSON that Canvas's API speaks of rubrics."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import Field

from reviewkit.errors import RubricError
from reviewkit.formats.draft import Foreign, as_positions, bounded, build, in_order, parsed, usable_id
from reviewkit.formats.loss import Loss, LossReport, measured
from reviewkit.formats.plain import load_json, sniffed_json
from reviewkit.records import Criterion, Rubric, level_text
from reviewkit.records.base import shortest

NAME = "canvas-json"
NO_PLACE = "Canvas has no place for it"
NOT_READ = "a rubric has no place for it"
REASONS = {
    "id": "Canvas numbers its rubrics; an id is made from the title on the way back",
    "criteria[].id": "the id looks like one that Canvas makes; one is made from the title on the way back",
    "criteria[].levels[].level": (
        "Canvas keeps points to two decimals, none below 0; the criterion's levels are numbered 0, 1, 2, …"
    ),
    "version": NO_PLACE,
    "competency": NO_PLACE,
    "record_rule": NO_PLACE,
    "requirements.reflection": NO_PLACE,
    "requirements.artifacts": NO_PLACE,
    "criteria[].reads": NO_PLACE,
    "criteria[].required_level": "Canvas sets a mastery level on outcomes only",
    "award": "Canvas adds the points up; weights, cut and required levels stay behind",
}


class _Rating(Foreign):
    id: str | None = None
    description: str | None = None
    long_description: str | None = None
    points: float | None = None
    criterion_id: str | None = None


class _Criterion(Foreign):
    id: str | None = None
    description: str | None = None
    long_description: str | None = None
    points: float | None = None
    ratings: list[_Rating] = Field(default=[])


class _Rubric(Foreign):
    id: str | None = None
    title: str | None = None
    points_possible: float | None = None
    data: list[_Criterion] = Field(min_length=1)


def matches(content: bytes) -> bool:
    """Say whether the content is a Canvas rubric, or its list of criteria."""
    value = sniffed_json(content)
    criteria = _criteria_of(value)
    return isinstance(criteria, list) and any(isinstance(one, dict) and "ratings" in one for one in criteria)


def _criteria_of(value: Any) -> Any:
    if isinstance(value, dict) and isinstance(value.get("rubric"), dict):
        value = value["rubric"]
    if not isinstance(value, dict):
        return value
    return value["data"] if "data" in value else value.get("criteria")


def read(content: bytes, *, name: str) -> tuple[Rubric, LossReport]:
    """Read a Canvas rubric, alone, under ``rubric``, or as an assignment's bare list of criteria.

    Raises
    ------
    RubricError
        If a criterion id stands twice, points tie, or a field has another type; file and key path are named.
    """
    value = load_json(bounded(content, name=name), name=name, error=RubricError)
    outer = value["rubric"] if isinstance(value, dict) and isinstance(value.get("rubric"), dict) else value
    rest = (
        {key: one for key, one in outer.items() if key not in ("data", "criteria")} if isinstance(outer, dict) else {}
    )
    found = parsed(_Rubric, {**rest, "data": _criteria_of(value)}, name=name)
    _refuse_twice(found, name=name)
    criteria = [_criterion(one, where=f"{name}: data[{at}]") for at, one in enumerate(found.data)]
    draft = {"title": found.title, "criteria": criteria}
    return build(draft, name=name, format_name=NAME, losses=[*_losses(found)])


def _refuse_twice(found: _Rubric, *, name: str) -> None:
    seen: dict[str, int] = {}
    for at, criterion in enumerate(found.data):
        if criterion.id and criterion.id in seen:
            raise RubricError(
                f"{name}: data[{at}]: id {criterion.id!r} is that of data[{seen[criterion.id]}]; change it"
            )
        seen[criterion.id or ""] = at


def _criterion(found: _Criterion, *, where: str) -> dict[str, Any]:
    if not (found.description or "").strip():
        raise RubricError(f"{where}: description is empty; it names the criterion")
    levels = in_order([_rating(one, at) for at, one in enumerate(found.ratings, start=1)], where=where)
    own = usable_id(found.id or "")
    return {"id": own, "title": found.description, "description": found.long_description or "", "levels": levels}


def _rating(found: _Rating, number: int) -> dict[str, Any]:
    level = None if found.points is None else round(found.points, 2)
    fallback = f"Level {number if level is None else level_text(level)}"
    label = found.description if (found.description or "").strip() else fallback
    return {"level": level, "name": label, "descriptor": found.long_description or ""}


def _losses(found: _Rubric) -> Iterator[Loss]:
    yield from found.unread("", reason=NOT_READ)
    for at, criterion in enumerate(found.data):
        yield from criterion.unread(f"data[{at}].", reason=NOT_READ)
        for step, rating in enumerate(criterion.ratings):
            yield from rating.unread(f"data[{at}].ratings[{step}].", reason=NOT_READ)


def write(rubric: Rubric) -> tuple[bytes, LossReport]:
    """Write the JSON that Canvas's API shows a rubric in, the highest rating first."""
    data = [_criterion_out(one) for one in rubric.criteria]
    value = {
        "title": rubric.title,
        "points_possible": shortest(sum(one["points"] for one in data)),
        "free_form_criterion_comments": False,
        "hide_score_total": False,
        "data": data,
    }
    content = (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8")
    back, _ = read(content, name="rubric.json")
    return content, measured(rubric, back, format_name=NAME, reasons=REASONS)


def _criterion_out(criterion: Criterion) -> dict[str, Any]:
    numbers = as_positions(criterion.level_numbers, holds=lambda level: round(level, 2))
    ratings = [
        {
            "id": f"{criterion.id}-{level_text(number)}",
            "criterion_id": criterion.id,
            "description": level.name,
            "long_description": level.descriptor,
            "points": shortest(number),
        }
        for number, level in zip(numbers, criterion.levels, strict=True)
    ]
    return {
        "id": criterion.id,
        "description": criterion.title,
        "long_description": criterion.description,
        "points": shortest(numbers[-1]),
        "criterion_use_range": False,
        "ratings": ratings[::-1],
    }
