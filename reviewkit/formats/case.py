"""1EdTech CASE 1.1: a ``CFPackage`` with one of ``CFRubrics``.

A rubric's own fields that CASE has no place for travel in the ``extensions`` that the standard provides, under the key
``reviewkit``; other systems may drop them.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from reviewkit.errors import RubricError
from reviewkit.formats.case_package import CaseCriterion, CaseLevel, CasePackage, CaseRubric
from reviewkit.formats.draft import bounded, build, in_order, parsed, unread
from reviewkit.formats.loss import Loss, LossReport, differences, measured, shown
from reviewkit.formats.plain import load_json, sniffed_json
from reviewkit.records import Criterion, PerformanceLevel, Rubric, WeightedTotal

NAME = "case"
EXTENSION = "reviewkit"
NOT_STATED = "not stated"
NO_PLACE = "a rubric has no place for it"
CARRIED = "CASE has no field for it; it travels in the extensions, which other systems may drop"
REASONS: dict[str, str] = {}


def matches(content: bytes) -> bool:
    """Say whether the content is a CASE package or a CASE rubric."""
    value = sniffed_json(content)
    return isinstance(value, dict) and ("CFRubrics" in value or "CFRubricCriteria" in value)


def read(content: bytes, *, name: str) -> tuple[Rubric, LossReport]:
    """Read the one rubric of a CASE package, or a bare ``CFRubric``.

    Parameters
    ----------
    content : bytes
        The file.
    name : str
        What errors call it.

    Raises
    ------
    RubricError
        If there is not exactly one rubric, an identifier stands twice, ``isChildOf`` runs in a circle above an item
        that a criterion names, or a criterion cannot be one; file and key path are named.
    """
    value = load_json(bounded(content, name=name), name=name, error=RubricError)
    bare = isinstance(value, dict) and "CFRubricCriteria" in value
    package = parsed(CasePackage, {"CFRubrics": [value]} if bare else value, name=name)
    if len(package.rubrics) != 1:
        titles = ", ".join(repr(one.title or one.identifier) for one in package.rubrics[:5])
        raise RubricError(f"{name}: CFRubrics holds {len(package.rubrics)} rubrics ({titles}); keep exactly one a file")
    found = package.rubrics[0]
    _refuse_twice(found, name=name)
    draft = _draft(found, package, name=name)
    return build(draft, name=name, format_name=NAME, losses=[*_losses(found)])


def _refuse_twice(found: CaseRubric, *, name: str) -> None:
    seen: dict[str, str] = {}
    for path, identifier in _identifiers(found):
        if identifier in seen:
            raise RubricError(
                f"{name}: {path}: identifier {identifier} is that of {seen[identifier]}; make them differ"
            )
        seen[identifier] = path


def _identifiers(found: CaseRubric) -> Iterator[tuple[str, str]]:
    for at, criterion in enumerate(found.criteria):
        path = f"CFRubricCriteria[{at}]"
        if criterion.identifier:
            yield path, criterion.identifier
        for step, level in enumerate(criterion.levels):
            if level.identifier:
                yield f"{path}.CFRubricCriterionLevels[{step}]", level.identifier


def _draft(found: CaseRubric, package: CasePackage, *, name: str) -> dict[str, Any]:
    own = _own(found.extensions)
    ordered = sorted(enumerate(found.criteria), key=lambda pair: _position(pair[1].position, pair[0]))
    items = {item.identifier: item.statement for item in package.items}
    criteria = [_criterion(one, items, where=f"{name}: CFRubricCriteria[{at}]") for at, one in ordered]
    competency = found.description or _shared_ancestor(found, package, items, name=name)
    weights = {one.get("id"): c.weight for one, (_, c) in zip(criteria, ordered, strict=True) if c.weight is not None}
    award = own.get("award")
    if isinstance(award, dict) and award.get("rule") == "weighted-total":
        award = {**award, "weights": weights}
    kept = _kept(own, "id", "version", "record_rule", "requirements")
    return {**kept, "award": award, "title": found.title, "competency": competency, "criteria": criteria}


def _position(position: int | None, at: int) -> tuple[bool, int]:
    return (position is None, at if position is None else position)


def _own(extensions: dict[str, Any]) -> dict[str, Any]:
    own = extensions.get(EXTENSION, {})
    return own if isinstance(own, dict) else {}


def _kept(own: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: own[key] for key in keys if key in own}


def _criterion(found: CaseCriterion, items: dict[str, str], *, where: str) -> dict[str, Any]:
    own = _own(found.extensions)
    statement = items.get(found.item.identifier or "", "") if found.item else ""
    title = found.category or (found.item.title if found.item else None) or found.description or statement
    if not (title or "").strip():
        raise RubricError(f"{where}: has neither category nor description; name the criterion in category")
    ordered = sorted(enumerate(found.levels), key=lambda pair: _position(pair[1].position, pair[0]))
    levels = in_order([_level(one, at) for at, (_, one) in enumerate(ordered, start=1)], where=where)
    description = found.description if found.description is not None else statement
    return {"title": title, "description": description, "levels": levels, **_kept(own, "id", "reads", "required_level")}


def _level(found: CaseLevel, number: int) -> dict[str, Any]:
    return {
        "level": found.score,
        "name": found.quality if (found.quality or "").strip() else f"Level {number}",
        "descriptor": found.description or "",
    }


def _shared_ancestor(found: CaseRubric, package: CasePackage, items: dict[str, str], *, name: str) -> str:
    parents = {
        one.origin.identifier: one.destination.identifier for one in package.associations if one.kind == "isChildOf"
    }
    named = [one.item.identifier for one in found.criteria if one.item and one.item.identifier]
    lines = [_line_up(one, parents, name=name) for one in named]
    shared = [one for one in lines[0] if all(one in line for line in lines)] if lines else []
    return next((items[one] for one in shared if items.get(one)), "")


def _line_up(identifier: str, parents: dict[str | None, str | None], *, name: str) -> list[str]:
    line: dict[str, None] = {}
    step: str | None = identifier
    while step is not None:
        if step in line:
            raise RubricError(f"{name}: CFAssociations: isChildOf runs in a circle through {step}; break the circle")
        line[step] = None
        step = parents.get(step)
    return list(line)


def _losses(found: CaseRubric) -> Iterator[Loss]:
    yield from found.unread("", reason=NO_PLACE)
    weighted = "award" in _own(found.extensions)
    for at, criterion in enumerate(found.criteria):
        path = f"CFRubricCriteria[{at}]."
        yield from criterion.unread(path, reason=NO_PLACE)
        if criterion.weight is not None and not weighted:
            yield from unread({f"{path}weight": criterion.weight}, reason="a weight without a cut makes no award")
        for step, level in enumerate(criterion.levels):
            inner = f"{path}CFRubricCriterionLevels[{step}]."
            yield from unread({f"{inner}feedback": level.feedback}, reason=NO_PLACE)
            yield from level.unread(inner, reason=NO_PLACE)


def write(rubric: Rubric, *, creator: str = NOT_STATED, changed_at: datetime | None = None) -> tuple[bytes, LossReport]:
    """Write a CASE package; the identifiers are the same each time for the same rubric id and version.

    Parameters
    ----------
    rubric : Rubric
        What to write.
    creator : str
        Who promulgates the rubric; CASE requires a name.
    changed_at : datetime, optional
        When it was last changed; left out, now.
    """
    moment = (changed_at or datetime.now(UTC)).isoformat()
    body = {"lastChangeDateTime": moment}
    document = {
        **_identity(rubric, "document"),
        "creator": creator,
        "title": rubric.title,
        **body,
        "caseVersion": "1.1",
        "version": rubric.version,
    }
    value = {"CFDocument": document, "CFRubrics": [_rubric_out(rubric, body)]}
    content = (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8")
    back, _ = read(content, name="rubric.json")
    return content, measured(rubric, back, format_name=NAME, reasons=REASONS, also=[*_carried(rubric)])


def _carried(rubric: Rubric) -> Iterator[Loss]:
    plain = build(
        {"title": rubric.title, "criteria": [_bare(one) for one in rubric.criteria]},
        name="",
        format_name=NAME,
        losses=(),
    )[0]
    named = {field: old for field, old, _ in differences(rubric, plain) if field != "competency"}
    for field, old in named.items():
        yield Loss(field=field, kind="carried", found=shown(old), reason=CARRIED)


def _bare(criterion: Criterion) -> dict[str, Any]:
    return criterion.model_dump(include={"title", "description", "levels"})


def _identity(rubric: Rubric, path: str) -> dict[str, str]:
    identifier = str(uuid5(NAMESPACE_URL, f"reviewkit/{rubric.id}/{rubric.version}/{path}"))
    return {"identifier": identifier, "uri": f"urn:uuid:{identifier}"}


def _rubric_out(rubric: Rubric, body: dict[str, str]) -> dict[str, Any]:
    dumped = rubric.model_dump(mode="json", include={"id", "version", "record_rule", "requirements", "award"})
    if isinstance(rubric.award, WeightedTotal):
        dumped["award"] = {"rule": rubric.award.rule, "cut": rubric.award.cut}
    criteria = [_criterion_out(rubric, one, at, body) for at, one in enumerate(rubric.criteria, start=1)]
    return {
        **_identity(rubric, "rubric"),
        "title": rubric.title,
        "description": rubric.competency,
        **body,
        "CFRubricCriteria": criteria,
        "extensions": {EXTENSION: dumped},
    }


def _criterion_out(rubric: Rubric, criterion: Criterion, position: int, body: dict[str, str]) -> dict[str, Any]:
    path = f"criteria/{criterion.id}"
    own = criterion.model_dump(mode="json", include={"id", "reads", "required_level"})
    out = {
        **_identity(rubric, path),
        "category": criterion.title,
        "description": criterion.description,
        **body,
        "position": position,
        "rubricId": _identity(rubric, "rubric")["identifier"],
    }
    if isinstance(rubric.award, WeightedTotal) and criterion.id in rubric.award.weights:
        out["weight"] = rubric.award.weights[criterion.id]
    levels = [_level_out(rubric, path, one, at, body) for at, one in enumerate(criterion.levels, start=1)]
    return {**out, "CFRubricCriterionLevels": levels, "extensions": {EXTENSION: own}}


def _level_out(
    rubric: Rubric, path: str, level: PerformanceLevel, position: int, body: dict[str, str]
) -> dict[str, Any]:
    return {
        **_identity(rubric, f"{path}/levels/{position}"),
        "description": level.descriptor,
        "quality": level.name,
        "score": level.level,
        "position": position,
        **body,
        "rubricCriterionId": _identity(rubric, path)["identifier"],
    }
