"""How the lines that a file yields become one text."""

import re
from collections.abc import Iterable

_BLANKS = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_BREAKS = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_GAPS = re.compile(r"\n{3,}")


def one_line(text: str) -> str:
    r"""Return the text on one line, its runs of blanks made one.

    Examples
    --------
    >>> one_line("a \n  b")
    'a b'
    """
    return " ".join(_CONTROLS.sub("", text).split())


def unify(text: str) -> str:
    r"""Return the text with one kind of line break, without control characters and blanks at line ends.

    Examples
    --------
    >>> unify("one  \r\ntwo\x00\n\n\n\nthree")
    'one\ntwo\n\nthree'
    """
    text = _CONTROLS.sub("", _BREAKS.sub("\n", text))
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return _GAPS.sub("\n\n", text).strip("\n")


def table_row(cells: Iterable[str]) -> str:
    """Return a table row as a line, cells parted by a bar; empty where all cells are.

    Examples
    --------
    >>> table_row(["Time", "Step"]), table_row(["", ""])
    ('Time | Step', '')
    """
    texts = [one_line(cell) for cell in cells]
    return " | ".join(texts) if any(texts) else ""


def join_lines(lines: Iterable[str]) -> str:
    r"""Return lines as one text; an empty line parts paragraphs, and no more than one stands in a row.

    Examples
    --------
    >>> join_lines(["Plan", "", "", "Step"])
    'Plan\n\nStep'
    """
    return unify("\n".join(lines))


def unwrap(lines: list[str], *, width: int) -> list[str]:
    """Join the lines of a paragraph that a program has broken at the margin.

    Parameters
    ----------
    lines : list of str
        Lines of a page or file.
    width : int
        Characters in the widest line; a line shorter than 0.7 of it ends its paragraph.

    Examples
    --------
    >>> unwrap(["The pupils came in and", "sat down.", "- a list item"], width=22)
    ['The pupils came in and sat down.', '- a list item']
    """
    joined: list[str] = []
    open_line = False
    for line in lines:
        if (
            open_line
            and line.strip()
            and not starts_item(line)
            and not _is_heading(line, after=joined[-1], width=width)
        ):
            joined[-1] = _join_broken(joined[-1], line.strip())
        else:
            joined.append(line)
        open_line = bool(line.strip()) and len(line.rstrip()) >= 0.7 * width and not _ends_paragraph(line, width=width)
    return joined


_ITEM = re.compile(r"\s*(?:[-*\u2022\u2023\u25aa\u25cf\u25e6\u2043\uf0b7\u00b7\u2013]\s|\(?(?:\d{1,3}|[A-Za-z])[.)]\s)")


def starts_item(line: str) -> bool:
    """Say whether a line begins with a bullet or a number of a list.

    Examples
    --------
    >>> starts_item("2. Ask"), starts_item("Two ask")
    (True, False)
    """
    return _ITEM.match(line) is not None


def _ends_paragraph(line: str, *, width: int) -> bool:
    return line.rstrip()[-1:] in ".!?:" and len(line.rstrip()) < 0.85 * width


def _is_heading(line: str, *, after: str, width: int) -> bool:
    text = line.strip()
    short = len(text) < 0.6 * width and text[0].isupper() and text[-1] not in '.!?,;:)"\u201d'
    return short and after.rstrip()[-1:] in ".!?:"


def _join_broken(first: str, second: str) -> str:
    if first.endswith("-") and len(first) > 1 and first[-2].isalpha() and second[:1].islower():
        return first[:-1] + second if len(first.rsplit(None, 1)[-1]) > 3 else first + second
    return f"{first} {second}"


def collapse_blanks(text: str) -> str:
    r"""Return the text with each run of blanks (not line breaks) made one blank.

    Examples
    --------
    >>> collapse_blanks("a \t b")
    'a b'
    """
    return _BLANKS.sub(" ", text)
