"""What a conversion loses, field by field: measured by reading back what was written, not claimed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from reviewkit.records import Record, ReflectionRequirement, Rubric, level_text

Kind = Literal["dropped", "altered", "over-limit", "carried", "invented"]
NO_LOSS = ("carried", "invented")
Direction = Literal["read", "write"]

SHOWN = 80
WHOLE = ("id", "version", "title", "competency", "record_rule", "award")
REQUIREMENTS = ("reflection", "artifacts")
CRITERION = ("id", "title", "description", "reads", "required_level")
LEVEL = ("level", "name", "descriptor")


class Loss(Record):
    """One field that does not come through as it was.

    Attributes
    ----------
    field : str
        Key path: in the rubric on the way out, in the source on the way in.
    kind : str
        ``"dropped"``: gone; ``"altered"``: comes through as something else; ``"over-limit"``: the target takes fewer;
        ``"carried"``: travels in an extension that other systems may drop; ``"invented"``: the source had none and one
        was made. The last two are no loss.
    found, becomes : str
        Before and after, shortened.
    reason : str
        Why, in one sentence.
    """

    field: str
    kind: Kind
    found: str = ""
    becomes: str = ""
    reason: str

    @property
    def pattern(self) -> str:
        """The field with its indices taken out: ``criteria[].levels[].level``."""
        return re.sub(r"\[\d+\]", "[]", self.field)


class LossReport(Record):
    """All that one reading or one writing loses.

    Examples
    --------
    >>> one = Loss(field="version", kind="dropped", found="2.1.0", reason="the format has no place for a version")
    >>> report = LossReport(format="canvas-csv", direction="write", losses=(one,))
    >>> report.lossless
    False
    >>> print(report.text())
    canvas-csv, write: 1 field is lost or changed
      version dropped: the format has no place for a version ('2.1.0')
    """

    format: str
    direction: Direction
    losses: tuple[Loss, ...] = ()

    @property
    def lossless(self) -> bool:
        """Nothing is dropped, altered or over a limit; what is carried or was invented does not count."""
        return all(loss.kind in NO_LOSS for loss in self.losses)

    @property
    def fields(self) -> frozenset[str]:
        """The key paths named."""
        return frozenset(loss.field for loss in self.losses)

    def text(self) -> str:
        """Write the report for people, fields of one pattern together."""
        lost = sum(loss.kind not in NO_LOSS for loss in self.losses)
        said = "nothing is lost" if not lost else f"{lost} field{' is' if lost == 1 else 's are'} lost or changed"
        return "\n".join([f"{self.format}, {self.direction}: {said}", *self._lines()])

    def _lines(self) -> Iterator[str]:
        groups: dict[tuple[str, Kind, str], list[Loss]] = {}
        for loss in self.losses:
            groups.setdefault((loss.pattern, loss.kind, loss.reason), []).append(loss)
        for (pattern, kind, reason), losses in groups.items():
            first = losses[0]
            shown = " -> ".join(repr(one) for one in (first.found, first.becomes) if one)
            where = first.field if len(losses) == 1 else f"{pattern} ({len(losses)} times)"
            yield f"  {where} {kind}: {reason}" + (f" ({shown})" if shown else "")


def measured(
    before: Rubric, after: Rubric, *, format_name: str, reasons: Mapping[str, str], also: Sequence[Loss] = ()
) -> LossReport:
    """Report what a rubric lost on its way out, by holding what came back against it.

    Parameters
    ----------
    before, after : Rubric
        What was written, and what reading the written bytes gave.
    format_name : str
        Name of the format.
    reasons : mapping of str to str
        Why, by field pattern (``"criteria[].reads"``).
    also : sequence of Loss
        What reading back cannot show, such as a limit of the target.

    Returns
    -------
    LossReport
    """
    losses = [_loss(field, old, new, reasons) for field, old, new in differences(before, after)]
    return LossReport(format=format_name, direction="write", losses=(*losses, *also))


def differences(before: Rubric, after: Rubric) -> Iterator[tuple[str, Any, Any]]:
    """Yield key path, value before and value after of each field that differs.

    Examples
    --------
    >>> levels = [{"level": 1, "name": "Not yet"}, {"level": 2, "name": "Proficient"}]
    >>> rubric = Rubric.model_validate({
    ...     "format": "reviewkit/rubric/1", "id": "routines", "version": "1.0.0", "title": "Routines",
    ...     "criteria": [{"id": "taught", "title": "Taught", "levels": levels}]})
    >>> list(differences(rubric, rubric.model_copy(update={"version": "2"})))
    [('version', '1.0.0', '2')]
    """
    yield from _fields("", before, after, WHOLE)
    yield from _fields("requirements.", before.requirements, after.requirements, REQUIREMENTS)
    if len(before.criteria) != len(after.criteria):
        yield "criteria", len(before.criteria), len(after.criteria)
        return
    for at, (old, new) in enumerate(zip(before.criteria, after.criteria, strict=True)):
        yield from _fields(f"criteria[{at}].", old, new, CRITERION)
        if len(old.levels) != len(new.levels):
            yield f"criteria[{at}].levels", len(old.levels), len(new.levels)
            continue
        for step, (lower, upper) in enumerate(zip(old.levels, new.levels, strict=True)):
            yield from _fields(f"criteria[{at}].levels[{step}].", lower, upper, LEVEL)


def _fields(path: str, before: Record, after: Record, names: Sequence[str]) -> Iterator[tuple[str, Any, Any]]:
    for name in names:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield path + name, old, new


def _loss(field: str, before: Any, after: Any, reasons: Mapping[str, str]) -> Loss:
    gone = after in (None, (), "", ReflectionRequirement())
    becomes = "" if gone else shown(after)
    reason = _reason(field, reasons)
    return Loss(field=field, kind="dropped" if gone else "altered", found=shown(before), becomes=becomes, reason=reason)


def shown(value: Any) -> str:
    """Write a value for a report, shortened."""
    if value is None:
        return ""
    if isinstance(value, Record):
        text = value.model_dump_json(exclude_none=True)
    elif isinstance(value, tuple):
        text = ", ".join(shown(one) for one in value)
    else:
        text = level_text(value) if isinstance(value, float) else str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _reason(field: str, reasons: Mapping[str, str]) -> str:
    return reasons.get(re.sub(r"\[\d+\]", "[]", field), "comes back as something else")
