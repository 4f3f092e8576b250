"""The search for the parameters that make the ratings most likely."""

from dataclasses import dataclass

import numpy as np

from reviewkit.agreement.design import FloatArray
from reviewkit.agreement.facets.information import observed_information
from reviewkit.agreement.facets.likelihood import Nodes, adaptive_nodes, fixed_nodes, value_and_gradient
from reviewkit.agreement.facets.model import FacetsData, FacetsSettings, identification
from reviewkit.errors import DesignError

NO_SPREAD = 0.05
WIDEST = 20.0
# Raters who hardly ever differ spread the measures, and a posterior is then a plateau between two thresholds, which
# nodes around its mode miss; from this sigma on, nodes lie closely from end to end.
WIDE, WIDE_NODES = 5.0, 201


@dataclass(frozen=True)
class Estimate:
    """The fitted parameters.

    Attributes
    ----------
    parameters : ndarray, shape (n_full,)
        Location, difficulties, severities and steps.
    sigma : float
        Standard deviation of the measures; at most ``NO_SPREAD`` where the ratings show none.
    covariance : ndarray, shape (n_full + 1, n_full + 1)
        Of the parameters and, last, the log of sigma.
    nodes : Nodes
    log_likelihood : float
    n_parameters : int
        Free parameters, sigma among them.
    converged : bool
    """

    parameters: FloatArray
    sigma: float
    covariance: FloatArray
    nodes: Nodes
    log_likelihood: float
    n_parameters: int
    converged: bool


class _Search:
    """The free parameters of one model, and the moves on them."""

    def __init__(self, data: FacetsData, settings: FacetsSettings) -> None:
        self.data, self.settings = data, settings
        matrix = identification(data)
        self.matrix = np.zeros((matrix.shape[0] + 1, matrix.shape[1] + 1))
        self.matrix[:-1, :-1] = matrix
        self.matrix[-1, -1] = 1.0

    def full(self, free: FloatArray) -> tuple[FloatArray, float]:
        point = self.matrix @ free
        return point[:-1], float(np.exp(np.clip(point[-1], -6.0, 4.0)))

    def nodes(self, free: FloatArray) -> Nodes:
        if self.settings.quadrature == "fixed":
            n_submissions = len(self.data.starts) - 1
            return fixed_nodes(n_submissions, n_nodes=self.settings.n_nodes, bound=self.settings.bound)
        parameters, sigma = self.full(free)
        if sigma > WIDE:
            return fixed_nodes(len(self.data.starts) - 1, n_nodes=WIDE_NODES, bound=WIDE * sigma)
        return adaptive_nodes(self.data, parameters, sigma, n_nodes=self.settings.n_nodes)

    def value(self, free: FloatArray, nodes: Nodes) -> tuple[float, FloatArray]:
        value, gradient = value_and_gradient(self.data, *self.full(free), nodes)
        return value, self.matrix.T @ gradient

    def information(self, free: FloatArray, nodes: Nodes) -> FloatArray:
        full = observed_information(self.data, *self.full(free), nodes)
        return self.matrix.T @ full @ self.matrix


def estimate(data: FacetsData, settings: FacetsSettings) -> Estimate:
    """Fit a model: a quasi-Newton search from zero, then Newton steps by the observed information.

    Raises
    ------
    DesignError
        If the ratings do not determine the parameters, or determine them so well that none is finite.
    """
    search = _Search(data, settings)
    free, nodes, converged = max(
        (_newton(search, start) for start in _starts(search)), key=lambda found: search.value(found[0], found[1])[0]
    )
    parameters, sigma = search.full(free)
    _check_finite(sigma)
    information = search.information(free, nodes)
    kept = len(free) if sigma > NO_SPREAD else len(free) - 1
    information = information[:kept, :kept]
    _check_determined(information, settings)
    matrix = search.matrix[:, :kept]
    covariance = matrix @ np.linalg.inv(information) @ matrix.T
    log_likelihood = search.value(free, nodes)[0]
    return Estimate(parameters, sigma, covariance, nodes, log_likelihood, len(free), converged)


def _starts(search: _Search) -> list[FloatArray]:
    """Points to start from: one around each submission's mode, and more on a fixed grid, which has false summits."""
    around = _Search(search.data, search.settings.model_copy(update={"quadrature": "adaptive", "n_nodes": 11}))
    free = _quasi_newton(around, np.zeros(around.matrix.shape[1]), rounds=2)
    if search.settings.quadrature == "adaptive":
        return [free]
    summit = _newton(around, free)[0]
    return [summit, _quasi_newton(search, summit, rounds=1), _quasi_newton(search, np.zeros_like(free), rounds=1)]


def _quasi_newton(search: _Search, free: FloatArray, *, rounds: int) -> FloatArray:
    from scipy.optimize import minimize

    for _ in range(rounds):
        nodes = search.nodes(free)

        def loss(point: FloatArray, nodes: Nodes = nodes) -> tuple[float, FloatArray]:
            value, gradient = search.value(point, nodes)
            return -value / search.data.design.n_ratings, -gradient / search.data.design.n_ratings

        free = minimize(loss, free, jac=True, method="L-BFGS-B", options={"maxiter": 60, "ftol": 1e-7}).x
    return free


def _newton(search: _Search, free: FloatArray) -> tuple[FloatArray, Nodes, bool]:
    for _ in range(search.settings.max_iterations):
        nodes = search.nodes(free)
        value, gradient = search.value(free, nodes)
        step = _ascent(search.information(free, nodes), gradient)
        if search.full(free)[1] <= NO_SPREAD:
            step[-1] = 0.0
        free, moved = _line_search(search, free, step, value, nodes)
        if moved < search.settings.tolerance:
            return free, search.nodes(free), True
    return free, search.nodes(free), False


def _ascent(information: FloatArray, gradient: FloatArray) -> FloatArray:
    value, vector = np.linalg.eigh((information + information.T) / 2)
    value = np.maximum(np.abs(value), 1e-6 * max(float(np.abs(value).max()), 1.0))
    step: FloatArray = vector @ ((vector.T @ gradient) / value)
    return step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))


def _line_search(
    search: _Search, free: FloatArray, step: FloatArray, value: float, nodes: Nodes
) -> tuple[FloatArray, float]:
    size = 1.0
    while size > 1e-4:
        trial = free + size * step
        if search.value(trial, nodes)[0] >= value - 1e-9 * abs(value):
            return trial, size * float(np.abs(step).max())
        size /= 2
    return free, 0.0


def _check_finite(sigma: float) -> None:
    if sigma >= WIDEST:
        raise DesignError(
            "raters order the submissions (almost) without exception, so that the likelihood rises without end as "
            "measures spread, and no finite severity fits; report percent agreement and differences of means instead."
        )


def _check_determined(information: FloatArray, settings: FacetsSettings) -> None:
    values = np.linalg.eigvalsh((information + information.T) / 2)
    if values[0] <= 1e-9 * values[-1]:
        raise DesignError(
            f"the ratings do not determine the {settings.model} model (an eigenvalue of the information is "
            f"{values[0]:.3g}); add ratings that tie raters and criteria together, or take model='rating-scale'."
        )
