"""The scorer of one criterion: ``score`` beside ``fit`` and ``calibrate``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from reviewkit.errors import NotFittedError
from reviewkit.features.featurizer import Views
from reviewkit.scoring.calibrator import Calibrator
from reviewkit.scoring.calibrator_choice import TriedCalibrator, choose_calibrator, smoothed
from reviewkit.scoring.cold import ColdStart
from reviewkit.scoring.conformal import FoldScores, in_cross_set, in_prediction_set, level_bounds, nonconformity
from reviewkit.scoring.folds import teacher_folds
from reviewkit.scoring.heads import MANY_ROWS_VIEWS, VIEWS, LinearHeads
from reviewkit.scoring.interactions import INTERACTIONS
from reviewkit.scoring.linking import LevelLinking
from reviewkit.scoring.ridge import STRENGTHS
from reviewkit.scoring.rows import CriterionRows
from reviewkit.scoring.settings import ScorerSettings

FEW_ROWS_STRENGTHS = (1.0,)


@dataclass(frozen=True)
class Scored:
    """What a scorer says of one text: arrays, before they become a record.

    Attributes
    ----------
    probabilities : ndarray of float64, shape (n_levels,)
    in_set : ndarray of bool, shape (n_levels,)
    rater_disagreement : float or None
    linked_index : int or None
        Level index by linear linking.
    """

    probabilities: NDArray[np.float64]
    in_set: NDArray[np.bool_]
    rater_disagreement: float | None
    linked_index: int | None = None


class CriterionScorer:
    """Calibrated distribution over a criterion's levels, and its prediction set.

    Each view (embedding, n-grams, surface, likeness to descriptors) gets a ridge head on the mean rating, and so do
    products of views with how the text is written; an ordinal model of the heads' out-of-fold values gives
    probabilities of the score of record; a calibrator, cross-fitted around that model, makes them honest. A head that
    counts against itself is left out; with few rows the heads are averaged.

    Attributes
    ----------
    cold_ : bool
    n_rated_ : int
        Rows learned from.
    heads_, classifier_, calibrator_
        None where the criterion is cold.
    mix_, centre_ : ndarray of float64, shapes (n_heads, n_mixed) and (n_mixed,)
        How what the heads say is mixed before the ordinal model reads it.
    tried_ : tuple of TriedCalibrator
        The calibrators that were compared; none where there was no choice, or after loading.
    bounds_ : ndarray of float64, shape (n_levels,)
        Nonconformity up to which each level belongs to the set; infinite before calibration.
    members_ : tuple of (CriterionScorer, FoldScores)
        The models of the folds, where sets are cross-conformal.
    linking_ : LevelLinking or None
        None with fewer than ``min_many`` rows.
    disagreement_ : ndarray of float64, shape (n_levels,), or None
        Chance that two raters differ, by level of record.
    """

    def __init__(self, n_levels: int, *, settings: ScorerSettings = ScorerSettings()) -> None:
        self.n_levels = n_levels
        self.settings = settings
        self.bounds_ = np.full(n_levels, np.inf)
        self.members_: tuple[tuple[CriterionScorer, FoldScores], ...] = ()
        self.disagreement_: NDArray[np.float64] | None = None
        self.heads_: LinearHeads | None = None
        self.classifier_: Any = None
        self.calibrator_: Calibrator | None = None
        self.tried_: tuple[TriedCalibrator, ...] = ()
        self.linking_: LevelLinking | None = None
        self.mix_, self.centre_ = np.eye(0), np.zeros(0)

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
        self.cold_ = too_few(rows, self.settings)
        if not self.cold_:
            few = len(rows) < self.settings.min_many
            averaged = self.settings.estimator_for(len(rows)) == "averaged"
            folds = teacher_folds(rows.teachers, n_folds=self.settings.n_folds * (2 if few else 1), seed=seed)
            self.heads_, said = LinearHeads.fit(
                rows,
                folds,
                views=VIEWS if averaged else MANY_ROWS_VIEWS,
                strengths=FEW_ROWS_STRENGTHS if averaged else STRENGTHS,
                interactions={} if averaged else INTERACTIONS,
            )
            n_heads = said.shape[1]
            self.mix_, self.centre_ = _averaged(said) if averaged else (np.eye(n_heads), np.zeros(n_heads))
            self._fit_ordinal(self._mixed(said), rows, folds)
        return self

    def calibrate(self, probabilities: NDArray[np.float64], level_index: NDArray[np.intp]) -> Self:
        """Set the bounds of the prediction sets from rows that neither heads, model nor calibrator saw.

        Parameters
        ----------
        probabilities : ndarray of float64, shape (n_rows, n_levels)
        level_index : ndarray of intp, shape (n_rows,)
        """
        self.bounds_ = level_bounds(
            nonconformity(probabilities)[np.arange(len(level_index)), level_index],
            level_index,
            n_levels=self.n_levels,
            coverage_level=self.settings.coverage_level,
            per_level=self.settings.coverage == "per-level",
        )
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

    def probabilities(self, *views: Views) -> NDArray[np.float64]:
        """Probability that the score of record is each level, for the texts of all views, one after the other.

        Returns
        -------
        ndarray of float64, shape (n_texts, n_levels)
            Rows sum to 1; every entry is above 0.
        """
        if not hasattr(self, "cold_"):
            raise NotFittedError("CriterionScorer: has learned nothing yet; call fit, or load a bundle.")
        if self.heads_ is None or self.calibrator_ is None:
            return np.concatenate([self.cold_start_.probabilities(one) for one in views])
        return self._smooth(self.calibrator_.transform(self._uncalibrated(views)))

    @property
    def has_steps(self) -> bool:
        """Whether calibrated probabilities go by steps, so that a single sentence may leave them where they are."""
        return self.calibrator_ is not None and self.calibrator_.has_steps

    def graded(self, *views: Views) -> NDArray[np.float64]:
        """Probabilities that move with every sentence, for evidence: before calibration where that goes by steps."""
        if not self.has_steps:
            return self.probabilities(*views)
        return self._smooth(self._uncalibrated(views))

    def score(self, *views: Views, probabilities: NDArray[np.float64] | None = None) -> list[Scored]:
        """Score texts, each in views of one row.

        Parameters
        ----------
        views : Views
        probabilities : ndarray of float64, shape (n_texts, n_levels), or None
            What :meth:`probabilities` says of them, where that is known.
        """
        if probabilities is None:
            probabilities = self.probabilities(*views)
        in_set = self.sets(*views, probabilities=probabilities)
        chance = [None] * len(views) if self.disagreement_ is None else (probabilities * self.disagreement_).sum(axis=1)
        linking, expected = self.linking_, expected_index(probabilities)
        linked = [None] * len(views) if linking is None else linking.level_index(expected)
        return [
            Scored(row, levels, None if differ is None else float(differ), None if at is None else int(at))
            for row, levels, differ, at in zip(probabilities, in_set, chance, linked, strict=True)
        ]

    def sets(self, *views: Views, probabilities: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which levels belong to the prediction set of each text.

        Parameters
        ----------
        views : Views
        probabilities : ndarray of float64, shape (n_texts, n_levels)
            What :meth:`probabilities` says of them.

        Returns
        -------
        ndarray of bool, shape (n_texts, n_levels)
            All levels where the criterion is cold.
        """
        if self.cold_ or not self.members_:
            return in_prediction_set(
                probabilities, bounds=np.full(self.n_levels, np.inf) if self.cold_ else self.bounds_
            )
        return in_cross_set(
            probabilities,
            [member.probabilities(*views) for member, _ in self.members_],
            [fold for _, fold in self.members_],
            coverage_level=self.settings.coverage_level,
            per_level=self.settings.coverage == "per-level",
        )

    def _mixed(self, said: NDArray[np.float64]) -> NDArray[np.float64]:
        mixed: NDArray[np.float64] = (said[:, :, None] * self.mix_[None, :, :]).sum(axis=1) - self.centre_
        return mixed

    def _fit_ordinal(self, said: NDArray[np.float64], rows: CriterionRows, folds: NDArray[np.intp]) -> None:
        unseen = np.empty((len(said), self.n_levels))
        for fold in np.unique(folds):
            inside, outside = folds != fold, folds == fold
            unseen[outside] = self._ordinal(self._ordinal_model(said[inside], rows.level_index[inside]), said[outside])
        self.calibrator_, self.tried_ = choose_calibrator(
            self._smooth(unseen), rows.level_index, folds=folds, teachers=rows.teachers, name=self.settings.calibrator
        )
        self.classifier_ = self._ordinal_model(said, rows.level_index)
        if len(rows) >= self.settings.min_many:
            calibrated = self._smooth(self.calibrator_.transform(self._smooth(unseen)))
            self.linking_ = LevelLinking.fit(expected_index(calibrated), rows.level_index, n_levels=self.n_levels)

    def _uncalibrated(self, views: Sequence[Views]) -> NDArray[np.float64]:
        assert self.heads_ is not None
        said = np.concatenate([self.heads_.say(one) for one in views])
        return self._ordinal(self.classifier_, self._mixed(said))

    def _ordinal(self, classifier: Any, said: NDArray[np.float64]) -> NDArray[np.float64]:
        spread = np.zeros((len(said), self.n_levels))
        spread[:, classifier.classes_] = classifier.distribution(said)
        return spread

    def _ordinal_model(self, said: NDArray[np.float64], level_index: NDArray[np.intp]) -> Any:
        if self.settings.estimator == "thresholds":
            from reviewkit.scoring.decomposition import OrderedThresholdsClassifier

            return OrderedThresholdsClassifier().fit(said, level_index)
        from reviewkit.scoring.estimator import without_negative_weights

        return without_negative_weights(said, level_index)

    def _smooth(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        return smoothed(probabilities, n_rows=self.n_rated_)


def too_few(rows: CriterionRows, settings: ScorerSettings) -> bool:
    """Whether rows are too few, or too much alike, to learn from."""
    n_teachers, n_classes = len(set(rows.teachers)), len(np.unique(rows.level_index))
    return len(rows) < settings.min_rated or n_classes < 2 or n_teachers < settings.n_folds


def expected_index(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean level index of each distribution, shape (n_rows,)."""
    return np.asarray((probabilities * np.arange(probabilities.shape[1])).sum(axis=1))


def _averaged(said: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mix of the heads that read the text itself into their mean, standardised."""
    reads_text = np.asarray([view != "similarity" for view in VIEWS], dtype=np.float64)
    mean = said @ reads_text / reads_text.sum()
    sd = float(mean.std()) or 1.0
    return (reads_text / reads_text.sum() / sd)[:, None], np.asarray([mean.mean() / sd])
