"""Human-machine agreement: the values of the field's reference tool, and what happens where there is too little."""

import math

import numpy as np
import pytest

from reviewkit.agreement.estimate import IntervalSettings
from reviewkit.agreement.human_machine import human_machine
from reviewkit.agreement.moments import moment_block, pooled_smd
from reviewkit.agreement.prmse import prmse_true
from reviewkit.agreement.subgroups import dsm_value, subgroup_differences
from reviewkit.agreement.table import table_of_array
from reviewkit.agreement.thresholds import FIELD_THRESHOLDS, Threshold
from reviewkit.agreement.two_raters import quadratic_weighted_kappa, standardized_mean_difference
from reviewkit.errors import ShapeError

QUICK = IntervalSettings(method="none")
HUMAN, MACHINE = [8, 4, 6, 3], [9, 4, 5, 12]


def _simulated(n: int, *, seed: int, n_raters: int = 3) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    true = generator.normal(2.5, 0.8, n)
    ratings = true[:, None] + generator.normal(0, 0.5, (n, n_raters))
    ratings[generator.random(ratings.shape) < 0.3] = np.nan
    return ratings, true + generator.normal(0, 0.4, n)


def _means(ratings: np.ndarray) -> np.ndarray:
    sizes = (~np.isnan(ratings)).sum(axis=1)
    return np.where(sizes > 0, np.nansum(ratings, axis=1) / np.maximum(sizes, 1), np.nan)


class TestReferenceValues:
    def test_kappa_of_continuous_scores(self) -> None:
        found = human_machine(HUMAN, MACHINE, interval=QUICK)
        assert found.measure("qwk").value == pytest.approx(-0.09210526315789469, abs=1e-12)

    def test_unpooled_difference_divides_by_the_human_sd(self) -> None:
        assert standardized_mean_difference(HUMAN, MACHINE) == pytest.approx(1.171700198827415, abs=1e-12)

    def test_pooled_difference(self) -> None:
        block = moment_block(np.array(HUMAN, float), np.array(MACHINE, float), centre=5.0)
        assert float(pooled_smd(block.rows.sum(axis=0))) == pytest.approx(0.8523247028586811, abs=1e-12)

    def test_difference_over_a_population_sd(self) -> None:
        assert (np.mean(MACHINE) - np.mean(HUMAN)) / 2.3 == pytest.approx(0.9782608695652175, abs=1e-12)

    def test_difference_of_standardized_means(self) -> None:
        found = dsm_value(HUMAN, MACHINE, human_mean=4.5, human_sd=1.2, machine_mean=5.1, machine_sd=1.8)
        assert found == pytest.approx(0.7083333333333336, abs=1e-12)

    def test_difference_without_a_population_sd(self) -> None:
        assert math.isnan(dsm_value(HUMAN, MACHINE, human_mean=4.5, human_sd=0, machine_mean=5.1, machine_sd=1.8))

    def test_prmse_with_a_known_error_variance(self) -> None:
        found = prmse_true([2, 3, 5], [1, 2, 5], error_variance=0.5, interval=QUICK)
        assert found.prmse.value == pytest.approx(0.9090909090909091, abs=1e-12)

    def test_continuous_kappa_of_levels_is_cohens(self) -> None:
        human, machine = np.array([0, 1, 2, 2, 3, 0]), np.array([0, 1, 1, 2, 3, 2])
        found = human_machine(human, machine, interval=QUICK).measure("qwk").value
        assert found == pytest.approx(quadratic_weighted_kappa(human, machine, n_levels=4), abs=1e-12)


class TestPrmse:
    def test_formulas_by_hand_with_gaps(self) -> None:
        ratings, machine = _simulated(200, seed=1)
        kept = (~np.isnan(ratings)).any(axis=1)
        k = (~np.isnan(ratings)).sum(axis=1)[kept]
        mean = np.nanmean(ratings[kept], axis=1)
        within = np.nansum((ratings[kept] - mean[:, None]) ** 2)
        error = within / (k - 1).sum()
        grand, n, m = np.nansum(ratings) / k.sum(), kept.sum(), k.sum()
        true = (np.sum(k * (mean - grand) ** 2) - (n - 1) * error) / (m - np.sum(k**2) / m)
        mse = (np.sum(k * (mean - machine[kept]) ** 2) - n * error) / m
        found = prmse_true(ratings, machine, interval=QUICK)
        parts = [found.error_variance.value, found.true_variance.value, found.mse.value, found.prmse.value]
        assert parts == pytest.approx([error, true, mse, 1 - mse / true], rel=1e-10)

    def test_recovers_the_truth(self) -> None:
        ratings, machine = _simulated(20_000, seed=2)
        found = prmse_true(ratings, machine, interval=QUICK)
        assert found.prmse.value == pytest.approx(1 - 0.16 / 0.64, abs=0.02)
        assert found.error_variance.value == pytest.approx(0.25, abs=0.01)

    def test_counts_single_and_multiple(self) -> None:
        found = prmse_true([[1, np.nan], [2, 3], [np.nan, np.nan], [4, 4]], [1, 2, 3, 4], interval=QUICK)
        assert (found.n_single, found.n_multiple, found.prmse.n) == (1, 2, 3)

    def test_single_ratings_only_have_a_reason(self) -> None:
        found = prmse_true([1, 2, 3], [1, 2, 3])
        assert math.isnan(found.prmse.value)
        assert "rate some twice or give error_variance" in str(found.prmse.reason)
        assert math.isnan(found.mse.value)

    def test_no_ratings_have_a_reason(self) -> None:
        assert prmse_true([[np.nan], [np.nan]], [1, 2]).prmse.reason == "there are no ratings"

    def test_ratings_that_are_all_error_have_a_reason(self) -> None:
        found = prmse_true([[1, 3], [3, 1], [1, 3]], [2, 2, 2], interval=QUICK)
        assert "no true variance" in str(found.prmse.reason)

    def test_interval_holds_the_value(self) -> None:
        ratings, machine = _simulated(150, seed=3)
        found = prmse_true(ratings, machine, interval=IntervalSettings(n_resamples=200)).prmse
        assert found.low < found.value < found.high
        assert found.interval_method == "jackknife"


class TestHumanMachine:
    def test_degradation_is_machine_minus_people(self) -> None:
        ratings, machine = _simulated(300, seed=4)
        found = human_machine(_means(ratings), machine, ratings=ratings, interval=QUICK)
        gap = found.measure("qwk").value - found.measure("human-human-qwk").value
        assert found.measure("degradation-qwk").value == pytest.approx(gap)
        divided = found.measure("pearson").value / math.sqrt(found.measure("human-human-pearson").value)
        assert found.measure("disattenuated-pearson").value == pytest.approx(divided)

    def test_people_are_averaged_over_pairs(self) -> None:
        ratings, machine = _simulated(300, seed=5)
        pairs = [(0, 1), (0, 2), (1, 2)]
        both = [~np.isnan(ratings[:, list(pair)]).any(axis=1) for pair in pairs]
        by_hand = np.mean(
            [np.corrcoef(ratings[rows][:, list(pair)].T)[0, 1] for rows, pair in zip(both, pairs, strict=True)]
        )
        found = human_machine(ratings[:, 0], machine, ratings=ratings, interval=QUICK)
        assert found.measure("human-human-pearson").value == pytest.approx(by_hand)

    def test_jackknife_is_that_of_submissions(self) -> None:
        ratings, machine = _simulated(40, seed=6)
        human = _means(ratings)
        found = human_machine(human, machine, ratings=ratings, interval=QUICK)
        without = [
            human_machine(
                np.delete(human, at), np.delete(machine, at), ratings=np.delete(ratings, at, axis=0), interval=QUICK
            )
            for at in range(len(human))
        ]
        for name in ("qwk", "smd", "human-human-exact", "degradation-qwk", "disattenuated-pearson"):
            values = np.array([one.measure(name).value for one in without])
            by_hand = math.sqrt((len(values) - 1) / len(values) * np.sum((values - values.mean()) ** 2))
            assert found.measure(name).se == pytest.approx(by_hand, rel=1e-6)

    def test_exact_and_adjacent_between_people(self) -> None:
        ratings = np.array([[1, 1], [2, 3], [1, 3], [2, 2]])
        found = human_machine(ratings[:, 0], [1, 2, 1, 2], ratings=ratings, interval=QUICK)
        values = found.measure("human-human-exact").value, found.measure("human-human-adjacent").value
        assert values == (0.5, 0.75)

    def test_one_rater_has_reasons(self) -> None:
        found = human_machine([1, 2, 3, 4], [1, 2, 3, 4])
        reasons = {one.name: one.reason for one in found.measures if not one.defined}
        assert set(reasons) == {one.name for one in found.measures} - {"qwk", "pearson", "smd"}
        assert "no two raters rated the same submission" in str(reasons["degradation-qwk"])

    def test_one_level_throughout_has_a_reason(self) -> None:
        found = human_machine([2, 2, 2], [2, 2, 2])
        assert "nothing varies together" in str(found.measure("qwk").reason)
        assert "no sd to measure in" in str(found.measure("smd").reason)

    def test_no_human_levels_have_a_reason(self) -> None:
        found = human_machine([math.nan, math.nan], [1, 2])
        assert all(not one.defined and one.reason for one in found.measures)

    def test_a_missing_score_is_an_error(self) -> None:
        with pytest.raises(ShapeError, match=r"machine\[1\] is nan, but every submission needs a score"):
            human_machine([1, 2], [1, math.nan])

    def test_rows_that_do_not_pair(self) -> None:
        with pytest.raises(ShapeError, match="pass ratings and a score a submission"):
            human_machine([1, 2, 3], [1, 2])

    @pytest.mark.parametrize("method", ["jackknife", "percentile", "bca"])
    def test_every_measure_has_an_interval(self, method: str) -> None:
        ratings, machine = _simulated(120, seed=7)
        settings = IntervalSettings(method=method, n_resamples=200)
        rounded, human = np.round(ratings), np.round(_means(ratings))
        kept = ~np.isnan(human)
        found = human_machine(human[kept], machine[kept], ratings=rounded[kept], interval=settings)
        assert all(one.low < one.value < one.high for one in (*found.measures, found.prmse.prmse))

    def test_serialises_undefined_as_null(self) -> None:
        text = human_machine([1, 2, 3], [1, 2, 3]).model_dump_json()
        assert '"value":null' in text
        assert "NaN" not in text


class TestFlags:
    def test_field_thresholds_are_data(self) -> None:
        bounds = {(one.measure, one.low, one.high) for one in FIELD_THRESHOLDS}
        wanted = {("qwk", 0.7, None), ("smd", -0.15, 0.15), ("degradation-qwk", -0.1, None), ("dsm", -0.1, 0.1)}
        assert wanted <= bounds

    def test_a_sure_flag_has_its_interval_outside(self) -> None:
        human = np.tile([1.0, 2.0, 3.0, 4.0], 50)
        found = human_machine(human, human + 1)
        flag = next(one for one in found.flags if one.measure == "smd")
        assert (flag.high, flag.sure) == (0.15, True)

    def test_thresholds_of_ones_own(self) -> None:
        strict = [Threshold(measure="pearson", low=0.999, source="house rule")]
        found = human_machine([1, 2, 3, 4, 4], [1, 2, 3, 4, 3], thresholds=strict, interval=QUICK)
        assert [(one.measure, one.source, one.sure) for one in found.flags] == [("pearson", "house rule", False)]


def _adjusted(outcome: np.ndarray, *columns: np.ndarray) -> float:
    design = np.column_stack([np.ones(len(outcome)), *columns])
    rest = outcome - design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    degrees = len(outcome) - np.linalg.matrix_rank(design)
    return 1 - rest @ rest / degrees / outcome.var(ddof=1)


class TestSubgroups:
    def test_shares_are_those_of_least_squares(self) -> None:
        generator = np.random.default_rng(8)
        human = generator.integers(1, 5, 90).astype(float)
        groups = generator.choice(list("abc"), 90)
        machine = human + generator.normal(0, 0.5, 90) + 0.4 * (groups == "b")
        found = subgroup_differences(human, machine, groups=groups.tolist(), interval=QUICK)
        error = machine - human
        by_group = [(groups == one).astype(float) for one in "bc"]
        by_level = [(human == one).astype(float) for one in (2, 3, 4)]
        assert found.osa.value == pytest.approx(_adjusted(error**2, *by_group))
        assert found.osd.value == pytest.approx(_adjusted(error, *by_group))
        gain = _adjusted(error, *by_level, *by_group) - _adjusted(error, *by_level)
        assert found.csd.value == pytest.approx(gain)

    def test_p_values_are_those_of_f(self) -> None:
        found = subgroup_differences([0, 0, 0, 0, 0, 0], [1, 2, 3, 2, 3, 4], groups=list("aaabbb"), interval=QUICK)
        # Group means 2 and 3, within sum of squares 4: F = 1.5 on 1 and 4 degrees of freedom.
        assert found.osd.p_value == pytest.approx(0.2878641347, abs=1e-9)

    def test_dsm_standardizes_over_everyone(self) -> None:
        human, machine = np.array([1.0, 2, 3, 1, 2, 3]), np.array([1.0, 2, 3, 2, 3, 4])
        found = subgroup_differences(human, machine, groups=list("aaabbb"), interval=QUICK)
        scores = (machine - machine.mean()) / machine.std() - (human - human.mean()) / human.std()
        assert [one.value for one in found.dsm] == pytest.approx([scores[:3].mean(), scores[3:].mean()])
        assert found.sizes == {"a": 3, "b": 3}

    def test_groups_treated_alike_show_nothing(self) -> None:
        generator = np.random.default_rng(9)
        human = generator.integers(1, 5, 4000).astype(float)
        machine = human + generator.normal(0, 0.5, 4000)
        found = subgroup_differences(human, machine, groups=generator.choice(list("ab"), 4000).tolist(), interval=QUICK)
        assert max(abs(one.value) for one in (*found.dsm, found.osa, found.osd, found.csd)) < 0.03

    def test_one_group_has_a_reason(self) -> None:
        found = subgroup_differences([1, 2, 3, 4], [1, 2, 3, 3], groups=["a"] * 4)
        assert "differences need two groups" in str(found.osd.reason)

    def test_groups_that_are_the_levels_have_no_conditional_difference(self) -> None:
        found = subgroup_differences([1, 1, 1, 2, 2, 2], [1, 2, 1, 2, 3, 2], groups=list("aaabbb"), interval=QUICK)
        assert "coincide with the human levels" in str(found.csd.reason)

    def test_too_few_groups_named(self) -> None:
        with pytest.raises(ShapeError, match="groups has 2 entries and machine 3"):
            subgroup_differences([1, 2, 3], [1, 2, 3], groups=["a", "b"])

    def test_every_difference_has_an_interval(self) -> None:
        generator = np.random.default_rng(10)
        human = generator.integers(1, 5, 80).astype(float)
        machine = human + generator.normal(0, 0.5, 80)
        settings = IntervalSettings(n_resamples=200)
        found = subgroup_differences(
            human, machine, groups=generator.choice(list("ab"), 80).tolist(), interval=settings
        )
        assert all(one.low < one.high for one in (*found.dsm, found.osa, found.osd, found.csd))


class TestTwoRaters:
    def test_level_outside_the_criterion(self) -> None:
        with pytest.raises(ShapeError, match=r"machine\[1\] is 4, but levels run from 0 to 3"):
            quadratic_weighted_kappa([0, 1], [0, 4], n_levels=4)

    def test_no_rows_is_undefined(self) -> None:
        assert math.isnan(quadratic_weighted_kappa([], [], n_levels=4))

    def test_one_same_level_is_undefined(self) -> None:
        assert math.isnan(quadratic_weighted_kappa([1, 1], [1, 1], n_levels=4))

    def test_difference_needs_spread(self) -> None:
        assert math.isnan(standardized_mean_difference([1, 1], [1, 2]))

    def test_table_keeps_its_levels(self) -> None:
        assert table_of_array([[1, 2]], levels=[1, 2, 3]).n_levels == 3
