"""The rows that a promise is tested on: how sure the machine was, whether it was wrong, and whose work it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reviewkit.checks import same_length
from reviewkit.errors import SettingsError, ShapeError
from reviewkit.routing.proportion import FloatArray, IntArray
from reviewkit.routing.risks import BoolArray, truths


@dataclass(frozen=True)
class RatedRows:
    """Rated submissions as the routing sees them; build them with :meth:`of` or :meth:`from_audits`.

    Attributes
    ----------
    confidence : ndarray of float64, shape (n_rows,)
        The routing statistic: a suggestion stands where it is at least the threshold. The very number that the policy
        compares with its ``min_probability``; -1 where another reason sends the submission to review.
    error : ndarray of bool, shape (n_rows,)
        Whether the suggestion is the error that the risk counts.
    teacher_ids : ndarray of str, shape (n_rows,)
    drawn_at : float or None
        Threshold of the policy that drew the rows for its audit; None where they were rated whatever their route.
    """

    confidence: FloatArray
    error: BoolArray
    teacher_ids: NDArray[np.str_]
    drawn_at: float | None = None

    @classmethod
    def of(
        cls,
        *,
        confidence: ArrayLike,
        error: ArrayLike,
        teacher_ids: Iterable[Any],
        held: ArrayLike | None = None,
    ) -> Self:
        """Return rows that were rated whatever the machine said of them.

        Parameters
        ----------
        confidence : array-like of float, shape (n_rows,)
            0 to 1.
        error : array-like of bool, shape (n_rows,)
        teacher_ids : iterable, length n_rows
        held : array-like of bool, shape (n_rows,), optional
            Whether something else than the threshold sends the row to review: a finding, a borderline set, a cold
            score. Such a row counts among the rows and never stands, so that the promise is about the policy as it is.

        Returns
        -------
        RatedRows

        Raises
        ------
        ShapeError
            If the rows do not pair, a confidence lies outside 0 to 1, or a teacher is missing.

        Examples
        --------
        >>> RatedRows.of(confidence=[1.2], error=[False], teacher_ids=["t1"])
        Traceback (most recent call last):
        reviewkit.errors.ShapeError: confidence[0] is 1.2, but it lies from 0 to 1; pass the probability that the
        policy compares with its threshold.
        """
        sure = confidences(confidence, name="confidence")
        errors, teachers = truths(error, name="error"), teachers_of(teacher_ids)
        same_length(sure, errors, names=("confidence", "error"))
        same_length(sure, teachers, names=("confidence", "teacher_ids"))
        if held is not None:
            back = truths(held, name="held")
            same_length(sure, back, names=("confidence", "held"))
            sure = np.where(back, -1.0, sure)
        return cls(sure, errors, teachers)

    @classmethod
    def from_audits(
        cls,
        *,
        confidence: ArrayLike,
        error: ArrayLike,
        teacher_ids: Iterable[Any],
        blind: ArrayLike,
        audited: ArrayLike,
        drawn_at: float,
    ) -> Self:
        """Return the rows of a ledger that a promise may rest on: blind audit draws of what stood.

        Parameters
        ----------
        confidence, error, teacher_ids
            As in :meth:`of`.
        blind : array-like of bool, shape (n_rows,)
            The rating was stored before its rater could see the suggestion.
        audited : array-like of bool, shape (n_rows,)
            The row was drawn by the audit, and nothing else sent it to review.
        drawn_at : float
            Threshold of the policy in force when the audit drew. Below it nothing was drawn by chance alone, so rows
            below are left out and only thresholds at or above can be certified. With several policies, the strictest.

        Returns
        -------
        RatedRows

        Raises
        ------
        ShapeError
            As in :meth:`of`.
        SettingsError
            If ``drawn_at`` lies outside 0 to 1.

        Examples
        --------
        >>> rows = RatedRows.from_audits(
        ...     confidence=[0.95, 0.95, 0.95, 0.80],
        ...     error=[False, True, False, True],
        ...     teacher_ids=["t1", "t2", "t3", "t4"],
        ...     blind=[True, False, True, True],
        ...     audited=[True, True, False, True],
        ...     drawn_at=0.9,
        ... )
        >>> rows.teacher_ids.tolist()
        ['t1']
        """
        if not 0 <= drawn_at <= 1:
            raise SettingsError(
                f"drawn_at is {drawn_at:g}, but it lies from 0 to 1; pass the drawing policy's threshold."
            )
        rows = cls.of(confidence=confidence, error=error, teacher_ids=teacher_ids)
        seen, drawn = truths(blind, name="blind"), truths(audited, name="audited")
        same_length(rows.confidence, seen, names=("confidence", "blind"))
        same_length(rows.confidence, drawn, names=("confidence", "audited"))
        kept = rows.only(seen & drawn & (rows.confidence >= drawn_at))
        return cls(kept.confidence, kept.error, kept.teacher_ids, drawn_at)

    def only(self, chosen: BoolArray | Sequence[bool]) -> Self:
        """Return the chosen rows."""
        kept = np.asarray(chosen, dtype=np.bool_)
        return type(self)(self.confidence[kept], self.error[kept], self.teacher_ids[kept], self.drawn_at)

    def one_per_teacher(self, *, seed: int) -> Self:
        """Return one random row of each teacher: rows of one teacher resemble one another and count once."""
        order = np.random.default_rng(seed).permutation(len(self.confidence))
        _, first = np.unique(self.teacher_ids[order], return_index=True)
        chosen = np.zeros(len(order), dtype=np.bool_)
        chosen[order[first]] = True
        return self.only(chosen)

    def standing_at(self, thresholds: Sequence[float]) -> tuple[IntArray, IntArray]:
        """Return how many rows stand at each threshold, and how many of those are errors."""
        order = np.argsort(-self.confidence, kind="stable")
        n_standing = np.searchsorted(-self.confidence[order], -np.asarray(thresholds, dtype=np.float64), side="right")
        n_errors = np.concatenate([[0], np.cumsum(self.error[order])])[n_standing]
        return n_standing.astype(np.int64), n_errors.astype(np.int64)


def confidences(values: ArrayLike, *, name: str) -> FloatArray:
    """Return ``values`` as numbers from 0 to 1, or say which of them is none.

    Examples
    --------
    >>> confidences([0.5, float("nan")], name="confidence")
    Traceback (most recent call last):
    reviewkit.errors.ShapeError: confidence[1] is nan, but it lies from 0 to 1; pass the probability that the policy
    compares with its threshold.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ShapeError(f"{name} has {array.ndim} dimensions, but a row has one number; pass a flat list.")
    wrong = np.flatnonzero(~((array >= 0) & (array <= 1)))
    if wrong.size:
        raise ShapeError(
            f"{name}[{wrong[0]}] is {array[wrong[0]]:g}, but it lies from 0 to 1; "
            "pass the probability that the policy compares with its threshold."
        )
    return array


def teachers_of(teacher_ids: Iterable[Any]) -> NDArray[np.str_]:
    """Return teacher ids as texts, or say which is missing.

    Examples
    --------
    >>> teachers_of(["t1", None])
    Traceback (most recent call last):
    reviewkit.errors.ShapeError: teacher_ids[1] is None, but the teacher is the unit of every promise; name each one.
    """
    names = list(teacher_ids)
    for at, name in enumerate(names):
        if name is None or str(name) in {"", "nan"}:
            raise ShapeError(
                f"teacher_ids[{at}] is {name!r}, but the teacher is the unit of every promise; name each one."
            )
    return np.asarray([str(name) for name in names], dtype=np.str_)
