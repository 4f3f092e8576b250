"""From a teacher's files to a submission: which file is the reflection, of which kind the others are, where they go."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from reviewkit.errors import ExtractionError, SubmissionError
from reviewkit.files.faults import validation_faults
from reviewkit.formats.archive import Archive, ArchiveSettings
from reviewkit.formats.plain import decode, html_to_text
from reviewkit.records import Artifact, Record, Submission

Extract = Callable[[Path], str]
TEXT = frozenset({".txt", ".md", ".markdown", ".text"})
HTML = frozenset({".html", ".htm"})
MAX_FILE_NAME = 80


class IntakeSettings(BaseModel):
    """How an export becomes submissions.

    Attributes
    ----------
    rubric_id : str
        The rubric they are handed in for.
    kinds : tuple of str
        Kinds of artifact, looked for in the files' names (``lesson-plan`` in ``My lesson plan.docx``).
    other_kind : str
        Kind of the files that name none.
    reflection_words : tuple of str
        A file whose name holds one of them is the reflection.
    archive : ArchiveSettings
        How much is taken in.

    Examples
    --------
    >>> IntakeSettings(rubric_id="routines").kinds
    ('lesson-plan', 'student-work', 'observation-note')
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rubric_id: str
    kinds: tuple[str, ...] = ("lesson-plan", "student-work", "observation-note")
    other_kind: str = "artifact"
    reflection_words: tuple[str, ...] = ("reflection", "reflective", "reflexion", "réflexion", "reflexión")
    archive: ArchiveSettings = ArchiveSettings()


class Skipped(Record):
    """Something of an export that is in no submission, and why."""

    source: str
    reason: str


class IntakeReport(Record):
    """What came in and what was left out."""

    system: str
    n_submissions: int
    skipped: tuple[Skipped, ...] = ()

    def text(self) -> str:
        """Write the report for people."""
        left = f"{len(self.skipped)} left out"
        head = f"{self.system}: {self.n_submissions} submission{'s' if self.n_submissions != 1 else ''}, {left}"
        return "\n".join([head, *(f"  {one.source}: {one.reason}" for one in self.skipped)])


@dataclass(frozen=True)
class Handed:
    """What one teacher handed in: files by name, the text typed in if any, and what is known besides."""

    teacher_id: str
    submission_id: str
    files: Sequence[tuple[str, bytes]] = ()
    reflection: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)


class Intake:
    """Takes in what teachers handed in, one after another, and writes their files below ``out``.

    Parameters
    ----------
    out : Path
        Folder in which ``S.jsonl`` will stand; the files go to ``artifacts/`` in it.
    settings : IntakeSettings, keyword-only
    extract : callable of Path to str, optional, keyword-only
        Takes the text out of a reflection that is no plain text (``reviewkit.text.extract.extract_text``); without it
        such a file stays an artifact and the report says so.
    """

    def __init__(self, out: Path, *, settings: IntakeSettings, extract: Extract | None = None) -> None:
        self.out = out
        self.settings = settings
        self._extract = extract
        self.submissions: list[Submission] = []
        self.skipped: list[Skipped] = []
        self._ids: set[str] = set()
        self._folders: set[str] = set()

    def skip(self, source: str, reason: str) -> None:
        """Note something that is left out."""
        self.skipped.append(Skipped(source=source, reason=reason))

    def add(self, handed: Handed) -> None:
        """Make a submission; what cannot be one is skipped with its reason."""
        if handed.submission_id in self._ids:
            self.skip(handed.submission_id, "this submission_id stands already; the first is kept")
            return
        if not handed.files and not (handed.reflection or "").strip():
            self.skip(handed.submission_id, "holds neither text nor a file that can be read")
            return
        try:
            self.submissions.append(self._submission(handed))
        except ValidationError as fault:
            self.skip(handed.submission_id, "; ".join(validation_faults(fault)))
            return
        self._ids.add(handed.submission_id)

    def report(self, system: str) -> tuple[tuple[Submission, ...], IntakeReport]:
        """Return the submissions, and what was left out."""
        found = tuple(self.submissions)
        return found, IntakeReport(system=system, n_submissions=len(found), skipped=tuple(self.skipped))

    def _submission(self, handed: Handed) -> Submission:
        folder = self._folder(handed.submission_id)
        names = _distinct_files([safe_name(name) for name, _ in handed.files])
        at = None if (handed.reflection or "").strip() else self._reflection_at(names)
        reflection = (handed.reflection or "").strip()
        artifacts = []
        for number, (name, (_, content)) in enumerate(zip(names, handed.files, strict=True)):
            text = self._reflection_text(folder, name, content) if number == at else None
            if text is not None:
                reflection = text
            else:
                artifacts.append(self._artifact(folder, name, content))
        return Submission(
            submission_id=handed.submission_id,
            teacher_id=handed.teacher_id,
            reflection=reflection,
            rubric_id=self.settings.rubric_id,
            artifacts=tuple(artifacts),
            **handed.fields,
        )

    def _folder(self, submission_id: str) -> PurePosixPath:
        name, number = safe_name(submission_id), 2
        while name.casefold() in self._folders:
            name, number = f"{safe_name(submission_id)}-{number}", number + 1
        self._folders.add(name.casefold())
        return PurePosixPath("artifacts", name)

    def _reflection_at(self, names: Sequence[str]) -> int | None:
        words = [plain(word) for word in self.settings.reflection_words]
        named = [at for at, name in enumerate(names) if any(word in plain(name) for word in words)]
        readable = [at for at, name in enumerate(names) if PurePosixPath(name).suffix.lower() in TEXT | HTML]
        if named:
            return named[0]
        return readable[0] if len(readable) == 1 else 0 if len(names) == 1 else None

    def _reflection_text(self, folder: PurePosixPath, name: str, content: bytes) -> str | None:
        suffix = PurePosixPath(name).suffix.lower()
        source = str(folder / name)
        try:
            if suffix in TEXT | HTML:
                text = decode(content, name=source, error=SubmissionError)[0]
                return html_to_text(text) if suffix in HTML else text
            if self._extract is None:
                self.skip(
                    source, "is the reflection, but no plain text; pass extract to read it, here it is an artifact"
                )
                return None
            return self._extract(self._write(folder / name, content))
        except (SubmissionError, ExtractionError) as fault:
            self.skip(source, f"is the reflection and cannot be read, so it is an artifact: {fault}")
            return None

    def _artifact(self, folder: PurePosixPath, name: str, content: bytes) -> Artifact:
        self._write(folder / name, content)
        words = plain(PurePosixPath(name).stem)
        kind = next((one for one in self.settings.kinds if plain(one) in words), self.settings.other_kind)
        return Artifact(artifact_id=name, kind=kind, path=str(folder / name))

    def _write(self, inner: PurePosixPath, content: bytes) -> Path:
        path = self.out.joinpath(*inner.parts)
        if not path.resolve().is_relative_to(self.out.resolve()):
            raise SubmissionError(f"{inner}: leads out of {self.out}; it is not written")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path


def read_files(archive: Archive, files: Sequence[tuple[str, str]], intake: Intake) -> list[tuple[str, bytes]]:
    """Return name and bytes of each file, given name and path in the archive; what cannot be read is skipped."""
    out = []
    for name, path in files:
        try:
            out.append((name, archive.read(path)))
        except SubmissionError as fault:
            intake.skip(path, str(fault))
    return out


def safe_name(name: str) -> str:
    """Return a file name that is safe on every system: one part, no dots before, at most 80 characters.

    Examples
    --------
    >>> safe_name("../../etc/passwd"), safe_name("Plan – 3.docx"), safe_name("CON"), safe_name("..")
    ('etc-passwd', 'Plan-3.docx', 'file-CON', 'file')
    """
    kept = re.sub(r"[^\w.]+", "-", unicodedata.normalize("NFC", name)).strip("-.")
    stem, dot, suffix = kept.rpartition(".")
    if not dot or len(suffix) > 10:
        stem, suffix = kept, ""
    stem = re.sub(r"-+\.|\.-+|\.{2,}", "-", stem).strip("-.")[:MAX_FILE_NAME]
    if re.fullmatch(r"(?i)con|prn|aux|nul|(com|lpt)\d|", stem) or kept.casefold() == "reflection":
        stem = f"file-{stem}".rstrip("-")
    return f"{stem}.{suffix}" if suffix else stem


def _distinct_files(names: Sequence[str]) -> list[str]:
    taken: set[str] = set()
    out = []
    for name in names:
        new, number = name, 2
        while new.casefold() in taken:
            path = PurePosixPath(name)
            new, number = f"{path.stem}-{number}{path.suffix}", number + 1
        taken.add(new.casefold())
        out.append(new)
    return out


def plain(text: str) -> str:
    """Return lower-case words without accents, joined by hyphens: for looking a word up in a name."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")


def moment(text: str) -> datetime | None:
    """Return the time that a cell holds (ISO 8601, a ``UTC`` at its end allowed), or None."""
    cleaned = re.sub(r"\s*UTC$", "+00:00", text.strip())
    try:
        return datetime.fromisoformat(cleaned)
    except ValueError:
        return None
