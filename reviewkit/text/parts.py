"""The parts of a submission: its reflection first, then its artifacts, each as one text."""

from pathlib import Path
from typing import NamedTuple

from reviewkit.errors import ExtractionError, SubmissionError
from reviewkit.records.finding import Finding
from reviewkit.records.rubric import REFLECTION
from reviewkit.records.segment import Part
from reviewkit.records.submission import Artifact, Submission
from reviewkit.text.bounds import Extraction, ExtractionSettings, HiddenText
from reviewkit.text.extract import extract

_SETTINGS = ExtractionSettings()


class ReadParts(NamedTuple):
    """The parts of a submission, and what was found while its files were read.

    Attributes
    ----------
    parts : tuple of Part
        The reflection, then each artifact that could be read, in the submission's order.
    findings : tuple of Finding
        ``"unreadable-file"`` for each artifact that could not, ``"hidden-text"`` for each with text that no reader
        sees.
    """

    parts: tuple[Part, ...]
    findings: tuple[Finding, ...]


def submission_parts(
    submission: Submission, *, folder: Path | None = None, settings: ExtractionSettings = _SETTINGS
) -> tuple[Part, ...]:
    """Return the parts of a submission: the reflection as the platform sent it, then its artifacts in order.

    Parameters
    ----------
    submission : Submission
        Artifacts hold a text, or the path of a file.
    folder : Path or None, keyword-only
        Where paths start; no artifact leaves it. May be left out where no artifact has a path.

    Returns
    -------
    tuple of Part
        Spans count the code points of ``Part.text``.

    Raises
    ------
    SubmissionError
        If a path leaves the folder, or no folder was given.
    ExtractionError
        If a file yields no text. `read_parts` makes a finding of it and goes on.

    Examples
    --------
    >>> one = Submission(submission_id="s1", teacher_id="t1", rubric_id="r", reflection="I asked.",
    ...                  artifacts=[{"artifact_id": "plan", "kind": "lesson-plan", "text": "Ask."}])
    >>> [(part.part, part.text) for part in submission_parts(one)]
    [('reflection', 'I asked.'), ('plan', 'Ask.')]
    """
    artifacts = (_artifact(one, submission, folder=folder, settings=settings) for one in submission.artifacts)
    return (_reflection(submission), *(part for part, _ in artifacts))


def read_parts(
    submission: Submission, *, folder: Path | None = None, settings: ExtractionSettings = _SETTINGS
) -> ReadParts:
    """Return the parts that can be read, and a finding for each file that cannot or that hides text.

    Raises
    ------
    SubmissionError
        If a path leaves the folder, or no folder was given.

    Examples
    --------
    >>> one = Submission(submission_id="s1", teacher_id="t1", rubric_id="r", reflection="I asked.",
    ...                  artifacts=[{"artifact_id": "plan", "kind": "lesson-plan", "path": "none.pdf"}])
    >>> read = read_parts(one, folder=Path("."))
    >>> len(read.parts), read.findings[0].code, read.findings[0].leads_to
    (1, 'unreadable-file', 'review')
    """
    parts, findings = [_reflection(submission)], []
    for artifact in submission.artifacts:
        try:
            part, extraction = _artifact(artifact, submission, folder=folder, settings=settings)
        except ExtractionError as error:
            findings.append(_unreadable(artifact, error))
            continue
        parts.append(part)
        if extraction is not None and extraction.hidden:
            findings.append(_hidden(artifact, extraction.hidden))
    return ReadParts(tuple(parts), tuple(findings))


def _reflection(submission: Submission) -> Part:
    return Part(part=REFLECTION, kind=REFLECTION, text=submission.reflection)


def _artifact(
    artifact: Artifact, submission: Submission, *, folder: Path | None, settings: ExtractionSettings
) -> tuple[Part, Extraction | None]:
    if artifact.text is not None:
        return Part(part=artifact.artifact_id, kind=artifact.kind, text=artifact.text), None
    path = artifact_path(artifact, submission_id=submission.submission_id, folder=folder)
    read = extract(path, settings=settings)
    return Part(part=artifact.artifact_id, kind=artifact.kind, text=read.text), read


def artifact_path(artifact: Artifact, *, submission_id: str, folder: Path | None) -> Path:
    """Return the file of an artifact, which lies in the folder or below it, links followed.

    Raises
    ------
    SubmissionError
        If the path is absolute, leaves the folder, or no folder was given.
    """
    where = f"submission {submission_id!r}: artifact {artifact.artifact_id!r}"
    given = artifact.path or ""
    if folder is None:
        raise SubmissionError(
            f"{where} has path {given!r}, but no folder was given; pass folder=, or hand in its text as 'text'."
        )
    if "\x00" in given:
        raise SubmissionError(f"{where} has a path with a NUL character; name a file below the submissions' folder.")
    root = Path(folder).resolve()
    try:
        path = (root / given).resolve()
    except (RuntimeError, OSError):
        raise SubmissionError(f"{where} has path {given!r}, whose links lead nowhere; name a file.") from None
    if Path(given).is_absolute() or "\\" in given or not path.is_relative_to(root) or path == root:
        raise SubmissionError(
            f"{where} has path {given!r}, which leaves the submissions' folder; "
            "a path is relative to that folder and stays below it."
        )
    return path


def _unreadable(artifact: Artifact, error: ExtractionError) -> Finding:
    message = f"artifact {artifact.artifact_id!r} ({artifact.kind}) could not be read ({error.code}): {error}"
    return Finding(code="unreadable-file", leads_to="review", message=message, part=artifact.artifact_id)


def _hidden(artifact: Artifact, hidden: tuple[HiddenText, ...]) -> Finding:
    first, n_chars = hidden[0], sum(one.n_chars for one in hidden)
    message = (
        f"artifact {artifact.artifact_id!r} holds {n_chars} characters that its reader does not see "
        f"({first.how}, {first.where}): {first.text!r}; they were left out of the text."
    )
    return Finding(
        code="hidden-text", leads_to="review", message=message, part=artifact.artifact_id, value=n_chars, bound=0
    )
