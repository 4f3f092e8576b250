"""``reviewkit agreement``: coefficients of a small file worked by hand, its page, and what it refuses."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_programs import rubric_data, write_program

LONG = """submission_id,criterion_id,rater_id,level
s1,routines,r1,1
s1,routines,r2,1
s2,routines,r1,2
s2,routines,r2,3
s3,routines,r1,3
s3,routines,r2,3
s4,routines,r1,4
s4,routines,r2,4
"""
FIELDS = {"name", "weights", "form", "value", "se", "low", "high", "confidence", "interval_method", "n", "reason"}
NAMES = {
    "percent", "adjacent", "cohen", "conger", "scott", "fleiss", "brennan-prediger", "gwet", "krippendorff", "icc",
    "kendall-w", "pearson", "spearman",
}  # fmt: skip


@pytest.fixture
def ratings(tmp_path: Path) -> Path:
    path = tmp_path / "T.csv"
    path.write_text(LONG, encoding="utf-8")
    return path


def found(done: Any, name: str, *, weights: str | None = None) -> dict[str, Any]:
    rows = json.loads(done.out)["criteria"]["routines"]["coefficients"]
    return next(one for one in rows if one["name"] == name and one["weights"] == weights)


class TestJson:
    def test_it_holds_the_contracts_fields_and_names(self, ratings: Path, cli: Callable[..., Any]) -> None:
        done = cli("agreement", ratings, "--json")
        one = json.loads(done.out)["criteria"]["routines"]
        assert (done.code, done.err) == (0, "")
        assert (one["n_units"], one["n_raters"], one["n_ratings"]) == (4, 2, 8)
        assert all(set(row) >= FIELDS for row in one["coefficients"])
        assert {row["name"] for row in one["coefficients"]} == NAMES

    def test_three_of_four_agree_and_the_fourth_is_one_level_apart(
        self, ratings: Path, cli: Callable[..., Any]
    ) -> None:
        done = cli("agreement", ratings, "--json")
        assert found(done, "percent", weights="identity")["value"] == pytest.approx(0.75)
        assert found(done, "adjacent")["value"] == 1
        # squared differences: 1 over 4 pairs, 40 over all 16; kappa = 1 - (1/4) / (40/16)
        assert found(done, "cohen", weights="quadratic")["value"] == pytest.approx(0.9)

    def test_a_wide_file_of_the_same_ratings_gives_the_same(
        self, ratings: Path, tmp_path: Path, cli: Callable[..., Any]
    ) -> None:
        wide = tmp_path / "wide.csv"
        wide.write_text("submission_id,r1,r2\ns1,1,1\ns2,2,3\ns3,3,3\ns4,4,4\n", encoding="utf-8")
        first = cli("agreement", ratings, "--json").out
        assert cli("agreement", wide, "--criterion", "routines", "--json").out == first

    def test_one_level_throughout_is_null_with_its_reason(self, tmp_path: Path, cli: Callable[..., Any]) -> None:
        flat = tmp_path / "flat.csv"
        flat.write_text("submission_id,r1,r2\ns1,2,2\ns2,2,2\n", encoding="utf-8")
        done = cli("agreement", flat, "--criterion", "routines", "--json")
        kappa = found(done, "cohen", weights="quadratic")
        assert (done.code, kappa["value"]) == (0, None)
        assert kappa["reason"]

    def test_the_rubric_brings_its_levels_and_criteria(self, tmp_path: Path, cli: Callable[..., Any]) -> None:
        write_program(tmp_path, n_submissions=12)
        done = cli("agreement", tmp_path / "ratings.csv", "--rubric", tmp_path / "rubric.json", "--json")
        assert {name: one["levels"] for name, one in json.loads(done.out)["criteria"].items()} == {
            "routines": [1, 2, 3, 4],
            "evidence": [1, 2, 3, 4],
        }

    def test_unblinded_ratings_count_only_if_asked(self, tmp_path: Path, cli: Callable[..., Any]) -> None:
        lines = LONG.replace("level\n", "level,blind\n").replace("s4,routines,r2,4", "s4,routines,r2,4,false")
        rows = [line if line.count(",") == 4 else f"{line},true" for line in lines.splitlines()]
        (tmp_path / "T.csv").write_text("\n".join(rows), encoding="utf-8")
        counts = [
            json.loads(cli("agreement", tmp_path / "T.csv", "--json", *more).out)["criteria"]["routines"]["n_ratings"]
            for more in ([], ["--with-unblinded"])
        ]
        assert counts == [7, 8]


class TestTable:
    def test_it_shows_the_main_coefficients_and_how_many_there_are(
        self, ratings: Path, cli: Callable[..., Any]
    ) -> None:
        done = cli("agreement", ratings)
        assert "routines: 4 submissions, 2 raters, 8 ratings" in done.out
        assert "│ percent " in done.out
        assert "0.900" in done.out
        assert "6 of 34 coefficients" in done.out

    def test_all_shows_every_one(self, ratings: Path, cli: Callable[..., Any]) -> None:
        done = cli("agreement", ratings, "--all")
        assert "spearman" in done.out
        assert "--all" not in done.out


class TestPage:
    def test_it_is_written_beside_the_table(self, tmp_path: Path, cli: Callable[..., Any]) -> None:
        write_program(tmp_path, n_submissions=24)
        done = cli("agreement", tmp_path / "ratings.csv", "--html", tmp_path / "page.html")
        page = (tmp_path / "page.html").read_text(encoding="utf-8")
        assert (done.code, done.err) == (0, f"Page: {tmp_path / 'page.html'}\n")
        assert page.startswith("<!doctype html>")
        assert "Krippendorff" in page
        assert "logits" in page

    def test_a_design_in_islands_has_its_reason_in_the_page(self, tmp_path: Path, cli: Callable[..., Any]) -> None:
        apart = tmp_path / "apart.csv"
        apart.write_text("submission_id,r1,r2,r3,r4\ns1,1,2,,\ns2,3,3,,\ns3,,,1,2\ns4,,,4,3\n", encoding="utf-8")
        done = cli("agreement", apart, "--html", tmp_path / "page.html")
        assert done.code == 0
        assert "fall into 2 islands" in (tmp_path / "page.html").read_text(encoding="utf-8")

    def test_a_page_that_stands_is_refused_before_anything_is_read(
        self, tmp_path: Path, cli: Callable[..., Any]
    ) -> None:
        (tmp_path / "page.html").touch()
        done = cli("agreement", tmp_path / "none.csv", "--html", tmp_path / "page.html")
        assert done.code == 1
        assert "stands already" in done.err


class TestRefusals:
    def test_a_level_outside_the_rubric_names_its_line(self, tmp_path: Path, cli: Callable[..., Any]) -> None:
        (tmp_path / "rubric.json").write_text(json.dumps(rubric_data()), encoding="utf-8")
        (tmp_path / "T.csv").write_text(LONG.replace("s3,routines,r2,3", "s3,routines,r2,7"), encoding="utf-8")
        done = cli("agreement", tmp_path / "T.csv", "--rubric", tmp_path / "rubric.json")
        assert (done.code, done.out) == (1, "")
        assert f"{tmp_path / 'T.csv'}:7: level 7 is none of routines's levels 1, 2, 3, 4" in done.err

    def test_a_file_without_ratings_is_said(self, tmp_path: Path, cli: Callable[..., Any]) -> None:
        (tmp_path / "T.csv").write_text("submission_id,criterion_id,rater_id,level\n", encoding="utf-8")
        done = cli("agreement", tmp_path / "T.csv")
        assert done.code == 1
        assert "holds no rating" in done.err

    def test_an_unknown_interval_is_usage(self, ratings: Path, cli: Callable[..., Any]) -> None:
        assert cli("agreement", ratings, "--interval", "guess").code == 2
