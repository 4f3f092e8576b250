"""What changes from one set of reviews to another: when a model is trained anew, or a rubric gets a new version."""

from collections.abc import Iterable

import numpy as np

from reviewkit.errors import ShapeError
from reviewkit.records import CriterionScore, Level, Record, ReviewRecord
from reviewkit.records.base import Number


class CriterionChange(Record):
    """What changes on one criterion.

    Attributes
    ----------
    n : int
        Submissions that both score on it.
    same_level : float or None
        Share at the same level.
    mean_shift : float or None
        Mean of the second expected level less the first, in level numbers.
    mean_absolute_shift : float or None
    """

    n: int
    same_level: Number | None
    mean_shift: Number | None
    mean_absolute_shift: Number | None


class LevelChange(Record):
    """One submission whose suggested level changes."""

    submission_id: str
    criterion_id: str
    before: Level
    after: Level


class Comparison(Record):
    """What changes from the first reviews to the second.

    Attributes
    ----------
    n : int
        Submissions compared.
    rubric_changed, bundle_changed : bool
    criteria_only_in_first, criteria_only_in_second : tuple of str
    routes : dict of str to int
        How many go which way, as ``"suggest -> review"``.
    criteria : dict of str to CriterionChange
        Those that both have.
    changed_levels : tuple of LevelChange

    Examples
    --------
    A submission that was returned before and now goes to a reviewer:

    >>> review = ReviewRecord.model_validate({
    ...     "submission_id": "s1", "attempt": 1, "bundle_digest": None, "certificate": None,
    ...     "rubric": {"id": "routines", "version": "1.0.0", "digest": "0" * 64},
    ...     "route": "return", "review_probability": 1, "reasons": [{"code": "incomplete"}],
    ...     "findings": [], "parts": [], "award_probability": None, "scores": []})
    >>> changed = compare_reviews([review], [review.model_copy(update={"route": "review"})])
    >>> changed.routes, changed.bundle_changed, changed.changed_levels
    ({'return -> review': 1}, False, ())
    """

    n: int
    rubric_changed: bool
    bundle_changed: bool
    criteria_only_in_first: tuple[str, ...]
    criteria_only_in_second: tuple[str, ...]
    routes: dict[str, int]
    criteria: dict[str, CriterionChange]
    changed_levels: tuple[LevelChange, ...]


def compare_reviews(first: Iterable[ReviewRecord], second: Iterable[ReviewRecord]) -> Comparison:
    """Hold two reviews of the same submissions against each other.

    Parameters
    ----------
    first, second : iterable of ReviewRecord
        Of the same submissions, in the same order.

    Returns
    -------
    Comparison

    Raises
    ------
    ShapeError
        If the submissions do not pair.

    Examples
    --------
    >>> compare_reviews([], []).n
    0
    """
    before, after = list(first), list(second)
    if [one.submission_id for one in before] != [one.submission_id for one in after]:
        raise ShapeError("the reviews are not of the same submissions in the same order; review one file with both.")
    pairs = list(zip(before, after, strict=True))
    mine, theirs = _criterion_ids(before), _criterion_ids(after)
    routes: dict[str, int] = {}
    for one, other in pairs:
        route = f"{one.route} -> {other.route}"
        routes[route] = routes.get(route, 0) + 1
    scores = {name: _score_pairs(name, pairs) for name in mine if name in theirs}
    return Comparison(
        n=len(pairs),
        rubric_changed=any(one.rubric.digest != other.rubric.digest for one, other in pairs),
        bundle_changed=any(one.bundle_digest != other.bundle_digest for one, other in pairs),
        criteria_only_in_first=tuple(name for name in mine if name not in theirs),
        criteria_only_in_second=tuple(name for name in theirs if name not in mine),
        routes=routes,
        criteria={name: _change(rows) for name, rows in scores.items()},
        changed_levels=tuple(
            LevelChange(submission_id=submission_id, criterion_id=name, before=one.level, after=other.level)
            for name, rows in scores.items()
            for submission_id, one, other in rows
            if one.level != other.level
        ),
    )


def _criterion_ids(reviews: list[ReviewRecord]) -> list[str]:
    return list(dict.fromkeys(score.criterion_id for review in reviews for score in review.scores))


def _score_pairs(
    name: str, pairs: list[tuple[ReviewRecord, ReviewRecord]]
) -> list[tuple[str, CriterionScore, CriterionScore]]:
    return [
        (one.submission_id, one.score(name), other.score(name)) for one, other in pairs if one.scores and other.scores
    ]


def _change(rows: list[tuple[str, CriterionScore, CriterionScore]]) -> CriterionChange:
    if not rows:
        return CriterionChange(n=0, same_level=None, mean_shift=None, mean_absolute_shift=None)
    shift = np.asarray([other.expected_level - one.expected_level for _, one, other in rows])
    return CriterionChange(
        n=len(rows),
        same_level=float(np.mean([one.level == other.level for _, one, other in rows])),
        mean_shift=float(shift.mean()),
        mean_absolute_shift=float(np.abs(shift).mean()),
    )
