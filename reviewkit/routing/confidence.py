"""What a policy reads off a review: how sure the machine is of a suggestion, and what no threshold makes up for."""

from collections.abc import Iterable, Sequence

from reviewkit.records import Criterion, CriterionScore, Finding, Reason, Rubric, award_of_record, level_text
from reviewkit.routing.risks import LevelRisk


def level_confidence(score: CriterionScore, criterion: Criterion, *, risk: LevelRisk) -> float:
    """Return the probability that a suggested level is free of the error that a risk counts.

    Parameters
    ----------
    score : CriterionScore
    criterion : Criterion
    risk : str
        ``"any-difference"``: probability of the suggested level; ``"more-than-one-level"``: of it and its neighbours;
        the other two: of the side of the required level on which it lies.

    Returns
    -------
    float
        0 to 1. 0 for the last two where the criterion requires nothing: nothing can be promised of it.

    Examples
    --------
    >>> from reviewkit import read_rubric, shipped_folder
    >>> rubric = read_rubric(shipped_folder("rubrics") / "classroom-management.yaml")
    >>> score = CriterionScore(
    ...     criterion_id="routines", level=3, expected_level=3.03, prediction_set=(3, 4), coverage_level=0.9,
    ...     probabilities={"1": 0.01, "2": 0.03, "3": 0.88, "4": 0.08}, p_meets_required=0.96,
    ...     rater_disagreement=None, stands=False, cold=False)
    >>> [level_confidence(score, rubric.criterion("routines"), risk=risk)
    ...  for risk in ("any-difference", "more-than-one-level", "false-meets")]
    [0.88, 0.99, 0.96]
    """
    at, numbers = criterion.level_index(score.level), criterion.level_numbers
    if risk in {"any-difference", "more-than-one-level"}:
        reach = int(risk == "more-than-one-level")
        near = numbers[max(0, at - reach) : at + reach + 1]
        return min(1.0, sum(score.probabilities.get(level_text(level), 0.0) for level in near))
    if criterion.required_index is None or score.p_meets_required is None:
        return 0.0
    return score.p_meets_required if at >= criterion.required_index else 1 - score.p_meets_required


def suggested_award(scores: Sequence[CriterionScore], rubric: Rubric) -> bool | None:
    """Return whether the suggested levels together earn the award; None where there is none."""
    return award_of_record({one.criterion_id: one.level for one in scores}, rubric)


def award_confidence(
    scores: Sequence[CriterionScore], award_probability: float | None, *, rubric: Rubric
) -> float | None:
    """Return the probability that the award that the suggested levels earn, or do not, is the one of record.

    Returns
    -------
    float or None
        None where the rubric has no award or nothing was scored.
    """
    award = suggested_award(scores, rubric)
    if award is None or award_probability is None:
        return None
    return award_probability if award else 1 - award_probability


def score_doubts(score: CriterionScore, criterion: Criterion) -> list[Reason]:
    """Return why a score never stands, however sure: it is cold, or its set straddles the required level."""
    if score.cold:
        return [Reason(code="cold", criterion_id=criterion.id)]
    required, meets = criterion.required_level, score.p_meets_required
    if required is None or meets is None or not min(score.prediction_set) < required <= max(score.prediction_set):
        return []
    return [Reason(code="borderline", criterion_id=criterion.id, value=meets, bound=score.coverage_level)]


def finding_doubts(findings: Iterable[Finding]) -> list[Reason]:
    """Return the reasons that findings give for a person to look."""
    return [_finding_reason(one) for one in findings if one.leads_to == "review"]


def _finding_reason(finding: Finding) -> Reason:
    code = "unfamiliar" if finding.code == "unfamiliar" else "finding"
    return Reason.model_validate({"code": code, "value": finding.value, "bound": finding.bound})
