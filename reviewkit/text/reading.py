"""Which reader reads which kind of file, and what holds for the text of all of them."""

from collections.abc import Callable
from pathlib import Path

from reviewkit.text.bounds import Extraction, ExtractionSettings, fault
from reviewkit.text.kinds import kind_of


def _reader(kind: str) -> Callable[..., Extraction]:
    """Return the reader of a kind; readers are imported here, because each brings its own library."""
    if kind in {"text", "csv"}:
        from reviewkit.text import plain

        return plain.read_text if kind == "text" else plain.read_csv
    if kind in {"html", "markdown"}:
        from reviewkit.text import markup

        return markup.read_html if kind == "html" else markup.read_markdown
    if kind == "pdf":
        from reviewkit.text.pdf import read_pdf

        return read_pdf
    if kind == "docx":
        from reviewkit.text.word import read_docx

        return read_docx
    if kind == "pptx":
        from reviewkit.text.slides import read_pptx

        return read_pptx
    return _more_readers(kind)


def _more_readers(kind: str) -> Callable[..., Extraction]:
    if kind == "odt":
        from reviewkit.text.opendocument import read_odt

        return read_odt
    if kind == "xlsx":
        from reviewkit.text.sheets import read_xlsx

        return read_xlsx
    from reviewkit.text.rich import read_rtf

    return read_rtf


def read_file(path: Path, *, settings: ExtractionSettings) -> Extraction:
    """Return what a reader sees of a file, read in this process.

    Raises
    ------
    ExtractionError
        Naming the file, what was found, what holds and what to do.
    """
    try:
        read = _reader(kind_of(path, settings=settings))(path, settings=settings)
    except (RecursionError, MemoryError) as error:
        found = f"reading it took more {'depth' if isinstance(error, RecursionError) else 'memory'} than the bounds"
        raise fault(path, found, holds="hand in a simpler file", code="too-large") from None
    except OSError as error:
        raise fault(
            path, f"it cannot be opened ({error.strerror})", holds="check the file", code="unreadable"
        ) from None
    if len(read.text) > settings.max_chars:
        found = f"it holds {len(read.text):,} characters, above the bound of {settings.max_chars:,}"
        raise fault(path, found, holds="hand in the part that matters", code="too-large")
    if not read.text.strip():
        raise fault(path, "it holds no text", holds="hand in a file that holds text", code="no-text")
    return read
