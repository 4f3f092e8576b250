"""The XML that Moodle backs its rubrics up in (``grading.xml``, plugin ``gradingform_rubric``)."""

from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree

from reviewkit.errors import RubricError
from reviewkit.formats.draft import as_positions, bounded, build, in_order, unread
from reviewkit.formats.loss import Loss, LossReport, measured
from reviewkit.formats.plain import html_to_text
from reviewkit.formats.sheet import to_number
from reviewkit.formats.xmltree import add, parse, render, text_of
from reviewkit.records import Criterion, Rubric, level_text

NAME = "moodle-xml"
HTML_FORMAT, PLAIN_FORMAT, READY = "1", "2", "20"
MAX_NAME = 60
ONE_TEXT = "Moodle keeps one text; its first line is read as the name and the rest as the description"
NO_PLACE = "Moodle has no place for it"
NO_IDS = "Moodle numbers its rubrics and criteria; an id is made from the title on the way back"
REASONS = {
    "id": NO_IDS,
    "criteria[].id": NO_IDS,
    "title": "XML cannot hold one of its characters",
    "competency": "XML cannot hold one of its characters",
    "version": NO_PLACE,
    "record_rule": NO_PLACE,
    "requirements.reflection": NO_PLACE,
    "requirements.artifacts": NO_PLACE,
    "criteria[].reads": NO_PLACE,
    "criteria[].required_level": NO_PLACE,
    "criteria[].title": ONE_TEXT,
    "criteria[].description": ONE_TEXT,
    "criteria[].levels[].name": ONE_TEXT,
    "criteria[].levels[].descriptor": ONE_TEXT,
    "criteria[].levels[].level": (
        "Moodle keeps points to five decimals, none below 0; the criterion's levels are numbered 0, 1, 2, …"
    ),
    "award": "Moodle adds the points up; weights, cut and required levels stay behind",
}


def matches(content: bytes) -> bool:
    """Say whether the content is XML with Moodle's criteria and levels."""
    plain = content.replace(b"\x00", b"")
    return b"<criteria" in plain and b"<levels" in plain and b"<definition" in plain and b"<" in plain[:16]


def read(content: bytes, *, name: str) -> tuple[Rubric, LossReport]:
    """Read the one rubric of a ``grading.xml``, or a bare ``<criteria>``.

    Raises
    ------
    RubricError
        If the XML is malformed or declares entities, holds several rubrics, an id stands twice, or a score is no
        number; file, line or path are named.
    """
    root = parse(bounded(content, name=name), name=name, error=RubricError)
    found = [one for one in root.iter("criteria") if one.find("criterion") is not None]
    if len(found) != 1:
        raise RubricError(f"{name}: holds {len(found)} rubrics, but one a file is read; keep one definition")
    rows = sorted(found[0].findall("criterion"), key=lambda one: _sort_order(one, name=name))
    _refuse_twice([one.get("id") for one in rows], where=f"{name}: criterion")
    definition = next((one for one in root.iter("definition") if one.find("name") is not None), None)
    head = {} if definition is None else {"title": text_of(definition, "name"), "competency": _described(definition)}
    criteria = [_criterion(one, where=f"{name}: criterion {at}") for at, one in enumerate(rows, start=1)]
    losses = [*_losses(root, definition)]
    return build({**head, "criteria": criteria}, name=name, format_name=NAME, losses=losses)


def _sort_order(criterion: ElementTree.Element, *, name: str) -> float:
    text = text_of(criterion, "sortorder") or "0"
    return to_number(text, where=f"{name}: sortorder", error=RubricError)


def _refuse_twice(ids: Sequence[str | None], *, where: str) -> None:
    given = [one for one in ids if one]
    if len(set(given)) < len(given):
        twice = next(one for one in given if given.count(one) > 1)
        raise RubricError(f"{where}: id {twice!r} stands twice; give each an id of its own")


def _described(element: ElementTree.Element, tag: str = "description") -> str:
    text = text_of(element, tag)
    return html_to_text(text) if text_of(element, f"{tag}format") == HTML_FORMAT else text


def _criterion(found: ElementTree.Element, *, where: str) -> dict[str, Any]:
    title, _, description = _described(found).strip().partition("\n")
    if not title:
        raise RubricError(f"{where}: description is empty; its first line names the criterion")
    steps = found.findall("levels/level")
    _refuse_twice([one.get("id") for one in steps], where=f"{where}: level")
    levels = [_level(one, where=f"{where}: level {at}") for at, one in enumerate(steps, start=1)]
    return {"title": title, "description": description, "levels": in_order(levels, where=where)}


def _level(found: ElementTree.Element, *, where: str) -> dict[str, Any]:
    number = to_number(text_of(found, "score"), where=f"{where}: score", error=RubricError)
    text = _described(found, "definition")
    first, newline, rest = text.partition("\n")
    if first.strip() and (newline or len(text) <= MAX_NAME):
        return {"level": number, "name": first, "descriptor": rest}
    return {"level": number, "name": f"Level {level_text(number)}", "descriptor": text}


def _losses(root: ElementTree.Element, definition: ElementTree.Element | None) -> Iterator[Loss]:
    if definition is not None:
        yield from unread({"options": text_of(definition, "options")}, reason="how Moodle shows a rubric is not kept")
    fillings = sum(1 for _ in root.iter("filling"))
    yield from unread({"fillings": fillings}, reason="grades are no part of a rubric")


def write(rubric: Rubric) -> tuple[bytes, LossReport]:
    """Write a ``grading.xml`` with one rubric that is ready for use."""
    areas = ElementTree.Element("areas")
    area = add(areas, "area", id="1")
    add(area, "areaname", "submissions")
    add(area, "activemethod", "rubric")
    definition = add(add(area, "definitions"), "definition", id="1")
    fields = {
        "method": "rubric",
        "name": rubric.title,
        "description": rubric.competency,
        "descriptionformat": PLAIN_FORMAT,
        "status": READY,
    }
    for tag, text in fields.items():
        add(definition, tag, text)
    criteria = add(add(definition, "plugin_gradingform_rubric_definition"), "criteria")
    first = 1
    for at, criterion in enumerate(rubric.criteria, start=1):
        _criterion_out(criteria, criterion, at, first)
        first += len(criterion.levels)
    content = render(areas)
    back, _ = read(content, name="rubric.xml")
    return content, measured(rubric, back, format_name=NAME, reasons=REASONS)


def _criterion_out(parent: ElementTree.Element, criterion: Criterion, position: int, first: int) -> None:
    element = add(parent, "criterion", id=str(position))
    add(element, "sortorder", str(position))
    add(element, "description", _joined(criterion.title, criterion.description))
    add(element, "descriptionformat", PLAIN_FORMAT)
    levels = add(element, "levels")
    numbers = as_positions(criterion.level_numbers, holds=lambda level: round(level, 5))
    for at, (number, level) in enumerate(zip(numbers, criterion.levels, strict=True), start=first):
        one = add(levels, "level", id=str(at))
        add(one, "score", f"{number:.5f}")
        add(one, "definition", _joined(level.name, level.descriptor))
        add(one, "definitionformat", PLAIN_FORMAT)


def _joined(name: str, text: str) -> str:
    return f"{name}\n{text}" if text else name
