"""How the routing treats groups."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewkit.agreement.proportion import wilson_interval
from reviewkit.errors import ShapeError
from reviewkit.routing.fairness import FairnessSettings, GroupRouting, group_routing

STANDS = [True, True, False, False, True, True]
ERROR = [False, True, True, None, None, False]
GROUPS = ["a", "a", "a", "b", "b", "b"]


class TestTheValueWorkedByHand:
    def test_shares_of_each_group(self) -> None:
        one, other = group_routing(STANDS, ERROR, groups=GROUPS, teacher_ids=range(6))
        assert (one.review.value, one.error.value, one.error.n_rows) == (pytest.approx(1 / 3), 0.5, 2)
        assert (other.review.value, other.error.value, other.error.n_rows) == (pytest.approx(1 / 3), 0.0, 1)

    def test_gaps_are_against_all_others(self) -> None:
        one, other = group_routing(STANDS, ERROR, groups=GROUPS, teacher_ids=range(6))
        assert (one.error_gap, other.error_gap) == (0.5, -0.5)

    def test_where_each_teacher_handed_in_once_the_interval_is_wilsons(self) -> None:
        stands = [True] * 30 + [False] * 10
        (found,) = group_routing(stands, [None] * 40, groups=["a"] * 40, teacher_ids=range(40))
        low, high = wilson_interval(0.25, 40 * 39 / 40, confidence=0.95)
        assert (found.review.low, found.review.high) == (pytest.approx(low), pytest.approx(high))


class TestWhatItTells:
    def test_rows_of_one_teacher_widen_the_interval(self) -> None:
        stands = [True] * 30 + [False] * 10
        (apart,) = group_routing(stands, [None] * 40, groups=["a"] * 40, teacher_ids=range(40))
        (together,) = group_routing(stands, [None] * 40, groups=["a"] * 40, teacher_ids=[n // 5 for n in range(40)])
        assert together.review.high - together.review.low > apart.review.high - apart.review.low

    def test_small_cells_are_marked(self) -> None:
        chosen = FairnessSettings(small_cell=3)
        one, _ = group_routing(STANDS, ERROR, groups=GROUPS, teacher_ids=range(6), settings=chosen)
        assert (one.review.small, one.error.small) == (False, True)

    def test_a_group_of_which_nothing_was_rated_is_undefined(self) -> None:
        found = group_routing([True, True], [None, False], groups=["a", "b"], teacher_ids="xy")
        assert math.isnan(found[0].error.value)
        assert math.isnan(found[0].error_gap)
        assert '"value":null' in found[0].model_dump_json()

    def test_a_rating_of_what_does_not_stand_is_not_read(self) -> None:
        (found,) = group_routing([False, True], [True, False], groups=["a", "a"], teacher_ids="xy")
        assert (found.error.value, found.error.n_rows) == (0.0, 1)

    def test_not_a_number_is_not_rated(self) -> None:
        (found,) = group_routing([True, True], np.asarray([np.nan, 1.0]), groups=["a", "a"], teacher_ids="xy")
        assert found.error.n_rows == 1

    def test_those_who_told_no_group_are_one(self) -> None:
        found = group_routing([True, False], [None, None], groups=["", "a"], teacher_ids="xy")
        assert [one.group for one in found] == ["", "a"]

    @settings(max_examples=40)
    @given(st.lists(st.tuples(st.booleans(), st.sampled_from("abc"), st.integers(0, 9)), min_size=1, max_size=50))
    def test_groups_add_up_to_the_whole(self, rows: list[tuple[bool, str, int]]) -> None:
        stands, groups, teachers = (list(column) for column in zip(*rows, strict=True))
        found = group_routing(stands, [None] * len(rows), groups=groups, teacher_ids=teachers)
        total = sum(one.review.value * one.review.n_rows for one in found)
        assert total == pytest.approx(stands.count(False))

    def test_it_is_a_record(self) -> None:
        one, _ = group_routing(STANDS, ERROR, groups=GROUPS, teacher_ids=range(6))
        assert GroupRouting.model_validate_json(one.model_dump_json()) == one


class TestBadInput:
    def test_rows_that_do_not_pair_are_refused(self) -> None:
        with pytest.raises(ShapeError, match="stands has 2 rows and error has 1"):
            group_routing([True, True], [None], groups=["a", "a"], teacher_ids="xy")

    def test_a_cell_that_is_none_of_three_is_named(self) -> None:
        with pytest.raises(ShapeError, match=r"error\[0\] is 2"):
            group_routing([True], [2], groups=["a"], teacher_ids="x")
