"""Which unrated submissions to rate next: those whose ratings would leave the least unsaid of all of them."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reviewkit.bundle.folder import Bundle
from reviewkit.engine import EngineSettings
from reviewkit.errors import SubmissionError
from reviewkit.features.featurizer import SegmentFeatures
from reviewkit.model import ReviewModel
from reviewkit.records import Criterion, Record, Submission
from reviewkit.records.base import Level, Number, Probability
from reviewkit.scoring.stack import ENCODED_AT_ONCE
from reviewkit.scoring.teaching import teaching_features, teaching_order

Floats = NDArray[np.float64]


class UnratedSubmission(Record):
    """An unrated submission in the order in which ratings teach most.

    Attributes
    ----------
    submission_id : str
    place : int
        From 1.
    stands_for : int
        Unrated submissions to which it is the nearest of those listed, itself among them.
    unsure_of : str
        Criterion on which its level is least sure.
    between : tuple of two levels
        The two most probable levels there, lower first.
    probability : float
        Of the more probable one.
    likeness : float or None
        Cosine to the nearest submission that is rated or listed before it; None where there is none.
    """

    submission_id: str
    place: int
    stands_for: int
    unsure_of: str
    between: tuple[Level, Level]
    probability: Probability
    likeness: Number | None

    @property
    def why(self) -> str:
        """Say in words what its rating would teach."""
        others = f"stands for {self.stands_for} like it" if self.stands_for > 1 else "is like no other that is unrated"
        near = "" if self.likeness is None else f"; likeness {self.likeness:.2f} to the nearest rated or listed before"
        low, high = self.between
        return (
            f"{others}{near}; least sure on {self.unsure_of}: {low:g} or {high:g} ({self.probability:.0%} the likelier)"
        )


def rank_unrated(
    bundle: Bundle,
    submissions: Iterable[Submission],
    *,
    n: int = 20,
    rated: Collection[str] = (),
    folder: Path | None = None,
) -> tuple[UnratedSubmission, ...]:
    """Rank unrated submissions by what a rating would teach.

    Parameters
    ----------
    bundle : Bundle
        Those that it learned from count as rated; list them too, so that what they cover need not be rated again.
    submissions : iterable of Submission
        Incomplete ones and those without text are left out.
    n : int
        How many to rank.
    rated : collection of str
        Submissions that were rated since.
    folder : Path, optional
        Where the paths of artifacts start.

    Returns
    -------
    tuple of UnratedSubmission
        The same for the same submissions, whatever their order.

    Raises
    ------
    SubmissionError
        If a submission was handed in for another rubric, or a path leaves the folder.

    Examples
    --------
    >>> from reviewkit import load_bundle, read_submissions, shipped_folder
    >>> bundle = load_bundle(shipped_folder("models") / "classroom-management")
    >>> demo = read_submissions(shipped_folder("rubrics") / "classroom-management" / "demo.jsonl")
    >>> [one.place for one in rank_unrated(bundle, demo, n=2)]
    [1, 2]
    """
    rows = sorted(submissions, key=lambda one: one.submission_id)
    engine = bundle.engine(settings=EngineSettings(unreadable_files="review"))
    read_as: list[tuple[Floats, Floats]] = []
    said: list[dict[str, Floats]] = []
    taken: list[Submission] = []
    for start in range(0, len(rows), ENCODED_AT_ONCE):
        handed_in = [engine.take_in(one, folder=folder) for one in rows[start : start + ENCODED_AT_ONCE]]
        whole = [one for one in handed_in if one.is_complete and one.segmented.segments]
        for one, features in zip(whole, bundle.model.features([one.segmented for one in whole]), strict=True):
            taken.append(one.submission)
            read_as.append(_read_as(bundle.model, features))
            said.append(bundle.model.probabilities(features))
    if not taken:
        raise SubmissionError("no submission is complete and holds text, so there is nothing to rank.")
    holds = bundle.manifest.seen.holds
    seen = np.asarray([one.submission_id in rated or holds(one.submission_id, one.teacher_id) for one in taken])
    embedding, surface = (np.stack(rows) for rows in zip(*read_as, strict=True))
    order = teaching_order(teaching_features(embedding, surface), rated=seen, n=n)
    return _told(order, taken, embedding, said, bundle.rubric.criteria, rated=seen)


def _read_as(model: ReviewModel, features: SegmentFeatures) -> tuple[Floats, Floats]:
    """What the embedding and the surface view read, the mean over criteria."""
    views = model.featurizer_.views(features, model.rubric.criteria).values()
    return tuple(np.mean([getattr(one, name)[0] for one in views], axis=0) for name in ("embedding", "surface"))


def _told(
    order: Sequence[int],
    taken: Sequence[Submission],
    vectors: Floats,
    said: Sequence[dict[str, Floats]],
    criteria: Sequence[Criterion],
    *,
    rated: NDArray[np.bool_],
) -> tuple[UnratedSubmission, ...]:
    unit = vectors - vectors.mean(axis=0)
    unit = unit / np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-12)
    nearest = np.asarray(order)[(unit[~rated] @ unit[order].T).argmax(axis=1)] if order else np.zeros(0)
    ranked = []
    for place, at in enumerate(order, start=1):
        before = [*np.flatnonzero(rated).tolist(), *order[: place - 1]]
        ranked.append(
            UnratedSubmission(
                submission_id=taken[at].submission_id,
                place=place,
                stands_for=int((nearest == at).sum()),
                likeness=float((unit[before] @ unit[at]).max()) if before else None,
                **_least_sure(said[at], criteria),
            )
        )
    return tuple(ranked)


def _least_sure(said: dict[str, Floats], criteria: Sequence[Criterion]) -> dict[str, object]:
    """Name the criterion whose likeliest level is least likely, and its two likeliest levels."""
    criterion = min(criteria, key=lambda one: float(said[one.id].max()))
    first, second = np.argsort(-said[criterion.id], kind="stable")[:2]
    low, high = sorted((criterion.level_numbers[first], criterion.level_numbers[second]))
    return {"unsure_of": criterion.id, "between": (low, high), "probability": float(said[criterion.id][first])}
