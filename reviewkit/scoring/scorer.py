"""The scorer of one criterion: ``score`` beside ``fit`` and ``calibrate``."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from reviewkit.errors import NotFittedError
from reviewkit.features.featurizer import Views
from reviewkit.records import Record
from reviewkit.scoring.calibrator import TemperatureCalibrator
from reviewkit.scoring.cold import ColdStart
from reviewkit.scoring.conformal import conformal_bound, nonconformity
from reviewkit.scoring.folds import teacher_folds
from reviewkit.scoring.heads import VIEWS, LinearHeads
from reviewkit.scoring.ridge import STRENGTHS
from reviewkit.scoring.rows import CriterionRows

FEW_ROWS_STRENGTHS = (1.0,)


class ScorerSettings(Record):
    """How a criterion is learned.

    Attributes
    ----------
    min_rated : int
        Submissions with a score of record below which a criterion is scored cold. Twenty: a 90 % prediction set can
        be smaller than all levels from 9 rows on, five folds leave four fifths of twenty, sixteen, to learn from,
        and below that the out-of-fold error of a four-level criterion is not told apart from that of its mean.
    coverage_level : float
        Wanted coverage of the prediction sets.
    held_out_share : float
        Share of the teachers whose rows only calibrate the sets, where there are ``min_split`` rows or more.
    min_split : int
        Below this many rows none is held out: the sets are calibrated by cross-fitting, each row by a model that had
        not seen it. ``coverage_level`` is then expected, as far as a model of a few rows more is like those, and not
        guaranteed: that takes rows apart. A fifth of fewer than a thousand rows would leave the coverage itself
        uncertain by more than two points either way.
    min_many : int
        From this many rows on the heads' strengths and weights are chosen by cross-fitting. Below it that choice costs
        more than it gains: every head has strength 1, and the heads that read the text itself weigh the same.
    n_folds : int
        Twice as many below ``min_many``.

    Examples
    --------
    >>> ScorerSettings(coverage_level=0.8).min_rated
    20
    """

    min_rated: int = 20
    min_many: int = 100
    coverage_level: float = 0.9
    held_out_share: float = 0.2
    min_split: int = 1000
    n_folds: int = 5


@dataclass(frozen=True)
class Scored:
    """What a scorer says of one text: arrays, before they become a record.

    Attributes
    ----------
    probabilities : ndarray of float64, shape (n_levels,)
    in_set : ndarray of bool, shape (n_levels,)
    rater_disagreement : float or None
    """

    probabilities: NDArray[np.float64]
    in_set: NDArray[np.bool_]
    rater_disagreement: float | None


class CriterionScorer:
    """Calibrated distribution over a criterion's levels, and its prediction set.

    Each view (embedding, n-grams, surface, likeness to descriptors) gets a ridge head on the mean rating; an ordinal
    model of the heads' out-of-fold values gives probabilities of the score of record; a temperature, cross-fitted
    around that model, calibrates them. A head that counts against itself is left out; with few rows the heads are
    averaged.

    Attributes
    ----------
    cold_ : bool
    n_rated_ : int
        Rows learned from.
    heads_, classifier_, calibrator_
        None where the criterion is cold.
    mix_, centre_ : ndarray of float64, shapes (n_views, n_mixed) and (n_mixed,)
        How what the heads say is mixed before the ordinal model reads it.
    bound_ : float
        Nonconformity up to which a level belongs to the set; infinite before calibration.
    disagreement_ : ndarray of float64, shape (n_levels,), or None
        Chance that two raters differ, by level of record.
    """

    def __init__(self, n_levels: int, *, settings: ScorerSettings = ScorerSettings()) -> None:
        self.n_levels = n_levels
        self.settings = settings
        self.bound_ = float("inf")
        self.disagreement_: NDArray[np.float64] | None = None
        self.heads_: LinearHeads | None = None
        self.classifier_: Any = None
        self.calibrator_: TemperatureCalibrator | None = None
        self.mix_, self.centre_ = np.eye(len(VIEWS)), np.zeros(len(VIEWS))

    def fit(self, rows: CriterionRows, *, seed: int) -> Self:
        """Learn from rows with a score of record.

        Parameters
        ----------
        rows : CriterionRows
        seed : int
            Of the folds.
        """
        self.n_rated_ = len(rows)
        self.cold_start_ = ColdStart.fit(rows.level_index, n_levels=self.n_levels)
        self.cold_ = self._too_few(rows)
        if not self.cold_:
            few = len(rows) < self.settings.min_many
            folds = teacher_folds(rows.teachers, n_folds=self.settings.n_folds * (2 if few else 1), seed=seed)
            self.heads_, said = LinearHeads.fit(rows, folds, strengths=FEW_ROWS_STRENGTHS if few else STRENGTHS)
            self.mix_, self.centre_ = _averaged(said) if few else (np.eye(len(VIEWS)), np.zeros(len(VIEWS)))
            self._fit_ordinal(self._mixed(said), rows.level_index, folds)
        return self

    def calibrate(self, probabilities: NDArray[np.float64], level_index: NDArray[np.intp]) -> Self:
        """Set the bound of the prediction sets from rows that neither heads, model nor temperature saw.

        Parameters
        ----------
        probabilities : ndarray of float64, shape (n_rows, n_levels)
        level_index : ndarray of intp, shape (n_rows,)
        """
        scores = nonconformity(probabilities)[np.arange(len(level_index)), level_index]
        self.bound_ = conformal_bound(scores, coverage_level=self.settings.coverage_level)
        return self

    def learn_disagreement(
        self, level_index: NDArray[np.intp], differ: NDArray[np.bool_], *, prior_pairs: int = 5
    ) -> Self:
        """Learn how often two raters differ, by level of record, drawn towards the overall rate.

        Parameters
        ----------
        level_index : ndarray of intp, shape (n_pairs,)
        differ : ndarray of bool, shape (n_pairs,)
        """
        if len(differ):
            pairs = np.bincount(level_index, minlength=self.n_levels)
            differing = np.bincount(level_index, weights=differ, minlength=self.n_levels)
            self.disagreement_ = (differing + prior_pairs * differ.mean()) / (pairs + prior_pairs)
        return self

    def probabilities(self, views: Views) -> NDArray[np.float64]:
        """Probability that the score of record is each level.

        Returns
        -------
        ndarray of float64, shape (n_texts, n_levels)
            Rows sum to 1; every entry is above 0.
        """
        if not hasattr(self, "cold_"):
            raise NotFittedError("CriterionScorer: has learned nothing yet; call fit, or load a bundle.")
        if self.heads_ is None or self.calibrator_ is None:
            return self.cold_start_.probabilities(views)
        return self._smooth(
            self.calibrator_.transform(self._ordinal(self.classifier_, self._mixed(self.heads_.say(views))))
        )

    def score(self, views: Views) -> Scored:
        """Score one text."""
        probabilities = self.probabilities(views)
        bound = float("inf") if self.cold_ else self.bound_
        chance = None if self.disagreement_ is None else float((probabilities[0] * self.disagreement_).sum())
        return Scored(probabilities[0], nonconformity(probabilities)[0] <= bound, chance)

    def _too_few(self, rows: CriterionRows) -> bool:
        n_teachers, n_classes = len(set(rows.teachers)), len(np.unique(rows.level_index))
        return len(rows) < self.settings.min_rated or n_classes < 2 or n_teachers < self.settings.n_folds

    def _mixed(self, said: NDArray[np.float64]) -> NDArray[np.float64]:
        mixed: NDArray[np.float64] = (said[:, :, None] * self.mix_[None, :, :]).sum(axis=1) - self.centre_
        return mixed

    def _fit_ordinal(self, said: NDArray[np.float64], level_index: NDArray[np.intp], folds: NDArray[np.intp]) -> None:
        unseen = np.empty((len(said), self.n_levels))
        for fold in np.unique(folds):
            inside, outside = folds != fold, folds == fold
            unseen[outside] = self._ordinal(_ordinal_model(said[inside], level_index[inside]), said[outside])
        self.calibrator_ = TemperatureCalibrator().fit(self._smooth(unseen), level_index)
        self.classifier_ = _ordinal_model(said, level_index)

    def _ordinal(self, classifier: Any, said: NDArray[np.float64]) -> NDArray[np.float64]:
        spread = np.zeros((len(said), self.n_levels))
        spread[:, classifier.classes_] = classifier.predict_proba(said)
        return spread

    def _smooth(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        return (self.n_rated_ * probabilities + 1 / self.n_levels) / (self.n_rated_ + 1)


def _averaged(said: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mix of the heads that read the text itself into their mean, standardised."""
    reads_text = np.asarray([view != "similarity" for view in VIEWS], dtype=np.float64)
    mean = said @ reads_text / reads_text.sum()
    sd = float(mean.std()) or 1.0
    return (reads_text / reads_text.sum() / sd)[:, None], np.asarray([mean.mean() / sd])


def _ordinal_model(said: NDArray[np.float64], level_index: NDArray[np.intp]) -> Any:
    from reviewkit.scoring.estimator import CumulativeLinkClassifier

    used = np.ones(said.shape[1], dtype=bool)
    model = CumulativeLinkClassifier().fit(said, level_index)
    while (model.coef_ < 0).any():
        used &= model.coef_ >= 0
        model = CumulativeLinkClassifier().fit(said * used, level_index)
    return model


def out_of_fold(rows: CriterionRows, *, n_levels: int, settings: ScorerSettings, seed: int) -> NDArray[np.float64]:
    """Probabilities of each row by a scorer that had not seen its teacher.

    Returns
    -------
    ndarray of float64, shape (n_rows, n_levels)
    """
    few = len(rows) < settings.min_many
    folds = teacher_folds(rows.teachers, n_folds=settings.n_folds * (2 if few else 1), seed=seed + 1)
    unseen = np.empty((len(rows), n_levels))
    for fold in np.unique(folds):
        learned = rows.take(np.flatnonzero(folds != fold))
        n_folds = min(settings.n_folds, len(set(learned.teachers)))
        scorer = CriterionScorer(n_levels, settings=settings.model_copy(update={"min_rated": 2, "n_folds": n_folds}))
        scorer.fit(learned, seed=seed)
        for row in np.flatnonzero(folds == fold):
            unseen[row] = scorer.probabilities(rows.views(int(row)))[0]
    return unseen
