"""What reading a file may cost, what it yields, and how it fails."""

from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from reviewkit.errors import ExtractionError


class ExtractionSettings(BaseModel):
    """Bounds on reading one file.

    Attributes
    ----------
    max_bytes : int
        Bytes of the file itself.
    max_chars : int
        Characters of text that come out.
    max_unpacked_bytes : int
        Bytes of all members of a packed file (.docx, .pptx, .xlsx, .odt) once unpacked.
    max_ratio : float
        How many times larger a packed member may become; honest office files stay below 100.
    max_members : int
        Members of a packed file.
    max_pages : int
        Pages of a PDF, slides of a presentation, sheets of a workbook.
    timeout_s : float
        Seconds of wall-clock time, after which the reading is ended from outside.
    max_memory_mib : int
        Address space of the reading process, in MiB.
    files_per_worker : int
        Files after which a reading process is replaced by a fresh one.
    supervised : bool
        Read in a process of its own, so that time and memory are bounded from outside. Turn off only for files that
        you made yourself.

    Examples
    --------
    >>> ExtractionSettings().max_pages
    1000
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_bytes: int = Field(default=50_000_000, ge=1)
    max_chars: int = Field(default=2_000_000, ge=1)
    max_unpacked_bytes: int = Field(default=200_000_000, ge=1)
    max_ratio: float = Field(default=200.0, gt=1)
    max_members: int = Field(default=5_000, ge=1)
    max_pages: int = Field(default=1_000, ge=1)
    timeout_s: float = Field(default=20.0, gt=0)
    max_memory_mib: int = Field(default=1_024, ge=256)
    files_per_worker: int = Field(default=200, ge=1)
    supervised: bool = True


class HiddenText(NamedTuple):
    """Text that stands in a file and that a reader of the page does not see; it is left out of the extracted text.

    Attributes
    ----------
    how : str
        ``"hidden"``, ``"white"``, ``"tiny"``, ``"off-page"`` or ``"comment"``.
    where : str
        For a person: ``"page 3"``, ``"paragraph 12"``.
    text : str
        What was hidden, at most 200 characters of it.
    n_chars : int
        How many characters in all.
    """

    how: str
    where: str
    text: str
    n_chars: int


class Extraction(NamedTuple):
    """What a file yields: the text as a person would read it, and what was hidden from that person.

    Attributes
    ----------
    text : str
        In reading order; a line a paragraph, heading, list item or table row.
    kind : str
        ``"text"``, ``"markdown"``, ``"html"``, ``"docx"``, ``"pdf"``, ... by content.
    hidden : tuple of HiddenText
        Empty for an honest file.
    """

    text: str
    kind: str
    hidden: tuple[HiddenText, ...] = ()


def fault(path: Path, found: str, *, holds: str, code: str) -> ExtractionError:
    """Return the error of a file that yields no text: which file, what was found, what holds and what to do.

    Examples
    --------
    >>> print(fault(Path("plan.docx"), "the file is empty", holds="hand in a file that holds text", code="empty"))
    plan.docx: the file is empty; hand in a file that holds text.
    """
    return ExtractionError(f"{path.name}: {found}; {holds}.", code=code)


def hidden_text(how: str, where: str, text: str) -> HiddenText:
    """Return a record of hidden text, its quotation cut to 200 characters."""
    return HiddenText(how=how, where=where, text=" ".join(text.split())[:200], n_chars=len(text))
