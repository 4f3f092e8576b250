"""A program in numbers: awards, use of the levels, what stands in the way, attempts, reviewers, groups.

Numbers only; ``reviewkit.report.cohort_page`` draws them. Where submissions are given the unit is the teacher, else the
submission. Counts below ``min_cell`` are hidden, and so is the one next to them from which they could be worked out.
"""

from collections.abc import Sequence

import numpy as np

from reviewkit.errors import SettingsError
from reviewkit.evaluation.cohort_parts import (
    CriterionCohort,
    GroupCohort,
    ReviewerLoad,
    Turnaround,
    criterion_cohort,
    group_cohorts,
    reviewer_loads,
    turnaround,
)
from reviewkit.evaluation.cohort_rows import CohortRows
from reviewkit.evaluation.shares import CohortSettings, Share, share_of, spread
from reviewkit.records import Rating, Record, ReviewRecord, Rubric, Submission
from reviewkit.records.base import Probability


class Cohort(Record):
    """The program view.

    Attributes
    ----------
    unit : str
        ``"teacher"`` or ``"submission"``: what ``award``, ``attempts`` and ``groups`` count.
    award : Share or None
        Awards by scores of record; None with ``award_reason`` where there are none.
    expected_award_rate : float or None
        Mean of the model's award probabilities: a suggestion, not a result.
    attempts : dict of str to Share
        Attempt that earned the award, among the awarded.

    Examples
    --------
    >>> review = ReviewRecord.model_validate({
    ...     "submission_id": "s1", "attempt": 1, "bundle_digest": None, "certificate": None,
    ...     "rubric": {"id": "routines", "version": "1.0.0", "digest": "0" * 64},
    ...     "route": "return", "review_probability": 1, "reasons": [{"code": "incomplete"}],
    ...     "findings": [], "parts": [], "award_probability": None, "scores": []})
    >>> found = cohort([review] * 12)
    >>> found.title, found.routes["return"].count, found.award is None
    ('routines', 12, True)
    """

    rubric_id: str
    rubric_version: str
    title: str
    unit: str
    n_submissions: int
    n_units: int
    routes: dict[str, Share]
    award: Share | None
    award_reason: str | None
    expected_award_rate: Probability | None
    attempts: dict[str, Share]
    criteria: tuple[CriterionCohort, ...]
    turnaround: Turnaround
    reviewers: tuple[ReviewerLoad, ...]
    groups: tuple[GroupCohort, ...]
    min_cell: int
    confidence: Probability


def cohort(
    reviews: Sequence[ReviewRecord],
    *,
    rubric: Rubric | None = None,
    ratings: Sequence[Rating] = (),
    submissions: Sequence[Submission] = (),
    settings: CohortSettings = CohortSettings(),
) -> Cohort:
    """Sum a program up.

    Parameters
    ----------
    reviews : sequence of ReviewRecord
        Of one rubric, at least one.
    rubric : Rubric, optional
        The rubric they are of; without it nothing is said of scores of record, required levels and awards.
    ratings : sequence of Rating
        What people decided; only blind ratings and adjudications make a score of record, constructed levels never.
    submissions : sequence of Submission
        For teachers, groups and times of handing in.
    settings : CohortSettings

    Returns
    -------
    Cohort

    Raises
    ------
    SettingsError
        If there is no review, the reviews are of several rubrics, or the rubric is another.

    Examples
    --------
    >>> review = ReviewRecord.model_validate({
    ...     "submission_id": "s1", "attempt": 1, "bundle_digest": None, "certificate": None,
    ...     "rubric": {"id": "routines", "version": "1.0.0", "digest": "0" * 64},
    ...     "route": "return", "review_probability": 1, "reasons": [{"code": "incomplete"}],
    ...     "findings": [], "parts": [], "award_probability": None, "scores": []})
    >>> cohort([review] * 12).award_reason
    'no rubric was given'
    """
    known = _one_rubric(reviews, rubric)
    table = CohortRows(reviews, rubric=rubric, ratings=ratings, submissions=submissions)
    scored = [one.award_probability for one in reviews if one.award_probability is not None]
    awarded = table.awards()
    reason = None if awarded else table.why_no_award()
    return Cohort(
        rubric_id=known[0],
        rubric_version=known[1],
        title=rubric.title if rubric else known[0],
        unit="teacher" if submissions else "submission",
        n_submissions=len(reviews),
        n_units=len(set(table.unit.values())),
        routes=spread(
            {route: sum(one.route == route for one in reviews) for route in ("suggest", "review", "return")},
            settings=settings,
        ),
        award=share_of(sum(awarded.values()), len(awarded), settings=settings) if awarded else None,
        award_reason=reason,
        expected_award_rate=float(np.mean(scored)) if len(scored) >= settings.min_cell else None,
        attempts=spread(table.attempts(), settings=settings),
        criteria=tuple(criterion_cohort(one, table, settings=settings) for one in table.criterion_ids),
        turnaround=turnaround(table.waits(table.ratings), settings=settings),
        reviewers=reviewer_loads(table, settings=settings),
        groups=group_cohorts(table, settings=settings),
        min_cell=settings.min_cell,
        confidence=settings.confidence,
    )


def _one_rubric(reviews: Sequence[ReviewRecord], rubric: Rubric | None) -> tuple[str, str]:
    if not reviews:
        raise SettingsError("there is no review; pass at least one")
    digests = {one.rubric.digest: f"{one.rubric.id} {one.rubric.version}" for one in reviews}
    if len(digests) > 1:
        raise SettingsError(f"the reviews are of {', '.join(sorted(digests.values()))}; sum up one rubric at a time")
    if rubric is not None and rubric.digest not in digests:
        raise SettingsError(
            f"the reviews are of another {reviews[0].rubric.id} than the rubric given; pass their version"
        )
    return reviews[0].rubric.id, reviews[0].rubric.version
