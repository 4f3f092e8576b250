"""A distribution over levels seen through its cuts: how likely the level lies at or below each but the last."""

import numpy as np
from numpy.typing import NDArray

_SMALLEST = 1e-300


def sigmoid(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chance of log odds."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * log_odds))


def cut_odds(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log odds that the level lies at or below each but the last, shape (n_rows, n_levels - 1)."""
    below = probabilities.cumsum(axis=1)[:, :-1]
    above = probabilities[:, ::-1].cumsum(axis=1)[:, -2::-1]
    return np.asarray(np.log(np.maximum(below, _SMALLEST)) - np.log(np.maximum(above, _SMALLEST)))


def at_or_below(level_index: NDArray[np.intp], n_levels: int) -> NDArray[np.float64]:
    """Whether each row's level lies at or below each cut, 1 or 0, shape (n_rows, n_levels - 1)."""
    return (level_index[:, None] <= np.arange(n_levels - 1)).astype(np.float64)


def levels_of_cuts(cumulative: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distributions from chances at or below each cut; where those cross, they are first brought into order.

    Each becomes the mean of the largest at or before it and the smallest at or after it: those in order stay.

    Examples
    --------
    >>> levels_of_cuts(np.array([[0.25, 0.75], [0.75, 0.25]])).tolist()
    [[0.25, 0.5, 0.25], [0.5, 0.0, 0.5]]
    """
    rising = np.maximum.accumulate(cumulative, axis=1)
    bounded = np.minimum.accumulate(cumulative[:, ::-1], axis=1)[:, ::-1]
    edges = np.pad((rising + bounded) / 2, ((0, 0), (1, 1)), constant_values=((0, 0), (0, 1)))
    return np.maximum(np.diff(edges, axis=1), 0.0)
