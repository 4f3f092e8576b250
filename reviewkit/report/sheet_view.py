"""What a whole review sheet shows, as plain values: numbers and words are settled here, the template only sets them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reviewkit.records import Finding, Part, ReviewRecord, Rubric
from reviewkit.report.criterion_view import CriterionView, criterion_view
from reviewkit.report.looks import Look, looks
from reviewkit.report.marked_text import Mark, Run, marked_runs
from reviewkit.report.wording import FINDING_NAMES, ROUTE_NAMES, ROUTE_SENTENCES, part_names, percent, sentence

FINDING_HUE = "k0"


@dataclass(frozen=True, slots=True)
class FindingView:
    """Something that screening saw; ``anchor`` is the page's id of its place in the text, where it has one."""

    label: str
    leads_to: str
    severity: str
    message: str
    part: str | None
    where: str | None
    start: int
    end: int
    anchor: str | None
    back: str


@dataclass(frozen=True, slots=True)
class PartView:
    """The full text of a part, cut into marked runs."""

    anchor: str
    name: str
    part: str
    n_words: int
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class SheetView:
    """A whole review sheet; on a blind one, route, certificate, award and looks are empty."""

    blind: bool
    submission_id: str
    attempt: int
    title: str
    version: str
    competency: str
    route: str
    route_name: str
    route_sentence: str
    certificate: str | None
    award: str | None
    looks: tuple[Look, ...]
    findings: tuple[FindingView, ...]
    criteria: tuple[CriterionView, ...]
    parts: tuple[PartView, ...]

    @property
    def has_moves(self) -> bool:
        """Some evidence was tagged with its move."""
        scores = [criterion.score for criterion in self.criteria if criterion.score is not None]
        return any(one.move is not None for score in scores for one in score.evidence)


def sheet_view(
    review: ReviewRecord, texts: Mapping[str, str], *, parts: Sequence[Part], rubric: Rubric, blind: bool
) -> SheetView:
    """Settle what a sheet shows.

    Parameters
    ----------
    review : ReviewRecord
    texts : mapping of str to str
        Text by part, as ``reviewed_texts`` gives them.
    parts : sequence of Part
        For the parts' kinds and order.
    rubric : Rubric
    blind : bool
        Leave out everything that the model said.
    """
    names = part_names(parts)
    findings = tuple(_finding(number, finding, names) for number, finding in enumerate(review.findings, start=1))
    scores = {} if blind else {score.criterion_id: score for score in review.scores}
    criteria = tuple(
        criterion_view(index, criterion, score=scores.get(criterion.id), texts=texts, names=names)
        for index, criterion in enumerate(rubric.criteria)
    )
    return SheetView(
        blind=blind,
        submission_id=review.submission_id,
        attempt=review.attempt,
        title=rubric.title,
        version=rubric.version,
        competency=rubric.competency,
        route="" if blind else review.route,
        route_name="" if blind else ROUTE_NAMES[review.route],
        route_sentence="" if blind else ROUTE_SENTENCES[review.route],
        certificate=None if blind else review.certificate,
        award=None if blind or review.award_probability is None else percent(review.award_probability),
        looks=() if blind else looks(review, rubric),
        findings=findings,
        criteria=criteria,
        parts=_parts(parts, texts, names=names, marks=_marks(criteria, findings)),
    )


def _finding(number: int, finding: Finding, names: Mapping[str, str]) -> FindingView:
    placed = finding.part in names and finding.start is not None and finding.end is not None
    return FindingView(
        label=f"!{number}",
        leads_to=finding.leads_to,
        severity=FINDING_NAMES[finding.leads_to],
        message=sentence(finding.message),
        part=finding.part,
        where=names.get(finding.part or ""),
        start=finding.start or 0,
        end=finding.end or 0,
        anchor=f"f{number}" if placed and (finding.end or 0) > (finding.start or 0) else None,
        back=f"g{number}",
    )


def _marks(criteria: Sequence[CriterionView], findings: Sequence[FindingView]) -> dict[str, list[Mark]]:
    marks = defaultdict(list)
    for seen in findings:
        if seen.anchor is not None and seen.part is not None:
            title = f"Finding {seen.label[1:]}"
            marks[seen.part].append(Mark(seen.start, seen.end, seen.label, FINDING_HUE, seen.anchor, seen.back, title))
    for criterion in criteria:
        for one in criterion.score.evidence if criterion.score else ():
            title = f"Evidence {one.label} for {criterion.title}"
            marks[one.part].append(Mark(one.start, one.end, one.label, criterion.hue, one.anchor, one.back, title))
    return dict(marks)


def _parts(
    parts: Sequence[Part], texts: Mapping[str, str], *, names: Mapping[str, str], marks: Mapping[str, Sequence[Mark]]
) -> tuple[PartView, ...]:
    return tuple(
        PartView(
            anchor=f"t{index}",
            name=names[part.part],
            part=part.part,
            n_words=len(texts[part.part].split()),
            runs=marked_runs(texts[part.part], marks.get(part.part, ())),
        )
        for index, part in enumerate(parts)
    )
