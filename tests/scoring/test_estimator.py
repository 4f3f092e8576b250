"""The ordinal estimator: scikit-learn's own checks, a fit worked by hand, and what repeated rows mean."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import check_grad
from sklearn.utils.estimator_checks import parametrize_with_checks

from reviewkit.scoring.estimator import CumulativeLinkClassifier, _Likelihood, cumulative_probabilities


def rows(seed: int = 0, n: int = 120, n_levels: int = 4) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    X = draw.normal(size=(n, 3))
    latent = X @ [1.5, -1.0, 0.0] + draw.logistic(size=n)
    return X, np.digitize(latent, np.linspace(-1.5, 1.5, n_levels - 1))


@parametrize_with_checks([CumulativeLinkClassifier()])
def test_the_bare_estimator_passes_scikit_learns_checks(estimator: object, check: object) -> None:
    check(estimator)  # type: ignore[operator]


class TestFit:
    def test_without_features_the_thresholds_are_the_logits_of_the_shares(self) -> None:
        """Of four rows one is lowest and two are at most the middle: logit(1/4) = -ln 3, logit(2/4) = 0."""
        model = CumulativeLinkClassifier().fit(np.zeros((4, 1)), [0, 1, 2, 2])
        np.testing.assert_allclose(model.thresholds_, [-np.log(3), 0.0], atol=1e-8)
        np.testing.assert_allclose(model.predict_proba([[0.0]]), [[0.25, 0.25, 0.5]], atol=1e-8)

    def test_two_classes_are_ridge_logistic_regression(self) -> None:
        from sklearn.linear_model import LogisticRegression

        X, y = rows(n_levels=2)
        peer = LogisticRegression(C=1 / 0.7, tol=1e-10, max_iter=1000).fit(X, y)
        model = CumulativeLinkClassifier(alpha=0.7).fit(X, y)
        np.testing.assert_allclose(model.coef_, peer.coef_[0], atol=1e-5)
        np.testing.assert_allclose(-model.thresholds_, peer.intercept_, atol=1e-5)

    def test_the_gradient_is_the_slope_of_the_likelihood(self) -> None:
        X, y = rows(n=40)
        likelihood = _Likelihood(X, y, np.ones(len(y)), alpha=0.5)
        at = np.array([-1.0, 0.2, 1.3, 0.4, -0.3, 0.1])
        assert check_grad(likelihood.value, lambda p: likelihood.slopes(p)[0], at) < 1e-4

    def test_the_gradient_vanishes_at_the_fit(self) -> None:
        X, y = rows()
        model = CumulativeLinkClassifier().fit(X, y)
        at = np.concatenate([model.thresholds_, model.coef_])
        assert np.abs(_Likelihood(X, y, np.ones(len(y)), alpha=1.0).slopes(at)[0]).max() < 1e-5

    @given(st.lists(st.integers(0, 3), min_size=30, max_size=30).filter(any))
    @settings(max_examples=15, deadline=None)
    def test_repeated_rows_are_weights(self, weights: list[int]) -> None:
        X, y = rows(n=30)
        weighed = CumulativeLinkClassifier().fit(X, y, sample_weight=weights)
        repeated = CumulativeLinkClassifier().fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
        np.testing.assert_allclose(weighed.predict_proba(X), repeated.predict_proba(X), atol=1e-6)

    def test_a_positive_slope_raises_the_class(self) -> None:
        X, y = rows()
        model = CumulativeLinkClassifier().fit(X, y)
        assert model.coef_[0] > 0 > model.coef_[1]
        expected = model.predict_proba([[-2.0, 0, 0], [0.0, 0, 0], [2.0, 0, 0]]) @ model.classes_
        assert np.all(np.diff(expected) > 0)

    def test_turned_round_the_classes_turn_the_probabilities_round(self) -> None:
        X, y = rows()
        there = CumulativeLinkClassifier().fit(X, y).predict_proba(X)
        back = CumulativeLinkClassifier().fit(X, -y).predict_proba(X)
        np.testing.assert_allclose(there, back[:, ::-1], atol=1e-6)

    def test_one_class_only_is_certain(self) -> None:
        model = CumulativeLinkClassifier().fit([[0.0], [1.0]], [7, 7])
        assert model.predict_proba([[5.0]]).tolist() == [[1.0]]
        assert model.predict([[5.0]]).tolist() == [7]

    def test_separable_rows_stay_finite(self) -> None:
        model = CumulativeLinkClassifier(alpha=1e-6).fit([[-1.0], [0.0], [1.0]] * 5, [0, 1, 2] * 5)
        assert np.isfinite(model.coef_).all()
        assert np.isfinite(model.predict_proba([[100.0], [-100.0]])).all()

    def test_a_class_of_no_weight_is_none(self) -> None:
        model = CumulativeLinkClassifier().fit([[0.0], [1.0], [2.0]], [0, 1, 2], sample_weight=[1, 1, 0])
        assert model.classes_.tolist() == [0, 1]

    def test_a_negative_weight_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"[Nn]egative"):
            CumulativeLinkClassifier().fit([[0.0], [1.0]], [0, 1], sample_weight=[1, -1])


class TestCumulativeProbabilities:
    def test_a_value_worked_by_hand(self) -> None:
        """Thresholds at -ln 3 and ln 3 around 0 leave a quarter below, a half between and a quarter above."""
        found = cumulative_probabilities(np.array([0.0]), np.array([-np.log(3), np.log(3)]))
        np.testing.assert_allclose(found, [[0.25, 0.5, 0.25]])

    @given(st.floats(-40, 40), st.lists(st.floats(-20, 20), min_size=1, max_size=6).map(sorted))
    def test_rows_are_distributions(self, latent: float, thresholds: list[float]) -> None:
        found = cumulative_probabilities(np.array([latent]), np.array(thresholds))
        assert (found >= 0).all()
        assert abs(found.sum() - 1) < 1e-12
