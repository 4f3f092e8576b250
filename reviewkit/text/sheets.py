"""Workbooks (.xlsx): sheet after sheet, a line a row, values as they are shown; formulas are never computed."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from reviewkit.text.archive import Package
from reviewkit.text.bounds import Extraction, ExtractionSettings, HiddenText, fault, hidden_text
from reviewkit.text.layout import join_lines, table_row
from reviewkit.text.links import relations

S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
MAX_COLUMNS = 500
DATE_FORMATS = frozenset({*range(14, 18), 22, 27, 30, 36, 50, 57})
TIME_FORMATS = frozenset({*range(18, 22), 45, 46, 47})


class _Workbook:
    """Gives the lines of a workbook's sheets."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self.root = package.xml("xl/workbook.xml")
        self._links = relations(package, "xl/workbook.xml")
        self._shared = [_string(one) for one in self._optional("xl/sharedStrings.xml")]
        self._formats = _formats(self._optional("xl/styles.xml"))
        self.hidden: list[HiddenText] = []

    def _optional(self, name: str) -> Any:
        return self._package.xml(name) if name in self._package.names else ()

    def sheets(self) -> list[Any]:
        return list(self.root.iter(f"{S}sheet"))

    def lines(self) -> Iterator[str]:
        sheets = self.sheets()
        for sheet in sheets:
            name = self._links.get(str(sheet.get(f"{R}id")), ("", ""))[1]
            if name not in self._package.names:
                continue
            rows = list(self._rows(self._package.xml(name)))
            if sheet.get("state") in {"hidden", "veryHidden"}:
                self._conceal(f"sheet {sheet.get('name')!r}", rows)
                continue
            yield from ("", str(sheet.get("name", "")), "") if len(sheets) > 1 else ()
            yield from rows

    def _conceal(self, where: str, rows: list[str]) -> None:
        text = "\n".join(row for row in rows if row)
        if text:
            self.hidden.append(hidden_text("hidden", where, text))

    def _rows(self, sheet: Any) -> Iterator[str]:
        for row in sheet.iter(f"{S}row"):
            line = table_row(_trimmed(self._cells(row)))
            if row.get("hidden") in {"1", "true"}:
                self._conceal(f"row {row.get('r')}", [line])
            else:
                yield line

    def _cells(self, row: Any) -> list[str]:
        cells: list[str] = []
        for cell in row.iter(f"{S}c"):
            column = _column(str(cell.get("r", "")))
            if len(cells) < column < MAX_COLUMNS:
                cells.extend([""] * (column - len(cells)))
            cells.append(self._value(cell))
        return cells[:MAX_COLUMNS]

    def _value(self, cell: Any) -> str:
        kind = cell.get("t", "n")
        inline = cell.find(f"{S}is")
        if inline is not None:
            return _string(inline)
        value = cell.find(f"{S}v")
        text = "" if value is None else value.text or ""
        if kind == "s":
            return self._shared[int(text)] if text.isdigit() and int(text) < len(self._shared) else ""
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(text, text)
        return text if kind in {"str", "e"} else self._number(text, str(cell.get("s", "0")))

    def _number(self, text: str, style: str) -> str:
        number = int(style) if style.isdigit() else 0
        kind = self._formats[number] if number < len(self._formats) else ""
        try:
            return _shown(float(text), kind)
        except (ValueError, OverflowError):
            return text


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def _string(item: Any) -> str:
    """Return a string of runs, without the reading aids above East Asian characters."""
    pieces = [one for one in item if one.tag in {f"{S}t", f"{S}r"}]
    return "".join("".join(text.text or "" for text in one.iter(f"{S}t")) for one in pieces)


def _column(reference: str) -> int:
    letters = re.match(r"[A-Z]{1,3}", reference)
    column = 0
    for letter in letters[0] if letters else "":
        column = column * 26 + ord(letter) - 64
    return column - 1


def _formats(styles: Any) -> list[str]:
    if isinstance(styles, tuple):
        return []
    codes = {str(one.get("numFmtId")): str(one.get("formatCode", "")) for one in styles.iter(f"{S}numFmt")}
    listed = styles.find(f"{S}cellXfs")
    return [_kind(str(one.get("numFmtId", "0")), codes) for one in (() if listed is None else listed)]


def _kind(number: str, codes: dict[str, str]) -> str:
    if number.isdigit() and int(number) in DATE_FORMATS | TIME_FORMATS:
        return "time" if int(number) in TIME_FORMATS else "date"
    code = re.sub(r"\"[^\"]*\"|\[[^\]]*\]|\\.", "", codes.get(number, "")).lower()
    if number in {"9", "10"} or "%" in code:
        return "percent"
    if re.search(r"[yd]", code):
        return "date"
    return "time" if re.search(r"h|s", code) and "general" not in code else ""


def _shown(value: float, kind: str) -> str:
    if kind == "percent":
        return f"{value * 100:.6g} %"
    if kind in {"date", "time"} and 0 <= value < 2_958_466:
        when = datetime(1899, 12, 30) + timedelta(seconds=round(value * 86_400))
        if kind == "time":
            return when.strftime("%H:%M")
        return when.strftime("%Y-%m-%d" if when.hour == when.minute == 0 else "%Y-%m-%d %H:%M")
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.10g}"


def read_xlsx(path: Path, *, settings: ExtractionSettings) -> Extraction:
    """Return the values of a workbook's sheets; hidden sheets and rows are left out and told."""
    with Package(path, settings=settings) as package:
        workbook = _Workbook(package)
        if len(workbook.sheets()) > settings.max_pages:
            found = f"it has {len(workbook.sheets()):,} sheets, above the bound of {settings.max_pages:,}"
            raise fault(path, found, holds="hand in the sheets that matter", code="too-large")
        lines = list(workbook.lines())
    return Extraction(join_lines(lines), "xlsx", tuple(workbook.hidden))
