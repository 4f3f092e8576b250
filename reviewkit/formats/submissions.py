"""The door of what teachers hand in: find which system it comes from, read it."""

from pathlib import Path
from typing import Any, Literal, get_args

from reviewkit.errors import SettingsError, SubmissionError
from reviewkit.formats import canvas_submissions, moodle_submissions, ora2_report, reflections_csv, teacher_folders
from reviewkit.formats.archive import Archive
from reviewkit.formats.intake import Extract, IntakeReport, IntakeSettings
from reviewkit.formats.sheet import read_rows
from reviewkit.records import Submission

System = Literal["canvas", "moodle", "folders", "ora2", "reflections-csv"]


def detect_system(source: Path, *, settings: IntakeSettings) -> System:
    """Return where an export comes from, by the names in it or by its header.

    Raises
    ------
    SubmissionError
        If it is a CSV of neither form.
    """
    if source.is_file() and source.suffix.lower() == ".csv":
        rows, _ = read_rows(source.read_bytes(), name=str(source), error=SubmissionError)
        header = rows[0] if rows else []
        if ora2_report.matches(header):
            return "ora2"
        if reflections_csv.matches(header):
            return "reflections-csv"
        raise SubmissionError(f"{source}: is neither an ORA data report nor has columns teacher_id and reflection")
    paths = [member.path for member in Archive(source, settings=settings.archive).members]
    if moodle_submissions.matches(paths):
        return "moodle"
    return "canvas" if canvas_submissions.matches([path.rsplit("/", 1)[-1] for path in paths]) else "folders"


def read_export(
    source: Path,
    *,
    out: Path,
    settings: IntakeSettings,
    system: System | None = None,
    extract: Extract | None = None,
) -> tuple[tuple[Submission, ...], IntakeReport]:
    r"""Read what teachers handed in, from any of the systems.

    Parameters
    ----------
    source : Path
        A zip, a folder or a CSV.
    out : Path
        Folder in which ``S.jsonl`` will stand; artifacts are written below it, nothing outside.
    settings : IntakeSettings
        Which rubric it is for, and how files are told apart.
    system : str, optional
        Where it comes from; left out, it is found.
    extract : callable of Path to str, optional
        Takes the text out of a reflection that is a document; see ``Intake``.

    Returns
    -------
    tuple of tuple of Submission, and IntakeReport
        The submissions, ready for ``S.jsonl``, and what was left out and why.

    Raises
    ------
    SubmissionError
        If the source cannot be read at all.
    SettingsError
        If the system has no such name.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     source = Path(folder, "handed-in.csv")
    ...     _ = source.write_text("teacher_id,reflection\nt1,I ask at the door.\n", encoding="utf-8")
    ...     found, report = read_export(source, out=Path(folder), settings=IntakeSettings(rubric_id="routines"))
    >>> found[0].teacher_id, report.system
    ('t1', 'reflections-csv')
    """
    system = system or detect_system(source, settings=settings)
    if system not in get_args(System):
        raise SettingsError(f"system is {system!r}, but it is one of {', '.join(get_args(System))}")
    if system == "reflections-csv":
        return reflections_csv.read(source, settings=settings)
    readers: dict[str, Any] = {
        "canvas": canvas_submissions,
        "moodle": moodle_submissions,
        "folders": teacher_folders,
        "ora2": ora2_report,
    }
    found: tuple[tuple[Submission, ...], IntakeReport]
    found = readers[system].read(source, out=out, settings=settings, extract=extract)
    return found
