"""A rubric as a plain spreadsheet, CSV or ``.xlsx`` (the latter needs the extra ``xlsx``)."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from reviewkit.errors import DependencyError, RubricError
from reviewkit.formats.draft import bounded, build, encoding_loss, guarded
from reviewkit.formats.loss import LossReport, measured
from reviewkit.formats.sheet import Row, read_rows, unguard, write_rows
from reviewkit.formats.spreadsheet_grid import from_rows, to_rows
from reviewkit.formats.xmltree import legal
from reviewkit.records import Rubric

NAME = "spreadsheet"
MAX_UNPACKED = 64 * 1024 * 1024
MAX_CELLS = 2_000_000
NO_PLACE = "the grid has no place for it"
CELL = "a cell cannot hold one of its characters or all of its length, or reads it as something else"
REASONS = {
    "requirements.reflection": NO_PLACE,
    "requirements.artifacts": NO_PLACE,
    "title": CELL,
    "version": CELL,
    "competency": CELL,
    "criteria[].title": CELL,
    "criteria[].description": CELL,
    "criteria[].levels[].descriptor": CELL,
    "criteria[].levels[].name": CELL,
    "criteria[].reads": "the names of parts are told apart by semicolons",
}


def matches(content: bytes) -> bool:
    """Say whether the content is a workbook, or CSV with a column for the criterion."""
    if is_workbook(content):
        return True
    head = content[:8192].replace(b"\x00", b"").removeprefix(b"\xef\xbb\xbf").lower()
    lines = [line.replace(b'"', b"") for line in head.splitlines()[:12]]
    cells = [cell.strip() for line in lines for cell in line.replace(b";", b",").replace(b"\t", b",").split(b",")]
    return head.lstrip(b"\xef\xbb\xbf \r\n")[:1] not in (b"{", b"[", b"<") and (
        b"criterion" in cells or b"criteria" in cells
    )


def is_workbook(content: bytes) -> bool:
    """Say whether the content is an ``.xlsx`` workbook."""
    return content.startswith(b"PK") and b"xl/" in content


def read(content: bytes, *, name: str) -> tuple[Rubric, LossReport]:
    """Read a grid with criteria down and levels across; see ``spreadsheet_grid`` for its forms.

    Raises
    ------
    RubricError
        If there is no such grid; file and row are named.
    DependencyError
        If it is a workbook and openpyxl is not installed.
    """
    bounded(content, name=name)
    if is_workbook(content):
        rows, encoding = [*_workbook_rows(content, name=name)], "utf-8"
    else:
        rows, encoding = read_rows(content, name=name, error=RubricError)
        rows = [[unguard(cell) for cell in row] for row in rows]
    draft, losses = from_rows(rows, name=name)
    return build(draft, name=name, format_name=NAME, losses=[*encoding_loss(encoding), *losses])


def write(rubric: Rubric, *, workbook: bool = False) -> tuple[bytes, LossReport]:
    """Write the grid as CSV, or as an ``.xlsx`` workbook.

    Parameters
    ----------
    rubric : Rubric
        What to write.
    workbook : bool
        ``.xlsx`` instead of CSV. Its cells are typed as text, so that none runs as a formula; in CSV a quote is put
        before such a cell, which the report names.
    """
    rows = [[legal(cell) if workbook else cell for cell in row] for row in to_rows(rubric)]
    content = _workbook(rows) if workbook else write_rows(rows)
    back, _ = read(content, name="rubric.xlsx" if workbook else "rubric.csv")
    also = () if workbook else [*guarded(rubric)]
    return content, measured(rubric, back, format_name=NAME, reasons=REASONS, also=also)


def _openpyxl() -> Any:
    try:
        import openpyxl
    except ImportError:
        raise DependencyError(
            "reading and writing .xlsx needs openpyxl, which is not installed; "
            "run pip install 'reviewkit[xlsx]', or use CSV"
        ) from None
    return openpyxl


def _workbook_rows(content: bytes, *, name: str) -> Iterator[Row]:
    openpyxl = _openpyxl()
    _refuse_bomb(content, name=name)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        cells = 0
        for row in sheet.iter_rows(values_only=True):
            cells += len(row) + 1
            if cells > MAX_CELLS:
                raise RubricError(f"{name}: has more than {MAX_CELLS} cells; keep the rubric alone on its sheet")
            yield [_as_text(value) for value in row]
    except RubricError:
        raise
    except Exception as fault:  # openpyxl raises whatever a damaged part happens to cause
        raise RubricError(f"{name}: cannot be read as a workbook ({fault}); save it again as .xlsx or CSV") from None


def _refuse_bomb(content: bytes, *, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except Exception:  # zipfile raises whatever a damaged directory happens to cause
        raise RubricError(f"{name}: begins like a workbook and is no whole zip; save it again") from None
    if unpacked > MAX_UNPACKED:
        raise RubricError(f"{name}: unpacks to {unpacked} bytes, more than {MAX_UNPACKED}; no rubric needs that")


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _workbook(rows: list[Row]) -> bytes:
    book = _openpyxl().Workbook()
    sheet = book.active
    sheet.title = "Rubric"
    for at, row in enumerate(rows, start=1):
        for column, text in enumerate(row, start=1):
            if text:
                cell = sheet.cell(row=at, column=column, value=text)
                cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
