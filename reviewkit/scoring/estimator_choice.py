"""Which estimator a criterion gets: nested cross-validation, for as long as the caller gives it."""

import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reviewkit.scoring.calibrator_choice import behind_best, log_scores
from reviewkit.scoring.members import fold_members
from reviewkit.scoring.rows import CriterionRows
from reviewkit.scoring.scorer import too_few
from reviewkit.scoring.settings import ESTIMATORS, ScorerSettings


class TriedEstimator(NamedTuple):
    """What an estimator scored on rows that it had not seen.

    Attributes
    ----------
    name : str
    loss : float
        Mean log score, smaller is better; nan where the time was up before it was tried.
    behind, standard_error : float
        How far that lies behind the best one's, and the standard error of this difference over teachers; nan likewise.
    chosen : bool
    """

    name: str
    loss: float
    behind: float
    standard_error: float
    chosen: bool


def choose_estimator(
    rows: CriterionRows, *, n_levels: int, settings: ScorerSettings, seed: int
) -> tuple[ScorerSettings, tuple[TriedEstimator, ...]]:
    """Name the estimator to fit: the first in order that is within one standard error of the best, out of fold.

    Each candidate is fitted whole, heads, mix, ordinal form and calibrator, on all folds but one, and scored on that
    one. No candidate is begun that would, at the pace so far, end after ``settings.search_seconds``.

    Parameters
    ----------
    rows : CriterionRows
    n_levels : int
    settings : ScorerSettings
        With ``estimator="auto"`` and ``search_seconds`` above 0; else, and with too few rows to learn from, they are
        returned as they are.
    seed : int

    Returns
    -------
    settings : ScorerSettings
        With the estimator named.
    tried : tuple of TriedEstimator
        Empty where nothing was compared.
    """
    if settings.estimator != "auto" or not settings.search_seconds or too_few(rows, settings):
        return settings, ()
    names = sorted(ESTIMATORS, key=lambda name: name != settings.estimator_for(len(rows)))
    losses: list[NDArray[np.float64]] = []
    start, longest = time.monotonic(), 0.0
    for name in names:
        begun = time.monotonic()
        if losses and begun - start + longest > settings.search_seconds:
            break
        named = settings.model_copy(update={"estimator": name, "search_seconds": 0.0})
        _, unseen = fold_members(rows, n_levels=n_levels, settings=named, seed=seed)
        losses.append(log_scores(unseen, rows.level_index))
        longest = max(longest, time.monotonic() - begun)
    behind = behind_best(losses, rows.teachers)
    chosen = next(at for at, (mean, error) in enumerate(behind) if mean <= error)
    tried = [
        TriedEstimator(name, float(loss.mean()), *far, at == chosen)
        for at, (name, loss, far) in enumerate(zip(names, losses, behind, strict=False))
    ]
    late = [TriedEstimator(name, np.nan, np.nan, np.nan, chosen=False) for name in names[len(losses) :]]
    return settings.model_copy(update={"estimator": names[chosen]}), (*tried, *late)
