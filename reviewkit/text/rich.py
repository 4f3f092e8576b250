"""Rich text (.rtf): its text and tables; pictures, objects and fields' instructions are skipped, never opened."""

import codecs
import re
from pathlib import Path
from typing import NamedTuple

from reviewkit.text.bounds import Extraction, ExtractionSettings, HiddenText, fault, hidden_text
from reviewkit.text.layout import collapse_blanks, join_lines, one_line

MAX_DEPTH = 500
TINY_HALF_POINTS = 5
_TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.IGNORECASE
)
_SKIPPED = frozenset({
    b"fonttbl", b"stylesheet", b"info", b"pict", b"object", b"themedata", b"colorschememapping", b"datastore",
    b"latentstyles", b"fldinst", b"generator", b"listtable", b"listoverridetable", b"rsidtbl", b"filetbl", b"revtbl",
    b"annotation", b"atnid", b"atnauthor", b"bkmkstart", b"bkmkend", b"xmlnstbl", b"pgptbl", b"nonshppict", b"objdata",
    b"template", b"author", b"operator", b"title", b"sp", b"pntext", b"pnseclvl", b"shpinst", b"do", b"pgdsctbl",
    b"mmathPr", b"wgrffmtfilter",
})  # fmt: skip
_CHARACTERS = {
    b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"tab": "\t", b"emdash": "\u2014", b"endash": "\u2013",
    b"lquote": "\u2018", b"rquote": "\u2019", b"ldblquote": "\u201c", b"rdblquote": "\u201d", b"bullet": "\u2022",
    b"emspace": " ", b"enspace": " ", b"qmspace": " ",
}  # fmt: skip


class _State(NamedTuple):
    """What holds inside a group."""

    skipped: bool = False
    hidden: bool = False
    color: int = 0
    shaded: bool = False
    tiny: bool = False
    skip: int = 1
    marker: bool = False

    def how(self, white: frozenset[int]) -> str:
        if self.hidden or self.tiny:
            return "hidden" if self.hidden else "tiny"
        return "white" if self.color in white and not self.shaded else ""


class _Reader:
    """Reads the tokens of a file one after another; a stack, so no depth overflows it."""

    def __init__(self, path: Path, data: bytes) -> None:
        self._path = path
        self._data = data
        self._encoding = "cp1252"
        self._states = [_State()]
        self._fresh = False
        self._starred = False
        self._to_skip = 0
        self._bytes = bytearray()
        self._line: list[str] = []
        self._row: list[str] = []
        self._high = 0
        self.lines: list[str] = []
        self.hidden: list[HiddenText] = []
        self._white = _white_colors(data)

    def read(self) -> None:
        for match in _TOKEN.finditer(self._data):
            word, number, code, symbol, brace, text = match.groups()
            if brace:
                self._group(brace)
            elif word is not None:
                self._word(word, None if number is None else int(number), match)
            elif code is not None:
                self._take(bytes([int(code, 16)]))
            elif symbol is not None:
                self._symbol(symbol)
            elif text is not None:
                self._take(text)
        self._flush()
        self._end_line()

    def _group(self, brace: bytes) -> None:
        self._flush()
        if brace == b"{":
            if len(self._states) > MAX_DEPTH:
                found = f"its groups stand more than {MAX_DEPTH} deep in one another"
                raise fault(self._path, found, holds="save it again", code="nested")
            self._states.append(self._states[-1])
            self._fresh = True
        elif len(self._states) > 1:
            state = self._states.pop()
            if state.marker and not self._states[-1].marker:
                self._line = [_list_mark("".join(self._line))]

    def _word(self, word: bytes, number: int | None, match: re.Match[bytes]) -> None:
        self._flush()
        fresh, starred = self._fresh, self._starred
        self._fresh = self._starred = False
        state = self._states[-1]
        if (fresh and word in _SKIPPED) or (starred and word not in {b"shptxt", b"listtext"}) or word == b"colortbl":
            self._states[-1] = state._replace(skipped=True)
        elif word == b"shptxt":
            self._states[-1] = state._replace(skipped=False)
        elif word == b"listtext":
            self._states[-1] = state._replace(marker=True)
        elif word in _CHARACTERS:
            self._put(_CHARACTERS[word])
        elif word == b"u" and number is not None:
            self._unicode(number)
        elif word in {b"cell", b"row", b"nestcell", b"nestrow"}:
            self._table(word)
        elif word == b"bin":
            self._states[-1] = state._replace(skipped=True)
        else:
            self._format(word, number)

    def _format(self, word: bytes, number: int | None) -> None:
        state = self._states[-1]
        on = number != 0
        if word == b"v":
            state = state._replace(hidden=on)
        elif word == b"cf":
            state = state._replace(color=number or 0)
        elif word in {b"cb", b"highlight", b"chcbpat", b"clcbpat", b"cbpat"}:
            state = state._replace(shaded=bool(number) and number not in self._white)
        elif word == b"fs":
            state = state._replace(tiny=number is not None and number <= TINY_HALF_POINTS)
        elif word == b"plain":
            state = state._replace(hidden=False, color=0, shaded=False, tiny=False)
        elif word == b"uc":
            state = state._replace(skip=max(0, min(number or 0, 10)))
        elif word == b"ansicpg" and number:
            self._encoding = _codec(number)
        self._states[-1] = state

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._starred = True
            return
        shown = {b"~": "\u00a0", b"_": "-", b"{": "{", b"}": "}", b"\\": "\\", b"\n": "\n", b"\r": "\n"}.get(symbol)
        self._flush()
        if shown:
            self._put(shown)

    def _take(self, data: bytes) -> None:
        self._fresh = self._starred = False
        skipped = min(self._to_skip, len(data))
        self._to_skip -= skipped
        self._bytes += data[skipped:]

    def _flush(self) -> None:
        if self._bytes:
            text = bytes(self._bytes).decode(self._encoding, errors="replace")
            self._bytes.clear()
            self._put(text)
        self._to_skip = 0

    def _unicode(self, number: int) -> None:
        code = number + 65_536 if number < 0 else number
        if 0xD800 <= code < 0xDC00:
            self._high = code
        elif 0xDC00 <= code < 0xE000:
            self._put(chr(0x10000 + ((self._high - 0xD800) << 10) + code - 0xDC00) if self._high else "\ufffd")
            self._high = 0
        elif 0 <= code <= 0x10FFFF:
            self._put(chr(code))
        self._to_skip = self._states[-1].skip

    def _put(self, text: str) -> None:
        state = self._states[-1]
        how = state.how(self._white)
        if state.skipped:
            return
        if how and text.strip():
            self.hidden.append(hidden_text(how, f"after line {len(self.lines)}", text))
            return
        first, *more = text.split("\n")
        self._line.append(first)
        for line in more:
            self._end_line()
            self._line.append(line)

    def _end_line(self) -> None:
        text = collapse_blanks("".join(self._line)).strip()
        self._line = []
        if self._row:
            self._line.append(text + " ")
        else:
            self.lines.append(text)

    def _table(self, word: bytes) -> None:
        if word in {b"cell", b"nestcell"}:
            self._row.append(one_line("".join(self._line)))
            self._line = []
        elif self._row:
            self.lines.append(" | ".join(self._row) if any(self._row) else "")
            self._row = []


def _list_mark(text: str) -> str:
    mark = text.strip()
    return f"{mark} " if any(map(str.isalnum, mark)) else "- "


def _codec(page: int) -> str:
    try:
        return codecs.lookup(f"cp{page}").name
    except LookupError:
        return "cp1252"


def _white_colors(data: bytes) -> frozenset[int]:
    table = re.search(rb"\{\\colortbl([^{}]{0,20000})\}", data)
    colors = table[1].split(b";") if table else []
    white = re.compile(rb"\\red255\s*\\green255\s*\\blue255")
    return frozenset(number for number, one in enumerate(colors) if white.search(one))


def read_rtf(path: Path, *, settings: ExtractionSettings) -> Extraction:
    """Return what a reader sees of a rich text file."""
    reader = _Reader(path, path.read_bytes())
    reader.read()
    return Extraction(join_lines(reader.lines), "rtf", tuple(reader.hidden))
