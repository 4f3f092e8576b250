"""The program view as a page: awards, use of the levels, what stands in the way, reviewers, groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewkit.evaluation.cohort import Cohort
from reviewkit.evaluation.cohort_parts import CriterionCohort, GroupCohort, ReviewerLoad, Turnaround
from reviewkit.evaluation.shares import Share
from reviewkit.records import Rubric, level_text
from reviewkit.report.page_template import render
from reviewkit.report.strips import axis_strip, interval_strip

if TYPE_CHECKING:
    from markupsafe import Markup

SCALE = (0.0, 1.0)
ROUTES = {"suggest": "suggestion stands", "review": "to a reviewer", "return": "back to the teacher"}
SOURCES = {"record": "scores of record", "suggestion": "suggested levels"}
HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A share as words and a strip; ``strip`` is None where it is hidden or undefined."""

    label: str
    share: str
    interval: str
    count: str
    strip: "Markup | None"


@dataclass(frozen=True, slots=True)
class CriterionView:
    """One criterion of the program view."""

    title: str
    anchor: str
    difficulty: str
    difficulty_from: str
    tables: tuple[tuple[str, tuple[ShareRow, ...]], ...]
    asked: tuple[tuple[str, str], ...]
    in_the_way: tuple[ShareRow, ...]


@dataclass(frozen=True, slots=True)
class CohortView:
    """The whole page."""

    title: str
    version: str
    n_submissions: int
    unit: str
    n_units: int
    award: ShareRow | None
    award_reason: str | None
    expected: str | None
    routes: tuple[ShareRow, ...]
    attempts: tuple[ShareRow, ...]
    criteria: tuple[CriterionView, ...]
    turnaround: str | None
    reviewers: tuple[tuple[str, int, int, str, str], ...]
    groups: tuple[tuple[str, tuple[ShareRow, ...], tuple[ShareRow, ...]], ...]
    min_cell: int
    confidence: str
    axis: "Markup"


def render_cohort_page(cohort: Cohort, *, rubric: Rubric | None = None) -> str:
    """Set the program view.

    Parameters
    ----------
    cohort : Cohort
        From ``reviewkit.evaluation.cohort.cohort``.
    rubric : Rubric, optional
        For the names of levels.

    Returns
    -------
    str
        A self-contained HTML page.

    Examples
    --------
    >>> from reviewkit import ReviewRecord, cohort
    >>> review = ReviewRecord.model_validate({
    ...     "submission_id": "s1", "attempt": 1, "bundle_digest": None, "certificate": None,
    ...     "rubric": {"id": "routines", "version": "1.0.0", "digest": "0" * 64},
    ...     "route": "return", "review_probability": 1, "reasons": [{"code": "incomplete"}],
    ...     "findings": [], "parts": [], "award_probability": None, "scores": []})
    >>> render_cohort_page(cohort([review] * 12))[:15]
    '<!doctype html>'
    """
    return render("cohort_page.html", view=cohort_view(cohort, rubric=rubric))


def cohort_view(cohort: Cohort, *, rubric: Rubric | None = None) -> CohortView:
    """Put the numbers into words and strips, as the template shows them."""
    expected = cohort.expected_award_rate
    return CohortView(
        title=cohort.title,
        version=cohort.rubric_version,
        n_submissions=cohort.n_submissions,
        unit=cohort.unit,
        n_units=cohort.n_units,
        award=_row("Award earned", cohort.award) if cohort.award else None,
        award_reason=cohort.award_reason,
        expected=None if expected is None else _percent(expected),
        routes=_rows(cohort.routes, names=ROUTES),
        attempts=_rows(cohort.attempts, names={key: f"attempt {key}" for key in cohort.attempts}),
        criteria=tuple(_criterion(one, at, rubric) for at, one in enumerate(cohort.criteria, start=1)),
        turnaround=_days(cohort.turnaround),
        reviewers=tuple(map(_reviewer, cohort.reviewers)),
        groups=_groups(cohort.groups),
        min_cell=cohort.min_cell,
        confidence=_percent(cohort.confidence),
        axis=axis_strip(SCALE),
    )


def _row(label: str, share: Share) -> ShareRow:
    if share.share is None or share.low is None or share.high is None:
        return ShareRow(label, HIDDEN if share.hidden else "–", "", "" if share.hidden else "0 of 0", None)
    strip = interval_strip(share.share, share.low, share.high, scale=SCALE)
    interval = f"{_percent(share.low)} to {_percent(share.high)}"
    return ShareRow(label, _percent(share.share), interval, f"{share.count} of {share.of}", strip)


def _rows(shares: Mapping[str, Share], *, names: Mapping[str, str]) -> tuple[ShareRow, ...]:
    return tuple(_row(names.get(key, key), share) for key, share in shares.items())


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def _criterion(one: CriterionCohort, number: int, rubric: Rubric | None) -> CriterionView:
    levels = rubric.criterion(one.criterion_id).levels if rubric else ()
    names = {level_text(level.level): f"{level_text(level.level)} {level.name}" for level in levels}
    tables = (("Scores of record", one.record_levels), ("Suggested by the model", one.suggested_levels))
    pairs = (("Below the required level", one.below), ("Only this criterion below it", one.alone))
    return CriterionView(
        title=one.title,
        anchor=f"criterion-{number}",
        difficulty="–" if one.difficulty is None else f"{one.difficulty:.2f}",
        difficulty_from=SOURCES.get(one.difficulty_from or "", ""),
        tables=tuple((head, _rows(shares, names=names)) for head, shares in tables if shares),
        asked=tuple((asked.text, _row("", asked.share).share) for asked in one.asked),
        in_the_way=tuple(_row(label, share) for label, share in pairs if share),
    )


def _days(turnaround: Turnaround) -> str | None:
    if turnaround.median_days is None or turnaround.p90_days is None:
        return None
    return f"{turnaround.median_days:.1f} days, nine in ten within {turnaround.p90_days:.1f}"


def _reviewer(one: ReviewerLoad) -> tuple[str, int, int, str, str]:
    return one.rater_id, one.n_submissions, one.n_ratings, _percent(one.share), _days(one.turnaround) or "–"


def _groups(
    groups: tuple[GroupCohort, ...],
) -> tuple[tuple[str, tuple[ShareRow, ...], tuple[ShareRow, ...]], ...]:
    by_name: dict[str, list[GroupCohort]] = {}
    for one in groups:
        by_name.setdefault(one.group, []).append(one)
    return tuple(
        (name, tuple(_row(one.value, one.award) for one in rows), tuple(_row(one.value, one.reviewed) for one in rows))
        for name, rows in by_name.items()
    )
