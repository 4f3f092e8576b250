"""Proper scores and calibration errors: values worked by hand, bounds, and the undefined."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reviewkit.errors import ShapeError
from reviewkit.evaluation.calibration import (
    brier_score,
    calibration_error,
    expected_calibration_error,
    ranked_probability_score,
    reliability,
    top_label_error,
)

FIGURES = (brier_score, ranked_probability_score, calibration_error, top_label_error)
FORECASTS = arrays(float, st.tuples(st.integers(1, 12), st.just(4)), elements=st.floats(0.01, 1)).map(
    lambda rows: rows / rows.sum(axis=1, keepdims=True)
)


class TestByHand:
    def test_brier(self) -> None:
        """(.2-1)^2 + .5^2 + .3^2 = .98 and 0: mean .49."""
        assert brier_score([[0.2, 0.5, 0.3], [0, 1, 0]], [0, 1]) == pytest.approx(0.49)

    def test_ranked_probability_score(self) -> None:
        """Cuts at .2 and .7, both reached: .8^2 + .3^2 = .73."""
        assert ranked_probability_score([[0.2, 0.5, 0.3]], [0]) == pytest.approx(0.73)

    def test_a_miss_by_two_costs_more_than_a_miss_by_one_only_in_ranks(self) -> None:
        far, near = [[1.0, 0, 0]], [[0, 1.0, 0]]
        assert brier_score(far, [2]) == brier_score(near, [2]) == 2
        assert (ranked_probability_score(far, [2]), ranked_probability_score(near, [2])) == (2, 1)

    def test_expected_calibration_error(self) -> None:
        """Bin .1: forecasts .15 and .19 against none, gap .34; bin .9: 1 against 1, none; over three rows."""
        assert expected_calibration_error([0.15, 0.19, 1.0], [0, 0, 1]) == pytest.approx(0.34 / 3)

    def test_gaps_within_a_bin_cancel_and_across_bins_do_not(self) -> None:
        assert expected_calibration_error([0.31, 0.35], [0, 1]) == pytest.approx(0.34 / 2)
        assert expected_calibration_error([0.25, 0.75], [0, 1]) == pytest.approx(0.25)

    def test_calibration_error_is_the_mean_over_cuts(self) -> None:
        """P(>=1) = .8 against 1: .2; P(>=2) = .3 against 0: .3; mean .25."""
        assert calibration_error([[0.2, 0.5, 0.3]], [1]) == pytest.approx(0.25)

    def test_top_label_error(self) -> None:
        assert top_label_error([[0.2, 0.5, 0.3]] * 2, [1, 0]) == pytest.approx(0.0)
        assert top_label_error([[0.2, 0.5, 0.3]] * 2, [1, 1]) == pytest.approx(0.5)


class TestProperties:
    @given(FORECASTS, st.integers(0, 3))
    def test_they_stay_within_their_bounds(self, rows: np.ndarray, level: int) -> None:
        levels = [level] * len(rows)
        assert 0 <= brier_score(rows, levels) <= 2
        assert 0 <= ranked_probability_score(rows, levels) <= 3
        assert 0 <= calibration_error(rows, levels) <= 1
        assert 0 <= top_label_error(rows, levels) <= 1

    @given(st.integers(0, 3))
    def test_sure_and_right_costs_nothing(self, level: int) -> None:
        assert {figure([np.eye(4)[level]], [level]) for figure in FIGURES} == {0.0}

    @given(FORECASTS)
    def test_the_honest_forecast_is_the_best_one_in_expectation(self, rows: np.ndarray) -> None:
        truth, other = rows[0], rows[-1]
        for figure in (brier_score, ranked_probability_score):
            honest = sum(p * figure([truth], [k]) for k, p in enumerate(truth))
            told = sum(p * figure([other], [k]) for k, p in enumerate(truth))
            assert honest <= told + 1e-12

    @pytest.mark.parametrize("figure", FIGURES)
    def test_without_rows_they_are_undefined(self, figure: object) -> None:
        assert math.isnan(figure(np.zeros((0, 4)), []))  # type: ignore[operator]

    @pytest.mark.parametrize("figure", FIGURES)
    @pytest.mark.parametrize(
        ("rows", "levels", "says"),
        [
            ([[0.5, 0.4]], [0], "sums to 0.900000"),
            ([[0.5, 0.5]], [2], "levels run from 0 to 1"),
            ([[0.5, 0.5]], [0, 1], "forecast has 1 rows and level_index has 2"),
            ([[1.2, -0.2]], [0], "outside 0 to 1"),
            ([0.5, 0.5], [0], "has shape"),
            ([[math.nan, 0.5]], [0], "outside 0 to 1"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, figure: object, rows: object, levels: object, says: str) -> None:
        with pytest.raises(ShapeError, match=says):
            figure(rows, levels)  # type: ignore[operator]


class TestReliability:
    def test_a_value_worked_by_hand(self) -> None:
        """Cuts at .3 and .7 each, both rows: of two at .3 none came true, of two at .7 one did, each off by a half."""
        found = reliability([[0.3, 0.4, 0.3], [0.3, 0.4, 0.3]], [0, 1])
        assert [(round(one.said, 9), one.happened, one.n) for one in found] == [(0.3, 0.0, 2), (0.7, 0.5, 2)]
        assert [one.standard_error for one in found] == [0.0, 0.5**0.5 / 2]

    @given(FORECASTS)
    def test_every_chance_is_in_one_bin_and_none_is_empty(self, rows: np.ndarray) -> None:
        found = reliability(rows, np.zeros(len(rows), dtype=int))
        assert sum(one.n for one in found) == rows.shape[0] * (rows.shape[1] - 1)
        assert all(0 <= one.said <= 1 and one.happened == 0 for one in found)

    def test_without_rows_there_is_no_bin(self) -> None:
        assert reliability(np.zeros((0, 4)), []) == ()
