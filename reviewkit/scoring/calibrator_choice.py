"""Which calibrator a criterion gets: what every candidate scores on rows that it was not fitted on."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reviewkit.scoring.calibrator import Calibrator, SigmoidCalibrator, TemperatureCalibrator
from reviewkit.scoring.isotonic import IsotonicCalibrator, VennAbersCalibrator

CalibratorName = Literal["auto", "temperature", "sigmoid", "venn-abers", "isotonic"]
CALIBRATORS: dict[str, type[Any]] = {
    one.name: one for one in (TemperatureCalibrator, SigmoidCalibrator, VennAbersCalibrator, IsotonicCalibrator)
}


class TriedCalibrator(NamedTuple):
    """What a calibrator scored on rows that it was not fitted on.

    Attributes
    ----------
    name : str
    loss : float
        Mean log score, smaller is better.
    behind, standard_error : float
        How far that lies behind the best one's, and the standard error of this difference over teachers.
    chosen : bool
    """

    name: str
    loss: float
    behind: float
    standard_error: float
    chosen: bool


def smoothed(probabilities: NDArray[np.float64], *, n_rows: int) -> NDArray[np.float64]:
    """Mix in one row's worth of the even distribution, so that no level is ever impossible.

    Examples
    --------
    >>> smoothed(np.array([[1.0, 0.0]]), n_rows=3).tolist()
    [[0.875, 0.125]]
    """
    mixed: NDArray[np.float64] = (n_rows * probabilities + 1 / probabilities.shape[1]) / (n_rows + 1)
    return mixed


def choose_calibrator(
    probabilities: NDArray[np.float64],
    level_index: NDArray[np.intp],
    *,
    folds: NDArray[np.intp],
    teachers: Sequence[str],
    name: CalibratorName = "auto",
) -> tuple[Calibrator, tuple[TriedCalibrator, ...]]:
    """Fit the simplest calibrator that is within one standard error of the best, by log score out of fold.

    Parameters
    ----------
    probabilities : ndarray of float64, shape (n_rows, n_levels)
        Each row given by a fit that had not seen the row.
    level_index : ndarray of intp, shape (n_rows,)
        Level of record.
    folds : ndarray of intp, shape (n_rows,)
        Each candidate is scored on a fold's rows after it was fitted on the others'.
    teachers : sequence of str, shape (n_rows,)
        Rows of one teacher count as one draw in the standard error.
    name : CalibratorName
        ``"auto"``, or the one to take unasked.

    Returns
    -------
    calibrator : Calibrator
        Fitted on all rows.
    tried : tuple of TriedCalibrator
        From the simplest on, those that the number of rows allows; empty where there was no choice.

    Examples
    --------
    Below eighty rows of four levels there is only the temperature.

    >>> rows, level = np.full((40, 4), 0.25), np.arange(40) % 4
    >>> teachers = [f"t{n}" for n in range(40)]
    >>> choose_calibrator(rows, level, folds=np.arange(40) % 5, teachers=teachers)[0].name
    'temperature'
    """
    n_rows, n_levels = probabilities.shape
    allowed = [one for one, kind in CALIBRATORS.items() if n_rows >= kind.rows_needed(n_levels)]
    names = allowed if name == "auto" else [name]
    tried: tuple[TriedCalibrator, ...] = ()
    if len(names) > 1:
        unseen = [unseen_probabilities(one, probabilities, level_index, folds=folds) for one in names]
        losses = [log_scores(one, level_index) for one in unseen]
        tried = _compared(names, losses, teachers)
        names = [one.name for one in tried if one.chosen]
    calibrator: Calibrator = CALIBRATORS[names[0]]().fit(probabilities, level_index)
    return calibrator, tried


def unseen_probabilities(
    name: str, probabilities: NDArray[np.float64], level_index: NDArray[np.intp], *, folds: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Distributions of all rows, each by a calibrator that was fitted on the other folds' rows."""
    said = np.empty_like(probabilities)
    for fold in np.unique(folds):
        inside, outside = folds != fold, folds == fold
        fitted = CALIBRATORS[name]().fit(probabilities[inside], level_index[inside])
        said[outside] = smoothed(fitted.transform(probabilities[outside]), n_rows=int(inside.sum()))
    return said


def log_scores(probabilities: NDArray[np.float64], level_index: NDArray[np.intp]) -> NDArray[np.float64]:
    """Minus the logarithm of what each row's level was given."""
    scores: NDArray[np.float64] = -np.log(probabilities[np.arange(len(level_index)), level_index])
    return scores


def _compared(
    names: Sequence[str], losses: Sequence[NDArray[np.float64]], teachers: Sequence[str]
) -> tuple[TriedCalibrator, ...]:
    behind = behind_best(losses, teachers)
    chosen = next(at for at, (mean, error) in enumerate(behind) if mean <= error)
    rows = zip(names, losses, behind, strict=True)
    return tuple(
        TriedCalibrator(name, float(loss.mean()), mean, error, at == chosen)
        for at, (name, loss, (mean, error)) in enumerate(rows)
    )


def behind_best(losses: Sequence[NDArray[np.float64]], teachers: Sequence[str]) -> list[tuple[float, float]]:
    """How far each mean loss lies behind the smallest, and the standard error of that over teachers."""
    best = min(losses, key=lambda one: float(one.mean()))
    return [_mean_and_error(one - best, teachers) for one in losses]


def _mean_and_error(values: NDArray[np.float64], teachers: Sequence[str]) -> tuple[float, float]:
    """Mean over rows, and its standard error over teachers."""
    _, at, n_rows = np.unique(np.asarray(teachers), return_inverse=True, return_counts=True)
    mean = float(values.mean())
    off = np.bincount(at, values) - n_rows * mean
    n = len(n_rows)
    return mean, float(np.sqrt((off**2).sum() * n / max(n - 1, 1)) / len(values))
