"""Groups of submissions from CSV, added to those that the submissions tell themselves."""

import csv
from collections.abc import Sequence
from pathlib import Path

from reviewkit.errors import SubmissionError
from reviewkit.records import Submission

KEYS = ("submission_id", "teacher_id")


def add_groups(submissions: Sequence[Submission], path: Path | str) -> list[Submission]:
    r"""Add groups from a CSV file to submissions.

    Parameters
    ----------
    submissions : sequence of Submission
    path : Path or str
        UTF-8, with a header: ``submission_id`` or ``teacher_id``, then a column a grouping. An empty cell says nothing;
        rows of others are left alone.

    Returns
    -------
    list of Submission
        In the same order; a column replaces what a submission itself says of that grouping.

    Raises
    ------
    SubmissionError
        If the file cannot be read, has no such header, a ragged row, or two rows for one id.

    Examples
    --------
    >>> import tempfile
    >>> one = Submission(submission_id="s1", teacher_id="t1", rubric_id="routines", reflection="I listen.")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "groups.csv"
    ...     _ = path.write_text("teacher_id,region\nt1,North\n", encoding="utf-8")
    ...     add_groups([one], path)[0].groups
    {'region': 'North'}
    """
    key, told = _read(Path(path))
    return [
        one.model_copy(
            update={"groups": one.groups | told.get(one.teacher_id if key == "teacher_id" else one.submission_id, {})}
        )
        for one in submissions
    ]


def _read(path: Path) -> tuple[str, dict[str, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file, strict=True) if any(cell.strip() for cell in row)]
    except (UnicodeDecodeError, csv.Error) as faulty:
        raise SubmissionError(f"{path}: is not CSV in UTF-8 ({faulty}); save it as that.") from None
    header = [cell.strip() for cell in rows[0]] if rows else []
    if not header or header[0] not in KEYS or len(set(header)) < max(len(header), 2):
        raise SubmissionError(
            f"{path}: begins with {', '.join(header) or 'nothing'}; the header must be submission_id or teacher_id, "
            "then a column a grouping, each name once."
        )
    told: dict[str, dict[str, str]] = {}
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(header):
            raise SubmissionError(f"{path}: row {number} has {len(row)} cells, the header {len(header)}; mend the row.")
        name, *cells = (cell.strip() for cell in row)
        if name in told:
            raise SubmissionError(f"{path}: row {number} tells of {header[0]} {name!r} again; keep one row for each.")
        told[name] = {grouping: cell for grouping, cell in zip(header[1:], cells, strict=True) if cell}
    return header[0], told
