"""Cold start: too few ratings, so a criterion is scored from its descriptors and anchors and goes to a person."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from reviewkit.features.featurizer import Views

_SOFTNESS = 0.1


@dataclass(frozen=True)
class ColdStart:
    """Distribution over levels by likeness to their descriptors.

    Each level's weight is its share among the ratings at hand, one added to each, times how near the text's three
    nearest sentences come to its descriptor.

    Attributes
    ----------
    prior : ndarray of float64, shape (n_levels,)

    Examples
    --------
    >>> ColdStart.fit(np.array([1, 1]), n_levels=2).prior.tolist()
    [0.25, 0.75]
    """

    prior: NDArray[np.float64]

    @classmethod
    def fit(cls, level_index: NDArray[np.intp], *, n_levels: int) -> Self:
        """Take the levels of record at hand, which may be none."""
        counts = np.bincount(level_index, minlength=n_levels) + 1.0
        return cls(counts / counts.sum())

    def probabilities(self, views: Views) -> NDArray[np.float64]:
        """Distribution over levels.

        Returns
        -------
        ndarray of float64, shape (n_texts, n_levels)
        """
        likeness = views.similarity[:, len(self.prior) :]
        weight = self.prior * np.exp((likeness - likeness.max(axis=1, keepdims=True)) / _SOFTNESS)
        shares: NDArray[np.float64] = weight / weight.sum(axis=1, keepdims=True)
        return shares
