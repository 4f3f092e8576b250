"""OpenDocument text (.odt): headers and footers, headings, paragraphs, lists, tables and notes in reading order."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reviewkit.text.archive import Package
from reviewkit.text.bounds import Extraction, ExtractionSettings, HiddenText, fault, hidden_text
from reviewkit.text.layout import collapse_blanks, join_lines, table_row
from reviewkit.text.numbering import BULLET, Counters, number_text

OASIS = "{urn:oasis:names:tc:opendocument:xmlns:"
TEXT = f"{OASIS}text:1.0}}"
TABLE = f"{OASIS}table:1.0}}"
STYLE = f"{OASIS}style:1.0}}"
OFFICE = f"{OASIS}office:1.0}}"
DRAW = f"{OASIS}drawing:1.0}}"
FO = f"{OASIS}xsl-fo-compatible:1.0}}"
CONTINUES = f"{TEXT}continue-list"
MAX_DEPTH = 80
MAX_REPEATED = 100
TINY_POINTS = 2.5
_SKIPPED = frozenset({
    f"{OFFICE}annotation", f"{OFFICE}annotation-end", f"{TEXT}tracked-changes", f"{TEXT}sequence-decls",
    f"{TEXT}bibliography-source", f"{OFFICE}forms", f"{TEXT}ruby-text", f"{TEXT}table-of-content-source",
    f"{OFFICE}event-listeners", f"{TEXT}variable-decls", f"{TEXT}user-field-decls", f"{DRAW}object",
})  # fmt: skip
_HEADERS = frozenset({f"{STYLE}header", f"{STYLE}header-left", f"{STYLE}header-first"})
_FOOTERS = frozenset({f"{STYLE}footer", f"{STYLE}footer-left", f"{STYLE}footer-first"})
_FORMS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}


class _Styles:
    """What styles say of a text: hidden or seen, and how lists count."""

    def __init__(self, roots: list[Any]) -> None:
        self._styles = {str(one.get(f"{STYLE}name")): one for root in roots for one in root.iter(f"{STYLE}style")}
        self.lists = {str(one.get(f"{STYLE}name")): one for root in roots for one in root.iter(f"{TEXT}list-style")}

    def how(self, name: str) -> str:
        style, white, shaded = self._styles.get(name), False, False
        properties = [] if style is None else list(style)
        for one in properties:
            if one.get(f"{TEXT}display") == "none":
                return "hidden"
            size = str(one.get(f"{FO}font-size", "")).removesuffix("pt")
            if size.replace(".", "", 1).isdigit() and float(size) <= TINY_POINTS:
                return "tiny"
            white = white or str(one.get(f"{FO}color", "")).lower() == "#ffffff"
            background = str(one.get(f"{FO}background-color", "transparent")).lower()
            shaded = shaded or background not in {"transparent", "#ffffff"}
        return "white" if white and not shaded else ""


class _Document:
    """Walks a document's body and gives its lines."""

    def __init__(self, package: Package) -> None:
        self._path = package.path
        root = package.xml("content.xml")
        self._body = next(root.iter(f"{OFFICE}text"), ())
        self._master = package.xml("styles.xml") if "styles.xml" in package.names else ()
        self._styles = _Styles([root, *([self._master] if len(self._master) else [])])
        self._counters = Counters()
        self._notes: list[str] = []
        self._n_paragraphs = 0
        self.hidden: list[HiddenText] = []

    def lines(self) -> Iterator[str]:
        yield from self._edge(_HEADERS)
        yield from self._blocks(self._body, 0)
        yield from self._edge(_FOOTERS)
        yield from self._notes

    def _edge(self, tags: frozenset[str]) -> list[str]:
        """Return the lines of headers or of footers, each text once, however many page styles hold it."""
        edges = [one for page in self._master_pages() for one in page if one.tag in tags]
        lines = (line for one in edges if one.get(f"{STYLE}display") != "false" for line in self._blocks(one, 1))
        return [line for line in dict.fromkeys(lines) if line.strip() and not line.isdigit()]

    def _master_pages(self) -> list[Any]:
        return [] if isinstance(self._master, tuple) else list(self._master.iter(f"{STYLE}master-page"))

    def _blocks(self, element: Any, depth: int, *, shaded: bool = False) -> Iterator[str]:
        if depth > MAX_DEPTH:
            found = f"its lists or tables stand more than {MAX_DEPTH} deep in one another"
            raise fault(self._path, found, holds="hand in a simpler document", code="nested")
        for child in element:
            if child.tag in {f"{TEXT}p", f"{TEXT}h"}:
                yield from self._paragraph(child, depth, shaded=shaded)
            elif child.tag == f"{TEXT}list":
                yield from self._list(child, depth, name=None, level=0)
            elif child.tag == f"{TABLE}table":
                yield from ("", *self._table(child, depth), "")
            elif child.tag not in _SKIPPED and child.get(f"{TEXT}display") != "none":
                yield from self._blocks(child, depth + 1, shaded=shaded)

    def _paragraph(self, paragraph: Any, depth: int, *, mark: str = "", shaded: bool = False) -> Iterator[str]:
        self._n_paragraphs += 1
        heading = paragraph.tag == f"{TEXT}h"
        boxes: list[Any] = []
        how = self._how(paragraph, shaded)
        text = "".join(self._inline(paragraph, how, depth, boxes, shaded))
        yield from ("",) if heading else ()
        yield from (collapse_blanks(line).strip() for line in f"{mark if text.strip() else ''}{text}".split("\n"))
        yield from ("",) if heading else ()
        for box in boxes:
            yield from self._blocks(box, depth + 1, shaded=True)

    def _how(self, element: Any, shaded: bool) -> str:
        how = self._styles.how(str(element.get(f"{TEXT}style-name", "")))
        return "" if how == "white" and shaded else how

    def _inline(self, element: Any, how: str, depth: int, boxes: list[Any], shaded: bool) -> Iterator[str]:
        yield from self._seen(element.text, how)
        for child in element:
            if child.tag == f"{TEXT}note":
                yield self._note(child, depth)
            elif child.tag == f"{DRAW}frame":
                boxes.extend(one for one in child if one.tag == f"{DRAW}text-box")
            elif child.tag not in _SKIPPED and depth < MAX_DEPTH:
                yield _character(child)
                yield from self._inline(child, self._how(child, shaded) or how, depth + 1, boxes, shaded)
            yield from self._seen(child.tail, how)

    def _seen(self, text: str | None, how: str) -> Iterator[str]:
        if how and text and text.strip():
            self.hidden.append(hidden_text(how, f"paragraph {self._n_paragraphs}", text))
        elif text:
            yield " ".join(["", *text.split(), ""]) if text[0].isspace() and text.strip() else text.replace("\n", " ")

    def _note(self, note: Any, depth: int) -> str:
        number = len(self._notes) + 1
        self._notes.append("")
        body = note.find(f"{TEXT}note-body")
        text = " ".join(line for line in self._blocks(() if body is None else body, depth + 1) if line)
        self._notes[number - 1] = f"[{number}] {text}"
        return f"[{number}]"

    def _list(self, element: Any, depth: int, *, name: str | None, level: int) -> Iterator[str]:
        name = element.get(f"{TEXT}style-name") or name or ""
        if level == 0 and element.get(f"{TEXT}continue-numbering") != "true" and not element.get(CONTINUES):
            self._counters = Counters()
        for item in element:
            if item.tag not in {f"{TEXT}list-item", f"{TEXT}list-header"} or depth > MAX_DEPTH:
                continue
            mark = self._mark(name, level) if item.tag == f"{TEXT}list-item" and _starts_with_text(item) else ""
            for child in item:
                if child.tag == f"{TEXT}list":
                    yield from self._list(child, depth + 1, name=name, level=level + 1)
                elif child.tag in {f"{TEXT}p", f"{TEXT}h"}:
                    yield from self._paragraph(child, depth + 1, mark=mark)
                    mark = ""

    def _mark(self, name: str, level: int) -> str:
        style = self._styles.lists.get(name, ())
        number = next((one for one in style if one.get(f"{TEXT}level") == str(level + 1)), None)
        if number is None or not number.tag.endswith("list-level-style-number"):
            return BULLET
        form = _FORMS.get(str(number.get(f"{STYLE}num-format", "1")), "")
        count = self._counters.next("", level)
        prefix, suffix = number.get(f"{STYLE}num-prefix", ""), number.get(f"{STYLE}num-suffix", "")
        return f"{prefix}{number_text(count, form)}{suffix or '.'} " if form else ""

    def _table(self, table: Any, depth: int) -> Iterator[str]:
        for row in table.iter(f"{TABLE}table-row"):
            cells: list[str] = []
            for cell in row:
                if cell.tag == f"{TABLE}table-cell":
                    text = "\n".join(self._blocks(cell, depth + 1, shaded=True))
                    cells.extend([text] * min(_count(cell, f"{TABLE}number-columns-repeated"), MAX_REPEATED))
            yield table_row(cells)


def _starts_with_text(item: Any) -> bool:
    return bool(len(item)) and item[0].tag != f"{TEXT}list"


def _count(element: Any, name: str) -> int:
    text = str(element.get(name, "1"))
    return int(text) if text.isdigit() and len(text) < 9 else 1


def _character(element: Any) -> str:
    if element.tag == f"{TEXT}s":
        return " "
    return {f"{TEXT}tab": "\t", f"{TEXT}line-break": "\n"}.get(element.tag, "")


def read_odt(path: Path, *, settings: ExtractionSettings) -> Extraction:
    """Return what a reader sees of an OpenDocument text: comments and deletions left out."""
    with Package(path, settings=settings) as package:
        if b"encryption-data" in (package.read("META-INF/manifest.xml") if _has_manifest(package) else b""):
            raise fault(path, "it is locked with a password", holds="hand it in without", code="encrypted")
        document = _Document(package)
        lines = list(document.lines())
    return Extraction(join_lines(lines), "odt", tuple(document.hidden))


def _has_manifest(package: Package) -> bool:
    return "META-INF/manifest.xml" in package.names
