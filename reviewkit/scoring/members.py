"""Scorers of the folds: what is said of a row by a scorer that had not seen its teacher."""

import numpy as np
from numpy.typing import NDArray

from reviewkit.scoring.conformal import FoldScores, nonconformity
from reviewkit.scoring.folds import teacher_folds
from reviewkit.scoring.rows import CriterionRows
from reviewkit.scoring.scorer import CriterionScorer
from reviewkit.scoring.settings import ScorerSettings


def fold_members(
    rows: CriterionRows, *, n_levels: int, settings: ScorerSettings, seed: int
) -> tuple[tuple[tuple[CriterionScorer, FoldScores], ...], NDArray[np.float64]]:
    """Fit a scorer for each fold on the teachers outside it.

    Returns
    -------
    members : tuple of (CriterionScorer, FoldScores)
        The scorers, and what each makes of its fold's rows.
    unseen : ndarray of float64, shape (n_rows, n_levels)
        Probabilities of each row by the scorer that had not seen it.
    """
    few = len(rows) < settings.min_many
    folds = teacher_folds(rows.teachers, n_folds=settings.n_folds * (2 if few else 1), seed=seed + 1)
    members, unseen = [], np.empty((len(rows), n_levels))
    for fold in np.unique(folds):
        learned, at = rows.take(np.flatnonzero(folds != fold)), np.flatnonzero(folds == fold)
        n_folds = min(settings.n_folds, len(set(learned.teachers)))
        scorer = CriterionScorer(n_levels, settings=settings.model_copy(update={"min_rated": 2, "n_folds": n_folds}))
        scorer.fit(learned, seed=seed)
        for row in at:
            unseen[row] = scorer.probabilities(rows.views(int(row)))[0]
        level = rows.level_index[at]
        members.append((scorer, FoldScores(nonconformity(unseen[at])[np.arange(len(at)), level], level)))
    return tuple(members), unseen
