"""The XML in which Open edX's open response assessment (ORA2) keeps a rubric."""

from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree

from reviewkit.errors import RubricError
from reviewkit.formats.draft import as_positions, bounded, build, in_order, unread, usable_id
from reviewkit.formats.loss import Loss, LossReport, measured
from reviewkit.formats.sheet import to_number
from reviewkit.formats.xmltree import add, parse, render, text_of
from reviewkit.records import Criterion, Rubric, level_text

NAME = "ora2-xml"
NO_PLACE = "an ORA2 rubric has no place for it"
CHARACTERS = "XML cannot hold one of its characters"
REASONS = {
    "id": "an ORA2 rubric has no id; one is made from the title on the way back",
    "title": "an ORA2 rubric has no title of its own; the file's name gives one on the way back",
    "version": NO_PLACE,
    "record_rule": "ORA2 takes its own rule (median or mean a criterion)",
    "requirements.reflection": NO_PLACE,
    "requirements.artifacts": NO_PLACE,
    "competency": CHARACTERS,
    "criteria[].id": "the id looks like one that a system makes; one is made from the label on the way back",
    "criteria[].title": CHARACTERS,
    "criteria[].description": CHARACTERS,
    "criteria[].levels[].name": CHARACTERS,
    "criteria[].levels[].descriptor": CHARACTERS,
    "criteria[].reads": NO_PLACE,
    "criteria[].required_level": NO_PLACE,
    "criteria[].levels[].level": (
        "ORA2 keeps points as whole numbers, none below 0; the criterion's levels are numbered 0, 1, 2, …"
    ),
    "award": "ORA2 adds the points up; weights, cut and required levels stay behind",
}


def matches(content: bytes) -> bool:
    """Say whether the content is XML with a rubric of criteria and options."""
    plain = content.replace(b"\x00", b"")
    return b"<rubric" in plain and b"<criterion" in plain and b"<option" in plain


def read(content: bytes, *, name: str) -> tuple[Rubric, LossReport]:
    """Read a ``<rubric>``, alone or inside its ``<openassessment>``, whose title is then the rubric's.

    Raises
    ------
    RubricError
        If the XML is malformed or declares entities, there is not exactly one rubric, a name stands twice, or points
        are no number; file, line or path are named.
    """
    root = parse(bounded(content, name=name), name=name, error=RubricError)
    rubrics = list(root.iter("rubric"))
    if len(rubrics) != 1:
        raise RubricError(f"{name}: holds {len(rubrics)} <rubric> elements; keep exactly one")
    rows = rubrics[0].findall("criterion")
    _refuse_twice([text_of(one, "name").strip() for one in rows], where=f"{name}: criterion")
    criteria = [_criterion(one, where=f"{name}: criterion {at}") for at, one in enumerate(rows, start=1)]
    title = text_of(root, "title") if root.tag == "openassessment" else ""
    draft = {"title": title, "competency": text_of(rubrics[0], "prompt"), "criteria": criteria}
    return build(draft, name=name, format_name=NAME, losses=[*_losses(root, rubrics[0])])


def _refuse_twice(names: Sequence[str], *, where: str) -> None:
    given = [one for one in names if one]
    if len(set(given)) < len(given):
        twice = next(one for one in given if given.count(one) > 1)
        raise RubricError(f"{where}: name {twice!r} stands twice; give each a name of its own")


def _criterion(found: ElementTree.Element, *, where: str) -> dict[str, Any]:
    own = text_of(found, "name")
    title = text_of(found, "label") or own
    if not title.strip():
        raise RubricError(f"{where}: has neither label nor name; name the criterion")
    options = found.findall("option")
    _refuse_twice([text_of(one, "name").strip() for one in options], where=f"{where}: option")
    levels = in_order([_option(one, at, where=where) for at, one in enumerate(options, start=1)], where=where)
    return {"id": usable_id(own), "title": title, "description": text_of(found, "prompt"), "levels": levels}


def _option(found: ElementTree.Element, number: int, *, where: str) -> dict[str, Any]:
    points = to_number(found.get("points", ""), where=f"{where}: option {number}: points", error=RubricError)
    label = text_of(found, "label") or text_of(found, "name")
    label = label if label.strip() else f"Level {level_text(points)}"
    return {"level": points, "name": label, "descriptor": text_of(found, "explanation")}


def _losses(root: ElementTree.Element, rubric: ElementTree.Element) -> Iterator[Loss]:
    beside = {one.tag: "present" for one in root if one.tag not in ("rubric", "title")} if root is not rubric else {}
    for tag in ("feedbackprompt", "feedback_default_text"):
        beside[tag] = text_of(rubric, tag)
    yield from unread(beside, reason="a rubric has no place for it")


def write(rubric: Rubric) -> tuple[bytes, LossReport]:
    """Write a ``<rubric>`` for Studio's XML editor; the competency becomes its prompt."""
    root = ElementTree.Element("rubric")
    if rubric.competency:
        add(root, "prompt", rubric.competency)
    for criterion in rubric.criteria:
        _criterion_out(root, criterion)
    content = render(root)
    back, _ = read(content, name="rubric.xml")
    return content, measured(rubric, back, format_name=NAME, reasons=REASONS)


def _criterion_out(parent: ElementTree.Element, criterion: Criterion) -> None:
    element = add(parent, "criterion", feedback="optional")
    add(element, "name", criterion.id)
    add(element, "label", criterion.title)
    add(element, "prompt", criterion.description)
    numbers = as_positions(criterion.level_numbers, holds=lambda level: float(int(level)))
    for number, level in zip(numbers, criterion.levels, strict=True):
        option = add(element, "option", points=level_text(number))
        add(option, "name", f"level-{level_text(number)}")
        add(option, "label", level.name)
        add(option, "explanation", level.descriptor)
