"""The views of all training submissions, stacked by what criteria read, and how far each descriptor is met."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from reviewkit.agreement.score_of_record import RatedSubmission
from reviewkit.features.featurizer import Featurizer, SegmentFeatures, Views
from reviewkit.features.segmented import SegmentedSubmission
from reviewkit.records import Criterion, Rubric
from reviewkit.records.rubric import REFLECTION
from reviewkit.scoring.rows import CriterionRows, SharedRows

ENCODED_AT_ONCE = 64
_DEFAULT_SUPPORT = 0.4
_SUPPORT_QUANTILE = 0.2
_FEWEST_SUPPORTS = 10


def reflection_vectors(features: SegmentFeatures) -> NDArray[np.float64]:
    """Vectors of the reflection's sentences, shape (n_sentences, dimension)."""
    rows = [row for row, one in enumerate(features.submission.segments) if one.part == REFLECTION]
    return features.vectors[rows]


@dataclass(frozen=True)
class Stack:
    """The views of all training submissions, stacked by what criteria read, and how far each descriptor is met."""

    submission_ids: tuple[str, ...]
    shared: dict[tuple[str, ...] | None, SharedRows]
    similarity: dict[str, NDArray[np.float64]]
    support: dict[str, list[list[NDArray[np.float64]]]]
    mean_vectors: NDArray[np.float64]
    reflections: list[NDArray[np.float64]]

    @classmethod
    def build(cls, featurizer: Featurizer, submissions: Sequence[SegmentedSubmission], rubric: Rubric) -> "Stack":
        """Compute the views of all submissions, some at a time."""
        views: dict[str, list[Views]] = {one.id: [] for one in rubric.criteria}
        support: dict[str, list[list[NDArray[np.float64]]]] = {one.id: [] for one in rubric.criteria}
        means: list[NDArray[np.float64]] = []
        reflections: list[NDArray[np.float64]] = []
        for start in range(0, len(submissions), ENCODED_AT_ONCE):
            for features in featurizer.transform(submissions[start : start + ENCODED_AT_ONCE]):
                means.append(features.vectors.mean(axis=0))
                reflections.append(reflection_vectors(features))
                for criterion_id, one in featurizer.views(features, rubric.criteria).items():
                    criterion = rubric.criterion(criterion_id)
                    views[criterion_id].append(one)
                    support[criterion_id].append(
                        [featurizer.support(features, criterion, level) for level in range(len(criterion.levels))]
                    )
        n_ngrams = len(featurizer.vocabulary_.ngrams_)
        shared: dict[tuple[str, ...] | None, SharedRows] = {}
        for criterion in rubric.criteria:
            if criterion.reads not in shared:
                shared[criterion.reads] = SharedRows.stack(views[criterion.id], n_ngrams=n_ngrams)
        similarity = {name: np.vstack([one.similarity for one in rows]) for name, rows in views.items()}
        ids = tuple(one.submission_id for one in submissions)
        return cls(ids, shared, similarity, support, np.stack(means), reflections)

    def rows(
        self,
        criterion: Criterion,
        rated: dict[str, RatedSubmission],
        teachers: Sequence[str],
        *,
        shifts: Mapping[str, float] = MappingProxyType({}),
    ) -> CriterionRows:
        """Rows that have a score of record; ``shifts``, by rater, are taken off the levels that the heads learn."""
        at, mean_level, level_index = [], [], []
        for row, name in enumerate(self.submission_ids):
            one = rated.get(name)
            if one is None or one.record is None:
                continue
            record = criterion.level_index(one.record)
            given = [level - shifts.get(rater, 0.0) for level, rater in zip(one.levels, one.rater_ids, strict=True)]
            merged = [one.record] if one.adjudicated or not given else given
            at.append(row)
            indices = np.interp(merged, criterion.level_numbers, np.arange(len(criterion.levels)))
            mean_level.append(float(indices.mean()))
            level_index.append(record)
        rows = np.asarray(at, dtype=np.intp)
        return CriterionRows(
            self.shared[criterion.reads],
            rows,
            self.similarity[criterion.id][rows],
            np.asarray(mean_level),
            np.asarray(level_index, dtype=np.intp),
            tuple(teachers[row] for row in at),
        )

    def support_bound(
        self, criterion: Criterion, rated: dict[str, RatedSubmission], submission_ids: Sequence[str]
    ) -> float:
        """Similarity that four fifths of the texts at a level reach with what its descriptor asks."""
        reached: list[float] = []
        for row, name in enumerate(submission_ids):
            one = rated.get(name)
            if one is not None and one.record is not None:
                reached += self.support[criterion.id][row][criterion.level_index(one.record)].tolist()
        if len(reached) < _FEWEST_SUPPORTS:
            return _DEFAULT_SUPPORT
        return float(np.quantile(reached, _SUPPORT_QUANTILE))
