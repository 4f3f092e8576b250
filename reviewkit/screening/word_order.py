"""Whether words stand in an order that sentences have, by which kinds of words stand side by side."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

BREAK, NUMBER, OTHER = ".", "0", "-"
SUFFIXES = (
    ("ing", "-ing"), ("ed", "-ed"), ("ly", "-ly"), ("tion", "-nn"), ("ment", "-nn"), ("ness", "-nn"), ("ity", "-nn"),
    ("'s", "-'s"), ("n't", "-n't"), ("s", "-s"),
)  # fmt: skip
MOST, STEPS = 4, 4  # weights run from -4 to 4 in quarters, a symbol each
SYMBOLS = "0123456789abcdefghijklmnopqrstuvw"
LONGEST = 24  # a longer sentence is judged piece by piece
SHORTEST = 6
_STOP = re.compile(r"[.!?,;:()]")


def tokens(text: str, spans: Sequence[tuple[int, int]]) -> list[str]:
    """Return the words of a stretch in small letters, with a break at either end and where a stop or comma stands."""
    taken = [BREAK]
    last: int | None = None
    for start, end in spans:
        if last is not None and text[last:start] != " " and _STOP.search(text, last, start):
            taken.append(BREAK)
        taken.append(text[start:end].lower().replace("\u2019", "'"))
        last = end
    return [*taken, BREAK]


def word_class(word: str, own: Mapping[str, int]) -> str:
    """Return the kind of a word: itself where it has a row of its own, else by its ending.

    Examples
    --------
    >>> word_class("the", {"the": 4}), word_class("waiting", {}), word_class("timer", {}), word_class("3.5", {})
    ('the', '-ing', '-', '0')
    """
    if word in own:
        return word
    if word[0].isdigit():
        return NUMBER
    return next((name for end, name in SUFFIXES if len(word) > len(end) + 2 and word.endswith(end)), OTHER)


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, int], NDArray[np.float64]]:
    from reviewkit.screening.word_pairs import CLASSES, ROWS

    symbol = {one: number / STEPS - MOST for number, one in enumerate(SYMBOLS)}
    weights = np.array([[symbol[one] for one in row] for row in ROWS])
    return {name: number for number, name in enumerate(CLASSES)}, weights


@lru_cache(maxsize=20_000)
def _row(word: str) -> int:
    """Return the row of a word's kind in the table; words come again and again."""
    at = _table()[0]
    return at[word_class(word, at)]


def order_scores(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[float, int, int]]:
    """Judge the order of a sentence's words.

    Parameters
    ----------
    text : str
    spans : sequence of tuple of (int, int)
        Where the sentence's words stand in the text.

    Returns
    -------
    list of tuple of (float, int, int)
        For each piece of 24 words at most, and 6 at least: a score, and its first word and the one behind its last,
        counted from 0. The score is the mean of two: the mean weight of its neighbours (log of how much likelier they
        are than by chance), and by how much that exceeds what its words would have in random order. Prose lies near 1,
        words in random order near -0.3.

    Examples
    --------
    >>> from reviewkit.screening.words import word_spans
    >>> prose, mixed = "They sat on the floor and I read to them.", "On I floor them and the to sat they read."
    >>> [order_scores(one, word_spans(one))[0][0] > 0.1 for one in (prose, mixed)]
    [True, False]
    """
    return orders(text, [spans])[0]


def orders(text: str, stretches: Sequence[Sequence[tuple[int, int]]]) -> list[list[tuple[float, int, int]]]:
    """Judge several sentences of a text, each as :func:`order_scores` does."""
    cut = [list(_pieces(tokens(text, spans))) for spans in stretches]
    scores = iter(_scores([kinds for pieces in cut for kinds, _, _ in pieces]))
    return [[(next(scores), first, behind) for _, first, behind in pieces] for pieces in cut]


def _pieces(taken: Sequence[str]) -> Iterator[tuple[list[int], int, int]]:
    kinds = [_row(word) for word in taken]
    number = list(itertools.accumulate(word != BREAK for word in taken))
    n_pieces = max(1, round(len(taken) / LONGEST))
    cuts = [piece * len(taken) // n_pieces for piece in range(n_pieces + 1)]
    for start, end in itertools.pairwise(cuts):
        if len(kinds[start : end + 1]) >= SHORTEST:
            yield kinds[start : end + 1], number[start - 1] if start else 0, number[end - 1]


def _scores(pieces: Sequence[Sequence[int]]) -> list[float]:
    """Score pieces all at once; behind the end of each stands a kind that weighs nothing."""
    if not pieces:
        return []
    weights = np.pad(_table()[1], ((0, 1), (0, 1)))
    size = np.array([len(one) for one in pieces])
    kinds = np.full((len(pieces), size.max()), len(weights) - 1)
    for row, one in enumerate(pieces):
        kinds[row, : len(one)] = one
    among = weights[kinds[:, :, None], kinds[:, None, :]].sum(axis=(1, 2)) - weights.diagonal()[kinds].sum(axis=1)
    mean = weights[kinds[:, :-1], kinds[:, 1:]].sum(axis=1) / (size - 1)
    scores: list[float] = (mean - among / (size * (size - 1)) / 2).tolist()
    return scores
