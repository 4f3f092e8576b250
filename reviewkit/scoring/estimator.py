"""The ordinal estimator: proportional odds with a ridge penalty, in scikit-learn's API."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight as check_sample_weight
from sklearn.utils.validation import check_is_fitted, validate_data

_SMALLEST = 1e-300
_SMALLEST_STEP = 1e-10


class CumulativeLinkClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Proportional-odds logistic regression: one slope, an ordered threshold between each two neighbouring classes.

    ``P(y <= k | x) = sigmoid(thresholds_[k] - x @ coef_)``. The penalised log-likelihood is concave and is
    maximised by damped Newton steps, so that repeated rows and ``sample_weight`` come to the same fit.

    Parameters
    ----------
    alpha : float
        Weight of the ridge penalty ``alpha / 2 * sum(coef_ ** 2)``; thresholds are not penalised. 0 or more.
    max_iter : int
        Newton steps at most.
    tol : float
        Stop where the largest gradient entry, per unit of sample weight, is smaller.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        Classes seen, in their sorted order, which is taken as the ordinal one.
    coef_ : ndarray of float64, shape (n_features,)
        Positive entries raise the class.
    thresholds_ : ndarray of float64, shape (n_classes - 1,)
        Rising.
    n_iter_ : int
        Newton steps taken.

    References
    ----------
    McCullagh, P. (1980). Regression models for ordinal data. Journal of the Royal Statistical Society B, 42, 109-142.

    Examples
    --------
    >>> model = CumulativeLinkClassifier(alpha=0.1).fit([[0.0], [1.0], [2.0], [3.0]], [1, 1, 2, 3])
    >>> model.predict([[0.5], [3.5]])
    array([1, 3])
    """

    def __init__(self, *, alpha: float = 1.0, max_iter: int = 100, tol: float = 1e-9) -> None:
        self.alpha = alpha
        self.max_iter = max_iter
        self.tol = tol

    def __sklearn_tags__(self) -> Any:
        """Say that classes without an order along one direction are not this model's job."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit slope and thresholds.

        Parameters
        ----------
        X : array-like of float, shape (n_rows, n_features)
        y : array-like, shape (n_rows,)
            Ordered classes.
        sample_weight : array-like of float, shape (n_rows,), optional
            Several ratings of one submission are repeated rows, or one row with their number as its weight.

        Returns
        -------
        self
        """
        rows, classes = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(classes)
        weight = check_sample_weight(sample_weight, rows, dtype=np.float64, ensure_non_negative=True)
        used = weight > 0
        self.classes_, index = np.unique(classes[used], return_inverse=True)
        if len(self.classes_) < 2:
            self.coef_, self.thresholds_, self.n_iter_ = np.zeros(rows.shape[1]), np.zeros(0), 0
            return self
        parameters = np.concatenate([_marginal_thresholds(index, weight[used]), np.zeros(rows.shape[1])])
        likelihood = _Likelihood(rows[used], index, weight[used], alpha=self.alpha)
        parameters, self.n_iter_ = _newton(likelihood, parameters, max_iter=self.max_iter, tol=self.tol)
        n_thresholds = len(self.classes_) - 1
        self.thresholds_, self.coef_ = parameters[:n_thresholds], parameters[n_thresholds:]
        return self

    def decision_latent(self, X: ArrayLike) -> NDArray[np.float64]:
        """Place rows on the latent scale that the thresholds cut.

        Parameters
        ----------
        X : array-like of float, shape (n_rows, n_features)

        Returns
        -------
        ndarray of float64, shape (n_rows,)
        """
        check_is_fitted(self)
        rows = validate_data(self, X, dtype=np.float64, reset=False)
        latent: NDArray[np.float64] = (rows * self.coef_).sum(axis=1)
        return latent

    def distribution(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability of each class, by sums whose rounding does not depend on the number of rows.

        Returns
        -------
        ndarray of float64, shape (n_rows, n_classes)
        """
        return cumulative_probabilities((rows * self.coef_).sum(axis=1), self.thresholds_)

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Probability of each class.

        Returns
        -------
        ndarray of float64, shape (n_rows, n_classes)
            Rows sum to 1.
        """
        return cumulative_probabilities(self.decision_latent(X), self.thresholds_)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Most probable class of each row, ties to the lower.

        Returns
        -------
        ndarray, shape (n_rows,)
        """
        probabilities = self.predict_proba(X)
        predicted: NDArray[Any] = self.classes_[probabilities.argmax(axis=1)]
        return predicted


def without_negative_weights(rows: NDArray[np.float64], classes: NDArray[np.intp]) -> CumulativeLinkClassifier:
    """Fit proportional odds on features that each speak for a higher class; one that counts against itself is left out.

    Parameters
    ----------
    rows : ndarray of float64, shape (n_rows, n_features)
    classes : ndarray of intp, shape (n_rows,)

    Returns
    -------
    CumulativeLinkClassifier
        Of all features; the weights of those left out are 0.

    Examples
    --------
    >>> rows = np.array([[0.0, 3.0], [1.0, 2.0], [2.0, 1.0], [3.0, 0.0]])
    >>> without_negative_weights(rows, np.array([0, 0, 1, 1])).coef_.round(2).tolist()
    [0.96, 0.0]
    """
    used = np.ones(rows.shape[1], dtype=bool)
    model = CumulativeLinkClassifier().fit(rows, classes)
    while (model.coef_ < 0).any():
        used &= model.coef_ >= 0
        model = CumulativeLinkClassifier().fit(rows * used, classes)
    return model


def cumulative_probabilities(latent: NDArray[np.float64], thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cut the latent scale at the thresholds.

    Parameters
    ----------
    latent : ndarray of float64, shape (n_rows,)
    thresholds : ndarray of float64, shape (n_classes - 1,)
        Rising.

    Returns
    -------
    ndarray of float64, shape (n_rows, n_classes)

    Examples
    --------
    >>> cumulative_probabilities(np.array([0.0]), np.array([0.0])).tolist()
    [[0.5, 0.5]]
    """
    n_rows = len(latent)
    below = expit(thresholds[None, :] - latent[:, None])
    edges = np.hstack([np.zeros((n_rows, 1)), below, np.ones((n_rows, 1))])
    return np.maximum(np.diff(edges, axis=1), 0.0)


class _Likelihood:
    """Penalised log-likelihood of thresholds and slope, with gradient and Hessian."""

    def __init__(
        self, X: NDArray[np.float64], index: NDArray[np.intp], weight: NDArray[np.float64], *, alpha: float
    ) -> None:
        self.n_thresholds = int(index.max())
        self.weight, self.index = weight, index
        levels = np.arange(self.n_thresholds)
        self.upper = np.hstack([(index[:, None] == levels).astype(float), -X])
        self.lower = np.hstack([(index[:, None] == levels + 1).astype(float), -X])
        self.penalty = np.concatenate([np.zeros(self.n_thresholds), np.full(X.shape[1], alpha)])

    def value(self, parameters: NDArray[np.float64]) -> float:
        if np.any(np.diff(parameters[: self.n_thresholds]) <= 0):
            return -np.inf
        above, below = self._edges(parameters)
        likely = np.log(np.maximum(above - below, _SMALLEST))
        return float(self.weight @ likely - 0.5 * self.penalty @ parameters**2)

    def slopes(self, parameters: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        above, below = self._edges(parameters)
        mass = np.maximum(above - below, _SMALLEST)
        d_above, d_below = above * (1 - above) / mass, below * (1 - below) / mass
        gradient = self.upper.T @ (self.weight * d_above) - self.lower.T @ (self.weight * d_below)
        up = self.weight * (d_above * (1 - 2 * above) - d_above**2)
        down = self.weight * (-d_below * (1 - 2 * below) - d_below**2)
        cross = (self.upper.T * (self.weight * d_above * d_below)) @ self.lower
        hessian = (self.upper.T * up) @ self.upper + (self.lower.T * down) @ self.lower + cross + cross.T
        return gradient - self.penalty * parameters, hessian - np.diag(self.penalty)

    def _edges(self, parameters: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        above = np.where(self.index < self.n_thresholds, expit(self.upper @ parameters), 1.0)
        below = np.where(self.index > 0, expit(self.lower @ parameters), 0.0)
        return above, below


def _newton(
    likelihood: _Likelihood, parameters: NDArray[np.float64], *, max_iter: int, tol: float
) -> tuple[NDArray[np.float64], int]:
    value, n_steps = likelihood.value(parameters), 0
    for n_steps in range(1, max_iter + 1):
        gradient, hessian = likelihood.slopes(parameters)
        if np.abs(gradient).max() <= tol * likelihood.weight.sum():
            break
        ridge = 1e-10 * max(1.0, float(np.abs(np.diag(hessian)).max()))
        step = np.linalg.solve(ridge * np.eye(len(hessian)) - hessian, gradient)
        size = 1.0
        while (new := likelihood.value(parameters + size * step)) < value and size > _SMALLEST_STEP:
            size /= 2
        if size <= _SMALLEST_STEP:
            break
        parameters, value = parameters + size * step, new
    return parameters, n_steps


def _marginal_thresholds(index: NDArray[np.intp], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    share = np.cumsum(np.bincount(index, weights=weight))[:-1] / weight.sum()
    thresholds: NDArray[np.float64] = np.log(share) - np.log1p(-share)
    return thresholds
