"""The review record: everything the engine says of one submission, a line of ``reviews.jsonl``."""

from typing import Literal

from pydantic import Field

from reviewkit.records.base import Digest, Identifier, Identifiers, Probability, Record
from reviewkit.records.decision import Reason, Route
from reviewkit.records.finding import Finding
from reviewkit.records.score import CriterionScore

REVIEW_SCHEMA = "reviewkit/review/1"


class RubricReference(Record):
    """Which rubric, which version, with which meaning."""

    id: Identifier
    version: str
    digest: Digest


class PartDigest(Record):
    """The length and SHA-256 of a part's text (UTF-8), so that a review can be held against what was handed in."""

    part: Identifier
    n_chars: int = Field(ge=0)
    sha256: Digest


class ReviewRecord(Record):
    """Everything the engine says of one submission.

    Attributes
    ----------
    route : str
        ``"suggest"``: the suggestion stands; ``"review"``: a person looks; ``"return"``: back to the teacher,
        not scored.
    certificate : str or None
        Ids of the certificates that stand behind the policy, a space between; None: no guarantee.
    award_probability : float or None
        Probability that the score of record earns the award; None where nothing was scored or no award is defined.

    Examples
    --------
    A submission that was incomplete goes back unscored.

    >>> review = ReviewRecord.model_validate({
    ...     "submission_id": "s1", "attempt": 1, "bundle_digest": None, "certificate": None,
    ...     "rubric": {"id": "routines", "version": "1.0.0", "digest": "0" * 64},
    ...     "route": "return", "review_probability": 1, "reasons": [{"code": "incomplete"}],
    ...     "findings": [], "parts": [], "award_probability": None, "scores": []})
    >>> review.route, review.scores
    ('return', ())
    >>> review.score("routines")
    Traceback (most recent call last):
    KeyError: "the review of 's1' has no score on 'routines'"
    """

    schema_: Literal["reviewkit/review/1"] = Field(default="reviewkit/review/1", alias="schema")
    submission_id: Identifier
    attempt: int = Field(ge=1)
    rubric: RubricReference
    bundle_digest: Digest | None
    route: Route
    review_probability: Probability
    certificate: Identifiers | None
    reasons: tuple[Reason, ...]
    findings: tuple[Finding, ...]
    parts: tuple[PartDigest, ...]
    award_probability: Probability | None
    scores: tuple[CriterionScore, ...]

    def score(self, criterion_id: str) -> CriterionScore:
        """Return the score on that criterion; KeyError if there is none."""
        for score in self.scores:
            if score.criterion_id == criterion_id:
                return score
        raise KeyError(f"the review of {self.submission_id!r} has no score on {criterion_id!r}")
