import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewkit.agreement.generalizability import (
    GStudy,
    VarianceComponent,
    conditions_needed,
    decision_studies,
    decision_study,
    generalizability_study,
    variance_components,
)
from reviewkit.agreement.generalizability.layout import parse_design
from reviewkit.agreement.generalizability.reml import RemlLikelihood
from reviewkit.agreement.simulate import SimulationSettings, simulate_ratings
from reviewkit.errors import DesignError, RatingsError, SettingsError, ShapeError
from reviewkit.records.rating import Rating

# Brennan (2001), Generalizability theory, synthetic data set 4: 10 persons, 3 tasks, 4 raters in each task.
BRENNAN_4 = np.array(
    [
        [int(level) for level in row]
        for row in (
            "565553456733 937775557752 343353356516 755331435335 929777372753 "
            "343533634512 737775575554 585775543211 998866655811 444335655711"
        ).split()
    ]
)
PERSON, COLUMN = np.indices(BRENNAN_4.shape)
FACETS = {"p": PERSON.ravel(), "t": COLUMN.ravel() // 4, "r": COLUMN.ravel() % 4}
# The same data, by lme4 in R.
BY_LME4 = {"p": 0.473022806700532, "t": 0.325322289843273, "r:t": 0.647488983947345, "pt": 0.559550097882933}
BY_LME4["pr:t"] = 2.38028610135536
PRINTED = {"p": 0.47315, "t": 0.32515, "r:t": 0.64753, "pt": 0.55957, "pr:t": 2.38025}


def _variances(study):
    return {one.effect: one.variance for one in study.components}


def _study(**variances):
    return GStudy(
        design="p x r",
        method="reml",
        n_ratings=10,
        mean=2.0,
        deviance=float("nan"),
        components=tuple(
            VarianceComponent(effect=e, facets=tuple(e), variance=v, se=float("nan"), share=0.0, n_levels=2)
            for e, v in variances.items()
        ),
        covariance=((float("nan"),) * 3,) * 3,
    )


class TestParseDesign:
    @pytest.mark.parametrize(
        ("text", "effects"),
        [
            ("p x r", ["p", "r", "pr"]),
            ("p x c x r", ["p", "c", "r", "pc", "pr", "cr", "pcr"]),
            ("p x (r:t)", ["p", "t", "pt", "r:t", "pr:t"]),
            ("(r:p) x c", ["p", "c", "r:p", "pc", "rc:p"]),
            ("r:(p x c)", ["p", "c", "pc", "r:pc"]),
            ("r:t:p", ["p", "t:p", "r:tp"]),
            ("person × rater", ["person", "rater", "person*rater"]),
        ],
    )
    def test_effects_follow_from_crossing_and_nesting(self, text, effects):
        layout = parse_design(text)
        assert [layout.name(effect) for effect in layout.effects] == pytest.approx(effects)

    @pytest.mark.parametrize("text", ["", "p x", "p x (r", "p r", "p x p", "p x 3", "p x )"])
    def test_what_is_no_design_is_refused(self, text):
        with pytest.raises(SettingsError, match="design"):
            parse_design(text)


class TestVarianceComponents:
    @pytest.mark.parametrize("method", ["reml", "anova"])
    def test_brennans_table_to_the_digits_printed(self, method):
        study = variance_components(BRENNAN_4.ravel(), FACETS, design="p x (r:t)", method=method)
        assert _variances(study) == pytest.approx(PRINTED, abs=5e-6)

    def test_lme4_to_a_thousandth(self):
        study = variance_components(BRENNAN_4.ravel(), FACETS, design="p x (r:t)")
        assert _variances(study) == pytest.approx(BY_LME4, abs=1e-3)

    def test_labels_of_a_nested_facet_may_be_used_again(self):
        distinct = variance_components(BRENNAN_4.ravel(), FACETS | {"r": COLUMN.ravel()}, design="p x (r:t)")
        again = variance_components(BRENNAN_4.ravel(), FACETS, design="p x (r:t)")
        assert _variances(distinct) == pytest.approx(_variances(again), abs=1e-9)

    def test_two_by_two_worked_by_hand(self):
        study = variance_components(
            [1.0, 2.0, 3.0, 6.0], {"p": [0, 0, 1, 1], "r": [0, 1, 0, 1]}, design="p x r", method="anova"
        )
        assert _variances(study) == pytest.approx({"p": 4.0, "r": 1.5, "pr": 1.0}, abs=1e-9)

    def test_gradient_is_the_slope_of_the_deviance(self):
        rng = np.random.default_rng(1)
        p, r = np.divmod(np.arange(40), 4)
        keep = rng.random(40) < 0.8
        likelihood = RemlLikelihood([p[keep]], [r[keep]], block=p[keep], values=rng.normal(size=keep.sum()))
        at = np.array([0.4, 0.2, 0.7])
        steps = 1e-6 * np.eye(3)
        slope = [
            (likelihood.deviance_and_gradient(at + s)[0] - likelihood.deviance_and_gradient(at - s)[0]) / 2e-6
            for s in steps
        ]
        assert likelihood.deviance_and_gradient(at)[1] == pytest.approx(slope, abs=1e-5)

    def test_deviance_is_that_of_the_normal_density_written_out(self):
        values, p, r = np.array([1.0, 2.0, 2.5, 0.5, 3.0]), np.array([0, 0, 1, 2, 2]), np.array([0, 1, 0, 1, 0])
        covariance = 0.5 * (p[:, None] == p) + 0.3 * (r[:, None] == r) + 0.8 * np.eye(5)
        inverse = np.linalg.inv(covariance)
        mean = (inverse @ values).sum() / inverse.sum()
        by_hand = np.linalg.slogdet(covariance)[1] + np.log(inverse.sum()) + 4 * np.log(2 * np.pi)
        by_hand += (values - mean) @ inverse @ (values - mean)
        likelihood = RemlLikelihood([p], [r], block=p, values=values)
        assert likelihood.deviance_and_gradient(np.array([0.5, 0.3, 0.8]))[0] == pytest.approx(by_hand, abs=1e-10)

    @settings(max_examples=15, deadline=None)
    @given(st.integers(0, 1000), st.floats(0.1, 10), st.floats(-5, 5))
    def test_rescaling_levels_rescales_variances_and_order_changes_nothing(self, seed, scale, shift):
        rng = np.random.default_rng(seed)
        p, r = np.divmod(np.arange(60), 4)
        values = rng.normal(size=15)[p] + 0.5 * rng.normal(size=4)[r] + rng.normal(size=60)
        order = rng.permutation(60)
        first = variance_components(values, {"p": p, "r": r}, design="p x r")
        second = variance_components(scale * values[order] + shift, {"p": p[order], "r": 7 - r[order]}, design="p x r")
        assert [one.variance / scale**2 for one in second.components] == pytest.approx(
            [one.variance for one in first.components], abs=1e-4
        )

    def test_known_variances_come_back_from_a_design_with_gaps(self):
        rng = np.random.default_rng(4)
        p, c, r = (one.ravel() for one in np.indices((300, 4, 12)))
        keep = rng.random((300, 12))[p, r] < 0.3
        p, c, r = p[keep], c[keep], r[keep]
        values = (
            rng.normal(size=300)[p] + 0.6 * rng.normal(size=(300, 4))[p, c] + 0.5 * rng.normal(size=(300, 12))[p, r]
        )
        values += 0.7 * rng.normal(size=len(p))
        found = _variances(variance_components(values, {"p": p, "c": c, "r": r}, design="p x c x r"))
        truth = {"p": 1.0, "pc": 0.36, "pr": 0.25, "pcr": 0.49}
        assert {name: found[name] for name in truth} == pytest.approx(truth, rel=0.15)
        assert max(found["c"], found["r"], found["cr"]) < 0.02

    def test_a_component_at_its_bound_has_no_error_but_a_reason(self):
        values = np.array([[1.0, 2, 3], [2, 3, 1], [3, 1, 2]])
        p, r = np.indices(values.shape)
        study = variance_components(values.ravel(), {"p": p.ravel(), "r": r.ravel()}, design="p x r")
        assert study.variance("p") == 0
        assert np.isnan(study.components[0].se)
        assert "bound" in study.components[0].reason

    def test_identical_ratings_have_no_variance_and_say_so(self):
        study = variance_components([2.0] * 4, {"p": [0, 0, 1, 1], "r": [0, 1, 0, 1]}, design="p x r")
        assert set(_variances(study).values()) == {0.0}
        assert study.reason == "all ratings are the same"
        assert np.isnan(decision_study(study, {"r": 2}).phi)

    def test_mean_squares_refuse_gaps(self):
        with pytest.raises(DesignError, match="method='reml'"):
            variance_components([1.0, 2, 3], {"p": [0, 0, 1], "r": [0, 1, 0]}, design="p x r", method="anova")

    @pytest.mark.parametrize(
        ("facets", "message"),
        [
            ({"p": [0, 0, 0, 0], "r": [0, 1, 2, 3]}, "p has one level"),
            ({"p": [0, 1, 2, 3], "r": [0, 0, 0, 0]}, "r has one level"),
            ({"p": [0, 1, 2, 3], "r": [0, 0, 1, 1]}, "p cannot be told from pr"),
            ({"p": [0, 0, 1, 1], "r": [0, 0, 1, 1]}, "4 ratings stand in 2 cells"),
        ],
    )
    def test_effects_that_cannot_be_told_apart_are_named(self, facets, message):
        with pytest.raises(DesignError, match=message):
            variance_components([1.0, 2.0, 3.0, 4.0], facets, design="p x r")

    def test_arrays_must_pair(self):
        with pytest.raises(ShapeError, match="pair them"):
            variance_components([1.0, 2.0], {"p": [0], "r": [0, 1]}, design="p x r")

    def test_missing_values_are_left_out_by_the_caller(self):
        with pytest.raises(ShapeError, match="leave missing"):
            variance_components([1.0, np.nan], {"p": [0, 1], "r": [0, 1]}, design="p x r")


class TestGeneralizabilityStudy:
    def test_the_design_follows_from_the_ratings(self):
        made = simulate_ratings(SimulationSettings(n_submissions=30, n_raters=3, n_criteria=2), seed=1).ratings
        assert generalizability_study(made).design == "p x c x r"
        assert generalizability_study(made, criterion_id="c1").design == "p x r"

    def test_raters_with_submissions_of_their_own_nest(self):
        world = SimulationSettings(
            n_submissions=40, n_raters=80, n_criteria=2, raters_per_submission=2, assignment="chain"
        )
        made = simulate_ratings(world, seed=1).ratings
        study = generalizability_study(made, design="(r:p) x c")
        assert [one.effect for one in study.components] == ["p", "c", "r:p", "pc", "rc:p"]

    def test_criteria_are_not_pooled_unasked(self):
        made = simulate_ratings(SimulationSettings(n_submissions=5, n_raters=2, n_criteria=2), seed=1).ratings
        with pytest.raises(DesignError, match="name one with criterion_id"):
            generalizability_study(made, design="p x r")

    def test_an_unknown_criterion_is_named(self):
        with pytest.raises(RatingsError, match="no rating is on criterion 'z'"):
            generalizability_study(
                [Rating(submission_id="s", criterion_id="c", rater_id="r", level=1)], criterion_id="z"
            )

    def test_an_unknown_facet_is_named(self):
        with pytest.raises(DesignError, match="names 'q'"):
            generalizability_study([Rating(submission_id="s", criterion_id="c", rater_id="r", level=1)], design="p x q")


class TestDecisionStudy:
    def test_brennans_coefficients(self):
        study = variance_components(BRENNAN_4.ravel(), FACETS, design="p x (r:t)", method="anova")
        found = decision_study(study, {"t": 3, "r": 4})
        assert found.g == pytest.approx(0.5514388, abs=5e-8)
        assert found.phi == pytest.approx(0.4637024, abs=5e-8)
        assert found.phi_low < found.phi < found.phi_high

    @pytest.mark.parametrize(
        ("n", "g", "phi"), [(5, 0.693, 0.586), (10, 0.819, 0.740), (15, 0.871, 0.810), (20, 0.901, 0.850)]
    )
    def test_published_d_study_of_persons_by_items(self, n, g, phi):
        found = decision_study(_study(p=0.0574, r=0.0754, pr=0.1269), {"r": n})
        assert (found.g, found.phi) == pytest.approx((g, phi), abs=1e-3)

    def test_fixed_criteria_belong_to_what_is_measured(self):
        made = simulate_ratings(SimulationSettings(n_submissions=80, n_raters=3, n_criteria=4, specific_sd=1.0), seed=2)
        study = generalizability_study(made.ratings)
        random = decision_study(study, {"c": 4, "r": 2})
        fixed = decision_study(study, {"c": 4, "r": 2}, fixed=["c"])
        assert fixed.phi > random.phi
        assert fixed.universe_variance == pytest.approx(study.variance("p") + study.variance("pc") / 4)

    def test_a_far_cut_is_decided_more_dependably(self):
        study = _study(p=1.0, r=0.2, pr=0.8)
        near, far = (decision_study(study, {"r": 2}, cut=cut).phi_cut for cut in (2.0, 4.0))
        assert near == pytest.approx(decision_study(study, {"r": 2}).phi)
        assert far == pytest.approx(5 / 5.5)

    def test_the_raters_needed_are_the_fewest(self):
        study = _study(p=1.0, r=0.2, pr=0.8)
        assert conditions_needed(study, 0.8) == 4
        assert decision_study(study, {"r": 4}).phi == pytest.approx(0.8)
        assert conditions_needed(study, 0.999, at_most=10) is None

    def test_every_combination_is_studied(self):
        made = simulate_ratings(SimulationSettings(n_submissions=30, n_raters=3, n_criteria=2), seed=1).ratings
        found = decision_studies(generalizability_study(made), {"c": [2, 4], "r": [1, 2, 3]})
        assert [one.sizes for one in found][:2] == [{"c": 2, "r": 1}, {"c": 2, "r": 2}]
        assert len(found) == 6

    @pytest.mark.parametrize("sizes", [{}, {"r": 0}, {"r": 2, "q": 1}])
    def test_sizes_fit_the_design(self, sizes):
        with pytest.raises(SettingsError):
            decision_study(_study(p=1.0, r=0.2, pr=0.8), sizes)

    def test_what_is_wanted_lies_between_0_and_1(self):
        with pytest.raises(SettingsError, match="between 0 and 1"):
            conditions_needed(_study(p=1.0, r=0.2, pr=0.8), 1.0)
