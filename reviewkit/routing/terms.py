"""What a certificate shall promise, settled before the rows are looked at, and how many rows that takes."""

import itertools
from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field, field_validator

from reviewkit.records.base import Digest, Identifier, Probability, Record
from reviewkit.routing.proportion import SLACK, binomial_p_value
from reviewkit.routing.risks import Risk

DEFAULT_GRID = (0.999, 0.995, *(round(step / 100, 2) for step in range(99, -1, -1)))

Share = Annotated[float, Field(gt=0, lt=1)]


class CertificateTerms(Record):
    """What a certificate shall promise, and how it is tested. All of it is settled before the rows are looked at.

    Attributes
    ----------
    risk : str
        Which error is bounded; see :mod:`reviewkit.routing.risks`.
    level : float
        Share of errors among what stands, at most; above 0, below 1.
    confidence : float
        Probability, over the teachers drawn, that the promise holds.
    grid : tuple of float
        Thresholds to test, strictest (highest) first.
    first_threshold : float or None
        Where the test starts, found on rows that are not tested: :func:`starting_threshold`. None starts at the
        strictest threshold at which enough of the tested teachers stand for the test to be passed at all.
    seed : int
        Draws the one submission of a teacher that counts.

    Examples
    --------
    >>> CertificateTerms(risk="any-difference", level=0.05).confidence
    0.9
    """

    risk: Risk
    level: Share
    confidence: Share = 0.9
    grid: tuple[Probability, ...] = Field(default=DEFAULT_GRID, min_length=1)
    first_threshold: Probability | None = None
    seed: int = Field(default=0, ge=0)

    @field_validator("grid")
    @classmethod
    def _strictest_first(cls, grid: tuple[float, ...]) -> tuple[float, ...]:
        if any(later >= earlier for earlier, later in itertools.pairwise(grid)):
            raise ValueError("the grid does not fall from threshold to threshold; list the strictest first, each once")
        return grid


class CertificateSubject(Record):
    """What a certificate is about: the criterion (None: the award), and what must not change under it."""

    criterion_id: Identifier | None = None
    record_rule: str
    rubric_digest: Digest
    bundle_digest: Digest


def standing_needed(*, level: float, confidence: float, n_errors: int = 0) -> int:
    """Return how many standing rows it takes to promise ``level`` when ``n_errors`` of them are wrong.

    Parameters
    ----------
    level : float
        Promised share of errors, above 0 and below 1.
    confidence : float
        Above 0 and below 1.
    n_errors : int
        Errors among them.

    Returns
    -------
    int

    Examples
    --------
    >>> standing_needed(level=0.05, confidence=0.9), standing_needed(level=0.02, confidence=0.9)
    (45, 114)
    >>> standing_needed(level=0.05, confidence=0.9, n_errors=2)
    105
    """
    tail = 1 - confidence + SLACK
    low, high = n_errors, max(n_errors + 1, 1)
    while binomial_p_value(n_errors, high, level=level) > tail:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if binomial_p_value(n_errors, middle, level=level) <= tail else (middle, high)
    return high


def starting_threshold(
    other_confidence: ArrayLike, terms: CertificateTerms, *, n_teachers: int, chance: float = 0.8
) -> float:
    """Return where the test should start, by rows that are not tested and need no rating.

    Parameters
    ----------
    other_confidence : array-like of float, shape (n_other_rows,)
        The routing statistic on submissions of other teachers; below 0 where they never stand.
    terms : CertificateTerms
    n_teachers : int
        Teachers that will be tested.
    chance : float
        Chance of passing that is enough.

    Returns
    -------
    float
        The strictest threshold of the grid at which the test passes with the chance wanted, if suggestions are right
        as often as the statistic says; where there is none, the one with the best chance; the laxest where none has
        any.

    Examples
    --------
    Half of the submissions are sure, half are not: the start takes in all that are sure.

    >>> terms = CertificateTerms(risk="any-difference", level=0.05)
    >>> starting_threshold([0.99] * 50 + [0.8] * 50, terms, n_teachers=200)
    0.99
    """
    other = np.asarray(other_confidence, dtype=np.float64)
    chances = []
    for step in terms.grid:
        standing = other[other >= step]
        n_standing = int(n_teachers * len(standing) / max(1, len(other)))
        risk = float(1 - standing.mean()) if len(standing) else 1.0
        chances.append(_chance_of_passing(n_standing, risk=max(risk, SLACK), terms=terms))
    enough = (step for step, one in zip(terms.grid, chances, strict=True) if one >= chance)
    best = int(np.argmax(chances)) if any(chances) else -1
    return next(enough, terms.grid[best])


def _chance_of_passing(n_standing: int, *, risk: float, terms: CertificateTerms) -> float:
    """Return the chance that few enough of the standing rows are errors."""
    passes = binomial_p_value(range(n_standing + 1), [n_standing] * (n_standing + 1), level=terms.level)
    n_allowed = int(np.sum(passes <= 1 - terms.confidence + SLACK)) - 1
    return 0.0 if n_allowed < 0 else float(binomial_p_value(n_allowed, n_standing, level=risk))


def standing_to_expect(*, level: float, confidence: float, risk: float, chance: float = 0.8) -> int | None:
    """Return how many standing rows to plan for, if the suggestions are as good as hoped.

    Parameters
    ----------
    level, confidence : float
        The promise.
    risk : float
        Share of errors that one hopes for among what stands.
    chance : float
        Chance wanted that the promise can then be signed at one threshold.

    Returns
    -------
    int or None
        None if the hope is not below the promise: then no number of rows will do.

    Examples
    --------
    >>> standing_to_expect(level=0.05, confidence=0.9, risk=0.01)
    77
    >>> standing_to_expect(level=0.05, confidence=0.9, risk=0.05) is None
    True
    """
    if risk >= level:
        return None
    needed = (standing_needed(level=level, confidence=confidence, n_errors=n_errors) for n_errors in itertools.count())
    hoped = max(risk, SLACK)
    return next(
        n_rows
        for n_errors, n_rows in enumerate(needed)
        if float(binomial_p_value(n_errors, n_rows, level=hoped)) >= chance
    )
