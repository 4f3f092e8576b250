"""A program in numbers: awards, use of the levels, what stands in the way, attempts, reviewers, groups.

Numbers only; ``reviewkit.report.cohort_page`` draws them. Where submissions are given the unit is the teacher, else the
submission. Counts below ``min_cell`` are hidden, and so is the one next to them from which they could be worked out.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from reviewkit.agreement.score_of_record import award_of_record, scores_of_record
from reviewkit.errors import SettingsError
from reviewkit.records import CriterionScore, Rating, Record, ReviewRecord, Rubric, Submission, level_text
from reviewkit.records.base import Number, Probability

DAY = 86_400.0


class CohortSettings(BaseModel):
    """How small a count is shown, how sure the intervals are, how much is listed.

    Attributes
    ----------
    min_cell : int
        Counts from 1 to below it are hidden.
    confidence : float
        Of the Wilson intervals.
    n_missing : int
        How many of the things that the next level asks are listed a criterion.

    Examples
    --------
    >>> CohortSettings(min_cell=10).confidence
    0.95
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_cell: int = Field(default=5, ge=1)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    n_missing: int = Field(default=5, ge=1)


class Share(Record):
    """A count of a total with its Wilson interval; all None where hidden, share None where the total is 0."""

    count: int | None = None
    of: int | None = None
    share: Probability | None = None
    low: Probability | None = None
    high: Probability | None = None
    hidden: bool = False


class Asked(Record):
    """Something that the next level asks, and for how many submissions nothing was found for it."""

    text: str
    share: Share


class CriterionCohort(Record):
    """One criterion.

    Attributes
    ----------
    difficulty : float or None
        0: all at the highest level; 1: all at the lowest. From scores of record, else from expected levels.
    record_levels, suggested_levels : dict of str to Share
        Use of the levels: by people, and as suggested.
    below, alone : Share or None
        Scores of record below the required level; and those where this criterion alone is. None without a record.
    asked : tuple of Asked
        What the next level asks and most often nothing was found for.
    """

    criterion_id: str
    title: str
    difficulty: Probability | None
    difficulty_from: str | None
    record_levels: dict[str, Share]
    suggested_levels: dict[str, Share]
    below: Share | None
    alone: Share | None
    asked: tuple[Asked, ...]


class Turnaround(Record):
    """Days from handing in to the first rating."""

    n: int
    median_days: Number | None = None
    p90_days: Number | None = None


class ReviewerLoad(Record):
    """What one rater did."""

    rater_id: str
    n_ratings: int
    n_submissions: int
    share: Probability
    turnaround: Turnaround


class GroupCohort(Record):
    """One value of one group: awards of record, and submissions that went to a reviewer."""

    group: str
    value: str
    award: Share
    reviewed: Share


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


def wilson(count: int, of: int, *, confidence: float) -> tuple[float, float]:
    """Return Wilson's interval of a share.

    Parameters
    ----------
    count, of : int
        Successes and trials; at least one trial.
    confidence : float
        Above 0 and below 1.

    Notes
    -----
    Wilson, E. B. (1927), Journal of the American Statistical Association 22, 209-212.

    Examples
    --------
    >>> [round(end, 4) for end in wilson(8, 10, confidence=0.95)]
    [0.4902, 0.9433]
    """
    from scipy.special import ndtri

    z = float(ndtri(0.5 + confidence / 2))
    middle = (count + z * z / 2) / (of + z * z)
    half = z / (of + z * z) * math.sqrt(count * (of - count) / of + z * z / 4)
    return max(0.0, middle - half), min(1.0, middle + half)


def share_of(count: int, of: int, *, settings: CohortSettings, cell: bool = False) -> Share:
    """Return a share; hidden where the total is small, or (a ``cell``) where the count or the rest is.

    Examples
    --------
    >>> share_of(2, 30, settings=CohortSettings(), cell=True).hidden
    True
    >>> share_of(12, 30, settings=CohortSettings()).share
    0.4
    """
    if of == 0:
        return Share(count=0, of=0)
    small = [number for number in ((of, count, of - count) if cell else (of,)) if 0 < number < settings.min_cell]
    if small:
        return Share(hidden=True)
    low, high = wilson(count, of, confidence=settings.confidence)
    return Share(count=count, of=of, share=count / of, low=low, high=high)


def spread(counts: Mapping[str, int], *, settings: CohortSettings) -> dict[str, Share]:
    """Return the share of each; a small count is hidden together with the next smallest, so that none can be inferred.

    Examples
    --------
    >>> shares = spread({"1": 2, "2": 9, "3": 20, "4": 0}, settings=CohortSettings())
    >>> [key for key, one in shares.items() if one.hidden]
    ['1', '2']
    """
    total = sum(counts.values())
    hidden = {key for key, count in counts.items() if 0 < count < settings.min_cell}
    rest = sorted((count, key) for key, count in counts.items() if key not in hidden and count)
    if len(hidden) == 1 and rest:
        hidden.add(rest[0][1])
    hidden = set(counts) if 0 < total < settings.min_cell else hidden
    return {
        key: Share(hidden=True) if key in hidden else share_of(count, total, settings=settings)
        for key, count in counts.items()
    }


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
    table = _Table(reviews, rubric=rubric, ratings=ratings, submissions=submissions)
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
        criteria=tuple(_criterion(one, table, settings=settings) for one in table.criterion_ids),
        turnaround=_turnaround(table.waits(table.ratings), settings=settings),
        reviewers=_reviewers(table, settings=settings),
        groups=_groups(table, settings=settings),
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


class _Table:
    """Reviews, ratings and submissions, joined by submission."""

    def __init__(
        self,
        reviews: Sequence[ReviewRecord],
        *,
        rubric: Rubric | None,
        ratings: Sequence[Rating],
        submissions: Sequence[Submission],
    ) -> None:
        self.reviews = reviews
        self.rubric = rubric
        ids = {one.submission_id for one in reviews}
        self.ratings = [one for one in ratings if one.submission_id in ids and one.role != "constructed"]
        self.submissions = {one.submission_id: one for one in submissions}
        self.unit = {one.submission_id: self._unit(one.submission_id) for one in reviews}
        self.criterion_ids = rubric.criterion_ids if rubric else _seen(reviews)
        self.records = scores_of_record(self.ratings, rubric=rubric) if rubric else {}

    def _unit(self, submission_id: str) -> str:
        found = self.submissions.get(submission_id)
        return found.teacher_id if found else submission_id

    def earned(self, submission_id: str) -> bool | None:
        return award_of_record(self.records.get(submission_id, {}), self.rubric) if self.rubric else None

    def awards(self) -> dict[str, bool]:
        """Whether any attempt of the unit earned the award; units whose record is open throughout are left out."""
        out: dict[str, bool] = {}
        for submission_id, unit in self.unit.items():
            earned = self.earned(submission_id)
            if earned is not None:
                out[unit] = out.get(unit, False) or earned
        return out

    def why_no_award(self) -> str:
        if self.rubric is None:
            return "no rubric was given"
        if self.rubric.award is None:
            return "the rubric defines no award"
        return "no submission has a score of record on what the award asks"

    def attempts(self) -> dict[str, int]:
        first: dict[str, int] = {}
        for one in self.reviews:
            if self.earned(one.submission_id):
                unit = self.unit[one.submission_id]
                first[unit] = min(one.attempt, first.get(unit, one.attempt))
        return {str(key): count for key, count in sorted(Counter(first.values()).items())}

    def waits(self, ratings: Iterable[Rating]) -> list[float]:
        first: dict[str, datetime] = {}
        for one in ratings:
            if one.rated_at is not None:
                known = first.get(one.submission_id, one.rated_at)
                first[one.submission_id] = min(one.rated_at, known, key=datetime.timestamp)
        pairs = [
            (self.submissions[key].submitted_at, moment) for key, moment in first.items() if key in self.submissions
        ]
        days = [_days(handed_in, rated) for handed_in, rated in pairs if handed_in is not None]
        return [one for one in days if one >= 0]


def _days(earlier: datetime, later: datetime) -> float:
    if (earlier.tzinfo is None) != (later.tzinfo is None):
        return math.nan
    return (later - earlier).total_seconds() / DAY


def _seen(reviews: Sequence[ReviewRecord]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(score.criterion_id for one in reviews for score in one.scores))


def _criterion(criterion_id: str, table: _Table, *, settings: CohortSettings) -> CriterionCohort:
    scores = [one for review in table.reviews for one in review.scores if one.criterion_id == criterion_id]
    criterion = table.rubric.criterion(criterion_id) if table.rubric else None
    seen = sorted({float(key) for one in scores for key in one.probabilities})
    numbers = criterion.level_numbers if criterion else tuple(seen)
    levels = [found[criterion_id] for found in table.records.values() if criterion_id in found]
    record = [level for level in levels if level is not None]
    source, values = ("record", record) if record else ("suggestion", [one.expected_level for one in scores])
    shown = len(values) >= settings.min_cell and len(numbers) > 1
    below, alone = _below(criterion_id, table, settings=settings)
    return CriterionCohort(
        criterion_id=criterion_id,
        title=criterion.title if criterion else criterion_id,
        difficulty=_difficulty(values, numbers) if shown else None,
        difficulty_from=source if shown else None,
        record_levels=spread(_counts(record, numbers), settings=settings) if record else {},
        suggested_levels=spread(_counts([one.level for one in scores], numbers), settings=settings),
        below=below,
        alone=alone,
        asked=_asked(scores, settings=settings),
    )


def _counts(levels: Iterable[float], numbers: Sequence[float]) -> dict[str, int]:
    found = Counter(levels)
    return {level_text(number): found[number] for number in numbers}


def _difficulty(values: Sequence[float], numbers: Sequence[float]) -> float:
    places = np.interp(values, numbers, np.arange(len(numbers))) / (len(numbers) - 1)
    return float(1 - np.mean(places))


def _below(criterion_id: str, table: _Table, *, settings: CohortSettings) -> tuple[Share | None, Share | None]:
    bounds = {one.id: one.required_level for one in table.rubric.criteria} if table.rubric else {}
    rows = [found for found in table.records.values() if found.get(criterion_id) is not None]
    if bounds.get(criterion_id) is None or not rows:
        return None, None
    under = [{key for key, level in found.items() if _is_under(level, bounds[key])} for found in rows]
    below, alone = sum(criterion_id in one for one in under), sum(one == {criterion_id} for one in under)
    return (
        share_of(below, len(rows), settings=settings, cell=True),
        share_of(alone, len(rows), settings=settings, cell=True),
    )


def _is_under(level: float | None, bound: float | None) -> bool:
    return level is not None and bound is not None and level < bound


def _asked(scores: Sequence[CriterionScore], *, settings: CohortSettings) -> tuple[Asked, ...]:
    counts = Counter(text for one in scores if one.next_level for text in set(one.next_level.missing))
    often = [(text, count) for text, count in counts.items() if count >= settings.min_cell]
    often.sort(key=lambda pair: (-pair[1], pair[0]))
    shares = [Asked(text=text, share=share_of(count, len(scores), settings=settings)) for text, count in often]
    return tuple(shares[: settings.n_missing])


def _turnaround(days: Sequence[float], *, settings: CohortSettings) -> Turnaround:
    if len(days) < settings.min_cell:
        return Turnaround(n=len(days))
    return Turnaround(n=len(days), median_days=float(np.median(days)), p90_days=float(np.quantile(days, 0.9)))


def _reviewers(table: _Table, *, settings: CohortSettings) -> tuple[ReviewerLoad, ...]:
    by_rater: dict[str, list[Rating]] = defaultdict(list)
    for one in table.ratings:
        by_rater[one.rater_id].append(one)
    loads = [
        ReviewerLoad(
            rater_id=rater,
            n_ratings=len(given),
            n_submissions=len({one.submission_id for one in given}),
            share=len(given) / len(table.ratings),
            turnaround=_turnaround(table.waits(given), settings=settings),
        )
        for rater, given in by_rater.items()
    ]
    return tuple(sorted(loads, key=lambda one: (-one.n_ratings, one.rater_id)))


def _groups(table: _Table, *, settings: CohortSettings) -> tuple[GroupCohort, ...]:
    latest = {table.unit[one.submission_id]: one for one in sorted(table.reviews, key=lambda one: one.attempt)}
    members: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for unit, review in latest.items():
        found = table.submissions.get(review.submission_id)
        for group, value in (found.groups if found else {}).items():
            members[group]["not given" if value is None else str(value)].append(unit)
    return tuple(
        row
        for group, values in sorted(members.items())
        for row in _group(group, dict(sorted(values.items())), table.awards(), latest, settings=settings)
    )


def _group(
    group: str,
    values: Mapping[str, Sequence[str]],
    awards: Mapping[str, bool],
    latest: Mapping[str, ReviewRecord],
    *,
    settings: CohortSettings,
) -> list[GroupCohort]:
    earned = {key: [awards[one] for one in units if one in awards] for key, units in values.items()}
    routed = {key: [latest[one].route == "review" for one in units] for key, units in values.items()}
    award, reviewed = _cells(earned, settings=settings), _cells(routed, settings=settings)
    return [GroupCohort(group=group, value=key, award=award[key], reviewed=reviewed[key]) for key in values]


def _cells(values: Mapping[str, Sequence[bool]], *, settings: CohortSettings) -> dict[str, Share]:
    shares = {key: share_of(sum(one), len(one), settings=settings, cell=True) for key, one in values.items()}
    shown = sorted((len(values[key]), key) for key, one in shares.items() if not one.hidden and one.of)
    if sum(one.hidden for one in shares.values()) == 1 and shown:
        shares[shown[0][1]] = Share(hidden=True)
    return shares
