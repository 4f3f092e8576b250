"""What is said of submissions: one criterion of several at once, with evidence and what the next level asks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from reviewkit.features.featurizer import Featurizer, SegmentFeatures, Views
from reviewkit.records import Criterion, CriterionScore, NextLevel
from reviewkit.scoring.evidence import evidence_sentences, sentence_weights
from reviewkit.scoring.recording import criterion_score, rounded
from reviewkit.scoring.scorer import CriterionScorer

SEGMENTS_AT_ONCE = 512


@dataclass(frozen=True)
class Taken:
    """A submission as the scorers read it.

    Attributes
    ----------
    features : SegmentFeatures
    views : dict of str to Views
        By criterion: the row of the text, and below it one a sentence read, with that sentence taken out.
    """

    features: SegmentFeatures
    views: dict[str, Views]

    @classmethod
    def of(cls, features: SegmentFeatures, criteria: Sequence[Criterion], featurizer: Featurizer) -> Self:
        """Compute the views of a submission."""
        return cls(features, featurizer.views(features, criteria, without_each=True))


def few_at_once(features: Sequence[SegmentFeatures]) -> Iterator[Sequence[SegmentFeatures]]:
    """Part submissions into runs whose views fit in memory together; a large one is a run of its own."""
    start = n_segments = 0
    for at, one in enumerate(features):
        n_segments += len(one.vectors)
        if n_segments > SEGMENTS_AT_ONCE and at > start:
            yield features[start:at]
            start, n_segments = at, len(one.vectors)
    if start < len(features):
        yield features[start:]


def criterion_scores(
    criterion: Criterion,
    scorer: CriterionScorer,
    taken: Sequence[Taken],
    *,
    featurizer: Featurizer,
    min_support: float,
) -> list[tuple[CriterionScore, NDArray[np.float64]]]:
    """Score one criterion of several submissions.

    Parameters
    ----------
    criterion : Criterion
    scorer : CriterionScorer
    taken : sequence of Taken
    featurizer : Featurizer
    min_support : float
        Similarity below which nothing in a text speaks to what a descriptor asks.

    Returns
    -------
    list of (CriterionScore, ndarray of float64)
        Each with its probabilities before they were rounded. None depends on the other submissions.
    """
    views = [one.views[criterion.id] for one in taken]
    wholes, sizes = [one.whole for one in views], [len(one.embedding) for one in views]
    first = np.cumsum(sizes) - sizes
    graded = scorer.graded(*views)
    scored = scorer.score(*wholes, probabilities=None if scorer.has_steps else graded[first])
    scores = []
    for one, said, rows in zip(taken, scored, np.split(graded, first[1:]), strict=True):
        at = int(rounded(said.probabilities).argmax())
        score = criterion_score(
            criterion,
            said,
            coverage_level=scorer.settings.coverage_level,
            cold=scorer.cold_,
            evidence=evidence_sentences(one.features, criterion, sentence_weights(rows[0], rows[1:], level_index=at)),
            next_level=_next_level(criterion, one.features, at, featurizer, min_support=min_support),
        )
        scores.append((score, said.probabilities))
    return scores


def _next_level(
    criterion: Criterion, features: SegmentFeatures, level_index: int, featurizer: Featurizer, *, min_support: float
) -> NextLevel | None:
    required = criterion.required_index
    if required is None or level_index >= required:
        return None
    support = featurizer.support(features, criterion, level_index + 1)
    asks = featurizer.asks_[criterion.id][level_index + 1].texts
    missing = tuple(ask for ask, near in zip(asks, support, strict=True) if near < min_support)
    return NextLevel(level=criterion.level_numbers[level_index + 1], missing=missing)
