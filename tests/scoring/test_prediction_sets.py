"""Rounding, temperature, cold start and prediction sets: values worked by hand, and what always holds."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from small_programs import small_rubric

from reviewkit.records import Criterion
from reviewkit.scoring.calibrator import TemperatureCalibrator
from reviewkit.scoring.cold import ColdStart
from reviewkit.scoring.conformal import (
    FoldScores,
    conformal_bound,
    in_cross_set,
    in_prediction_set,
    level_bounds,
    nonconformity,
    rows_needed,
)
from reviewkit.scoring.evidence import sentence_weights
from reviewkit.scoring.recording import criterion_score, rounded
from reviewkit.scoring.scorer import Scored

ROWS = st.lists(st.floats(0, 1), min_size=2, max_size=61).filter(lambda row: sum(row) > 1e-3)
ROWS = ROWS.map(lambda row: np.asarray(row) / sum(row))
BOUNDS = st.floats(0, 1)


def level_set(row: np.ndarray, bound: float) -> np.ndarray:
    return np.flatnonzero(in_prediction_set(row[None, :], bounds=np.full(len(row), bound))[0])


def criterion(n_levels: int) -> Criterion:
    levels = [{"level": n / 2, "name": f"L{n}"} for n in range(n_levels)]
    return Criterion.model_validate({"id": "a", "title": "A", "required_level": 0.5, "levels": levels})


class TestRounding:
    @given(ROWS)
    def test_the_sum_stays_1_and_no_value_moves_by_more_than_a_unit(self, row: np.ndarray) -> None:
        found = rounded(row)
        assert round(found.sum() * 1e6) == 1_000_000
        assert np.abs(found - row).max() <= 1.01e-6
        assert (found >= 0).all()

    def test_what_has_six_decimals_already_is_kept(self) -> None:
        row = np.array([0.123456, 0.5, 0.376544])
        assert rounded(row).tolist() == row.tolist()

    @given(ROWS, BOUNDS)
    @example(np.array([0.0, 0.49999998, 0.50000002, 0.0]), 0.0)
    @example(np.array([0.49999998, 0.0, 0.50000002]), 0.0)
    def test_the_record_holds_whatever_rounding_does(self, row: np.ndarray, bound: float) -> None:
        inside = nonconformity(row[None, :])[0] <= bound
        score = criterion_score(criterion(len(row)), Scored(row, inside, 1 / 3), coverage_level=0.9, cold=False)
        values = list(score.probabilities.values())
        assert score.level == values.index(max(values)) / 2
        assert score.level in score.prediction_set
        assert np.allclose(np.diff(score.prediction_set), 0.5)
        assert set(np.flatnonzero(inside) / 2) <= set(score.prediction_set)

    def test_what_follows_from_the_probabilities(self) -> None:
        row = np.array([0.1, 0.2, 0.3, 0.4])
        scored = Scored(row, np.array([False, False, True, True]), None)
        score = criterion_score(small_rubric().criterion("routines"), scored, coverage_level=0.9, cold=False)
        assert (score.level, score.expected_level, score.p_meets_required) == (4.0, 3.0, 0.7)
        assert (score.prediction_set, score.rater_disagreement, score.stands) == ((3.0, 4.0), None, False)


class TestNonconformity:
    def test_a_value_worked_by_hand(self) -> None:
        """From .4 the set grows to .3 on the right (gathered .4), then .2 (gathered .7), then left to .1 (.9)."""
        found = nonconformity(np.array([[0.1, 0.4, 0.3, 0.2]]))
        np.testing.assert_allclose(found, [[0.9, 0.0, 0.4, 0.7]])

    def test_ties_go_to_the_lower_level(self) -> None:
        found = nonconformity(np.full((1, 4), 0.25))
        assert found.tolist() == [[0.0, 0.25, 0.5, 0.75]]

    @given(ROWS)
    def test_it_is_0_at_the_mode_and_never_falls_away_from_it(self, row: np.ndarray) -> None:
        found, mode = nonconformity(row[None, :])[0], int(row.argmax())
        assert found[mode] == 0
        assert (np.diff(found[mode:]) >= 0).all()
        assert (np.diff(found[: mode + 1]) <= 0).all()

    @given(st.integers(0, 1000), st.integers(1, 6))
    def test_a_row_is_the_same_alone_and_among_others(self, seed: int, n_rows: int) -> None:
        many = np.random.default_rng(seed).dirichlet([0.5] * 4, size=n_rows)
        together = nonconformity(many)
        assert all((nonconformity(row[None, :])[0] == one).all() for row, one in zip(many, together, strict=True))


class TestPredictionSets:
    @given(ROWS, BOUNDS, BOUNDS)
    def test_they_are_neighbours_hold_the_mode_and_grow_with_the_bound(
        self, row: np.ndarray, first: float, second: float
    ) -> None:
        small, large = (level_set(row, bound) for bound in sorted((first, second)))
        assert (np.diff(small) == 1).all()
        assert row.argmax() in small
        assert set(small) <= set(large)

    @given(ROWS)
    def test_an_infinite_bound_takes_every_level(self, row: np.ndarray) -> None:
        assert level_set(row, math.inf).tolist() == list(range(len(row)))

    def test_the_bound_is_the_score_of_its_rank(self) -> None:
        """Nine rows and 90 %: rank ceil(10 * .9) = 9, the largest; eight rows are too few."""
        scores = np.arange(9) / 10
        assert conformal_bound(scores, coverage_level=0.9) == 0.8
        assert conformal_bound(scores[:8], coverage_level=0.9) == math.inf
        assert conformal_bound(np.zeros(0), coverage_level=0.5) == math.inf

    @given(st.integers(1, 99).map(lambda n: n / 100))
    def test_the_rows_needed_are_just_enough(self, level: float) -> None:
        n = rows_needed(level)
        assert math.isfinite(conformal_bound(np.zeros(n), coverage_level=level))
        assert math.isinf(conformal_bound(np.zeros(n - 1), coverage_level=level))

    def test_coverage_holds_on_average_over_small_programs(self) -> None:
        """With 19 rows and 90 % the promise is at least .9; 4,000 draws tell it to .015, overconfident ones."""
        draw = np.random.default_rng(0)
        covered = []
        for _ in range(4000):
            forecast = draw.dirichlet([0.4, 0.7, 0.9, 0.5], size=20)
            softer = forecast**0.5 / (forecast**0.5).sum(axis=1, keepdims=True)
            truth = (draw.random((20, 1)) > softer.cumsum(axis=1)[:, :3]).sum(axis=1)
            scores = nonconformity(forecast)[np.arange(20), truth]
            covered.append(scores[19] <= conformal_bound(scores[:19], coverage_level=0.9))
        assert 0.885 <= np.mean(covered) <= 0.965


class TestSetsPerLevel:
    def test_a_value_worked_by_hand(self) -> None:
        """Three rows a level and 75 %: rank ceil(4 * .75) = 3, each level's largest; two rows are too few."""
        scores = np.array([0.1, 0.2, 0.3, 0.5, 0.6, 0.4, 0.0, 0.9])
        level = np.array([0, 0, 0, 1, 1, 1, 2, 2])
        found = level_bounds(scores, level, n_levels=4, coverage_level=0.75, per_level=True)
        assert found.tolist() == [0.3, 0.6, math.inf, math.inf]

    def test_marginal_bounds_are_all_the_same(self) -> None:
        found = level_bounds(np.arange(9) / 10, np.arange(9) % 4, n_levels=4, coverage_level=0.9, per_level=False)
        assert found.tolist() == [0.8] * 4

    @given(ROWS, st.integers(0, 1000))
    def test_they_are_neighbours_hold_the_mode_and_every_level_that_lacks_rows(
        self, row: np.ndarray, seed: int
    ) -> None:
        bounds = np.random.default_rng(seed).random(len(row))
        bounds[seed % len(row)] = math.inf
        found = np.flatnonzero(in_prediction_set(row[None, :], bounds=bounds)[0])
        assert (np.diff(found) == 1).all()
        assert {int(row.argmax()), seed % len(row)} <= set(found.tolist())

    @given(st.integers(0, 200))
    def test_a_level_is_in_its_set_exactly_as_its_own_bound_says_or_between(self, seed: int) -> None:
        draw = np.random.default_rng(seed)
        row, bounds = draw.dirichlet([0.6] * 5, size=1), draw.random(5)
        alone = (nonconformity(row) <= bounds)[0]
        found = in_prediction_set(row, bounds=bounds)[0]
        assert (found >= alone).all()


class TestCrossSets:
    def test_a_value_worked_by_hand(self) -> None:
        """Five rows, 60 %: a level is in unless ceil(6 * .6) = 4 rows or more were less strange than it.

        The new row's levels gather 0, .5 and .8. Below .5 lie 0, .1, .2 in the first fold and .3 in the second: four.
        """
        row = np.array([[0.5, 0.3, 0.2]])
        folds = [
            FoldScores(np.array([0.0, 0.1, 0.2]), np.zeros(3, dtype=np.intp)),
            FoldScores(np.array([0.3, 0.9]), np.zeros(2, dtype=np.intp)),
        ]
        found = in_cross_set(row, [row, row], folds, coverage_level=0.6, per_level=False)
        fewer = in_cross_set(row, [row, row], folds, coverage_level=0.8, per_level=False)
        assert found.tolist() == [[True, False, False]]
        assert fewer.tolist() == [[True, True, True]]

    @given(st.integers(0, 300), st.sampled_from([0.5, 0.8, 0.9]), st.booleans())
    def test_with_one_fold_they_are_the_split_sets(self, seed: int, level: float, per_level: bool) -> None:
        draw = np.random.default_rng(seed)
        said, record = draw.dirichlet([0.5] * 4, size=30), draw.integers(0, 4, 30)
        fold = FoldScores(nonconformity(said)[np.arange(30), record], record)
        new = draw.dirichlet([0.5] * 4, size=5)
        bounds = level_bounds(fold.scores, record, n_levels=4, coverage_level=level, per_level=per_level)
        cross = in_cross_set(new, [new], [fold], coverage_level=level, per_level=per_level)
        assert (cross == in_prediction_set(new, bounds=bounds)).all()

    @given(st.integers(0, 300), st.booleans())
    def test_they_are_neighbours_and_hold_the_mode_of_the_model_of_all_rows(self, seed: int, per_level: bool) -> None:
        draw = np.random.default_rng(seed)
        folds = [FoldScores(draw.random(8), draw.integers(0, 4, 8)) for _ in range(3)]
        said = [draw.dirichlet([0.5] * 4, size=4) for _ in range(4)]
        found = in_cross_set(said[3], said[:3], folds, coverage_level=0.8, per_level=per_level)
        assert found[np.arange(4), said[3].argmax(axis=1)].all()
        assert (np.abs(np.diff(np.pad(found.astype(int), ((0, 0), (1, 1))), axis=1)).sum(axis=1) == 2).all()


class TestTemperature:
    def test_calibrated_rows_are_left_alone(self) -> None:
        rows = np.tile([0.75, 0.25], (400, 1))
        found = TemperatureCalibrator().fit(rows, np.array([0, 0, 0, 1] * 100))
        assert abs(found.temperature_ - 1) < 1e-3

    def test_a_value_worked_by_hand(self) -> None:
        """Temperature 1/2 squares odds: 3 to 1 becomes 9 to 1."""
        calibrator = TemperatureCalibrator()
        calibrator.temperature_ = 0.5
        np.testing.assert_allclose(calibrator.transform(np.array([[0.75, 0.25]])), [[0.9, 0.1]])

    @pytest.mark.parametrize(("n_right", "softer"), [(5, True), (10, False)])
    def test_sure_and_wrong_softens_unsure_and_right_sharpens(self, n_right: int, softer: bool) -> None:
        rows = np.tile([0.8, 0.2], (10, 1))
        level = np.array([0] * n_right + [1] * (10 - n_right))
        assert (TemperatureCalibrator().fit(rows, level).temperature_ > 1) is softer

    def test_few_rows_change_little_and_none_changes_nothing(self) -> None:
        one = TemperatureCalibrator().fit(np.array([[0.9, 0.1]]), np.array([1]))
        none = TemperatureCalibrator().fit(np.zeros((0, 2)), np.zeros(0, dtype=np.intp))
        assert 1 < one.temperature_ < 1.5
        assert abs(none.temperature_ - 1) < 1e-6

    @given(ROWS, st.floats(0.3, 4))
    def test_the_order_of_levels_is_kept_and_rows_sum_to_1(self, row: np.ndarray, temperature: float) -> None:
        calibrator = TemperatureCalibrator()
        calibrator.temperature_ = temperature
        found = calibrator.transform(row[None, :])[0]
        assert abs(found.sum() - 1) < 1e-9
        assert found[row.argmax()] == found.max()


class TestColdStartAndEvidence:
    def test_without_ratings_every_level_is_as_likely(self) -> None:
        assert ColdStart.fit(np.zeros(0, dtype=np.intp), n_levels=4).prior.tolist() == [0.25] * 4

    def test_the_weight_of_the_lowest_level_is_its_own_probability(self) -> None:
        whole, without = np.array([0.75, 0.25]), np.array([[0.5, 0.5]])
        assert sentence_weights(whole, without, level_index=0).tolist() == [0.25]
        assert sentence_weights(whole, without, level_index=1).tolist() == [-0.25]
