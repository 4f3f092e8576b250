"""Word documents (.docx): headers, body, tables, lists, text boxes, footers and notes in reading order.

The parts are read as XML rather than through an object model, because such models leave out what a reader sees in
content controls, tracked insertions, text boxes and notes, and show no difference between seen and hidden text.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reviewkit.text.archive import Package
from reviewkit.text.bounds import Extraction, ExtractionSettings, HiddenText, fault, hidden_text
from reviewkit.text.layout import collapse_blanks, join_lines, table_row
from reviewkit.text.word_styles import Look, Numbering, Styles, W, look_of, value_of

MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
MAX_DEPTH = 80
FAR_EMU = 10_000_000  # about 28 cm left of or above the page's edge
PLAIN_TABLES = frozenset({"", "TableGrid", "TableNormal"})
_TRANSPARENT = frozenset({"sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag", "hyperlink", "fldSimple",
                          "dir", "bdo", "ruby", "rubyBase"})  # fmt: skip
_EDGE = re.compile(r"word/(?:header|footer)\d{0,6}\.xml")
_CHARACTERS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


class _Document:
    """Walks a document's body and gives its lines."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self.root = package.xml("word/document.xml")
        self._styles = Styles(self._optional("word/styles.xml"))
        self._numbering = Numbering(self._optional("word/numbering.xml"))
        self.hidden: list[HiddenText] = []
        self._notes: list[tuple[str, str]] = []
        self._n_paragraphs = 0
        background = self.root.find(f"{W}background")
        color = "auto" if background is None else str(background.get(f"{W}color", "auto"))
        self._base = Look(shaded=color.upper() not in {"AUTO", "FFFFFF"})

    def _optional(self, name: str) -> Any:
        return self._package.xml(name) if name in self._package.names else None

    def lines(self) -> Iterator[str]:
        body = self.root.find(f"{W}body")
        edges = self._edges()
        yield from edges["header"]
        if body is not None:
            yield from self._blocks(body, self._base, 0)
        yield from edges["footer"]
        yield from self._note_lines()

    def _edges(self) -> dict[str, list[str]]:
        """Return the lines of headers and of footers, each text once, however many pages or sections show it."""
        found: dict[str, list[str]] = {"header": [], "footer": []}
        for name in sorted(one for one in self._package.names if _EDGE.fullmatch(one)):
            lines = [line for line in self._blocks(self._package.xml(name), self._base, 0) if line.strip()]
            kind = "header" if "header" in name else "footer"
            found[kind] += [line for line in dict.fromkeys(lines) if line not in found[kind] and not line.isdigit()]
        return found

    def _blocks(self, element: Any, base: Look, depth: int) -> Iterator[str]:
        self._bound(depth)
        for child in element:
            name = _local(child)
            if name == "p":
                yield from self._paragraph(child, base, depth)
            elif name == "tbl":
                yield ""
                yield from self._table(child, base, depth)
                yield ""
            elif name == "AlternateContent":
                yield from self._blocks(_choice(child), base, depth + 1)
            elif name in _TRANSPARENT:
                yield from self._blocks(child, base, depth + 1)

    def _bound(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            found = f"its tables or boxes stand more than {MAX_DEPTH} deep in one another"
            raise fault(self._package.path, found, holds="hand in a simpler document", code="nested")

    def _table(self, table: Any, base: Look, depth: int) -> Iterator[str]:
        styled = (value_of(table.find(f"{W}tblPr"), "tblStyle") or "") not in PLAIN_TABLES
        base = base._replace(shaded=base.shaded or styled)
        for row in _within(table, "tr"):
            cells = [look_of(cell.find(f"{W}tcPr"), base) for cell in _within(row, "tc")]
            texts = [
                "\n".join(self._blocks(cell, look, depth + 1))
                for cell, look in zip(_within(row, "tc"), cells, strict=True)
            ]
            yield table_row(texts)

    def _paragraph(self, paragraph: Any, base: Look, depth: int) -> Iterator[str]:
        self._n_paragraphs += 1
        properties = paragraph.find(f"{W}pPr")
        style = value_of(properties, "pStyle")
        look = self._styles.look(style, look_of(properties, base))
        boxes: list[Any] = []
        text = "".join(self._inline(paragraph, look, depth, boxes))
        own = None if properties is None else properties.find(f"{W}numPr")
        mark = self._numbering.mark(own if own is not None else self._styles.numbering(style)) if text.strip() else ""
        heading = (style or "").lower().startswith(("heading", "title"))
        yield from ("",) if heading else ()
        yield from (collapse_blanks(line).strip() for line in f"{mark}{text}".split("\n"))
        yield from ("",) if heading else ()
        for box in boxes:
            yield from self._blocks(box, base._replace(shaded=True), depth + 1)

    def _inline(self, element: Any, look: Look, depth: int, boxes: list[Any]) -> Iterator[str]:
        self._bound(depth)
        for child in element:
            name = _local(child)
            if name == "r":
                yield from self._run(child, look, depth, boxes)
            elif name == "AlternateContent":
                yield from self._inline(_choice(child), look, depth + 1, boxes)
            elif name in _TRANSPARENT:
                yield from self._inline(child, look, depth + 1, boxes)

    def _run(self, run: Any, look: Look, depth: int, boxes: list[Any]) -> Iterator[str]:
        properties = run.find(f"{W}rPr")
        if properties is not None:
            look = look_of(properties, self._styles.look(value_of(properties, "rStyle"), look))
        text = "".join(self._pieces(run, depth, boxes))
        if look.how and text.strip():
            self.hidden.append(hidden_text(look.how, f"paragraph {self._n_paragraphs}", text))
        elif text:
            yield text

    def _pieces(self, run: Any, depth: int, boxes: list[Any]) -> Iterator[str]:
        self._bound(depth)
        for child in run:
            name = _local(child)
            if name == "t":
                yield child.text or ""
            elif name in _CHARACTERS:
                yield _CHARACTERS[name]
            elif name in {"footnoteReference", "endnoteReference"}:
                self._notes.append((name.removesuffix("Reference"), str(child.get(f"{W}id"))))
                yield f"[{len(self._notes)}]"
            elif name == "AlternateContent":
                yield from self._pieces(_choice(child), depth + 1, boxes)
            elif name in {"drawing", "pict"}:
                self._box(child, boxes)

    def _box(self, drawing: Any, boxes: list[Any]) -> None:
        for box in _outermost(drawing, f"{W}txbxContent"):
            if _is_far(drawing):
                text = " ".join(piece.text or "" for piece in box.iter(f"{W}t"))
                self.hidden.append(hidden_text("off-page", f"paragraph {self._n_paragraphs}", text))
            else:
                boxes.append(box)

    def _note_lines(self) -> Iterator[str]:
        roots = {kind: self._optional(f"word/{kind}s.xml") for kind in {kind for kind, _ in self._notes}}
        found = {
            (kind, str(note.get(f"{W}id"))): note for kind, root in roots.items() if root is not None for note in root
        }
        for number, key in enumerate(list(self._notes), start=1):
            if key in found:
                text = " ".join(line for line in self._blocks(found[key], self._base, 0) if line)
                yield f"[{number}] {text}"


def _choice(alternatives: Any) -> Any:
    """Return the one alternative that a program would show, so that no text comes twice."""
    choice = alternatives.find(f"{MC}Choice")
    if choice is None:
        choice = alternatives.find(f"{MC}Fallback")
    return () if choice is None else choice


def _within(element: Any, name: str) -> list[Any]:
    """Return children of that name, also where a content control or a tracked insertion wraps them."""
    found: list[Any] = []
    waiting = list(element)[::-1]
    while waiting:
        child = waiting.pop()
        if _local(child) == name:
            found.append(child)
        elif _local(child) in _TRANSPARENT:
            waiting.extend(list(child)[::-1])
    return found


def _outermost(element: Any, tag: str) -> list[Any]:
    found: list[Any] = []
    waiting = list(element)[::-1]
    while waiting:
        child = waiting.pop()
        if child.tag == tag:
            found.append(child)
        elif child.tag == f"{MC}AlternateContent":
            waiting.extend(list(_choice(child))[::-1])
        else:
            waiting.extend(list(child)[::-1])
    return found


def _is_far(drawing: Any) -> bool:
    offsets = [one.text or "" for one in drawing.iter(f"{WP}posOffset")]
    return any(re.fullmatch(r"-?\d{1,12}", one) and abs(int(one)) > FAR_EMU for one in offsets)


def read_docx(path: Path, *, settings: ExtractionSettings) -> Extraction:
    """Return what a reader sees of a Word document: insertions as if taken, deletions and comments left out."""
    with Package(path, settings=settings) as package:
        document = _Document(package)
        if STRICT in document.root.tag:
            found = "it is a document of the 'Strict Open XML' kind"
            raise fault(path, found, holds="save it as an ordinary Word document (.docx)", code="unknown-kind")
        lines = list(document.lines())
    return Extraction(join_lines(lines), "docx", tuple(document.hidden))
