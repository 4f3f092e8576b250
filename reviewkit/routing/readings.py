"""Ways to read: what each costs in minutes, and which awards it gets wrong, submission by submission."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reviewkit.checks import same_length
from reviewkit.routing.proportion import FloatArray
from reviewkit.routing.rated_rows import confidences, teachers_of
from reviewkit.routing.risks import BoolArray, truths

Way = Literal[
    "single",
    "double",
    "second-where-unsure",
    "machine-second",
    "pre-screen-then-single",
    "pre-screen-then-double",
]
"""``single``: one person reads. ``double``: two read, a third settles what they see differently.
``second-where-unsure``: a second person reads where the machine is unsure. ``machine-second``: one person reads, and
where the machine sees it differently a second person settles it. ``pre-screen-then-...``: the suggestion stands where
the machine is sure, but for the audits; people read the rest."""

THRESHOLD_WAYS: tuple[Way, ...] = ("second-where-unsure", "pre-screen-then-single", "pre-screen-then-double")
PLAIN_WAYS: tuple[Way, ...] = ("single", "double", "machine-second")


@dataclass(frozen=True)
class ReadingHistory:
    """Submissions that two people read and the machine scored; build it with :meth:`of`.

    Attributes
    ----------
    first, second : ndarray of bool, shape (n_submissions,)
        Whether each of two people would award, each blind.
    recorded : ndarray of bool, shape (n_submissions,)
        Whether the score of record awards.
    suggested : ndarray of bool, shape (n_submissions,)
        Whether the machine would.
    confidence : ndarray of float64, shape (n_submissions,)
        The routing statistic: the suggestion stands where it is at least the threshold.
    teacher_ids : ndarray of str, shape (n_submissions,)
    """

    first: BoolArray
    second: BoolArray
    recorded: BoolArray
    suggested: BoolArray
    confidence: FloatArray
    teacher_ids: NDArray[np.str_]

    @classmethod
    def of(
        cls,
        *,
        first: ArrayLike,
        second: ArrayLike,
        recorded: ArrayLike,
        suggested: ArrayLike,
        confidence: ArrayLike,
        teacher_ids: Iterable[Any],
    ) -> Self:
        """Check the columns and return the history; ShapeError if they do not pair or a cell is missing.

        Examples
        --------
        >>> history = ReadingHistory.of(
        ...     first=[1, 0], second=[1, 1], recorded=[1, 0], suggested=[1, 1], confidence=[0.9, 0.6], teacher_ids="ab"
        ... )
        >>> len(history.first)
        2
        """
        found = cls(
            truths(first, name="first"),
            truths(second, name="second"),
            truths(recorded, name="recorded"),
            truths(suggested, name="suggested"),
            confidences(confidence, name="confidence"),
            teachers_of(teacher_ids),
        )
        for name in ("second", "recorded", "suggested", "confidence", "teacher_ids"):
            same_length(found.first, getattr(found, name), names=("first", name))
        return found


@dataclass(frozen=True)
class ReadingCosts:
    """Minutes for a reading and for settling a difference, and the audit share of what stands."""

    reading: float
    adjudication: float
    audit_share: float


@dataclass(frozen=True)
class ReadingOutcome:
    """Minutes spent on each submission, and chance that it gets a false award or a false return."""

    minutes: FloatArray
    false_award: FloatArray
    false_return: FloatArray

    def mixed(self, other: Self, share: FloatArray) -> Self:
        """Return this outcome with chance ``share``, row by row, and the other otherwise."""
        return type(self)(
            share * self.minutes + (1 - share) * other.minutes,
            share * self.false_award + (1 - share) * other.false_award,
            share * self.false_return + (1 - share) * other.false_return,
        )


def outcome_of(history: ReadingHistory, way: Way, *, costs: ReadingCosts, threshold: float = 1.0) -> ReadingOutcome:
    """Play one way of reading over the history.

    Parameters
    ----------
    history : ReadingHistory
    way : str
        See :data:`Way`.
    costs : ReadingCosts
    threshold : float
        Confidence from which the machine counts as sure; only some ways ask.

    Returns
    -------
    ReadingOutcome

    Examples
    --------
    Two people differ on the second submission: two readings and an adjudication, which sets it right.

    >>> history = ReadingHistory.of(
    ...     first=[1, 1], second=[1, 0], recorded=[1, 0], suggested=[1, 1], confidence=[0.9, 0.6], teacher_ids="ab"
    ... )
    >>> costs = ReadingCosts(reading=20, adjudication=10, audit_share=0.1)
    >>> outcome_of(history, "double", costs=costs).minutes
    array([40., 50.])
    >>> outcome_of(history, "single", costs=costs).false_award
    array([0., 1.])
    """
    single = _decided(history, history.first, minutes=np.full(len(history.first), costs.reading))
    if way == "single":
        return single
    if way == "machine-second":
        return _settled(history, history.suggested, before=single, costs=costs)
    twice = ReadingOutcome(single.minutes + costs.reading, single.false_award, single.false_return)
    double = _settled(history, history.second, before=twice, costs=costs)
    if way == "double":
        return double
    unsure = (history.confidence < threshold).astype(np.float64)
    if way == "second-where-unsure":
        return double.mixed(single, unsure)
    machine = _decided(history, history.suggested, minutes=np.zeros(len(history.first)))
    standing = single.mixed(machine, np.full(len(history.first), costs.audit_share))
    return (single if way == "pre-screen-then-single" else double).mixed(standing, unsure)


def _decided(history: ReadingHistory, decision: BoolArray, *, minutes: FloatArray) -> ReadingOutcome:
    """Return what a decision gets wrong."""
    false_award = (decision & ~history.recorded).astype(np.float64)
    return ReadingOutcome(minutes.astype(np.float64), false_award, (~decision & history.recorded).astype(np.float64))


def _settled(
    history: ReadingHistory, other: BoolArray, *, before: ReadingOutcome, costs: ReadingCosts
) -> ReadingOutcome:
    """Return the outcome where the first rating is held against another, and differences are settled rightly."""
    differ = (history.first != other).astype(np.float64)
    return ReadingOutcome(
        before.minutes + differ * costs.adjudication,
        before.false_award * (1 - differ),
        before.false_return * (1 - differ),
    )
