import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from review_examples import RUBRIC, Page, body

from reviewkit.agreement.estimate import Coefficient
from reviewkit.agreement.facets.drift import SeverityDrift, WindowSeverity
from reviewkit.agreement.facets.result import (
    CriterionMeasure,
    FacetsResult,
    RaterMeasure,
    Separation,
    StepMeasure,
    TeacherMeasure,
)
from reviewkit.agreement.table import RatingTable, table_of_array
from reviewkit.report.agreement_figures import busiest_raters, level_uses, other_levels, pair_agreements
from reviewkit.report.agreement_page import render_agreement_page, render_facets_page

NAN = float("nan")
START = datetime(2026, 1, 1, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>"


def table(values: list[list[float]], *, raters: tuple[str, ...] = ("ada", "bo", "cy")) -> RatingTable:
    names = raters[: len(values[0])]
    return table_of_array(values, levels=[1, 2, 3], rater_ids=names)


TABLES = {
    "taught": table([[1, 1, 2], [2, 2, NAN], [3, 2, 3], [1, NAN, 1]]),
    "kept": table([[2, 2], [3, 3], [1, 2]]),
}
COEFFICIENTS = {
    "taught": (
        Coefficient(name="percent", weights="identity", value=0.6667, low=0.41, high=0.92, n=4, interval_method="bca",
                    n_resamples=1000, n_undefined=3),
        Coefficient(name="adjacent", value=1.0, n=4),
        Coefficient(name="gwet", weights="quadratic", value=0.71, low=0.55, high=0.87, n=4,
                    interval_method="analytic"),
        Coefficient(name="krippendorff", weights="ordinal-krippendorff", value=0.62, low=-0.1, high=0.9, n=4,
                    interval_method="percentile"),
        Coefficient(name="cohen", weights="quadratic", value=NAN, n=0, reason="no two raters share a unit"),
    )
}  # fmt: skip


def facets(*, raters: tuple[str, ...] = ("ada", "bo")) -> FacetsResult:
    common = {"se": 0.2, "infit": 1.02, "outfit": 0.97, "n_ratings": 40, "observed_average": 2.1, "fair_average": 2.0}
    severe = common | {"fair_average": 1.75}
    separation = {"rmse": 0.2, "separation": 2.0, "strata": 3.0, "reliability": 0.8}
    return FacetsResult(
        model="partial-credit", quadrature="adaptive", n_nodes=21, deviance=812.345, n_parameters=9, aic=830.345,
        bic=850.0, n_ratings=80, n_submissions=3, location=0.1, variance=1.5, variance_se=0.3, eap_reliability=0.81,
        converged=True,
        raters=(
            RaterMeasure(rater_id=raters[0], severity=-0.6, **common),
            RaterMeasure(rater_id=raters[1], severity=0.6, **severe),
            RaterMeasure(rater_id="dee", severity=NAN, **(common | {"se": NAN}), reason="gave the highest level only"),
        ),
        criteria=(
            CriterionMeasure(criterion_id="taught", difficulty=0.25, **common),
            CriterionMeasure(criterion_id="kept", difficulty=-0.25, **common),
        ),
        steps=tuple(
            StepMeasure(criterion_id=one, level=level, threshold=threshold, se=0.2, n_ratings=20)
            for one in ("taught", "kept")
            for level, threshold in ((2.0, -0.8), (3.0, 0.8))
        ),
        teachers=tuple(
            TeacherMeasure(submission_id=f"s{number}", measure=measure, **common)
            for number, measure in enumerate((-1.2, 0.1, 0.2))
        ),
        separations=tuple(
            Separation(facet=facet, chi_square=18.0, df=1.0, p_value=0.00002, **separation)
            for facet in ("raters", "criteria", "teachers")
        ),
        notes=("dee gave one level only and is left out.",),
    )  # fmt: skip


def drift() -> tuple[SeverityDrift, ...]:
    windows = [
        WindowSeverity(start=START + timedelta(30 * at), end=START + timedelta(30 * (at + 1)), severity=severity,
                       se=0.2, n_ratings=20)
        for at, severity in enumerate((-0.9, -0.3))
    ]  # fmt: skip
    moved = SeverityDrift(
        rater_id="ada", severity=-0.6, windows=tuple(windows), slope_per_30_days=0.6, slope_se=0.28,
        slope_p_value=0.032, chi_square=7.1, df=1, p_value=0.0077, drifts=True,
    )  # fmt: skip
    alone = SeverityDrift(
        rater_id="bo", severity=0.6, windows=(windows[0],), slope_per_30_days=NAN, slope_se=NAN,
        slope_p_value=NAN, chi_square=NAN, df=0, p_value=NAN, drifts=None,
        reason="fewer than two windows with an estimate: nothing to compare",
    )  # fmt: skip
    return moved, alone


def words(html: str) -> str:
    return " ".join(Page(html).text.split())


class TestFigures:
    def test_pairs_count_only_shared_units(self) -> None:
        pairs = pair_agreements(TABLES["taught"], columns=(0, 1, 2))
        assert [(one.first, one.second, one.n) for one in pairs] == [
            ("ada", "bo", 3),
            ("ada", "cy", 3),
            ("bo", "cy", 2),
        ]

    def test_no_shared_unit_is_undefined(self) -> None:
        (one,) = pair_agreements(table([[1, NAN], [NAN, 2]]), columns=(0, 1))
        assert (one.n, np.isnan(one.exact), np.isnan(one.kappa)) == (0, True, True)

    def test_other_levels_leave_out_a_rating_against_itself(self) -> None:
        assert other_levels(table([[1, 1, 2]])).tolist() == [[2, 2, 0], [2, 0, 0], [0, 0, 0]]

    def test_shares_of_levels(self) -> None:
        (one,) = level_uses(TABLES["taught"], columns=(0,))
        assert (one.n, one.mean, one.shares) == (4, 1.75, (0.5, 0.25, 0.25))

    def test_a_rater_without_ratings_is_not_among_the_busiest(self) -> None:
        assert busiest_raters(table([[1, NAN, 2]]), at_most=9) == (0, 2)


class TestAgreementPage:
    def test_says_in_words_what_agrees(self) -> None:
        text = words(render_agreement_page(TABLES, COEFFICIENTS, rubric=RUBRIC))
        assert "In 67% of pairs two raters chose the same level, and in 100% they were at most one level apart." in text
        assert "Krippendorff’s alpha, ordinal weights (Krippendorff), n = 4; 95% interval −0.10 to 0.90" in text

    def test_each_number_stands_with_formula_interval_and_n(self) -> None:
        text = words(render_agreement_page(TABLES, COEFFICIENTS, rubric=RUBRIC))
        assert "Gwet’s AC2quadratic weights 0.710 0.550 to 0.870analytic 4" in text
        assert "3 of 1000 resamples undefined" in text

    def test_the_undefined_has_its_reason(self) -> None:
        assert "no two raters share a unit" in words(render_agreement_page(TABLES, COEFFICIENTS))

    def test_without_a_rubric_the_ids_are_the_titles(self) -> None:
        headings = re.findall(r'<h2 id="c\d-title">([^<]+)', render_agreement_page(TABLES, {}))
        assert headings == ["taught", "kept"]

    def test_one_rater_has_no_pairs_and_says_so(self) -> None:
        html = render_agreement_page({"taught": table([[1], [2]])}, {})
        assert "No agreement can be told" in html
        assert "Each two raters" not in html

    def test_many_raters_are_cut_and_counted(self) -> None:
        wide = table_of_array(np.tile([1.0, 2.0, 3.0], (20, 1)).T, levels=[1, 2, 3])
        assert "The 16 raters with most ratings; 4 more are left out." in words(render_agreement_page({"a": wide}, {}))

    def test_a_long_scale_has_no_grid_of_levels(self) -> None:
        long = table_of_array([[1, 2], [3, 4]], levels=list(range(61)))
        html = render_agreement_page({"a": long}, {})
        assert "Each two raters" in html
        assert "How each rater uses the levels" not in html

    def test_raters_that_are_not_known_are_not_compared(self) -> None:
        from reviewkit.agreement.table import table_of_counts

        counts = table_of_counts([[2, 0], [1, 1]], levels=[1, 2])
        assert "Each two raters" not in render_agreement_page({"a": counts}, {})

    def test_why_there_is_no_severity_is_said(self) -> None:
        assert "Two islands." in render_agreement_page(TABLES, COEFFICIENTS, facets_reason="Two islands.")

    def test_nothing_that_comes_in_becomes_markup(self) -> None:
        hostile = {HOSTILE: table([[1, 2], [2, 2]], raters=(HOSTILE, "b"))}
        coefficients = {HOSTILE: (Coefficient(name=HOSTILE, weights=HOSTILE, value=NAN, n=1, reason=HOSTILE),)}
        html = render_agreement_page(hostile, coefficients, facets=facets(raters=(HOSTILE, "b")))
        assert "<script" not in html

    def test_no_number_is_written_as_nan(self) -> None:
        html = render_agreement_page(TABLES, COEFFICIENTS, facets=facets(), drift=drift())
        assert not re.search(r"\bnan\b|\binf\b", html[html.index("<body") :])

    def test_each_id_stands_once_and_links_stay_inside(self) -> None:
        page = Page(render_agreement_page(TABLES, COEFFICIENTS, facets=facets(), drift=drift()))
        ids = page.attributes("id")
        assert len(ids) == len(set(ids))
        assert {link[1:] for link in page.attributes("href")} <= set(ids)

    def test_golden(self, golden: Callable[[str, str], None]) -> None:
        page = render_agreement_page(TABLES, COEFFICIENTS, rubric=RUBRIC, facets=facets(), drift=drift())
        golden("report/agreement_page.html", body(page))


class TestFacetsPage:
    def test_the_ladder_runs_from_severe_to_lenient_with_the_unknown_last(self) -> None:
        html = render_facets_page(facets())
        ladder = html[html.index("Ladder of raters") : html.index("Difficulty of the criteria")]
        assert re.findall(r"<bdi>(\w+)</bdi>", ladder) == ["bo", "ada", "dee"]

    def test_says_in_words_how_far_raters_lie_apart(self) -> None:
        assert "they would give 1.75 and 2.00, 0.25 of a level apart" in words(render_facets_page(facets()))

    @pytest.mark.parametrize(
        ("name", "rung"),
        [("bo", "0.6"), ("B", "−0.2"), ("A 3", "1.0")],  # A 3: difficulty .25 + threshold .8 - location .1 = .95
    )
    def test_the_map_places_everything_on_one_ruler(self, name: str, rung: str) -> None:
        html = render_facets_page(facets())
        ruler = html[html.index('<table class="figures ruler"') :]
        rows = re.findall(r'<tr><th scope="row" class="num">([^<]+)</th>(.*?)</tr>', ruler)
        (found,) = [logit for logit, row in rows if f"<td>{name}</td>" in row]
        assert float(found.replace("−", "-")) == pytest.approx(float(rung.replace("−", "-")), abs=0.11)

    def test_drift_is_told_with_its_windows(self) -> None:
        html = render_facets_page(facets(), drift=drift())
        assert "01 Jan 2026 to 31 Jan 2026: −0.90 (n 20)" in html
        assert '<td class="num">0.60 ± 0.55</td><td class="num">0.008</td><td>moved</td>' in html

    def test_one_known_rater_has_nothing_to_compare(self) -> None:
        one = facets().model_copy(update={"raters": facets().raters[2:]})
        assert "Fewer than two raters have a severity" in words(render_facets_page(one))
