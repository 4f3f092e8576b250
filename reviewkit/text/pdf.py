"""PDF: page after page, lines joined to paragraphs; scripts, forms' actions and attachments are never touched."""

from pathlib import Path
from typing import Any

from reviewkit.errors import ExtractionError
from reviewkit.text.bounds import Extraction, ExtractionSettings, HiddenText, fault, hidden_text
from reviewkit.text.layout import collapse_blanks, join_lines, unwrap
from reviewkit.text.pdf_page import PageReader


def _opened(path: Path) -> Any:
    from pypdf import PdfReader

    try:
        reader = PdfReader(path, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise fault(path, "it is locked with a password", holds="hand it in without a password", code="encrypted")
        return reader, len(reader.pages)
    except ExtractionError:
        raise
    except Exception as error:  # pypdf raises many kinds on damaged files
        if type(error).__name__ == "DependencyError":
            found = "it is encrypted in a way that cannot be read"
            raise fault(path, found, holds="hand it in without encryption", code="encrypted") from None
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> ExtractionError:
    found = f"it is a damaged PDF ({type(error).__name__}: {str(error)[:120]})"
    return fault(path, found, holds="export it again from the program it was made with", code="damaged")


def read_pdf(path: Path, *, settings: ExtractionSettings) -> Extraction:
    """Return what a reader sees of a PDF.

    Raises
    ------
    ExtractionError
        With code ``"no-text"`` where pages hold only pictures, ``"encrypted"``, ``"too-large"`` or ``"damaged"``.
    """
    reader, n_pages = _opened(path)
    if n_pages > settings.max_pages:
        found = f"it has {n_pages:,} pages, above the bound of {settings.max_pages:,}"
        raise fault(path, found, holds="hand in the pages that matter", code="too-large")
    lines: list[str] = []
    hidden: list[HiddenText] = []
    n_chars = 0
    for number in range(n_pages):
        page = _page(path, reader, number)
        lines.extend([*_paragraphs(page.text), ""])
        hidden.extend(hidden_text(how, f"page {number + 1}", text) for how, text in page.hidden)
        n_chars += len(page.text)
        if n_chars > settings.max_chars:
            found = f"its first {number + 1} pages hold more than {settings.max_chars:,} characters"
            raise fault(path, found, holds="hand in the pages that matter", code="too-large")
    if not any(line.strip() for line in lines):
        found = f"{n_pages} page{'s were' if n_pages != 1 else ' was'} read and none holds text, only pictures"
        holds = "hand in text that can be selected, or run text recognition (OCR) over it first"
        raise fault(path, found, holds=holds, code="no-text")
    return Extraction(join_lines(lines), "pdf", tuple(hidden))


def _page(path: Path, reader: Any, number: int) -> PageReader:
    page = PageReader()
    try:
        page.read(reader.pages[number])
    except MemoryError:
        raise
    except Exception as error:  # pypdf raises many kinds on damaged pages
        raise _damaged(path, error) from None
    return page


def _paragraphs(text: str) -> list[str]:
    lines = [collapse_blanks(line).strip() for line in text.split("\n")]
    widths = sorted(len(line) for line in lines if line)
    width = widths[int(0.95 * (len(widths) - 1))] if widths else 0
    return unwrap(lines, width=max(width, 40))
