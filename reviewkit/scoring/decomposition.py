"""The decomposition estimator: a logistic regression for each step between neighbouring levels, brought into order."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from reviewkit.scoring.cuts import levels_of_cuts, sigmoid


class OrderedThresholdsClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A slope of its own at each threshold: what lifts a text over the first step need not lift it over the last.

    ``P(y > k | x) = sigmoid(x @ coef_[k] + intercept_[k])``, each fitted by itself; where neighbouring steps cross,
    their chances are brought into order. One slope for all steps is
    :class:`~reviewkit.scoring.estimator.CumulativeLinkClassifier`, which needs fewer rows.

    Parameters
    ----------
    alpha : float
        Weight of the ridge penalty on each step's slope; above 0.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        Classes seen, in their sorted order, which is taken as the ordinal one.
    coef_ : ndarray of float64, shape (n_classes - 1, n_features)
    intercept_ : ndarray of float64, shape (n_classes - 1,)

    References
    ----------
    Frank, E., & Hall, M. (2001). A simple approach to ordinal classification. ECML. Their differences of chances can
    be negative; here the chances are ordered first.

    Examples
    --------
    >>> model = OrderedThresholdsClassifier(alpha=0.1).fit([[0.0], [1.0], [2.0], [3.0]], [1, 1, 2, 3])
    >>> model.predict([[0.5], [3.5]])
    array([1, 3])
    """

    def __init__(self, *, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def __sklearn_tags__(self) -> Any:
        """Say that classes without an order along one direction are not this model's job."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Fit each step.

        Parameters
        ----------
        X : array-like of float, shape (n_rows, n_features)
        y : array-like, shape (n_rows,)
            Ordered classes.
        """
        from sklearn.linear_model import LogisticRegression

        rows, classes = validate_data(self, X, y, dtype=np.float64)
        self.classes_, index = np.unique(classes, return_inverse=True)
        steps = [
            LogisticRegression(C=1 / self.alpha, max_iter=1000).fit(rows, index > at)
            for at in range(len(self.classes_) - 1)
        ]
        self.coef_ = np.asarray([one.coef_[0] for one in steps]).reshape(len(steps), rows.shape[1])
        self.intercept_ = np.asarray([one.intercept_[0] for one in steps])
        return self

    def distribution(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability of each class, by sums whose rounding does not depend on the number of rows.

        Returns
        -------
        ndarray of float64, shape (n_rows, n_classes)
        """
        above = sigmoid((rows[:, None, :] * self.coef_[None, :, :]).sum(axis=2) + self.intercept_)
        return levels_of_cuts(1 - above)

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Probability of each class, shape (n_rows, n_classes); rows sum to 1."""
        check_is_fitted(self)
        return self.distribution(validate_data(self, X, dtype=np.float64, reset=False))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Most probable class of each row, ties to the lower."""
        predicted: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return predicted
