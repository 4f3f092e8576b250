"""Calibration of ordinal probabilities: one temperature, learned on rows that the estimator had not seen."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

_PRIOR_SD = 0.25
_RANGE = (-1.5, 1.5)


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
            likelihood = np.log(np.maximum(tempered[rows, level_index], 1e-300)).sum()
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


def _tempered(probabilities: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    logs = np.log(np.maximum(probabilities, 1e-300)) / temperature
    raised = np.exp(logs - logs.max(axis=1, keepdims=True))
    tempered: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return tempered
