"""A CSV with a reflection a row.

Columns: ``teacher_id`` and ``reflection``; optional ``submission_id``, ``attempt``, ``submitted_at``,
``previous_submission_id``, ``artifact:KIND`` (text of an artifact) and ``group:NAME`` (for fairness tables).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from reviewkit.errors import SubmissionError
from reviewkit.files.faults import validation_faults
from reviewkit.formats.intake import IntakeReport, IntakeSettings, Skipped
from reviewkit.formats.sheet import read_rows, unguard
from reviewkit.records import Submission

SYSTEM = "reflections-csv"
PLAIN = frozenset({"teacher_id", "reflection", "submission_id", "attempt", "submitted_at", "previous_submission_id"})
ARTIFACT, GROUP = "artifact:", "group:"


def matches(header: Sequence[str]) -> bool:
    """Say whether the cells are the header of such a file."""
    return {"teacher_id", "reflection"} <= {cell.strip().lower() for cell in header}


def read(source: Path, *, settings: IntakeSettings) -> tuple[tuple[Submission, ...], IntakeReport]:
    """Read the rows; a row that cannot be a submission is left out with its reason.

    Parameters
    ----------
    source : Path
        The CSV; comma, semicolon or tab between its cells.
    settings : IntakeSettings

    Returns
    -------
    tuple of tuple of Submission, and IntakeReport
        Without a ``submission_id`` it is the teacher's id and the attempt.

    Raises
    ------
    SubmissionError
        If the header has no ``teacher_id`` and ``reflection``.
    """
    rows, _ = read_rows(source.read_bytes(), name=str(source), error=SubmissionError)
    if not rows or not matches(rows[0]):
        raise SubmissionError(f"{source}: line 1 has no columns teacher_id and reflection; name them so")
    head = [cell.strip() if ":" in cell else cell.strip().lower() for cell in rows[0]]
    unknown = [one for one in head if one and one not in PLAIN and not one.startswith((ARTIFACT, GROUP))]
    skipped = [Skipped(source=f"column {one}", reason="has no place in a submission") for one in unknown]
    found: dict[str, Submission] = {}
    for number, row in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in row):
            cells = dict(zip(head, (unguard(cell) for cell in row), strict=False))
            fault = _take(cells, found, rubric_id=settings.rubric_id)
            skipped += [Skipped(source=f"row {number}", reason=fault)] if fault else []
    report = IntakeReport(system=SYSTEM, n_submissions=len(found), skipped=tuple(skipped))
    return tuple(found.values()), report


def _take(cells: dict[str, str], found: dict[str, Submission], *, rubric_id: str) -> str | None:
    try:
        one = Submission.model_validate(_fields(cells, rubric_id=rubric_id))
    except ValidationError as fault:
        return "; ".join(validation_faults(fault))
    if not one.reflection.strip() and not one.artifacts:
        return "holds neither a reflection nor an artifact"
    if one.submission_id in found:
        return f"submission_id {one.submission_id!r} stands already; the first is kept"
    found[one.submission_id] = one
    return None


def _fields(cells: dict[str, str], *, rubric_id: str) -> dict[str, Any]:
    fields: dict[str, Any] = {key: cells[key].strip() for key in PLAIN if cells.get(key, "").strip()}
    teacher, attempt = fields.get("teacher_id", ""), fields.get("attempt", "1")
    fields.setdefault("submission_id", teacher if attempt == "1" else f"{teacher}-{attempt}")
    fields["reflection"] = cells.get("reflection", "")
    fields["rubric_id"] = rubric_id
    kinds = [
        (key.removeprefix(ARTIFACT), text) for key, text in cells.items() if key.startswith(ARTIFACT) and text.strip()
    ]
    fields["artifacts"] = [{"artifact_id": kind, "kind": kind, "text": text} for kind, text in kinds]
    fields["groups"] = {
        key.removeprefix(GROUP): text.strip() for key, text in cells.items() if key.startswith(GROUP) and text.strip()
    }
    return fields
