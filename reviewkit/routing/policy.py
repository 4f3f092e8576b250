"""The policy: scores and findings become a decision, ``route`` beside the certificate that it holds."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from reviewkit.records import Certificate, Criterion, CriterionScore, Decision, Finding, Reason, Record, Rubric
from reviewkit.routing.audit import is_audited
from reviewkit.routing.confidence import award_confidence, finding_doubts, level_confidence, score_doubts
from reviewkit.routing.promises import Promises, Subject

Cover = tuple[Certificate, ...]
Held = Mapping[Subject, Cover]


class PolicySettings(Record):
    """When a suggestion stands.

    Attributes
    ----------
    min_probability : float
        Probability that must lie on one side of the required level, where no certificate sets a threshold.
    audit_share : float
        Share of the suggestions that stand which a person reviews all the same.
    audit_key : str
        Key of the audit draw; keep it from those whose work is drawn.
    allow_uncertified : bool
        Let suggestions stand without a certificate; the review then says that there is no guarantee.
    alarms : tuple of str
        Ids of certificates that audits have broken, as :func:`reviewkit.raise_alarms` finds them in a ledger: a policy
        that holds one of them sends everything to review.

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
    alarms: tuple[str, ...] = ()


class RoutingPolicy:
    """Decides where a submission goes: the suggestion stands, a person looks, or the teacher gets it back.

    Parameters
    ----------
    rubric : Rubric
    settings : PolicySettings
    certificates : sequence of Certificate
        What the policy promises. Without any, everything goes to review unless ``allow_uncertified`` is set.
        One that was issued for a criterion covers that criterion; one on the award covers all criteria that have none
        of their own; one for a group goes before the one for everybody. Thresholds of certificates take the place of
        ``min_probability``, each held against its own risk (:mod:`reviewkit.routing.confidence`).
    bundle_digest : str, optional
        Digest of the bundle that scores; the certificates must name it.

    Raises
    ------
    CertificateError
        If a certificate was made for another rubric or bundle, or cannot be kept beside the others.

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
        certificates: Sequence[Certificate] = (),
        bundle_digest: str | None = None,
    ) -> None:
        self.rubric = rubric
        self.settings = settings
        self.promises = Promises.of(certificates, rubric=rubric, bundle_digest=bundle_digest or "")

    def route(
        self,
        scores: Sequence[CriterionScore],
        findings: Sequence[Finding],
        *,
        submission_id: str,
        attempt: int,
        award_probability: float | None = None,
        groups: Mapping[str, Any] | None = None,
    ) -> tuple[Decision, tuple[CriterionScore, ...]]:
        """Decide.

        Parameters
        ----------
        scores : sequence of CriterionScore
            Empty where the submission was not scored.
        findings : sequence of Finding
        submission_id, attempt : str, int
            What the audit draw is made for.
        award_probability : float or None
            Probability that the score of record earns the award; certificates on the award ask for it.
        groups : mapping, optional
            The submission's groups; certificates for groups ask for them.

        Returns
        -------
        decision : Decision
        scores : tuple of CriterionScore
            The same scores, each saying whether it stands.
        """
        incomplete = [one for one in findings if one.leads_to == "return"]
        if incomplete:
            back = tuple(Reason(code="incomplete", value=one.value, bound=one.bound) for one in incomplete)
            return Decision(route="return", reasons=back, review_probability=1.0), ()
        held = self.promises.speaking_to(groups or {})
        award = self._award_reasons(scores, award_probability, held)
        reasons, judged = finding_doubts(findings), []
        for score in scores:
            cover = self._cover(score.criterion_id, held)
            own = self._reasons(score, cover)
            by_award = any(one.criterion_id is None for one in cover)
            stands = not own and not (by_award and award) and self._trusts(cover)
            reasons += own
            judged.append(score.model_copy(update={"stands": stands}))
        reasons += [*award, *self._uncertified(scores, held)]
        return self._decision(reasons, submission_id, attempt, held), tuple(judged)

    def _cover(self, criterion_id: str, held: Held) -> Cover:
        """Certificates that a criterion stands under: its own, or the award's where no certificate is its own."""
        return held.get(criterion_id if criterion_id in self.promises.subjects else None, ())

    def _trusts(self, cover: Cover) -> bool:
        return not self._alarmed() and (self.settings.allow_uncertified or bool(cover))

    def _alarmed(self) -> bool:
        return any(one.certificate_id in self.settings.alarms for one in self.promises.certificates)

    def _uncertified(self, scores: Sequence[CriterionScore], held: Held) -> list[Reason]:
        if self._alarmed():
            return [Reason(code="alarm")]
        if self.settings.allow_uncertified:
            return []
        if not held:
            return [Reason(code="uncertified")]
        award = [Reason(code="uncertified")] if self.promises.subjects - set(held) >= {None} else []
        names = [one.criterion_id for one in scores if not self._cover(one.criterion_id, held)]
        return [*award, *(Reason(code="uncertified", criterion_id=name) for name in names)]

    def _decision(self, reasons: list[Reason], submission_id: str, attempt: int, held: Held) -> Decision:
        share = self.settings.audit_share
        probability = 1.0 if reasons else share
        if not reasons and is_audited(self.settings.audit_key, submission_id, attempt, share=share):
            reasons = [Reason(code="audit", bound=share)]
        named = [one.certificate_id for cover in held.values() for one in cover]
        return Decision(
            route="review" if reasons else "suggest",
            reasons=tuple(reasons),
            review_probability=probability,
            certificate=" ".join(sorted(named)) or None,
        )

    def _award_reasons(
        self, scores: Sequence[CriterionScore], award_probability: float | None, held: Held
    ) -> list[Reason]:
        cover = held.get(None, ())
        sure = award_confidence(scores, award_probability, rubric=self.rubric) if cover else None
        return [_too_low(None, sure, one.threshold) for one in cover if sure is None or sure < (one.threshold or 0.0)]

    def _reasons(self, score: CriterionScore, cover: Cover) -> list[Reason]:
        criterion = self.rubric.criterion(score.criterion_id)
        doubts = score_doubts(score, criterion)
        if score.cold:
            return doubts
        if cover:
            held_to = [
                (level_confidence(score, criterion, risk=one.risk), one.threshold)  # type: ignore[arg-type]
                for one in cover
                if one.criterion_id is not None
            ]
        else:
            held_to = [(one, self.settings.min_probability) for one in _sides(score, criterion)]
        return [*doubts, *(_too_low(criterion.id, sure, bound) for sure, bound in held_to if sure < (bound or 0.0))]


def _sides(score: CriterionScore, criterion: Criterion) -> list[float]:
    """Probability of the likelier side of the required level, where there is one."""
    meets = score.p_meets_required
    return [] if criterion.required_level is None or meets is None else [max(meets, 1 - meets)]


def _too_low(criterion_id: str | None, value: float | None, bound: float | None) -> Reason:
    return Reason(code="low-probability", criterion_id=criterion_id, value=value, bound=bound)
