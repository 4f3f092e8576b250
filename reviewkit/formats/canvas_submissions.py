"""Canvas's download of an assignment's submissions: a zip or folder of files named after student and number.

``surnamename_LATE_4711_90210_lesson plan.docx``: a name, perhaps ``LATE``, the user's number, the file's number (or
``text`` for what was typed in), the file's own name. A gradebook export (CSV with ``ID`` and ``Section``) that lies
beside them gives the sections. Names of students are left behind.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from reviewkit.errors import SubmissionError
from reviewkit.formats.archive import Archive, Member
from reviewkit.formats.intake import Extract, Handed, Intake, IntakeReport, IntakeSettings, read_files
from reviewkit.formats.plain import decode, html_to_text
from reviewkit.formats.sheet import read_rows
from reviewkit.records import Submission

SYSTEM = "canvas"
NAMED = re.compile(
    r"(?:anon_(?P<anon>[0-9A-Za-z]+)|.+?)_(?P<late>LATE_)?(?:(?P<user>\d+)_)?"
    r"(?:(?P<typed>text|link)\.html?|\d+_(?P<name>.+))"
)


def matches(names: Sequence[str]) -> bool:
    """Say whether most of the file names are those that Canvas gives."""
    told = [name for name in names if not name.lower().endswith(".csv")]
    return bool(told) and sum(_told(name) is not None for name in told) > len(told) / 2


def read(
    source: Path, *, out: Path, settings: IntakeSettings, extract: Extract | None = None
) -> tuple[tuple[Submission, ...], IntakeReport]:
    """Read Canvas's submissions download.

    Parameters
    ----------
    source : Path
        The zip, or the folder it was unpacked to.
    out : Path
        Folder in which ``S.jsonl`` will stand; artifacts are written below it.
    settings : IntakeSettings
    extract : callable of Path to str, optional
        See ``Intake``.

    Returns
    -------
    tuple of tuple of Submission, and IntakeReport
        ``teacher_id`` is Canvas's number of the user, ``submission_id`` is ``canvas-`` and that number.

    Raises
    ------
    SubmissionError
        If the source is neither zip nor folder, or is beyond its bounds.
    """
    archive = Archive(source, settings=settings.archive)
    download = _Download(archive, Intake(out, settings=settings, extract=extract))
    for member in archive.members:
        download.sort(member)
    return download.submissions()


class _Download:
    """The files of a download, sorted by the user they belong to."""

    def __init__(self, archive: Archive, intake: Intake) -> None:
        self.archive = archive
        self.intake = intake
        self.files: dict[str, list[str]] = defaultdict(list)
        self.typed: dict[str, str] = {}
        self.late: set[str] = set()
        self.sections: dict[str, str] = {}

    def sort(self, member: Member) -> None:
        name = member.path.rsplit("/", 1)[-1]
        told = _told(name)
        if member.fault:
            self.intake.skip(member.path, member.fault)
        elif told is not None:
            self._keep(member.path, _user(told), told)
        elif name.lower().endswith(".csv"):
            self._read_sections(member.path)
        else:
            self.intake.skip(member.path, "is not named as Canvas names submissions")

    def _keep(self, path: str, user: str, told: re.Match[str]) -> None:
        self.late |= {user} if told["late"] else set()
        if told["typed"] == "link":
            self.intake.skip(path, "is a link to a page, which is not fetched")
        elif told["typed"] == "text":
            self._read_typed(path, user)
        else:
            self.files[user].append(path)

    def _read_typed(self, path: str, user: str) -> None:
        try:
            self.typed[user] = html_to_text(decode(self.archive.read(path), name=path, error=SubmissionError)[0])
        except SubmissionError as fault:
            self.intake.skip(path, str(fault))

    def _read_sections(self, path: str) -> None:
        try:
            rows, _ = read_rows(self.archive.read(path), name=path, error=SubmissionError)
        except SubmissionError as fault:
            self.intake.skip(path, str(fault))
            return
        head = [cell.strip().lower() for cell in rows[0]] if rows else []
        if "id" not in head or "section" not in head:
            self.intake.skip(path, "is no gradebook export: it has no columns ID and Section")
            return
        at, section = head.index("id"), head.index("section")
        wide = [row for row in rows[1:] if len(row) > max(at, section)]
        self.sections |= {row[at].strip(): row[section].strip() for row in wide if row[at].strip()}

    def submissions(self) -> tuple[tuple[Submission, ...], IntakeReport]:
        for user in sorted({*self.files, *self.typed}, key=lambda one: (len(one), one)):
            section = self.sections.get(user)
            fields = {
                "groups": {"section": section} if section else {},
                "metadata": {"system": SYSTEM, "late": user in self.late},
            }
            files = [(_own_name(path), path) for path in self.files[user]]
            handed = Handed(
                user, f"{SYSTEM}-{user}", read_files(self.archive, files, self.intake), self.typed.get(user), fields
            )
            self.intake.add(handed)
        return self.intake.report(SYSTEM)


def _told(name: str) -> re.Match[str] | None:
    found = NAMED.fullmatch(name)
    return found if found and (found["user"] or found["anon"]) else None


def _user(told: re.Match[str]) -> str:
    return f"anon-{told['anon']}" if told["anon"] else str(told["user"])


def _own_name(path: str) -> str:
    told = _told(path.rsplit("/", 1)[-1])
    return str(told["name"]) if told else "file"
