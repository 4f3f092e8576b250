"""The award: the product where criteria are independent, more where they hang together, and never assumed away."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm
from small_programs import rubric_data, small_rubric

from benchmarks.asap import PROMPT_8, load_traits
from benchmarks.measuring import find_data
from reviewkit.agreement.score_of_record import scores_of_record
from reviewkit.records import Rubric
from reviewkit.scoring.award import AwardCalibrator, award_probability, conditional, fit_dependence

SHARES = st.floats(0, 0.9)
ROW = st.lists(st.floats(0.02, 1), min_size=4, max_size=4).map(lambda row: np.asarray(row) / sum(row))


def pair(first: np.ndarray, second: np.ndarray) -> dict[str, np.ndarray]:
    return {"routines": first, "evidence": second}


def weighted(weights: dict[str, float], cut: float) -> Rubric:
    return small_rubric(award={"rule": "weighted-total", "weights": weights, "cut": cut})


def dependent_program(n_rows: int, *, share: float, seed: int = 0) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Forecasts, and levels drawn from them with one hidden factor that two criteria share."""
    draw = np.random.default_rng(seed)
    factor = draw.normal(size=n_rows)
    forecasts = [draw.dirichlet([2.0, 2.0, 2.0, 2.0], size=n_rows) for _ in range(2)]
    latents = [np.sqrt(share) * factor + np.sqrt(1 - share) * draw.normal(size=n_rows) for _ in range(2)]
    levels = [
        (norm.cdf(latent)[:, None] > rows.cumsum(axis=1)[:, :3]).sum(axis=1)
        for latent, rows in zip(latents, forecasts, strict=True)
    ]
    return forecasts, levels


class TestIndependence:
    @given(ROW, ROW)
    @settings(max_examples=30)
    def test_all_criteria_is_the_product(self, first: np.ndarray, second: np.ndarray) -> None:
        found = award_probability(small_rubric(), pair(first, second), share=0.0)
        assert found == pytest.approx(first[2:].sum() * second[2:].sum(), abs=1e-7)

    def test_a_value_worked_by_hand(self) -> None:
        row = np.array([0.1, 0.4, 0.3, 0.2])
        assert award_probability(small_rubric(), pair(row, row), share=0.0) == pytest.approx(0.25, abs=1e-7)

    @given(ROW, ROW, st.integers(-2, 3), st.integers(1, 3), st.integers(-8, 26))
    @settings(max_examples=40)
    def test_a_weighted_total_is_the_sum_over_all_pairs_of_levels(
        self, first: np.ndarray, second: np.ndarray, one: int, other: int, cut: int
    ) -> None:
        rubric = weighted({"routines": one / 2, "evidence": other / 2}, cut / 2)
        found = award_probability(rubric, pair(first, second), share=0.0)
        summed = sum(
            first[i] * second[j]
            for i, j in itertools.product(range(4), range(4))
            if one * (i + 1) + other * (j + 1) >= cut
        )
        assert found == pytest.approx(summed, abs=1e-7)

    def test_a_criterion_without_a_required_level_does_not_count(self) -> None:
        data = rubric_data()
        data["criteria"][1]["required_level"] = None
        row = np.array([0.1, 0.4, 0.3, 0.2])
        found = award_probability(Rubric.model_validate(data), pair(row, np.array([1.0, 0, 0, 0])), share=0.0)
        assert found == pytest.approx(0.5, abs=1e-7)

    def test_sums_that_decimals_miss_by_a_hair_reach_the_cut(self) -> None:
        """.1 * 1 + .2 * 1 is .30000000000000004 in floating point, and .3 is asked."""
        sure = np.array([1.0, 0, 0, 0])
        assert award_probability(weighted({"routines": 0.1, "evidence": 0.2}, 0.3), pair(sure, sure), share=0.0) > 0.999

    def test_no_award_has_no_probability(self) -> None:
        data = rubric_data()
        for criterion in data["criteria"]:
            criterion["required_level"] = None
        row = np.full(4, 0.25)
        assert award_probability(Rubric.model_validate(data), pair(row, row), share=0.5) is None


class TestDependence:
    @given(ROW, ROW, SHARES, SHARES)
    @settings(max_examples=40, deadline=None)
    def test_more_dependence_never_makes_all_criteria_less_likely(
        self, first: np.ndarray, second: np.ndarray, one: float, other: float
    ) -> None:
        low, high = sorted((one, other))
        rubric, forecasts = small_rubric(), pair(first, second)
        less = award_probability(rubric, forecasts, share=low) or 0.0
        more = award_probability(rubric, forecasts, share=high) or 0.0
        assert more >= less - 2e-3
        assert more <= min(first[2:].sum(), second[2:].sum()) + 2e-3

    @pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.8])
    def test_two_criteria_are_a_bivariate_normal(self, share: float) -> None:
        """P(both reach) of a Gaussian copula with correlation ``share``, by an integral of another kind."""
        first, second = np.array([0.2, 0.3, 0.3, 0.2]), np.array([0.1, 0.2, 0.3, 0.4])
        both = multivariate_normal([0, 0], [[1, share], [share, 1]]).cdf([-norm.ppf(0.5), -norm.ppf(0.3)])
        found = award_probability(small_rubric(), pair(first, second), share=share)
        assert found == pytest.approx(both, abs=2e-4)

    @given(ROW, SHARES)
    @settings(max_examples=30)
    def test_each_criterion_keeps_its_own_distribution(self, row: np.ndarray, share: float) -> None:
        weights = np.polynomial.hermite_e.hermegauss(41)[1]
        levels = conditional(row[None, :], share)[:, 0, :]
        np.testing.assert_allclose(weights @ levels / weights.sum(), row, atol=3e-3)
        assert (levels >= 0).all()

    @given(ROW, ROW, SHARES)
    @settings(max_examples=20)
    def test_it_is_a_probability(self, first: np.ndarray, second: np.ndarray, share: float) -> None:
        rubric = weighted({"routines": 1, "evidence": -1}, 0)
        assert 0 <= (award_probability(rubric, pair(first, second), share=share) or 0.0) <= 1

    @pytest.mark.parametrize("share", [0.0, 0.4, 0.8])
    def test_the_share_that_made_the_data_is_found(self, share: float) -> None:
        forecasts, levels = dependent_program(3000, share=share)
        assert fit_dependence(forecasts, levels) == pytest.approx(share, abs=0.07)

    def test_one_criterion_or_no_row_has_none(self) -> None:
        forecasts, levels = dependent_program(10, share=0.5)
        assert fit_dependence(forecasts[:1], levels[:1]) == 0.0
        assert fit_dependence([one[:0] for one in forecasts], [one[:0] for one in levels]) == 0.0

    def test_the_product_of_marginals_loses_to_it_on_dependent_data(self) -> None:
        """Log score and calibration in the mean, on rows that the share was not fitted to."""
        forecasts, levels = dependent_program(3000, share=0.6, seed=1)
        fitted = fit_dependence([one[:1500] for one in forecasts], [one[:1500] for one in levels])
        rubric = small_rubric()
        chance = {
            share: np.array(
                [award_probability(rubric, pair(a, b), share=share) for a, b in zip(*forecasts, strict=True)][1500:]
            )
            for share in (0.0, fitted)
        }
        earned = ((levels[0] >= 2) & (levels[1] >= 2))[1500:]
        log_score = {share: np.log(np.where(earned, one, 1 - one)).mean() for share, one in chance.items()}
        gap = {share: abs(one.mean() - earned.mean()) for share, one in chance.items()}
        assert log_score[fitted] > log_score[0.0] + 0.01
        assert gap[fitted] < 0.03 < gap[0.0]


class TestOnEssays:
    def test_the_product_of_marginals_loses_where_raters_scored_six_traits(self) -> None:
        """Nothing is known of an essay but how often each level is given: 60 % meet all six, the product says 26 %."""
        if find_data("asap_aes") is None:
            pytest.skip("the essays are not on this machine")
        essays = load_traits(PROMPT_8)
        records = scores_of_record(essays.ratings, rubric=essays.rubric).values()
        levels = [
            np.asarray([one.level_index(row[one.id] or 0.0) for row in records], dtype=np.intp)
            for one in essays.rubric.criteria
        ]
        marginals = [np.bincount(one, minlength=6) / len(one) for one in levels]
        share = fit_dependence([np.tile(row, (len(levels[0]), 1)) for row in marginals], levels)
        earned = float(np.mean(np.all([one >= 3 for one in levels], axis=0)))
        names = essays.rubric.criterion_ids
        product, joined = (
            award_probability(essays.rubric, dict(zip(names, marginals, strict=True)), share=one) or 0.0
            for one in (0.0, share)
        )
        assert round(earned, 2) == 0.6
        assert product < 0.3
        assert abs(joined - earned) < 0.05


class TestCalibration:
    @given(st.floats(0, 1), st.floats(0, 1), st.floats(-3, 3), st.floats(0, 3))
    def test_the_order_stays_and_it_is_a_probability(
        self, one: float, other: float, intercept: float, slope: float
    ) -> None:
        calibrator, (low, high) = AwardCalibrator(intercept, slope), sorted((one, other))
        assert 0 <= calibrator.transform(low) <= 1
        assert calibrator.transform(low) <= calibrator.transform(high) + 1e-12

    def test_what_fits_is_left_as_it_is(self) -> None:
        draw = np.random.default_rng(3)
        said = draw.uniform(0.02, 0.98, 4000)
        fitted = AwardCalibrator.fit(said, draw.random(4000) < said)
        assert fitted.transform(0.3) == pytest.approx(0.3, abs=0.03)
        assert fitted.transform(0.9) == pytest.approx(0.9, abs=0.03)

    def test_what_is_too_sure_is_softened(self) -> None:
        draw = np.random.default_rng(4)
        truth = draw.uniform(0.1, 0.9, 4000)
        said = 1 / (1 + (1 / truth - 1) ** 3)
        fitted = AwardCalibrator.fit(said, draw.random(4000) < truth)
        assert fitted.slope == pytest.approx(1 / 3, abs=0.05)

    def test_no_row_leaves_all_as_it_is(self) -> None:
        assert AwardCalibrator.fit(np.zeros(0), np.zeros(0, dtype=bool)).transform(0.3) == pytest.approx(0.3)
