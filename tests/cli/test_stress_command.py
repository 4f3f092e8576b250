"""``reviewkit stress``: moves per change and criterion, and an exit that says whether the checks passed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_programs import json_lines, simulated

CHANGES = {"spelling", "synonyms", "rewording", "sentence-order", "appended-filler", "pasted-descriptors"}


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "S.jsonl"
    path.write_text(json_lines(simulated(3, seed=7)[0]), encoding="utf-8")
    return path


class TestTheCheck:
    def test_each_change_is_judged_on_each_criterion(
        self, small_bundle: Path, texts: Path, cli: Callable[..., Any]
    ) -> None:
        done = cli("stress", small_bundle, texts, "--max-move", 9, "--max-rise", 9, "--json")
        found = json.loads(done.out)
        assert (done.code, found["passed"]) == (0, True)
        assert {one["change"] for one in found["rows"]} == CHANGES
        assert {(one["criterion_id"], one["n"]) for one in found["rows"]} == {("routines", 3), ("evidence", 3)}

    def test_a_failed_check_exits_1_and_is_named(
        self, small_bundle: Path, texts: Path, cli: Callable[..., Any]
    ) -> None:
        done = cli("stress", small_bundle, texts, "--max-move", 0)
        assert done.code == 1
        assert "spelling (" in done.err
        assert "failed" in done.out

    def test_no_submission_is_said(self, small_bundle: Path, tmp_path: Path, cli: Callable[..., Any]) -> None:
        (tmp_path / "S.jsonl").touch()
        done = cli("stress", small_bundle, tmp_path / "S.jsonl")
        assert (done.code, done.out) == (1, "")
        assert "submissions is empty" in done.err


class TestTheCard:
    def test_of_training_says_how_scores_move(self, program: Path, cli: Callable[..., Any]) -> None:
        files = (program / "submissions.jsonl", program / "ratings.csv")
        options = ("--rubric", program / "rubric.json", "--submissions", files[0], "--ratings", files[1])
        done = cli("train", *options, "--out", program / "out", "--stress", 2)
        card = (program / "out" / "card.md").read_text(encoding="utf-8")
        assert done.code == 0
        assert "## What a change of form does to its scores" in card
        assert "| pasted-descriptors | routines | 2 |" in card
