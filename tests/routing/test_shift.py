"""The test whether texts have changed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewkit.errors import ShapeError
from reviewkit.routing.shift import ShiftSettings, text_shift

QUICK = ShiftSettings(n_permutations=99)


class TestTheValueWorkedByHand:
    def test_two_points_against_two_others(self) -> None:
        found = text_shift([[0.0], [0.0]], [[3.0], [3.0]], settings=QUICK)
        assert found.distance == pytest.approx(1.0)

    def test_half_way_apart(self) -> None:
        found = text_shift([[0.0], [1.0]], [[0.0], [3.0]], settings=QUICK)
        between, first, second = (0 + 3 + 1 + 2) / 4, 0.5, 1.5
        assert found.distance == pytest.approx((2 * between - first - second) / (2 * between))


class TestWhatItFinds:
    def test_a_shift_of_the_mean(self) -> None:
        generator = np.random.default_rng(1)
        then, now = generator.normal(size=(60, 8)), generator.normal(0.7, 1, size=(60, 8))
        assert text_shift(then, now).p_value == 0.001

    def test_a_change_of_spread_alone(self) -> None:
        generator = np.random.default_rng(2)
        then, now = generator.normal(size=(80, 4)), generator.normal(0, 2.5, size=(80, 4))
        found = text_shift(then, now)
        assert found.p_value is not None
        assert found.p_value < 0.01

    def test_a_column_in_large_units_does_not_drown_the_others_where_scaled(self) -> None:
        generator = np.random.default_rng(3)
        then = generator.normal(size=(80, 2)) * [1000, 1]
        now = generator.normal(size=(80, 2)) * [1000, 1] + [0, 1.5]
        plain = text_shift(then, now, settings=QUICK).p_value
        scaled = text_shift(then, now, settings=QUICK.model_copy(update={"scale": "columns"})).p_value
        assert plain is not None
        assert scaled == 0.01
        assert plain > scaled

    def test_texts_of_one_population_seldom_differ(self) -> None:
        generator = np.random.default_rng(4)
        found = [
            text_shift(generator.normal(size=(20, 3)), generator.normal(size=(15, 3)), settings=QUICK).p_value
            for _ in range(200)
        ]
        assert np.mean(np.asarray(found) <= 0.05) <= 0.09


class TestTheUnit:
    def test_one_text_of_each_teacher_is_compared(self) -> None:
        generator = np.random.default_rng(5)
        then, now = generator.normal(size=(90, 3)), generator.normal(size=(20, 3))
        found = text_shift(then, now, reference_teachers=[n % 30 for n in range(90)], settings=QUICK)
        assert (found.n_reference, found.n_current) == (30, 20)

    def test_a_teacher_who_hands_in_often_is_no_shift(self) -> None:
        generator = np.random.default_rng(6)
        person = generator.normal(size=(30, 4))
        owner = np.concatenate([np.arange(30), np.zeros(300, dtype=int)])
        found = text_shift(generator.normal(size=(40, 4)), person[owner], current_teachers=owner, settings=QUICK)
        assert found.p_value is not None
        assert found.p_value > 0.05

    def test_large_sides_are_drawn_from(self) -> None:
        chosen = ShiftSettings(n_permutations=19, max_teachers=10)
        found = text_shift(np.eye(50), np.eye(50), settings=chosen)
        assert (found.n_reference, found.n_current) == (10, 10)


class TestOddCases:
    @settings(max_examples=30, deadline=None)
    @given(st.integers(0, 2**31), st.integers(2, 8), st.integers(2, 8))
    def test_the_p_value_is_never_nought(self, seed: int, n_reference: int, n_current: int) -> None:
        generator = np.random.default_rng(seed)
        chosen = ShiftSettings(n_permutations=19)
        found = text_shift(
            generator.normal(size=(n_reference, 2)), generator.normal(size=(n_current, 2)), settings=chosen
        )
        assert found.p_value is not None
        assert found.distance is not None
        assert 0.05 <= found.p_value <= 1
        assert 0 <= found.distance <= 1

    def test_the_same_seed_finds_the_same(self) -> None:
        then, now = np.random.default_rng(7).normal(size=(2, 30, 3))
        assert text_shift(then, now) == text_shift(then, now)

    def test_one_teacher_is_too_few(self) -> None:
        found = text_shift([[1.0]], [[1.0], [2.0]])
        assert (found.distance, found.p_value, found.reason) == (None, None, "fewer than two teachers on a side")

    def test_vectors_that_are_all_one_tell_nothing(self) -> None:
        assert text_shift([[0.1, 0.2]] * 5, [[0.1, 0.2]] * 4).reason == "every vector is the same"

    def test_vectors_of_two_encoders_are_refused(self) -> None:
        with pytest.raises(ShapeError, match="reference has 2 dimensions and current has 3"):
            text_shift([[0.0, 1.0]] * 3, [[0.0, 1.0, 2.0]] * 3)

    def test_a_vector_without_numbers_is_named(self) -> None:
        with pytest.raises(ShapeError, match=r"current\[1\] holds a value that is no number"):
            text_shift([[0.0]] * 3, [[0.0], [float("nan")]])

    def test_a_flat_list_is_refused(self) -> None:
        with pytest.raises(ShapeError, match="reference has 1 dimensions"):
            text_shift([0.0, 1.0], [[0.0]])
