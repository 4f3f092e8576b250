"""What to rate next: the rows whose ratings tell most of all rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewkit.scoring.teaching import teaching_features, teaching_order


def order(rows: np.ndarray, *, n: int, rated: tuple[int, ...] = ()) -> list[int]:
    return teaching_order(rows, rated=np.isin(np.arange(len(rows)), rated), n=n)


def variance_left(rows: np.ndarray, rated: list[int]) -> float:
    """Sum over all rows of the variance of a ridge regression that has seen some, by the textbook's formula."""
    kernel = rows @ rows.T
    known = kernel[np.ix_(rated, rated)] + np.eye(len(rated))
    return float(np.trace(kernel - kernel[:, rated] @ np.linalg.solve(known, kernel[rated])))


class TestOrder:
    def test_with_one_feature_the_far_ends_come_first_and_the_middle_last(self) -> None:
        assert order(np.array([[-3.0], [0.0], [2.0], [-1.0]]), n=4) == [0, 2, 3, 1]

    def test_what_a_rated_row_has_told_is_not_asked_again(self) -> None:
        """Two ways to differ: the first row has told of its own, so that the other comes before its twin."""
        rows = np.array([[2.0, 0.0], [2.0, 0.0], [0.0, 1.5], [0.0, 0.1]])
        assert order(rows, n=2, rated=(0,)) == [2, 1]

    def test_a_way_to_differ_that_many_share_comes_before_one_odd_row(self) -> None:
        rows = np.vstack([np.tile([1.0, 0.0], (9, 1)), [[0.0, 1.2]]])
        assert order(rows, n=1) == [0]

    def test_ties_go_to_the_earlier_row(self) -> None:
        assert order(np.zeros((3, 2)), n=2) == [0, 1]

    def test_nothing_unrated_leaves_nothing(self) -> None:
        assert order(np.zeros((2, 1)), n=5, rated=(0, 1)) == []

    @given(st.integers(0, 2**31), st.integers(1, 25))
    def test_it_names_each_row_once(self, seed: int, n: int) -> None:
        chosen = order(np.random.default_rng(seed).normal(size=(20, 3)), n=n)
        assert len(chosen) == len(set(chosen)) == min(n, 20)

    @given(st.integers(0, 2**31))
    def test_each_choice_leaves_the_least_variance(self, seed: int) -> None:
        rows = np.random.default_rng(seed).normal(size=(12, 3))
        chosen = order(rows, n=3, rated=(0, 1))
        left = [variance_left(rows, [0, 1, *chosen[:2], at]) for at in range(2, 12) if at not in chosen[:2]]
        assert variance_left(rows, [0, 1, *chosen]) == pytest.approx(min(left))

    def test_it_leaves_less_variance_than_random_choice(self) -> None:
        draw = np.random.default_rng(0)
        rows = draw.normal(size=(300, 20)) * np.linspace(2, 0.1, 20)
        random = [variance_left(rows, draw.permutation(300)[:20].tolist()) for _ in range(20)]
        assert variance_left(rows, order(rows, n=20)) < min(random)


class TestFeatures:
    def test_both_views_weigh_the_same_and_a_row_is_one_long_on_average(self) -> None:
        draw = np.random.default_rng(0)
        found = teaching_features(1000 * draw.normal(size=(50, 6)), draw.normal(size=(50, 3)))
        squares = found**2
        assert squares[:, :6].sum() == pytest.approx(25)
        assert squares[:, 6:].sum() == pytest.approx(25)
        np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-12)

    def test_how_far_out_a_wild_count_lies_does_not_matter(self) -> None:
        far, farther = (np.r_[np.zeros(99), at][:, None] for at in (1e3, 1e9))
        embedding = np.random.default_rng(2).normal(size=(100, 2))
        np.testing.assert_allclose(teaching_features(embedding, far), teaching_features(embedding, farther))

    def test_rows_all_alike_are_zeros_and_no_fault(self) -> None:
        assert (teaching_features(np.ones((4, 2)), np.full((4, 1), 7.0)) == 0).all()
