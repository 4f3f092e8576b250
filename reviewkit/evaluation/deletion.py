"""Faithful evidence: how far the score moves when the sentences named as evidence are deleted, beside others."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from reviewkit.features.segmented import SegmentedSubmission
from reviewkit.records import Criterion, CriterionScore, Record, Rubric
from reviewkit.records.base import Number
from reviewkit.scoring.evidence import sentence_weights

Floats = NDArray[np.float64]
Choice = Literal["evidence", "random", "longest"]
CHOICES: tuple[Choice, ...] = ("evidence", "random", "longest")


class Scores(Protocol):
    """What scores submissions: a :class:`reviewkit.ReviewModel`."""

    rubric: Rubric

    def features(self, submissions: Sequence[SegmentedSubmission]) -> list[Any]:
        """Features of submissions."""

    def probabilities(self, features: Any) -> dict[str, Floats]:
        """Distribution over levels, by criterion."""

    def score(self, features: Any) -> tuple[tuple[CriterionScore, ...], float | None]:
        """Scores with evidence, and the award's probability."""


class DeletionSettings(Record):
    """How evidence is put to the test.

    Attributes
    ----------
    n_draws : int
        Random choices that the evidence of each submission is held against.
    n_resamples : int
        Of the bootstrap over submissions.
    confidence : float
    seed : int

    Examples
    --------
    >>> DeletionSettings(n_draws=20).confidence
    0.95
    """

    n_draws: int = Field(default=5, ge=1)
    n_resamples: int = Field(default=1000, ge=1)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    seed: int = 0


class Estimate(Record):
    """A mean over submissions with its interval."""

    value: Number
    low: Number
    high: Number


class EvidenceFaithfulness(Record):
    """What deleting a criterion's evidence does, beside deleting as many other sentences.

    Attributes
    ----------
    criterion_id : str
    n : int
        Submissions with evidence on the criterion.
    n_without : int
        Submissions without: nothing in them carries the suggested level.
    fall : dict of str to tuple of Number
        By choice of sentences (``"evidence"``, ``"random"``, ``"longest"``): mean fall of the probability of the
        suggested level or a higher one (of the lowest level itself, where that is suggested) with the first sentence
        deleted, the first two, and so on. Submissions with less evidence stay at their last.
    area : dict of str to Estimate
        Mean of the fall over the first one, two, ... sentences: the area over the deletion curve.
    move : dict of str to Estimate
        Same area of the absolute move of the expected level, in level indices.
    gain : dict of str to Estimate
        Area of the evidence less that of ``"random"`` and of ``"longest"``, paired by submission.
    """

    criterion_id: str
    n: int
    n_without: int
    fall: dict[str, tuple[Number, ...]]
    area: dict[str, Estimate]
    move: dict[str, Estimate]
    gain: dict[str, Estimate]


def evidence_faithfulness(
    model: Scores, submissions: Sequence[SegmentedSubmission], *, settings: DeletionSettings = DeletionSettings()
) -> tuple[EvidenceFaithfulness, ...]:
    """Delete evidence from submissions and see how far the scores move.

    Parameters
    ----------
    model : ReviewModel
        Fitted or loaded.
    submissions : sequence of SegmentedSubmission
        Texts that the model has not learned from; :meth:`reviewkit.ReviewEngine.take_in` makes them.
    settings : DeletionSettings

    Returns
    -------
    tuple of EvidenceFaithfulness
        One a criterion for which any submission has evidence.

    References
    ----------
    DeYoung, J., et al. (2020). ERASER: a benchmark to evaluate rationalized NLP models (comprehensiveness). ACL.
    Samek, W., et al. (2017). Evaluating the visualization of what a deep neural network has learned (area over the
    perturbation curve). IEEE Transactions on Neural Networks and Learning Systems, 28(11).

    Examples
    --------
    >>> from reviewkit import load_bundle, read_submissions, shipped_folder
    >>> engine = load_bundle(shipped_folder("models") / "classroom-management").engine()
    >>> demo = read_submissions(shipped_folder("rubrics") / "classroom-management" / "demo.jsonl")
    >>> taken = [engine.take_in(one).segmented for one in demo[:2]]
    >>> found = evidence_faithfulness(engine.model, taken)
    >>> all(one.area["evidence"].value > 0 for one in found)
    True
    """
    falls: dict[str, list[dict[Choice, Floats]]] = {one.id: [] for one in model.rubric.criteria}
    generator = np.random.default_rng(settings.seed)
    for submission in submissions:
        for name, measured in _deleted(model, submission, generator, n_draws=settings.n_draws):
            falls[name].append(measured)
    return tuple(
        _summary(name, rows, n_without=len(submissions) - len(rows), settings=settings)
        for name, rows in falls.items()
        if rows
    )


def _deleted(
    model: Scores, submission: SegmentedSubmission, generator: np.random.Generator, *, n_draws: int
) -> Iterator[tuple[str, dict[Choice, Floats]]]:
    """Yield, by criterion with evidence, fall and move of each choice, shape (2, n_evidence)."""
    features = model.features([submission])[0]
    scores, whole = model.score(features)[0], model.probabilities(features)
    chosen = {one.criterion_id: dict(_chosen(one, submission, model.rubric, generator, n_draws)) for one in scores}
    asked = {rows[:k] for by in chosen.values() for draws in by.values() for rows in draws for k in _counts(rows)}
    variants = sorted({tuple(sorted(rows)) for rows in asked})
    without = model.features([_without(submission, rows) for rows in variants])
    said = {rows: model.probabilities(one) for rows, one in zip(variants, without, strict=True)}
    for score in scores:
        name, level = score.criterion_id, model.rubric.criterion(score.criterion_id).level_index(score.level)
        if chosen[name]["evidence"][0]:
            yield (
                name,
                {
                    choice: np.mean([_curve(name, rows, whole[name], said, level) for rows in draws], axis=0)
                    for choice, draws in chosen[name].items()
                },
            )


def _counts(rows: tuple[int, ...]) -> range:
    return range(1, len(rows) + 1)


def _curve(
    name: str, rows: tuple[int, ...], whole: Floats, said: dict[tuple[int, ...], dict[str, Floats]], level: int
) -> Floats:
    left = np.stack([said[tuple(sorted(rows[:k]))][name] for k in _counts(rows)])
    move = np.abs((left - whole) @ np.arange(len(whole)))
    return np.stack([sentence_weights(whole, left, level_index=level), move])


def _chosen(
    score: CriterionScore,
    submission: SegmentedSubmission,
    rubric: Rubric,
    generator: np.random.Generator,
    n_draws: int,
) -> Iterator[tuple[Choice, list[tuple[int, ...]]]]:
    """Yield rows of segments to delete, in order: the evidence, as many at random (several draws), the longest."""
    read = _rows_read(submission, rubric.criterion(score.criterion_id))
    at = {(submission.segments[row].part, submission.segments[row].start): row for row in read}
    evidence = tuple(at[one.part, one.start] for one in score.evidence)
    longest = sorted(read, key=lambda row: -len(submission.segments[row].text))
    draws = [tuple(map(int, generator.permutation(read)[: len(evidence)])) for _ in range(n_draws)]
    yield "evidence", [evidence]
    yield "random", draws
    yield "longest", [tuple(longest[: len(evidence)])]


def _rows_read(submission: SegmentedSubmission, criterion: Criterion) -> list[int]:
    return [int(row) for row in submission.rows_read(criterion)]


def _without(submission: SegmentedSubmission, rows: tuple[int, ...]) -> SegmentedSubmission:
    return replace(submission, segments=tuple(one for at, one in enumerate(submission.segments) if at not in rows))


def _summary(
    name: str, measured: list[dict[Choice, Floats]], *, n_without: int, settings: DeletionSettings
) -> EvidenceFaithfulness:
    longest = max(one["evidence"].shape[1] for one in measured)
    curves = {
        choice: np.stack(
            [np.pad(one[choice], ((0, 0), (0, longest - one[choice].shape[1])), "edge") for one in measured]
        )
        for choice in CHOICES
    }
    areas = {choice: np.stack([one[choice].mean(axis=1) for one in measured]) for choice in CHOICES}

    def estimate(values: Floats) -> Estimate:
        return _estimate(values, settings)

    return EvidenceFaithfulness(
        criterion_id=name,
        n=len(measured),
        n_without=n_without,
        fall={choice: tuple(curve[:, 0].mean(axis=0).tolist()) for choice, curve in curves.items()},
        area={choice: estimate(area[:, 0]) for choice, area in areas.items()},
        move={choice: estimate(area[:, 1]) for choice, area in areas.items()},
        gain={other: estimate(areas["evidence"][:, 0] - areas[other][:, 0]) for other in CHOICES[1:]},
    )


def _estimate(values: Floats, settings: DeletionSettings) -> Estimate:
    drawn = np.random.default_rng(settings.seed).integers(0, len(values), size=(settings.n_resamples, len(values)))
    tail = (1 - settings.confidence) / 2
    low, high = np.quantile(values[drawn].mean(axis=1), [tail, 1 - tail])
    return Estimate(value=float(values.mean()), low=float(low), high=float(high))
