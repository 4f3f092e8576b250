"""Linear linking: levels that spread over a cohort as the levels of record do.

The mean of a distribution over levels lies nearer to the middle than the level of record: the less is known of a text,
the nearer. Rounded, such means hardly ever give the highest or the lowest level. Linking spreads them to the mean and
the standard deviation of the records, and takes the nearest level.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

_SAME = 1e-9  # levels; expected ones that differ by less differ by rounding alone, and tell nothing


@dataclass(frozen=True)
class LevelLinking:
    """Cuts between levels on the scale of expected level indices.

    Attributes
    ----------
    cuts : ndarray of float64, shape (n_levels - 1,)
        Never falling, from -1 to ``n_levels``; what lies above ``cuts[k]`` is at level ``k + 1`` or higher.

    References
    ----------
    Kolen, M. J., & Brennan, R. L. (2014). Test equating, scaling, and linking (3rd ed.). Springer.

    Examples
    --------
    The means stand three tenths apart, the records one level.

    >>> linking = LevelLinking.fit(np.array([0.35, 0.65, 0.35, 0.65]), np.array([0, 1, 0, 1]), n_levels=3)
    >>> linking.level_index(np.array([0.45, 0.55, 0.95])).tolist()
    [0, 1, 1]
    """

    cuts: NDArray[np.float64]

    @classmethod
    def fit(cls, expected: NDArray[np.float64], level_index: NDArray[np.intp], *, n_levels: int) -> Self:
        """Learn the cuts; levels beyond the lowest and the highest of record are never given.

        Parameters
        ----------
        expected : ndarray of float64, shape (n_rows,)
            Expected level index of rows that the scorer had not seen.
        level_index : ndarray of intp, shape (n_rows,)
            Their levels of record, not all the same.
        n_levels : int
        """
        half_way = np.arange(1, n_levels) - 0.5
        spread = float(expected.std())
        slope = spread / float(level_index.std()) if spread > _SAME else 1.0
        cuts = expected.mean() + slope * (half_way - level_index.mean())
        cuts[half_way < level_index.min()], cuts[half_way > level_index.max()] = -1.0, float(n_levels)
        return cls(np.clip(cuts, -1.0, n_levels))

    def level_index(self, expected: NDArray[np.float64]) -> NDArray[np.intp]:
        """Level index of each expected one, shape (n_rows,)."""
        return np.searchsorted(self.cuts, expected, side="left").astype(np.intp)
