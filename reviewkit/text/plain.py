"""Plain text, Markdown's source and tables of values."""

import csv
import io
from pathlib import Path

from reviewkit.text.bounds import Extraction, ExtractionSettings, fault
from reviewkit.text.layout import table_row, unify

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def decoded(path: Path) -> str:
    """Return a text file's characters: UTF-8, or UTF-16 where the file says so.

    Raises
    ------
    ExtractionError
        With code ``"not-utf-8"``, naming the byte, or ``"binary"``.
    """
    data = path.read_bytes()
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        found = f"it is not UTF-8 text (byte {data[error.start]:#04x} at offset {error.start})"
        if _looks_binary(data):
            raise fault(path, "it holds binary data, not text", holds="hand in a text file", code="binary") from None
        raise fault(path, found, holds="save it as UTF-8", code="not-utf-8") from None
    if _looks_binary(text.encode("utf-8", "surrogatepass")):
        raise fault(path, "it holds binary data, not text", holds="hand in a text file", code="binary")
    return text


def _looks_binary(data: bytes) -> bool:
    controls = sum(data.count(bytes([one])) for one in (*range(9), *range(14, 27), *range(28, 32)))
    return controls > max(2, 0.02 * len(data))


def read_text(path: Path, *, settings: ExtractionSettings) -> Extraction:
    """Return a text file's text, its line breaks made one kind."""
    return Extraction(unify(decoded(path)), "text")


def read_csv(path: Path, *, settings: ExtractionSettings) -> Extraction:
    """Return a table of values as one line a row, cells parted by a bar."""
    text = decoded(path)
    csv.field_size_limit(settings.max_chars)
    try:
        rows = [table_row(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))]
    except csv.Error as error:
        found = f"its rows cannot be told apart ({error})"
        raise fault(path, found, holds="save it as comma-separated UTF-8 values", code="damaged") from None
    return Extraction(unify("\n".join(rows)), "csv")


def _delimiter(text: str) -> str:
    lines = [line for line in text[:20_000].split("\n")[:20] if line.strip()]
    return max(",;\t|", key=lambda one: sum(min(line.count(one), 50) for line in lines))
