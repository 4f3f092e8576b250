"""Personal data: addresses, numbers and identifiers by their patterns; names by a model, if there is one."""
# ruff: noqa: E501 (patterns)

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from reviewkit.errors import DependencyError
from reviewkit.records.finding import Finding
from reviewkit.records.rubric import REFLECTION
from reviewkit.records.segment import Part

MASK = "\u2588"
PERSONAL_DATA = "personal-data"  # how the codes of its findings begin


class PersonalDatum(NamedTuple):
    """A stretch that tells who someone is.

    Attributes
    ----------
    kind : str
        ``"e-mail"``, ``"telephone"``, ``"card-number"``, ``"iban"``, ``"identifier"``, ``"ip-address"``,
        ``"date-of-birth"`` or ``"name"``.
    start, end : int
        Span in code points.
    """

    kind: str
    start: int
    end: int


NameFinder = Callable[[str], Iterable[tuple[int, int]]]


class PersonalDataSettings(BaseModel):
    """What is looked for.

    Attributes
    ----------
    kinds : tuple of str
        Kinds to look for.
    tell_names_not_searched : bool
        Say with a note on each submission that no model looked for names, so that nobody takes silence for absence.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kinds: tuple[str, ...] = (
        "e-mail", "telephone", "card-number", "iban", "identifier", "ip-address", "date-of-birth", "name",
    )  # fmt: skip
    tell_names_not_searched: bool = True


_SETTINGS = PersonalDataSettings()

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}(?![\w-])")
_AT_DOMAIN = re.compile(r"@[A-Za-z0-9-]{1,63}\.[A-Za-z]")  # without which there is no address
_PHONE = re.compile(
    r"(?<![\w.,/#-])(?:\+\d{1,3}[ .\-/]?)?(?:\(\d{1,5}\)[ .\-/]?)?\d{2,5}(?:[ .\-/]\d{2,5}){1,5}(?![\w/]|[.,-]\d)"
)
_PLAIN_PHONE = re.compile(r"(?<![\w.])(?:\+\d{8,15}|0\d{9,10})(?!\w|\.\d)")
_PHONE_WORD = re.compile(
    r"\b(?:tel|telephone|phone|mobile|cell|call|text|fax|whatsapp|contact|ring|number)\b", re.IGNORECASE
)
_CARD = re.compile(r"(?<![\w.])(?:\d[ -]?){12,18}\d(?![\w.]\d|\w)")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?!\w)")
_IDENTIFIERS = (
    re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])"),
    re.compile(r"(?<!\w)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?!\w)"),
    re.compile(
        r"(?i:\b(?:passport|student|pupil|teacher|employee|staff|national|social security|licen[cs]e|case|badge|upn|urn|ssn)"
        r"(?:'s)?\s+(?:id|i\.d\.|no\.?|nr\.?|number|identifier)|\b(?:upn|urn|ssn|id)\b)\s*(?:is|:|#|=)?\s*#?"
        r"(?=[A-Z-]*\d)([A-Z0-9][A-Z0-9-]{4,20})(?!\w)"
    ),
)
_DIGITS = re.compile(r"\d(?:[^\d\n]{0,12}\d){3}")  # fewer digits make none of these
_IP = re.compile(r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.]*\d)")
_BIRTH = re.compile(
    r"\b(?:born|birth|d\.?o\.?b\.?|birthday)\b[^\n]{0,20}?((?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2}|\d{1,2}(?:st|nd|rd|th)?"
    r" (?:of )?[A-Z][a-z]{2,8},? \d{4}|[A-Z][a-z]{2,8} \d{1,2}(?:st|nd|rd|th)?,? \d{4}))", re.IGNORECASE
)  # fmt: skip


def personal_data(
    text: str, *, find_names: NameFinder | None = None, settings: PersonalDataSettings = _SETTINGS
) -> tuple[PersonalDatum, ...]:
    """Return the personal data of a text, in order, without overlap.

    Parameters
    ----------
    text : str
    find_names : callable or None, keyword-only
        Gives the spans of names; None: names are not searched for.

    Examples
    --------
    >>> text = "Write to a.teacher@school.example or call +44 20 7946 0958."
    >>> [(one.kind, text[one.start : one.end]) for one in personal_data(text)]
    [('e-mail', 'a.teacher@school.example'), ('telephone', '+44 20 7946 0958')]
    """
    found = [one for one in _by_pattern(text) if one.kind in settings.kinds]
    if find_names is not None and "name" in settings.kinds:
        found += [PersonalDatum("name", start, end) for start, end in find_names(text)]
    kept: list[PersonalDatum] = []
    for one in sorted(found, key=lambda datum: (datum.start, -datum.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return tuple(kept)


def _by_pattern(text: str) -> Iterator[PersonalDatum]:
    if _AT_DOMAIN.search(text):
        yield from (PersonalDatum("e-mail", *match.span()) for match in _EMAIL.finditer(text))
    if not _DIGITS.search(text):
        return
    yield from (PersonalDatum("iban", *match.span()) for match in _IBAN.finditer(text) if _is_iban(match[0]))
    yield from (PersonalDatum("card-number", *match.span()) for match in _CARD.finditer(text) if _is_card(match[0]))
    for pattern in _IDENTIFIERS:
        yield from (PersonalDatum("identifier", *match.span(pattern.groups)) for match in pattern.finditer(text))
    yield from (PersonalDatum("ip-address", *match.span()) for match in _IP.finditer(text))
    yield from (PersonalDatum("date-of-birth", *match.span(1)) for match in _BIRTH.finditer(text))
    yield from (PersonalDatum("telephone", *match.span()) for match in _PHONE.finditer(text) if _is_phone(match))
    yield from (PersonalDatum("telephone", *match.span()) for match in _PLAIN_PHONE.finditer(text))


def _is_phone(match: re.Match[str]) -> bool:
    """Say whether digits are a telephone number: long enough, no date, and written or announced like one."""
    text = match[0]
    digits = sum(map(str.isdigit, text))
    groups = re.findall(r"\d+", text)
    if not 7 <= digits <= 15 or re.fullmatch(r"(?:19|20)\d\d[-./ ].*|\d{1,2}[-./ ]\d{1,2}[-./ ]\d{2,4}", text):
        return False
    announced = _PHONE_WORD.search(match.string[max(0, match.start() - 30) : match.start()]) is not None
    if text.startswith(("+", "(", "0")) or announced:
        return digits >= 9 or announced
    return [len(group) for group in groups] == [3, 3, 4]


def _is_card(text: str) -> bool:
    digits = [int(one) for one in text if one.isdigit()]
    doubled = [one if at % 2 == 0 else (2 * one - 9 if one > 4 else 2 * one) for at, one in enumerate(digits[::-1])]
    return 13 <= len(digits) <= 19 and sum(doubled) % 10 == 0 and len(set(digits)) > 1 and digits[0] in {3, 4, 5, 6}


def _is_iban(text: str) -> bool:
    code = text.replace(" ", "")
    if not 15 <= len(code) <= 34:
        return False
    return int("".join(str(int(one, 36)) for one in code[4:] + code[:4])) % 97 == 1


def masked(text: str, *, find_names: NameFinder | None = None, settings: PersonalDataSettings = _SETTINGS) -> str:
    """Return the text with personal data blacked out, character for character, so that spans still hold.

    Examples
    --------
    >>> masked("Mail a@b.example today.")
    'Mail ███████████ today.'
    """
    pieces, at = [], 0
    for one in personal_data(text, find_names=find_names, settings=settings):
        pieces += [text[at : one.start], MASK * (one.end - one.start)]
        at = one.end
    return "".join([*pieces, text[at:]]) if pieces else text


def personal_data_findings(
    parts: Sequence[Part], *, find_names: NameFinder | None = None, settings: PersonalDataSettings = _SETTINGS
) -> Iterator[Finding]:
    """Give a ``"personal-data"`` note for each datum, without quoting it, and ``"names-not-searched"``.

    Each note's span is what reports cover.
    """
    for part in parts:
        where = "the reflection" if part.part == REFLECTION else f"artifact {part.part!r}"
        for one in personal_data(part.text, find_names=find_names, settings=settings):
            yield Finding(
                code=PERSONAL_DATA,
                leads_to="note",
                message=f"{where} holds personal data of kind {one.kind}; reports and ledgers cover it.",
                part=part.part,
                start=one.start,
                end=one.end,
            )
    if find_names is None and settings.tell_names_not_searched and "name" in settings.kinds:
        message = "names were not searched for, because no model for them is installed."
        yield Finding(code="names-not-searched", leads_to="note", message=message)


def spacy_names(pipeline: Callable[[str], object]) -> NameFinder:
    """Return a finder of names from a loaded spaCy pipeline with an entity recogniser."""

    def find(text: str) -> list[tuple[int, int]]:
        entities = getattr(pipeline(text), "ents", ())
        return [(one.start_char, one.end_char) for one in entities if one.label_ in {"PERSON", "PER"}]

    return find


def presidio_names(*, model: str = "en_core_web_lg", language: str = "en") -> NameFinder:
    """Return a finder of names by Presidio, the extra ``presidio``.

    Parameters
    ----------
    model : str, keyword-only
        An installed spaCy model, its name or its folder; Presidio itself would download one that is missing.
    language : str, keyword-only
        The model's.

    Raises
    ------
    DependencyError
        If ``presidio-analyzer`` or the model is not installed.
    """
    try:
        from presidio_analyzer import AnalyzerEngine  # type: ignore[import-not-found]
        from presidio_analyzer.nlp_engine import NlpEngineProvider  # type: ignore[import-not-found]
    except ImportError:
        raise DependencyError(
            "presidio-analyzer is not installed; install reviewkit[presidio] and a spaCy model, or give another find_names."
        ) from None
    if not Path(model).is_dir() and find_spec(model) is None:
        raise DependencyError(
            f"the spaCy model {model!r} is not installed, and nothing is downloaded; install it, or name one that is."
        )
    named = {"nlp_engine_name": "spacy", "models": [{"lang_code": language, "model_name": model}]}
    reader = NlpEngineProvider(nlp_configuration=named).create_engine()
    engine = AnalyzerEngine(nlp_engine=reader, supported_languages=[language])

    def find(text: str) -> list[tuple[int, int]]:
        found = engine.analyze(text=text, language=language, entities=["PERSON"])
        return [(one.start, one.end) for one in found]

    return find
