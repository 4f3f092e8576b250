"""From what a format holds to a rubric: ids made from titles, levels put in order, faults with their place."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import PurePath
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from reviewkit.errors import RubricError
from reviewkit.files.faults import validation_faults
from reviewkit.formats.loss import Loss, LossReport
from reviewkit.formats.sheet import runs
from reviewkit.records import Rubric, level_text
from reviewkit.records.rubric import RUBRIC_FORMAT

T = TypeVar("T", bound="Foreign")

MAX_BYTES = 64 * 1024 * 1024
MAX_SLUG = 60
FIRST_VERSION = "1.0.0"


def bounded(content: bytes, *, name: str) -> bytes:
    """Return the content, or raise RubricError if it is too large to be a rubric (64 MiB)."""
    if len(content) > MAX_BYTES:
        raise RubricError(f"{name}: has {len(content)} bytes, but a rubric has at most {MAX_BYTES}; split the file")
    return content


def slug(text: str, *, fallback: str) -> str:
    """Return an id made from a title.

    Examples
    --------
    >>> slug("Classroom management: Routines!", fallback="criterion-1"), slug("教室", fallback="criterion-1")
    ('classroom-management-routines', 'criterion-1')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_SLUG].rstrip("-") or fallback


def distinct(ids: Sequence[str]) -> list[str]:
    """Return the ids with a number put after each that stood before.

    Examples
    --------
    >>> distinct(["a", "b", "a", "a"])
    ['a', 'b', 'a-2', 'a-3']
    """
    taken = set(ids)
    seen: set[str] = set()
    next_number: dict[str, int] = {}
    out = []
    for one in ids:
        new, number = one, next_number.get(one, 2)
        while new in seen or (new != one and new in taken):
            new, number = f"{one}-{number}", number + 1
        next_number[one] = number
        seen.add(new)
        out.append(new)
    return out


def usable_id(text: str) -> str | None:
    """Return the id if a rubric could carry it and a person chose it; numbers that a system gave are none.

    Examples
    --------
    >>> usable_id("routines"), usable_id("_8027"), usable_id("criterion_3"), usable_id("blank_2")
    ('routines', None, None, None)
    """
    text = text.strip()
    made = re.fullmatch(r"(?:criterion|blank|rating)?[_\d]*", text)
    return text if not made and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", text) else None


def title_from(name: str) -> str:
    """Return a title made from a file name.

    Examples
    --------
    >>> title_from("rubrics/lesson-reflection.csv")
    'Lesson reflection'
    """
    stem = re.sub(r"[-_\s]+", " ", PurePath(name).stem).strip() or "Rubric"
    return stem[0].upper() + stem[1:]


def in_order(levels: Sequence[dict[str, Any]], *, where: str) -> list[dict[str, Any]]:
    """Return the levels lowest first; without numbers they are numbered from 1, first as lowest.

    Parameters
    ----------
    levels : sequence of dict
        Each with ``level`` (float or None), ``name`` and ``descriptor``.
    where : str
        What errors call the criterion.

    Raises
    ------
    RubricError
        If there are fewer than two, some have a number and others none, or two have the same.
    """
    if not 2 <= len(levels) <= 61:
        raise RubricError(f"{where}: has {len(levels)} levels, but 2 to 61 are needed; add or join levels")
    bare = [level["level"] is None for level in levels]
    if all(bare):
        return [{**level, "level": float(at)} for at, level in enumerate(levels, start=1)]
    if any(bare):
        raise RubricError(f"{where}: level {bare.index(True) + 1} has no points and others have; give each its points")
    ordered = sorted(levels, key=lambda level: float(level["level"]))
    for lower, upper in pairwise(ordered):
        if lower["level"] == upper["level"]:
            raise RubricError(
                f"{where}: {lower['name']!r} and {upper['name']!r} both have {level_text(upper['level'])} points; "
                "give each level points of its own"
            )
    return ordered


def build(draft: dict[str, Any], *, name: str, format_name: str, losses: Sequence[Loss]) -> tuple[Rubric, LossReport]:
    """Return the rubric, and the report of the reading with what had to be made.

    Parameters
    ----------
    draft : dict
        Fields of a rubric; ``id``, ``version`` and ``title`` are made where they are absent, and so are criterion ids.
    name : str
        The file; a rubric without a title is named after it.
    format_name : str
        The format that was read.
    losses : sequence of Loss
        What of the source has no place in a rubric.

    Raises
    ------
    RubricError
        If the draft cannot be a rubric: every fault is listed with its key path.
    """
    title = str(draft.get("title") or "")
    title = title if title.strip() else title_from(name)
    whole = {**draft, "format": RUBRIC_FORMAT, "title": title}
    whole["id"] = draft.get("id") or slug(title, fallback="rubric")
    whole["version"] = draft.get("version") or FIRST_VERSION
    whole["criteria"] = _with_ids(draft["criteria"], name=name)
    rubric = validated(whole, name=name)
    return rubric, read_report(format_name, [*losses, *_invented(draft, rubric)])


def _invented(draft: dict[str, Any], rubric: Rubric) -> Iterator[Loss]:
    for field in ("id", "version", "title", "record_rule"):
        if not draft.get(field) or not str(draft[field]).strip():
            value = str(getattr(rubric, field))
            yield Loss(field=field, kind="invented", becomes=value, reason="the source has none; set it if it matters")
    for at, (given, made) in enumerate(zip(draft["criteria"], rubric.criteria, strict=True)):
        if not given.get("id"):
            yield Loss(field=f"criteria[{at}].id", kind="invented", becomes=made.id, reason="made from the title")


def _with_ids(criteria: list[dict[str, Any]], *, name: str) -> list[dict[str, Any]]:
    if not criteria:
        raise RubricError(f"{name}: has no criterion; add at least one with two levels")
    given = [str(one["id"]) for one in criteria if one.get("id")]
    if len(set(given)) < len(given):
        twice = next(one for one in given if given.count(one) > 1)
        raise RubricError(f"{name}: criterion id {twice!r} stands twice; give each criterion an id of its own")
    ids = distinct(
        [
            str(one.get("id") or slug(one["title"], fallback=f"criterion-{at}"))
            for at, one in enumerate(criteria, start=1)
        ]
    )
    return [{**one, "id": new} for one, new in zip(criteria, ids, strict=True)]


def validated(whole: dict[str, Any], *, name: str) -> Rubric:
    """Return the rubric, or every fault of it with its key path, as one RubricError."""
    try:
        return Rubric.model_validate(whole)
    except ValidationError as fault:
        faults = [f"{name}: {one}" for one in validation_faults(fault)]
        raise RubricError(f"{name}: cannot be a rubric", faults=faults) from None


def read_report(format_name: str, losses: Sequence[Loss]) -> LossReport:
    """Return the report of a reading."""
    return LossReport(format=format_name, direction="read", losses=tuple(losses))


def unread(fields: dict[str, Any], *, reason: str) -> list[Loss]:
    """Return a note for each field of the source that holds something and has no place in a rubric."""
    return [
        Loss(field=field, kind="dropped", found=str(found)[:80], reason=reason)
        for field, found in fields.items()
        if found not in (None, "", False, 0, [], {})
    ]


def as_positions(levels: Sequence[float], *, holds: Callable[[float], float]) -> list[float]:
    """Return the level numbers, or 0, 1, 2, … where the target cannot hold every one of them apart.

    Parameters
    ----------
    levels : sequence of float
        Rising level numbers of one criterion.
    holds : callable of float to float
        What the target makes of a number.

    Examples
    --------
    >>> as_positions([1.0, 1.5, 2.0], holds=round)
    [0.0, 1.0, 2.0]
    >>> as_positions([1.0, 2.0], holds=round)
    [1.0, 2.0]
    """
    if all(level >= 0 and holds(level) == level for level in levels):
        return list(levels)
    return [float(at) for at in range(len(levels))]


class Foreign(BaseModel):
    """Base of what other systems write: unknown fields are kept aside, so that they can be reported."""

    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True, allow_inf_nan=False)

    def unread(self, path: str, *, reason: str) -> list[Loss]:
        """Return a note for each unknown field that holds something."""
        return unread({f"{path}{key}": value for key, value in (self.model_extra or {}).items()}, reason=reason)


def parsed(model: type[T], value: Any, *, name: str) -> T:
    """Return the value as that model, or every fault with its key path as one RubricError."""
    try:
        return model.model_validate(value)
    except ValidationError as fault:
        faults = [f"{name}: {one}" for one in validation_faults(fault)]
        raise RubricError(f"{name}: is not what its format says", faults=faults) from None


def encoding_loss(encoding: str) -> Iterator[Loss]:
    """Yield a note where a file was read in an encoding that is no Unicode."""
    if encoding not in ("utf-8", "utf-16"):
        reason = "the file is no UTF-8 and was read in another encoding; look at its accents"
        yield Loss(field="encoding", kind="altered", found=encoding, becomes="utf-8", reason=reason)


def guarded(rubric: Rubric) -> Iterator[Loss]:
    """Yield a note for each text that gets a quote before it."""
    texts = {"title": rubric.title}
    for at, criterion in enumerate(rubric.criteria):
        texts[f"criteria[{at}].title"] = criterion.title
        texts[f"criteria[{at}].description"] = criterion.description
        for step, level in enumerate(criterion.levels):
            texts[f"criteria[{at}].levels[{step}].name"] = level.name
            texts[f"criteria[{at}].levels[{step}].descriptor"] = level.descriptor
    for field, text in texts.items():
        if runs(text):
            reason = "a spreadsheet would run it as a formula; a quote is put before it"
            yield Loss(field=field, kind="altered", found=text[:80], becomes=f"'{text[:79]}", reason=reason)
