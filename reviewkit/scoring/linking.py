"""Equipercentile linking: levels that spread over a cohort as the levels of record do.

The mean of a distribution over levels lies nearer to the middle than the level of record: the less is known of a text,
the nearer. Rounded, such means hardly ever give the highest or the lowest level. Linking gives the level that stands
at the same percentile among the levels of record as the mean stands among the means.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class LevelLinking:
    """Cuts between levels on the scale of expected level indices.

    Attributes
    ----------
    cuts : ndarray of float64, shape (n_levels - 1,)
        Never falling; below ``cuts[k]`` lies the same share of expected levels as of records at or below level ``k``.

    References
    ----------
    Kolen, M. J., & Brennan, R. L. (2014). Test equating, scaling, and linking (3rd ed.). Springer.

    Examples
    --------
    Half of the records are at the lowest level, and half of the means are below 0.6.

    >>> linking = LevelLinking.fit(np.array([0.4, 0.5, 0.7, 0.8]), np.array([0, 0, 1, 1]), n_levels=2)
    >>> linking.level_index(np.array([0.5, 0.55, 0.65])).tolist()
    [0, 0, 1]
    """

    cuts: NDArray[np.float64]

    @classmethod
    def fit(cls, expected: NDArray[np.float64], level_index: NDArray[np.intp], *, n_levels: int) -> Self:
        """Learn the cuts.

        Parameters
        ----------
        expected : ndarray of float64, shape (n_rows,)
            Expected level index of rows that the scorer had not seen.
        level_index : ndarray of intp, shape (n_rows,)
            Their levels of record.
        n_levels : int
        """
        share = np.cumsum(np.bincount(level_index, minlength=n_levels))[:-1] / len(level_index)
        cuts = np.quantile(expected, share, method="hazen")
        cuts[share == 0], cuts[share == 1] = -1.0, float(n_levels)
        return cls(cuts)

    def level_index(self, expected: NDArray[np.float64]) -> NDArray[np.intp]:
        """Level index of each expected one, shape (n_rows,)."""
        return np.searchsorted(self.cuts, expected, side="left").astype(np.intp)
