"""Text of files: what a person would read, and a clear word where there is none."""

from pathlib import Path

import docx as python_docx
import pptx as python_pptx
import pytest
from pptx.dml.color import RGBColor
from pptx.util import Inches
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from reviewkit.errors import ExtractionError
from reviewkit.text.bounds import Extraction, ExtractionSettings
from reviewkit.text.extract import extract, extract_text
from tests.text.documents import HERE, docx, paragraph, pdf, read, shown, written


class TestPlainText:
    def test_keeps_its_lines(self, tmp_path: Path) -> None:
        assert read(written(tmp_path / "a.txt", "\ufeffOne\r\ntwo \x00\n\n\n\nthree")).text == "One\ntwo\n\nthree"

    def test_may_be_utf_16(self, tmp_path: Path) -> None:
        assert read(written(tmp_path / "a.txt", "Übung".encode("utf-16"))).text == "Übung"

    def test_of_a_table_is_a_line_a_row(self, tmp_path: Path) -> None:
        assert read(written(tmp_path / "a.csv", 'Time;Step\n5;"Ask; wait"\n;\n')).text == "Time | Step\n5 | Ask; wait"

    def test_of_markdown_is_set(self, tmp_path: Path) -> None:
        source = (
            "---\nkey: value\n---\n# Plan\n\nWe *ask*\nand [wait](http://x).\n\n1. one\n2. two\n\n|a|b|\n|-|-|\n|1|2|\n"
        )
        assert (
            read(written(tmp_path / "a.md", source)).text
            == "Plan\n\nWe ask and wait.\n\n1. one\n2. two\n\na | b\n1 | 2"
        )


class TestHtml:
    def test_shows_what_a_browser_shows(self, tmp_path: Path) -> None:
        page = (
            "<html><head><title>T</title><style>.x{display:none}</style><script>alert(1)</script></head><body>"
            "<h1>Plan</h1>A<br>b <b>c</b><ul><li>one<li>two</ul><table><tr><th>T<th>S<tr><td>5<td>Ask</table>"
            "<img src='http://example.invalid/x.png' alt='no'><!-- note --><p class=x>full marks</p></body></html>"
        )
        got = read(written(tmp_path / "a.html", page))
        assert got.text == "Plan\n\nA\nb c\n\n- one\n- two\n\nT | S\n5 | Ask"
        assert [(one.how, one.text) for one in got.hidden] == [("hidden", "full marks")]

    @pytest.mark.parametrize(
        ("style", "how"),
        [
            ("color:#fff", "white"),
            ("color: white; font-weight: bold", "white"),
            ("font-size:0", "tiny"),
            ("font-size:1px", "tiny"),
            ("position:absolute;left:-9999px", "off-page"),
            ("visibility:hidden", "hidden"),
            ("opacity:0", "hidden"),
        ],
    )
    def test_tells_of_hidden_text(self, tmp_path: Path, style: str, how: str) -> None:
        got = read(written(tmp_path / "a.html", f"<p>Plan</p><p style='{style}'>secret</p>"))
        assert (got.text, [one.how for one in got.hidden]) == ("Plan", [how])

    @pytest.mark.parametrize(
        "style", ["color:#fff8dc", "color:white;background:#036", "font-size:10px", "opacity:0.9", "margin-left:-10px"]
    )
    def test_takes_honest_styles_for_what_they_are(self, tmp_path: Path, style: str) -> None:
        got = read(written(tmp_path / "a.html", f"<p>Plan</p><p style='{style}'>seen</p>"))
        assert (got.text, got.hidden) == ("Plan\n\nseen", ())

    def test_survives_depth(self, tmp_path: Path) -> None:
        assert "deep" in read(written(tmp_path / "a.html", "<html>" + "<div>" * 50_000 + "deep")).text


class TestWord:
    def test_gives_headings_lists_and_tables_in_order(self, tmp_path: Path) -> None:
        document = python_docx.Document()
        document.add_heading("Plan", level=1)
        document.add_paragraph("We start.")
        document.add_paragraph("Ask", style="List Number")
        document.add_paragraph("Wait", style="List Number")
        document.add_paragraph("cards", style="List Bullet")
        table = document.add_table(rows=2, cols=2)
        for at, word in enumerate(("Time", "Step", "5 min", "Entry")):
            table.cell(at // 2, at % 2).text = word
        document.add_paragraph("Done.")
        document.save(str(tmp_path / "plan.docx"))
        lines = [line for line in read(tmp_path / "plan.docx").text.split("\n") if line]
        assert lines == ["Plan", "We start.", "1. Ask", "2. Wait", "- cards", "Time | Step", "5 min | Entry", "Done."]

    def test_keeps_insertions_and_content_controls_and_drops_deletions(self, tmp_path: Path) -> None:
        body = (
            "<w:p><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p>"
            "<w:sdt><w:sdtContent><w:p><w:r><w:t>field</w:t><w:tab/><w:t>end</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        )
        assert read(docx(tmp_path / "a.docx", body)).text == "new\nfield end"

    def test_gives_notes_at_the_end(self, tmp_path: Path) -> None:
        body = '<w:p><w:r><w:t>Text</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
        notes = (
            '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
            f'<w:footnote w:id="2">{paragraph("a note")}</w:footnote></w:footnotes>'
        )
        assert read(docx(tmp_path / "a.docx", body, **{"word/footnotes.xml": notes})).text == "Text[1]\n[1] a note"

    @pytest.mark.parametrize(
        ("properties", "how"),
        [("<w:vanish/>", "hidden"), ('<w:color w:val="FFFFFF"/>', "white"), ('<w:sz w:val="2"/>', "tiny")],
    )
    def test_tells_of_hidden_text(self, tmp_path: Path, properties: str, how: str) -> None:
        got = read(docx(tmp_path / "a.docx", paragraph("seen") + paragraph("secret", properties)))
        assert (got.text, [(one.how, one.text) for one in got.hidden]) == ("seen", [(how, "secret")])

    @pytest.mark.parametrize(
        "properties",
        ['<w:vanish w:val="0"/>', '<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="1F4E79"/>',
         '<w:sz w:val="12"/>', '<w:color w:val="FFFFFF"/><w:highlight w:val="black"/>'],
    )  # fmt: skip
    def test_takes_white_on_dark_for_seen(self, tmp_path: Path, properties: str) -> None:
        assert read(docx(tmp_path / "a.docx", paragraph("seen", properties))).hidden == ()

    def test_refuses_depth(self, tmp_path: Path) -> None:
        body = "<w:tbl><w:tr><w:tc>" * 200 + paragraph("deep") + "</w:tc></w:tr></w:tbl>" * 200
        with pytest.raises(ExtractionError, match="more than 80 deep") as caught:
            read(docx(tmp_path / "a.docx", body))
        assert caught.value.code == "nested"


class TestSlides:
    def test_gives_slides_in_order_with_notes(self, tmp_path: Path) -> None:
        deck = python_pptx.Presentation()
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = "Routines"
        slide.placeholders[1].text_frame.text = "Enter quietly"
        slide.notes_slide.notes_text_frame.text = "Say it twice"
        second = deck.slides.add_slide(deck.slide_layouts[5])
        second.shapes.title.text = "Times"
        table = second.shapes.add_table(1, 2, Inches(1), Inches(2), Inches(4), Inches(1)).table
        table.cell(0, 0).text, table.cell(0, 1).text = "5 min", "Entry"
        outside = second.shapes.add_textbox(Inches(40), Inches(1), Inches(1), Inches(1))
        outside.text_frame.text = "secret"
        deck.save(str(tmp_path / "deck.pptx"))
        got = read(tmp_path / "deck.pptx")
        lines = [line for line in got.text.split("\n") if line]
        assert lines == ["Routines", "- Enter quietly", "Notes: Say it twice", "Times", "5 min | Entry"]
        assert [(one.how, one.text) for one in got.hidden] == [("off-page", "secret")]

    def test_takes_white_on_a_dark_ground_for_seen(self, tmp_path: Path) -> None:
        deck = python_pptx.Presentation()
        dark, white = (deck.slides.add_slide(deck.slide_layouts[5]) for _ in range(2))
        dark.background.fill.solid()
        dark.background.fill.fore_color.rgb = RGBColor(0, 0, 80)
        for slide, text in ((dark, "seen"), (white, "secret")):
            slide.shapes.title.text = text
            slide.shapes.title.text_frame.paragraphs[0].runs[0].font.color.rgb = RGBColor(255, 255, 255)
        deck.save(str(tmp_path / "deck.pptx"))
        got = read(tmp_path / "deck.pptx")
        assert (got.text, [(one.how, one.text) for one in got.hidden]) == ("seen", [("white", "secret")])


class TestPdf:
    def test_joins_the_lines_of_a_paragraph(self, tmp_path: Path) -> None:
        first, second = "Pupils came in from the yard and needed some time until they remem-", "bered. Then we sat."
        page = f"{shown(first)} {shown(second, y=686)}"
        assert read(pdf(tmp_path / "a.pdf", page)).text == first[:-1] + second

    @pytest.mark.parametrize(
        ("line", "how"),
        [
            (shown("secret", y=650, before="1 1 1 rg"), "white"),
            (shown("secret", y=650, size=0.5), "tiny"),
            (shown("secret", y=-900), "off-page"),
            (shown("secret", y=650, before="0 g 3 Tr"), "hidden"),
        ],
    )
    def test_tells_of_hidden_text(self, tmp_path: Path, line: str, how: str) -> None:
        got = read(pdf(tmp_path / "a.pdf", f"{shown('seen by all')} {line}"))
        assert (got.text.strip(), [(one.how, one.text) for one in got.hidden]) == ("seen by all", [(how, "secret")])

    def test_takes_white_on_a_dark_box_for_seen(self, tmp_path: Path) -> None:
        page = f"0 0 0.5 rg 60 640 400 40 re f {shown('heading', y=650, before='1 g')}"
        assert read(pdf(tmp_path / "a.pdf", page)) == Extraction("heading", "pdf", ())

    def test_without_text_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(ExtractionError, match=r"scan\.pdf: 2 pages were read and none holds text") as caught:
            read(pdf(tmp_path / "scan.pdf", "0 0 m", "0 0 m"))
        assert caught.value.code == "no-text"

    def test_of_too_many_pages_is_refused(self, tmp_path: Path) -> None:
        path = pdf(tmp_path / "a.pdf", *[shown("x")] * 12)
        with pytest.raises(ExtractionError, match="12 pages, above the bound of 10"):
            extract(path, settings=ExtractionSettings(supervised=False, max_pages=10))

    def test_with_a_password_is_refused(self, tmp_path: Path) -> None:
        writer = PdfWriter(clone_from=pdf(tmp_path / "open.pdf", shown("x")))
        writer.encrypt("secret", algorithm="RC4-128")
        writer.write(tmp_path / "locked.pdf")
        with pytest.raises(ExtractionError, match=r"locked\.pdf: it is locked with a password") as caught:
            read(tmp_path / "locked.pdf")
        assert caught.value.code == "encrypted"

    def test_never_runs_or_shows_a_script(self, tmp_path: Path) -> None:
        writer = PdfWriter(clone_from=pdf(tmp_path / "open.pdf", shown("seen")))
        script = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert('no');")}
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(script)
        writer.add_attachment("a.txt", b"attached")
        writer.write(tmp_path / "script.pdf")
        assert read(tmp_path / "script.pdf") == Extraction("seen", "pdf", ())


class TestRichText:
    def test_gives_text_lists_and_tables(self, tmp_path: Path) -> None:
        source = (
            r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\colortbl;\red255\green255\blue255;}"
            r"\uc1 Caf\'e9 \u8212?ok\par"
            r"{\listtext\bullet\tab}one\par{\*\secret x}a\cell b\cell\row{\cf1 white}{\v gone}{\pict 0011}end\par}"
        )
        got = read(written(tmp_path / "a.rtf", source))
        assert got.text == "Café —ok\n- one\na | b\nend"
        assert [(one.how, one.text) for one in got.hidden] == [("white", "white"), ("hidden", "gone")]


class TestContent:
    def test_decides_not_the_name(self, tmp_path: Path) -> None:
        assert read(docx(tmp_path / "plan.txt", paragraph("word"))).kind == "docx"
        assert read(pdf(tmp_path / "plan.docx", shown("page"))).kind == "pdf"
        assert read(written(tmp_path / "plan.pdf", "<html><body><p>web</p></body></html>")).kind == "html"
        assert read(written(tmp_path / "plan.md", r"{\rtf1 rich}")).kind == "rtf"

    def test_is_the_same_in_a_process_of_its_own(self, tmp_path: Path) -> None:
        path = docx(tmp_path / "plan.docx", paragraph("Übung \U0001f600"))
        assert extract_text(path) == extract_text(path, settings=HERE) == "Übung \U0001f600"
