"""JSON Lines: an object a line; a faulty line never stops the others."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

from pydantic import ValidationError

from reviewkit.errors import FileFormatError, SubmissionError
from reviewkit.files.documents import strict_json
from reviewkit.files.faults import validation_faults
from reviewkit.records import Failure, Record, Submission

AnyRecord = TypeVar("AnyRecord", bound=Record)
LONGEST_LINE = 64 * 2**20


class NumberedSubmission(NamedTuple):
    """A submission and the line it stands on, from 1."""

    line: int
    submission: Submission


def iter_submissions(path: Path | str) -> Iterator[NumberedSubmission | Failure]:
    """Read submissions one by one, in file order; a faulty line comes as a Failure.

    Parameters
    ----------
    path : Path or str
        A JSON Lines file, UTF-8, a submission a line. Blank lines are skipped.

    Yields
    ------
    NumberedSubmission or Failure

    Raises
    ------
    SubmissionError
        If the file itself cannot be opened.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> good = '{"submission_id": "s1", "teacher_id": "t1", "rubric_id": "routines", "reflection": "I listen."}'
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "submissions.jsonl"
    ...     _ = path.write_text(good + chr(10) + "{not json}", encoding="utf-8")
    ...     rows = list(iter_submissions(path))
    >>> rows[0].submission.submission_id
    's1'
    >>> rows[1].line, rows[1].code
    (2, 'json')
    """
    seen: dict[str, int] = {}
    for number, raw in numbered_lines(path):
        row = submission_of_line(raw, number, name=str(path))
        if isinstance(row, NumberedSubmission):
            first = seen.setdefault(row.submission.submission_id, number)
            yield row if first == number else duplicate_id(row, first, name=str(path))
        else:
            yield row


def submission_of_line(raw: bytes, number: int, *, name: str) -> NumberedSubmission | Failure:
    """Read one line of a submissions file; a faulty one becomes a Failure that names file and line."""
    where, data = f"{name}:{number}", None
    try:
        data = strict_json(_decoded(raw))
        return NumberedSubmission(number, Submission.model_validate(data))
    except ValidationError as faulty:
        return _failure(number, data, "form", f"{where}: " + "; ".join(validation_faults(faulty)))
    except ValueError as faulty:
        return _failure(number, data, "json", f"{where}: {faulty}.")


def duplicate_id(row: NumberedSubmission, first: int, *, name: str) -> Failure:
    """Set aside a submission whose id stands on an earlier line already."""
    given = row.submission.submission_id
    message = f"{name}:{row.line}: submission_id {given!r} stands on line {first} already; give each its own."
    return Failure(line=row.line, submission_id=given, code="duplicate-id", message=message)


def read_submissions(path: Path | str) -> list[Submission]:
    """Read a whole file of submissions.

    Parameters
    ----------
    path : Path or str
        As for :func:`iter_submissions`.

    Returns
    -------
    list of Submission
        In file order.

    Raises
    ------
    SubmissionError
        If any line is faulty; every fault is listed with its line.

    Examples
    --------
    >>> from reviewkit import shipped_folder
    >>> submissions = read_submissions(shipped_folder("rubrics") / "classroom-management" / "demo.jsonl")
    >>> len(submissions), submissions[0].submission_id
    (6, 'cm-demo-1')
    """
    rows = list(iter_submissions(path))
    faults = [row.message for row in rows if isinstance(row, Failure)]
    if faults:
        raise SubmissionError(f"{path}: {len(faults)} of {len(rows)} submissions are faulty", faults=faults)
    return [row.submission for row in rows if isinstance(row, NumberedSubmission)]


def read_json_lines(path: Path | str, record: type[AnyRecord]) -> Iterator[AnyRecord]:
    """Read any record from JSON Lines, one by one.

    Parameters
    ----------
    path : Path or str
    record : type
        The record that each line holds, such as :class:`reviewkit.ReviewRecord`.

    Yields
    ------
    record
        In file order.

    Raises
    ------
    FileFormatError
        At the first line that breaks the record's form.

    Examples
    --------
    >>> from reviewkit import Reason, write_json_lines
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = write_json_lines(f"{folder}/reasons.jsonl", [Reason(code="cold"), Reason(code="audit", bound=0.1)])
    ...     [reason.code for reason in read_json_lines(f"{folder}/reasons.jsonl", Reason)]
    ['cold', 'audit']
    """
    for number, raw in numbered_lines(path):
        try:
            yield record.model_validate(strict_json(_decoded(raw)))
        except ValidationError as faulty:
            raise FileFormatError(f"{path}:{number}: " + "; ".join(validation_faults(faulty))) from None
        except ValueError as faulty:
            raise FileFormatError(f"{path}:{number}: {faulty}.") from None


def numbered_lines(path: Path | str) -> Iterator[tuple[int, bytes]]:
    """Read the lines of a file that are not blank, with their numbers from 1; a longer one than allowed comes cut."""
    path = Path(path)
    try:
        file = path.open("rb")
    except OSError as faulty:
        raise SubmissionError(f"{path}: cannot be read ({faulty.strerror}); check the path.") from None
    with file:
        number = 0
        while raw := file.readline(LONGEST_LINE + 1):
            number += 1
            if len(raw) > LONGEST_LINE:
                _skip_line(file, raw)
            if raw.strip(b" \t\r\n\xef\xbb\xbf"):
                yield number, raw


def _skip_line(file: BinaryIO, raw: bytes) -> None:
    while raw and not raw.endswith(b"\n"):
        raw = file.readline(2**20)


def _decoded(raw: bytes) -> str:
    if len(raw) > LONGEST_LINE:
        raise ValueError(f"has more than {LONGEST_LINE} bytes; keep large artifacts in files and give their path")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as faulty:
        raise ValueError(f"byte {faulty.start} is not UTF-8; save the file as UTF-8") from None


def _failure(line: int, data: object, code: str, message: str) -> Failure:
    given = data.get("submission_id") if isinstance(data, dict) else None
    return Failure(line=line, submission_id=given if isinstance(given, str) else None, code=code, message=message)
