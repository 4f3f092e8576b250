"""Scores held against the score of record, and raters held against one another, criterion by criterion."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from reviewkit.agreement.score_of_record import RatedSubmission, rated_submissions, rater_pairs
from reviewkit.agreement.two_raters import standardized_mean_difference, weighted_kappa
from reviewkit.evaluation.baselines import Texts
from reviewkit.evaluation.calibration import (
    brier_score,
    calibration_error,
    ranked_probability_score,
    top_label_error,
)
from reviewkit.evaluation.deletion import EvidenceFaithfulness
from reviewkit.evaluation.groups import GroupScores, group_scores
from reviewkit.records import (
    Criterion,
    CriterionScore,
    Part,
    Rating,
    Record,
    ReviewRecord,
    Rubric,
    Submission,
    level_text,
)
from reviewkit.records.base import Number
from reviewkit.scoring.baselines import Baseline

_ROUTES = ("suggest", "review", "return")
_ONE_LEVEL = "everybody gave one same level throughout, which chance alone explains"


class HumanHuman(Record):
    """How well raters agree, over all pairs of ratings of one submission.

    Attributes
    ----------
    n : int
        Pairs.
    exact : float
        Share of pairs with the same level.
    qwk : float or None
        Quadratic weighted kappa of level numbers, the rater whose id sorts first in front.
    reason : str or None
        Why ``qwk`` is undefined.
    """

    n: int
    exact: Number
    qwk: Number | None
    reason: str | None = None


class CriterionEvaluation(Record):
    """Scores of one criterion held against the score of record.

    Attributes
    ----------
    n : int
        Submissions that have both.
    n_ratings : int
        Ratings behind their records.
    exact, adjacent : float or None
        Share at the same level, and at most one level apart.
    qwk, smd : float or None
        Of level numbers; smd is the machine's mean less the record's, over the record's standard deviation.
    brier, rps, calibration_error, top_label_error : float or None
        See :mod:`reviewkit.evaluation.calibration`.
    coverage, mean_set_size : float or None
        Of the prediction sets.
    human_human : HumanHuman or None
    reason : dict of str to str
        Why a figure is null, by its name.
    baselines : tuple of Baseline
        What length alone and surface counts alone reach on the same rows; none without texts or below 20 rows.
    """

    n: int
    n_ratings: int
    exact: Number | None
    adjacent: Number | None
    qwk: Number | None
    smd: Number | None
    brier: Number | None
    rps: Number | None
    calibration_error: Number | None
    top_label_error: Number | None
    coverage: Number | None
    mean_set_size: Number | None
    human_human: HumanHuman | None
    reason: dict[str, str]
    baselines: tuple[Baseline, ...] = ()


class Evaluation(Record):
    """An evaluation of reviews.

    Attributes
    ----------
    n_seen : int
        Submissions that the model learned from, left out.
    routes : dict of str to float
        Share of the submissions that went each way.
    criteria : dict of str to CriterionEvaluation
    groups : tuple of GroupScores
        How groups of submissions are scored; none where no submission tells a group.
    evidence : tuple of EvidenceFaithfulness
        What deleting the evidence does, where it was asked for.

    Examples
    --------
    A figure that cannot be had is None, with the reason.

    >>> from reviewkit import read_rubric, shipped_folder
    >>> rubric = read_rubric(shipped_folder("rubrics") / "classroom-management.yaml")
    >>> nothing = evaluate_reviews([], [], rubric=rubric).criteria["routines"]
    >>> nothing.qwk, nothing.reason["qwk"]
    (None, 'no submission has both a score and a score of record')
    """

    n_seen: int
    routes: dict[str, Number]
    criteria: dict[str, CriterionEvaluation]
    groups: tuple[GroupScores, ...] = ()
    evidence: tuple[EvidenceFaithfulness, ...] = ()

    def warnings(self) -> Iterator[str]:
        """Say what nobody should be fooled by: length not clearly beaten, groups outside the field's limits."""
        for name, one in self.criteria.items():
            unbeaten = [other for other in one.baselines if other.name == "length" and not other.is_beaten]
            yield from (f"{name}: {other.warning}" for other in unbeaten)
        for group in self.groups:
            yield from group.warnings()


def evaluate_reviews(
    reviews: Iterable[ReviewRecord],
    ratings: Sequence[Rating],
    *,
    rubric: Rubric,
    n_seen: int = 0,
    submissions: Sequence[Submission] = (),
    parts: Mapping[str, Sequence[Part]] | None = None,
) -> Evaluation:
    """Hold reviews against ratings.

    Parameters
    ----------
    reviews : iterable of ReviewRecord
    ratings : sequence of Rating
        Blind ones make the score of record; constructed levels do too, but never count as human.
    rubric : Rubric
    n_seen : int
        Submissions left out because the model learned from them.
    submissions : sequence of Submission
        Their groups, and their teachers; left out, groups are not compared.
    parts : mapping of str to sequence of Part, optional
        Texts by submission id; left out, no baseline stands beside the model.

    Returns
    -------
    Evaluation

    Examples
    --------
    One review beside two blind ratings: the machine says 3, the raters 3 and 4, and halves go up to 4.

    >>> from reviewkit import read_rubric, shipped_folder
    >>> rubric = read_rubric(shipped_folder("rubrics") / "classroom-management.yaml")
    >>> score = {
    ...     "level": 3, "expected_level": 2.9, "probabilities": {"1": 0.0, "2": 0.2, "3": 0.7, "4": 0.1},
    ...     "prediction_set": [3, 4], "coverage_level": 0.9, "p_meets_required": 0.8, "rater_disagreement": None,
    ...     "stands": False, "cold": False}
    >>> review = ReviewRecord.model_validate({
    ...     "submission_id": "s1", "attempt": 1, "bundle_digest": None, "certificate": None,
    ...     "rubric": {"id": rubric.id, "version": rubric.version, "digest": rubric.digest},
    ...     "route": "review", "review_probability": 1, "reasons": [{"code": "uncertified"}], "findings": [],
    ...     "parts": [], "award_probability": None,
    ...     "scores": [{"criterion_id": name, **score} for name in rubric.criterion_ids]})
    >>> ratings = [
    ...     Rating(submission_id="s1", criterion_id="routines", rater_id=rater, level=level)
    ...     for rater, level in (("r1", 3), ("r2", 4))]
    >>> found = evaluate_reviews([review], ratings, rubric=rubric)
    >>> found.routes["review"], found.criteria["routines"].exact, found.criteria["routines"].adjacent
    (1.0, 0.0, 1.0)
    >>> found.criteria["routines"].coverage, found.criteria["routines"].human_human.exact
    (1.0, 0.0)
    """
    reviews = list(reviews)
    texts = Texts(parts or {}, {one.submission_id: one.teacher_id for one in submissions})
    routes = Counter(str(review.route) for review in reviews)
    return Evaluation(
        n_seen=n_seen,
        routes={name: routes[name] / len(reviews) if reviews else 0.0 for name in _ROUTES},
        criteria={one.id: _criterion(one, reviews, ratings, rubric, texts) for one in rubric.criteria},
        groups=group_scores(reviews, ratings, rubric=rubric, submissions=submissions),
    )


def _criterion(
    criterion: Criterion, reviews: list[ReviewRecord], ratings: Sequence[Rating], rubric: Rubric, texts: Texts
) -> CriterionEvaluation:
    rated = rated_submissions(ratings, criterion, rule=rubric.record_rule)
    human = rated_submissions(ratings, criterion, rule=rubric.record_rule, constructed=False)
    present = {review.submission_id for review in reviews}
    known = [
        review
        for review in reviews
        if review.scores and review.submission_id in rated and rated[review.submission_id].record is not None
    ]
    pairs = [(review.score(criterion.id), rated[review.submission_id]) for review in known]
    figures = _figures(criterion, pairs) if pairs else {}
    between = _human_human(criterion, [one for name, one in human.items() if name in present])
    reason = {name: _why(name, pairs) for name in _FIGURES if figures.get(name) is None}
    if between is None:
        reason["human_human"] = "no submission was rated by two raters, blind; have some rated twice"
    return CriterionEvaluation(
        n=len(pairs),
        n_ratings=sum(len(one.levels) for _, one in pairs),
        human_human=between,
        reason=reason,
        baselines=texts.baselines(
            criterion,
            [one.submission_id for one in known],
            record=[one.record or 0.0 for _, one in pairs],
            model=[score.level for score, _ in pairs],
        ),
        **{name: figures.get(name) for name in _FIGURES},
    )


_FIGURES = (
    "exact", "adjacent", "qwk", "smd", "brier", "rps", "calibration_error", "top_label_error", "coverage",
    "mean_set_size",
)  # fmt: skip


def _figures(criterion: Criterion, pairs: list[tuple[CriterionScore, RatedSubmission]]) -> dict[str, float | None]:
    record = np.asarray([one.record for _, one in pairs], dtype=np.float64)
    machine = np.asarray([score.level for score, _ in pairs], dtype=np.float64)
    level = np.asarray([criterion.level_index(one) for one in record], dtype=np.intp)
    apart = np.abs(level - np.asarray([criterion.level_index(one) for one in machine]))
    forecast = _forecasts(criterion, [score for score, _ in pairs])
    inside = [one.record in score.prediction_set for score, one in pairs]
    figures = {
        "exact": float((apart == 0).mean()),
        "adjacent": float((apart <= 1).mean()),
        "qwk": weighted_kappa(record, machine, levels=criterion.level_numbers),
        "smd": standardized_mean_difference(record, machine),
        "brier": brier_score(forecast, level),
        "rps": ranked_probability_score(forecast, level),
        "calibration_error": calibration_error(forecast, level),
        "top_label_error": top_label_error(forecast, level),
        "coverage": float(np.mean(inside)),
        "mean_set_size": float(np.mean([len(score.prediction_set) for score, _ in pairs])),
    }
    return {name: value if math.isfinite(value) else None for name, value in figures.items()}


def _forecasts(criterion: Criterion, scores: list[CriterionScore]) -> NDArray[np.float64]:
    keys = [level_text(level) for level in criterion.level_numbers]
    forecast = np.asarray([[score.probabilities[key] for key in keys] for score in scores])
    normal: NDArray[np.float64] = forecast / forecast.sum(axis=1, keepdims=True)
    return normal


def _human_human(criterion: Criterion, rated: list[RatedSubmission]) -> HumanHuman | None:
    pairs = np.asarray(rater_pairs(rated), dtype=np.float64).reshape(-1, 2)
    if not len(pairs):
        return None
    kappa = weighted_kappa(pairs[:, 0], pairs[:, 1], levels=criterion.level_numbers)
    return HumanHuman(
        n=len(pairs),
        exact=float((pairs[:, 0] == pairs[:, 1]).mean()),
        qwk=kappa if math.isfinite(kappa) else None,
        reason=None if math.isfinite(kappa) else _ONE_LEVEL,
    )


def _why(name: str, pairs: list[tuple[CriterionScore, RatedSubmission]]) -> str:
    if not pairs:
        return "no submission has both a score and a score of record"
    return "the records do not vary" if name == "smd" else _ONE_LEVEL
