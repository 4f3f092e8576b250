"""A small program to write ledgers for: one rubric, its submissions, their suggestions, and a clock that is set."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from reviewkit.records import (
    CriterionScore,
    Evidence,
    Finding,
    NextLevel,
    Part,
    PartDigest,
    Rating,
    Reason,
    ReviewRecord,
    Rubric,
    RubricReference,
    Submission,
    level_text,
)
from reviewkit.review.entries import Suggestion
from reviewkit.review.ledger import ReviewLedger

LEVELS = [
    {"level": 1, "name": "Not yet", "descriptor": "Nothing is <b>shown</b>."},
    {"level": 2, "name": "Developing"},
    {"level": 3, "name": "Proficient"},
    {"level": 4, "name": "Exemplary"},
]
RUBRIC = Rubric.model_validate(
    {
        "format": "reviewkit/rubric/1",
        "id": "routines",
        "version": "1.0.0",
        "title": "Routines",
        "criteria": [
            {"id": "taught", "title": "Taught", "required_level": 3, "levels": LEVELS},
            {"id": "kept", "title": "Kept", "reads": ["reflection"], "levels": LEVELS},
        ],
    }
)
UNSURE = (0.1, 0.4, 0.4, 0.1)
SURE = (0.0, 0.0, 0.97, 0.03)


def score(criterion_id: str, *, probabilities: tuple[float, ...] = UNSURE, level: float = 3) -> CriterionScore:
    return CriterionScore(
        criterion_id=criterion_id,
        level=level,
        expected_level=2.5,
        probabilities={level_text(number + 1): one for number, one in enumerate(probabilities)},
        prediction_set=(level,),
        coverage_level=0.9,
        p_meets_required=0.5,
        rater_disagreement=None,
        stands=False,
        cold=False,
        evidence=(Evidence(part="reflection", start=0, end=4, text="Text", weight=0.2),),
        next_level=NextLevel(level=4, missing=("pupils lead",)),
    )


def suggestion(
    submission_id: str = "s1",
    *,
    teacher_id: str = "teacher-1",
    text: str = "Text of the reflection.",
    route: str = "review",
    reasons: tuple[str, ...] = ("borderline",),
    review_probability: float = 1.0,
    probabilities: tuple[float, ...] = UNSURE,
    attempt: int = 1,
    previous: str | None = None,
    level: float = 3,
    rubric: Rubric = RUBRIC,
    **order: Any,
) -> Suggestion:
    part = Part(part="reflection", kind="reflection", text=text)
    digest = PartDigest(part=part.part, n_chars=len(text), sha256=hashlib.sha256(text.encode()).hexdigest())
    scores = tuple(score(one, probabilities=probabilities, level=level) for one in rubric.criterion_ids)
    review = ReviewRecord(
        submission_id=submission_id,
        attempt=attempt,
        rubric=RubricReference(id=rubric.id, version=rubric.version, digest=rubric.digest),
        bundle_digest=None,
        route=route,  # type: ignore[arg-type]
        review_probability=review_probability,
        certificate=None,
        reasons=tuple(Reason(code=code) for code in reasons),  # type: ignore[arg-type]
        findings=(Finding(code="few-words", leads_to="note", message=f"{teacher_id} wrote little"),),
        parts=(digest,),
        award_probability=None if route == "return" else 0.5,
        scores=() if route == "return" else scores,
    )
    submission = Submission(
        submission_id=submission_id,
        teacher_id=teacher_id,
        rubric_id=rubric.id,
        reflection=text,
        attempt=attempt,
        previous_submission_id=previous,
    )
    return Suggestion(review=review, submission=submission, parts=(part,), **order)


def rating(
    submission_id: str = "s1",
    *,
    rater_id: str = "r1",
    criterion_id: str = "taught",
    level: float | None = 3,
    **fields: Any,
) -> Rating:
    return Rating(submission_id=submission_id, criterion_id=criterion_id, rater_id=rater_id, level=level, **fields)


def read_through(ledger: ReviewLedger, submission_id: str, rater_id: str, *, level: float = 3) -> None:
    for criterion_id in RUBRIC.criterion_ids:
        ledger.append(rating(submission_id, rater_id=rater_id, criterion_id=criterion_id, level=level))


@dataclass
class Clock:
    """A clock that stands until it is set."""

    now: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)
