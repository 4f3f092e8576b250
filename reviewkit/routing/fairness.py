"""Fair routing: whom the routing sends to review, and how often what stands is wrong, group by group."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict, Field

from reviewkit.agreement.proportion import wilson_interval
from reviewkit.checks import same_length
from reviewkit.errors import ShapeError
from reviewkit.records.base import Record
from reviewkit.routing.proportion import teacher_share
from reviewkit.routing.rated_rows import teachers_of
from reviewkit.routing.risks import BoolArray, truths
from reviewkit.routing.terms import Share


class FairnessSettings(Record):
    """How groups are compared.

    Attributes
    ----------
    confidence : float
        Of each interval, taken alone.
    small_cell : int
        A share over fewer teachers than this is marked: its interval is wide and it may point at persons.
    """

    confidence: Share = 0.95
    small_cell: int = Field(default=20, ge=1)


class GroupShare(Record):
    """A share in one group. Undefined numbers are ``nan`` here and null in JSON.

    Attributes
    ----------
    value, low, high : float
        The share and Wilson's interval, with as many rows as the group's teachers are worth.
    n_rows, n_teachers : int
    small : bool
        Fewer teachers than the settings ask for: read nothing into it.
    """

    model_config = ConfigDict(allow_inf_nan=True)

    value: float
    low: float
    high: float
    n_rows: int
    n_teachers: int
    small: bool


class GroupRouting(Record):
    """How the routing treats one group.

    Attributes
    ----------
    group : str
    review : GroupShare
        Share of the group's submissions that goes to review.
    error : GroupShare
        Share of the group's standing suggestions that are wrong, of those that were rated.
    review_gap, error_gap : float
        The group's share less that of all others together; ``nan`` where there are none.

    Examples
    --------
    >>> north, south = group_routing([True, False], [False, None], groups=["North", "South"], teacher_ids=["t1", "t2"])
    >>> north.review.value, south.review.value, north.review_gap
    (0.0, 1.0, -1.0)
    """

    model_config = ConfigDict(allow_inf_nan=True)

    group: str
    review: GroupShare
    error: GroupShare
    review_gap: float
    error_gap: float


def group_routing(
    stands: ArrayLike,
    error: Sequence[bool | None] | ArrayLike,
    *,
    groups: Sequence[str],
    teacher_ids: Iterable[Any],
    settings: FairnessSettings | None = None,
) -> tuple[GroupRouting, ...]:
    """Set groups side by side: share sent to review, and error of what stands.

    Parameters
    ----------
    stands : array-like of bool, shape (n_submissions,)
        Whether the suggestion stands without a second look.
    error : sequence of bool or None, length n_submissions
        Whether the suggestion is wrong; None where nobody rated it blind. Only rows that stand are read. They must
        have been rated whatever was suggested, or drawn by the audit alone.
    groups : sequence of str, length n_submissions
        An empty text is a group of its own: those who told none.
    teacher_ids : iterable, length n_submissions
    settings : FairnessSettings, optional

    Returns
    -------
    tuple of GroupRouting
        One a group, sorted by its name.

    Raises
    ------
    ShapeError
        If the rows do not pair.

    Examples
    --------
    >>> found = group_routing(
    ...     [True, True, False, True], [False, None, None, True], groups=["a", "a", "a", "b"], teacher_ids=range(4)
    ... )
    >>> [(one.group, round(one.review.value, 4), one.error.value, one.error.n_rows) for one in found]
    [('a', 0.3333, 0.0, 1), ('b', 0.0, 1.0, 1)]
    """
    chosen = FairnessSettings() if settings is None else settings
    standing, names = truths(stands, name="stands"), np.asarray(list(groups), dtype=np.str_)
    teachers = teachers_of(teacher_ids)
    same_length(standing, names, names=("stands", "groups"))
    same_length(standing, teachers, names=("stands", "teacher_ids"))
    wrong, rated = _rated(error, n_rows=len(standing))
    measures = ((~standing, np.ones(len(standing), dtype=np.bool_)), (wrong, rated & standing))
    found = []
    for name in sorted(set(names.tolist())):
        inside = names == name
        shares = [_share(hits, teachers, kept & inside, settings=chosen) for hits, kept in measures]
        others = [_share(hits, teachers, kept & ~inside, settings=chosen).value for hits, kept in measures]
        found.append(
            GroupRouting(
                group=name,
                review=shares[0],
                error=shares[1],
                review_gap=shares[0].value - others[0],
                error_gap=shares[1].value - others[1],
            )
        )
    return tuple(found)


def _rated(error: Sequence[bool | None] | ArrayLike, *, n_rows: int) -> tuple[BoolArray, BoolArray]:
    """Return which rows are wrong and which were rated at all."""
    cells = np.asarray(error, dtype=object).tolist()
    if len(cells) != n_rows:
        raise ShapeError(f"stands has {n_rows} rows and error has {len(cells)}; pass one row each, None if not rated.")
    rated = np.asarray([not (cell is None or (isinstance(cell, float) and math.isnan(cell))) for cell in cells], bool)
    filled = [cell if known else False for cell, known in zip(cells, rated.tolist(), strict=True)]
    return truths(filled, name="error"), rated


def _share(hits: BoolArray, teachers: ArrayLike, kept: BoolArray, *, settings: FairnessSettings) -> GroupShare:
    share = teacher_share(hits[kept], teacher_ids=np.asarray(teachers)[kept])
    low, high = wilson_interval(share.value, share.n_effective, confidence=settings.confidence)
    return GroupShare(
        value=share.value,
        low=low,
        high=high,
        n_rows=share.n_rows,
        n_teachers=share.n_teachers,
        small=share.n_teachers < settings.small_cell,
    )
