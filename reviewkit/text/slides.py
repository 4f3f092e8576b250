"""Presentations (.pptx): slide after slide, the title first, then shapes in reading order, tables and notes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reviewkit.text.archive import Package
from reviewkit.text.bounds import Extraction, ExtractionSettings, HiddenText, fault, hidden_text
from reviewkit.text.layout import collapse_blanks, join_lines, table_row
from reviewkit.text.links import relations
from reviewkit.text.numbering import BULLET, Counters

P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
TITLES = frozenset({"title", "ctrTitle"})
FURNITURE = frozenset({"sldNum", "dt", "ftr", "hdr", "sldImg"})
TINY_HUNDREDTHS = 250


class _Slide:
    """Gives a slide's lines."""

    def __init__(self, package: Package, name: str, *, number: int, size: tuple[int, int]) -> None:
        self._package = package
        self._root = package.xml(name)
        self._links = relations(package, name)
        self._where = f"slide {number}"
        self._size = size
        self._grouped = {id(one) for group in self._root.iter(f"{P}grpSp") for one in group.iter()}
        self._is_white = self._root.find(f"{P}cSld/{P}bg") is None and self._has_no_ground()
        self.hidden: list[HiddenText] = []

    def _has_no_ground(self) -> bool:
        """Say whether nothing but a white page stands behind the slide's text, as far as the file tells."""
        layout = next((name for kind, name in self._links.values() if kind.endswith("/slideLayout")), "")
        masters = relations(self._package, layout).values() if layout in self._package.names else ()
        names = [layout, *(name for kind, name in masters if kind.endswith("/slideMaster"))]
        roots = [self._root, *(self._package.xml(name) for name in names if name in self._package.names)]
        return len(roots) == 3 and not any(map(_paints, roots))

    def lines(self) -> Iterator[str]:
        shapes = [one for one in self._root.iter() if one.tag in {f"{P}sp", f"{P}graphicFrame"}]
        if self._root.get("show") in {"0", "false"}:
            text = " ".join(piece.text or "" for piece in self._root.iter(f"{A}t"))
            self.hidden.append(hidden_text("hidden", self._where, text))
            return
        for shape in sorted(shapes, key=lambda one: placeholder(one) not in TITLES):
            yield from self._shape(shape)
        yield from self._notes()

    def _shape(self, shape: Any) -> Iterator[str]:
        kind = placeholder(shape)
        text = " ".join(piece.text or "" for piece in shape.iter(f"{A}t"))
        how = self._concealed(shape)
        if kind in FURNITURE:
            return
        if how and text.strip():
            self.hidden.append(hidden_text(how, self._where, text))
            return
        for table in shape.iter(f"{A}tbl"):
            yield from table_lines(table)
            return
        yield from self._diagram(shape)
        yield from self._paragraphs(shape, bulleted=kind in {"body", "obj"})
        yield ""

    def _paragraphs(self, shape: Any, *, bulleted: bool) -> Iterator[str]:
        counters = Counters()
        for paragraph in shape.iter(f"{A}p"):
            text = self._paragraph(paragraph)
            if text.strip():
                yield from (collapse_blanks(line) for line in (mark(paragraph, counters, bulleted) + text).split("\n"))

    def _paragraph(self, paragraph: Any) -> str:
        pieces: list[str] = []
        for run in paragraph:
            text = "\n" if run.tag == f"{A}br" else "".join(one.text or "" for one in run.iter(f"{A}t"))
            size = run.find(f"{A}rPr")
            points = "" if size is None else str(size.get("sz", ""))
            how = "tiny" if points.isdigit() and int(points) <= TINY_HUNDREDTHS else ""
            how = "white" if not how and self._is_white and _is_white(size) else how
            if how and text.strip():
                self.hidden.append(hidden_text(how, self._where, text))
            else:
                pieces.append(text)
        return "".join(pieces)

    def _concealed(self, shape: Any) -> str:
        named = next((one for one in shape.iter(f"{P}cNvPr")), None)
        if named is not None and named.get("hidden") in {"1", "true"}:
            return "hidden"
        frame = next((one for one in shape.iter() if one.tag in {f"{A}xfrm", f"{P}xfrm"}), None)
        offset, extent = (None, None) if frame is None else (frame.find(f"{A}off"), frame.find(f"{A}ext"))
        if offset is None or extent is None or id(shape) in self._grouped:
            return ""
        left, top = whole(offset.get("x")), whole(offset.get("y"))
        right, bottom = left + whole(extent.get("cx")), top + whole(extent.get("cy"))
        outside = right < 0 or bottom < 0 or left > self._size[0] or top > self._size[1]
        return "off-page" if outside else ""

    def _diagram(self, shape: Any) -> Iterator[str]:
        for drawn in shape.iter(f"{DGM}relIds"):
            name = self._links.get(str(drawn.get(f"{R}dm")), ("", ""))[1]
            if name in self._package.names:
                for paragraph in self._package.xml(name).iter(f"{A}p"):
                    text = self._paragraph(paragraph)
                    yield BULLET + text if text.strip() else ""

    def _notes(self) -> Iterator[str]:
        for kind, name in self._links.values():
            if kind.endswith("/notesSlide") and name in self._package.names:
                shapes = [one for one in self._package.xml(name).iter(f"{P}sp") if placeholder(one) == "body"]
                texts = [line for shape in shapes for line in self._paragraphs(shape, bulleted=False)]
                yield from ["", *([f"Notes: {texts[0]}", *texts[1:]] if texts else [])]


def _paints(root: Any) -> bool:
    """Say whether a slide, its layout or its master paints anything that could stand behind text."""
    if root.find(f".//{P}pic") is not None or root.find(f"{P}cSld/{P}bg/{P}bgPr") is not None:
        return True
    named = root.find(f"{P}cSld/{P}bg/{P}bgRef/{A}schemeClr")
    filled = any(
        one.find(f"{A}{fill}") is not None
        for one in root.iter(f"{P}spPr")
        for fill in ("solidFill", "gradFill", "blipFill", "pattFill")
    )
    styled = root.find(f".//{P}style/{A}fillRef") is not None or root.find(f".//{A}tbl") is not None
    return filled or styled or (named is not None and named.get("val") not in {"bg1", "lt1"})


def _is_white(properties: Any) -> bool:
    color = None if properties is None else properties.find(f"{A}solidFill/{A}srgbClr")
    return color is not None and str(color.get("val", "")).upper() == "FFFFFF"


def whole(text: str | None) -> int:
    """Return a whole number that a file states, 0 where it states none."""
    return int(text) if text and text.lstrip("-").isdigit() and len(text) < 18 else 0


def placeholder(shape: Any) -> str:
    """Return the role of a shape on its slide, ``""`` for a free shape."""
    found = next((one for one in shape.iter(f"{P}ph")), None)
    return "" if found is None else str(found.get("type", "obj"))


def mark(paragraph: Any, counters: Counters, bulleted: bool) -> str:
    """Return the bullet or number before a paragraph."""
    properties = paragraph.find(f"{A}pPr")
    if properties is None:
        return BULLET if bulleted else ""
    level = min(whole(properties.get("lvl")), 8)
    if properties.find(f"{A}buAutoNum") is not None:
        return f"{counters.next('', level)}. "
    if properties.find(f"{A}buNone") is not None:
        return ""
    return BULLET if bulleted or properties.find(f"{A}buChar") is not None else ""


def table_lines(table: Any) -> Iterator[str]:
    """Give a table's rows as lines."""
    yield ""
    for row in table.iter(f"{A}tr"):
        cells = (
            "\n".join("".join(piece.text or "" for piece in one.iter(f"{A}t")) for one in cell.iter(f"{A}p"))
            for cell in row.iter(f"{A}tc")
        )
        yield table_row(cells)
    yield ""


def read_pptx(path: Path, *, settings: ExtractionSettings) -> Extraction:
    """Return what a reader sees of a presentation, speaker notes included; hidden slides are left out and told."""
    lines: list[str] = []
    hidden: list[HiddenText] = []
    with Package(path, settings=settings) as package:
        root = package.xml("ppt/presentation.xml")
        links = relations(package, "ppt/presentation.xml")
        names = [links.get(str(one.get(f"{R}id")), ("", ""))[1] for one in root.iter(f"{P}sldId")]
        if len(names) > settings.max_pages:
            found = f"it has {len(names):,} slides, above the bound of {settings.max_pages:,}"
            raise fault(path, found, holds="hand in the slides that matter", code="too-large")
        size = root.find(f"{P}sldSz")
        extent = (0, 0) if size is None else (whole(size.get("cx")), whole(size.get("cy")))
        for number, name in enumerate(names, start=1):
            slide = _Slide(package, name, number=number, size=extent if all(extent) else (10**9, 10**9))
            lines.extend(["", *slide.lines()])
            hidden.extend(slide.hidden)
    return Extraction(join_lines(lines), "pptx", tuple(hidden))
