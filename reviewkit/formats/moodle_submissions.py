"""Moodle's download of an assignment's submissions: a zip of folders, or of files, named after the participant.

``Full name_4711_assignsubmission_file_/plan.docx`` in folders, ``Full name_4711_assignsubmission_file_plan.docx``
without; what was typed in stands in ``onlinetext.html``. Names of participants are left behind.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from reviewkit.errors import SubmissionError
from reviewkit.formats.archive import Archive
from reviewkit.formats.intake import Extract, Handed, Intake, IntakeReport, IntakeSettings, read_files
from reviewkit.formats.plain import decode, html_to_text
from reviewkit.records import Submission

SYSTEM = "moodle"
NAMED = re.compile(r"(?:.*/)?[^/]+_(?P<id>\d+)_assignsubmission_(?P<plugin>[a-z]+)_?/?(?P<name>.*)", re.DOTALL)


def matches(paths: Sequence[str]) -> bool:
    """Say whether most of the paths are those that Moodle gives."""
    return bool(paths) and sum(NAMED.fullmatch(path) is not None for path in paths) > len(paths) / 2


def read(
    source: Path, *, out: Path, settings: IntakeSettings, extract: Extract | None = None
) -> tuple[tuple[Submission, ...], IntakeReport]:
    """Read Moodle's submissions download.

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
        ``teacher_id`` is Moodle's number of the participant, ``submission_id`` is ``moodle-`` and that number.

    Raises
    ------
    SubmissionError
        If the source is neither zip nor folder, or is beyond its bounds.
    """
    archive = Archive(source, settings=settings.archive)
    intake = Intake(out, settings=settings, extract=extract)
    files: dict[str, list[tuple[str, str]]] = defaultdict(list)
    typed: dict[str, str] = {}
    for member in archive.members:
        told = NAMED.fullmatch(member.path)
        if member.fault or told is None:
            intake.skip(member.path, member.fault or "is not named as Moodle names submissions")
        elif told["plugin"] == "onlinetext" and told["name"].endswith("onlinetext.html"):
            typed[told["id"]] = member.path
        else:
            files[told["id"]].append((told["name"].replace("/", "-") or "file", member.path))
    for one in sorted({*files, *typed}, key=int):
        text = _typed(archive, typed.get(one), intake)
        found = read_files(archive, files[one], intake)
        intake.add(Handed(one, f"{SYSTEM}-{one}", found, text, {"metadata": {"system": SYSTEM}}))
    return intake.report(SYSTEM)


def _typed(archive: Archive, path: str | None, intake: Intake) -> str | None:
    if path is None:
        return None
    try:
        return html_to_text(decode(archive.read(path), name=path, error=SubmissionError)[0])
    except SubmissionError as fault:
        intake.skip(path, str(fault))
        return None
