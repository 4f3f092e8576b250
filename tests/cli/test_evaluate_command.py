"""``evaluate`` with groups, evidence and baselines; ``learning-curve``: what they print and say."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_programs import write_program

Cli = Callable[..., Any]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Submissions, ratings and groups of 44 teachers that the small bundle has not seen."""
    write_program(tmp_path, n_submissions=44, seed=3)
    rows = "".join(f"s3-{at:03d},{'North' if at % 2 else 'South'}\n" for at in range(44))
    (tmp_path / "groups.csv").write_text(f"submission_id,region\n{rows}", encoding="utf-8")
    return tmp_path / "submissions.jsonl", tmp_path / "ratings.csv", tmp_path / "groups.csv"


class TestEvaluate:
    def test_it_tells_groups_baselines_and_evidence(
        self, cli: Cli, small_bundle: Path, files: tuple[Path, Path, Path]
    ) -> None:
        done = cli("evaluate", small_bundle, *files[:2], "--groups", files[2], "--evidence", "--json")
        found = json.loads(done.out)
        assert [(one["criterion_id"], one["group"], one["n"]) for one in found["groups"][:2]] == [
            ("routines", "North", 22),
            ("routines", "South", 22),
        ]
        assert [one["name"] for one in found["criteria"]["routines"]["baselines"]] == ["length", "surface"]
        assert all(one["gain"]["random"]["value"] > 0 for one in found["evidence"])

    def test_tables_and_warnings_go_their_ways(
        self, cli: Cli, small_bundle: Path, files: tuple[Path, Path, Path]
    ) -> None:
        done = cli("evaluate", small_bundle, *files[:2], "--groups", files[2], "--evidence")
        assert done.code == 0
        assert all(title in done.out for title in ("surface counts", "Groups", "when sentences are deleted"))
        assert all(line.startswith("warning: ") for line in done.err.splitlines())

    def test_without_groups_none_are_told(self, cli: Cli, small_bundle: Path, files: tuple[Path, Path, Path]) -> None:
        done = cli("evaluate", small_bundle, *files[:2], "--json")
        assert (json.loads(done.out)["groups"], json.loads(done.out)["evidence"]) == ([], [])

    def test_a_faulty_file_of_groups_is_said(
        self, cli: Cli, small_bundle: Path, files: tuple[Path, Path, Path]
    ) -> None:
        files[2].write_text("name\n", encoding="utf-8")
        done = cli("evaluate", small_bundle, *files[:2], "--groups", files[2])
        assert (done.code, "the header must be submission_id or teacher_id" in done.err) == (1, True)


class TestLearningCurve:
    def test_it_prints_a_row_a_size_and_what_each_brought(self, cli: Cli, program: Path) -> None:
        names = ("rubric.json", "submissions.jsonl", "ratings.csv")
        options = zip(("--rubric", "--submissions", "--ratings"), (program / one for one in names), strict=True)
        done = cli("learning-curve", *(one for pair in options for one in pair), "--draws", "2")
        assert done.code == 0
        assert "measured on 14 others" in done.out
        assert "routines: from 20 to 34 rated, agreement moved by " in done.err


class TestCard:
    def test_it_sets_the_model_beside_length_and_surface_counts(self, small_bundle: Path) -> None:
        card = (small_bundle / "card.md").read_text(encoding="utf-8")
        assert "| routines | length |" in card
        assert "| evidence | surface |" in card
