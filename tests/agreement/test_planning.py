import math

import pytest

from reviewkit.agreement.agreement_plan import AgreementPlan
from reviewkit.agreement.planning import (
    expected_precision,
    plan_raters,
    submissions_for_power,
    submissions_needed,
)
from reviewkit.errors import SettingsError

QUICK = AgreementPlan(coefficient="gwet", weights="quadratic", n_replications=40)


class TestExpectedPrecision:
    def test_percent_agreement_has_the_width_of_a_binomial_share(self):
        plan = AgreementPlan(coefficient="percent", shares=(0.5, 0.5), n_replications=100)
        found = expected_precision(plan, value=0.8, n_submissions=200)
        assert found.half_width == pytest.approx(1.97 * math.sqrt(0.8 * 0.2 / 200), rel=0.05)

    def test_four_times_the_submissions_halve_the_interval(self):
        small, large = (expected_precision(QUICK, value=0.7, n_submissions=n) for n in (100, 400))
        assert small.half_width / large.half_width == pytest.approx(2.0, rel=0.15)

    def test_the_same_seed_plans_the_same(self):
        first, second = (expected_precision(QUICK, value=0.7, n_submissions=50).to_json() for _ in range(2))
        assert first == second

    def test_gaps_cost_ratings_and_precision(self):
        gaps = expected_precision(QUICK.model_copy(update={"missing": 0.3}), value=0.7, n_submissions=100)
        assert gaps.n_ratings == pytest.approx(140)
        assert gaps.half_width > expected_precision(QUICK, value=0.7, n_submissions=100).half_width

    def test_power_is_asked_for_by_a_bound(self):
        assert math.isnan(expected_precision(QUICK, value=0.8, n_submissions=100).power)
        assert expected_precision(QUICK, value=0.8, n_submissions=400, at_least=0.5).power == 1.0

    def test_a_value_below_chance_is_out_of_reach(self):
        plan = AgreementPlan(coefficient="percent", shares=(0.01, 0.99))
        with pytest.raises(SettingsError, match="lies outside"):
            expected_precision(plan, value=0.5, n_submissions=100)

    @pytest.mark.parametrize(
        ("plan", "value", "n", "message"),
        [
            (QUICK, 0.7, 1, "2 or more"),
            (QUICK, 1.0, 50, "between 0 and 1"),
            (AgreementPlan(coefficient="cohen", n_raters=3), 0.7, 50, "two raters"),
        ],
    )
    def test_what_cannot_be_planned_is_refused(self, plan, value, n, message):
        with pytest.raises(SettingsError, match=message):
            expected_precision(plan, value=value, n_submissions=n)


class TestSizes:
    @pytest.mark.parametrize("coefficient", ["krippendorff", "icc", "cohen"])
    def test_the_size_found_is_just_precise_enough(self, coefficient):
        plan = AgreementPlan(coefficient=coefficient, n_replications=60)
        found = submissions_needed(plan, value=0.6, half_width=0.1)
        assert 0.095 < found.half_width <= 0.1

    def test_more_raters_need_fewer_submissions(self):
        sizes = [one.n_submissions for one in plan_raters(QUICK, value=0.7, half_width=0.1, n_raters=(2, 4))]
        assert sizes[0] > sizes[1]

    def test_power_is_reached(self):
        found = submissions_for_power(QUICK, value=0.8, at_least=0.6)
        assert found.power >= 0.8
        assert 10 < found.n_submissions < 200

    @pytest.mark.parametrize("half_width", [0.0, 1.0])
    def test_an_impossible_half_width_is_refused(self, half_width):
        with pytest.raises(SettingsError, match="half_width"):
            submissions_needed(QUICK, value=0.7, half_width=half_width)

    def test_the_bound_lies_below_the_value(self):
        with pytest.raises(SettingsError, match="below the value"):
            submissions_for_power(QUICK, value=0.6, at_least=0.7)
