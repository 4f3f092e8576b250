"""Where a reviewer looks first, told so that a random audit cannot be told from any other routed submission."""

from collections.abc import Sequence
from dataclasses import dataclass

from reviewkit.records import Criterion, CriterionScore, ReasonCode, ReviewRecord, Rubric
from reviewkit.report.wording import in_words, level_name, level_range, percent

CLOSE_CALLS: tuple[ReasonCode, ...] = ("borderline", "low-probability")


@dataclass(frozen=True, slots=True)
class Look:
    """One thing to look at first.

    Attributes
    ----------
    about : str
        Title of the criterion, or empty where the whole submission is meant.
    text : str
        What there is to see, in plain words.
    """

    about: str
    text: str


def first_criteria(review: ReviewRecord, rubric: Rubric) -> tuple[Criterion, ...]:
    """Return the criteria to look at first: those that reasons name; where none does, the least certain one.

    An audited submission has no close call, so it gets its least certain criterion, and its sheet has the same form as
    that of a submission with one close call. Only a sheet to a reviewer has any.

    Returns
    -------
    tuple of Criterion
        In the rubric's order. Empty where nothing was scored, the suggestion stands, or every criterion is cold.
    """
    if review.route != "review":
        return ()
    named = {reason.criterion_id for reason in review.reasons if reason.code in CLOSE_CALLS}
    warm = [score for score in review.scores if not score.cold]
    if not named and warm:
        named = {min(warm, key=_certainty).criterion_id}
    return tuple(criterion for criterion in rubric.criteria if criterion.id in named)


def looks(review: ReviewRecord, rubric: Rubric) -> tuple[Look, ...]:
    """Say what to look at first, in plain words; the audit is never among it.

    Returns
    -------
    tuple of Look
        Close calls first, then what speaks against trusting the numbers.
    """
    scores = {score.criterion_id: score for score in review.scores}
    close = [
        Look(about=criterion.title, text=_close_call(criterion, scores[criterion.id]))
        for criterion in first_criteria(review, rubric)
        if criterion.id in scores
    ]
    return (*close, *_cold(review, rubric), *_general(review))


def _certainty(score: CriterionScore) -> float:
    if score.p_meets_required is None:
        return max(score.probabilities.values())
    return max(score.p_meets_required, 1 - score.p_meets_required)


def _close_call(criterion: Criterion, score: CriterionScore) -> str:
    levels = level_range(score.prediction_set)
    plausible = f"level {levels} is plausible" if len(score.prediction_set) == 1 else f"levels {levels} are plausible"
    if criterion.required_level is None or score.p_meets_required is None:
        return f"{plausible}; the suggested one has {percent(max(score.probabilities.values()))}."
    required = level_name(criterion, criterion.required_level)
    meets, misses = percent(score.p_meets_required), percent(1 - score.p_meets_required)
    return f"{plausible}; {meets} for the required level {required} or higher, {misses} for a lower one."


def _cold(review: ReviewRecord, rubric: Rubric) -> Sequence[Look]:
    cold = [rubric.criterion(score.criterion_id).title for score in review.scores if score.cold]
    if not cold:
        return ()
    text = (
        "too few ratings to learn from. The suggestion comes from the descriptors and anchors alone: "
        "read it as a first guess."
    )
    return (Look(about=in_words(cold), text=text),)


def _general(review: ReviewRecord) -> Sequence[Look]:
    sentences: dict[ReasonCode, str] = {
        "unfamiliar": "The text is unlike those that the model learned from; its probabilities may not hold here.",
        "uncertified": "No certificate covers the policy, so every submission goes to a person.",
        "alarm": "Audits have broken the certificate’s promise, so every submission goes to a person.",
    }
    codes = {reason.code for reason in review.reasons}
    return [Look(about="", text=text) for code, text in sentences.items() if code in codes]
