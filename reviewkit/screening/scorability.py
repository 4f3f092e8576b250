"""Whether a text can be scored at all: enough sentences, of words, in the model's language, and the teacher's own."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, Field

from reviewkit.records.finding import Finding
from reviewkit.screening.language import LanguageGuess, guess_language, is_plainly
from reviewkit.screening.lexed import LexedPart

# Letters that next to never follow a letter inside an English word (counted over 6,800 words of teachers' texts).
_RARE_AFTER = {
    "a": "aehjoq", "b": "cdfghkmnpqtvwxz", "c": "bdfgjmnpqvwxz", "d": "bcfhjkpqtwxz", "e": "juz",
    "f": "bcdghjkmnpqsvwxz", "g": "bcdfjkmpqtvwxz", "h": "bcdfghjknpqvwxz", "i": "hijqwy",
    "j": "bcdfghijklmnpqrstvwxyz", "k": "bcdfghjkmpqrtuvwxyz", "l": "bghjnqrwxz", "m": "cdfghjklqrtvwxz", "n": "bhqwxz",
    "o": "hjqz", "p": "bcdfgjkmnqvwxz", "q": "abcdefghijklmnopqrstvwxyz", "r": "hjqxz", "s": "bdgjqvxz",
    "t": "bdfgjknpqvxz", "u": "hjkquvwxyz", "v": "bcdfghjklmnpqrstuvwxyz", "w": "bcdfgjkmpqtuvwxyz",
    "x": "bdfghjklmnoqrsuvwxyz", "y": "abdfghjkqrtuvwxyz", "z": "bcdfghjklmnopqrstuvwxyz",
}  # fmt: skip
_RARE = re.compile("|".join(f"{first}(?=[{second}])" for first, second in _RARE_AFTER.items()))
_TRIPLE = re.compile(r"(.)\1\1")
_VOWEL = re.compile(r"[aeiouy]")
_QUOTED = re.compile(
    r"(?<!\w)\"(?=\S)[^\"\n]{10,2000}(?<=\S)\"(?!\w)|\u201c[^\u201d]{10,2000}\u201d|\u00ab[^\u00bb]{10,2000}\u00bb|^\s*>.*$",
    re.MULTILINE,
)
LANGUAGE_WINDOW = 40
RUN_ON_WORDS = 25  # a text without full stops counts a sentence for each so many words
LEAD_PER_WORD = 0.05  # notes in telegraph style hold few small words, and chance ones of other languages


class ScorabilitySettings(BaseModel):
    """Bounds of what can be scored.

    Attributes
    ----------
    language : str
        Language that the model reads.
    min_sentences : int
        Sentences of three words or more in the reflection.
    max_non_words : float
        Share of a part's words that may be none.
    max_other_language : float
        Share of a part that may stand in another language.
    min_language_words : int
        Words below which no language is guessed.
    min_language_lead : float
        By how much the other language leads, in weights of small words.
    max_quoted : float
        Share of the reflection's characters that may be quotation.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: str = "en"
    min_sentences: int = Field(default=3, ge=0)
    max_non_words: float = Field(default=0.25, ge=0, le=1)
    max_other_language: float = Field(default=0.5, ge=0, le=1)
    min_language_words: int = Field(default=15, ge=1)
    min_language_lead: float = Field(default=0.5, ge=0)
    max_quoted: float = Field(default=0.75, ge=0, le=1)


_SETTINGS = ScorabilitySettings()


def scorability_findings(parts: Sequence[LexedPart], *, settings: ScorabilitySettings = _SETTINGS) -> Iterator[Finding]:
    """Give what keeps a submission from being scored.

    Yields
    ------
    Finding
        ``"too-few-sentences"``, ``"mostly-non-words"``, ``"other-language"`` and ``"mostly-quotation"``; ``"review"``
        on the reflection, ``"note"`` on artifacts, which may be pupils' work or a table.
    """
    for part in parts:
        if part.is_reflection:
            yield from _few_sentences(part, settings)
            yield from _quoted(part, settings)
        if len(part.words) >= settings.min_language_words:
            other = list(_other_language(part, settings))
            yield from other or _non_words(part, settings)


def _few_sentences(part: LexedPart, settings: ScorabilitySettings) -> Iterator[Finding]:
    n_sentences = sum(len(sentence.words) >= 3 for sentence in part.sentences)
    n_sentences = max(n_sentences, len(part.words) // RUN_ON_WORDS)
    if part.words and n_sentences < settings.min_sentences:
        yield Finding(
            code="too-few-sentences",
            leads_to="review",
            message=f"{part.named()} has {n_sentences} sentences of three words or more; "
            f"{settings.min_sentences} are needed to score it.",
            part=part.part,
            value=n_sentences,
            bound=settings.min_sentences,
        )


def _quoted(part: LexedPart, settings: ScorabilitySettings) -> Iterator[Finding]:
    n_chars = len(part.text.strip())
    quoted = [match.span() for match in _QUOTED.finditer(part.text)] if n_chars else []
    share = sum(end - start for start, end in quoted) / max(1, n_chars)
    if share > settings.max_quoted:
        yield Finding(
            code="mostly-quotation",
            leads_to="review",
            message=f"{share:.0%} of {part.named()} stands in quotation marks; at most {settings.max_quoted:.0%} may.",
            part=part.part,
            start=quoted[0][0],
            end=quoted[-1][1],
            value=share,
            bound=settings.max_quoted,
        )


def _other_language(part: LexedPart, settings: ScorabilitySettings) -> Iterator[Finding]:
    n_other, first = 0, LanguageGuess("", 0.0, 0.0)
    for at in range(0, len(part.words), LANGUAGE_WINDOW):
        window = part.words[at : at + LANGUAGE_WINDOW]
        if is_plainly(window, settings.language):
            continue
        guess = guess_language(window, asked=settings.language)
        lead = max(settings.min_language_lead, LEAD_PER_WORD * len(window))
        if guess.language not in {"", settings.language} and guess.lead >= lead:
            n_other += len(window)
            first = first if first.language else guess
    share = n_other / len(part.words)
    if share > settings.max_other_language:
        yield Finding(
            code="other-language",
            leads_to="review" if part.is_reflection else "note",
            message=f"{share:.0%} of {part.named()} is not in the model's language, {settings.language!r} "
            f"(it looks like {first.language!r}); the model has learned nothing of it.",
            part=part.part,
            value=share,
            bound=settings.max_other_language,
        )


def _non_words(part: LexedPart, settings: ScorabilitySettings) -> Iterator[Finding]:
    candidates = [word for word in part.words if word.isascii() and word.isalpha() and len(word) > 2]
    share = sum(map(is_non_word, candidates)) / len(candidates) if len(candidates) >= 10 else 0.0
    if share > settings.max_non_words and settings.language == "en":
        yield Finding(
            code="mostly-non-words",
            leads_to="review" if part.is_reflection else "note",
            message=f"{share:.0%} of the words of {part.named()} are no words; at most {settings.max_non_words:.0%} "
            "may be.",
            part=part.part,
            value=share,
            bound=settings.max_non_words,
        )


@lru_cache(maxsize=65_536)
def is_non_word(word: str) -> bool:
    """Say whether letters are put together as in no English word; names and slips of the pen mostly pass.

    Examples
    --------
    >>> is_non_word("asdfgh"), is_non_word("strengths"), is_non_word("becuase")
    (True, False, False)
    """
    if len(word) < 3:
        return False
    if _TRIPLE.search(word) or not _VOWEL.search(word):
        return len(word) > 3
    return len(_RARE.findall(word)) >= 0.25 * (len(word) - 1)
