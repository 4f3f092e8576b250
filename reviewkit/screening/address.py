"""Text that speaks to a grader or to a language model instead of the task."""
# ruff: noqa: E501 (patterns)

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from reviewkit.records.finding import Finding
from reviewkit.screening.address_cues import MACHINE, address_score
from reviewkit.screening.concealment import in_plain_letters, in_small_letters
from reviewkit.screening.lexed import LexedPart
from reviewkit.screening.personal_data import masked

# Teachers write of marks, rubrics, judges and instructions all the time. What they do not write is a command about them:
# most patterns therefore ask for a verb that begins its sentence or follows "please", "must" or "should".
_COMMAND = r"(?:^|[.!?:;>\])\"]\s*|\b(?:please|kindly|must|should|now|then)\s+)"
_GRADE = r"(?:scores?|marks?|grades?|ratings?|levels?|points?|results?|credits?|badge)"
_TOP = r"(?:full|top|highest|max(?:imum)?|best|perfect|excellent|proficient|exemplary|distinguished|passing)"
_GIVE = r"(?:give|award|assign|grant|output|return|respond with|set)"
_RATE = r"(?:rate|score|grade|mark|assess|classify|evaluate)"
_OWN = r"(?:submission|reflection|response|essay|answer|portfolio|work|text|piece)"
_MACHINE = (
    r"(?:ai|a\.i\.|llm|language model|chatbot|chat ?gpt|auto[- ]?(?:grader|scorer)|"
    r"(?:grading|scoring|marking|assessment) (?:assistant|system|model|engine|tool|algorithm|bot))"
)
_JUDGE = r"(?:graders?|markers?|examiners?|assessors?|reviewers?|raters?|evaluators?|scorers?)"
_RULES = r"(?:instructions?|prompts?|rubrics?|directions?|guidelines|criteria|commands?|rules|guidance)"
_EARLIER = r"(?:previous|prior|above|earlier|preceding|existing|given|initial|original)"


class _Address(NamedTuple):
    """A way to speak to a grader or a model.

    Attributes
    ----------
    to_model : bool
    hints : tuple of str
        The pattern matches no text without one of these; looking for them costs little.
    pattern : re.Pattern
        Of small letters: to search these takes less than half as long as to ignore case.
    """

    to_model: bool
    hints: tuple[str, ...]
    pattern: re.Pattern[str]


def _address(to_model: bool, hints: str, pattern: str) -> _Address:
    return _Address(to_model, tuple(hint for hint in hints.split("|") if hint), re.compile(pattern, re.MULTILINE))


_ADDRESSES = (
    _address(True, "ignor|disregard|forget|overrid|bypass",
             rf"{_COMMAND}(?:ignore|disregard|forget|override|bypass)\s+(?:(?:all|any|every|each|the|your|my|those|these|of|other)\s+){{0,4}}"
             rf"(?:{_EARLIER}\s+)?(?:\w+\s+)?{_RULES}\b"),
    _address(True, "forget|disregard|ignor",
             rf"{_COMMAND}(?:forget|disregard|ignore)\s+(?:everything|anything|what|all(?: that)?)\s+(?:that\s+)?(?:you|was|came|stands|above|before|i)\b[^.\n]{{0,60}}"
             r"\b(?:told|given|instructed|before|above|earlier|learned)\b"),
    _address(True, "instruction|message|note",
             rf"\b(?:instructions?|message|note|text)\s+(?:below|above|here|that follows?|in this \w+)\s+(?:overrides?|supersedes?|replaces?)\b[^.\n]{{0,40}}\b{_RULES}\b"),
    _address(True, "instruction|prompt|rubric|direction|guid|criteria|command|rules",
             rf"{_COMMAND}(?:do not|don't|never|stop)\s+(?:follow|apply|obey|us)(?:e|ing)?\s+(?:the|your|any|those|these)\s+(?:\w+\s+){{0,2}}"
             rf"{_RULES}\b[^.\n]{{0,60}}\b(?:give|award|assign|score|grade|mark|ignore)\b"),
    _address(True, "you are|act as|pretend|behave as|imagine|as an|as a|if you",
             rf"\b(?:if\s+)?(?:you are|you're|act as|pretend to be|behave as|imagine you are|as)\s+(?:now\s+)?(?:an?|the)\s+(?:\w+\s+){{0,3}}"
             rf"{_MACHINE}\b[^.\n]{{0,80}}\b(?:give|award|assign|rate|score|grade|return|output|must|respond)\b"),
    _address(True, "you are|act as|pretend|behave as|imagine",
             rf"{_COMMAND}(?:you are|act as|pretend to be|pretend you are|behave as|imagine you are)\s+(?:now\s+)?(?:an?|the)\s+(?:\w+\s+){{0,3}}"
             rf"{_JUDGE}\b[^.\n]{{0,80}}\b{_TOP}\b[^.\n]{{0,20}}\b{_GRADE}\b"),
    _address(True, "im_start|im_end|[inst|[/inst|[sys|[/sys|sys>>|endoftext|user|assistant|system",
             r"<\|(?:im_start|im_end|system|user|assistant|endoftext)\|>|\[/?(?:inst|sys(?:tem)?)\]|<</?sys>>"),
    _address(True, "system|assistant|developer",
             r"(?:^|[.!?>\]]\s)\s*[#\[(]{0,4}\s*(?:system|assistant|developer)\]?\s*(?:prompt|message|instructions?|note|override)?"
             r"\s*[:>\]][^\n]{0,100}\b(?:instructions?|criteri\w+|scor(?:e|es|ing)|grad(?:e|es|ing)|levels?|rubric|marks?|you (?:are|must)|ignore)\b"),
    _address(True, "system prompt|jailbreak|developer mode|end of",
             r"\b(?:system prompt\s*:|jailbreak mode|developer mode enabled|end of (?:submission|student text|user input)\b)"),
    _address(False, "give|award|assign|grant|output|return|respond|set",
             rf"\b{_GIVE}\s+(?:this|my)\s+(?:{_OWN}\s+)?(?:an?\s+|the\s+)?(?:\w+\s+)?(?:{_TOP}\s+(?:\w+\s+)?{_GRADE}|level\s*\d|\d\s*(?:/|out of))"),
    _address(False, "full|top|highest|max|best|perfect|excellent|proficient|exemplary|distinguished|passing",
             rf"{_COMMAND}{_GIVE}\s+(?:me|it|us|the)\b[^.\n]{{0,30}}?\b{_TOP}\s+(?:possible\s+)?{_GRADE}\b"),
    _address(False, "give|award|assign|set",
             rf"\b(?:you|grader|reviewer|examiner|model|system)\s+(?:will|must|should|can|could|to)\s+{_GIVE}\b[^.\n]{{0,40}}\b(?:{_TOP}\s+{_GRADE}|level\s*\d)"),
    _address(False, "rate|score|grade|mark|assess|classify|evaluate",
             rf"{_COMMAND}{_RATE}\s+(?:this|my|the (?:above|following|present))\s+(?:\w+\s+){{0,3}}(?:as|at|with)\s+(?:an?\s+)?(?:the\s+)?(?:{_TOP}|level\s*\d|\d)"),
    _address(False, "deserv|earn|merit|should|must be",
             rf"\b(?:my\s+{_OWN}|this\s+(?:submission|reflection|response|essay|portfolio))\b[^.\n]{{0,20}}\b(?:deserves?|earns?|merits?|should (?:get|"
             rf"receive|be (?:given|awarded|rated|scored|graded|marked))|must be (?:rated|scored|graded|marked))\b[^.\n]{{0,40}}\b(?:{_TOP}|level\s*\d|\d\s*(?:/|out of)|pass)\b"),
    _address(False, "pass|fail|approve",
             rf"\bplease\b[^.\n]{{0,20}}\b(?:pass me|let me pass|give me a pass|don't fail me|do not fail me|approve (?:this|my) (?:{_OWN}|badge|credential))\b"),
    _address(False, "dear|hello|hi |hey|attention|note to|message|to the|instruction",
             rf"(?:\b(?:dear|hello|hi|hey|attention|notes? to|message (?:to|for)|instructions? (?:to|for))|(?:^|[.!?]\s)to)\s+(?:the\s+|all\s+)?(?:\w+\s+)?"
             rf"(?:{_JUDGE}|{_MACHINE})\b[^\n]{{0,120}}?\b(?:{_TOP}\s+(?:possible\s+)?{_GRADE}|level\s*\d|{_GRADE}\s+of\s+\d|{_GRADE} to pass|award|ignore)\b"),
    _address(False, "correct|right|appropriate|fair",
             rf"\b(?:correct|right|appropriate|fair)\s+(?:\w+\s+)?{_GRADE}\s+(?:for this \w+|here)\s+(?:is|are|must be|should be)\s+(?:\w+\s+){{0,2}}(?:{_TOP}|level\s*\d|\d\b)"),
)  # fmt: skip
_BEFORE = ' \t\n.!?:;>])"'  # what ends the sentence before
_TO_MACHINE = re.compile(rf"\b(?:{MACHINE})\b", re.IGNORECASE)
_GRADES = (
    "score",
    "mark",
    "grade",
    "rat",
    "level",
    "point",
    "result",
    "credit",
    "pass",
    "full",
    "top",
    "fail",
    "badge",
)


class AddressSettings(BaseModel):
    """Bound of what may sound like words to a grader.

    Attributes
    ----------
    max_cues : float
        Weight of the cues in one sentence (`address_score`) that honest texts stay below.
    max_margin : float
        Log odds, by a sentence's vector and its cues (`address_margins`), that honest texts stay below.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_cues: float = 0.25
    max_margin: float = 0.75


_SETTINGS = AddressSettings()


def address_findings(parts: Sequence[LexedPart], *, settings: AddressSettings = _SETTINGS) -> Iterator[Finding]:
    """Give ``"addresses-grader"`` where a text asks for a level, or ``"addresses-model"`` where it commands a model.

    Both lead to ``"review"``; the span holds the first such words. A mere greeting is no finding. Look-alikes of other
    scripts count as the letters that they look like, and invisible characters as nothing.
    """
    for part in parts:
        plain, places = in_plain_letters(part.text)
        found = _by_pattern(plain) or _by_cues(part, plain, places, settings)
        if found:
            start, end, to_model = found
            yield Finding(
                code="addresses-model" if to_model else "addresses-grader",
                leads_to="review",
                message=f"{part.named()} speaks to {'a language model' if to_model else 'a grader'}: "
                f"{masked(' '.join(plain[start:end].split())[:160])!r}.",
                part=part.part,
                start=places[start],
                end=places[end - 1] + 1,
            )


def named_machine(sentence: str) -> bool:
    """Say whether a sentence names a language model or another machine."""
    return bool(_TO_MACHINE.search(sentence))


def _by_pattern(plain: str) -> tuple[int, int, bool] | None:
    lowered = in_small_letters(plain)
    graded = any(word in lowered for word in _GRADES)
    found = [
        (match.start(), one.to_model, match)
        for one in _ADDRESSES
        if (one.to_model or graded)
        and any(hint in lowered for hint in one.hints)
        and (match := one.pattern.search(lowered))
    ]
    if not found:
        return None
    _, to_model, match = min(found, key=lambda row: row[0])
    said = match[0].lstrip(_BEFORE)
    return match.end() - len(said), match.end(), to_model


def _by_cues(
    part: LexedPart, plain: str, places: Sequence[int], settings: AddressSettings
) -> tuple[int, int, bool] | None:
    for sentence in part.sentences:
        start, end = bisect_left(places, sentence.start), bisect_left(places, sentence.end)
        said = plain[start:end].strip()
        if said and address_score(said, n_words=len(sentence.words)) > settings.max_cues:
            return start, end, named_machine(said)
    return None
