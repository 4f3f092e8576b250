"""Rows of text to and from CSV: separators found, decimal commas read, formulas disarmed."""

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence

from reviewkit.errors import FileFormatError
from reviewkit.formats.plain import decode

SEPARATORS = ",;\t"
FORMULA = re.compile(r"'*[=+\-@\t\r]")
NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d{1,3})?", re.ASCII)

QUOTED = re.compile(r"""[,;\t"\r\n]""")

Row = list[str]


def guard(cell: str) -> str:
    """Put a quote before a cell that a spreadsheet would run as a formula; plain numbers and a lone dash stay.

    Examples
    --------
    >>> guard("=1+1"), guard("-3"), guard("Routines"), guard("'=1")
    ("'=1+1", '-3', 'Routines', "''=1")
    """
    return "'" + cell if runs(cell) else cell


def runs(cell: str) -> bool:
    """Say whether a spreadsheet might run the cell as a formula; a plain number or a lone dash does not run."""
    return FORMULA.match(cell) is not None and cell != "-" and not NUMBER.fullmatch(cell)


def unguard(cell: str) -> str:
    """Take off the quote that ``guard`` put on.

    Examples
    --------
    >>> unguard("'=1+1"), unguard("'tis")
    ('=1+1', "'tis")
    """
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def to_number(cell: str, *, where: str, error: type[FileFormatError]) -> float:
    """Return the number in a cell; ``1,5`` is 1.5.

    Raises
    ------
    FileFormatError
        Of the type given, if the cell holds anything else: ``1.234,5`` and ``1,234.5`` are ambiguous.

    Examples
    --------
    >>> from reviewkit.errors import RubricError
    >>> to_number(" 1,5 ", where="line 2", error=RubricError)
    1.5
    """
    text = cell.strip()
    if not NUMBER.fullmatch(text):
        raise error(f"{where} is {cell!r}, but a number is needed; write it as 3 or 1.5, without thousands separators")
    number = float(text.replace(",", "."))
    if not math.isfinite(number):
        raise error(f"{where} is {cell[:20]!r}…, which is too large a number; write the level's own number")
    return number


def read_rows(content: bytes, *, name: str, error: type[FileFormatError]) -> tuple[list[Row], str]:
    """Return the rows of a CSV file and its encoding; comma, semicolon and tab separators are told apart.

    Parameters
    ----------
    content : bytes
        The file.
    name : str
        What errors call it.
    error : type of FileFormatError
        Raised where the text cannot be decoded or the CSV breaks off.
    """
    text, encoding = decode(content, name=name, error=error)
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(SEPARATORS, key=lambda mark: _outside_quotes(first).count(mark))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        return [list(row) for row in reader], encoding
    except csv.Error as fault:
        raise error(f"{name}: line {reader.line_num}: {fault}; mend the CSV") from None


def _outside_quotes(line: str) -> str:
    return re.sub(r'"[^"]*(?:"|$)', "", line)


def write_rows(rows: Iterable[Sequence[str]]) -> bytes:
    """Write rows as UTF-8 CSV with commas; the cells are guarded against being run as formulas.

    A cell that holds any separator is quoted, also one that is not in use, so that a reader cannot take it for one.
    """
    lines = (",".join(_written(guard(cell)) for cell in row) for row in rows)
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", errors="replace")


def _written(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if QUOTED.search(cell) else cell
