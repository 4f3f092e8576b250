# ruff: noqa: E501 (tables)
"""A part's text, its words and its sentences, taken apart once for all detectors."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from reviewkit.records.rubric import REFLECTION
from reviewkit.records.segment import Part, Segment
from reviewkit.screening.words import word_spans

# The commonest English small words: prose holds four in ten, lists hold next to none.
SMALL_WORDS = frozenset(
    "the of and to in is was for that it on with as are be this have from or had by but not what all were when we there "
    "can an your which their said if do will each about how up out them then she many some so these would other into "
    "has more her two like him could my than been who its now did get come made may i you he they his me our at because "
    "don't didn't should after before also very just only us over where while a no one any both such own same here why "
    "too must might shall am does i'm it's that's wasn't couldn't i've".split()
)


class Sentence(NamedTuple):
    """A segment and the words in it.

    Attributes
    ----------
    start, end : int
        Span in the part's text.
    words : tuple of str
        In small letters.
    """

    start: int
    end: int
    words: tuple[str, ...]


@dataclass(frozen=True)
class LexedPart:
    """A part and what it is made of.

    Attributes
    ----------
    part, kind, text : str
        As in `Part`.
    words : tuple of str
        Its words in small letters.
    spans : tuple of tuple of (int, int)
        Where they stand, word for word.
    sentences : tuple of Sentence
        Its segments.
    """

    part: str
    kind: str
    text: str
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    sentences: tuple[Sentence, ...]

    @property
    def is_reflection(self) -> bool:
        """Whether it is the teacher's own account."""
        return self.part == REFLECTION

    def named(self) -> str:
        """Return how messages speak of it."""
        return "the reflection" if self.is_reflection else f"artifact {self.part!r}"


def lexed(part: Part, segments: Iterable[Segment]) -> LexedPart:
    """Take a part apart.

    Parameters
    ----------
    part : Part
    segments : iterable of Segment
        The segments of that part, in order.

    Examples
    --------
    >>> part = Part(part="reflection", kind="reflection", text="I asked. They waited.")
    >>> segments = [Segment(part="reflection", start=0, end=8, text="I asked."),
    ...             Segment(part="reflection", start=9, end=21, text="They waited.")]
    >>> lexed(part, segments).sentences[1].words
    ('they', 'waited')
    """
    spans = tuple(word_spans(part.text))
    words = tuple(part.text[start:end].lower() for start, end in spans)
    return LexedPart(part.part, part.kind, part.text, words, spans, tuple(_sentences(segments, spans, words)))


def _sentences(
    segments: Iterable[Segment], spans: Sequence[tuple[int, int]], words: Sequence[str]
) -> Iterable[Sentence]:
    at = 0
    for segment in segments:
        first = at
        while at < len(spans) and spans[at][0] < segment.end:
            at += 1
        yield Sentence(segment.start, segment.end, tuple(words[first:at]))


def lexed_parts(parts: Sequence[Part], segments: Sequence[Segment]) -> tuple[LexedPart, ...]:
    """Take all parts of a submission apart."""
    by_part: dict[str, list[Segment]] = {part.part: [] for part in parts}
    for segment in segments:
        by_part.setdefault(segment.part, []).append(segment)
    return tuple(lexed(part, by_part[part.part]) for part in parts)


def small_share(words: Sequence[str]) -> float:
    """Return the share of words that are English small words, 0 where there are no words.

    Examples
    --------
    >>> small_share(["the", "timer", "is", "on"])
    0.75
    """
    return sum(word in SMALL_WORDS for word in words) / len(words) if words else 0.0
