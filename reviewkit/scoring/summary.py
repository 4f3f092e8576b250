"""What a criterion was learned from."""

from dataclasses import dataclass, field

from reviewkit.scoring.baselines import Baseline
from reviewkit.scoring.calibrator_choice import TriedCalibrator
from reviewkit.scoring.estimator_choice import TriedEstimator


@dataclass(frozen=True)
class CriterionSummary:
    """What a criterion was learned from, for the card.

    Attributes
    ----------
    n_rated : int
        Submissions with a score of record, those held out for the sets included.
    n_learned, n_calibrated : int
        Rows of the heads and rows of the sets; where none was held out, both are all rows.
    n_pairs : int
        Pairs of ratings of one submission.
    cold : bool
    out_of_fold : tuple of (level of record, tuple of float)
        Level index and probabilities of each row that calibrated the sets, by a scorer that had not seen it.
    tried : tuple of TriedCalibrator
        The calibrators that were compared; none where there was no choice.
    estimators : tuple of TriedEstimator
        The estimators that were compared; none where no time was given for it.
    baselines : tuple of Baseline
        What length alone and surface counts alone reach on those rows; none where they are too few.
    """

    n_rated: int
    n_learned: int
    n_calibrated: int
    n_pairs: int
    cold: bool
    out_of_fold: tuple[tuple[int, tuple[float, ...]], ...] = field(repr=False, default=())
    tried: tuple[TriedCalibrator, ...] = ()
    estimators: tuple[TriedEstimator, ...] = ()
    baselines: tuple[Baseline, ...] = ()
