"""The policy: scores and findings become a decision, ``route`` beside the certificate that it holds."""

from collections.abc import Sequence

from pydantic import Field

from reviewkit.records import Certificate, CriterionScore, Decision, Finding, Reason, Record, Rubric
from reviewkit.routing.audit import is_audited
from reviewkit.routing.guarantee import check_certificate


class PolicySettings(Record):
    """When a suggestion stands.

    Attributes
    ----------
    min_probability : float
        Probability that must lie on one side of the required level.
    audit_share : float
        Share of the suggestions that stand which a person reviews all the same.
    audit_key : str
        Key of the audit draw; keep it from those whose work is drawn.
    allow_uncertified : bool
        Let suggestions stand without a certificate; the review then says that there is no guarantee.

    Examples
    --------
    >>> settings = PolicySettings(audit_share=0.2)
    >>> settings.min_probability, settings.allow_uncertified
    (0.8, False)
    """

    min_probability: float = Field(default=0.8, ge=0.5, le=1)
    audit_share: float = Field(default=0.1, ge=0, le=1)
    audit_key: str = "0"
    allow_uncertified: bool = False


class RoutingPolicy:
    """Decides where a submission goes: the suggestion stands, a person looks, or the teacher gets it back.

    Parameters
    ----------
    rubric : Rubric
    settings : PolicySettings
    certificate : Certificate, optional
        What the policy promises. Without one, everything goes to review unless ``allow_uncertified`` is set.
        Its threshold, where it has one, takes the place of a lower ``min_probability``. One that was issued for a
        criterion covers that criterion alone; one on the award covers all.
    bundle_digest : str, optional
        Digest of the bundle that scores; the certificate must name it.

    Raises
    ------
    CertificateError
        If the certificate was made for another rubric or bundle.

    Examples
    --------
    Without a certificate even a sure score goes to a person, unless a program lets it stand all the same.

    >>> from reviewkit import read_rubric, shipped_folder
    >>> rubric = read_rubric(shipped_folder("rubrics") / "classroom-management.yaml")
    >>> score = CriterionScore(
    ...     criterion_id="routines", level=3, expected_level=3.03, prediction_set=(3, 4), coverage_level=0.9,
    ...     probabilities={"1": 0.01, "2": 0.03, "3": 0.88, "4": 0.08}, p_meets_required=0.96,
    ...     rater_disagreement=None, stands=False, cold=False)
    >>> decision, _ = RoutingPolicy(rubric).route([score], [], submission_id="s1", attempt=1)
    >>> decision.route, [reason.code for reason in decision.reasons]
    ('review', ['uncertified'])
    >>> trusting = RoutingPolicy(rubric, settings=PolicySettings(allow_uncertified=True, audit_share=0))
    >>> trusting.route([score], [], submission_id="s1", attempt=1)[0].route
    'suggest'
    """

    def __init__(
        self,
        rubric: Rubric,
        *,
        settings: PolicySettings = PolicySettings(),
        certificate: Certificate | None = None,
        bundle_digest: str | None = None,
    ) -> None:
        if certificate is not None:
            check_certificate(certificate, rubric_digest=rubric.digest, bundle_digest=bundle_digest or "")
        self.rubric = rubric
        self.settings = settings
        self.certificate = certificate if certificate is not None and certificate.threshold is not None else None

    def min_probability(self, criterion_id: str) -> float:
        """Probability that must lie on one side of a criterion's required level."""
        certified = self.certificate.threshold if self.certificate is not None and self._covers(criterion_id) else None
        return max(self.settings.min_probability, certified or 0.0)

    def route(
        self,
        scores: Sequence[CriterionScore],
        findings: Sequence[Finding],
        *,
        submission_id: str,
        attempt: int,
    ) -> tuple[Decision, tuple[CriterionScore, ...]]:
        """Decide.

        Parameters
        ----------
        scores : sequence of CriterionScore
            Empty where the submission was not scored.
        findings : sequence of Finding
        submission_id, attempt : str, int
            What the audit draw is made for.

        Returns
        -------
        decision : Decision
        scores : tuple of CriterionScore
            The same scores, each saying whether it stands.
        """
        incomplete = [_finding_reason(one) for one in findings if one.leads_to == "return"]
        if incomplete:
            return Decision(route="return", reasons=tuple(incomplete), review_probability=1.0), ()
        reasons = [_finding_reason(one) for one in findings if one.leads_to == "review"]
        judged = []
        for score in scores:
            own = self._reasons(score)
            reasons += own
            judged.append(score.model_copy(update={"stands": not own and self._trusts(score.criterion_id)}))
        reasons += self._uncertified(scores)
        return self._decision(reasons, submission_id, attempt), tuple(judged)

    def _covers(self, criterion_id: str) -> bool:
        return self.certificate is not None and self.certificate.criterion_id in {None, criterion_id}

    def _trusts(self, criterion_id: str) -> bool:
        return self.settings.allow_uncertified or self._covers(criterion_id)

    def _uncertified(self, scores: Sequence[CriterionScore]) -> list[Reason]:
        if self.certificate is None:
            return [] if self.settings.allow_uncertified else [Reason(code="uncertified")]
        names = [score.criterion_id for score in scores if not self._trusts(score.criterion_id)]
        return [Reason(code="uncertified", criterion_id=name) for name in names]

    def _decision(self, reasons: list[Reason], submission_id: str, attempt: int) -> Decision:
        share = self.settings.audit_share
        probability = 1.0 if reasons else share
        if not reasons and is_audited(self.settings.audit_key, submission_id, attempt, share=share):
            reasons = [Reason(code="audit", bound=share)]
        return Decision(
            route="review" if reasons else "suggest",
            reasons=tuple(reasons),
            review_probability=probability,
            certificate=None if self.certificate is None else self.certificate.certificate_id,
        )

    def _reasons(self, score: CriterionScore) -> list[Reason]:
        name, required = score.criterion_id, self.rubric.criterion(score.criterion_id).required_level
        if score.cold:
            return [Reason(code="cold", criterion_id=name)]
        if required is None or score.p_meets_required is None:
            return []
        reasons, meets = [], score.p_meets_required
        if min(score.prediction_set) < required <= max(score.prediction_set):
            reasons.append(Reason(code="borderline", criterion_id=name, value=meets, bound=score.coverage_level))
        surer, bound = max(meets, 1 - meets), self.min_probability(name)
        if surer < bound:
            reasons.append(Reason(code="low-probability", criterion_id=name, value=surer, bound=bound))
        return reasons


def _finding_reason(finding: Finding) -> Reason:
    if finding.leads_to == "return":
        return Reason(code="incomplete", value=finding.value, bound=finding.bound)
    code = "unfamiliar" if finding.code == "unfamiliar" else "finding"
    return Reason.model_validate({"code": code, "value": finding.value, "bound": finding.bound})
