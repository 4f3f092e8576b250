"""What length and surface counts alone reach on the rows of an evaluation, beside the model."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reviewkit.features.surface import segment_counts, surface_features, words_of
from reviewkit.records import Criterion, Part
from reviewkit.scoring.baselines import Baseline, beside_baselines

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


class Texts(NamedTuple):
    """Texts and teacher of each submission, by its id; a teacher not named is the submission's own."""

    parts: Mapping[str, Sequence[Part]]
    teachers: Mapping[str, str]

    def baselines(
        self, criterion: Criterion, names: Sequence[str], *, record: Sequence[float], model: Sequence[float]
    ) -> tuple[Baseline, ...]:
        """Set levels that a model suggests for submissions beside the baselines; none where a text is missing."""
        if not all(name in self.parts for name in names):
            return ()
        return text_baselines(
            criterion,
            [self.parts[name] for name in names],
            level_index=np.asarray([criterion.level_index(level) for level in record], dtype=np.intp),
            model=np.asarray([criterion.level_index(level) for level in model], dtype=np.intp),
            teachers=[self.teachers.get(name, name) for name in names],
        )


def text_baselines(
    criterion: Criterion,
    texts: Sequence[Sequence[Part]],
    *,
    level_index: NDArray[np.intp],
    model: NDArray[np.intp],
    teachers: Sequence[str],
) -> tuple[Baseline, ...]:
    """Set a model beside two that know no more than length, or than surface counts.

    Parameters
    ----------
    criterion : Criterion
    texts : sequence of sequence of Part, length n_rows
    level_index : ndarray of intp, shape (n_rows,)
        Levels of record.
    model : ndarray of intp, shape (n_rows,)
        Levels that the model suggests.
    teachers : sequence of str, length n_rows

    Returns
    -------
    tuple of Baseline
        Each learned on these same rows by cross-fitting, which favours it: it knows the program. None below 20 rows,
        with one level or fewer than two teachers.
    """
    if not len(texts):
        return ()
    read = [[part.text for part in parts if criterion.reads is None or part.kind in criterion.reads] for parts in texts]
    features = {
        "length": np.asarray([[np.log1p(sum(len(words_of(text)) for text in one))] for one in read]),
        "surface": np.vstack([_surface(one) for one in read]),
    }
    return beside_baselines(features, level_index, model, teachers=teachers, n_levels=len(criterion.levels))


def _surface(texts: list[str]) -> NDArray[np.float64]:
    pieces = [piece for text in texts for piece in _SENTENCE_END.split(text) if piece.strip()]
    counts, words = segment_counts(pieces, [words_of(piece) for piece in pieces])
    summed = (one.sum(axis=0, keepdims=True) for one in (counts, words))
    return surface_features(*summed, cohesion=np.zeros(1))  # cohesion would take an encoder
