"""Documents written by a real office program give the text that a person would read."""

import shutil
import subprocess
from pathlib import Path

import pptx as python_pptx
import pytest

from reviewkit.text.bounds import ExtractionSettings
from reviewkit.text.extract import extract

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
HERE = ExtractionSettings(supervised=False)
LONG = (
    "We start with a warm-up, because pupils come in from the yard and need time to settle down before anything else "
    "can happen in this rather noisy classroom."
)
PAGE = f"""<html><head><meta charset="utf-8"></head><body>
<h1>Lesson plan: Übergänge</h1><p>{LONG}</p><h2>Steps</h2>
<ol><li>Ask the question<ul><li>in pairs</li></ul></li><li>Wait ten seconds</li></ol>
<p>Materials:</p><ul><li>cards</li><li>one timer</li></ul>
<table border="1"><tr><th>Time</th><th>Step</th></tr><tr><td>5 min</td><td>Entry</td></tr></table>
<p>Afterwards I note what I saw.</p></body></html>"""
LINES = [
    "Lesson plan: Übergänge", LONG, "Steps", "1. Ask the question", "- in pairs", "2. Wait ten seconds", "Materials:",
    "- cards", "- one timer", "Time | Step", "5 min | Entry", "Afterwards I note what I saw.",
]  # fmt: skip

OASIS = "urn:oasis:names:tc:opendocument"
EDGES = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="{OASIS}:xmlns:office:1.0" xmlns:style="{OASIS}:xmlns:style:1.0"
xmlns:text="{OASIS}:xmlns:text:1.0" office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.text">
<office:automatic-styles><style:page-layout style:name="L"><style:header-style/><style:footer-style/>
</style:page-layout></office:automatic-styles><office:master-styles><style:master-page style:name="Standard"
style:page-layout-name="L"><style:header><text:p>Class 4b, spring</text:p></style:header><style:footer>
<text:p>Plan by the teacher</text:p></style:footer></style:master-page></office:master-styles><office:body>
<office:text><text:p>We begin in a ring.</text:p><text:p>Then we read.</text:p></office:text></office:body>
</office:document>"""

pytestmark = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed (apt-get install libreoffice)")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office")
    (folder / "plan.html").write_text(PAGE, encoding="utf-8")
    (folder / "marks.csv").write_text(
        "Name,Score,When\nPupil A,3.5,2024-05-01\nPupil B,2,2024-05-02\n", encoding="utf-8"
    )
    deck = python_pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Routines"
    slide.placeholders[1].text_frame.text = "Enter quietly"
    slide.notes_slide.notes_text_frame.text = "Say it twice"
    deck.save(str(folder / "made.pptx"))
    convert(folder, "plan.html", "odt:writer8", "--infilter=HTML (StarWriter)")
    return folder


def convert(folder: Path, source: str, form: str, *more: str) -> Path:
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [str(OFFICE), profile, "--headless", *more, "--convert-to", form, "--outdir", str(folder), source]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
    return folder / f"{Path(source).stem}.{form.split(':', maxsplit=1)[0]}"


def lines(path: Path) -> list[str]:
    read = extract(path, settings=HERE)
    assert read.hidden == ()
    return [line.replace("•", "-") for line in read.text.split("\n") if line]


class TestOfficeDocuments:
    @pytest.mark.parametrize("form", ["docx", "rtf"])
    def test_of_words_give_their_text(self, folder: Path, form: str) -> None:
        assert lines(convert(folder, "plan.odt", form)) == LINES

    def test_of_open_document_give_their_text(self, folder: Path) -> None:
        assert lines(folder / "plan.odt") == LINES

    def test_in_pdf_give_their_text_save_the_bars_of_tables(self, folder: Path) -> None:
        assert lines(convert(folder, "plan.odt", "pdf")) == [line.replace(" | ", " ") for line in LINES]

    def test_in_html_give_their_text(self, folder: Path) -> None:
        made = folder / "again"
        made.mkdir()
        shutil.copy(folder / "plan.odt", made / "plan.odt")
        assert lines(convert(made, "plan.odt", "html")) == LINES

    @pytest.mark.parametrize("form", ["odt", "docx", "rtf", "pdf"])
    def test_give_headers_and_footers_once(self, folder: Path, form: str) -> None:
        (folder / "edges.fodt").write_text(EDGES, encoding="utf-8")
        found = lines(convert(folder, "edges.fodt", form))
        assert found[0] == "Class 4b, spring"
        assert sorted(found[1:]) == ["Plan by the teacher", "Then we read.", "We begin in a ring."]

    def test_of_slides_give_their_text(self, folder: Path) -> None:
        convert(folder, "made.pptx", "odp")
        assert lines(convert(folder, "made.odp", "pptx")) == ["Routines", "- Enter quietly", "Notes: Say it twice"]

    def test_of_tables_give_their_values(self, folder: Path) -> None:
        got = lines(convert(folder, "marks.csv", "xlsx"))
        assert got == ["Name | Score | When", "Pupil A | 3.5 | 2024-05-01", "Pupil B | 2 | 2024-05-02"]
