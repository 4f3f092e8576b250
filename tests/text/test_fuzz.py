"""Mutated files: each gives a text or a clear refusal, within its bounds."""

import io
import random
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pptx as python_pptx
import pytest

from reviewkit.errors import ExtractionError
from reviewkit.text.bounds import ExtractionSettings
from reviewkit.text.extract import extract
from reviewkit.text.worker import START_SECONDS
from tests.text.documents import docx, packed, paragraph, pdf, shown

N_SHORT, N_LONG = 60, 20_000
KINDS = ["txt", "md", "csv", "html", "rtf", "pdf", "docx", "pptx", "odt", "xlsx"]
S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TABLE = f"<w:tbl><w:tr><w:tc>{paragraph('a')}</w:tc></w:tr></w:tbl>"
ODF = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text><text:h>Plan</text:h>'
    "<text:list><text:list-item><text:p>Ask</text:p></text:list-item></text:list></office:text></office:body>"
    "</office:document-content>"
)
BOOK = f'<workbook xmlns="{S}"><sheets><sheet name="A" r:id="r1" xmlns:r="http://schemas.openxmlformats.org/'
BOOK += 'officeDocument/2006/relationships"/></sheets></workbook>'
LINKS = '<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
SHEET = (
    f'<worksheet xmlns="{S}"><sheetData><row r="1"><c r="A1" t="str"><v>Time</v></c><c r="B1" s="1"><v>45000</v></c>'
)
SHEET += "</row></sheetData></worksheet>"


def seed(kind: str, folder: Path) -> bytes:
    """Return an honest file of that kind."""
    path = folder / f"seed.{kind}"
    plain = {
        "txt": "Plan\n\nAsk, then wait.\n",
        "md": "# Plan\n\n* ask\n* [wait](http://x)\n\n|a|b|\n|-|-|\n|1|2|\n",
        "csv": 'Time,Step\n5,"Ask, wait"\n',
        "html": "<html><body><h1>Plan</h1><ul><li>a<li style='color:#fff'>b</ul><table><tr><td>1</table></body></html>",
        "rtf": r"{\rtf1\ansi{\colortbl;\red255\green255\blue255;}Plan\par{\cf1 x}\u8212?a\cell b\cell\row}",
    }
    if kind in plain:
        return plain[kind].encode()
    if kind == "pptx":
        deck = python_pptx.Presentation()
        deck.slides.add_slide(deck.slide_layouts[1]).shapes.title.text = "Routines"
        deck.save(str(path))
        return path.read_bytes()
    make: dict[str, Callable[[], Path]] = {
        "pdf": lambda: pdf(path, f"{shown('Plan one')} 0 0 1 rg 0 0 9 9 re f {shown('two', y=600)}", shown("three")),
        "docx": lambda: docx(path, paragraph("Plan", '<w:color w:val="FFFFFF"/>') + TABLE),
        "odt": lambda: packed(path, {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": ODF}),
        "xlsx": lambda: packed(path, {"xl/workbook.xml": BOOK, "xl/_rels/workbook.xml.rels": LINKS,
                                      "xl/worksheets/sheet1.xml": SHEET}),
    }  # fmt: skip
    return make[kind]().read_bytes()


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return the data with bytes flipped, cut out, doubled or replaced by what often breaks readers."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(len(out) + 1)
        length = chance.choice((1, 2, 8, 64, 512))
        piece = out[at : at + length]
        hostile = [
            b"\x00",
            b"\xff" * 8,
            b"<" * 40,
            b"(" * 60,
            b"{" * 60,
            b"\\u-1?",
            b"999999999999",
            b"&#xD800;",
            b"-1",
        ]
        out[at : at + length] = chance.choice((
            bytes(one ^ (1 << chance.randrange(8)) for one in piece), b"", bytes(piece) * chance.choice((2, 40)),
            chance.choice(hostile), chance.randbytes(length),
        ))  # fmt: skip
    return bytes(out)


def mutated_file(data: bytes, chance: random.Random) -> bytes:
    """Return a mutated file; of a packed one half the time a member is mutated before it is packed."""
    if not data.startswith(b"PK") or chance.random() < 0.5:
        return mutated(data, chance)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        names = [name for name in source.namelist() if name.endswith((".xml", ".rels"))]
        struck = chance.choice([name for name in names if "slide1.xml" in name or "Layout" not in name])
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, mutated(content, chance) if name == struck else content)
    return out.getvalue()


def outcome(path: Path, settings: ExtractionSettings) -> str:
    try:
        return extract(path, settings=settings).text
    except ExtractionError as error:
        assert str(error).startswith(path.name)
        return error.code


def run(kind: str, folder: Path, *, n_files: int, settings: ExtractionSettings) -> tuple[int, float]:
    """Read mutated files and return how many gave an answer, and the longest time."""
    data, chance, path = seed(kind, folder), random.Random(f"fuzz {kind}"), folder / f"mutated.{kind}"
    longest, n_answers = 0.0, 0
    for _ in range(n_files):
        path.write_bytes(mutated_file(data, chance))
        begun = time.perf_counter()
        n_answers += bool(outcome(path, settings))
        longest = max(longest, time.perf_counter() - begun)
    return n_answers, longest


class TestMutatedFiles:
    @pytest.mark.parametrize("kind", KINDS)
    def test_give_text_or_a_refusal(self, tmp_path: Path, kind: str) -> None:
        settings = ExtractionSettings(supervised=False)
        n_answers, longest = run(kind, tmp_path, n_files=N_SHORT, settings=settings)
        assert n_answers == N_SHORT
        assert longest < 60

    @pytest.mark.fuzz
    @pytest.mark.parametrize("kind", KINDS)
    def test_hold_their_bounds_in_the_long_run(self, tmp_path: Path, kind: str) -> None:
        settings = ExtractionSettings(timeout_s=5, max_memory_mib=512)
        n_answers, longest = run(kind, tmp_path, n_files=N_LONG, settings=settings)
        assert n_answers == N_LONG
        assert longest < settings.timeout_s + START_SECONDS
