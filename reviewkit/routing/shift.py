"""Have the texts changed? A two-sample test on their vectors, which needs no rating and no classifier."""

import math
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from reviewkit.checks import same_length
from reviewkit.errors import ShapeError
from reviewkit.records.base import Record
from reviewkit.routing.proportion import FloatArray
from reviewkit.routing.rated_rows import teachers_of

PERMUTATIONS_AT_ONCE = 256


class ShiftSettings(Record):
    """How the texts of two times are compared.

    Attributes
    ----------
    n_permutations : int
        The smallest p value is one over this number and one.
    max_teachers : int
        Drawn from each side where there are more: time and memory grow with its square.
    scale : str
        ``"none"`` for vectors of one kind, such as embeddings; ``"columns"`` divides each column by its standard
        deviation over both sides, for summaries in different units.
    seed : int

    Examples
    --------
    >>> ShiftSettings(n_permutations=99).max_teachers
    500
    """

    n_permutations: int = Field(default=999, ge=19, le=1_000_000)
    max_teachers: int = Field(default=500, ge=2, le=5000)
    scale: Literal["none", "columns"] = "none"
    seed: int = Field(default=0, ge=0)


class ShiftTest(Record):
    """Whether the texts of two times differ.

    Attributes
    ----------
    distance : float or None
        Energy distance as a share of the mean distance between the sides: 0 where they are alike, 1 where each side
        is a single point. None, with ``reason``, where there are too few teachers or all vectors are one.
    p_value : float or None
        Chance of so large a distance if teachers had been dealt to the two sides at random.
    n_reference, n_current : int
        Teachers compared.
    n_permutations : int

    Examples
    --------
    >>> found = ShiftTest(distance=0.02, p_value=0.31, n_reference=80, n_current=60, n_permutations=999)
    >>> found.p_value < 0.05
    False
    """

    distance: float | None
    p_value: float | None
    n_reference: int
    n_current: int
    n_permutations: int
    reason: str | None = None


def text_shift(
    reference: ArrayLike,
    current: ArrayLike,
    *,
    reference_teachers: Iterable[Any] | None = None,
    current_teachers: Iterable[Any] | None = None,
    settings: ShiftSettings | None = None,
) -> ShiftTest:
    """Test whether today's texts come from the population that the certificate was drawn from.

    Parameters
    ----------
    reference : array-like of float, shape (n_reference_texts, n_dimensions)
        Vectors of the texts that the certificate's rows came from.
    current : array-like of float, shape (n_current_texts, n_dimensions)
        Vectors of today's texts.
    reference_teachers, current_teachers : iterable, optional
        Whose each text is: one random text of each teacher is compared. Left out, each text is a teacher's only one.
        Leave out of ``current`` the teachers of ``reference``, or the sides look more alike than they are.
    settings : ShiftSettings, optional

    Returns
    -------
    ShiftTest

    Raises
    ------
    ShapeError
        If the sides differ in dimensions, a vector holds no number, or texts and teachers do not pair.

    Notes
    -----
    Energy distance (Székely and Rizzo 2013, Journal of Statistical Planning and Inference 143, 1249-1272), with a
    permutation p value that counts the data as one of the permutations (Phipson and Smyth 2010, Statistical
    Applications in Genetics and Molecular Biology 9, 39): exact whatever the vectors are. It holds for one look; with
    looks time and again, at the k-th ask for p below 0.05 / (k (k + 1)). A shift says that the promise was made
    for other texts, not that it is broken: that is for the audits to say.

    Examples
    --------
    >>> generator = np.random.default_rng(1)
    >>> then, now = generator.normal(size=(80, 4)), generator.normal(size=(60, 4))
    >>> text_shift(then, now).p_value > 0.05, text_shift(then, now + 1).p_value
    (True, 0.001)
    """
    chosen = ShiftSettings() if settings is None else settings
    generator = np.random.default_rng(chosen.seed)
    sides = [
        _one_text_each(reference, reference_teachers, name="reference", generator=generator),
        _one_text_each(current, current_teachers, name="current", generator=generator),
    ]
    if sides[0].shape[1] != sides[1].shape[1]:
        raise ShapeError(
            f"reference has {sides[0].shape[1]} dimensions and current has {sides[1].shape[1]}; "
            "pass vectors of one encoder."
        )
    drawn = [generator.permutation(side)[: chosen.max_teachers] for side in sides]
    n_first, n_second = len(drawn[0]), len(drawn[1])
    if min(n_first, n_second) < 2:
        return no_test(n_first, n_second, reason="fewer than two teachers on a side")
    distances = _distances(np.concatenate(drawn), scale=chosen.scale)
    between = float(distances[:n_first, n_first:].mean())
    if between == 0:
        return no_test(n_first, n_second, reason="every vector is the same")
    observed, dealt = _energies(distances, n_first=n_first, n_deals=chosen.n_permutations, generator=generator)
    as_large = int(np.sum(dealt >= observed - 1e-9 * between))
    return ShiftTest(
        distance=max(0.0, observed / (2 * between)),
        p_value=(1 + as_large) / (1 + chosen.n_permutations),
        n_reference=n_first,
        n_current=n_second,
        n_permutations=chosen.n_permutations,
    )


def no_test(n_reference: int, n_current: int, *, reason: str) -> ShiftTest:
    """Say why there is no test."""
    counts = {"n_reference": n_reference, "n_current": n_current, "n_permutations": 0}
    return ShiftTest(distance=None, p_value=None, reason=reason, **counts)


def _one_text_each(
    vectors: ArrayLike, teacher_ids: Iterable[Any] | None, *, name: str, generator: np.random.Generator
) -> FloatArray:
    """Return one random text of each teacher, or every text where no teachers are named."""
    array = np.asarray(vectors, dtype=np.float64)
    if array.ndim != 2:
        raise ShapeError(f"{name} has {array.ndim} dimensions, but a row a text is needed; pass a matrix of vectors.")
    if not np.all(np.isfinite(array)):
        at = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise ShapeError(f"{name}[{at}] holds a value that is no number; leave that text out.")
    if teacher_ids is None:
        return array
    teachers = teachers_of(teacher_ids)
    same_length(array, teachers, names=(name, f"{name}_teachers"))
    order = generator.permutation(len(array))
    _, first = np.unique(teachers[order], return_index=True)
    return array[np.sort(order[first])]


def _distances(rows: FloatArray, *, scale: str) -> FloatArray:
    """Return the Euclidean distance of each row to each other, shape (n_rows, n_rows)."""
    if scale == "columns":
        spread = rows.std(axis=0)
        rows = rows / np.where(spread > 0, spread, 1.0)
    rows = rows - rows.mean(axis=0)
    squares = (rows * rows).sum(axis=1)
    distances = np.sqrt(np.maximum(squares[:, None] + squares[None, :] - 2 * rows @ rows.T, 0.0))
    largest = float(distances.max(initial=0.0))
    distances[distances < 1e-7 * max(largest, math.sqrt(float(squares.max(initial=0.0))))] = 0.0
    np.fill_diagonal(distances, 0.0)
    return np.asarray(distances)


def _energies(
    distances: FloatArray, *, n_first: int, n_deals: int, generator: np.random.Generator
) -> tuple[float, FloatArray]:
    """Return the energy distance of the sides as they are, and of sides dealt at random, shape (n_deals,)."""
    n_rows = len(distances)
    signs = np.where(np.arange(n_rows) < n_first, 1 / n_first, -1 / (n_rows - n_first))
    observed = -float(signs @ distances @ signs)
    dealt = []
    for begin in range(0, n_deals, PERMUTATIONS_AT_ONCE):
        n_now = min(PERMUTATIONS_AT_ONCE, n_deals - begin)
        deals = generator.permuted(np.tile(signs, (n_now, 1)), axis=1)
        dealt.append(-np.einsum("ij,ij->i", deals @ distances, deals))
    return observed, np.concatenate(dealt)
