"""Ratings in long form as arrays: who rated what on which criterion, and whether it all hangs together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from reviewkit.agreement.table import RatingTable
from reviewkit.errors import DesignError, RatingsError
from reviewkit.records.rating import Rating

IntArray = NDArray[np.intp]
FloatArray = NDArray[np.float64]

SHOWN = 5
ISLANDS_SHOWN = 10


@dataclass(frozen=True)
class RatingDesign:
    """Ratings as parallel arrays, one row a rating, sorted by submission.

    Attributes
    ----------
    submission_ids, criterion_ids, rater_ids : tuple of str
        The names, sorted; the index arrays point into them.
    submission, criterion, rater : ndarray of int, shape (n_ratings,)
        Index of each rating's submission, criterion and rater.
    level : ndarray of float64, shape (n_ratings,)
        The rubric's own level numbers.
    rated_at : ndarray of float64, shape (n_ratings,)
        Seconds since 1970 (UTC); ``nan`` where the rating has no time.

    Examples
    --------
    >>> design = rating_design([
    ...     Rating(submission_id=one, criterion_id="taught", rater_id="r1", level=level)
    ...     for one, level in (("s1", 3), ("s2", 1))])
    >>> design.n_ratings, design.select(design.level > 1).submission_ids
    (2, ('s1',))
    """

    submission_ids: tuple[str, ...]
    criterion_ids: tuple[str, ...]
    rater_ids: tuple[str, ...]
    submission: IntArray
    criterion: IntArray
    rater: IntArray
    level: FloatArray
    rated_at: FloatArray

    @property
    def n_ratings(self) -> int:
        """Number of ratings."""
        return len(self.level)

    def select(self, rows: NDArray[np.bool_]) -> "RatingDesign":
        """Keep the rows where ``rows`` is true, and only the names that they use."""
        submission_ids, submission = _still_used(self.submission_ids, self.submission[rows])
        criterion_ids, criterion = _still_used(self.criterion_ids, self.criterion[rows])
        rater_ids, rater = _still_used(self.rater_ids, self.rater[rows])
        return RatingDesign(
            submission_ids,
            criterion_ids,
            rater_ids,
            submission,
            criterion,
            rater,
            self.level[rows],
            self.rated_at[rows],
        )


def design_of_tables(tables: Mapping[str, RatingTable]) -> RatingDesign:
    """Lay tables out in long form, so that files and data frames of any form reach the models.

    Parameters
    ----------
    tables : mapping of str to RatingTable
        One a criterion, as ``read_tables``, ``tables_of_frame`` and ``tables_of_ratings`` return them. They hold no
        times, so there is no drift to see.

    Returns
    -------
    RatingDesign

    Raises
    ------
    RatingsError
        If a table has lost who gave which level, or no rating is left.

    Examples
    --------
    >>> from reviewkit.agreement.table import table_of_array
    >>> design = design_of_tables({"taught": table_of_array([[1, 2], [3, None]])})
    >>> design.n_ratings, design.submission_ids, design.rater_ids
    (3, ('u1', 'u2'), ('r1', 'r2'))
    """
    anonymous = [name for name, table in tables.items() if not table.raters_known]
    if anonymous:
        raise RatingsError(
            f"table {anonymous[0]!r} holds counts, but a model of raters must know who gave which level."
        )
    rows = [
        (table.unit_ids[unit], criterion, table.rater_ids[rater], float(table.values[unit, rater]))
        for criterion, table in tables.items()
        for unit, rater in np.argwhere(~np.isnan(table.values))
    ]
    if not rows:
        raise RatingsError(f"{len(tables)} tables were given, and none holds a rating; give one rating or more.")
    submissions, criteria, raters, levels = zip(*sorted(rows), strict=True)
    submission_ids, submission = _indexed(submissions)
    criterion_ids, criterion = _indexed(criteria)
    rater_ids, rater = _indexed(raters)
    times = np.full(len(levels), np.nan)
    return RatingDesign(submission_ids, criterion_ids, rater_ids, submission, criterion, rater, np.array(levels), times)


def rating_design(ratings: "Iterable[Rating] | RatingDesign", *, blind_only: bool = True) -> RatingDesign:
    """Lay ratings out as arrays.

    Adjudications, constructed levels and ratings without a level (not scorable) are left out; so are ratings
    that were not blind, unless asked for.

    Parameters
    ----------
    ratings : iterable of Rating, or RatingDesign
        In any order. A design is returned as it is.
    blind_only : bool, default True
        Leave out ratings by people who had seen the machine's score.

    Returns
    -------
    RatingDesign

    Raises
    ------
    RatingsError
        If no rating is left, or one rater rated one submission twice on one criterion.

    Examples
    --------
    >>> design = rating_design([
    ...     Rating(submission_id="s1", criterion_id="taught", rater_id="r1", level=3),
    ...     Rating(submission_id="s1", criterion_id="taught", rater_id="r2", level=2)])
    >>> design.rater_ids, design.level
    (('r1', 'r2'), array([3., 2.]))
    """
    if isinstance(ratings, RatingDesign):
        return ratings
    every = tuple(ratings)
    kept = sorted(
        (one for one in every if one.role == "rating" and one.level is not None and (one.blind or not blind_only)),
        key=lambda one: (one.submission_id, one.criterion_id, one.rater_id),
    )
    if not kept:
        raise RatingsError(
            f"{len(every)} ratings were given, and none of them counts; at least one must have role 'rating', a level"
            + (" and blind = true (or pass blind_only=False)." if blind_only else ".")
        )
    _refuse_duplicates(kept)
    submission_ids, submission = _indexed([one.submission_id for one in kept])
    criterion_ids, criterion = _indexed([one.criterion_id for one in kept])
    rater_ids, rater = _indexed([one.rater_id for one in kept])
    level = np.array([one.level for one in kept], dtype=np.float64)
    rated_at = np.array([np.nan if one.rated_at is None else one.rated_at.timestamp() for one in kept])
    return RatingDesign(submission_ids, criterion_ids, rater_ids, submission, criterion, rater, level, rated_at)


def _still_used(names: tuple[str, ...], index: IntArray) -> tuple[tuple[str, ...], IntArray]:
    used, renumbered = np.unique(index, return_inverse=True)
    return tuple(names[at] for at in used), renumbered.astype(np.intp)


def _indexed(names: Sequence[str]) -> tuple[tuple[str, ...], IntArray]:
    unique, index = np.unique(np.array(names, dtype=object), return_inverse=True)
    return tuple(str(one) for one in unique), index.astype(np.intp)


def _refuse_duplicates(kept: Sequence[Rating]) -> None:
    keys = [(one.submission_id, one.criterion_id, one.rater_id) for one in kept]
    twice = sorted({second for first, second in pairwise(keys) if first == second})
    if twice:
        raise RatingsError(
            f"{len(twice)} ratings stand more than once, but a rater rates a submission once on a criterion; keep one:",
            faults=[
                f"submission {submission!r}, criterion {criterion!r}, rater {rater!r}"
                for submission, criterion, rater in twice[: 4 * SHOWN]
            ],
        )


def islands(left: IntArray, right: IntArray, *, n_left: int, n_right: int) -> list[tuple[IntArray, IntArray]]:
    """Split a two-sided design into the parts that no rating connects.

    Parameters
    ----------
    left, right : ndarray of int, shape (n_ratings,)
        The two ends of each rating, such as its submission and its rater.
    n_left, n_right : int
        Names on each side; one that no rating touches belongs to no island.

    Returns
    -------
    list of (ndarray, ndarray)
        Indices on the left and on the right of each island, the island with most on the left first.

    Examples
    --------
    Raters 0 and 1 share submission 1; rater 2 stands alone.

    >>> parts = islands(np.array([0, 1, 1, 2]), np.array([0, 0, 1, 2]), n_left=3, n_right=3)
    >>> [(a.tolist(), b.tolist()) for a, b in parts]
    [([0, 1], [0, 1]), ([2], [2])]
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    size = n_left + n_right
    edges = coo_matrix((np.ones(len(left)), (left, right + n_left)), shape=(size, size))
    _, island = connected_components(edges, directed=False)
    touched = np.zeros(size, dtype=bool)
    touched[left] = True
    touched[right + n_left] = True
    found = []
    for one in np.unique(island[touched]):
        nodes = np.flatnonzero(island == one)
        found.append((nodes[nodes < n_left], nodes[nodes >= n_left] - n_left))
    return sorted(found, key=lambda part: (-len(part[0]), part[0].tolist()))


def check_connected(design: RatingDesign) -> None:
    """Raise DesignError, naming the islands, unless every two facets of a design are connected.

    Raters who share no submission, not even through others, cannot be told from the submissions that they rated;
    nor can criteria from their raters, nor submissions from the criteria they were rated on.

    Raises
    ------
    DesignError

    Examples
    --------
    >>> check_connected(rating_design([
    ...     Rating(submission_id="s1", criterion_id="taught", rater_id="r1", level=3),
    ...     Rating(submission_id="s2", criterion_id="taught", rater_id="r2", level=2)]))
    Traceback (most recent call last):
    reviewkit.errors.DesignError: raters and submissions fall into 2 islands ...
    """
    sides = {
        "raters": (design.rater, design.rater_ids),
        "submissions": (design.submission, design.submission_ids),
        "criteria": (design.criterion, design.criterion_ids),
    }
    for first, second in (("raters", "submissions"), ("raters", "criteria"), ("criteria", "submissions")):
        left, left_ids = sides[first]
        right, right_ids = sides[second]
        parts = islands(left, right, n_left=len(left_ids), n_right=len(right_ids))
        if len(parts) > 1:
            named = "\n".join(
                f"  island {number}: {first} {_some(left_ids, part[0])}; {second} {_some(right_ids, part[1])}"
                for number, part in enumerate(parts[:ISLANDS_SHOWN], start=1)
            )
            raise DesignError(
                f"{first} and {second} fall into {len(parts)} islands that no rating connects, so that what differs "
                f"between islands may be the {first} or the {second}; add ratings across islands, or analyse each "
                f"island alone:\n{named}"
            )


def _some(names: tuple[str, ...], index: IntArray) -> str:
    shown = ", ".join(names[at] for at in index[:SHOWN])
    return shown if len(index) <= SHOWN else f"{shown} and {len(index) - SHOWN} more"
