"""Spans over a text, cut into runs that can be marked up one after the other, however the spans overlap."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Mark:
    """A span of a text that a page points at.

    Attributes
    ----------
    start, end : int
        Code points, end exclusive.
    label : str
        What the reader sees, e.g. ``"A1"``.
    hue : str
        Name of its colour class in the style sheet; the label says the same without colour.
    anchor : str
        The page's id of the span's first run.
    back : str
        The page's id of the entry that speaks of it.
    title : str
        What the mark stands for, read aloud by a screen reader.
    """

    start: int
    end: int
    label: str
    hue: str
    anchor: str
    back: str
    title: str


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text under one and the same marks.

    Attributes
    ----------
    opens : tuple of Mark
        The marks that begin with this run.
    marks : tuple of Mark
        All the marks that hold it, outermost first.
    """

    text: str
    opens: tuple[Mark, ...]
    marks: tuple[Mark, ...]


def marked_runs(text: str, marks: Sequence[Mark]) -> tuple[Run, ...]:
    """Cut a text where marks begin and end.

    Parameters
    ----------
    text : str
    marks : sequence of Mark
        In any order; they may overlap. What lies outside the text is left out, and so is an empty span.

    Returns
    -------
    tuple of Run
        Their texts, put together, are ``text``.

    Examples
    --------
    >>> marks = [Mark(0, 4, "A1", "k1", "e1", "q1", ""), Mark(2, 6, "B1", "k2", "e2", "q2", "")]
    >>> [(run.text, [mark.label for mark in run.marks]) for run in marked_runs("abcdefg", marks)]
    [('ab', ['A1']), ('cd', ['A1', 'B1']), ('ef', ['B1']), ('g', [])]
    """
    inside = sorted(
        (mark for mark in marks if max(mark.start, 0) < min(mark.end, len(text))),
        key=lambda mark: (mark.start, -mark.end, mark.label),
    )
    ends = {0, len(text), *(max(m.start, 0) for m in inside), *(min(m.end, len(text)) for m in inside)}
    cuts = sorted(ends)
    runs, open_marks, waiting = [], list[Mark](), inside
    for start, end in pairwise(cuts):
        n_opens = next((i for i, mark in enumerate(waiting) if mark.start > start), len(waiting))
        opens, waiting = waiting[:n_opens], waiting[n_opens:]
        open_marks = [mark for mark in open_marks if mark.end > start] + opens
        runs.append(Run(text=text[start:end], opens=tuple(opens), marks=tuple(open_marks)))
    return tuple(runs)
