"""Honest files of each kind, of which the fuzz tests make mutated ones: each uses most of what its reader knows."""

from collections.abc import Callable
from pathlib import Path

import pptx as python_pptx

from tests.text.documents import W, docx, packed, paragraph, pdf, shown

S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OASIS = "urn:oasis:names:tc:opendocument:xmlns"
PLAIN = {
    "txt": "Plan\n\nAsk, then wait.\n",
    "md": "# Plan\n\n* ask\n* [wait](http://x)\n\n|a|b|\n|-|-|\n|1|2|\n",
    "csv": 'Time,Step\n5,"Ask, wait"\n',
    "html": "<html><body><h1>Plan</h1><ul><li>a<li style='color:#fff'>b</ul><ol start=3 type=i><li>c</ol><table><tr>"
    "<td>1</table><p style='position:absolute;left:-999px'>x<script>y</script>&#8212;&nbsp;&lt;</body></html>",
    "rtf": r"{\rtf1\ansi{\fonttbl{\f0\fcharset204 Arial;}}{\colortbl;\red255\green255\blue255;}Plan\par{\cf1 x}{\v y}"
    r"\u8212?{\listtext 1.\tab}a\cell b\cell\row{\*\footnote z}{\pict 00ff}\'e9\fs2 tiny\bin3 abc}",
}
LIST = '<w:pPr><w:pStyle w:val="Item"/><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
BODY = (
    paragraph("Plan", '<w:color w:val="FFFFFF"/>')
    + f"<w:p>{LIST}<w:r><w:t>Ask</w:t><w:tab/><w:footnoteReference w:id='2'/></w:r></w:p>"
    + f"<w:tbl><w:tr><w:tc>{paragraph('a')}</w:tc></w:tr></w:tbl>"
)
STYLES = (
    f'<w:styles xmlns:w="{W}"><w:style w:styleId="Item"><w:basedOn w:val="Base"/></w:style><w:style w:styleId="Base">'
    '<w:rPr><w:vanish w:val="0"/><w:sz w:val="22"/></w:rPr></w:style></w:styles>'
)
NUMBERING = (
    f'<w:numbering xmlns:w="{W}"><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/>'
    '<w:numFmt w:val="lowerRoman"/><w:lvlText w:val="%1."/></w:lvl></w:abstractNum><w:num w:numId="1">'
    '<w:abstractNumId w:val="0"/></w:num></w:numbering>'
)
NOTES = f'<w:footnotes xmlns:w="{W}"><w:footnote w:id="2">{paragraph("note")}</w:footnote></w:footnotes>'
HEADER = f'<w:hdr xmlns:w="{W}">{paragraph("Class 4b")}</w:hdr>'
ODT_BODY = (
    f'<office:document-content xmlns:office="{OASIS}:office:1.0" xmlns:text="{OASIS}:text:1.0" xmlns:style="{OASIS}:'
    f'style:1.0" xmlns:fo="{OASIS}:xsl-fo-compatible:1.0" xmlns:table="{OASIS}:table:1.0"><office:automatic-styles>'
    '<style:style style:name="T1" style:family="text"><style:text-properties fo:color="#ffffff" fo:font-size="9pt"/>'
    "</style:style></office:automatic-styles><office:body><office:text><text:h>Plan</text:h><text:list><text:list-item>"
    '<text:p>Ask<text:s text:c="3"/><text:span text:style-name="T1">x</text:span></text:p></text:list-item></text:list>'
    '<table:table><table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="2">'
    "<text:p>a</text:p></table:table-cell></table:table-row></table:table></office:text></office:body>"
    "</office:document-content>"
)
ODT_STYLES = (
    f'<office:document-styles xmlns:office="{OASIS}:office:1.0" xmlns:text="{OASIS}:text:1.0" xmlns:style="{OASIS}:'
    'style:1.0"><office:styles><text:list-style style:name="L"><text:list-level-style-number text:level="1" '
    'style:num-format="1" style:num-suffix="."/></text:list-style></office:styles><office:master-styles>'
    "<style:master-page><style:header><text:p>Class 4b</text:p></style:header></style:master-page>"
    "</office:master-styles></office:document-styles>"
)
BOOK = f'<workbook xmlns="{S}"><sheets><sheet name="A" r:id="r1" xmlns:r="{R}"/></sheets></workbook>'
LINKS = '<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
SHARED = f'<sst xmlns="{S}"><si><t>Step</t></si><si><r><t>As</t></r><r><t>k</t></r></si></sst>'
LOOKS = (
    f'<styleSheet xmlns="{S}"><numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm"/></numFmts><cellXfs>'
    '<xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="10"/></cellXfs></styleSheet>'
)
SHEET = (
    f'<worksheet xmlns="{S}"><sheetData><row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1" s="1"><v>45000</v></c>'
    '<c r="D1" s="2"><v>0.5</v></c><c r="E1" t="b"><v>1</v></c></row></sheetData></worksheet>'
)


def seed(kind: str, folder: Path) -> bytes:
    """Return an honest file of that kind."""
    if kind in PLAIN:
        return PLAIN[kind].encode()
    path = folder / f"seed.{kind}"
    make: dict[str, Callable[[Path], object]] = {
        "pptx": _deck, "pdf": _pages, "docx": _document, "odt": _open_document, "xlsx": _workbook,
    }  # fmt: skip
    make[kind](path)
    return path.read_bytes()


def _deck(path: Path) -> None:
    deck = python_pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Routines"
    slide.placeholders[1].text_frame.text = "Ask"
    slide.notes_slide.notes_text_frame.text = "Wait"
    deck.save(str(path))


def _pages(path: Path) -> None:
    page = f"q {shown('Plan one')} 0 0 1 rg 0 0 9 9 re f Q 3 Tr {shown('two', y=600)} [(a) -200 (b)] TJ"
    pdf(path, page, shown("three"), n_squeezed=1)


def _document(path: Path) -> None:
    more = {"word/styles.xml": STYLES, "word/numbering.xml": NUMBERING, "word/footnotes.xml": NOTES}
    docx(path, BODY, **more, **{"word/header1.xml": HEADER})


def _open_document(path: Path) -> None:
    kind = "application/vnd.oasis.opendocument.text"
    packed(path, {"mimetype": kind, "content.xml": ODT_BODY, "styles.xml": ODT_STYLES})


def _workbook(path: Path) -> None:
    members = {"xl/workbook.xml": BOOK, "xl/_rels/workbook.xml.rels": LINKS, "xl/worksheets/sheet1.xml": SHEET}
    packed(path, {**members, "xl/sharedStrings.xml": SHARED, "xl/styles.xml": LOOKS})
