"""The door of the rubric formats: find which one a file is in, read it, write it in another."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from reviewkit.errors import RubricError, SettingsError
from reviewkit.formats import (
    canvas_csv,
    canvas_json,
    case,
    google_classroom,
    moodle_xml,
    ora2_xml,
    own,
    spreadsheet,
)
from reviewkit.formats.loss import NO_LOSS, LossReport
from reviewkit.records import Rubric

Reader = Callable[..., tuple[Rubric, LossReport]]
Writer = Callable[..., tuple[bytes, LossReport]]


@dataclass(frozen=True)
class RubricFormat:
    """One format: its name, the suffix of its files, and how it is told, read and written."""

    name: str
    suffix: str
    matches: Callable[[bytes], bool]
    read: Reader
    write: Writer


def _format(module: Any, suffix: str) -> RubricFormat:
    return RubricFormat(module.NAME, suffix, module.matches, module.read, module.write)


_ALL = (
    _format(own, ".yaml"),
    _format(case, ".json"),
    _format(canvas_csv, ".csv"),
    _format(canvas_json, ".json"),
    _format(google_classroom, ".json"),
    _format(moodle_xml, ".xml"),
    _format(ora2_xml, ".xml"),
    _format(spreadsheet, ".csv"),
)
FORMATS: dict[str, RubricFormat] = {one.name: one for one in _ALL}


@dataclass(frozen=True)
class Conversion:
    r"""A rubric in another format, and what the way there lost.

    Attributes
    ----------
    content : bytes
        The file in the new format.
    source : str
        Name of the format it came in.
    rubric : Rubric
        The rubric on its way.
    read, written : LossReport
        What reading left out of the source, and what the target cannot hold.

    Examples
    --------
    >>> head = b"Rubric Name,Criteria Name,Rating Name,Rating Points,Rating Name,Rating Points\n"
    >>> done = convert_rubric(head + b"Talk,Asks,Yes,2,No,1\n", name="talk.csv", to="canvas-csv")
    >>> done.content.startswith(b"Rubric Name"), done.written.direction
    (True, 'write')
    """

    content: bytes
    source: str
    rubric: Rubric
    read: LossReport
    written: LossReport

    @property
    def lossless(self) -> bool:
        """Neither step loses anything."""
        return self.read.lossless and self.written.lossless


def detect(content: bytes, *, name: str) -> str:
    r"""Return the name of the format that the content is in.

    Parameters
    ----------
    content : bytes
        The file; only it is looked at, never its name.
    name : str
        What errors call it.

    Raises
    ------
    RubricError
        If it is in none of the formats.

    Examples
    --------
    >>> detect(b"Rubric Name,Criteria Name,Rating Name,Rating Points\n", name="r.csv")
    'canvas-csv'
    """
    for one in _ALL:
        if one.matches(content):
            return one.name
    raise RubricError(f"{name}: is in none of the formats {', '.join(FORMATS)}; name its format, or mend its head")


def read_as(content: bytes, *, name: str, format_name: str | None = None) -> tuple[Rubric, LossReport]:
    """Read a rubric in any of the formats.

    Parameters
    ----------
    content : bytes
        The file.
    name : str
        What errors call it; a rubric without a title is named after it.
    format_name : str, optional
        Name of the format; left out, it is found from the content.

    Returns
    -------
    tuple of Rubric and LossReport

    Raises
    ------
    RubricError
        If the file is not what its format says; file and key path or line are named.
    SettingsError
        If the format has no such name.
    """
    return _named(format_name or detect(content, name=name)).read(content, name=name)


def write_as(rubric: Rubric, *, format_name: str, name: str | None = None) -> tuple[bytes, LossReport]:
    """Write a rubric in one of the formats.

    Parameters
    ----------
    rubric : Rubric
        What to write.
    format_name : str
        Name of the format.
    name : str, optional
        Name of the file to be: ``.xlsx`` makes a spreadsheet a workbook, ``.json`` makes a reviewkit rubric JSON.
    """
    suffix = PurePath(name or "").suffix.lower()
    if format_name == spreadsheet.NAME and suffix == ".xlsx":
        return spreadsheet.write(rubric, workbook=True)
    if format_name == own.NAME and suffix == ".json":
        return own.write(rubric, as_json=True)
    return _named(format_name).write(rubric)


def convert_rubric(
    content: bytes, *, name: str, to: str, out_name: str | None = None, strict: bool = False
) -> Conversion:
    r"""Turn a rubric file of any format into another.

    Parameters
    ----------
    content : bytes
        The file.
    name : str
        What errors call it.
    to : str
        Name of the target format.
    out_name : str, optional
        Name of the file to be; see ``write_as``.
    strict : bool
        Refuse where anything is lost.

    Raises
    ------
    RubricError
        If the file cannot be read, or ``strict`` is set and the way is lossy; the losses are its faults.
    SettingsError
        If the target has no such name.

    Examples
    --------
    >>> head = b"Rubric Name,Criteria Name,Rating Name,Rating Points,Rating Name,Rating Points\n"
    >>> content = head + b"Talk,Asks,Yes,2,No,1\n"
    >>> done = convert_rubric(content, name="talk.csv", to="reviewkit", out_name="talk.json")
    >>> done.source, done.rubric.title
    ('canvas-csv', 'Talk')
    """
    _named(to)
    source = detect(content, name=name)
    rubric, read = read_as(content, name=name, format_name=source)
    written_content, written = write_as(rubric, format_name=to, name=out_name)
    done = Conversion(written_content, source, rubric, read, written)
    if strict and not done.lossless:
        losses = [*read.losses, *written.losses]
        faults = [f"{loss.field} {loss.kind}: {loss.reason}" for loss in losses if loss.kind not in NO_LOSS]
        raise RubricError(
            f"{name}: {to} cannot hold all of it; choose another format, or allow the loss", faults=faults
        )
    return done


def _named(format_name: str) -> RubricFormat:
    if format_name not in FORMATS:
        raise SettingsError(f"format is {format_name!r}, but it is one of {', '.join(FORMATS)}")
    return FORMATS[format_name]
