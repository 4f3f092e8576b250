"""A small rubric and reviews of it, written out by hand, for the tests of the pages."""

import hashlib
from html.parser import HTMLParser

from reviewkit.records import (
    CriterionScore,
    Evidence,
    Finding,
    NextLevel,
    Part,
    PartDigest,
    Reason,
    ReviewRecord,
    Rubric,
    RubricReference,
)

NAMES = ("Not yet", "Developing", "Proficient")
RUBRIC = Rubric.model_validate(
    {
        "format": "reviewkit/rubric/1",
        "id": "routines",
        "version": "1.0.0",
        "title": "Classroom routines",
        "competency": "Pupils know what to do.",
        "requirements": {
            "reflection": {"min_words": 20, "prompts": ["What did you change, and why?"]},
            "artifacts": [{"kind": "lesson-plan", "description": "The plan as taught."}],
        },
        "criteria": [
            {
                "id": "taught",
                "title": "Routines are taught",
                "description": "A routine is shown and practised.",
                "reads": ["reflection", "lesson-plan"],
                "required_level": 2,
                "levels": [
                    {"level": level, "name": name, "descriptor": f"Taught, as {name.lower()} asks."}
                    for level, name in enumerate(NAMES, start=1)
                ],
            },
            {
                "id": "kept",
                "title": "Routines are kept",
                "required_level": 2,
                "levels": [
                    {"level": level, "name": name, "descriptor": f"Kept, as {name.lower()} asks."}
                    for level, name in enumerate(NAMES, start=1)
                ],
            },
        ],
    }
)
REFLECTION = "We practised the entry three times. Then I timed it: ninety seconds. It felt calmer."
PLAN = "1. Line up.\n2. Enter in silence."
PARTS = (
    Part(part="reflection", kind="reflection", text=REFLECTION),
    Part(part="plan-7", kind="lesson-plan", text=PLAN),
)


def evidence(parts: tuple[Part, ...], part: str, quote: str, *, weight: float = 0.1) -> Evidence:
    """Evidence at the place where the quote first stands."""
    text = next(one.text for one in parts if one.part == part)
    start = text.index(quote)
    return Evidence(part=part, start=start, end=start + len(quote), text=quote, weight=weight)


def score(criterion_id: str = "taught", **changes: object) -> CriterionScore:
    """A score that suggests level 1 with .55, and 2 and 3 with .35 and .10."""
    values: dict[str, object] = {
        "criterion_id": criterion_id,
        "level": 1,
        "expected_level": 1.55,
        "probabilities": {"1": 0.55, "2": 0.35, "3": 0.1},
        "prediction_set": (1, 2),
        "coverage_level": 0.9,
        "p_meets_required": 0.45,
        "rater_disagreement": 0.31,
        "stands": False,
        "cold": False,
        "next_level": NextLevel(level=2, missing=("The routine is practised.",)),
    }
    return CriterionScore.model_validate(values | changes)


def sure(criterion_id: str = "kept", **changes: object) -> CriterionScore:
    """A score that stands: level 3 with .97."""
    values: dict[str, object] = {
        "level": 3,
        "expected_level": 2.96,
        "probabilities": {"1": 0.01, "2": 0.02, "3": 0.97},
        "prediction_set": (3,),
        "p_meets_required": 0.99,
        "stands": True,
        "next_level": None,
    }
    return score(criterion_id, **(values | changes))


def review(parts: tuple[Part, ...] = PARTS, **changes: object) -> ReviewRecord:
    """A review of those parts, routed to a reviewer because of its first criterion."""
    digests = [
        PartDigest(part=one.part, n_chars=len(one.text), sha256=hashlib.sha256(one.text.encode()).hexdigest())
        for one in parts
    ]
    values: dict[str, object] = {
        "schema": "reviewkit/review/1",
        "submission_id": "s-1",
        "attempt": 1,
        "rubric": RubricReference(id=RUBRIC.id, version=RUBRIC.version, digest=RUBRIC.digest),
        "bundle_digest": "0" * 64,
        "route": "review",
        "review_probability": 1.0,
        "certificate": "certificate-9",
        "reasons": (Reason(code="borderline", criterion_id="taught", value=0.45, bound=0.9),),
        "findings": (),
        "parts": tuple(digests),
        "award_probability": 0.4,
        "scores": (score(), sure()),
    }
    return ReviewRecord.model_validate(values | changes)


def full_review() -> ReviewRecord:
    """A review with evidence that overlaps, findings with and without a place, and a cold criterion."""
    first = (
        evidence(PARTS, "reflection", "We practised the entry three times.", weight=0.21),
        evidence(PARTS, "plan-7", "Enter in silence.", weight=-0.02),
    )
    second = (evidence(PARTS, "reflection", "three times. Then I timed it: ninety seconds.", weight=0.08),)
    place = PARTS[0].text.index("It felt calmer.")
    findings = (
        Finding(code="few-sentences", leads_to="review", message="the reflection has 3 sentences.", part="reflection",
                start=place, end=place + 15),
        Finding(code="names-not-searched", leads_to="note", message="names were not searched for."),
    )  # fmt: skip
    cold = sure(cold=True, rater_disagreement=None, prediction_set=(1, 2, 3), stands=False, evidence=second)
    reasons = (
        Reason(code="borderline", criterion_id="taught", value=0.45, bound=0.9),
        Reason(code="cold", criterion_id="kept"),
        Reason(code="finding"),
    )
    return review(scores=(score(evidence=first), cold), findings=findings, reasons=reasons)


def returned_review(parts: tuple[Part, ...] = PARTS[:1]) -> ReviewRecord:
    """A review that goes back: too few words, and no lesson plan."""
    findings = (
        Finding(code="too-few-words", leads_to="return", message="the reflection has 15 words.", part="reflection",
                value=15, bound=20),
        Finding(code="missing-artifact", leads_to="return", message="0 of kind 'lesson-plan' came in.", value=0,
                bound=1),
    )  # fmt: skip
    return review(
        parts,
        submission_id="s-2",
        route="return",
        reasons=(Reason(code="incomplete"),),
        findings=findings,
        scores=(),
        award_probability=None,
        certificate=None,
    )


def body(html: str) -> str:
    """A page without its head, whose style has tests of its own."""
    return html[html.index("<body") :]


class Page(HTMLParser):
    """What a browser would see: the elements with their attributes, and the words between them."""

    VOID = frozenset({"meta", "link", "input", "br", "rect", "line", "circle", "path"})

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[tuple[tuple[str, ...], tuple[str, ...], str]] = []
        self._open: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append((tag, dict(attrs).get("class") or ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        opened = self._open.pop()
        assert opened[0] == tag, f"</{tag}> closes <{opened[0]}>"

    def handle_data(self, data: str) -> None:
        self.pieces.append((tuple(tag for tag, _ in self._open), tuple(one for _, one in self._open), data))

    @property
    def text(self) -> str:
        """All words outside the style sheet."""
        return "".join(piece for tags, _, piece in self.pieces if "style" not in tags)

    def shown_parts(self) -> list[str]:
        """The full texts, as shown, without the badges in them."""
        texts: list[str] = []
        inside = False
        for _, classes, piece in self.pieces:
            if "text" not in classes:
                inside = False
                continue
            if not inside:
                texts.append("")
            inside = True
            if not any(one.startswith("badge") for one in classes):
                texts[-1] += piece
        return texts

    def marked(self, hue: str) -> str:
        """The words marked in one hue, joined."""
        return "".join(piece for tags, classes, piece in self.pieces if _marked_in(tags, classes, hue))

    def attributes(self, name: str) -> list[str]:
        """All values of an attribute, in order."""
        return [value for _, attributes in self.elements if (value := attributes.get(name)) is not None]


def _marked_in(tags: tuple[str, ...], classes: tuple[str, ...], hue: str) -> bool:
    return any(tag == "mark" and hue in one.split() for tag, one in zip(tags, classes, strict=True))
