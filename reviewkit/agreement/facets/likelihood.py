"""The marginal likelihood of the model, its gradient and its observed information."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from reviewkit.agreement.design import FloatArray, IntArray
from reviewkit.agreement.facets.model import FacetsData

CHUNK = 4_000_000
LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True)
class Nodes:
    """Where a submission's measure is integrated over.

    Attributes
    ----------
    at : ndarray, shape (n_submissions, n_nodes)
        Measures, in logits.
    log_width : ndarray, shape (n_submissions, n_nodes)
        Log of the stretch that each node stands for.
    """

    at: FloatArray
    log_width: FloatArray


def fixed_nodes(n_submissions: int, *, n_nodes: int, bound: float) -> Nodes:
    """Equally spaced nodes, the same for each submission."""
    grid = np.linspace(-bound, bound, n_nodes)
    shape = (n_submissions, n_nodes)
    return Nodes(np.broadcast_to(grid, shape), np.full(shape, np.log(grid[1] - grid[0])))


def adaptive_nodes(data: FacetsData, parameters: FloatArray, sigma: float, *, n_nodes: int) -> Nodes:
    """Gauss–Hermite nodes around the mode of each submission's posterior, scaled by its curvature.

    Source: Pinheiro and Bates (1995), Journal of Computational and Graphical Statistics 4, 12-35.
    """
    mode, spread = posterior_modes(data, parameters, sigma)
    z, weight = np.polynomial.hermite.hermgauss(n_nodes)
    scale = np.sqrt(2.0) * spread[:, None]
    return Nodes(mode[:, None] + scale * z, np.log(scale) + np.log(weight) + z**2)


def posterior_modes(data: FacetsData, parameters: FloatArray, sigma: float) -> tuple[FloatArray, FloatArray]:
    """Mode of each submission's posterior and the spread of the normal that has its curvature there."""
    mode = np.zeros(len(data.starts) - 1)
    curvature = np.full_like(mode, sigma**-2)
    for _ in range(100):
        slope = -mode / sigma**2
        curvature = np.full_like(mode, sigma**-2)
        for first, last, rows in chunks(data, 1):
            at = mode[first:last, None]
            chance = probabilities(data, parameters, at[data.design.submission[rows] - first], rows)
            residual, variance = residual_and_variance(data, chance, rows)
            owner = data.design.submission[rows]
            slope += np.bincount(owner, residual[:, 0], len(mode))
            curvature += np.bincount(owner, variance[:, 0], len(mode))
        step = np.clip(slope / curvature, -2.0, 2.0)
        mode = mode + step
        if np.abs(step).max() < 1e-8:
            break
    return mode, 1 / np.sqrt(curvature)


def chunks(data: FacetsData, n_nodes: int) -> Iterator[tuple[int, int, slice]]:
    """Whole submissions at a time, so that no array of ratings by levels by nodes grows past a bound."""
    rows_at_once = max(1, CHUNK // (n_nodes * (data.steps.shape[1] + 1)))
    first, n_submissions = 0, len(data.starts) - 1
    while first < n_submissions:
        last = int(np.searchsorted(data.starts, data.starts[first] + rows_at_once, side="right")) - 1
        last = min(max(last, first + 1), n_submissions)
        yield first, last, slice(int(data.starts[first]), int(data.starts[last]))
        first = last


def probabilities(data: FacetsData, parameters: FloatArray, measure: FloatArray, rows: slice | IntArray) -> FloatArray:
    """Chance of each category for some ratings.

    Parameters
    ----------
    data : FacetsData
    parameters : ndarray, shape (n_full,)
    measure : ndarray, shape (n_rows, n_nodes)
        Measure of each rating's submission.
    rows : slice or ndarray of int

    Returns
    -------
    ndarray, shape (n_rows, n_categories, n_nodes)
        0 for categories that a criterion has not.
    """
    slices = data.slices
    rater, criterion = data.design.rater[rows], data.design.criterion[rows]
    offset = parameters[0] - parameters[slices["criteria"]][criterion] - parameters[slices["raters"]][rater]
    climb = np.arange(data.steps.shape[1] + 1)
    logit = (
        climb[:, None] * (measure + offset[:, None])[:, None, :]
        - cumulative_steps(data, parameters)[criterion][:, :, None]
    )
    logit -= logit.max(axis=1, keepdims=True)
    np.exp(logit, out=logit)
    logit /= logit.sum(axis=1, keepdims=True)
    chance: FloatArray = logit
    return chance


def cumulative_steps(data: FacetsData, parameters: FloatArray) -> FloatArray:
    """Sum of the steps up to each category, shape (n_criteria, n_categories); infinite where there is none."""
    steps = parameters[data.slices["steps"]]
    each = np.where(data.steps >= 0, steps[data.steps], np.inf)
    return np.hstack([np.zeros((len(each), 1)), np.cumsum(each, axis=1)])


def residual_and_variance(
    data: FacetsData, chance: FloatArray, rows: slice | IntArray
) -> tuple[FloatArray, FloatArray]:
    """Observed less expected category, and the variance of the category; shape (n_rows, n_nodes) each."""
    climb = np.arange(chance.shape[1], dtype=np.float64)
    expected = np.einsum("k,rkq->rq", climb, chance)
    variance = np.einsum("k,rkq->rq", climb**2, chance) - expected**2
    return data.category[rows, None] - expected, np.maximum(variance, 0.0)


def posterior(
    data: FacetsData, chance: FloatArray, nodes: Nodes, span: tuple[int, int, slice], sigma: float
) -> tuple[FloatArray, FloatArray]:
    """Log marginal likelihood of each submission, and the posterior weight of each of its nodes."""
    first, last, rows = span
    seen = chance[np.arange(chance.shape[0]), data.category[rows]]
    logs = np.log(np.maximum(seen, 1e-300))
    joint = np.add.reduceat(logs, data.starts[first:last] - data.starts[first], axis=0)
    at = nodes.at[first:last]
    joint += nodes.log_width[first:last] - 0.5 * (at / sigma) ** 2 - np.log(sigma) - 0.5 * LOG_2PI
    top = joint.max(axis=1, keepdims=True)
    weight = np.exp(joint - top)
    total = weight.sum(axis=1, keepdims=True)
    return (top + np.log(total))[:, 0], weight / total


def value_and_gradient(
    data: FacetsData, parameters: FloatArray, sigma: float, nodes: Nodes
) -> tuple[float, FloatArray]:
    """Log marginal likelihood and its gradient by the full parameters and, last, the log of sigma."""
    value, gradient = 0.0, np.zeros(data.size + 1)
    for span in chunks(data, nodes.at.shape[1]):
        first, last, rows = span
        owner = data.design.submission[rows] - first
        at = nodes.at[first:last]
        chance = probabilities(data, parameters, at[owner], rows)
        log_likelihood, weight = posterior(data, chance, nodes, span, sigma)
        value += float(log_likelihood.sum())
        features = score_features(data, chance, rows)
        mean = np.einsum("rfq,rq->rf", features, weight[owner])
        gradient[:-1] += np.bincount(feature_index(data, rows).ravel(), mean.ravel(), data.size + 1)[:-1]
        gradient[-1] += float((weight * ((at / sigma) ** 2 - 1)).sum())
    return value, gradient


def score_features(data: FacetsData, chance: FloatArray, rows: slice) -> FloatArray:
    """Score of each rating by the parameters it touches: location, criterion, rater, then each step.

    Returns
    -------
    ndarray, shape (n_rows, 3 + n_steps_max, n_nodes)
    """
    residual, _ = residual_and_variance(data, chance, rows)
    n_steps = chance.shape[1] - 1
    at_least = np.cumsum(chance[:, :0:-1], axis=1)[:, ::-1]
    reached = data.category[rows, None] >= np.arange(1, n_steps + 1)
    features = np.empty((chance.shape[0], 3 + n_steps, chance.shape[2]))
    features[:, 0], features[:, 1], features[:, 2] = residual, -residual, -residual
    features[:, 3:] = at_least - reached[:, :, None]
    return features


def feature_index(data: FacetsData, rows: slice) -> IntArray:
    """Full parameter that each feature belongs to, shape (n_rows, 3 + n_steps_max); padding goes to the end."""
    slices = data.slices
    steps = data.steps[data.design.criterion[rows]]
    index = np.empty((steps.shape[0], 3 + steps.shape[1]), dtype=np.intp)
    index[:, 0] = 0
    index[:, 1] = slices["criteria"].start + data.design.criterion[rows]
    index[:, 2] = slices["raters"].start + data.design.rater[rows]
    index[:, 3:] = np.where(steps >= 0, slices["steps"].start + steps, data.size)
    return index
