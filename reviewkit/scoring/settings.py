"""How a criterion is learned."""

from typing import Literal, get_args

from reviewkit.records import Record
from reviewkit.scoring.calibrator_choice import CalibratorName

EstimatorName = Literal["proportional-odds", "thresholds", "averaged"]
ESTIMATORS: tuple[EstimatorName, ...] = get_args(EstimatorName)


class ScorerSettings(Record):
    """How a criterion is learned.

    Attributes
    ----------
    min_rated : int
        Submissions with a score of record below which a criterion is scored cold. Twenty: a 90 % prediction set can
        be smaller than all levels from 9 rows on, five folds leave four fifths of twenty, sixteen, to learn from,
        and below that the out-of-fold error of a four-level criterion is not told apart from that of its mean.
    estimator : str
        ``"proportional-odds"``: strengths and weights of the heads chosen by cross-fitting, one slope for all steps
        between levels. ``"thresholds"``: a slope of its own for each step. ``"averaged"``: every head has strength 1,
        and those that read the text itself weigh the same. ``"auto"``: the last below ``min_many`` rows, else the
        first, or, with ``search_seconds``, what nested cross-validation takes.
    search_seconds : float
        Time that the comparison of estimators may take on each criterion; 0 for none. What is compared in a given time
        depends on the machine, so name the estimator to train the same model again.
    calibrator : str
        ``"auto"`` takes the simplest of ``"temperature"``, ``"sigmoid"``, ``"venn-abers"`` and ``"isotonic"`` that is
        within one standard error of the best by log score on rows that it was not fitted on, among those that the
        number of rows allows; or the name of one.
    coverage_level : float
        Wanted coverage of the prediction sets.
    coverage : str
        ``"marginal"``: that often over all submissions. ``"per-level"``: that often over the submissions of each level;
        a level with too few calibration rows for that belongs to every set.
    sets : str
        ``"split"`` holds out rows that only calibrate the sets. ``"cross"`` keeps the models of the folds beside the
        one of all rows and lets every row calibrate: larger bundles, slower scores, and for coverage ``1 - a`` a
        guarantee of about ``1 - 2a``. ``"auto"`` splits where there are ``min_split`` rows; below, each row is
        scored by a model that had not seen it, none of these is kept, and nothing is guaranteed.
    held_out_share : float
        Share of the teachers whose rows only calibrate the sets, where sets are split.
    min_split : int
        Rows from which ``"auto"`` splits. Below, ``coverage_level`` is expected, as far as a model of a few rows more
        is like those of the folds, and not guaranteed: that takes rows apart. A fifth of fewer than a thousand rows
        would leave the coverage itself uncertain by more than two points either way.
    min_many : int
        From this many rows on the heads' strengths and weights are chosen by cross-fitting. Below it that choice costs
        more than it gains, and averages do better.
    n_folds : int
        Twice as many below ``min_many``.

    Examples
    --------
    >>> ScorerSettings(coverage_level=0.8).min_rated
    20
    """

    min_rated: int = 20
    min_many: int = 100
    estimator: Literal[EstimatorName, "auto"] = "auto"
    search_seconds: float = 0.0
    calibrator: CalibratorName = "auto"
    coverage_level: float = 0.9
    coverage: Literal["marginal", "per-level"] = "marginal"
    sets: Literal["auto", "split", "cross"] = "auto"
    held_out_share: float = 0.2
    min_split: int = 1000
    n_folds: int = 5

    def estimator_for(self, n_rows: int) -> EstimatorName:
        """Estimator for so many rows: the one named, or the one that their number suggests."""
        if self.estimator != "auto":
            return self.estimator
        return "averaged" if n_rows < self.min_many else "proportional-odds"
