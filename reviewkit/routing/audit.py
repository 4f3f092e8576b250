"""The audit draw, and what audits say of the suggestions that stand and of the whole stream."""

import hashlib
import hmac
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict

from reviewkit.agreement.proportion import wilson_interval
from reviewkit.checks import same_length
from reviewkit.errors import SettingsError, ShapeError
from reviewkit.records.base import Record
from reviewkit.routing.proportion import FloatArray, teacher_share
from reviewkit.routing.rated_rows import teachers_of
from reviewkit.routing.risks import truths


def _prefixed(text: str) -> bytes:
    """Return the text's bytes after their own length, so that two joined texts never read as two others."""
    raw = text.encode("utf-8", "surrogatepass")
    return len(raw).to_bytes(8, "big") + raw


def audit_draw(seed: int | str, submission_id: str, attempt: int) -> float:
    """Return the number from 0 up to 1 that decides whether this attempt is audited.

    HMAC-SHA-256 of the submission and the attempt, keyed by the seed: without the seed nobody can tell who is drawn;
    with it anybody can draw again and find the same. Uniform over submissions, and the same on every machine.

    Parameters
    ----------
    seed : int or str
        Key of the draw; ``7`` and ``"7"`` are one key. Keep it from those whose work is drawn.
    submission_id : str
        Any text.
    attempt : int
        1 for the first hand-in.

    Returns
    -------
    float
        At least 0, below 1, in steps of 2**-53.

    Examples
    --------
    >>> audit_draw(7, "s1", 1) == audit_draw("7", "s1", 1)
    True
    >>> audit_draw(7, "s1", 1) == audit_draw(7, "s1", 2)
    False
    """
    message = _prefixed("reviewkit audit 1") + _prefixed(submission_id) + _prefixed(str(int(attempt)))
    digest = hmac.new(str(seed).encode("utf-8", "surrogatepass"), message, hashlib.sha256).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) * 2.0**-53


def is_audited(seed: int | str, submission_id: str, attempt: int, *, share: float) -> bool:
    """Say whether this attempt is drawn for the audit: a person rates it blind although its suggestion stands.

    Parameters
    ----------
    seed : int or str
        Key of the draw.
    submission_id : str
        Any text.
    attempt : int
        1 for the first hand-in.
    share : float
        Share of submissions to draw, 0 to 1. A larger share draws all that a smaller one draws, and more.

    Returns
    -------
    bool
        Never true at share 0, always at share 1.

    Raises
    ------
    SettingsError
        If the share lies outside 0 to 1.

    Examples
    --------
    >>> is_audited(7, "s1", 1, share=1.0), is_audited(7, "s1", 1, share=0.0)
    (True, False)
    >>> sum(is_audited(7, f"s{number}", 1, share=0.1) for number in range(10_000))
    989
    """
    if not 0 <= share <= 1:
        raise SettingsError(f"the audit share is {share:g}, but a share lies from 0 to 1; 0.1 audits one in ten.")
    return audit_draw(seed, submission_id, attempt) < share


class AuditEstimate(Record):
    """A share estimated from what people looked at. Undefined numbers are ``nan`` here and null in JSON.

    Attributes
    ----------
    value : float
        Share of suggestions that agree with the blind ratings.
    low, high : float
        Wilson's interval with ``n_effective`` rows.
    confidence : float
    n_ratings, n_teachers : int
        Rows looked at, and whose they are.
    n_effective : float
        Independent rows of equal weight that would tell as much.
    reason : str or None
        Why there is no value.
    """

    model_config = ConfigDict(allow_inf_nan=True)

    value: float
    low: float
    high: float
    confidence: float
    n_ratings: int
    n_teachers: int
    n_effective: float
    reason: str | None = None


def stream_agreement(
    agreed: ArrayLike,
    review_probability: ArrayLike,
    *,
    teacher_ids: Iterable[Any],
    confidence: float = 0.95,
) -> AuditEstimate:
    """Estimate over the whole stream, looked at or not, how often suggestion and blind rating agree.

    A submission that had one chance in ten of being looked at speaks for ten. Without the weights the estimate would
    be of the hard cases, for those are the ones that people look at.

    Parameters
    ----------
    agreed : array-like of bool, shape (n_rated,)
        Of every blind rating, whether the suggestion agreed with it.
    review_probability : array-like of float, shape (n_rated,)
        Chance that a person would look, as the decision recorded it; above 0, at most 1.
    teacher_ids : iterable, length n_rated
    confidence : float
        Of the interval; above 0, below 1.

    Returns
    -------
    AuditEstimate
        Without a value where nothing was rated.

    Raises
    ------
    ShapeError
        If the rows do not pair, or a chance lies outside 0 to 1 or is 0: what had no chance of being looked at cannot
        have been.

    Notes
    -----
    Hajek estimate: the weighted mean with weights one over the chance. Submissions with review probability 0 are
    beyond its reach: keep an audit share above 0.

    Examples
    --------
    Two of four reviewed cases agree; the one audit agrees and speaks for ten.

    >>> chances = [1, 1, 1, 1, 0.1]
    >>> found = stream_agreement([True, True, False, False, True], chances, teacher_ids=range(5))
    >>> round(found.value, 4), found.n_ratings
    (0.8571, 5)
    """
    chances = _chances(review_probability)
    return _estimate(agreed, 1 / chances, teacher_ids=teacher_ids, confidence=confidence)


def standing_agreement(agreed: ArrayLike, *, teacher_ids: Iterable[Any], confidence: float = 0.95) -> AuditEstimate:
    """Estimate how often the suggestions that stand agree with blind ratings, from audits alone.

    Parameters
    ----------
    agreed : array-like of bool, shape (n_audits,)
        Of every blind audit of a suggestion that would have stood, whether it agreed. Audits that another reason sent
        to review, too, do not belong here.
    teacher_ids : iterable, length n_audits
    confidence : float

    Returns
    -------
    AuditEstimate

    Examples
    --------
    >>> standing_agreement([True] * 19 + [False], teacher_ids=range(20)).value
    0.95
    >>> standing_agreement([], teacher_ids=[]).reason
    'nothing was rated blind'
    """
    return _estimate(agreed, None, teacher_ids=teacher_ids, confidence=confidence)


def _chances(review_probability: ArrayLike) -> FloatArray:
    chances = np.asarray(review_probability, dtype=np.float64)
    wrong = np.flatnonzero(~((chances > 0) & (chances <= 1)))
    if wrong.size:
        raise ShapeError(
            f"review_probability[{wrong[0]}] is {chances[wrong[0]]:g}, but what was looked at had a chance above 0 and "
            "at most 1; pass the review_probability that the decision recorded."
        )
    return chances


def _estimate(
    agreed: ArrayLike, weights: FloatArray | None, *, teacher_ids: Iterable[Any], confidence: float
) -> AuditEstimate:
    hits, teachers = truths(agreed, name="agreed"), teachers_of(teacher_ids)
    same_length(hits, teachers, names=("agreed", "teacher_ids"))
    if weights is not None:
        same_length(hits, weights, names=("agreed", "review_probability"))
    share = teacher_share(hits, teacher_ids=teachers, weights=weights)
    low, high = wilson_interval(share.value, share.n_effective, confidence=confidence)
    return AuditEstimate(
        value=share.value,
        low=low,
        high=high,
        confidence=confidence,
        n_ratings=share.n_rows,
        n_teachers=share.n_teachers,
        n_effective=share.n_effective,
        reason="nothing was rated blind" if math.isnan(share.value) else None,
    )
