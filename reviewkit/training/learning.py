"""The learning curve: how agreement, honesty and the share for reviewers move with the number of rated submissions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from reviewkit.agreement.score_of_record import rated_submissions
from reviewkit.agreement.two_raters import quadratic_weighted_kappa
from reviewkit.errors import RatingsError
from reviewkit.evaluation.calibration import calibration_error
from reviewkit.features.encoder import Encoder
from reviewkit.features.featurizer import Featurizer, Views
from reviewkit.features.segmented import SegmentedSubmission
from reviewkit.files import NumberedSubmission
from reviewkit.model import ModelSettings
from reviewkit.records import Criterion, Failure, Rating, Record, Rubric, Submission
from reviewkit.records.base import Number, Probability
from reviewkit.routing.policy import PolicySettings, RoutingPolicy
from reviewkit.scoring.folds import teacher_order
from reviewkit.scoring.members import fold_members
from reviewkit.scoring.recording import criterion_score
from reviewkit.scoring.rows import CriterionRows
from reviewkit.scoring.scorer import CriterionScorer
from reviewkit.scoring.settings import ScorerSettings
from reviewkit.scoring.stack import Stack
from reviewkit.training.train import default_encoder, rated_texts, segmenter_for

Indices = NDArray[np.intp]
_EVERYTHING_STANDS = PolicySettings(allow_uncertified=True, audit_share=0.0)


class LearningSettings(Record):
    """What the learning curve is drawn from.

    Attributes
    ----------
    sizes : tuple of int
        Numbers of rated submissions; those that the pool does not hold are left out, and its own size is added.
    n_draws : int
        Random pools of each size.
    held_out_share : float
        Share of the teachers whose submissions measure, and never teach.

    Examples
    --------
    >>> LearningSettings(n_draws=3).sizes
    (20, 50, 100, 200, 500)
    """

    sizes: tuple[int, ...] = (20, 50, 100, 200, 500)
    n_draws: int = Field(default=10, ge=1)
    held_out_share: float = Field(default=0.3, gt=0, lt=1)


class Spread(Record):
    """A mean over draws, and the ends between which eight of ten draws lie."""

    value: Number
    low: Number
    high: Number


class LearningPoint(Record):
    """What so many rated submissions come to on one criterion, measured on submissions that taught nothing.

    Attributes
    ----------
    criterion_id : str
    n_rated, n_measured, n_draws : int
    qwk : Spread or None
        None where a draw scored everything at one level.
    calibration_error : Spread
    coverage : Spread
        Of the prediction sets.
    review_share : Spread
        Share of the scores that would not stand under the default policy, if it needed no certificate.
    """

    criterion_id: str
    n_rated: int
    n_measured: int
    n_draws: int
    qwk: Spread | None
    calibration_error: Spread
    coverage: Spread
    review_share: Spread


@dataclass(frozen=True)
class Measured:
    """Figures of one draw on one criterion."""

    qwk: float
    calibration_error: float
    coverage: float
    review_share: Probability


@dataclass(frozen=True)
class LearningRows:
    """Rated submissions as rows that any part of can be learned from.

    Their vocabulary and its weights come from all of them, as those of rated and unrated texts together would.

    Attributes
    ----------
    rubric : Rubric
    stack : Stack
    rows : dict of str to CriterionRows
    teachers : tuple of str
    """

    rubric: Rubric
    stack: Stack
    rows: dict[str, CriterionRows]
    teachers: tuple[str, ...]

    @classmethod
    def build(
        cls,
        rubric: Rubric,
        submissions: Sequence[SegmentedSubmission],
        ratings: Sequence[Rating],
        *,
        teachers: Sequence[str],
        encoder: Encoder,
        settings: ModelSettings = ModelSettings(),
    ) -> "LearningRows":
        """Compute the rows of all submissions."""
        featurizer = Featurizer(encoder, settings=settings.lexical).fit(submissions, rubric)
        stack = Stack.build(featurizer, submissions, rubric)
        rows = {
            one.id: stack.rows(one, rated_submissions(ratings, one, rule=rubric.record_rule), teachers)
            for one in rubric.criteria
        }
        return cls(rubric, stack, rows, tuple(teachers))

    @cached_property
    def views(self) -> dict[str, list[Views]]:
        """What the scorers read of each row, by criterion, taken out once for all that will be asked."""
        return {name: [own.views(row) for row in range(len(own))] for name, own in self.rows.items()}

    def measured(
        self, criterion: Criterion, learned: Indices, held: Indices, *, settings: ScorerSettings, seed: int
    ) -> Measured:
        """Learn a criterion from some submissions and measure it on others.

        Parameters
        ----------
        criterion : Criterion
        learned, held : ndarray of intp
            Submissions by number; those without a score of record are left out.
        settings : ScorerSettings
        seed : int
        """
        rows = self.rows[criterion.id]
        own, at = rows.take(np.flatnonzero(np.isin(rows.at, learned))), np.flatnonzero(np.isin(rows.at, held))
        n_levels, level = len(criterion.levels), rows.level_index[at]
        scorer = CriterionScorer(n_levels, settings=settings).fit(own, seed=seed)
        if not scorer.cold_:
            _, unseen = fold_members(own, n_levels=n_levels, settings=settings, seed=seed)
            scorer.calibrate(unseen, own.level_index)
        scored = scorer.score(*(self.views[criterion.id][row] for row in at))
        policy = RoutingPolicy(self.rubric, settings=_EVERYTHING_STANDS)
        scores = [
            criterion_score(criterion, one, coverage_level=settings.coverage_level, cold=scorer.cold_) for one in scored
        ]
        judged = [policy.route([one], [], submission_id="-", attempt=1)[1][0] for one in scores]
        suggested = [criterion.level_index(one.level) for one in scores]
        return Measured(
            qwk=quadratic_weighted_kappa(level, suggested, n_levels=n_levels),
            calibration_error=calibration_error([one.probabilities for one in scored], level),
            coverage=float(np.mean([one.in_set[at] for one, at in zip(scored, level, strict=True)])),
            review_share=float(np.mean([not one.stands for one in judged])),
        )


def learning_curve(
    rubric: Rubric,
    submissions: Iterable[Submission | NumberedSubmission | Failure],
    *,
    ratings: Sequence[Rating],
    folder: Path | None = None,
    encoder: Encoder | None = None,
    model: ModelSettings = ModelSettings(),
    settings: LearningSettings = LearningSettings(),
    seed: int = 0,
) -> tuple[LearningPoint, ...]:
    """Say what more ratings would bring, by learning from fewer.

    Parameters
    ----------
    rubric, submissions, ratings, folder, encoder, seed
        As for :func:`reviewkit.train`.
    model : ModelSettings
    settings : LearningSettings

    Returns
    -------
    tuple of LearningPoint
        By criterion and size. Draws share submissions, so the largest sizes spread less than new pools would.

    Raises
    ------
    RatingsError
        If a submission or a rating is faulty, or fewer than the smallest size are rated.

    Examples
    --------
    Six rated submissions are too few to learn from.

    >>> from reviewkit import read_ratings, read_rubric, read_submissions, shipped_folder
    >>> folder = shipped_folder("rubrics")
    >>> rubric = read_rubric(folder / "classroom-management.yaml")
    >>> anchors = read_submissions(folder / "classroom-management" / "anchors.jsonl")[:6]
    >>> ratings = read_ratings(folder / "classroom-management" / "anchors.csv").ratings[:24]
    >>> learning_curve(rubric, anchors, ratings=ratings)
    Traceback (most recent call last):
    reviewkit.errors.RatingsError: 6 rated submissions leave 4 to learn from, but the curve begins at 20; rate more.
    """
    encoder = encoder or default_encoder()
    used, segmented = rated_texts(rubric, submissions, ratings=ratings, folder=folder, segmenter=segmenter_for(encoder))
    teachers = [one.teacher_id for one in used]
    order = teacher_order(teachers, seed=seed)
    apart = set(order[: round(settings.held_out_share * len(order))])
    held, pool = (np.flatnonzero([(one in apart) is side for one in teachers]) for side in (True, False))
    if len(pool) < min(settings.sizes):
        raise RatingsError(
            f"{len(used)} rated submissions leave {len(pool)} to learn from, but the curve begins at "
            f"{min(settings.sizes)}; rate more."
        )
    rows = LearningRows.build(rubric, segmented, ratings, teachers=teachers, encoder=encoder, settings=model)
    return tuple(learning_points(rows, pool=pool, held=held, scorer=model.scorer, settings=settings, seed=seed))


def learning_points(
    rows: LearningRows,
    *,
    pool: Indices,
    held: Indices,
    scorer: ScorerSettings,
    settings: LearningSettings,
    seed: int,
) -> Iterator[LearningPoint]:
    """Yield the curve's points: nested random draws from the pool, measured on those held out."""
    sizes = sorted({size for size in settings.sizes if size < len(pool)} | {min(max(settings.sizes), len(pool))})
    orders = [np.random.default_rng([seed, draw]).permutation(pool) for draw in range(settings.n_draws)]
    for criterion in rows.rubric.criteria:
        for size in sizes:
            draws = orders[:1] if size == len(pool) else orders
            found = [rows.measured(criterion, order[:size], held, settings=scorer, seed=seed) for order in draws]
            kappas = [one.qwk for one in found]
            yield LearningPoint(
                criterion_id=criterion.id,
                n_rated=size,
                n_measured=len(held),
                n_draws=len(draws),
                qwk=None if np.isnan(kappas).any() else _spread(kappas),
                calibration_error=_spread([one.calibration_error for one in found]),
                coverage=_spread([one.coverage for one in found]),
                review_share=_spread([one.review_share for one in found]),
            )


def _spread(values: Sequence[float]) -> Spread:
    low, high = np.quantile(values, [0.1, 0.9])
    return Spread(value=float(np.mean(values)), low=float(low), high=float(high))
