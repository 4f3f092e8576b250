import json
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from scipy.special import expit

from reviewkit.agreement.design import check_connected, rating_design
from reviewkit.agreement.facets import (
    FacetsSettings,
    bias_interactions,
    fit_facets,
    many_facet_rasch,
    severity_drift,
)
from reviewkit.agreement.facets.bias import false_discovery_rates
from reviewkit.agreement.facets.information import observed_information
from reviewkit.agreement.facets.likelihood import adaptive_nodes, fixed_nodes, value_and_gradient
from reviewkit.agreement.facets.model import facets_data, identification
from reviewkit.agreement.simulate import SimulationSettings, latent_normal_levels, simulate_ratings
from reviewkit.errors import DesignError, RatingsError, SettingsError
from reviewkit.records.rating import Rating


def _rating(submission, criterion, rater, level, **more):
    return Rating(submission_id=submission, criterion_id=criterion, rater_id=rater, level=level, **more)


def _crossed(levels_by_rater, criterion="taught"):
    return [
        _rating(f"s{number}", criterion, rater, level)
        for rater, levels in levels_by_rater.items()
        for number, level in enumerate(levels)
    ]


SMALL = simulate_ratings(SimulationSettings(n_submissions=40, n_raters=3, n_criteria=2), seed=5)


class TestLikelihood:
    def test_one_dichotomous_rating_is_the_integral_worked_by_quadrature(self):
        design = rating_design([_rating("s1", "c", "r1", 0), _rating("s2", "c", "r1", 1)])
        data = facets_data(design, shared=False)
        parameters = np.array([0.3, 0.0, 0.0, 0.0])
        nodes = adaptive_nodes(data, parameters, 1.2, n_nodes=21)
        value = value_and_gradient(data, parameters, 1.2, nodes)[0]

        def chance(theta):
            return expit(theta + 0.3) * np.exp(-0.5 * (theta / 1.2) ** 2) / (1.2 * np.sqrt(2 * np.pi))

        one = quad(chance, -12, 12)[0]
        assert value == pytest.approx(np.log(one) + np.log(1 - one), abs=1e-9)

    @pytest.mark.parametrize("shared", [False, True])
    def test_gradient_is_the_slope_of_the_value(self, shared):
        data = facets_data(rating_design(SMALL.ratings), shared=shared)
        point = np.random.default_rng(1).normal(0, 0.3, data.size)
        nodes = fixed_nodes(40, n_nodes=31, bound=6)
        slope = approx_fprime(
            np.append(point, 0.2), lambda at: value_and_gradient(data, at[:-1], np.exp(at[-1]), nodes)[0], 1e-6
        )
        assert value_and_gradient(data, point, np.exp(0.2), nodes)[1] == pytest.approx(slope, abs=1e-3)

    def test_information_is_the_curvature_of_the_value(self):
        data = facets_data(rating_design(SMALL.ratings), shared=False)
        point = np.append(np.random.default_rng(2).normal(0, 0.3, data.size), 0.1)
        nodes = fixed_nodes(40, n_nodes=31, bound=6)

        def gradient(at):
            return value_and_gradient(data, at[:-1], np.exp(at[-1]), nodes)[1]

        steps = 1e-5 * np.eye(len(point))
        curvature = np.array([(gradient(point + one) - gradient(point - one)) / 2e-5 for one in steps])
        information = observed_information(data, point[:-1], np.exp(0.1), nodes)
        assert information == pytest.approx(-curvature, abs=1e-3)

    def test_every_facet_sums_to_zero(self):
        data = facets_data(rating_design(SMALL.ratings), shared=False)
        full = identification(data) @ np.random.default_rng(3).normal(size=identification(data).shape[1])
        sums = [full[data.slices[facet]].sum() for facet in ("criteria", "raters", "steps")]
        assert sums == pytest.approx([0, 0, 0], abs=1e-12)


class TestManyFacetRasch:
    def test_known_severities_come_back(self):
        made = simulate_ratings(SimulationSettings(n_submissions=300, n_raters=6, severity_sd=1.0), seed=11)
        result = many_facet_rasch(made.ratings)
        own = [one.severity for one in result.raters]
        assert np.corrcoef(own, list(made.truth.severities.values()))[0, 1] > 0.99
        assert np.corrcoef([t.measure for t in result.teachers], list(made.truth.measures.values()))[0, 1] > 0.95
        assert np.mean([one.infit for one in result.raters]) == pytest.approx(1.0, abs=0.05)
        assert result.converged

    def test_a_noisy_rater_has_a_large_infit(self):
        quiet = simulate_ratings(SimulationSettings(n_submissions=150, n_raters=4), seed=3).ratings
        shaken = [
            one.model_copy(update={"level": float(np.random.default_rng(at).integers(1, 5))})
            if one.rater_id == "r1"
            else one
            for at, one in enumerate(quiet)
        ]
        infit = {one.rater_id: one.infit for one in many_facet_rasch(shaken).raters}
        assert max(infit, key=infit.get) == "r1"
        assert infit["r1"] > 1.3

    def test_a_severe_rater_has_the_lower_fair_average(self):
        result = many_facet_rasch(_crossed({"a": [1, 2, 3, 4, 2, 3, 1, 4], "b": [1, 1, 3, 3, 3, 2, 2, 3]}))
        fair = {one.rater_id: one.fair_average for one in result.raters}
        assert fair["b"] < fair["a"]

    def test_a_rating_scale_has_one_set_of_steps_and_fewer_parameters(self):
        shared = many_facet_rasch(SMALL.ratings, settings=FacetsSettings(model="rating-scale"))
        own = many_facet_rasch(SMALL.ratings)
        assert [one.criterion_id for one in shared.steps] == [None, None, None]
        assert own.n_parameters - shared.n_parameters == 2
        assert own.deviance < shared.deviance

    @settings(max_examples=5, deadline=None)
    @given(st.integers(0, 2**32 - 1))
    def test_the_order_of_ratings_changes_nothing(self, seed):
        order = np.random.default_rng(seed).permutation(len(SMALL.ratings))
        shuffled = many_facet_rasch([SMALL.ratings[at] for at in order])
        assert shuffled.to_json() == many_facet_rasch(SMALL.ratings).to_json()

    def test_renaming_levels_changes_no_measure(self):
        renamed = [one.model_copy(update={"level": 10 * one.level + 5}) for one in SMALL.ratings]
        first, second = many_facet_rasch(SMALL.ratings), many_facet_rasch(renamed)
        assert second.deviance == pytest.approx(first.deviance, rel=1e-9)
        assert [r.severity for r in second.raters] == pytest.approx([r.severity for r in first.raters], abs=1e-6)

    def test_standard_errors_shrink_with_the_square_root_of_the_ratings(self):
        design = SimulationSettings(n_submissions=100, n_raters=4)
        few = many_facet_rasch(simulate_ratings(design, seed=1).ratings)
        many = many_facet_rasch(simulate_ratings(design.model_copy(update={"n_submissions": 400}), seed=1).ratings)
        ratio = np.mean([one.se for one in few.raters]) / np.mean([one.se for one in many.raters])
        assert ratio == pytest.approx(2.0, rel=0.1)

    def test_the_record_serialises_to_the_contract(self):
        written = json.loads(json.dumps(many_facet_rasch(SMALL.ratings).to_json(), allow_nan=False))
        assert {"deviance", "eap_reliability", "variance", "raters", "criteria", "steps", "teachers"} <= set(written)
        assert {"rater_id", "severity", "se", "infit", "outfit", "n_ratings"} <= set(written["raters"][0])
        assert sum(one["severity"] for one in written["raters"]) == pytest.approx(0, abs=1e-9)

    def test_both_grids_stand_side_by_side_if_asked(self):
        settings = FacetsSettings(compare_grids=True)
        result = many_facet_rasch(SMALL.ratings, settings=settings)
        adaptive, fixed = result.grids
        assert adaptive.deviance == result.deviance
        assert (fixed.quadrature, fixed.n_nodes, fixed.bound) == ("fixed", 21, 6.0)
        assert fixed.deviance == pytest.approx(adaptive.deviance, rel=1e-3)
        swapped = many_facet_rasch(SMALL.ratings, settings=settings.model_copy(update={"quadrature": "fixed"}))
        assert swapped.grids[1].deviance == swapped.deviance

    def test_separation_says_how_far_raters_differ(self):
        alike = simulate_ratings(SimulationSettings(n_submissions=200, severity_sd=0.0), seed=4)
        apart = simulate_ratings(SimulationSettings(n_submissions=200, severity_sd=1.0), seed=4)
        low = many_facet_rasch(alike.ratings).separation("raters")
        high = many_facet_rasch(apart.ratings).separation("raters")
        assert low.p_value > 0.01 > high.p_value
        assert high.reliability > 0.9


class TestOddRatings:
    def test_islands_are_named(self):
        ratings = _crossed({"a": [1, 2, 3], "b": [2, 2, 3]})
        ratings += [_rating(f"t{n}", "taught", "z", level) for n, level in enumerate([1, 3, 2])]
        with pytest.raises(
            DesignError, match=r"2 islands.*\n.*island 1: raters a, b; .*\n.*island 2: raters z; submis"
        ):
            many_facet_rasch(ratings)

    def test_islands_can_be_linked_by_assumption(self):
        first = simulate_ratings(SimulationSettings(n_submissions=60, n_raters=2), seed=1).ratings
        other = [
            one.model_copy(update={"submission_id": "x" + one.submission_id, "rater_id": "x" + one.rater_id})
            for one in simulate_ratings(SimulationSettings(n_submissions=60, n_raters=2), seed=2).ratings
        ]
        result = many_facet_rasch([*first, *other], settings=FacetsSettings(require_connected=False))
        assert len(result.raters) == 4

    def test_raters_with_a_criterion_each_cannot_be_told_from_it(self):
        ratings = _crossed({"a": [1, 2, 3]}, "one") + _crossed({"b": [2, 2, 3]}, "two")
        with pytest.raises(DesignError, match="raters and criteria fall into 2 islands"):
            check_connected(rating_design(ratings))

    def test_a_rater_at_one_end_has_no_severity_but_a_reason(self):
        ratings = _crossed({"a": [1, 2, 3, 4, 2, 3], "b": [1, 1, 3, 3, 3, 2], "kind": [4, 4, 4, 4, 4, 4]})
        result = many_facet_rasch(ratings)
        kind = result.raters[2]
        assert np.isnan(kind.severity)
        assert "one end of the scale" in kind.reason
        without = many_facet_rasch([one for one in ratings if one.rater_id != "kind"])
        assert result.deviance == without.deviance
        assert result.to_json()["raters"][2]["severity"] is None

    def test_a_level_nobody_used_is_noted(self):
        result = many_facet_rasch(_crossed({"a": [1, 2, 4, 5, 2, 4], "b": [1, 1, 4, 5, 2, 5]}))
        assert [one.level for one in result.steps] == [2, 4, 5]
        assert "no rating between levels 2 and 4" in result.notes[0]

    def test_all_on_one_level_cannot_be_estimated(self):
        with pytest.raises(DesignError, match="one end of its scale"):
            many_facet_rasch(_crossed({"a": [2, 2, 2], "b": [2, 2, 2]}))

    @pytest.mark.parametrize("other", [[1, 2, 3, 4, 2, 3], [2, 3, 4, 4, 3, 4]])
    def test_raters_who_never_contradict_each_other_have_no_finite_scale(self, other):
        with pytest.raises(DesignError, match="without exception"):
            many_facet_rasch(_crossed({"a": [1, 2, 3, 4, 2, 3], "b": other}))

    def test_raters_who_hardly_ever_differ_are_integrated_from_end_to_end(self):
        levels = latent_normal_levels(100, 2, correlation=0.98, shares=[0.2, 0.3, 0.3, 0.2], seed=1)
        ratings = _crossed({"a": levels[:, 0].tolist(), "b": levels[:, 1].tolist()})
        wide = FacetsSettings(quadrature="fixed", n_nodes=201, bound=60)
        result = many_facet_rasch(ratings)
        assert result.deviance == pytest.approx(many_facet_rasch(ratings, settings=wide).deviance, abs=1e-3)
        assert "hardly ever differ" in result.notes[-1]

    def test_a_rater_who_used_one_middle_level_has_a_severity(self):
        result = many_facet_rasch(_crossed({"a": [1, 2, 3, 4, 2, 3], "b": [1, 1, 3, 4, 3, 3], "flat": [2] * 6}))
        assert result.raters[2].severity > 0

    def test_raters_who_contradict_each_other_leave_no_spread(self):
        result = many_facet_rasch(_crossed({"a": [1, 2, 3, 4], "b": [4, 3, 2, 1]}))
        assert result.eap_reliability == pytest.approx(0, abs=1e-6)

    def test_one_submission_is_too_few(self):
        with pytest.raises(DesignError, match="two or more"):
            many_facet_rasch([_rating("s1", c, r, 1 + (c == r)) for c in "ab" for r in "ab"])

    def test_one_rater_has_severity_zero(self):
        made = simulate_ratings(SimulationSettings(n_submissions=50, n_raters=1), seed=1)
        result = many_facet_rasch(made.ratings)
        assert [one.severity for one in result.raters] == [0.0]
        assert "needs two" in result.separation("raters").reason

    def test_no_spread_of_measures_is_noted(self):
        made = simulate_ratings(SimulationSettings(n_submissions=60, n_raters=4, teacher_sd=0.0), seed=1)
        result = many_facet_rasch(made.ratings)
        assert result.variance < 0.01
        assert np.isnan(result.variance_se)
        assert "no spread of measures" in result.notes[-1]

    def test_ratings_that_do_not_count_are_refused_with_their_number(self):
        with pytest.raises(RatingsError, match="1 ratings were given, and none of them counts"):
            many_facet_rasch([_rating("s", "c", "r", 1, role="constructed")])

    def test_ratings_that_saw_the_score_count_only_if_asked(self):
        seen = [one.model_copy(update={"blind": False}) for one in SMALL.ratings]
        with pytest.raises(RatingsError, match="blind_only=False"):
            many_facet_rasch(seen)
        assert many_facet_rasch(seen, blind_only=False).n_ratings == len(seen)

    def test_the_same_rating_twice_is_named(self):
        with pytest.raises(RatingsError, match="submission 's', criterion 'c', rater 'r'"):
            rating_design([_rating("s", "c", "r", 1), _rating("s", "c", "r", 2)])

    def test_no_ratings_are_refused(self):
        with pytest.raises(RatingsError, match="0 ratings"):
            many_facet_rasch([])


class TestBias:
    def test_a_planted_bias_is_found_and_no_other(self):
        made = simulate_ratings(SimulationSettings(n_submissions=300, n_raters=5, n_criteria=4), seed=8)
        planted = [
            one.model_copy(update={"level": max(1.0, one.level - 1)})
            if (one.rater_id, one.criterion_id) == ("r2", "c3")
            else one
            for one in made.ratings
        ]
        found = bias_interactions(fit_facets(rating_design(planted)))
        worst = max(found, key=lambda one: one.bias)
        assert (worst.rater_id, worst.within) == ("r2", "c3")
        assert worst.q_value < 0.001
        assert worst.observed_average < worst.expected_average

    def test_without_bias_few_cells_stand_out(self):
        made = simulate_ratings(SimulationSettings(n_submissions=300, n_raters=10, n_criteria=4), seed=9)
        z = [one.z for one in bias_interactions(fit_facets(rating_design(made.ratings)))]
        assert np.std(z) == pytest.approx(1.0, abs=0.25)

    def test_groups_need_every_submission(self):
        with pytest.raises(RatingsError, match="40 submissions have no group"):
            bias_interactions(fit_facets(rating_design(SMALL.ratings)), groups={})

    def test_groups_stand_for_criteria(self):
        groups = {f"s{n:02d}": "north" if n % 2 else "south" for n in range(1, 41)}
        found = bias_interactions(fit_facets(rating_design(SMALL.ratings)), groups=groups)
        assert {one.within for one in found} == {"north", "south"}

    def test_false_discovery_rates_leave_the_undefined_undefined(self):
        assert false_discovery_rates(np.array([0.02, np.nan])) == pytest.approx([0.02, np.nan], nan_ok=True)


class TestDrift:
    def test_a_rater_who_grows_severe_is_found(self):
        made = simulate_ratings(SimulationSettings(n_submissions=400, n_raters=5), seed=2)
        moved = [
            one.model_copy(update={"level": max(1.0, one.level - 1)})
            if one.rater_id == "r4" and one.rated_at.month >= 4
            else one
            for one in made.ratings
        ]
        found = {one.rater_id: one for one in severity_drift(fit_facets(rating_design(moved)))}
        assert found["r4"].drifts
        assert found["r4"].slope_per_30_days > 3 * found["r4"].slope_se
        assert found["r4"].windows[-1].severity > found["r4"].windows[0].severity + 0.5

    def test_edges_bound_the_windows(self):
        edges = [datetime(2024, 1, 1), datetime(2024, 2, 1), datetime(2024, 3, 1, tzinfo=UTC)]
        found = severity_drift(fit_facets(rating_design(SMALL.ratings)), edges=edges)
        assert [window.start.month for window in found[0].windows] == [1, 2]
        assert found[0].df == 1

    def test_without_times_it_says_so(self):
        timeless = [one.model_copy(update={"rated_at": None}) for one in SMALL.ratings]
        with pytest.raises(RatingsError, match="no rating has rated_at"):
            severity_drift(fit_facets(rating_design(timeless)))

    def test_one_window_is_no_drift(self):
        with pytest.raises(SettingsError, match="2 windows"):
            severity_drift(fit_facets(rating_design(SMALL.ratings)), n_windows=1)
