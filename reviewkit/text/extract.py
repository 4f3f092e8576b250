"""The door to the text of a file."""

from pathlib import Path

from reviewkit.text.bounds import Extraction, ExtractionSettings
from reviewkit.text.reading import read_file
from reviewkit.text.worker import shared_worker

_SETTINGS = ExtractionSettings()


def extract(path: Path, *, settings: ExtractionSettings = _SETTINGS) -> Extraction:
    """Return the text of a file, its kind by content, and what was hidden in it from a reader.

    Raises
    ------
    ExtractionError
        As for `extract_text`.
    """
    if settings.supervised:
        return shared_worker(settings).read(Path(path))
    return read_file(Path(path), settings=settings)


def extract_text(path: Path, *, settings: ExtractionSettings = _SETTINGS) -> str:
    r"""Return the text of a file as a person would read it: in order, with headings, lists and tables.

    Parameters
    ----------
    path : Path
        A .txt, .md, .rtf, .html, .docx, .odt, .pptx, .xlsx, .csv or .pdf file. Its content decides the kind.
    settings : ExtractionSettings, keyword-only
        Bounds on size, time and memory.

    Returns
    -------
    str
        A line a paragraph, heading, list item (``- `` or its number) or table row (cells parted by `` | ``). Text that
        a reader does not see is left out; `extract` tells of it.

    Raises
    ------
    ExtractionError
        Naming the file, what was found, what holds and what to do. ``code`` is one of ``"missing"``, ``"empty"``,
        ``"too-large"``, ``"encrypted"``, ``"damaged"``, ``"picture"``, ``"binary"``, ``"not-utf-8"``, ``"no-text"``,
        ``"entities"``, ``"nested"``, ``"too-slow"``, ``"unknown-kind"`` or ``"unreadable"``.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "plan.md")
    ...     _ = path.write_text("# Plan\n\n* ask\n* wait\n", encoding="utf-8")
    ...     print(extract_text(path))
    Plan
    <BLANKLINE>
    - ask
    - wait
    """
    return extract(path, settings=settings).text
