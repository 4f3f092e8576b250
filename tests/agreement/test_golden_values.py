"""Every published matrix, to the digits printed where it was published."""

import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reviewkit.agreement.anova import one_way, one_way_rows, two_way, two_way_rows
from reviewkit.agreement.chance import brennan_prediger, fleiss_kappa, gwet_ac
from reviewkit.agreement.coefficients import cohen_kappa, scott_pi
from reviewkit.agreement.conger import conger_kappa
from reviewkit.agreement.estimate import Coefficient, IntervalSettings
from reviewkit.agreement.icc import ICC_FORMS, intraclass_correlation
from reviewkit.agreement.krippendorff import alpha_statistic, krippendorff_alpha, pairable_counts
from reviewkit.agreement.observed import percent_agreement
from reviewkit.agreement.significance import fleiss_test, kappa_test
from reviewkit.agreement.table import RatingTable, table_of_array, table_of_contingency, table_of_counts
from reviewkit.agreement.two_raters import weighted_kappa
from reviewkit.agreement.weights import agreement_weights, weights_of_disagreement

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "agreement.json").read_text(encoding="utf-8"))
FINEST = 1e-12
QUICK = IntervalSettings(method="none")
WEIGHTED = {
    "brennan-prediger": brennan_prediger,
    "cohen": cohen_kappa,
    "conger": conger_kappa,
    "fleiss": fleiss_kappa,
    "gwet": gwet_ac,
    "krippendorff": krippendorff_alpha,
    "percent": percent_agreement,
    "scott": scott_pi,
}
BUILDERS = {
    "raters": lambda rows: table_of_array(np.array([[_digit(cell) for cell in row] for row in rows]).T),
    "units": table_of_array,
    "counts": table_of_counts,
    "contingency": table_of_contingency,
}


def _digit(cell: str) -> float:
    return float("nan") if cell == "." else float(cell)


def table_named(name: str) -> RatingTable:
    """Build the table of a published matrix."""
    matrix = dict(GOLDEN["matrices"][name])
    matrix.pop("source")
    ((form, data),) = matrix.items()
    return BUILDERS[form](data)


def computed(row: dict[str, Any]) -> Coefficient:
    """Compute the coefficient that a golden row speaks of."""
    table = table_named(row["matrix"])
    if row["coefficient"] == "icc":
        return intraclass_correlation(table, form=row["weights"], interval=QUICK)
    return WEIGHTED[row["coefficient"]](table, weights=row["weights"], interval=QUICK)


def half_a_unit(printed: str) -> float:
    """Half a unit of the last digit printed, no finer than double precision allows."""
    exponent = Decimal(printed).as_tuple().exponent
    return max(0.5 * 10.0 ** int(exponent) * (1 + 1e-6), FINEST)


def row_name(row: dict[str, Any]) -> str:
    """Name a golden row for the test report."""
    return f"{row['matrix']}-{row['coefficient']}-{row['weights']}"


ANALYTIC = IntervalSettings(method="analytic")
WITH_SE = [row for row in GOLDEN["values"] if "se" in row]


class TestPublishedValues:
    @pytest.mark.parametrize("row", GOLDEN["values"], ids=row_name)
    def test_value_has_the_digits_printed(self, row: dict[str, Any]) -> None:
        assert computed(row).value == pytest.approx(float(row["value"]), abs=half_a_unit(row["value"]))

    @pytest.mark.parametrize("row", WITH_SE, ids=row_name)
    def test_standard_error_has_the_digits_printed(self, row: dict[str, Any]) -> None:
        n_units = table_named(row["matrix"]).n_units
        scale = {"n": math.sqrt((n_units - 1) / n_units)}.get(row.get("se_divisor", ""), 1.0)
        assert computed(row).se * scale == pytest.approx(float(row["se"]), abs=half_a_unit(row["se"]))


class TestPublishedIntervals:
    def test_gwet_reaches_from_461_to_its_cut_at_one(self) -> None:
        found = gwet_ac(table_named("gwet-4-raters"), interval=ANALYTIC)
        assert (round(found.low, 4), found.high) == (0.4608, 1.0)
        assert found.p_value == pytest.approx(0.000208721, abs=5e-10)

    def test_brennan_prediger_p_value_is_two_sided(self) -> None:
        found = brennan_prediger(table_named("gwet-4-raters"), interval=ANALYTIC)
        assert found.p_value == pytest.approx(0.0002375609, abs=5e-11)

    def test_abstractors_have_the_intervals_printed(self) -> None:
        table = table_named("gwet-abstractors")
        kappa, gwet = cohen_kappa(table, interval=ANALYTIC), gwet_ac(table, interval=ANALYTIC)
        assert (round(kappa.low, 2), round(kappa.high, 3)) == (0.68, 0.913)
        assert (gwet.low, gwet.high) == (pytest.approx(0.764, abs=1e-3), pytest.approx(0.935, abs=1e-3))

    def test_observers_have_the_interval_printed(self) -> None:
        found = krippendorff_alpha(table_named("gwet-5-observers"), interval=ANALYTIC)
        assert (round(found.low, 3), round(found.high, 3)) == (0.237, 0.724)

    @pytest.mark.parametrize(("weights", "low", "high"), [("identity", 0.2137, 0.7547), ("linear", 0.1845, 0.7558)])
    def test_sas_intervals_use_the_normal(self, weights: str, low: float, high: float) -> None:
        settings = IntervalSettings(method="analytic", reference="normal")
        found = cohen_kappa(table_named("sas"), weights=weights, interval=settings)
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)

    def test_shrout_and_fleiss_have_the_intervals_of_psych(self) -> None:
        table = table_named("shrout-fleiss-1979")
        found = [intraclass_correlation(table, form=form, interval=ANALYTIC) for form in ICC_FORMS]
        assert [round(one.low, 2) for one in found] == [-0.13, 0.02, 0.34, -0.88, 0.07, 0.68]
        assert [round(one.high, 2) for one in found] == [0.72, 0.76, 0.95, 0.91, 0.93, 0.99]


class TestOwnWeights:
    @pytest.mark.parametrize(
        ("disagreement", "printed"),
        [([[0, 1, 3], [1, 0, 6], [3, 6, 0]], 0.3478261), ([[0, 1, 4], [1, 0, 6], [2, 2, 0]], 0.3533835)],
    )
    def test_cohen_1968_takes_disagreement_even_asymmetric(self, disagreement: list[list[int]], printed: float) -> None:
        weights = weights_of_disagreement(disagreement)
        found = cohen_kappa(table_named("cohen-1968"), weights=weights, interval=QUICK)
        assert found.value == pytest.approx(printed, abs=5e-8)

    def test_fleiss_cohen_everitt_weighted_standard_error(self) -> None:
        weights = [[1, 0, 0.4444], [0, 1, 0.6667], [0.4444, 0.6667, 1]]
        found = cohen_kappa(table_named("fleiss-cohen-everitt-1969"), weights=weights, interval=QUICK)
        assert found.value == pytest.approx(0.50707, abs=5e-6)
        assert found.se == pytest.approx(0.0569939, abs=5e-8)


SKLL = [
    ([1, 2, 1], [1, 2, 2], (0.4, 0.4, 0.4)),
    ([1, 2, 3, 1, 2, 2, 3], [1, 2, 3, 1, 2, 3, 2], (0.5625, 0.65, 0.75)),
    ([1, 2, 3, 3, 2, 1], [1, 1, 1, 2, 2, 2], (0, 0, 0)),
    ([-1, 0, 1, 2], [-1, 0, 0, 2], (0.6667, 0.8, 0.9)),
    ([1, 1, 2, 2], [3, 3, 4, 4], (0, 0, 0.1111)),
    ([1, 1, 3, 3], [2, 2, 4, 4], (0, 0.3333, 0.6667)),
    ([1, 1, 4, 4], [2, 2, 3, 3], (0, 0.3333, 0.6)),
    ([1, 2, 4], [1, 2, 2], (0.5, 0.4, 0.4)),
]


class TestSkll:
    @pytest.mark.parametrize(("first", "second", "printed"), SKLL)
    def test_kappas_over_the_full_range_of_levels(
        self, first: list[int], second: list[int], printed: tuple[float, ...]
    ) -> None:
        levels = range(min(*first, *second), max(*first, *second) + 1)
        schemes = ("identity", "linear", "quadratic")
        found = [weighted_kappa(first, second, levels=list(levels), weights=name) for name in schemes]
        assert found == pytest.approx(list(printed), abs=5.1e-5)


class TestWhereDefinitionsDiffer:
    def test_ordinal_schemes_are_two_different_things(self) -> None:
        table = table_named("krippendorff-2011")
        found = [
            krippendorff_alpha(table, weights=w, interval=QUICK).value
            for w in ("ordinal-irrcac", "ordinal-krippendorff")
        ]
        assert [round(value, 5) for value in found] == [0.83364, 0.81539]

    def test_dropping_unused_levels_moves_weighted_kappa(self) -> None:
        kept = cohen_kappa(table_named("anxiety-23"), weights="linear", interval=QUICK)
        dropped = cohen_kappa(table_named("anxiety-23-ranked"), weights="linear", interval=QUICK)
        assert (round(kept.value, 5), round(dropped.value, 5)) == (0.12621, 0.14591)

    @pytest.mark.parametrize(("weights", "printed"), [("identity", 0.08243228), ("quadratic", 0.133958)])
    def test_irrcac_counts_chance_once_in_the_alpha_error_of_counts(self, weights: str, printed: float) -> None:
        # Of raw ratings irrCAC counts the chance term twice, as linearising does and as ours is; of counts, once.
        table = table_named("fleiss-1971-first-15")
        matrix = agreement_weights(weights, levels=table.levels)
        statistic = alpha_statistic(pairable_counts(table), matrix)
        sums = statistic.counts @ statistic.rows
        shares, small, size = sums[2:] / sums[0], 1 / sums[0], sums[0] / statistic.counts.sum()
        observed = (1 - small) * statistic.rows[:, 1] / size + small
        expected = shares @ matrix @ shares
        alpha = krippendorff_alpha(table, weights=weights, interval=QUICK).value
        by_chance = statistic.rows[:, 2:] @ matrix @ shares / size
        parts = (observed - expected - (1 - alpha) * (by_chance - expected)) / (1 - expected)
        n = statistic.counts.sum()
        assert math.sqrt(statistic.counts @ (parts - alpha) ** 2 / (n * (n - 1))) == pytest.approx(printed, abs=5e-7)

    def test_alpha_of_counts_has_the_error_that_raw_ratings_have(self) -> None:
        table = table_named("fleiss-1971-first-15")
        assert krippendorff_alpha(table, interval=QUICK).se == pytest.approx(0.08119291, abs=5e-9)


class TestMeanSquares:
    def test_shrout_and_fleiss_mean_squares(self) -> None:
        table = table_named("shrout-fleiss-1979")
        rows, counts = one_way_rows(table)
        single = one_way(counts @ rows)
        rows, counts = two_way_rows(table)
        crossed = two_way(counts @ rows)
        found = [single.between, single.within, crossed.raters, crossed.error]
        assert found == pytest.approx([11.2416667, 6.2638889, 32.4861111, 1.0194444], abs=5e-8)

    def test_gaps_give_the_same_as_least_squares(self) -> None:
        generator = np.random.default_rng(5)
        values = generator.integers(1, 6, size=(12, 4)).astype(float)
        values[generator.random(values.shape) < 0.25] = np.nan
        table = table_of_array(values[(~np.isnan(values)).any(axis=1)])
        rows, counts = two_way_rows(table)
        found = two_way(counts @ rows)
        unit, rater = np.nonzero(~np.isnan(table.values))
        y = table.values[unit, rater]
        of_units, of_raters = np.eye(table.n_units)[unit], np.eye(4)[rater]
        both = _left(np.hstack([of_units, of_raters]), y)
        assert found.error * found.error_degrees == pytest.approx(both)
        assert found.units * (found.n_units - 1) == pytest.approx(_left(of_raters, y) - both)
        assert found.raters * (found.n_raters - 1) == pytest.approx(_left(of_units, y) - both)


def _left(design: np.ndarray, y: np.ndarray) -> float:
    return float(np.sum((y - design @ np.linalg.lstsq(design, y, rcond=None)[0]) ** 2))


class TestSignificance:
    def test_kappa_of_sas_against_chance(self) -> None:
        found = kappa_test(table_named("sas"))
        assert (round(found.se, 4), round(found.z, 4)) == (0.1484, 3.2626)

    def test_weighted_kappa_of_sas_against_chance(self) -> None:
        assert round(kappa_test(table_named("sas"), weights="linear").z, 4) == 3.2971

    @pytest.mark.parametrize(
        ("weights", "z"), [("identity", -0.0604067), ("linear", 1.282472), ("quadratic", 1.437451)]
    )
    def test_kappa_of_anxiety_against_chance(self, weights: str, z: float) -> None:
        assert kappa_test(table_named("anxiety-23-ranked"), weights=weights).z == pytest.approx(z, abs=5e-7)

    def test_fleiss_kappa_against_chance(self) -> None:
        assert fleiss_test(table_named("fleiss-1971")).z == pytest.approx(17.65183, abs=5e-6)
