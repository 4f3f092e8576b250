"""What is written into a ledger, beside ratings: suggestions, views told of, overrides, appeals, what is asked for."""

import hashlib
import math
from datetime import date
from typing import Any, Literal, NamedTuple

from pydantic import Field

from reviewkit.records import CriterionScore, Level, Part, Rating, Record, ReviewRecord, Submission
from reviewkit.records.base import Identifier, Number


class Suggestion(Record):
    """A review, the submission it speaks of, and how the reading of it is to be ordered.

    Attributes
    ----------
    parts : tuple of Part
        The texts that reviewers read; they must be those the review was made from. They are kept with the
        submission's first suggestion and may be left out later.
    due : date or None
        The day by which a reviewer should have answered.
    teaches : float or None
        What a reading would teach; higher is read sooner. None: the mean entropy of the criteria's probabilities.
        An audit's place is drawn instead.
    n_readings : int
        How many reviewers are to read it.

    Examples
    --------
    >>> from reviewkit.records import ReviewRecord, Submission
    >>> review = ReviewRecord.model_validate({
    ...     "submission_id": "s1", "attempt": 1, "bundle_digest": None, "certificate": None,
    ...     "rubric": {"id": "routines", "version": "1.0.0", "digest": "0" * 64},
    ...     "route": "return", "review_probability": 1, "reasons": [{"code": "incomplete"}],
    ...     "findings": [], "parts": [], "award_probability": None, "scores": []})
    >>> submission = Submission(submission_id="s1", teacher_id="t1", rubric_id="routines", reflection="I ask.")
    >>> Suggestion(review=review, submission=submission, due=date(2030, 3, 9)).n_readings
    1
    """

    review: ReviewRecord
    submission: Submission
    parts: tuple[Part, ...] = ()
    due: date | None = None
    teaches: Number | None = None
    n_readings: int = Field(default=1, ge=1, le=9)


class Viewing(Record):
    """A reviewer has seen a suggestion outside the ledger: on a printed sheet, say, or over a shoulder.

    Examples
    --------
    >>> Viewing(submission_id="s1", reviewer_id="r-03", where="a printed sheet").where
    'a printed sheet'
    """

    submission_id: Identifier
    reviewer_id: Identifier
    where: str


class Override(Record):
    """A person sets a level against what stood, and says why.

    Attributes
    ----------
    reason : str
        At least a word; it is private content of the submission.

    Examples
    --------
    >>> Override(
    ...     submission_id="s1", criterion_id="routines", reviewer_id="lead", level=3, reason="Both misread step two."
    ... ).level
    3.0
    """

    submission_id: Identifier
    criterion_id: Identifier
    reviewer_id: Identifier
    level: Level
    reason: str


class Appeal(Record):
    """Someone asks that a submission be looked at again; it opens the case for one more reader.

    Attributes
    ----------
    raised_by : str
        Who appeals, usually the teacher; private content.
    criterion_id : str or None
        None: the whole submission.

    Examples
    --------
    >>> Appeal(submission_id="s1", raised_by="t1", text="Please look at the plan again.").criterion_id is None
    True
    """

    submission_id: Identifier
    raised_by: Identifier
    text: str
    criterion_id: Identifier | None = None


SecondReadingReason = Literal["near-cut", "wide-set", "unfamiliar", "severity"]


class SecondReading(Record):
    """A second reader is asked for a case that one was to read, and why.

    Examples
    --------
    >>> SecondReading(submission_id="s1", reason="near-cut").reason
    'near-cut'
    """

    submission_id: Identifier
    reason: SecondReadingReason


class Alarm(Record):
    """The audits have broken a promise: under this certificate nothing stands any more.

    Attributes
    ----------
    raised_at : int
        The audit, counted from 1, at which the alarm was raised.
    n_audits, n_errors : int
        Audits held against the promise when it was noticed, and errors among them.

    Examples
    --------
    >>> Alarm(certificate_id="spring", raised_at=41, n_audits=44, n_errors=9).raised_at
    41
    """

    certificate_id: Identifier
    raised_at: int = Field(ge=1)
    n_audits: int = Field(ge=1)
    n_errors: int = Field(ge=1)


Entry = Suggestion | Viewing | Rating | Override | Appeal | SecondReading | Alarm


class Event(NamedTuple):
    """An event as the ledger gives it back.

    Attributes
    ----------
    sequence : int
        What came first; from 1, without a gap.
    at : str
        What the clock said, ISO 8601; it may run backwards where the clock did.
    submission_id, person_id : str or None
        By their present names: the names of the forgotten are pseudonyms.
    body : dict
        Levels, numbers and codes.
    private : dict or None
        Texts and names; None where there are none, or they were forgotten.
    digest : str
        Hex digest of this event and, through the chain, of all before it.
    """

    sequence: int
    kind: str
    at: str
    version: str
    submission_id: str | None
    person_id: str | None
    criterion_id: str | None
    body: dict[str, Any]
    private: dict[str, Any] | None
    digest: str


def expected_entropy(scores: tuple[CriterionScore, ...]) -> float:
    """Mean over the criteria of the entropy of the level, in bits: what a reading is expected to settle.

    0 where there are no scores.

    Examples
    --------
    >>> from reviewkit.records import CriterionScore
    >>> score = CriterionScore(criterion_id="c", level=1, expected_level=1.5, probabilities={"1": 0.5, "2": 0.5},
    ...     prediction_set=(1, 2), coverage_level=0.9, p_meets_required=0.5, rater_disagreement=None, stands=False,
    ...     cold=False)
    >>> expected_entropy((score,))
    1.0
    """
    if not scores:
        return 0.0
    return sum(-p * math.log2(p) for score in scores for p in score.probabilities.values() if p > 0) / len(scores)


def drawn_for_audit(review: ReviewRecord) -> bool:
    """Whether nothing but the audit draw sent a review to a person."""
    return bool(review.reasons) and all(reason.code == "audit" for reason in review.reasons)


def drawn_place(review: ReviewRecord) -> float:
    """Place of an audit in the queue, in bits as those of :func:`expected_entropy`: drawn, whatever the scores say.

    Were doubtful audits read first, those answered at any time would err more often than what stands, and the alarm
    would be raised while the promise holds.
    """
    draw = int.from_bytes(hashlib.sha256(f"audit {review.submission_id}".encode()).digest()[:8]) / 2**64
    levels = [math.log2(len(score.probabilities)) for score in review.scores]
    return draw * max(levels, default=1.0)


def expected_disagreement(scores: tuple[CriterionScore, ...]) -> float:
    """Mean over the criteria of the chance that two raters differ; 0 where there are no scores.

    Where no pair of ratings was seen, the chance that two draws from the score's own probabilities differ.
    """
    if not scores:
        return 0.0
    return sum(_chance_to_differ(score) for score in scores) / len(scores)


def _chance_to_differ(score: CriterionScore) -> float:
    if score.rater_disagreement is not None:
        return score.rater_disagreement
    return 1 - sum(p * p for p in score.probabilities.values())
