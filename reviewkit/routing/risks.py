"""Which suggestion is an error: the risks that a certificate can bound."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reviewkit.checks import level_indices, same_length
from reviewkit.errors import SettingsError, ShapeError

LevelRisk = Literal["any-difference", "more-than-one-level", "false-meets", "false-not-yet"]
AwardRisk = Literal["false-award", "false-return"]
Risk = Literal["any-difference", "more-than-one-level", "false-meets", "false-not-yet", "false-award", "false-return"]
BoolArray = NDArray[np.bool_]


def level_errors(
    suggested: ArrayLike,
    recorded: ArrayLike,
    *,
    risk: LevelRisk,
    n_levels: int,
    required: int | None = None,
) -> BoolArray:
    """Say of each submission whether its suggested level is the error that the risk counts.

    Parameters
    ----------
    suggested, recorded : array-like of int, shape (n_submissions,)
        Level indices: the suggestion and the score of record, row for row.
    risk : str
        ``"any-difference"``; ``"more-than-one-level"``: two level indices apart or more; ``"false-meets"``: suggested
        at the required level or above, recorded below; ``"false-not-yet"``: the other way round.
    n_levels : int
        Levels on the criterion.
    required : int, optional
        Index of the required level; the last two risks need it.

    Returns
    -------
    ndarray of bool, shape (n_submissions,)

    Raises
    ------
    ShapeError
        If the rows do not pair, or hold anything but level indices.
    SettingsError
        If the risk is none of a level, or needs a required level and has none.

    Examples
    --------
    >>> level_errors([2, 2, 0], [2, 1, 2], risk="more-than-one-level", n_levels=3)
    array([False, False,  True])
    >>> level_errors([2, 2, 0], [2, 1, 2], risk="false-meets", n_levels=3, required=2)
    array([False,  True, False])
    """
    machine = level_indices(suggested, n_levels=n_levels, name="suggested")
    record = level_indices(recorded, n_levels=n_levels, name="recorded")
    same_length(machine, record, names=("suggested", "recorded"))
    if risk in {"any-difference", "more-than-one-level"}:
        return np.asarray(np.abs(machine - record) > (risk == "more-than-one-level"), dtype=np.bool_)
    if risk not in get_args(LevelRisk):
        raise SettingsError(f"the risk {risk!r} is not one of a level; choose among {', '.join(get_args(LevelRisk))}.")
    if required is None:
        raise SettingsError(f"the risk {risk!r} speaks of the required level, but required is None; pass its index.")
    meets, met = machine >= required, record >= required
    return np.asarray(meets & ~met if risk == "false-meets" else ~meets & met, dtype=np.bool_)


def award_errors(suggested: ArrayLike, recorded: ArrayLike, *, risk: AwardRisk) -> BoolArray:
    """Say of each submission whether its suggested award decision is the error that the risk counts.

    Parameters
    ----------
    suggested, recorded : array-like of bool, shape (n_submissions,)
        Whether the award is suggested, and whether the score of record earns it.
    risk : str
        ``"false-award"``: suggested, not earned; ``"false-return"``: earned, not suggested.

    Returns
    -------
    ndarray of bool, shape (n_submissions,)

    Raises
    ------
    ShapeError
        If the rows do not pair or are not true or false.
    SettingsError
        If the risk is none of the award.

    Examples
    --------
    >>> award_errors([True, True, False], [True, False, True], risk="false-award")
    array([False,  True, False])
    """
    if risk not in get_args(AwardRisk):
        raise SettingsError(f"the risk {risk!r} is not one of the award; choose false-award or false-return.")
    machine, record = truths(suggested, name="suggested"), truths(recorded, name="recorded")
    same_length(machine, record, names=("suggested", "recorded"))
    return machine & ~record if risk == "false-award" else ~machine & record


def truths(values: ArrayLike, *, name: str) -> BoolArray:
    """Return ``values`` as true or false, row by row, or say which of them is neither.

    Examples
    --------
    >>> truths([1, 0, True], name="error")
    array([ True, False,  True])
    """
    array = np.asarray(values)
    if array.ndim != 1:
        raise ShapeError(f"{name} has {array.ndim} dimensions, but a row is true or false; pass a flat list.")
    if array.size == 0 or array.dtype == np.bool_:
        return array.astype(np.bool_)
    wrong = [at for at, value in enumerate(array.tolist()) if value not in (0, 1)]
    if wrong:
        raise ShapeError(
            f"{name}[{wrong[0]}] is {array[wrong[0]]!s}, but a row is true or false; leave out other rows."
        )
    return array.astype(np.bool_)
