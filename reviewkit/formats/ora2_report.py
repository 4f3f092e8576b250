"""Open edX's report of open responses (``ORA_data``): a CSV with the response as JSON, or as Python writes a dict."""

import ast
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reviewkit.errors import SubmissionError
from reviewkit.formats.intake import Extract, Handed, Intake, IntakeReport, IntakeSettings, moment
from reviewkit.formats.plain import html_to_text
from reviewkit.formats.sheet import read_rows
from reviewkit.records import Submission

SYSTEM = "ora2"
ID, ITEM, STUDENT, WHEN, RESPONSE = (
    "submission id",
    "item id",
    "anonymized student id",
    "date/time response submitted",
    "response",
)
FILES = ("files_descriptions", "file_keys", "files_names")
MAX_RESPONSE = 1_000_000
MAX_NESTING = 20


def matches(header: Sequence[str]) -> bool:
    """Say whether the cells are the header of such a report."""
    return {ID, RESPONSE} <= {cell.strip().lower() for cell in header}


def read(
    source: Path, *, out: Path, settings: IntakeSettings, extract: Extract | None = None
) -> tuple[tuple[Submission, ...], IntakeReport]:
    """Read the report; each response's parts become the reflection, in their order.

    Files that were uploaded are not in the report and are named in what was left out.

    Parameters
    ----------
    source : Path
        The CSV.
    out, settings, extract
        As for the other readers; nothing is written here.

    Returns
    -------
    tuple of tuple of Submission, and IntakeReport
        ``submission_id`` and ``teacher_id`` are the report's own.

    Raises
    ------
    SubmissionError
        If the file is no such report; its line is named.
    """
    rows, _ = read_rows(source.read_bytes(), name=str(source), error=SubmissionError)
    if not rows or not matches(rows[0]):
        raise SubmissionError(
            f"{source}: line 1 has no columns 'Submission ID' and 'Response'; export the ORA data report"
        )
    head = [cell.strip().lower() for cell in rows[0]]
    intake = Intake(out, settings=settings, extract=extract)
    for number, row in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in row):
            _add(dict(zip(head, row, strict=False)), intake, where=f"row {number}")
    return intake.report(SYSTEM)


def _add(cells: dict[str, str], intake: Intake, *, where: str) -> None:
    submission_id = cells.get(ID, "").strip()
    if not submission_id or not cells.get(RESPONSE, "").strip():
        intake.skip(where, "has no Submission ID or no Response")
        return
    answer = _answer(cells[RESPONSE])
    if answer is None:
        intake.skip(submission_id, "its Response is neither JSON nor a plain dict")
        return
    if any(answer.get(key) for key in FILES):
        intake.skip(
            submission_id, "uploaded files, which the report does not hold; take them from the attachments download"
        )
    fields: dict[str, Any] = {"metadata": {"system": SYSTEM, "item_id": cells.get(ITEM, "").strip()}}
    if when := moment(cells.get(WHEN, "")):
        fields["submitted_at"] = when
    teacher = cells.get(STUDENT, "").strip() or submission_id
    intake.add(Handed(teacher, submission_id, (), _text(answer), fields))


def _answer(cell: str) -> dict[str, Any] | None:
    if len(cell) > MAX_RESPONSE:
        return None
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError):
        value = _literal(cell)
    return value if isinstance(value, dict) else None


def _literal(cell: str) -> Any:
    if not cell.lstrip().startswith("{") or cell.count("{") + cell.count("[") + cell.count("(") > MAX_NESTING * 50:
        return None
    try:
        return ast.literal_eval(cell.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None


def _text(answer: dict[str, Any]) -> str:
    parts = answer.get("parts")
    texts = [one.get("text") for one in parts if isinstance(one, dict)] if isinstance(parts, list) else []
    found = [str(one) for one in [*texts, answer.get("text")] if isinstance(one, str) and one.strip()]
    return "\n\n".join(html_to_text(one) if one.lstrip().startswith("<") else one.strip() for one in found)
