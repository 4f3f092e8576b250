"""The decision: where a submission goes, why, and what stands behind it."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from reviewkit.records.base import Digest, Identifier, Identifiers, Number, Probability, Record

Route = Literal["suggest", "review", "return"]
ReasonCode = Literal[
    "borderline", "low-probability", "cold", "audit", "incomplete", "unfamiliar", "finding", "uncertified", "alarm"
]


class Reason(Record):
    """Why a submission goes where it goes.

    Attributes
    ----------
    code : str
        Short name: ``"borderline"`` (the prediction set holds levels on both sides of the required one),
        ``"low-probability"``, ``"cold"``, ``"audit"``, ``"incomplete"``, ``"unfamiliar"``, ``"finding"``,
        ``"uncertified"`` or ``"alarm"`` (audits have broken the certificate's promise).
    criterion_id : str or None
        None where the reason is about the whole submission.
    value, bound : float or None
        What was measured and what it was held against, to six decimals.

    Examples
    --------
    >>> reason = Reason(code="low-probability", criterion_id="routines", value=0.62, bound=0.8)
    >>> reason.value < reason.bound
    True
    """

    code: ReasonCode
    criterion_id: Identifier | None = None
    value: Number | None = None
    bound: Number | None = None


class Certificate(Record):
    """What a policy promises of the suggestions that stand, for how many rows, at what confidence.

    Attributes
    ----------
    risk : str
        Which error is bounded.
    level : float
        The promised share of errors among what stands, at most.
    confidence : float
        Probability, over the rows drawn, that the promise holds.
    threshold : float or None
        The policy's ``min_probability`` that was certified; None where none was.
    bound : float or None
        Upper confidence bound of the risk at that threshold.
    share_standing, share_low, share_high : float or None
        Share of submissions that stand, with its interval.
    n_rows, n_standing : int
        Teachers tested, and those of them whose suggestion stood.
    n_more : int or None
        Ratings still needed where nothing could be certified.

    Examples
    --------
    Thirty teachers were too few for 5 % at 90 % confidence, so nothing stands without a reviewer.

    >>> certificate = Certificate(
    ...     certificate_id="spring", risk="false-award", level=0.05, confidence=0.9, threshold=None, bound=None,
    ...     n_rows=30, n_standing=0, n_more=15, record_rule="mean-half-up", issued_at="2026-03-02T09:00:00Z",
    ...     rubric_digest="0" * 64, bundle_digest="1" * 64)
    >>> certificate.threshold is None, certificate.n_more
    (True, 15)
    """

    certificate_id: Identifier
    risk: Identifier
    level: Probability
    confidence: Probability
    criterion_id: Identifier | None = None
    group: Identifier | None = None
    threshold: Probability | None
    bound: Probability | None
    n_rows: int = Field(ge=0)
    n_standing: int = Field(ge=0)
    share_standing: Probability | None = None
    share_low: Probability | None = None
    share_high: Probability | None = None
    n_more: int | None = None
    record_rule: str
    issued_at: datetime
    rubric_digest: Digest
    bundle_digest: Digest


class Decision(Record):
    """Where a submission goes.

    Attributes
    ----------
    review_probability : float
        Chance that a person looks: 1 where a reason other than the audit asks for it, else the audit share.
    certificate : str or None
        Id of the certificate that stands behind the policy; several, with a space between; None: no guarantee.

    Examples
    --------
    >>> decision = Decision(route="review", reasons=[Reason(code="uncertified")], review_probability=1)
    >>> decision.route, [reason.code for reason in decision.reasons], decision.certificate
    ('review', ['uncertified'], None)
    """

    route: Route
    reasons: tuple[Reason, ...] = ()
    review_probability: Probability
    certificate: Identifiers | None = None
