"""A stretch of text is cut into windows that an encoder can read whole."""

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

Span = tuple[int, int]
MAX_MARKS = 8  # combining marks that stay with their letter

_WORD = re.compile(r"\S+")
_ASCII_RUN = re.compile(r"[A-Za-z]+|\d+")


def estimated_tokens(text: str) -> int:
    """Return about how many tokens an encoder makes of a text, erring to too many.

    Notes
    -----
    A run of ASCII letters counts a token for each three begun, a run of digits one for each two begun, and any other
    character that is not white space counts one.

    Examples
    --------
    >>> estimated_tokens("The pupils, 25 of them.")
    9
    """
    n_inside = 0
    n_tokens = 0
    for run in _ASCII_RUN.finditer(text):
        length = run.end() - run.start()
        n_inside += length
        n_tokens += math.ceil(length / (2 if run[0][0].isdigit() else 3))
    return n_tokens + sum(map(len, text.split())) - n_inside


def windows(text: str, span: Span, *, max_tokens: int, count_tokens: Callable[[str], int]) -> Iterator[Span]:
    """Cut a span into the fewest windows, from the left, that hold no more than ``max_tokens`` each.

    Parameters
    ----------
    text : str
        The whole text.
    span : tuple of (int, int)
        The stretch to cut, in code points.
    max_tokens : int, keyword-only
    count_tokens : callable, keyword-only
        It is asked only where a stretch is long enough to exceed the window.

    Yields
    ------
    tuple of (int, int)
        Windows in order; between them lies only white space. A window that holds a single character may exceed the
        bound, because nothing smaller is left to cut.

    Examples
    --------
    >>> list(windows("one two three", (0, 13), max_tokens=2, count_tokens=lambda text: len(text.split())))
    [(0, 7), (8, 13)]
    """

    def fits(start: int, end: int) -> bool:
        piece = text[start:end]
        short = len(piece) if piece.isascii() else len(piece.encode("utf-8", "surrogatepass"))
        return short <= max_tokens or count_tokens(piece) <= max_tokens

    start, end = span
    if end - start <= 8 * max_tokens and fits(start, end):
        yield start, end
        return
    words = [(start + match.start(), start + match.end()) for match in _WORD.finditer(text[start:end])]
    ends = [stop for _, stop in words]
    first = 0
    while first < len(words):
        n_words = _longest(ends, first, words[first][0], fits)
        if n_words:
            yield words[first][0], ends[first + n_words - 1]
        else:
            yield from _inside_word(text, words[first], fits)
        first += max(1, n_words)


def _inside_word(text: str, word: Span, fits: Callable[[int, int], bool]) -> Iterator[Span]:
    start, end = word
    while start < end:
        stop = start + max(1, _longest(range(start + 1, end + 1), 0, start, fits))
        whole = stop
        while start + 1 < whole < end and stop - whole < MAX_MARKS and unicodedata.combining(text[whole]):
            whole -= 1
        stop = stop if whole < end and unicodedata.combining(text[whole]) else whole
        yield start, stop
        start = stop


def _longest(ends: Sequence[int], first: int, start: int, fits: Callable[[int, int], bool]) -> int:
    """Return how many of ``ends``, counted from ``first``, fit with ``start``; asks about twice its logarithm."""
    most = len(ends) - first
    step = 64
    low, high = 0, min(step, most)
    while fits(start, ends[first + high - 1]):
        low = high
        if high == most:
            return most
        step *= 2
        high = min(high + step, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(start, ends[first + middle - 1]) else (low, middle)
    return low
