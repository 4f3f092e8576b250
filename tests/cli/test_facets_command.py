"""``reviewkit facets``: the contract of its JSON, its table and page, and designs that it cannot estimate."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

KIND = [1, 2, 3, 4, 2, 3, 1, 4, 3, 2]
SEVERE = [1, 1, 3, 3, 2, 2, 1, 3, 3, 1]
MIDDLE = [2, 2, 3, 4, 1, 3, 1, 3, 2, 2]


@pytest.fixture
def ratings(tmp_path: Path) -> Path:
    """Ten submissions rated by three on two criteria, the second one level harder."""
    rows = [
        f"s{n:02d},{criterion},{rater},{max(1, level - harder)},2030-01-{n + 1:02d}T10:00:00Z"
        for criterion, harder in (("routines", 0), ("evidence", 1))
        for rater, levels in (("kind", KIND), ("severe", SEVERE), ("middle", MIDDLE))
        for n, level in enumerate(levels)
    ]
    path = tmp_path / "T.csv"
    path.write_text("\n".join(["submission_id,criterion_id,rater_id,level,rated_at", *rows]), encoding="utf-8")
    return path


class TestJson:
    def test_it_holds_what_the_contract_names(self, ratings: Path, cli: Callable[..., Any]) -> None:
        done = cli("facets", ratings, "--json")
        found = json.loads(done.out)
        assert done.code == 0
        assert {"deviance", "eap_reliability", "variance", "raters", "criteria", "steps", "teachers"} <= set(found)
        fields = {"rater_id", "severity", "se", "infit", "outfit", "n_ratings"}
        assert all(fields <= set(one) for one in found["raters"])
        assert [one["n_ratings"] for one in found["raters"]] == [20, 20, 20]
        assert len(found["teachers"]) == 10

    def test_severities_have_mean_0_and_the_severe_rater_is_highest(
        self, ratings: Path, cli: Callable[..., Any]
    ) -> None:
        raters = {
            one["rater_id"]: one["severity"] for one in json.loads(cli("facets", ratings, "--json").out)["raters"]
        }
        assert sum(raters.values()) == pytest.approx(0, abs=1e-6)
        assert max(raters, key=lambda name: raters[name]) == "severe"
        assert min(raters, key=lambda name: raters[name]) == "kind"

    def test_the_harder_criterion_is_harder(self, ratings: Path, cli: Callable[..., Any]) -> None:
        criteria = json.loads(cli("facets", ratings, "--json").out)["criteria"]
        assert {one["criterion_id"]: one["difficulty"] > 0 for one in criteria} == {"evidence": True, "routines": False}

    def test_a_rating_scale_has_one_set_of_steps(self, ratings: Path, cli: Callable[..., Any]) -> None:
        own = json.loads(cli("facets", ratings, "--json").out)
        shared = json.loads(cli("facets", ratings, "--model", "rating-scale", "--json").out)
        assert {one["criterion_id"] for one in own["steps"]} == {"evidence", "routines"}
        assert {one["criterion_id"] for one in shared["steps"]} == {None}

    def test_a_wide_file_is_one_criterion(self, tmp_path: Path, cli: Callable[..., Any]) -> None:
        rows = [f"s{n},{kind},{severe}" for n, (kind, severe) in enumerate(zip(MIDDLE, SEVERE, strict=True))]
        (tmp_path / "wide.csv").write_text("\n".join(["submission_id,a,b", *rows]), encoding="utf-8")
        found = json.loads(cli("facets", tmp_path / "wide.csv", "--criterion", "routines", "--json").out)
        assert [one["criterion_id"] for one in found["criteria"]] == ["routines"]


class TestTableAndPage:
    def test_the_table_begins_with_the_severest(self, ratings: Path, cli: Callable[..., Any]) -> None:
        out = cli("facets", ratings).out
        assert "60 ratings of 10 submissions; deviance " in out
        assert out.index("severe ") < out.index("middle ") < out.index("kind ")

    def test_the_page_shows_drift_where_ratings_have_times(
        self, ratings: Path, tmp_path: Path, cli: Callable[..., Any]
    ) -> None:
        done = cli("facets", ratings, "--html", tmp_path / "page.html")
        assert done.code == 0
        assert "drift" in (tmp_path / "page.html").read_text(encoding="utf-8").lower()


class TestRefusals:
    def test_islands_are_named(self, tmp_path: Path, cli: Callable[..., Any]) -> None:
        (tmp_path / "apart.csv").write_text("submission_id,r1,r2\ns1,1,\ns2,3,\ns3,,1\ns4,,4\n", encoding="utf-8")
        done = cli("facets", tmp_path / "apart.csv")
        assert (done.code, done.out) == (1, "")
        assert "island 1: raters r1; submissions s1, s2" in done.err

    def test_an_unknown_model_is_usage(self, ratings: Path, cli: Callable[..., Any]) -> None:
        assert cli("facets", ratings, "--model", "guess").code == 2

    def test_a_page_that_stands_is_refused(self, ratings: Path, tmp_path: Path, cli: Callable[..., Any]) -> None:
        (tmp_path / "page.html").touch()
        assert cli("facets", ratings, "--html", tmp_path / "page.html").code == 1
        assert cli("facets", ratings, "--html", tmp_path / "page.html", "--force").code == 0
