"""Odd designs and bad input: each has a defined answer with its reason, or a clear error."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from reviewkit.agreement.chance import brennan_prediger, fleiss_kappa, gwet_ac
from reviewkit.agreement.coefficients import (
    cohen_kappa,
    pearson,
    rater_smd,
    scott_pi,
    spearman,
    specific_agreement,
)
from reviewkit.agreement.conger import conger_kappa
from reviewkit.agreement.estimate import Coefficient, IntervalSettings
from reviewkit.agreement.icc import intraclass_correlation
from reviewkit.agreement.kendall import kendall_w
from reviewkit.agreement.krippendorff import krippendorff_alpha
from reviewkit.agreement.observed import adjacent_agreement, percent_agreement
from reviewkit.agreement.table import RatingTable, table_of_array, table_of_contingency, table_of_counts
from reviewkit.agreement.weights import agreement_weights
from reviewkit.errors import RatingsError, SettingsError, ShapeError

NAN = math.nan
ALL: tuple[Callable[..., Coefficient], ...] = (
    percent_agreement,
    adjacent_agreement,
    cohen_kappa,
    scott_pi,
    conger_kappa,
    fleiss_kappa,
    brennan_prediger,
    gwet_ac,
    krippendorff_alpha,
    intraclass_correlation,
    kendall_w,
    pearson,
    spearman,
    rater_smd,
)
CORRECTED = (cohen_kappa, scott_pi, conger_kappa, fleiss_kappa, krippendorff_alpha)
METHODS = ("default", "analytic", "fisher", "jackknife", "percentile", "bca", "none")


@pytest.mark.parametrize("coefficient", ALL)
class TestNoPairs:
    def test_no_rows_has_a_reason(self, coefficient: Callable[..., Coefficient]) -> None:
        found = coefficient(table_of_array(np.zeros((0, 2)), levels=[1, 2, 3]))
        assert (math.isnan(found.value), found.reason) == (True, "there are no ratings")

    def test_nothing_but_gaps_has_a_reason(self, coefficient: Callable[..., Coefficient]) -> None:
        found = coefficient([[NAN, NAN], [NAN, NAN]])
        assert (math.isnan(found.value), found.reason) == (True, "there are no ratings")

    def test_one_rater_has_a_reason(self, coefficient: Callable[..., Coefficient]) -> None:
        found = coefficient([[1], [2], [3]])
        assert math.isnan(found.value)
        assert found.reason == "there is one rater only; agreement needs two ratings of the same unit"

    def test_no_overlap_has_a_reason(self, coefficient: Callable[..., Coefficient]) -> None:
        found = coefficient([[1, NAN], [NAN, 2], [3, NAN]])
        assert math.isnan(found.value)
        assert found.reason == "no unit has two ratings; raters who rate the same units are needed"

    @pytest.mark.parametrize("method", METHODS)
    def test_one_unit_never_fails(self, coefficient: Callable[..., Coefficient], method: str) -> None:
        found = coefficient(table_of_array([[1, 2]], levels=[1, 2, 3]), interval=IntervalSettings(method=method))
        assert math.isnan(found.low) and math.isnan(found.high)
        assert method == "none" or found.reason

    @pytest.mark.parametrize("method", METHODS)
    def test_all_one_level_never_fails(self, coefficient: Callable[..., Coefficient], method: str) -> None:
        table = table_of_array([[3, 3]] * 8, levels=[1, 2, 3, 4])
        found = coefficient(table, interval=IntervalSettings(method=method))
        assert math.isnan(found.low) or found.interval_method == "wilson"
        assert found.value == 1 or found.reason


class TestOneLevelThroughout:
    @pytest.mark.parametrize("coefficient", CORRECTED)
    def test_chance_explains_it(self, coefficient: Callable[..., Coefficient]) -> None:
        found = coefficient(table_of_array([[3, 3]] * 8, levels=[1, 2, 3, 4]))
        assert math.isnan(found.value)
        assert found.reason == "every rating is level 3; chance alone explains that"

    @pytest.mark.parametrize("coefficient", [percent_agreement, adjacent_agreement])
    def test_full_agreement_of_eight_units_leaves_room_for_doubt(self, coefficient: Callable[..., Coefficient]) -> None:
        normal = IntervalSettings(reference="normal")
        found = coefficient(table_of_array([[3, 3]] * 8, levels=[1, 2, 3, 4]), interval=normal)
        # Wilson: 8 / (8 + 1.96²).
        assert (found.low, found.high) == (pytest.approx(0.675592, abs=1e-6), 1.0)

    @pytest.mark.parametrize("coefficient", [gwet_ac, brennan_prediger])
    def test_agreement_is_full_where_chance_is_not_certain(self, coefficient: Callable[..., Coefficient]) -> None:
        found = coefficient(table_of_array([[3, 3]] * 8, levels=[1, 2, 3, 4]))
        assert (found.value, found.se) == (1.0, 0.0)
        assert found.reason == "every unit says the same, so the spread cannot be estimated from these ratings"

    @pytest.mark.parametrize("coefficient", [gwet_ac, brennan_prediger])
    def test_a_criterion_of_one_level_asks_for_the_rubric(self, coefficient: Callable[..., Coefficient]) -> None:
        assert "pass all levels of the rubric" in str(coefficient([[3, 3], [3, 3]]).reason)


class TestOneRaterUsedOneLevel:
    def test_kappa_is_zero(self) -> None:
        assert cohen_kappa([[1, 2], [2, 2], [3, 2], [2, 2]]).value == 0

    def test_correlation_has_a_reason(self) -> None:
        found = pearson([[1, 2], [2, 2], [3, 2]])
        assert math.isnan(found.value)
        assert found.reason == "in every pair of raters one gave a single level only; nothing varies together"

    def test_a_level_that_nobody_gave_has_no_specific_agreement(self) -> None:
        found = specific_agreement(table_of_array([[1, 1], [2, 1]], levels=[1, 2, 3]))[2]
        assert math.isnan(found.value)
        assert found.reason == "nobody gave level 3 to a unit with two ratings"


class TestDesigns:
    def test_kendall_needs_complete_units(self) -> None:
        found = kendall_w([[1, 2, NAN], [NAN, 2, 3], [1, NAN, 3]])
        assert found.reason == "0 unit(s) are rated by every rater; ranks need two complete units or more"

    def test_islands_of_raters_have_no_crossed_icc(self) -> None:
        values = [[1, 2, NAN, NAN], [2, 2, NAN, NAN], [NAN, NAN, 3, 1], [NAN, NAN, 3, 3]]
        found = intraclass_correlation(values, form="ICC(2,1)")
        assert "islands" in str(found.reason)
        assert intraclass_correlation(values, form="ICC(1,1)").defined

    @pytest.mark.parametrize("coefficient", [cohen_kappa, scott_pi, conger_kappa, kendall_w, pearson, spearman])
    def test_counts_without_raters_have_a_reason(self, coefficient: Callable[..., Coefficient]) -> None:
        assert "needs to know which rater gave which level" in str(
            coefficient(table_of_counts([[2, 1], [0, 3]])).reason
        )

    def test_undefined_resamples_are_counted(self) -> None:
        table = table_of_array([[1, 1], [1, 1], [1, 2], [2, 2]])
        found = cohen_kappa(table, interval=IntervalSettings(method="percentile", n_resamples=400))
        assert 0 < found.n_undefined < 200
        assert found.reason == f"{found.n_undefined} of 400 resamples left it undefined and do not count"

    def test_mostly_undefined_resamples_give_no_interval(self) -> None:
        table = table_of_array([[1, 1], [1, 1], [1, 1], [1, NAN], [1, NAN], [1, NAN], [2, NAN], [1, 2]])
        found = krippendorff_alpha(table, interval=IntervalSettings(method="bca", n_resamples=400))
        assert found.defined
        assert math.isnan(found.low) or found.n_undefined <= 200


class TestBadInput:
    def test_text_for_levels(self) -> None:
        with pytest.raises(RatingsError, match="'Proficient', but levels are numbers; map each level's name"):
            table_of_array([["Proficient", "Developing"]])

    def test_level_outside_the_rubric(self) -> None:
        with pytest.raises(
            RatingsError, match="unit u2, rater r1: level 5 is not on the criterion, whose levels are 1, 2"
        ):
            table_of_array([[1, 2], [5, 1]], levels=[1, 2, 3, 4])

    def test_infinite_level(self) -> None:
        with pytest.raises(RatingsError, match="missing ones are nan"):
            table_of_array([[1, math.inf]])

    def test_flat_list(self) -> None:
        with pytest.raises(ShapeError, match="units stand in rows and raters in columns"):
            table_of_array([1, 2, 3])

    def test_names_that_repeat(self) -> None:
        with pytest.raises(ShapeError, match="rater_ids names 'a' twice"):
            table_of_array([[1, 2]], rater_ids=["a", "a"])

    def test_names_that_do_not_fit(self) -> None:
        with pytest.raises(ShapeError, match="1 unit_ids and 3 rater_ids were given"):
            table_of_array([[1, 2]], rater_ids=["a", "b", "c"])

    def test_levels_out_of_order(self) -> None:
        with pytest.raises(ShapeError, match="from lowest to highest, each once"):
            table_of_array([[1, 2]], levels=[2, 1])

    def test_shares_for_counts(self) -> None:
        with pytest.raises(RatingsError, match="pass how many, not shares"):
            table_of_counts([[0.5, 0.5]])

    def test_cross_table_that_is_not_square(self) -> None:
        with pytest.raises(ShapeError, match="is square"):
            table_of_contingency([[1, 2, 3], [1, 2, 3]])

    def test_table_is_read_only(self) -> None:
        table = table_of_array([[1, 2]])
        with pytest.raises(ValueError, match="read-only"):
            table.values[0, 0] = 2

    def test_callers_array_stays_writable(self) -> None:
        values, levels = np.array([[1.0, 2.0]]), np.array([1.0, 2.0])
        table_of_array(values, levels=levels)
        values[0, 0], levels[0] = 2.0, 0.0
        assert values[0, 0] == 2.0


class TestBadWeights:
    @pytest.mark.parametrize(
        ("name", "remedy"),
        [
            ("ordinal", "say ordinal-irrcac or ordinal-krippendorff"),
            ("interval", "it is called quadratic here"),
            ("nominal", "it is called identity here"),
            ("cubic", "choose one of identity, linear"),
            ("ordinal-krippendorff", "only krippendorff_alpha takes it"),
        ],
    )
    def test_unknown_name_says_what_to_write(self, name: str, remedy: str) -> None:
        with pytest.raises(SettingsError, match=remedy):
            agreement_weights(name, levels=[1, 2, 3])

    def test_disagreement_for_agreement(self) -> None:
        with pytest.raises(ShapeError, match=r"weights\[0, 0\] is 0, but the same level twice is full agreement"):
            agreement_weights([[0, 1], [1, 0]], levels=[1, 2])

    def test_wrong_size(self) -> None:
        with pytest.raises(ShapeError, match="the criterion has 3 levels"):
            agreement_weights([[1, 0], [0, 1]], levels=[1, 2, 3])

    def test_ratio_of_levels_below_zero(self) -> None:
        with pytest.raises(SettingsError, match="level -1 is below 0"):
            agreement_weights("ratio", levels=[-1, 0, 1])

    @pytest.mark.parametrize("name", ["identity", "linear", "quadratic", "radical", "ratio", "circular", "bipolar"])
    def test_one_level_has_weight_one(self, name: str) -> None:
        assert agreement_weights(name, levels=[2]).tolist() == [[1.0]]


class TestEmptyTable:
    def test_sizes_are_zero(self) -> None:
        table = RatingTable(np.zeros((0, 0)), np.zeros(0), (), ())
        assert (table.n_units, table.n_raters, table.n_ratings, table.n_levels) == (0, 0, 0, 0)
        assert table.level_counts().shape == (0, 0)
