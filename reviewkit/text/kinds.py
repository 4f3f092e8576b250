"""Which kind of file this is: its content decides, and its name only where plain text could be several kinds."""

import re
import zipfile
from pathlib import Path

from reviewkit.text.bounds import ExtractionSettings, fault

HEAD_BYTES = 4_096
READABLE = ".txt, .md, .rtf, .html, .docx, .odt, .pptx, .xlsx, .csv or .pdf"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PICTURES = {
    b"\x89PNG": "PNG picture",
    b"\xff\xd8\xff": "JPEG picture",
    b"GIF8": "GIF picture",
    b"II*\x00": "TIFF picture",
    b"MM\x00*": "TIFF picture",
    b"BM": "BMP picture",
}
REFUSED = {
    b"MZ": "Windows program",
    b"\x7fELF": "Linux program",
    b"\x1f\x8b": "gzip archive",
    b"7z\xbc\xaf\x27\x1c": "7z archive",
    b"Rar!": "RAR archive",
    b"BZh": "bzip2 archive",
    b"\xfd7zXZ": "xz archive",
    b"SQLite format 3": "SQLite database",
}
_HTML = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body|p|div|h[1-6]|table|ul|ol)\b[^>]*>", re.IGNORECASE)
_BY_MEMBER = {"word/document.xml": "docx", "ppt/presentation.xml": "pptx", "xl/workbook.xml": "xlsx"}
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.text"


def kind_of(path: Path, *, settings: ExtractionSettings) -> str:
    """Return the kind of a file.

    Parameters
    ----------
    path : Path
        The file; it is opened, not unpacked.

    Returns
    -------
    str
        ``"pdf"``, ``"docx"``, ``"pptx"``, ``"xlsx"``, ``"odt"``, ``"rtf"``, ``"html"``, ``"markdown"``, ``"csv"`` or
        ``"text"``.

    Raises
    ------
    ExtractionError
        With code ``"missing"``, ``"empty"``, ``"too-large"``, ``"encrypted"``, ``"damaged"``, ``"picture"`` or
        ``"unknown-kind"``.
    """
    head = _head(path, settings=settings)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK"):
        return _packed_kind(path)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{\\rtf"):
        return "rtf"
    _refuse_known(path, head)
    return _text_kind(path, head)


def _head(path: Path, *, settings: ExtractionSettings) -> bytes:
    if not path.is_file():
        raise fault(path, "there is no such file", holds="check the path", code="missing")
    size = path.stat().st_size
    if size == 0:
        raise fault(path, "the file is empty", holds="hand in a file that holds text", code="empty")
    if size > settings.max_bytes:
        found = f"the file has {size:,} bytes, above the bound of {settings.max_bytes:,}"
        raise fault(path, found, holds="hand in a smaller file, or raise max_bytes", code="too-large")
    with path.open("rb") as stream:
        return stream.read(HEAD_BYTES)


def _packed_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as packed:
            names = set(packed.namelist())
            for member, kind in _BY_MEMBER.items():
                if member in names:
                    return kind
            if "mimetype" in names and "content.xml" in names and _is_open_document_text(packed):
                return "odt"
    except Exception as error:  # zipfile and its decompressors raise many kinds on damaged members
        found = f"it starts like a packed office file, but it cannot be unpacked ({error})"
        raise fault(path, found, holds="save it again from the program it was made with", code="damaged") from None
    holds = f"hand in {READABLE}, one file at a time"
    raise fault(
        path,
        "it is an archive that holds no Word, PowerPoint, Excel or OpenDocument text",
        holds=holds,
        code="unknown-kind",
    )


def _is_open_document_text(packed: zipfile.ZipFile) -> bool:
    with packed.open("mimetype") as stream:
        return stream.read(200).strip().startswith(_OPEN_DOCUMENT)


def _refuse_known(path: Path, head: bytes) -> None:
    if head.startswith(OLE_MAGIC):
        if _mentions(path, "EncryptedPackage"):
            raise fault(path, "it is locked with a password", holds="hand it in without a password", code="encrypted")
        found = "it is an office file of the old binary kind (.doc, .ppt, .xls)"
        raise fault(path, found, holds=f"save it as {READABLE}", code="unknown-kind")
    for magic, name in PICTURES.items():
        if head.startswith(magic):
            raise fault(path, f"it is a {name}, which holds no text", holds="hand the text in as text", code="picture")
    for magic, name in REFUSED.items():
        if head.startswith(magic):
            raise fault(path, f"it is a {name}", holds=f"hand in {READABLE}", code="unknown-kind")


def _mentions(path: Path, name: str) -> bool:
    with path.open("rb") as stream:
        return name.encode("utf-16-le") in stream.read(1_000_000)


def _text_kind(path: Path, head: bytes) -> str:
    if path.suffix.lower() in {".docx", ".pptx", ".xlsx", ".odt"} and not _HTML.search(head):
        found = f"it is named {path.suffix.lower()}, but it is not a packed office file"
        raise fault(path, found, holds="save it again from the program it was made with", code="damaged")
    if path.suffix.lower() == ".pdf" and not _HTML.search(head):
        raise fault(path, "it is named .pdf, but it is not a PDF", holds="export it again as PDF", code="damaged")
    suffix = path.suffix.lower()
    if suffix in {".md", ".markdown"}:
        return "markdown"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if (start.startswith(b"<") and _HTML.search(head)) or suffix in {".html", ".htm", ".xhtml"}:
        return "html"
    return "csv" if suffix in {".csv", ".tsv"} else "text"
