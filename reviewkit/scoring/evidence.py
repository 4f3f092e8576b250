"""Evidence: the sentences that carry a suggested level, by what happens to the score when each is taken out."""

import numpy as np
from numpy.typing import NDArray

from reviewkit.features.featurizer import SegmentFeatures
from reviewkit.records import Criterion, Evidence
from reviewkit.records.base import DECIMALS

MOST_SENTENCES = 3


def sentence_weights(
    whole: NDArray[np.float64], without_each: NDArray[np.float64], *, level_index: int
) -> NDArray[np.float64]:
    """By how much taking each sentence out lowers the probability of the suggested level or a higher one.

    For the lowest level, which every text reaches: by how much it lowers the probability of that level.

    Parameters
    ----------
    whole : ndarray of float64, shape (n_levels,)
    without_each : ndarray of float64, shape (n_sentences, n_levels)
    level_index : int

    Returns
    -------
    ndarray of float64, shape (n_sentences,)

    Examples
    --------
    >>> sentence_weights(np.array([0.25, 0.75]), np.array([[0.5, 0.5], [0.25, 0.75]]), level_index=1).tolist()
    [0.25, 0.0]
    """
    side = slice(level_index, None) if level_index else slice(0, 1)
    weights: NDArray[np.float64] = whole[side].sum() - without_each[:, side].sum(axis=1)
    return weights


def evidence_sentences(
    features: SegmentFeatures, criterion: Criterion, weights: NDArray[np.float64]
) -> tuple[Evidence, ...]:
    """Sentences with the largest weights above 0, heaviest first, at most three.

    No sentence is passed over for being far from the descriptors: what the score rests on is shown, also where a
    reviewer would not have named it. See docs/evidence.md.

    Parameters
    ----------
    features : SegmentFeatures
    criterion : Criterion
    weights : ndarray of float64, shape (n_segments_read,)
    """
    segments, rows = features.submission.segments, features.submission.rows_read(criterion)
    heaviest = [at for at in np.argsort(-weights, kind="stable") if round(float(weights[at]), DECIMALS) > 0]
    return tuple(
        Evidence(
            part=segments[rows[at]].part,
            start=segments[rows[at]].start,
            end=segments[rows[at]].end,
            text=segments[rows[at]].text,
            weight=float(weights[at]),
        )
        for at in heaviest[:MOST_SENTENCES]
    )
