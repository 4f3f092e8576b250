"""The three fits of TAM (R) that computed_with_R/ holds; the files are read from REVIEWKIT_DATA, never copied."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from reviewkit.agreement.facets import FacetsResult, FacetsSettings, many_facet_rasch
from reviewkit.records.rating import Rating

DATA = Path(os.environ.get("REVIEWKIT_DATA", Path(__file__).parents[3] / "shared" / "data")) / "r_reference"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no reference data at {DATA}; set REVIEWKIT_DATA")

GRIDS = {
    "as TAM": FacetsSettings(quadrature="fixed", n_nodes=21, bound=6.0),
    "adaptive": FacetsSettings(),
}
PLACEHOLDER = 99
TAM = {
    1: {"deviance": 2526.7045, "reliability": 0.88794, "parameters": 22},
    2: {"deviance": 5701.3612, "reliability": 0.92040, "parameters": 31},
    3: {"deviance": 26544.8539, "reliability": 0.83149, "parameters": 65},
}


def _ratings(number):
    with (DATA / "sirt" / f"data.ratings{number}.csv").open() as file:
        for row in csv.DictReader(file):
            submission, rater = row.pop("idstud"), row.pop("rater").removesuffix(".0")
            for criterion, level in row.items():
                if level:
                    yield Rating(submission_id=submission, criterion_id=criterion, rater_id=rater, level=float(level))


def _published(number):
    with (DATA / "computed_with_R" / f"tam_mfr_sirt_ratings{number}_facets.csv").open() as file:
        return {(row["facet"], row["parameter"]): float(row["xsi"]) for row in csv.DictReader(file)}


def _severities(published):
    return {name.removeprefix("rater"): value for (facet, name), value in published.items() if facet == "rater"}


def _step_of(published, criterion, step, n_steps):
    """One step of a criterion: main step plus interaction, less the placeholders of parameters that TAM left out.

    A criterion with fewer steps than the longest carries TAM's interactions of the missing steps in its last one.
    """
    longest = sum(facet == "step" for facet, _ in published)
    carried = range(step, longest + 1) if step == n_steps else (step,)
    total = sum(published["item:step", f"{criterion}:step{one}"] for one in carried)
    return published["step", f"step{step}"] + total - PLACEHOLDER * round(total / PLACEHOLDER)


def _thresholds(published, counts):
    """Thresholds of each criterion, around the mean over criteria of their means."""
    all_of = {
        name: np.array([published["item", name] + _step_of(published, name, s, n) for s in range(1, n + 1)])
        for name, n in counts.items()
    }
    middle = np.mean([one.mean() for one in all_of.values()])
    return {name: one - middle for name, one in all_of.items()}


def _own_thresholds(result: FacetsResult):
    difficulty = {one.criterion_id: one.difficulty for one in result.criteria}
    return {
        name: np.array([difficulty[name] + one.threshold for one in result.steps if one.criterion_id == name])
        for name in difficulty
    }


@pytest.fixture(scope="module")
def fits():
    return {
        (number, grid): many_facet_rasch(_ratings(number), settings=settings)
        for number in TAM
        for grid, settings in GRIDS.items()
    }


def _largest_threshold_gap(result, published):
    own = _own_thresholds(result)
    theirs = _thresholds(published, {name: len(one) for name, one in own.items()})
    return max(np.abs(own[name] - theirs[name]).max() for name in own)


class TestFitsOfTam:
    @pytest.mark.parametrize("number", TAM)
    def test_deviance_on_its_own_grid_is_within_half_a_permille(self, fits, number):
        assert fits[number, "as TAM"].deviance == pytest.approx(TAM[number]["deviance"], rel=5e-4)

    @pytest.mark.parametrize("number", [1, 2])
    def test_deviance_integrated_exactly_is_within_half_a_permille_too(self, fits, number):
        assert fits[number, "adaptive"].deviance == pytest.approx(TAM[number]["deviance"], rel=5e-4)

    def test_where_one_submission_has_208_ratings_the_coarse_grid_costs_49_of_deviance(self, fits):
        assert fits[3, "adaptive"].deviance == pytest.approx(26495.706, abs=0.01)
        assert fits[3, "as TAM"].deviance == pytest.approx(26544.765, abs=0.1)

    @pytest.mark.parametrize("grid", GRIDS)
    @pytest.mark.parametrize("number", TAM)
    def test_every_severity_is_within_two_hundredths(self, fits, number, grid):
        published = _severities(_published(number))
        own = {one.rater_id: one.severity for one in fits[number, grid].raters}
        assert own == pytest.approx(published, abs=0.02)

    @pytest.mark.parametrize("number", TAM)
    def test_every_threshold_on_its_own_grid_is_within_two_hundredths(self, fits, number):
        assert _largest_threshold_gap(fits[number, "as TAM"], _published(number)) < 0.02

    @pytest.mark.parametrize(("number", "moved"), [(1, 0.0194), (2, 0.0145), (3, 0.0326)])
    def test_exact_integration_moves_the_thresholds_by_what_the_documentation_says(self, fits, number, moved):
        assert _largest_threshold_gap(fits[number, "adaptive"], _published(number)) == pytest.approx(moved, abs=5e-4)

    @pytest.mark.parametrize("grid", GRIDS)
    @pytest.mark.parametrize("number", TAM)
    def test_eap_reliability_is_within_a_hundredth(self, fits, number, grid):
        assert fits[number, grid].eap_reliability == pytest.approx(TAM[number]["reliability"], abs=0.01)

    @pytest.mark.parametrize("number", TAM)
    def test_the_number_of_parameters_is_the_same(self, fits, number):
        assert fits[number, "adaptive"].n_parameters == TAM[number]["parameters"]

    @pytest.mark.parametrize("number", [1, 2])
    def test_measures_on_its_own_grid_are_those_of_tam(self, fits, number):
        with (DATA / "computed_with_R" / f"tam_mfr_sirt_ratings{number}_persons.csv").open() as file:
            rows = list(csv.DictReader(file))
        own = fits[number, "as TAM"].teachers
        assert [one.measure for one in own] == pytest.approx([float(row["EAP"]) for row in rows], abs=0.01)
        assert [one.se for one in own] == pytest.approx([float(row["SD.EAP"]) for row in rows], abs=0.01)
