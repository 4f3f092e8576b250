"""Calibrators that assume no form and so need many rows: isotonic regression of every cut, and Venn-Abers."""

from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from reviewkit.scoring.calibrator import Arrays
from reviewkit.scoring.cuts import at_or_below, cut_odds, levels_of_cuts, sigmoid

_GRID = np.arange(-30, 31) / 5  # log odds from -6 to 6, every fifth
_PRIOR_ROWS = 0.01


class IsotonicCalibrator:
    """Gives each cut the frequency that rises with what was said, and assumes nothing else of its form.

    The cumulative probability of each cut is rounded to a fifth of a log odd. Isotonic regression of what happened on
    that, with a hundredth of a row at each of the 61 places that says what was said, gives a table.

    Attributes
    ----------
    table_ : ndarray of float64, shape (n_levels - 1, 61)
        Chance of each cut by log odds from -6 to 6.

    References
    ----------
    Zadrozny, B., & Elkan, C. (2002). Transforming classifier scores into accurate multiclass probability estimates.
    KDD.

    Examples
    --------
    >>> said = np.repeat([[0.9, 0.1], [0.2, 0.8]], 100, axis=0)
    >>> fitted = IsotonicCalibrator().fit(said, np.array([0, 1] * 50 + [0] + [1] * 99))
    >>> fitted.transform(np.array([[0.9, 0.1], [0.2, 0.8]])).round(2).tolist()
    [[0.5, 0.5], [0.01, 0.99]]
    """

    name: ClassVar[str] = "isotonic"
    has_steps: ClassVar[bool] = True

    def fit(self, probabilities: NDArray[np.float64], level_index: NDArray[np.intp]) -> Self:
        """Learn the table."""
        happened, rows = _counts(probabilities, level_index)
        self.table_ = self._table(happened, rows)
        return self

    def transform(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrate distributions."""
        return levels_of_cuts(np.take_along_axis(self.table_.T, _places(probabilities), axis=0))

    def arrays(self) -> Arrays:
        """What was learned."""
        return {"table": self.table_}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Put together from what was learned."""
        calibrator = cls()
        calibrator.table_ = arrays["table"]
        return calibrator

    @staticmethod
    def rows_needed(n_levels: int) -> int:
        """A thousand: below that isotonic regression learns noise (Niculescu-Mizil & Caruana 2005)."""
        return 1000

    @staticmethod
    def _table(happened: NDArray[np.float64], rows: NDArray[np.float64]) -> NDArray[np.float64]:
        happened = happened + _PRIOR_ROWS * sigmoid(_GRID)
        return _isotonic(happened, rows + _PRIOR_ROWS, added=0.0, weight=0.0)


class VennAbersCalibrator(IsotonicCalibrator):
    """Isotonic regression that asks twice, as if the new row lay at or below the cut and as if it did not.

    The two answers enclose a calibrated probability, wide where rows are few, whatever the model; they are merged into
    the one that log loss regrets least, ``p1 / (1 - p0 + p1)``. Rounding to a fifth of a log odd is part of the score,
    so it costs sharpness and not validity. Validity is proved for a model fitted on other rows; here it was fitted
    again on all of them, so it holds as far as that fit is like those that had not seen a row.

    References
    ----------
    Vovk, V., & Petej, I. (2014). Venn-Abers predictors. UAI. Vovk, V., Petej, I., & Fedorova, V. (2015). Large-scale
    probabilistic predictors with and without guarantees of validity. NeurIPS. Manokhin, V. (2017). Multi-class
    probabilistic classification using inductive and cross Venn-Abers predictors. COPA.

    Examples
    --------
    One row, at or below the cut: 1 if the new one is too, else a half; merged, two thirds.

    >>> fitted = VennAbersCalibrator().fit(np.array([[0.5, 0.5]]), np.array([0]))
    >>> fitted.transform(np.array([[0.5, 0.5]])).round(3).tolist()
    [[0.667, 0.333]]
    """

    name: ClassVar[str] = "venn-abers"

    @staticmethod
    def rows_needed(n_levels: int) -> int:
        """Two hundred: asking twice draws it towards a half where rows are few."""
        return 200

    @staticmethod
    def _table(happened: NDArray[np.float64], rows: NDArray[np.float64]) -> NDArray[np.float64]:
        low = _isotonic(happened, rows, added=0.0, weight=1.0)
        high = _isotonic(happened, rows, added=1.0, weight=1.0)
        merged: NDArray[np.float64] = high / (1 - low + high)
        return merged


def _places(probabilities: NDArray[np.float64]) -> NDArray[np.intp]:
    steps = np.rint((np.clip(cut_odds(probabilities), _GRID[0], _GRID[-1]) - _GRID[0]) * 5)
    return np.asarray(steps, dtype=np.intp)


def _counts(
    probabilities: NDArray[np.float64], level_index: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How often each cut happened, and how many rows there are, by cut and place of the grid."""
    places, below = _places(probabilities), at_or_below(level_index, probabilities.shape[1])
    cells = (places + len(_GRID) * np.arange(places.shape[1])).ravel()
    table = (places.shape[1], len(_GRID))

    def total(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(cells, weights.ravel(), minlength=table[0] * table[1]), np.float64).reshape(table)

    return total(below), total(np.ones_like(below))


def _isotonic(
    happened: NDArray[np.float64], rows: NDArray[np.float64], *, added: float, weight: float
) -> NDArray[np.float64]:
    """Isotonic frequency at each place, by cut, as if ``weight`` rows, ``added`` of them happened, stood there too.

    The largest, over places to the left, of the smallest, over places to the right, mean between the two.
    """
    sums, counts = (np.pad(one.cumsum(axis=1), ((0, 0), (1, 0))) for one in (happened, rows))
    table = np.empty_like(rows)
    for at in range(rows.shape[1]):
        count = counts[:, None, at + 1 :] - counts[:, : at + 1, None] + weight
        mean = (sums[:, None, at + 1 :] - sums[:, : at + 1, None] + added) / count
        table[:, at] = mean.min(axis=2).max(axis=1)
    return table
