# ruff: noqa: E501 (tables)
"""Text that speaks to a grader or to a language model instead of the task."""

import re
from collections.abc import Iterator, Sequence

from reviewkit.records.finding import Finding
from reviewkit.screening.lexed import LexedPart

_GRADE = r"(?:scores?|marks?|grades?|ratings?|levels?|points?|results?|credits?)"
_TOP = r"(?:full|top|high(?:est)?|max(?:imum)?|best|perfect|excellent|proficient|exemplary|distinguished|passing)"
_JUDGE = (
    r"(?:grader|marker|examiner|assessor|reviewer|rater|evaluator|scorer|judge|grading (?:system|model|engine|tool)|"
    r"scoring (?:system|model|engine|tool|algorithm)|auto[- ]?(?:grader|scorer)|ai|a\.i\.|llm|language model|chatbot|"
    r"chat ?gpt|assistant|model)"
)
_EARLIER = r"(?:previous|prior|above|earlier|preceding|existing|given|other|your|the|any|all)"
_PATTERNS = (
    ("model", rf"\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{{0,25}}\b{_EARLIER}\b[^.\n]{{0,25}}"
              r"\b(?:instructions?|prompts?|rubrics?|directions?|guidelines|criteria|commands?|rules you|context)\b"),
    ("model", rf"\b(?:you are|act as|pretend to be|behave as|imagine you are|as)\s+(?:now\s+)?(?:an?|the)\s+(?:\w+\s+){{0,3}}"
              rf"{_JUDGE}\b[^.\n]{{0,60}}\b(?:give|award|assign|rate|score|grade|return|output|must|should|respond)\b"),
    ("model", r"<\|(?:im_start|im_end|system|user|assistant|endoftext)\|>|\[/?(?:INST|SYS(?:TEM)?)\]|<</?SYS>>"),
    ("model", r"^\s*#{0,4}\s*(?:system|assistant|developer)\s*(?:prompt|message|instructions?|note|override)?\s*:\s*\S"),
    ("model", r"\b(?:system prompt|jailbreak mode|developer mode enabled|end of (?:submission|student text|user input))\b"),
    ("grade", rf"\b(?:give|award|assign|grant|rate|score|grade|mark|output|return|respond with|set)\b\s+(?:this|me|it|my|"
              rf"the|him|her)\b[^.\n]{{0,50}}\b{_TOP}\b[^.\n]{{0,25}}\b{_GRADE}\b"),
    ("grade", rf"\b(?:rate|score|grade|mark|assess|classify|evaluate)\b\s+(?:this|my|the (?:above|following|present))\s+"
              rf"(?:\w+\s+){{0,3}}(?:as|at|with)\s+(?:an?\s+)?(?:the\s+)?(?:{_TOP}|level\s*\d|\d)"),
    ("grade", rf"\b(?:deserves?|earns?|merits?|worthy of|should (?:get|receive|be (?:given|awarded|rated|scored|graded)))\b"
              rf"[^.\n]{{0,25}}\b{_TOP}\b[^.\n]{{0,15}}\b{_GRADE}\b[^.\n]{{0,30}}\b(?:rubric|criteri\w+|assess\w*|"
              r"submission|reflection|competency|standard)\b"),
    ("grade", rf"\b(?:this|my|the present)\s+(?:submission|reflection|response|essay|answer|portfolio|work)\b[^.\n]{{0,30}}"
              rf"\b(?:deserves?|earns?|merits?|should (?:get|receive|be (?:given|awarded|rated|scored|graded|marked))|must be "
              rf"(?:rated|scored|graded))\b[^.\n]{{0,40}}\b(?:{_TOP}|level\s*\d|\d\s*(?:/|out of)|pass)\b"),
    ("grade", r"\bplease\b[^.\n]{0,20}\b(?:pass me|let me pass|give me a pass|don't fail me|do not fail me|approve (?:this|my) "
              r"(?:submission|reflection|badge|credential))\b"),
    ("grade", rf"\b(?:dear|hello|hi|hey|attention|note to|message (?:to|for)|to the|instructions? (?:to|for))\s+(?:the\s+|all\s+)?"
              rf"(?:\w+\s+)?{_JUDGE}s?\b[^\n]{{0,120}}\b(?:{_TOP}\s+{_GRADE}|pass|level\s*\d|{_GRADE}\s+of\s+\d|award|must|"
              r"ignore)\b"),
    ("grade", rf"\b(?:correct|right|appropriate|only|final)\s+(?:\w+\s+)?{_GRADE}\s+(?:for this \w+\s+)?(?:here\s+)?(?:is|are|"
              rf"must be|should be)\s+(?:\w+\s+){{0,2}}(?:{_TOP}|level\s*\d|\d\b)"),
)  # fmt: skip
# No pattern matches a text without one of its words here, and looking for them costs little.
_HINTS = (
    ("ignore", "disregard", "forget", "override", "bypass"),
    ("give", "award", "assign", "respond", "output", "return"),
    ("<|", "[inst", "[/inst", "[sys", "[/sys", "<<"),
    ("system", "assistant", "developer"),
    ("system prompt", "jailbreak", "developer mode", "end of"),
    (
        "full",
        "top",
        "high",
        "max",
        "best",
        "perfect",
        "excellent",
        "proficient",
        "exemplary",
        "distinguished",
        "passing",
    ),
    ("this", "my", "the above", "the following", "the present"),
    ("deserv", "earn", "merit", "worthy", "should"),
    ("deserv", "earn", "merit", "should", "must be"),
    ("please",),
    ("dear", "hello", "hi ", "hey", "attention", "note to", "message", "to the", "instruction"),
    ("correct", "right", "appropriate", "only", "final"),
)
_ADDRESSES = tuple(
    (whom, hints, re.compile(pattern, re.IGNORECASE | re.MULTILINE))
    for (whom, pattern), hints in zip(_PATTERNS, _HINTS, strict=True)
)
_GRADES = ("score", "mark", "grade", "rat", "level", "point", "result", "credit", "pass")


def address_findings(parts: Sequence[LexedPart]) -> Iterator[Finding]:
    """Give ``"addresses-grader"`` where a text asks for a level, or ``"addresses-model"`` where it commands a model.

    Both lead to ``"review"``; the span holds the first such words. A mere greeting is no finding.
    """
    for part in parts:
        plain = part.text.replace("\u2019", "'")
        lowered = plain.lower()
        graded = any(word in lowered for word in _GRADES)
        found = [
            (whom, match)
            for whom, hints, pattern in _ADDRESSES
            if (whom == "model" or graded)
            and any(hint in lowered for hint in hints)
            and (match := pattern.search(plain))
        ]
        if found:
            whom, match = min(found, key=lambda one: one[1].start())
            yield Finding(
                code="addresses-grader" if whom == "grade" else "addresses-model",
                leads_to="review",
                message=f"{part.named()} speaks to {'a grader' if whom == 'grade' else 'a language model'}: "
                f"{' '.join(match[0].split())[:160]!r}.",
                part=part.part,
                start=match.start(),
                end=match.end(),
            )
