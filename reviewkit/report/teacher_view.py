"""What a teacher's page shows: what is missing, or what spoke to each criterion and what to add; no numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reviewkit.records import Criterion, CriterionScore, Finding, Part, ReviewRecord, Rubric
from reviewkit.report.wording import is_completeness, kind_words, part_names, reads_words, sentence


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of the teacher's own, and the part it stands in."""

    text: str
    where: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a page tells the teacher on one criterion.

    Attributes
    ----------
    missing : tuple of str
        What a reader will still look for.
    further : str
        Where nothing is missing: what would take it further, or empty.
    """

    title: str
    description: str
    reads: str
    quotes: tuple[Quote, ...]
    missing: tuple[str, ...]
    further: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that a complete submission holds."""

    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class TeacherView:
    """A whole teacher's page; ``feedback`` is empty where the submission goes back."""

    returned: bool
    submission_id: str
    attempt: int
    title: str
    competency: str
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    prompts: tuple[str, ...]
    feedback: tuple[Feedback, ...]


def teacher_view(
    review: ReviewRecord, texts: Mapping[str, str], *, parts: Sequence[Part], rubric: Rubric
) -> TeacherView:
    """Settle what a teacher's page shows.

    Only findings of completeness are told; what screening suspects is between the program and its reviewers.

    Parameters
    ----------
    review : ReviewRecord
    texts : mapping of str to str
        Text by part, as ``reviewed_texts`` gives them.
    parts : sequence of Part
        For the parts' kinds and order.
    rubric : Rubric
    """
    told = [finding for finding in review.findings if is_completeness(finding)]
    returned = review.route == "return"
    scores = {score.criterion_id: score for score in review.scores}
    names = part_names(parts)
    return TeacherView(
        returned=returned,
        submission_id=review.submission_id,
        attempt=review.attempt,
        title=rubric.title,
        competency=rubric.competency,
        missing=_missing(told, texts, parts=parts, rubric=rubric) if returned else (),
        notes=tuple(sentence(finding.message) for finding in told if finding.leads_to != "return"),
        requirements=_requirements(rubric),
        prompts=rubric.requirements.reflection.prompts,
        feedback=()
        if returned
        else tuple(
            _feedback(criterion, scores[criterion.id], texts=texts, names=names)
            for criterion in rubric.criteria
            if criterion.id in scores
        ),
    )


def _missing(
    told: Sequence[Finding], texts: Mapping[str, str], *, parts: Sequence[Part], rubric: Rubric
) -> tuple[str, ...]:
    returning = [finding for finding in told if finding.leads_to == "return"]
    artifacts = [finding for finding in returning if finding.code == "missing-artifact"]
    plain = _missing_artifacts(texts, parts=parts, rubric=rubric)
    if len(plain) != len(artifacts):  # something could not be read: screening knows better than a count of parts
        plain = [sentence(finding.message) for finding in artifacts]
    return (*(_plain(finding) for finding in returning if finding.code != "missing-artifact"), *plain)


def _plain(finding: Finding) -> str:
    if finding.code == "too-few-words" and finding.value is not None and finding.bound is not None:
        return f"Your reflection has {finding.value:.0f} words so far; it needs at least {finding.bound:.0f}."
    if finding.code == "empty-reflection":
        return "Your reflection is empty. Please write it, or check that the right text was sent."
    return sentence(finding.message)


def _missing_artifacts(texts: Mapping[str, str], *, parts: Sequence[Part], rubric: Rubric) -> list[str]:
    kinds = [part.kind for part in parts if texts[part.part].strip()]
    return [
        f"{sentence(kind_words(one.kind))}: {kinds.count(one.kind) or 'none'} came in; "
        f"{'one is' if one.min_count == 1 else f'{one.min_count} are'} needed."
        for one in rubric.requirements.artifacts
        if kinds.count(one.kind) < one.min_count
    ]


def _requirements(rubric: Rubric) -> tuple[Requirement, ...]:
    reflection = rubric.requirements.reflection
    bounds = {
        (True, True): f"{reflection.min_words} to {reflection.max_words} words",
        (True, False): f"at least {reflection.min_words} words",
        (False, True): f"at most {reflection.max_words} words",
        (False, False): "in your own words",
    }
    first = Requirement("A reflection", bounds[reflection.min_words is not None, reflection.max_words is not None])
    others = [
        Requirement(
            sentence(kind_words(one.kind)) + (f" ({one.min_count})" if one.min_count > 1 else ""), one.description
        )
        for one in rubric.requirements.artifacts
        if one.min_count > 0
    ]
    return (first, *others)


def _feedback(
    criterion: Criterion, score: CriterionScore, *, texts: Mapping[str, str], names: Mapping[str, str]
) -> Feedback:
    in_reading_order = sorted(score.evidence, key=lambda one: (list(texts).index(one.part), one.start))
    quotes = [Quote(text=texts[one.part][one.start : one.end], where=names[one.part]) for one in in_reading_order]
    missing = () if score.next_level is None else score.next_level.missing
    return Feedback(
        title=criterion.title,
        description=criterion.description,
        reads=reads_words(criterion),
        quotes=tuple(quotes),
        missing=missing,
        further="" if missing else _next_descriptor(criterion, score),
    )


def _next_descriptor(criterion: Criterion, score: CriterionScore) -> str:
    above = criterion.levels[criterion.level_index(score.level) + 1 :]
    return above[0].descriptor if above else ""
