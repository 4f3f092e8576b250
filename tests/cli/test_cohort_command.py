"""``reviewkit cohort``: a program's numbers, its page, and a research copy without names."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_programs import json_lines, rubric_data, simulated, small_rubric

from reviewkit import ReviewRecord, json_text

KEY = "a key that is long enough"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twenty submissions in review; fourteen earn the award, by one blind rating a criterion."""
    rubric = small_rubric(award={"rule": "all-criteria"})
    submissions, _ = simulated(20)
    reviews = [
        ReviewRecord.model_validate(
            {
                "submission_id": one.submission_id,
                "attempt": 1,
                "bundle_digest": None,
                "certificate": None,
                "rubric": {"id": rubric.id, "version": rubric.version, "digest": rubric.digest},
                "route": "review",
                "review_probability": 1,
                "reasons": [{"code": "uncertified"}],
                "findings": [],
                "parts": [],
                "award_probability": None,
                "scores": [],
            }
        )
        for one in submissions
    ]
    ratings = [
        f"{one.submission_id},{name},r1,{3 if at < 14 else 2},names the cue"
        for at, one in enumerate(submissions)
        for name in rubric.criterion_ids
    ]
    (tmp_path / "rubric.json").write_text(json.dumps(rubric_data(award={"rule": "all-criteria"})), encoding="utf-8")
    (tmp_path / "reviews.jsonl").write_text("".join(json_text(one) + "\n" for one in reviews), encoding="utf-8")
    (tmp_path / "S.jsonl").write_text(json_lines(submissions), encoding="utf-8")
    header = "submission_id,criterion_id,rater_id,level,rationale"
    (tmp_path / "T.csv").write_text("\n".join([header, *ratings]) + "\n", encoding="utf-8")
    return tmp_path


class TestNumbers:
    def test_fourteen_of_twenty_earned_the_award(self, folder: Path, cli: Callable[..., Any]) -> None:
        files = (folder / "reviews.jsonl", folder / "T.csv", "--rubric", folder / "rubric.json")
        found = json.loads(cli("cohort", *files, "--json").out)
        assert (found["award"]["count"], found["award"]["of"]) == (14, 20)
        assert found["award"]["low"] == pytest.approx(0.481, abs=5e-4)  # Wilson

    def test_reviews_alone_are_enough_and_say_what_lacks(self, folder: Path, cli: Callable[..., Any]) -> None:
        done = cli("cohort", folder / "reviews.jsonl")
        assert done.code == 0
        assert "small 1.0.0: 20 submissions, 20 submissions" in done.out
        assert "Awards are not told: no rubric was given." in done.out

    def test_small_cells_are_hidden(self, folder: Path, cli: Callable[..., Any]) -> None:
        files = (folder / "reviews.jsonl", folder / "T.csv", "--rubric", folder / "rubric.json")
        found = json.loads(cli("cohort", *files, "--min-cell", "15", "--json").out)
        assert found["min_cell"] == 15
        assert found["criteria"][0]["record_levels"]["3"]["hidden"]  # fourteen submissions

    def test_the_page_is_written(self, folder: Path, cli: Callable[..., Any]) -> None:
        files = (folder / "reviews.jsonl", folder / "T.csv", "--rubric", folder / "rubric.json")
        assert cli("cohort", *files, "--html", folder / "page.html").code == 0
        assert "14 of 20" in (folder / "page.html").read_text(encoding="utf-8")


class TestResearch:
    def test_the_copy_has_no_name_and_no_free_text(self, folder: Path, cli: Callable[..., Any]) -> None:
        copy = folder / "research"
        done = cli(
            "cohort", folder / "reviews.jsonl", folder / "T.csv", "--submissions", folder / "S.jsonl",
            "--research", copy, "--key", KEY,
        )  # fmt: skip
        written = "".join(path.read_text(encoding="utf-8") for path in copy.iterdir())
        assert done.code == 0
        assert "20 reviews, 40 ratings, 20 submissions" in done.err
        assert "s0-0" not in written
        assert "t0-0" not in written
        assert "names the cue" not in written

    def test_without_a_key_the_pseudonyms_lead_nowhere_and_it_is_said(
        self, folder: Path, cli: Callable[..., Any]
    ) -> None:
        done = cli("cohort", folder / "reviews.jsonl", "--research", folder / "research")
        assert "key was thrown away" in done.err

    def test_a_copy_that_stands_is_refused(self, folder: Path, cli: Callable[..., Any]) -> None:
        cli("cohort", folder / "reviews.jsonl", "--research", folder / "research")
        done = cli("cohort", folder / "reviews.jsonl", "--research", folder / "research")
        assert done.code == 1
        assert "stands already" in done.err


class TestRefusals:
    def test_no_review_is_said(self, tmp_path: Path, cli: Callable[..., Any]) -> None:
        (tmp_path / "reviews.jsonl").touch()
        done = cli("cohort", tmp_path / "reviews.jsonl")
        assert (done.code, done.out) == (1, "")
        assert "no review" in done.err.lower()
