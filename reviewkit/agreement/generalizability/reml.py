"""Variance components by restricted maximum likelihood: any design, unbalanced, with gaps."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

LEAST_RESIDUAL = 1e-9


@dataclass(frozen=True)
class Components:
    """Variances of the effects, the residual last, and their sampling covariance (nan where one is at its bound)."""

    variances: FloatArray
    covariance: FloatArray
    mean: float
    deviance: float


@dataclass(frozen=True)
class _Blocks:
    """Submissions with equally many ratings, stacked.

    Attributes
    ----------
    rows : ndarray, shape (n_blocks, size)
        The ratings of each block.
    same : list of ndarray of float32, shape (n_blocks, size, size)
        For each effect inside blocks, whether two ratings share its level.
    column : list of ndarray, shape (n_blocks, size)
        For each effect across blocks, the column of each rating.
    """

    rows: IntArray
    same: list[NDArray[np.float32]]
    column: list[IntArray]


@dataclass(frozen=True)
class _State:
    """The covariance of the ratings at some variances, ready to be solved with."""

    inverses: list[FloatArray]
    spread: FloatArray
    inner: FloatArray
    log_det: float


class RemlLikelihood:
    """The REML deviance of a mean and random effects, with its gradient by the variances.

    Effects that hold the block facet split the covariance into blocks; the others, few levels all told, are added by
    the Woodbury identity. Source: Patterson and Thompson (1971), Biometrika 58, 545-554; the gradient as in
    Searle, Casella and McCulloch (1992), Variance components, section 6.6.

    Parameters
    ----------
    inside, across : list of ndarray of int, each of shape (n_ratings,)
        Level of each effect that holds the block facet (the residual not among them), and of each that does not.
    block : ndarray of int, shape (n_ratings,)
        Level of the block facet.
    values : ndarray, shape (n_ratings,)
    """

    def __init__(self, inside: list[IntArray], across: list[IntArray], *, block: IntArray, values: FloatArray) -> None:
        self.n, self.inside, self.across = len(values), inside, across
        self.values = values
        sizes = [int(one.max()) + 1 for one in across]
        self.edges = np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp)
        columns = [one + first for one, first in zip(across, self.edges, strict=False)]
        self.blocks = list(_stacked(inside, columns, block))

    def deviance_and_gradient(self, variances: FloatArray) -> tuple[float, FloatArray]:
        """Deviance at variances (inside, across, residual), and its gradient by them."""
        state = self._state(variances)
        ones = self._solve(state, np.ones(self.n))
        information = float(ones.sum())
        solved = self._solve(state, self.values)
        projected = solved - ones * float(solved.sum()) / information
        deviance = state.log_det + np.log(information) + float(self.values @ projected)
        gradient = self._traces(state)
        for at, level in enumerate((*self.inside, *self.across)):
            gradient[at] -= float((np.bincount(level, ones) ** 2).sum()) / information
            gradient[at] -= float((np.bincount(level, projected) ** 2).sum())
        gradient[-1] -= float(ones @ ones) / information + float(projected @ projected)
        return deviance + (self.n - 1) * float(np.log(2 * np.pi)), gradient

    def mean(self, variances: FloatArray) -> float:
        """Return the generalised least squares mean at given variances."""
        ones = self._solve(self._state(variances), np.ones(self.n))
        return float(ones @ self.values / ones.sum())

    def _state(self, variances: FloatArray) -> _State:
        n_inside, width = len(self.inside), int(self.edges[-1])
        inverses, log_det = [], 0.0
        inner = np.zeros(width * width)
        for blocks in self.blocks:
            size = blocks.rows.shape[1]
            covariance = np.broadcast_to(variances[-1] * np.eye(size), (len(blocks.rows), size, size)).copy()
            for variance, same in zip(variances[:n_inside], blocks.same, strict=True):
                covariance += variance * same
            inverses.append(np.linalg.inv(covariance))
            log_det += float(np.linalg.slogdet(covariance)[1].sum())
            for first in blocks.column:
                for second in blocks.column:
                    flat = first[:, :, None] * width + second[:, None, :]
                    inner += np.bincount(flat.ravel(), inverses[-1].ravel(), width * width)
        square = inner.reshape(width, width)
        spread = np.repeat(np.sqrt(variances[n_inside:-1]), np.diff(self.edges))
        woodbury = np.eye(width) + spread[:, None] * square * spread
        log_det += float(np.linalg.slogdet(woodbury)[1])
        return _State(inverses, spread[:, None] * np.linalg.inv(woodbury) * spread, square, log_det)

    def _solve(self, state: _State, vector: FloatArray) -> FloatArray:
        """Covariance inverse times a vector."""
        solved = self._within(state, vector)
        if not self.across:
            return solved
        folded = np.concatenate([np.bincount(level, solved) for level in self.across])
        unfolded = state.spread @ folded
        added = np.zeros(self.n)
        for level, first in zip(self.across, self.edges, strict=False):
            added += unfolded[first + level]
        return solved - self._within(state, added)

    def _within(self, state: _State, vector: FloatArray) -> FloatArray:
        solved = np.empty(self.n)
        for blocks, inverse in zip(self.blocks, state.inverses, strict=True):
            solved[blocks.rows] = np.einsum("bij,bj->bi", inverse, vector[blocks.rows])
        return solved

    def _traces(self, state: _State) -> FloatArray:
        """Trace of the covariance inverse times each effect's pattern, the residual last."""
        n_inside = len(self.inside)
        traces = np.zeros(n_inside + len(self.across) + 1)
        for blocks, inverse in zip(self.blocks, state.inverses, strict=True):
            between = np.zeros_like(inverse)
            for first in blocks.column:
                for second in blocks.column:
                    between += state.spread[first[:, :, None], second[:, None, :]]
            diagonal = inverse - inverse @ between @ inverse
            for at, same in enumerate(blocks.same):
                traces[at] += float((diagonal * same).sum())
            traces[-1] += float(np.trace(diagonal, axis1=1, axis2=2).sum())
        folded = np.diag(state.inner) - np.einsum("ij,jk,ki->i", state.inner, state.spread, state.inner, optimize=True)
        for at in range(len(self.across)):
            traces[n_inside + at] = float(folded[self.edges[at] : self.edges[at + 1]].sum())
        return traces


def _stacked(inside: list[IntArray], columns: list[IntArray], block: IntArray) -> list[_Blocks]:
    order = np.argsort(block, kind="stable")
    counts = np.bincount(block)
    starts = np.concatenate([[0], np.cumsum(counts)])[:-1]
    found = []
    for size in np.unique(counts[counts > 0]):
        rows = order[starts[counts == size][:, None] + np.arange(size)]
        same = [(one[rows][:, :, None] == one[rows][:, None, :]).astype(np.float32) for one in inside]
        found.append(_Blocks(rows, same, [one[rows] for one in columns]))
    return found


def reml(inside: list[IntArray], across: list[IntArray], *, block: IntArray, values: FloatArray) -> Components:
    """Estimate the variances that maximise the restricted likelihood; none is below 0.

    Returns
    -------
    Components
        In the order of ``inside``, then ``across``, then the residual. Standard errors come from the curvature at
        the summit.
    """
    from scipy.optimize import minimize

    shift, scale = float(values.mean()), float(values.std())
    likelihood = RemlLikelihood(inside, across, block=block, values=(values - shift) / scale)
    n = len(inside) + len(across) + 1

    def loss(root: FloatArray) -> tuple[float, FloatArray]:
        deviance, gradient = likelihood.deviance_and_gradient(root**2)
        return deviance, 2 * root * gradient

    bounds = [(0.0, 100.0)] * (n - 1) + [(LEAST_RESIDUAL**0.5, 100.0)]
    options = {"ftol": 1e-14, "gtol": 1e-7, "maxiter": 500}
    found = minimize(loss, np.full(n, n**-0.5), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    variances = found.x**2
    variances[variances < 10 * LEAST_RESIDUAL] = 0.0
    covariance = _covariance(likelihood, variances)
    mean = shift + scale * likelihood.mean(found.x**2)
    deviance = float(found.fun) + 2 * (len(values) - 1) * float(np.log(scale))
    return Components(variances * scale**2, covariance * scale**4, mean, deviance)


def _covariance(likelihood: RemlLikelihood, variances: FloatArray) -> FloatArray:
    """Twice the inverse of the deviance's curvature, among the components off their bound."""
    covariance = np.full((len(variances),) * 2, np.nan)
    free = np.flatnonzero(variances > 0)
    if len(free) == 0 or free[-1] != len(variances) - 1:
        return covariance
    curvature = np.empty((len(free),) * 2)
    for row, at in enumerate(free):
        step = np.zeros_like(variances)
        step[at] = 1e-4 * variances[at]
        upper = likelihood.deviance_and_gradient(variances + step)[1]
        lower = likelihood.deviance_and_gradient(variances - step)[1]
        curvature[row] = (upper - lower)[free] / (2 * step[at])
    curvature = (curvature + curvature.T) / 2
    if np.linalg.eigvalsh(curvature)[0] > 0:
        covariance[np.ix_(free, free)] = 2 * np.linalg.inv(curvature)
    return covariance
