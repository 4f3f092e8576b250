"""What the models promise of simulated ratings: severities come back, and their standard errors are honest."""

import numpy as np
import pytest

from reviewkit.agreement.consensus import find_consensus
from reviewkit.agreement.design import rating_design
from reviewkit.agreement.facets import FacetsSettings, bias_interactions, fit_facets, severity_drift
from reviewkit.agreement.generalizability import generalizability_study
from reviewkit.agreement.simulate import SimulationSettings, simulate_ratings

pytestmark = pytest.mark.statistical

CROSSED = SimulationSettings(n_submissions=120, n_raters=10, n_criteria=4, severity_sd=0.7)
SPARSE = SimulationSettings(n_submissions=400, n_raters=12, n_criteria=4, severity_sd=0.7, raters_per_submission=2)
SHARED = FacetsSettings(model="rating-scale")


def _fits(world, *, replications, settings=None):
    for seed in range(replications):
        made = simulate_ratings(world, seed=seed)
        yield made, fit_facets(rating_design(made.ratings), settings=settings)


class TestSeverities:
    @pytest.mark.parametrize("world", [CROSSED, SPARSE], ids=["crossed", "two of twelve"])
    def test_they_correlate_above_95_hundredths_with_the_truth(self, world):
        pairs = [
            (one.severity, made.truth.severities[one.rater_id])
            for made, fit in _fits(world, replications=30)
            for one in fit.result.raters
        ]
        assert np.corrcoef(*zip(*pairs, strict=True))[0, 1] > 0.95

    @pytest.mark.parametrize("world", [CROSSED, SPARSE], ids=["crossed", "two of twelve"])
    def test_intervals_cover(self, world):
        z = np.array(
            [
                (one.severity - made.truth.severities[one.rater_id]) / one.se
                for made, fit in _fits(world, replications=80)
                for one in fit.result.raters
            ]
        )
        assert 0.925 < np.mean(np.abs(z) < 1.96) < 0.975

    def test_teachers_measures_and_the_variance_come_back(self):
        variance, inside = [], []
        for made, fit in _fits(CROSSED, replications=30, settings=SHARED):
            variance.append(fit.result.variance)
            inside += [
                abs(one.measure + fit.result.location - made.truth.measures[one.submission_id]) < 1.96 * one.se
                for one in fit.result.teachers
            ]
        assert np.mean(variance) == pytest.approx(1.5**2, rel=0.1)
        assert 0.925 < np.mean(inside) < 0.975


class TestFit:
    def test_mean_squares_are_1_where_the_model_holds(self):
        infit, outfit = zip(
            *[(one.infit, one.outfit) for _, fit in _fits(SPARSE, replications=30) for one in fit.result.raters],
            strict=True,
        )
        assert np.mean(infit) == pytest.approx(1.0, abs=0.01)
        assert np.mean(outfit) == pytest.approx(1.0, abs=0.02)

    def test_bias_is_called_no_oftener_than_said(self):
        p_values = [one.p_value for _, fit in _fits(SPARSE, replications=30) for one in bias_interactions(fit)]
        assert np.mean(np.array(p_values) < 0.05) < 0.065

    def test_drift_is_called_no_oftener_than_said(self):
        found = [one for _, fit in _fits(SPARSE, replications=30) for one in severity_drift(fit, alpha=0.05)]
        for p_values in ([one.p_value for one in found], [one.slope_p_value for one in found]):
            assert np.mean(np.array(p_values) < 0.05) < 0.08
        assert np.mean([one.drifts for one in found]) < 0.08

    def test_a_drift_of_a_logit_and_a_half_is_found_with_270_ratings(self):
        moving = SPARSE.model_copy(update={"drift_sd": 1.5})
        found = [
            one.drifts
            for made, fit in _fits(moving, replications=20)
            for one in severity_drift(fit)
            if abs(made.truth.drifts[one.rater_id]) > 1.5
        ]
        assert np.mean(found) > 0.8


class TestVarianceComponents:
    def test_restricted_likelihood_is_not_biased(self):
        world = SimulationSettings(n_submissions=80, n_raters=4, n_criteria=4, specific_sd=0.8, missing=0.2)
        shares = [
            [one.share for one in generalizability_study(simulate_ratings(world, seed=seed).ratings).components]
            for seed in range(100)
        ]
        complete = world.model_copy(update={"missing": 0.0})
        anova = [
            [
                one.share
                for one in generalizability_study(
                    simulate_ratings(complete, seed=1000 + seed).ratings, method="anova"
                ).components
            ]
            for seed in range(100)
        ]
        assert np.mean(shares, axis=0) == pytest.approx(np.mean(anova, axis=0), abs=0.03)


class TestConsensus:
    def test_the_severity_adjusted_level_is_nearer_than_the_mean(self):
        world = SPARSE.model_copy(update={"severity_sd": 1.2, "n_submissions": 200})
        nearer = []
        for seed in range(10):
            made = simulate_ratings(world, seed=seed)
            errors = []
            for method in ("severity-adjusted", "mean-half-up"):
                levels = {name: [] for name in made.truth.measures}
                for one in find_consensus(made.ratings, method=method).levels:
                    levels[one.submission_id].append(one.expected_level)
                means = [np.mean(one) for one in levels.values()]
                errors.append(np.corrcoef(means, list(made.truth.measures.values()))[0, 1])
            nearer.append(errors[0] > errors[1])
        assert np.mean(nearer) > 0.9
