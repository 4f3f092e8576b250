"""The score of record: the level that stands, by the rubric's named rule over blind ratings, or by adjudication."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from reviewkit.records import Criterion, Rating, RecordRule, Rubric

_TIE = 1e-9


@dataclass(frozen=True)
class RatedSubmission:
    """What people said of one submission on one criterion.

    Attributes
    ----------
    levels : tuple of float
        Level numbers of the ratings that count, in the order of the raters' ids; none of an adjudication.
    rater_ids : tuple of str
        Who gave them.
    record : float or None
        Score of record; None where the rule leaves it open.
    adjudicated : bool
        The record is an adjudication, which replaces the ratings.
    """

    levels: tuple[float, ...]
    rater_ids: tuple[str, ...]
    record: float | None
    adjudicated: bool = False


def level_of_record(levels: Sequence[float], *, rule: RecordRule, level_numbers: Sequence[float]) -> float | None:
    """Merge the levels of several raters into the one that stands.

    Parameters
    ----------
    levels : sequence of float
        Level numbers, one a rater.
    rule : str
        ``"mean-half-up"`` or ``"mean-half-down"``: the level nearest to the mean, a half goes up or down;
        ``"median-low"`` or ``"median-high"``; ``"adjudicate"``: the level that all gave, else none.
    level_numbers : sequence of float
        The criterion's levels, lowest first.

    Returns
    -------
    float or None
        None where there is no level, or raters differ under ``"adjudicate"``.

    Examples
    --------
    >>> level_of_record([2, 3], rule="mean-half-up", level_numbers=[1, 2, 3, 4])
    3.0
    >>> level_of_record([2, 3], rule="median-low", level_numbers=[1, 2, 3, 4])
    2.0
    >>> level_of_record([2, 3], rule="adjudicate", level_numbers=[1, 2, 3, 4]) is None
    True
    """
    if not levels:
        return None
    ordered = sorted(map(float, levels))
    if rule == "adjudicate":
        return ordered[0] if ordered[0] == ordered[-1] else None
    if rule == "median-low":
        return ordered[(len(ordered) - 1) // 2]
    if rule == "median-high":
        return ordered[len(ordered) // 2]
    return _nearest(math.fsum(ordered) / len(ordered), level_numbers, up=rule == "mean-half-up")


def rated_submissions(
    ratings: Iterable[Rating],
    criterion: Criterion,
    *,
    rule: RecordRule,
    constructed: bool = True,
    blind_only: bool = True,
) -> dict[str, RatedSubmission]:
    """Gather the ratings of one criterion, submission by submission, with the score of record.

    Parameters
    ----------
    ratings : iterable of Rating
        Of any criterion; others are left alone.
    criterion : Criterion
    rule : str
        The rubric's ``record_rule``.
    constructed : bool
        Count levels that were written together with their text.
    blind_only : bool
        Count only ratings by raters who had not seen the score.

    Returns
    -------
    dict of str to RatedSubmission
        By submission id, in the order of first rating.
    """
    given: dict[str, list[Rating]] = defaultdict(list)
    for rating in ratings:
        counts = (rating.blind or not blind_only) and (constructed or rating.role != "constructed")
        if rating.criterion_id == criterion.id and (counts or rating.role == "adjudication"):
            given[rating.submission_id].append(rating)
    return {name: _rated(rows, rule=rule, level_numbers=criterion.level_numbers) for name, rows in given.items()}


def scores_of_record(ratings: Iterable[Rating], *, rubric: Rubric) -> dict[str, dict[str, float | None]]:
    """Levels that stand, as people settled them: blind ratings by the rubric's rule, adjudications above them.

    Parameters
    ----------
    ratings : iterable of Rating
        Constructed levels never count: they are no person's judgement of a teacher.
    rubric : Rubric

    Returns
    -------
    dict of str to (dict of str to (float or None))
        Level by criterion, by submission; None where raters differ and nobody has settled it. A criterion that nobody
        rated is absent.

    Examples
    --------
    >>> from reviewkit import read_rubric, shipped_folder
    >>> rubric = read_rubric(shipped_folder("rubrics") / "classroom-management.yaml")
    >>> given = [Rating(submission_id="s1", criterion_id="routines", rater_id=one, level=level)
    ...          for one, level in (("r1", 2), ("r2", 3))]
    >>> scores_of_record(given, rubric=rubric)
    {'s1': {'routines': 3.0}}
    """
    every = list(ratings)
    records: dict[str, dict[str, float | None]] = defaultdict(dict)
    for criterion in rubric.criteria:
        found = rated_submissions(every, criterion, rule=rubric.record_rule, constructed=False)
        for submission_id, rated in found.items():
            records[submission_id][criterion.id] = rated.record
    return dict(records)


def rater_pairs(rated: Iterable[RatedSubmission]) -> list[tuple[float, float]]:
    """Every pair of levels that two raters gave to one submission, the rater whose id sorts first in front.

    Examples
    --------
    >>> rater_pairs([RatedSubmission((2.0, 3.0), ("a", "b"), 3.0), RatedSubmission((1.0,), ("a",), 1.0)])
    [(2.0, 3.0)]
    """
    return [
        (one.levels[first], one.levels[second])
        for one in rated
        for first in range(len(one.levels))
        for second in range(first + 1, len(one.levels))
    ]


def _rated(rows: list[Rating], *, rule: RecordRule, level_numbers: Sequence[float]) -> RatedSubmission:
    ratings = sorted((one for one in rows if one.role != "adjudication"), key=lambda one: one.rater_id)
    scored = [(one.level, one.rater_id) for one in ratings if one.level is not None]
    levels = tuple(level for level, _ in scored)
    settled = [one for one in rows if one.role == "adjudication"]
    if settled:
        record = settled[-1].level
    elif len(scored) < len(ratings):
        record = None
    else:
        record = level_of_record(levels, rule=rule, level_numbers=level_numbers)
    return RatedSubmission(levels, tuple(rater for _, rater in scored), record, bool(settled))


def _nearest(mean: float, level_numbers: Sequence[float], *, up: bool) -> float:
    numbers = np.asarray(level_numbers, dtype=np.float64)
    distance = np.abs(numbers - mean)
    nearest = numbers[distance <= distance.min() + _TIE]
    return float(nearest[-1] if up else nearest[0])
