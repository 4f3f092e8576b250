"""The trade: hours of reading against false awards, from the program's own ratings and scores."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from reviewkit.agreement.proportion import wilson_interval
from reviewkit.errors import ShapeError
from reviewkit.records.base import Number, Probability, Record
from reviewkit.routing.proportion import FloatArray, teacher_share
from reviewkit.routing.readings import (
    PLAIN_WAYS,
    THRESHOLD_WAYS,
    ReadingCosts,
    ReadingHistory,
    ReadingOutcome,
    Way,
    outcome_of,
)
from reviewkit.routing.terms import Share

CURVE = tuple(round(step / 100, 2) for step in range(50, 101, 5))
NOTES = (
    "Where the score of record was made from these two ratings, single and double reading look better than they are.",
    "A difference is taken to be settled rightly, as the score of record has it.",
)


class PlanSettings(Record):
    """What a reading costs, and how the plan is computed.

    Attributes
    ----------
    minutes_per_reading, minutes_per_adjudication : float
        Time one person takes to read and rate a submission, and to settle a difference.
    n_submissions : int
        Submissions to plan for; hours and errors are told for so many.
    audit_share : float
        Share of what stands that is read anyway.
    curve : tuple of float
        Thresholds of the curve.
    confidence : float
        Of the intervals.
    n_resamples : int
        Bootstrap resamples of teachers.
    seed : int

    Examples
    --------
    >>> PlanSettings(minutes_per_reading=30, minutes_per_adjudication=15).n_submissions
    1000
    """

    minutes_per_reading: Annotated[float, Field(gt=0)]
    minutes_per_adjudication: Annotated[float, Field(ge=0)]
    n_submissions: int = Field(default=1000, ge=1)
    audit_share: Probability = 0.1
    curve: tuple[Probability, ...] = CURVE
    confidence: Share = 0.9
    n_resamples: int = Field(default=1000, ge=100, le=100_000)
    seed: int = Field(default=0, ge=0)


class Span(Record):
    """A number with its interval."""

    value: Number
    low: Number
    high: Number


class TradeRow(Record):
    """What one way of reading costs and what it gets wrong, for the submissions planned.

    Attributes
    ----------
    way : str
        See :data:`reviewkit.routing.readings.Way`.
    min_probability : float or None
        Threshold from which the machine counts as sure; None where the way asks for none.
    hours : Span
        Hours of reading and adjudication.
    hours_saved : Span
        Against double reading, on the same resamples; below 0 where it takes longer.
    false_awards, false_returns : Span
        Awards that the score of record does not earn, and the other way round.
    """

    way: Way
    min_probability: Probability | None
    hours: Span
    hours_saved: Span
    false_awards: Span
    false_returns: Span


class TradePlan(Record):
    """The trade table, its curve, and what they rest on.

    Attributes
    ----------
    table : tuple of TradeRow
        Each way once; ways with a threshold at the one asked for, if any was.
    curve : tuple of TradeRow
        Ways with a threshold, at each threshold of the settings.
    n_rated, n_teachers : int
        Submissions and teachers that it was computed from.
    n_submissions : int
        Submissions that it speaks of.
    notes : tuple of str
        What to bear in mind.
    """

    table: tuple[TradeRow, ...]
    curve: tuple[TradeRow, ...]
    n_rated: int
    n_teachers: int
    n_submissions: int
    confidence: float
    notes: tuple[str, ...] = NOTES


def plan_readings(
    history: ReadingHistory, settings: PlanSettings, *, min_probability: float | None = None
) -> TradePlan:
    """Set hours of reading against false awards for each way of reading.

    Parameters
    ----------
    history : ReadingHistory
        Submissions read by two people blind and scored by a machine that had not learned from them.
    settings : PlanSettings
    min_probability : float, optional
        Threshold to show in the table: the certificate's. None where nothing is certified; the curve shows
        what thresholds would do.

    Returns
    -------
    TradePlan

    Raises
    ------
    ShapeError
        If there are fewer than two teachers: then there is no spread to tell.

    Notes
    -----
    Hours: percentile bootstrap over whole teachers. False awards and returns are rare, and a bootstrap tells nothing of
    what was not seen: theirs is Wilson's interval with as many rows as the teachers are worth.

    Examples
    --------
    >>> history = ReadingHistory.of(
    ...     first=[1, 1, 0, 1],
    ...     second=[1, 0, 0, 1],
    ...     recorded=[1, 0, 0, 1],
    ...     suggested=[1, 1, 0, 1],
    ...     confidence=[0.95, 0.6, 0.9, 0.9],
    ...     teacher_ids=["t1", "t2", "t3", "t4"],
    ... )
    >>> settings = PlanSettings(minutes_per_reading=30, minutes_per_adjudication=30, n_submissions=100)
    >>> plan = plan_readings(history, settings, min_probability=0.9)
    >>> [(row.way, row.hours.value, row.false_awards.value) for row in plan.table[:2]]
    [('single', 50.0, 25.0), ('double', 112.5, 0.0)]
    """
    n_teachers = len(set(history.teacher_ids.tolist()))
    if n_teachers < 2:
        raise ShapeError(
            f"the history has {n_teachers} teacher{'' if n_teachers == 1 else 's'}, but a plan needs the spread "
            "between teachers; pass two or more."
        )
    resamples = _Resamples(history, settings)
    at_threshold = () if min_probability is None else THRESHOLD_WAYS
    return TradePlan(
        table=tuple(resamples.row(way, None) for way in PLAIN_WAYS)
        + tuple(resamples.row(way, min_probability) for way in at_threshold),
        curve=tuple(resamples.row(way, step) for way in THRESHOLD_WAYS for step in settings.curve),
        n_rated=len(history.first),
        n_teachers=n_teachers,
        n_submissions=settings.n_submissions,
        confidence=settings.confidence,
    )


class _Resamples:
    """The history's teachers, resampled once, so that every way is judged on the same resamples."""

    def __init__(self, history: ReadingHistory, settings: PlanSettings) -> None:
        self.history, self.settings = history, settings
        _, self.owner = np.unique(history.teacher_ids, return_inverse=True)
        sizes = np.bincount(self.owner)
        self.n_teachers = len(sizes)
        drawn = np.random.default_rng(settings.seed).multinomial(
            self.n_teachers, np.full(self.n_teachers, 1 / self.n_teachers), size=settings.n_resamples
        )
        self.weights = np.concatenate([np.ones((1, self.n_teachers)), drawn])
        self.rows_drawn = self.weights @ sizes
        self.double = self.per_row(self.outcome("double", None).minutes)

    def outcome(self, way: Way, threshold: float | None) -> ReadingOutcome:
        settings = self.settings
        costs = ReadingCosts(settings.minutes_per_reading, settings.minutes_per_adjudication, settings.audit_share)
        return outcome_of(self.history, way, costs=costs, threshold=1.0 if threshold is None else threshold)

    def per_row(self, values: FloatArray) -> FloatArray:
        """Return the mean over rows, as observed and then resample by resample."""
        return self.weights @ np.bincount(self.owner, weights=values) / self.rows_drawn

    def row(self, way: Way, threshold: float | None) -> TradeRow:
        found = self.outcome(way, threshold)
        minutes = self.per_row(found.minutes)
        return TradeRow(
            way=way,
            min_probability=threshold,
            hours=self.span(minutes / 60),
            hours_saved=self.span((self.double - minutes) / 60),
            false_awards=self.errors(found.false_award),
            false_returns=self.errors(found.false_return),
        )

    def span(self, values: FloatArray) -> Span:
        tail = (1 - self.settings.confidence) / 2
        low, high = np.quantile(values[1:], [tail, 1 - tail])
        scale = self.settings.n_submissions
        return Span(value=float(values[0]) * scale, low=float(low) * scale, high=float(high) * scale)

    def errors(self, chances: FloatArray) -> Span:
        share = teacher_share(chances, teacher_ids=self.history.teacher_ids)
        ends = wilson_interval(share.value, share.n_effective, confidence=self.settings.confidence)
        value, low, high = (end * self.settings.n_submissions for end in (share.value, *ends))
        return Span(value=value, low=low, high=high)


def cheapest(rows: Sequence[TradeRow], *, max_false_awards: float) -> TradeRow | None:
    """Return the row with the fewest hours whose false awards are surely within bounds.

    Parameters
    ----------
    rows : sequence of TradeRow
        A plan's table, curve or both.
    max_false_awards : float
        For the submissions planned; held against the upper end of the interval.

    Returns
    -------
    TradeRow or None
        None if no way is that sure.

    Examples
    --------
    >>> cheapest([], max_false_awards=10) is None
    True
    """
    sure = [row for row in rows if row.false_awards.high <= max_false_awards]
    return min(sure, key=lambda row: row.hours.value) if sure else None
