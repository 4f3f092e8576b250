"""Text made to look like more than it is: stuffed with keywords, repeated, scrambled, padded."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate, pairwise

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from reviewkit.records.finding import Finding
from reviewkit.screening.filler import filler_words, is_empty
from reviewkit.screening.lexed import SMALL_WORDS, LexedPart
from reviewkit.screening.personal_data import masked
from reviewkit.screening.word_order import orders

REPEAT_WORDS = 6  # a run of so many words that came before is no chance


class GamingSettings(BaseModel):
    """Bounds of made-up bulk, each chosen on honest texts for no more than one false alarm in a hundred.

    Attributes
    ----------
    stuffing_window : int
        Words of the stretch in which keywords are counted.
    max_keywords : float
        Share of such a stretch that may be the rubric's own words, where hardly a small word joins them.
    max_small_words : float
        Share of small words below which a stretch is a list and no prose.
    max_one_word : float
        Share of the reflection that one word, other than a small word, may make up.
    max_repeated : float
        Share of words that may stand in runs that came before in the same text.
    min_order : float
        Score of the words' order (`order_scores`) below which a sentence counts as scrambled.
    max_disorder : float
        By how much the order of all sentences may fall below that, on average over the words.
    max_filler : float
        Share of words that may be phrases, or whole sentences, that say nothing, beyond the first few.
    free_filler : int
        Words of these that nobody is held to: a sentence or two happen in any text.
    min_words : int
        Words below which shares say too little.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stuffing_window: int = Field(default=16, ge=8)
    max_keywords: float = Field(default=0.5, ge=0, le=1)
    max_small_words: float = Field(default=0.13, ge=0, le=1)
    max_one_word: float = Field(default=0.12, ge=0, le=1)
    max_repeated: float = Field(default=0.2, ge=0, le=1)
    min_order: float = 0.2
    max_disorder: float = Field(default=0.048, ge=0)
    max_filler: float = Field(default=0.1, ge=0, le=1)
    free_filler: int = Field(default=12, ge=0)
    min_words: int = Field(default=80, ge=1)


_SETTINGS = GamingSettings()


def gaming_findings(
    parts: Sequence[LexedPart], *, keywords: Collection[str], settings: GamingSettings = _SETTINGS
) -> Iterator[Finding]:
    """Give what makes the reflection look like more than it is.

    Artifacts are left out: plans and notes are lists, and forms repeat themselves.

    Parameters
    ----------
    parts : sequence of LexedPart
    keywords : collection of str, keyword-only
        Content words of the rubric's criteria and descriptors, in small letters.

    Yields
    ------
    Finding
        ``"keyword-stuffing"``, ``"repeated-text"``, ``"scrambled-words"`` and ``"padding"``, all to ``"review"``.
    """
    for part in parts:
        if part.is_reflection and len(part.words) >= settings.min_words:
            yield from _stuffed(part, frozenset(keywords), settings)
            yield from _repeated(part, settings)
            yield from _scrambled(part, settings)
            yield from _padded(part, settings)


def _finding(
    part: LexedPart, code: str, message: str, *, value: float, bound: float, words: tuple[int, int]
) -> Finding:
    first, last = words
    return Finding(
        code=code, leads_to="review", message=message, part=part.part, start=part.spans[first][0],
        end=part.spans[last][1], value=value, bound=bound,
    )  # fmt: skip


def _stuffed(part: LexedPart, keywords: Collection[str], settings: GamingSettings) -> Iterator[Finding]:
    at, share = stuffed_stretch(part.words, keywords=keywords, settings=settings)
    if share > settings.max_keywords:
        last = min(at + settings.stuffing_window, len(part.words)) - 1
        message = (
            f"{share:.0%} of {settings.stuffing_window} words in a row are the rubric's own, with hardly a word that "
            "joins them: a list of keywords, no sentence."
        )
        yield _finding(part, "keyword-stuffing", message, value=share, bound=settings.max_keywords, words=(at, last))
        return
    counts = Counter(word for word in part.words if word not in SMALL_WORDS and len(word) > 2)
    word, n = counts.most_common(1)[0] if counts else ("", 0)
    share = n / len(part.words)
    if share > settings.max_one_word:
        at = part.words.index(word)
        message = (
            f"{word!r} is {share:.0%} of the words of {part.named()}; at most {settings.max_one_word:.0%} may be one."
        )
        yield _finding(part, "keyword-stuffing", message, value=share, bound=settings.max_one_word, words=(at, at))


def stuffed_stretch(
    words: Sequence[str], *, keywords: Collection[str], settings: GamingSettings = _SETTINGS
) -> tuple[int, float]:
    """Return where the stretch with most keywords and hardly a small word begins, and the share of keywords in it."""
    size = settings.stuffing_window
    if len(words) < size:
        return 0, 0.0
    small = np.fromiter(map(SMALL_WORDS.__contains__, words), dtype=bool)
    key = np.fromiter(map(keywords.__contains__, words), dtype=bool) & ~small
    n_small, n_key = (np.convolve(one, np.ones(size, dtype=int), mode="valid") for one in (small, key))
    listed = np.where(n_small <= settings.max_small_words * size, n_key, 0)
    at = int(listed.argmax())
    return at, float(listed[at]) / size


def _repeated(part: LexedPart, settings: GamingSettings) -> Iterator[Finding]:
    repeats = repeated_words(part.words)
    share = sum(repeats) / len(part.words)
    if share > settings.max_repeated:
        first = repeats.index(True)
        message = f"{share:.0%} of {part.named()} repeats what it said before, word for word."
        last = len(repeats) - 1 - repeats[::-1].index(True)
        yield _finding(part, "repeated-text", message, value=share, bound=settings.max_repeated, words=(first, last))


def repeated_words(words: Sequence[str]) -> list[bool]:
    """Return, word for word, whether it stands in a run of six that came before.

    Examples
    --------
    >>> sum(repeated_words("a b c d e f g x a b c d e f g".split()))
    7
    """
    runs = list(zip(*(words[at:] for at in range(REPEAT_WORDS)), strict=False))
    repeats = [False] * len(words)
    if len(set(runs)) == len(runs):
        return repeats
    first: dict[tuple[str, ...], int] = {}
    for at, run in enumerate(runs):
        if at - first.setdefault(run, at) >= REPEAT_WORDS:
            repeats[at : at + REPEAT_WORDS] = [True] * REPEAT_WORDS
    return repeats


def _scrambled(part: LexedPart, settings: GamingSettings) -> Iterator[Finding]:
    pieces = [(settings.min_order - score, first, last) for score, first, last in pieces_in(part)]
    pieces = [one for one in pieces if one[0] > 0]
    disorder = sum(lack * (last + 1 - first) for lack, first, last in pieces) / len(part.words)
    if disorder > settings.max_disorder:
        _, first, last = max(pieces)
        share = sum(last + 1 - first for _, first, last in pieces) / len(part.words)
        message = (
            f"{share:.0%} of {part.named()} stand in no order that sentences have, such as "
            f"{masked(' '.join(part.words[first : first + 8]))!r}: its words seem scrambled."
        )
        yield _finding(
            part, "scrambled-words", message, value=disorder, bound=settings.max_disorder, words=(first, last)
        )


def pieces_in(part: LexedPart) -> Iterator[tuple[float, int, int]]:
    """Give the order of each piece of a sentence, and its first and last word in the part."""
    firsts = [0, *accumulate(len(sentence.words) for sentence in part.sentences)]
    judged = orders(part.text, [part.spans[first:end] for first, end in pairwise(firsts)])
    for at, pieces in zip(firsts, judged, strict=False):
        for score, first, behind in pieces:
            if behind > first:
                yield score, at + first, at + behind - 1


def _padded(part: LexedPart, settings: GamingSettings) -> Iterator[Finding]:
    filler = filler_words(part.words)
    at = 0
    for sentence in part.sentences:
        behind = at + len(sentence.words)
        if is_empty(sentence.words):
            filler[at:behind] = [True] * len(sentence.words)
        at = behind
    share = max(0, sum(filler) - settings.free_filler) / len(part.words)
    if share > settings.max_filler:
        first, last = filler.index(True), len(filler) - 1 - filler[::-1].index(True)
        message = (
            f"{share:.0%} of {part.named()}, beyond {settings.free_filler} words, are phrases and sentences that say "
            f"nothing; at most {settings.max_filler:.0%} may be."
        )
        yield _finding(part, "padding", message, value=share, bound=settings.max_filler, words=(first, last))
