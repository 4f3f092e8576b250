"""The parts of the program view: one criterion, the reviewers, the groups."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from reviewkit.evaluation.cohort_rows import CohortRows
from reviewkit.evaluation.shares import CohortSettings, Share, share_of, spread
from reviewkit.records import CriterionScore, Rating, Record, ReviewRecord, level_text
from reviewkit.records.base import Number, Probability


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


def criterion_cohort(criterion_id: str, table: CohortRows, *, settings: CohortSettings) -> CriterionCohort:
    """Sum up one criterion: its difficulty, the use of its levels, and what stands in the way."""
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


def _below(criterion_id: str, table: CohortRows, *, settings: CohortSettings) -> tuple[Share | None, Share | None]:
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


def turnaround(days: Sequence[float], *, settings: CohortSettings) -> Turnaround:
    """Sum waiting times up; only their number is told where they are few."""
    if len(days) < settings.min_cell:
        return Turnaround(n=len(days))
    return Turnaround(n=len(days), median_days=float(np.median(days)), p90_days=float(np.quantile(days, 0.9)))


def reviewer_loads(table: CohortRows, *, settings: CohortSettings) -> tuple[ReviewerLoad, ...]:
    """Say what each rater did, the busiest first."""
    by_rater: dict[str, list[Rating]] = defaultdict(list)
    for one in table.ratings:
        by_rater[one.rater_id].append(one)
    loads = [
        ReviewerLoad(
            rater_id=rater,
            n_ratings=len(given),
            n_submissions=len({one.submission_id for one in given}),
            share=len(given) / len(table.ratings),
            turnaround=turnaround(table.waits(given), settings=settings),
        )
        for rater, given in by_rater.items()
    ]
    return tuple(sorted(loads, key=lambda one: (-one.n_ratings, one.rater_id)))


def group_cohorts(table: CohortRows, *, settings: CohortSettings) -> tuple[GroupCohort, ...]:
    """Sum up each value of each group, by the latest attempt of its units."""
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
