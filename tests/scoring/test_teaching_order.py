"""What to rate next: the chosen stand for the whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewkit.scoring.teaching import doubt, teaching_order


def order(rows: np.ndarray, *, n: int, rated: tuple[int, ...] = ()) -> list[int]:
    return teaching_order(rows, rated=np.isin(np.arange(len(rows)), rated), weights=np.ones(len(rows)), n=n)


class TestOrder:
    def test_the_first_is_the_most_ordinary_and_the_next_balances_it(self) -> None:
        """The mean is 2.5; 2 lies nearer than 4, and then 3 brings the mean of both to 2.5."""
        assert order(np.array([[0.0], [2.0], [3.0], [5.0]]), n=2) == [1, 2]

    def test_rated_rows_are_balanced_and_never_chosen(self) -> None:
        assert order(np.array([[0.0], [2.0], [3.0], [5.0]]), n=4, rated=(0,)) == [3, 1, 2]

    def test_ties_go_to_the_earlier_row(self) -> None:
        assert order(np.zeros((3, 2)), n=2) == [0, 1]

    def test_nothing_unrated_leaves_nothing(self) -> None:
        assert order(np.zeros((2, 1)), n=5, rated=(0, 1)) == []

    @given(st.integers(0, 2**31), st.integers(1, 25))
    def test_it_names_each_row_once(self, seed: int, n: int) -> None:
        chosen = order(np.random.default_rng(seed).normal(size=(20, 3)), n=n)
        assert len(chosen) == len(set(chosen)) == min(n, 20)

    def test_its_mean_lies_nearer_to_the_wholes_than_random_ones(self) -> None:
        draw = np.random.default_rng(0)
        rows = draw.normal(size=(200, 5))
        centre = rows.mean(axis=0)
        random = [np.linalg.norm(rows[draw.permutation(200)[:20]].mean(axis=0) - centre) for _ in range(50)]
        assert np.linalg.norm(rows[order(rows, n=20)].mean(axis=0) - centre) < min(random)

    def test_doubtful_rows_weigh_more(self) -> None:
        """Weighted by 1, 0, 0 and 3 the mean is 3.75, and 3 lies nearest to it."""
        rows = np.array([[0.0], [2.0], [3.0], [5.0]])
        assert teaching_order(rows, rated=np.zeros(4, dtype=bool), weights=np.array([1.0, 0, 0, 3]), n=1) == [2]


class TestDoubt:
    def test_it_is_the_share_of_the_mean_variance(self) -> None:
        """Variances of the level: 1 (0 or 2), .25 (0 or 1) and 0; their mean is .41667."""
        rows = np.array([[0.5, 0, 0.5], [0.5, 0.5, 0], [1, 0, 0]])
        assert doubt([rows]).tolist() == pytest.approx([2.4, 0.6, 0])

    def test_criteria_count_alike_whatever_their_levels(self) -> None:
        one, other = np.array([[0.5, 0.5], [1, 0]]), np.array([[1.0, 0, 0], [0.5, 0, 0.5]])
        assert doubt([one, other]).tolist() == pytest.approx([1, 1])

    def test_without_any_doubt_all_count_alike(self) -> None:
        assert doubt([np.array([[1.0, 0], [0, 1]])]).tolist() == [1, 1]
