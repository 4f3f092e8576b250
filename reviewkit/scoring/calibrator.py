"""Calibrators of ordinal probabilities that few rows can hold: a temperature, and a line for every cut."""

from typing import ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from reviewkit.scoring.cuts import at_or_below, cut_odds, levels_of_cuts, sigmoid

Arrays = dict[str, NDArray[np.float64]]

_PRIOR_SD, _OFFSET_SD = 0.25, 0.5
_RANGE = (-1.5, 1.5)
_SMALLEST = 1e-300


class Calibrator(Protocol):
    """What a scorer needs of a calibrator."""

    name: ClassVar[str]
    has_steps: ClassVar[bool]

    def fit(self, probabilities: NDArray[np.float64], level_index: NDArray[np.intp]) -> Self:
        """Learn from rows that the model had not seen."""

    def transform(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrate distributions, each row by itself."""

    def arrays(self) -> Arrays:
        """What was learned, for a bundle."""

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Put together from a bundle."""

    @staticmethod
    def rows_needed(n_levels: int) -> int:
        """Fewest rows from which it is considered."""


class TemperatureCalibrator:
    """Sharpens or softens distributions over levels by one temperature.

    The temperature maximises the likelihood of the levels of record, with a prior that its logarithm is normal
    around 0 with standard deviation 0.25: few rows leave the probabilities nearly as they are.

    Attributes
    ----------
    temperature_ : float
        Above 1 softens, below 1 sharpens.

    References
    ----------
    Guo, C., Pleiss, G., Sun, Y., & Weinberger, K. Q. (2017). On calibration of modern neural networks. ICML.

    Examples
    --------
    >>> sure = np.array([[0.9, 0.1]] * 10)
    >>> TemperatureCalibrator().fit(sure, np.array([0, 1] * 5)).temperature_ > 1
    True
    """

    name: ClassVar[str] = "temperature"
    has_steps: ClassVar[bool] = False

    def fit(self, probabilities: NDArray[np.float64], level_index: NDArray[np.intp]) -> Self:
        """Learn the temperature.

        Parameters
        ----------
        probabilities : ndarray of float64, shape (n_rows, n_levels)
            Each row given by a fit that had not seen the row.
        level_index : ndarray of intp, shape (n_rows,)
            Level of record.
        """
        from scipy.optimize import minimize_scalar

        rows = np.arange(len(level_index))

        def loss(log_temperature: float) -> float:
            tempered = _tempered(probabilities, float(np.exp(log_temperature)))
            likelihood = np.log(np.maximum(tempered[rows, level_index], _SMALLEST)).sum()
            return float(0.5 * (log_temperature / _PRIOR_SD) ** 2 - likelihood)

        self.temperature_ = float(np.exp(minimize_scalar(loss, bounds=_RANGE, method="bounded").x))
        return self

    def transform(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrate distributions.

        Returns
        -------
        ndarray of float64, shape (n_rows, n_levels)
            Rows sum to 1.
        """
        return _tempered(probabilities, self.temperature_)

    def arrays(self) -> Arrays:
        """What was learned."""
        return {"temperature": np.array([self.temperature_])}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Put together from what was learned."""
        calibrator = cls()
        calibrator.temperature_ = float(arrays["temperature"][0])
        return calibrator

    @staticmethod
    def rows_needed(n_levels: int) -> int:
        """None: its prior holds it near 1 where rows are few."""
        return 0


class SigmoidCalibrator:
    """Moves each cut's log odds by an offset of its own, and all by one slope.

    ``P(y <= k) = sigmoid(slope * logit(c_k) + offset_k)`` for the given cumulative probability ``c_k``: Platt's scaling
    of every cut, parallel. Slope and offsets maximise the likelihood of all cuts together, which is concave, with
    normal priors around 1 (standard deviation 0.25) and 0 (0.5). Unlike a temperature it can move mass up or down
    the scale, such as where a model gives high levels too readily.

    Attributes
    ----------
    slope_ : float
    offsets_ : ndarray of float64, shape (n_levels - 1,)
        Above 0: the level lies at or below that cut more often than was said.

    References
    ----------
    Platt, J. (1999). Probabilistic outputs for support vector machines. Advances in Large Margin Classifiers, 61-74.

    Examples
    --------
    Three of four lie at the lower level where half were said to.

    >>> fitted = SigmoidCalibrator().fit(np.full((400, 2), 0.5), np.array([0, 0, 0, 1] * 100))
    >>> fitted.transform(np.array([[0.5, 0.5]])).round(2).tolist()
    [[0.74, 0.26]]
    """

    name: ClassVar[str] = "sigmoid"
    has_steps: ClassVar[bool] = False

    def fit(self, probabilities: NDArray[np.float64], level_index: NDArray[np.intp]) -> Self:
        """Learn slope and offsets."""
        from scipy.optimize import minimize

        odds, below = cut_odds(probabilities), at_or_below(level_index, probabilities.shape[1])

        def loss(line: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            said = line[0] * odds + line[1:]
            missed = sigmoid(said) - below
            off = (line - start) / spread**2
            value = (np.logaddexp(0.0, said) - below * said).sum() + 0.5 * (off * (line - start)).sum()
            return float(value), np.concatenate([[(missed * odds).sum()], missed.sum(axis=0)]) + off

        start = np.concatenate([[1.0], np.zeros(odds.shape[1])])
        spread = np.concatenate([[_PRIOR_SD], np.full(odds.shape[1], _OFFSET_SD)])
        bounds = [(0.05, None), *[(None, None)] * odds.shape[1]]
        line = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
        self.slope_, self.offsets_ = float(line[0]), line[1:]
        return self

    def transform(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrate distributions."""
        return levels_of_cuts(sigmoid(self.slope_ * cut_odds(probabilities) + self.offsets_))

    def arrays(self) -> Arrays:
        """What was learned."""
        return {"slope": np.array([self.slope_]), "offsets": self.offsets_}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Put together from what was learned."""
        calibrator = cls()
        calibrator.slope_, calibrator.offsets_ = float(arrays["slope"][0]), arrays["offsets"]
        return calibrator

    @staticmethod
    def rows_needed(n_levels: int) -> int:
        """Twenty for each of its ``n_levels`` parameters."""
        return 20 * n_levels


def _tempered(probabilities: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    logs = np.log(np.maximum(probabilities, _SMALLEST)) / temperature
    raised = np.exp(logs - logs.max(axis=1, keepdims=True))
    tempered: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return tempered
