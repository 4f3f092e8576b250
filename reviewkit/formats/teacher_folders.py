"""A folder (or zip) with a folder a teacher: the folder's name is the teacher's id."""

from collections import defaultdict
from pathlib import Path

from reviewkit.formats.archive import Archive
from reviewkit.formats.intake import Extract, Handed, Intake, IntakeReport, IntakeSettings, read_files, safe_name
from reviewkit.records import Submission

SYSTEM = "folders"


def read(
    source: Path, *, out: Path, settings: IntakeSettings, extract: Extract | None = None
) -> tuple[tuple[Submission, ...], IntakeReport]:
    """Read a folder of folders; files that lie beside them are left out.

    Parameters
    ----------
    source : Path
        The folder, or a zip of it.
    out : Path
        Folder in which ``S.jsonl`` will stand; artifacts are written below it.
    settings : IntakeSettings
    extract : callable of Path to str, optional
        See ``Intake``.

    Returns
    -------
    tuple of tuple of Submission, and IntakeReport
        ``teacher_id`` and ``submission_id`` are the folder's name.

    Raises
    ------
    SubmissionError
        If the source is neither zip nor folder, or is beyond its bounds.
    """
    archive = Archive(source, settings=settings.archive)
    intake = Intake(out, settings=settings, extract=extract)
    files: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for member in archive.members:
        teacher, slash, name = member.path.partition("/")
        if member.fault or not slash:
            intake.skip(member.path, member.fault or "lies in no teacher's folder")
        else:
            files[teacher].append((name.replace("/", "-"), member.path))
    for teacher, found in sorted(files.items()):
        handed = Handed(
            teacher, safe_name(teacher), read_files(archive, found, intake), fields={"metadata": {"system": SYSTEM}}
        )
        intake.add(handed)
    return intake.report(SYSTEM)
