"""Bytes to text and HTML to text, with nothing guessed in silence."""

import codecs
import json
from html.parser import HTMLParser
from typing import Any

from reviewkit.errors import FileFormatError

BLOCKS = frozenset(
    {"p", "div", "br", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"}
)
SILENT = frozenset({"script", "style", "head", "template"})
FALLBACK = "windows-1252"
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decode(content: bytes, *, name: str, error: type[FileFormatError], unicode_only: bool = False) -> tuple[str, str]:
    """Return the text of a file and the encoding it was read in.

    Parameters
    ----------
    content : bytes
        UTF-8 or UTF-16 with their marks, UTF-8 without one, or Windows-1252 throughout.
    name : str
        What errors call the file.
    error : type of FileFormatError
        Raised where lines disagree: some UTF-8, others not.
    unicode_only : bool
        Refuse what is no Unicode, as JSON and YAML ask.

    Examples
    --------
    >>> from reviewkit.errors import RubricError
    >>> decode("Größe".encode("windows-1252"), name="r.csv", error=RubricError)
    ('Größe', 'windows-1252')
    """
    if content.startswith(UTF16):
        return _strictly(content, "utf-16", name=name, error=error), "utf-16"
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        if unicode_only:
            raise error(f"{name}: line {line} is not UTF-8; save the file as UTF-8") from None
        _refuse_mixture(content, name=name, error=error)
    return _strictly(content, FALLBACK, name=name, error=error), FALLBACK


def _strictly(content: bytes, encoding: str, *, name: str, error: type[FileFormatError]) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise error(f"{name}: line {line} is neither UTF-8 nor {encoding}; save the file as UTF-8") from None


def _refuse_mixture(content: bytes, *, name: str, error: type[FileFormatError]) -> None:
    other: int | None = None
    utf8: int | None = None
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            utf8 = utf8 or number
        except UnicodeDecodeError:
            other = other or number
    if utf8 and other:
        raise error(f"{name}: line {utf8} is UTF-8 and line {other} is not; save the whole file as UTF-8")


def load_json(content: bytes, *, name: str, error: type[FileFormatError]) -> Any:
    """Return the JSON value of a file, or say on which line it breaks.

    Numbers that are none in JSON (``NaN``, ``Infinity``) and a key that stands twice are faults.
    """
    text, _ = decode(content, name=name, error=error, unicode_only=True)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise error(f"{name}: key {twice!r} stands twice in one object; keep one of them")
        return found

    def no_constant(constant: str) -> Any:
        raise error(f"{name}: holds {constant}, which is no JSON number; write a number")

    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=no_constant)
    except json.JSONDecodeError as fault:
        raise error(f"{name}: line {fault.lineno}, column {fault.colno}: {fault.msg}; mend the JSON") from None
    except RecursionError:
        raise error(f"{name}: is nested too deeply to be a rubric; mend the JSON") from None


def sniffed_json(content: bytes) -> Any:
    """Return the JSON value, or None where the content is no JSON: for telling formats apart."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        return None
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def html_to_text(html: str) -> str:
    r"""Return the text of a piece of HTML: a line a block, scripts and styles left out.

    Examples
    --------
    >>> html_to_text("<p>I taught&nbsp;it.</p><ul><li>One</li><li>Two</li></ul><script>bad()</script>")
    'I taught it.\nOne\nTwo'
    """
    reader = _TextReader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).split("\n"))
    return "\n".join(line for line in lines if line)


class _TextReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        if tag in BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT and self._silent > 0
        if tag in BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data)
