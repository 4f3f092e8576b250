"""Adjudication: when two raters differ too far, who settles it and what then stands."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field

from reviewkit.agreement.figures import Figures
from reviewkit.agreement.score_of_record import level_of_record
from reviewkit.errors import RatingsError
from reviewkit.records import Criterion, Rating, RecordRule, Rubric
from reviewkit.records.base import Level, Record

Resolution = Literal["expert", "parity", "tertium-quid"]
Cause = Literal["far-apart", "crosses-required-level", "scorable-or-not"]


class AdjudicationRule(Record):
    """When a third rater is asked, and what then stands.

    Attributes
    ----------
    max_difference : int or None
        Levels that two raters may lie apart without adjudication, counted along the criterion's levels; None: any.
    at_required_level : bool
        Adjudicate where one rating meets the criterion's required level and another does not.
    resolution : str
        ``"expert"``: the adjudicator's level stands. ``"parity"``: the mean of all. ``"tertium-quid"``: the mean of
        the adjudicator's and the nearer rating, or the adjudicator's alone if both are as near.
    record_rule : str
        ``"mean-half-up"`` or ``"mean-half-down"``: where a mean falls between two levels.
    """

    max_difference: int | None = Field(default=1, ge=0)
    at_required_level: bool = True
    resolution: Resolution = "expert"
    record_rule: Literal["mean-half-up", "mean-half-down"] = "mean-half-up"


class AdjudicationCase(Figures):
    """One submission and criterion on which raters differ too far.

    Attributes
    ----------
    causes : tuple of str
        ``"far-apart"``, ``"crosses-required-level"``, ``"scorable-or-not"``.
    difference : int
        Levels between the lowest and the highest rating.
    rater_ids : tuple of str
        Who must not be the adjudicator.
    settled : bool
        An adjudication is there.
    record : float or None
        The level that then stands; None while the case is open, or the adjudicator found it not scorable.
    """

    submission_id: str
    criterion_id: str
    causes: tuple[Cause, ...]
    levels: tuple[Level, ...]
    rater_ids: tuple[str, ...]
    difference: int
    settled: bool
    record: Level | None = None


def adjudication_causes(
    levels: Sequence[float | None], criterion: Criterion, *, rule: AdjudicationRule | None = None
) -> tuple[Cause, ...]:
    """Say why raters' levels need adjudication; an empty tuple if they do not.

    Parameters
    ----------
    levels : sequence of float or None
        Level numbers; None is "not scorable".
    criterion : Criterion
    rule : AdjudicationRule, optional

    Returns
    -------
    tuple of str

    Raises
    ------
    ValueError
        If the criterion has no such level.

    Examples
    --------
    >>> names = [{"level": n, "name": str(n)} for n in (1, 2, 3, 4)]
    >>> criterion = Criterion.model_validate({"id": "c", "title": "C", "required_level": 3, "levels": names})
    >>> adjudication_causes([2, 3], criterion), adjudication_causes([3, 4], criterion)
    (('crosses-required-level',), ())
    """
    rule = rule or AdjudicationRule()
    given = [criterion.level_index(level) for level in levels if level is not None]
    causes: list[Cause] = []
    if given and len(given) < len(levels):
        causes.append("scorable-or-not")
    if given and rule.max_difference is not None and max(given) - min(given) > rule.max_difference:
        causes.append("far-apart")
    required = criterion.required_index
    if given and rule.at_required_level and required is not None and min(given) < required <= max(given):
        causes.append("crosses-required-level")
    return tuple(causes)


def resolved_level(
    levels: Sequence[float], adjudicated: float, *, level_numbers: Sequence[float], rule: AdjudicationRule | None = None
) -> float:
    """Merge raters' levels with the adjudicator's into the level that stands.

    Parameters
    ----------
    levels : sequence of float
        Level numbers that differed.
    adjudicated : float
        The adjudicator's.
    level_numbers : sequence of float
        The criterion's levels, lowest first.
    rule : AdjudicationRule, optional

    Returns
    -------
    float

    Notes
    -----
    Source of the three ways: Johnson, Penny and Gordon (2000), Applied Measurement in Education 13, 121-138.

    Examples
    --------
    >>> resolved_level([1, 4], 3, level_numbers=[1, 2, 3, 4], rule=AdjudicationRule(resolution="tertium-quid"))
    4.0
    """
    rule = rule or AdjudicationRule()
    merged = [float(adjudicated)]
    if rule.resolution == "parity":
        merged += map(float, levels)
    if rule.resolution == "tertium-quid" and levels:
        gaps = [abs(level - adjudicated) for level in levels]
        nearest = sorted({float(level) for level, gap in zip(levels, gaps, strict=True) if gap == min(gaps)})
        merged += nearest if len(nearest) == 1 else []
    record = level_of_record(merged, rule=rule.record_rule, level_numbers=level_numbers)
    return float(adjudicated) if record is None else record


def adjudication_cases(
    ratings: Iterable[Rating], rubric: Rubric, *, rule: AdjudicationRule | None = None
) -> tuple[AdjudicationCase, ...]:
    """Find every submission and criterion on which raters differ too far, open or settled.

    Parameters
    ----------
    ratings : iterable of Rating
        Blind ratings count, and adjudications; constructed levels do not.
    rubric : Rubric
    rule : AdjudicationRule, optional

    Returns
    -------
    tuple of AdjudicationCase
        By submission, then in the rubric's order of criteria.

    Raises
    ------
    RatingsError
        If a criterion is not the rubric's, a submission has two adjudications on one criterion, or an adjudicator
        rated the same submission before.
    """
    rule = rule or AdjudicationRule()
    given, settled = _gathered(ratings, rubric)
    found = []
    for submission, criterion_id in sorted(given, key=lambda key: (key[0], rubric.criterion_ids.index(key[1]))):
        rows, criterion = given[submission, criterion_id], rubric.criterion(criterion_id)
        causes = adjudication_causes([one.level for one in rows], criterion, rule=rule)
        if causes:
            found.append(
                _case(rows, criterion, causes=causes, adjudication=settled.get((submission, criterion_id)), rule=rule)
            )
    return tuple(found)


def records_after_adjudication(
    ratings: Iterable[Rating], rubric: Rubric, *, rule: AdjudicationRule | None = None
) -> dict[tuple[str, str], float | None]:
    """Return the level that stands for each submission and criterion, by adjudication where raters differ too far.

    Elsewhere the rubric's ``record_rule`` holds; None where a case is open, or no rater found it scorable.
    """
    every = tuple(ratings)
    cases = {(one.submission_id, one.criterion_id): one for one in adjudication_cases(every, rubric, rule=rule)}
    found: dict[tuple[str, str], float | None] = {}
    for key, rows in _gathered(every, rubric)[0].items():
        levels = [one.level for one in rows if one.level is not None]
        numbers = rubric.criterion(key[1]).level_numbers
        own: RecordRule = rubric.record_rule
        found[key] = cases[key].record if key in cases else level_of_record(levels, rule=own, level_numbers=numbers)
    return found


def _gathered(
    ratings: Iterable[Rating], rubric: Rubric
) -> tuple[dict[tuple[str, str], list[Rating]], dict[tuple[str, str], Rating]]:
    given: dict[tuple[str, str], list[Rating]] = defaultdict(list)
    settled: dict[tuple[str, str], Rating] = {}
    for one in ratings:
        key = (one.submission_id, one.criterion_id)
        if one.criterion_id not in rubric.criterion_ids:
            raise RatingsError(
                f"criterion {one.criterion_id!r} is not in rubric {rubric.id!r}; it has {rubric.criterion_ids}."
            )
        if one.role == "adjudication":
            if key in settled:
                raise RatingsError(
                    f"submission {key[0]!r}, criterion {key[1]!r} has two adjudications; keep the one that stands."
                )
            settled[key] = one
        elif one.role == "rating" and one.blind:
            given[key].append(one)
    for key, one in settled.items():
        if any(one.rater_id == other.rater_id for other in given.get(key, ())):
            raise RatingsError(
                f"submission {key[0]!r}, criterion {key[1]!r}: {one.rater_id!r} rated it and adjudicates it too; "
                "a third person settles what two raters see differently."
            )
    return given, settled


def _case(
    rows: list[Rating],
    criterion: Criterion,
    *,
    causes: tuple[Cause, ...],
    adjudication: Rating | None,
    rule: AdjudicationRule,
) -> AdjudicationCase:
    scored = sorted((one for one in rows if one.level is not None), key=lambda one: one.rater_id)
    levels = tuple(float(one.level) for one in scored if one.level is not None)
    index = [criterion.level_index(level) for level in levels]
    record = None
    if adjudication is not None and adjudication.level is not None:
        record = resolved_level(levels, adjudication.level, level_numbers=criterion.level_numbers, rule=rule)
    return AdjudicationCase(
        submission_id=rows[0].submission_id,
        criterion_id=criterion.id,
        causes=causes,
        levels=levels,
        rater_ids=tuple(sorted(one.rater_id for one in rows)),
        difference=max(index) - min(index) if index else 0,
        settled=adjudication is not None,
        record=record,
    )
