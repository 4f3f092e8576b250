import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from reviewkit.agreement.design import islands, rating_design
from reviewkit.agreement.simulate import SimulationSettings, latent_normal_levels, simulate_ratings
from reviewkit.errors import SettingsError


def _means(made):
    design = rating_design(made.ratings)
    return np.bincount(design.rater, design.level) / np.bincount(design.rater)


class TestSimulateRatings:
    def test_the_same_seed_draws_the_same(self):
        world = SimulationSettings(n_submissions=5)
        assert simulate_ratings(world, seed=3) == simulate_ratings(world, seed=3)
        assert simulate_ratings(world, seed=3) != simulate_ratings(world, seed=4)

    @settings(max_examples=10, deadline=None)
    @given(st.integers(1, 6), st.integers(1, 4), st.integers(1, 3), st.integers(0, 99))
    def test_a_crossed_world_has_every_rating(self, submissions, raters, criteria, seed):
        world = SimulationSettings(n_submissions=submissions, n_raters=raters, n_criteria=criteria)
        assert len(simulate_ratings(world, seed=seed).ratings) == submissions * raters * criteria

    def test_severe_raters_give_lower_levels(self):
        made = simulate_ratings(SimulationSettings(n_submissions=300, severity_sd=1.0), seed=1)
        assert np.corrcoef(_means(made), list(made.truth.severities.values()))[0, 1] < -0.98

    def test_central_tendency_uses_middle_levels_more(self):
        plain = simulate_ratings(SimulationSettings(n_submissions=200), seed=1).ratings
        central = simulate_ratings(SimulationSettings(n_submissions=200, central_tendency=2.0), seed=1).ratings
        assert np.std([one.level for one in central]) < np.std([one.level for one in plain])

    def test_halo_lets_a_raters_criteria_agree(self):
        correlations = []
        for halo in (0.0, 1.0):
            world = SimulationSettings(
                n_submissions=300, n_raters=1, n_criteria=2, teacher_sd=0, specific_sd=3, halo=halo
            )
            level = rating_design(simulate_ratings(world, seed=1).ratings).level.reshape(300, 2)
            correlations.append(np.corrcoef(level.T)[0, 1])
        assert correlations[0] < 0.2
        assert correlations[1] > 0.5

    def test_noise_weakens_the_link_to_the_measure(self):
        clear, noisy = (
            rating_design(simulate_ratings(SimulationSettings(n_raters=2, n_criteria=1, noise=n), seed=1).ratings)
            for n in (0.5, 5.0)
        )
        agree = [np.mean(one.level.reshape(-1, 2)[:, 0] == one.level.reshape(-1, 2)[:, 1]) for one in (clear, noisy)]
        assert agree[0] > agree[1]

    def test_drift_moves_a_rater_over_the_season(self):
        made = simulate_ratings(SimulationSettings(n_submissions=600, severity_sd=0, drift_sd=2.0), seed=6)
        design = rating_design(made.ratings)
        late = design.submission >= 300
        moved = [
            design.level[late & (design.rater == r)].mean() - design.level[~late & (design.rater == r)].mean()
            for r in range(5)
        ]
        assert np.corrcoef(moved, list(made.truth.drifts.values()))[0, 1] < -0.9

    def test_a_chain_is_connected(self):
        world = SimulationSettings(
            n_submissions=30, n_raters=10, n_criteria=1, raters_per_submission=2, assignment="chain"
        )
        design = rating_design(simulate_ratings(world, seed=1).ratings)
        assert design.n_ratings == 60
        assert len(islands(design.submission, design.rater, n_left=30, n_right=10)) == 1

    def test_missing_ratings_are_missing(self):
        made = simulate_ratings(SimulationSettings(n_submissions=200, missing=0.3), seed=1)
        assert len(made.ratings) / (200 * 5 * 4) == pytest.approx(0.7, abs=0.03)

    def test_more_raters_than_there_are_is_refused(self):
        with pytest.raises(ValidationError, match="the raters are 2; ask fewer"):
            SimulationSettings(n_raters=2, raters_per_submission=3)

    def test_levels_rise(self):
        with pytest.raises(ValidationError, match="rising"):
            SimulationSettings(levels=(2.0, 1.0))


class TestLatentNormalLevels:
    def test_marginal_shares_are_those_asked_for(self):
        levels = latent_normal_levels(40_000, 2, correlation=0.6, shares=[0.03, 0.12, 0.40, 0.45], seed=1)
        assert np.bincount(levels.ravel()) / 80_000 == pytest.approx([0.03, 0.12, 0.40, 0.45], abs=0.01)

    def test_no_correlation_is_chance(self):
        levels = latent_normal_levels(40_000, 2, correlation=0.0, shares=[0.5, 0.5], seed=1)
        assert (levels[:, 0] == levels[:, 1]).mean() == pytest.approx(0.5, abs=0.01)

    @pytest.mark.parametrize("correlation", [-0.1, 1.1])
    def test_a_correlation_outside_is_refused(self, correlation):
        with pytest.raises(SettingsError, match="from 0 to 1"):
            latent_normal_levels(1, 2, correlation=correlation, shares=[0.5, 0.5], seed=1)

    @pytest.mark.parametrize("shares", [[1.0], [0.5, 0.6], [-0.1, 1.1]])
    def test_shares_that_are_no_distribution_are_refused(self, shares):
        with pytest.raises(SettingsError, match="summing to 1"):
            latent_normal_levels(1, 2, correlation=0.5, shares=shares, seed=1)
