"""What must not change: order of raters and units, names of levels, units without ratings, linear rescaling."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reviewkit.agreement.chance import brennan_prediger, fleiss_kappa, gwet_ac
from reviewkit.agreement.coefficients import cohen_kappa, pearson, scott_pi, spearman
from reviewkit.agreement.conger import conger_kappa
from reviewkit.agreement.estimate import Coefficient, IntervalSettings
from reviewkit.agreement.icc import ICC_FORMS, finn, intraclass_correlation
from reviewkit.agreement.kendall import kendall_w
from reviewkit.agreement.krippendorff import krippendorff_alpha
from reviewkit.agreement.observed import adjacent_agreement, percent_agreement
from reviewkit.agreement.table import table_of_array
from reviewkit.agreement.two_raters import quadratic_weighted_kappa, weighted_kappa

LEVELS = np.array([1.0, 2.0, 3.0, 4.0])
PLAIN = IntervalSettings(method="none")
Coefficients = Callable[..., Coefficient]
WEIGHTED: tuple[Coefficients, ...] = (
    percent_agreement,
    cohen_kappa,
    scott_pi,
    conger_kappa,
    fleiss_kappa,
    brennan_prediger,
    gwet_ac,
    krippendorff_alpha,
)
UNWEIGHTED: tuple[Coefficients, ...] = (adjacent_agreement, kendall_w, pearson, spearman, finn)
SCHEMES = ("identity", "quadratic", "circular", "ordinal-irrcac")

ratings = arrays(
    np.float64, st.tuples(st.integers(1, 12), st.integers(2, 4)), elements=st.sampled_from([*LEVELS, np.nan])
)


def _all(values: np.ndarray, *, levels: np.ndarray = LEVELS, schemes: tuple[str, ...] = SCHEMES) -> np.ndarray:
    """Value and standard error of every coefficient, nan where undefined."""
    table = table_of_array(values, levels=levels)
    found = [function(table, weights=scheme, interval=PLAIN) for function in WEIGHTED for scheme in schemes]
    found += [function(table, interval=PLAIN) for function in UNWEIGHTED]
    found += [intraclass_correlation(table, form=form, interval=PLAIN) for form in ICC_FORMS]
    found.append(krippendorff_alpha(table, weights="ordinal-krippendorff", interval=PLAIN))
    return np.array([(one.value, one.se) for one in found])


def _same(first: np.ndarray, second: np.ndarray) -> None:
    np.testing.assert_allclose(first, second, rtol=1e-6, atol=1e-6, equal_nan=True)


class TestWhatChangesNothing:
    @settings(max_examples=20, deadline=None)
    @given(ratings, st.randoms(use_true_random=False))
    def test_order_of_units(self, values: np.ndarray, random: object) -> None:
        order = list(range(len(values)))
        random.shuffle(order)  # type: ignore[attr-defined]
        _same(_all(values), _all(values[order]))

    @settings(max_examples=20, deadline=None)
    @given(ratings)
    def test_order_of_raters(self, values: np.ndarray) -> None:
        _same(_all(values), _all(values[:, ::-1]))

    @settings(max_examples=20, deadline=None)
    @given(ratings)
    def test_a_unit_without_ratings(self, values: np.ndarray) -> None:
        _same(_all(values), _all(np.vstack([values, np.full(values.shape[1], np.nan)])))

    @settings(max_examples=20, deadline=None)
    @given(ratings)
    def test_a_rater_without_ratings(self, values: np.ndarray) -> None:
        _same(_all(values), _all(np.column_stack([values, np.full(len(values), np.nan)])))

    @settings(max_examples=20, deadline=None)
    @given(ratings, st.permutations(range(4)))
    def test_names_of_levels_under_identity_weights(self, values: np.ndarray, order: list[int]) -> None:
        renamed = np.where(np.isnan(values), np.nan, LEVELS[order][np.nan_to_num(values, nan=1).astype(int) - 1])
        table, other = table_of_array(values, levels=LEVELS), table_of_array(renamed, levels=LEVELS)
        first = [function(table, interval=PLAIN) for function in WEIGHTED]
        second = [function(other, interval=PLAIN) for function in WEIGHTED]
        _same(np.array([(one.value, one.se) for one in first]), np.array([(one.value, one.se) for one in second]))

    @settings(max_examples=20, deadline=None)
    @given(ratings, st.floats(0.1, 50), st.floats(-100, 100))
    def test_linear_rescaling_of_levels(self, values: np.ndarray, scale: float, shift: float) -> None:
        interval_level = ("identity", "linear", "quadratic", "radical", "bipolar")
        rescaled = _all(values * scale + shift, levels=LEVELS * scale + shift, schemes=interval_level)
        _same(_all(values, schemes=interval_level), rescaled)

    def test_order_of_units_leaves_bootstrap_intervals_bit_for_bit(self) -> None:
        generator = np.random.default_rng(3)
        values = generator.choice([*LEVELS, np.nan], size=(40, 3))
        bca = IntervalSettings(method="bca", n_resamples=200)
        first = [function(values, weights="quadratic", interval=bca) for function in WEIGHTED]
        second = [function(values[::-1], weights="quadratic", interval=bca) for function in WEIGHTED]
        assert [(one.low, one.high) for one in first] == [(one.low, one.high) for one in second]


class TestRelations:
    @settings(max_examples=30, deadline=None)
    @given(arrays(np.float64, st.tuples(st.integers(2, 15), st.just(2)), elements=st.sampled_from(LEVELS)))
    def test_two_complete_raters_unite_the_coefficients(self, values: np.ndarray) -> None:
        table = table_of_array(values, levels=LEVELS)
        pairs = [(cohen_kappa, conger_kappa), (scott_pi, fleiss_kappa)]
        found = [[one(table, weights="linear", interval=PLAIN).value for one in pair] for pair in pairs]
        _same(np.array(found)[:, 0], np.array(found)[:, 1])

    @settings(max_examples=30, deadline=None)
    @given(arrays(np.int64, st.tuples(st.integers(1, 15), st.just(2)), elements=st.integers(0, 3)))
    def test_index_and_level_kappas_are_one(self, indices: np.ndarray) -> None:
        by_index = quadratic_weighted_kappa(indices[:, 0], indices[:, 1], n_levels=4)
        by_level = weighted_kappa(LEVELS[indices[:, 0]], LEVELS[indices[:, 1]], levels=LEVELS)
        np.testing.assert_allclose(by_index, by_level, atol=1e-12, equal_nan=True)

    @settings(max_examples=30, deadline=None)
    @given(ratings)
    def test_no_coefficient_is_above_one(self, values: np.ndarray) -> None:
        assert not (_all(values)[:, 0] > 1 + 1e-9).any()

    @pytest.mark.parametrize("method", ["default", "jackknife", "percentile"])
    def test_intervals_hold_the_value_and_stay_in_range(self, method: str) -> None:
        generator = np.random.default_rng(4)
        values = generator.choice(LEVELS, size=(30, 3))
        chosen = IntervalSettings(method=method, n_resamples=300)
        found = [function(values, weights="quadratic", interval=chosen) for function in WEIGHTED]
        assert all(-1 <= one.low < one.value < one.high <= 1 for one in found)


class TestResampling:
    def test_jackknife_of_patterns_is_that_of_units(self) -> None:
        generator = np.random.default_rng(5)
        values = generator.choice([*LEVELS, np.nan], size=(25, 3))
        table = table_of_array(values, levels=LEVELS)
        n = table.n_units
        for function in (gwet_ac, fleiss_kappa, conger_kappa, krippendorff_alpha, cohen_kappa):
            kept = table.values[(~np.isnan(table.values)).sum(axis=1) >= 2]
            whole = function(table_of_array(kept, levels=LEVELS), interval=PLAIN)
            without = [
                function(table_of_array(np.delete(kept, at, axis=0), levels=LEVELS), interval=PLAIN).value
                for at in range(len(kept))
            ]
            by_hand = np.sqrt((len(kept) - 1) / len(kept) * np.sum((np.array(without) - np.mean(without)) ** 2))
            assert whole.se == pytest.approx(by_hand, rel=0.25)
            assert n >= len(kept)

    def test_bootstrap_of_counts_is_that_of_rows(self) -> None:
        generator = np.random.default_rng(6)
        values = generator.choice(LEVELS, size=(60, 2), p=[0.1, 0.2, 0.3, 0.4])
        values[:40, 1] = values[:40, 0]
        found = krippendorff_alpha(values, interval=IntervalSettings(method="percentile", n_resamples=4000))
        drawn = [krippendorff_alpha(values[generator.integers(0, 60, 60)], interval=PLAIN).value for _ in range(1500)]
        assert [found.low, found.high] == pytest.approx(np.quantile(drawn, [0.025, 0.975]).tolist(), abs=0.02)

    def test_more_patterns_than_fit_at_once_give_the_same(self, monkeypatch: pytest.MonkeyPatch) -> None:
        generator = np.random.default_rng(7)
        values = generator.choice(LEVELS, size=(50, 4))
        bca = IntervalSettings(method="bca", n_resamples=50)
        whole = conger_kappa(values, interval=bca)
        monkeypatch.setattr("reviewkit.agreement.patterns.CELLS_AT_ONCE", 300)
        parts = conger_kappa(values, interval=bca)
        assert (whole.low, whole.high) == pytest.approx((parts.low, parts.high), abs=1e-12)
