"""Characters that a reader does not see, or takes for others."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, Field

from reviewkit.records.finding import Finding
from reviewkit.screening.lexed import LexedPart

# Zero-width, bidirectional, filler and tag characters; joiners only between ASCII letters, since other scripts and
# pictographs need them.
_INVISIBLE = re.compile(
    "[\u200b\u2060-\u2064\u206a-\u206f\u115f\u1160\u3164\uffa0\u180e\u202a-\u202e\u2066-\u2069]"
    "|(?<=[A-Za-z])[\u00ad\u034f\u200c-\u200f\ufeff\ufe00-\ufe0f](?=[A-Za-z])"
    "|(?<![\U0001f3f4\U000e0061-\U000e007a])[\U000e0000-\U000e007f]"
)
_LOOK_ALIKES = dict(
    zip(
        "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u0410\u0412\u0415\u041a\u041c"
        "\u041d\u041e\u0420\u0421\u0422\u0425\u0405\u0406\u0408\u03bf\u03bd\u03c1\u0391\u0392\u0395\u0396\u0397\u0399\u039a"
        "\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u0251\u0261\u0131",
        "aeopcyxijshdqwABEKMHOPCTXSIJovpABEZHIKMNOPTYXagi",
        strict=True,
    )
)
_WORD = re.compile(r"[^\W\d_]{2,}")


class ConcealmentSettings(BaseModel):
    """Bounds of what a reader does not see.

    Attributes
    ----------
    max_invisible : int
        Invisible characters that a copy from a web page or a word processor may leave behind.
    max_look_alikes : int
        Words that may mix Latin letters with look-alikes of other scripts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_invisible: int = Field(default=3, ge=0)
    max_look_alikes: int = Field(default=1, ge=0)


_SETTINGS = ConcealmentSettings()


def concealment_findings(parts: Sequence[LexedPart], *, settings: ConcealmentSettings = _SETTINGS) -> Iterator[Finding]:
    """Give ``"invisible-characters"`` and ``"look-alike-characters"``; both lead to ``"review"``."""
    for part in parts:
        if not part.text.isascii():
            yield from _invisible(part, settings)
            yield from _look_alikes(part, settings)


def _invisible(part: LexedPart, settings: ConcealmentSettings) -> Iterator[Finding]:
    found = list(_INVISIBLE.finditer(part.text))
    if len(found) > settings.max_invisible:
        names = sorted({unicodedata.name(match[0], f"U+{ord(match[0]):04X}") for match in found})
        yield Finding(
            code="invisible-characters",
            leads_to="review",
            message=f"{part.named()} holds {len(found)} characters that no reader sees ({', '.join(names[:3])}); "
            f"at most {settings.max_invisible} come from copying.",
            part=part.part,
            start=found[0].start(),
            end=found[-1].end(),
            value=len(found),
            bound=settings.max_invisible,
        )


def _look_alikes(part: LexedPart, settings: ConcealmentSettings) -> Iterator[Finding]:
    found = [match for match in _WORD.finditer(part.text) if not match[0].isascii() and is_mixed(match[0])]
    if len(found) > settings.max_look_alikes:
        yield Finding(
            code="look-alike-characters",
            leads_to="review",
            message=f"{part.named()} holds {len(found)} words that mix letters of different scripts which look alike, "
            f"such as {found[0][0]!r}; at most {settings.max_look_alikes} may be a slip.",
            part=part.part,
            start=found[0].start(),
            end=found[0].end(),
            value=len(found),
            bound=settings.max_look_alikes,
        )


def is_mixed(word: str) -> bool:
    """Say whether a word mixes ASCII letters with letters of another script that look like ASCII ones.

    Examples
    --------
    >>> is_mixed("te\u0430cher"), is_mixed("caf\u00e9"), is_mixed("\u0430\u043d\u0430")
    (True, False, False)
    """
    return any(letter in _LOOK_ALIKES for letter in word) and any(letter.isascii() for letter in word)


def in_plain_letters(text: str) -> tuple[str, Sequence[int]]:
    """Return a text as a reader takes it: no invisible characters, look-alikes as the letters that they look like.

    Returns
    -------
    plain : str
    places : sequence of int
        Where each of its characters stands in the text.

    Examples
    --------
    >>> in_plain_letters("m\u0430r\u200bk")
    ('mark', [0, 1, 2, 4])
    """
    if text.isascii():
        return text, range(len(text))
    unseen = {match.start() for match in _INVISIBLE.finditer(text)}
    kept = [(at, _plain(letter)) for at, letter in enumerate(text) if at not in unseen]
    return "".join(letter for _, letter in kept), [at for at, _ in kept]


def in_small_letters(text: str) -> str:
    """Return a text in small letters, letter for letter, so that places still hold.

    Examples
    --------
    >>> in_small_letters("AS IT IS"), len(in_small_letters("\u0130stanbul"))
    ('as it is', 8)
    """
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)


@lru_cache(maxsize=4096)
def _plain(letter: str) -> str:
    if letter == "\u2019":
        return "'"
    plain = _LOOK_ALIKES.get(letter) or unicodedata.normalize("NFKC", letter)
    return plain if len(plain) == 1 else letter
