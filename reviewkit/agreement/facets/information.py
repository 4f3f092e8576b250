"""Observed information of the marginal likelihood.

Source: Louis (1982), Journal of the Royal Statistical Society B 44, 226-233: what the data would say if the
measures were known, less what is lost because they are not.
"""

import numpy as np

from reviewkit.agreement.design import FloatArray, IntArray
from reviewkit.agreement.facets.likelihood import (
    Nodes,
    chunks,
    feature_index,
    posterior,
    probabilities,
    score_features,
)
from reviewkit.agreement.facets.model import FacetsData


def observed_information(data: FacetsData, parameters: FloatArray, sigma: float, nodes: Nodes) -> FloatArray:
    """Observed information by the full parameters and, last, the log of sigma.

    Returns
    -------
    ndarray, shape (n_full + 1, n_full + 1)
    """
    size = data.size + 1
    information = np.zeros((size + 1, size + 1))
    for span in chunks(data, nodes.at.shape[1]):
        first, _, rows = span
        owner = data.design.submission[rows] - first
        chance = probabilities(data, parameters, nodes.at[first : span[1]][owner], rows)
        weight = posterior(data, chance, nodes, span, sigma)[1]
        _add_complete(information, data, chance, weight[owner], rows)
        scaled = (nodes.at[first : span[1]] / sigma) ** 2
        information[size - 1, size - 1] += 2 * float((weight * scaled).sum())
        features = score_features(data, chance, rows)
        _subtract_missing(information, data, features, weight=weight, spread=scaled - 1, span=span)
    return information[:size, :size]


def _add_complete(
    information: FloatArray, data: FacetsData, chance: FloatArray, weight: FloatArray, rows: slice
) -> None:
    local = _complete_blocks(chance, weight)
    index = _shifted_index(data, rows)
    size = information.shape[0]
    flat = index[:, :, None] * size + index[:, None, :]
    information += np.bincount(flat.ravel(), local.ravel(), size * size).reshape(size, size)


def _shifted_index(data: FacetsData, rows: slice) -> IntArray:
    index = feature_index(data, rows)
    return np.where(index == data.size, data.size + 1, index)


def _complete_blocks(chance: FloatArray, weight: FloatArray) -> FloatArray:
    """Posterior mean of the covariance of each rating's features, shape (n_rows, n_features, n_features)."""
    n_steps = chance.shape[1] - 1
    climb = np.arange(n_steps + 1, dtype=np.float64)
    reached = (climb[:, None] >= np.arange(1, n_steps + 1)).astype(np.float64)
    carried = np.column_stack([climb, -climb, -climb, -reached])
    mean = np.einsum("kf,rkq->rfq", carried, chance)
    second = np.einsum("rkq,rq->rk", chance, weight)
    raw = np.einsum("kf,rk,kg->rfg", carried, second, carried, optimize=True)
    blocks: FloatArray = raw - np.einsum("rfq,rq,rgq->rfg", mean, weight, mean, optimize=True)
    return blocks


def _subtract_missing(
    information: FloatArray,
    data: FacetsData,
    features: FloatArray,
    *,
    weight: FloatArray,
    spread: FloatArray,
    span: tuple[int, int, slice],
) -> None:
    first, last, rows = span
    index = _shifted_index(data, rows)
    n_nodes, sigma_at = weight.shape[1], data.size
    begin = data.starts[first:last] - rows.start
    end = data.starts[first + 1 : last + 1] - rows.start
    for person, (start, stop) in enumerate(zip(begin, end, strict=True)):
        touched, where = np.unique(index[start:stop], return_inverse=True)
        flat = where.ravel()[:, None] * n_nodes + np.arange(n_nodes)
        score = np.bincount(flat.ravel(), features[start:stop].reshape(-1), len(touched) * n_nodes)
        score = np.vstack([score.reshape(len(touched), n_nodes), spread[person]])
        score -= score @ weight[person][:, None]
        at = np.append(touched, sigma_at)
        information[np.ix_(at, at)] -= (score * weight[person]) @ score.T
