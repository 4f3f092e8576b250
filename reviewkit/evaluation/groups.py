"""Fair scores: each group's scores held against its scores of record, and what lies outside the field's limits."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from reviewkit.agreement.estimate import Coefficient, IntervalSettings
from reviewkit.agreement.human_machine import human_machine
from reviewkit.agreement.proportion import newcombe_interval, wilson_interval
from reviewkit.agreement.score_of_record import RatedSubmission, rated_submissions
from reviewkit.agreement.subgroups import subgroup_differences
from reviewkit.agreement.thresholds import Flag, Threshold, flags
from reviewkit.records import Criterion, CriterionScore, Rating, Record, ReviewRecord, Rubric, Submission, level_text

_WILLIAMSON = "Williamson, Xi & Breyer (2012)"
GROUP_THRESHOLDS: tuple[Threshold, ...] = (
    Threshold(measure="smd", low=-0.1, high=0.1, source=_WILLIAMSON),
    Threshold(measure="dsm", low=-0.1, high=0.1, source="RSMTool 12 documentation, evaluation"),
    Threshold(measure="qwk", low=0.7, source=_WILLIAMSON),
    Threshold(measure="degradation-qwk", low=-0.1, source=_WILLIAMSON),
    Threshold(measure="coverage-gap", low=-0.05, source="reviewkit's own; the field has none"),
    Threshold(measure="review-gap", low=-0.1, high=0.1, source="reviewkit's own; the field has none"),
)
"""Limits for one group. The field's limit of ``smd`` is .15 for everybody and .10 for a group."""


class GroupSettings(Record):
    """How groups are compared.

    Attributes
    ----------
    confidence : float
        Of each interval, taken alone.
    small_cell : int
        A group with fewer submissions that have both a score and a score of record is marked, and never warned of.
    thresholds : tuple of Threshold
        The ranges that measures should lie in.

    Examples
    --------
    >>> GroupSettings(small_cell=30).confidence
    0.95
    """

    confidence: float = Field(default=0.95, gt=0, lt=1)
    small_cell: int = Field(default=20, ge=2)
    thresholds: tuple[Threshold, ...] = GROUP_THRESHOLDS


class GroupScores(Record):
    """How one criterion is scored in one group.

    Attributes
    ----------
    criterion_id, grouping, group : str
        An empty ``group`` is those of whom nothing is told.
    n : int
        Submissions with a score and a score of record.
    n_reviewed : int
        Submissions with a score.
    small : bool
        Too few to read anything into it.
    measures : tuple of Coefficient
        ``smd``: machine less record, over the group's own standard deviation of the record; ``dsm``: the same
        difference of z-scores over everybody; ``qwk``; ``degradation-qwk``: less the raters' own; ``coverage`` of the
        prediction sets, and ``coverage-gap`` to what they were made for; ``review-share`` of the suggestions that do
        not stand, and ``review-gap`` to all others.
    flags : tuple of Flag
        Measures outside their range; none where the group is small.
    """

    criterion_id: str
    grouping: str
    group: str
    n: int
    n_reviewed: int
    small: bool
    measures: tuple[Coefficient, ...]
    flags: tuple[Flag, ...] = ()

    def measure(self, name: str) -> Coefficient:
        """Return a measure by name."""
        return next(one for one in self.measures if one.name == name)

    def warnings(self) -> Iterator[str]:
        """Say in words what lies outside its range."""
        for flag in self.flags:
            reach = " to ".join("" if end is None else f"{end:g}" for end in (flag.low, flag.high)).strip()
            bound = f"at least {flag.low:g}" if flag.high is None else reach
            doubt = "" if flag.sure else ", though chance could explain it"
            yield (
                f"{self.criterion_id}, {self.grouping} {self.group or 'not told'!r} (n = {self.n}): {flag.measure} is "
                f"{flag.value:.2f}, outside {bound} ({flag.source}){doubt}"
            )


class _Rows(NamedTuple):
    """One criterion's scored submissions, row for row; the record is ``nan`` where there is none."""

    names: list[str]
    scores: list[CriterionScore]
    record: NDArray[np.float64]
    ratings: NDArray[np.float64]
    machine: NDArray[np.float64]

    def take(self, kept: NDArray[np.bool_]) -> "_Rows":
        at = np.flatnonzero(kept)
        chosen = [self.names[row] for row in at], [self.scores[row] for row in at]
        return _Rows(*chosen, self.record[at], self.ratings[at], self.machine[at])


def group_scores(
    reviews: Iterable[ReviewRecord],
    ratings: Sequence[Rating],
    *,
    rubric: Rubric,
    submissions: Sequence[Submission],
    settings: GroupSettings = GroupSettings(),
) -> tuple[GroupScores, ...]:
    """Set groups of submissions side by side, criterion by criterion.

    Parameters
    ----------
    reviews : iterable of ReviewRecord
    ratings : sequence of Rating
        Blind ones and adjudications make the score of record; constructed levels never count.
    rubric : Rubric
    submissions : sequence of Submission
        Their ``groups`` say who belongs where.
    settings : GroupSettings

    Returns
    -------
    tuple of GroupScores
        By criterion, grouping and group; none where no submission tells a group. Submissions are counted as
        independent: where teachers hand in several, intervals are too narrow.

    References
    ----------
    Williamson, D. M., Xi, X., & Breyer, F. J. (2012). A framework for evaluation and use of automated scoring.
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions, method 10.

    Examples
    --------
    >>> from reviewkit import read_rubric, shipped_folder
    >>> rubric = read_rubric(shipped_folder("rubrics") / "classroom-management.yaml")
    >>> group_scores([], [], rubric=rubric, submissions=[])
    ()
    """
    scored = [one for one in reviews if one.scores]
    groupings = sorted({name for one in submissions for name in one.groups})
    told = {one.submission_id: one.groups for one in submissions}
    found: list[GroupScores] = []
    for criterion in rubric.criteria:
        rows = _rows(
            criterion, scored, rated_submissions(ratings, criterion, rule=rubric.record_rule, constructed=False)
        )
        for grouping in groupings:
            member = np.asarray([_group(told.get(name, {}).get(grouping)) for name in rows.names], dtype=np.str_)
            found += _of_grouping(criterion, grouping, rows, member, settings=settings)
    return tuple(found)


def _group(value: object) -> str:
    if value is None:
        return ""
    return level_text(value) if isinstance(value, float) else str(value)


def _rows(criterion: Criterion, reviews: list[ReviewRecord], rated: dict[str, RatedSubmission]) -> _Rows:
    names = [one.submission_id for one in reviews]
    scores = [one.score(criterion.id) for one in reviews]
    known = [rated.get(name, RatedSubmission((), (), None)) for name in names]
    ratings = np.full((len(names), max((len(one.levels) for one in known), default=1) or 1), math.nan)
    for row, one in enumerate(known):
        ratings[row, : len(one.levels)] = one.levels
    record = np.asarray([math.nan if one.record is None else one.record for one in known], dtype=np.float64)
    return _Rows(names, scores, record, ratings, np.asarray([one.level for one in scores], dtype=np.float64))


def _of_grouping(
    criterion: Criterion, grouping: str, rows: _Rows, member: NDArray[np.str_], *, settings: GroupSettings
) -> Iterator[GroupScores]:
    interval = IntervalSettings(method="jackknife", confidence=settings.confidence)
    known = ~np.isnan(rows.record)
    apart = subgroup_differences(
        rows.record[known], rows.machine[known], groups=member[known].tolist(), name=grouping, interval=interval
    )
    dsm = {one.form: one.model_copy(update={"form": None}) for one in apart.dsm}
    for group in sorted(set(member.tolist())):
        inside, others = rows.take(member == group), rows.take(member != group)
        n = int((~np.isnan(inside.record)).sum())
        measures = (
            *_against_record(inside, interval),
            dsm.get(group, _undefined("dsm", n)),
            *_coverage(inside, settings.confidence),
            *_review(inside, others, settings.confidence),
        )
        small = n < settings.small_cell
        yield GroupScores(
            criterion_id=criterion.id,
            grouping=grouping,
            group=group,
            n=n,
            n_reviewed=len(inside.names),
            small=small,
            measures=measures,
            flags=() if small else flags(measures, thresholds=settings.thresholds),
        )


def _against_record(rows: _Rows, interval: IntervalSettings) -> tuple[Coefficient, ...]:
    found = human_machine(rows.record, rows.machine, ratings=rows.ratings, thresholds=(), interval=interval)
    return tuple(found.measure(name) for name in ("smd", "qwk", "degradation-qwk"))


def _coverage(rows: _Rows, confidence: float) -> tuple[Coefficient, Coefficient]:
    pairs = [(one, level) for one, level in zip(rows.scores, rows.record, strict=True) if not math.isnan(level)]
    share = _share("coverage", sum(level in one.prediction_set for one, level in pairs), len(pairs), confidence)
    wanted = float(np.mean([one.coverage_level for one, _ in pairs])) if pairs else math.nan
    moved = {"value": share.value - wanted, "low": share.low - wanted, "high": share.high - wanted}
    return share, share.model_copy(update={"name": "coverage-gap", **moved})


def _review(inside: _Rows, others: _Rows, confidence: float) -> tuple[Coefficient, Coefficient]:
    kept = [(sum(not one.stands for one in rows.scores), len(rows.scores)) for rows in (inside, others)]
    own, other = (_share("review-share", count, of, confidence) for count, of in kept)
    low, high = newcombe_interval(*kept, confidence=confidence)
    gap = own.value - other.value
    return own, own.model_copy(update={"name": "review-gap", "value": gap, "low": low, "high": high})


def _share(name: str, count: int, of: int, confidence: float) -> Coefficient:
    if not of:
        return _undefined(name, 0)
    low, high = wilson_interval(count / of, of, confidence=confidence)
    return Coefficient(
        name=name, value=count / of, low=low, high=high, confidence=confidence, interval_method="wilson", n=of
    )


def _undefined(name: str, n: int) -> Coefficient:
    return Coefficient(name=name, value=math.nan, n=n, reason="no submission of the group has what it takes")
