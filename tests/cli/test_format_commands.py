"""``rubric convert``, ``submissions import``, ``grades`` and ``credential``: the ways in from other systems and out."""

import csv
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_programs import rubric_data

CANVAS = "Rubric Name,Criteria Name,Rating Name,Rating Points,Rating Name,Rating Points\nTalk,Asks,Yes,2,No,1\n"
RATINGS = """submission_id,criterion_id,rater_id,level,blind,role
canvas-17,routines,r1,3,true,rating
canvas-17,evidence,r1,4,true,rating
canvas-18,routines,r1,2,true,rating
canvas-18,evidence,r1,1,true,rating
canvas-18,evidence,r2,4,false,rating
canvas-19,routines,r1,4,true,rating
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = rubric_data(award={"rule": "all-criteria"})
    (tmp_path / "rubric.json").write_text(json.dumps(data), encoding="utf-8")
    (tmp_path / "T.csv").write_text(RATINGS, encoding="utf-8")
    (tmp_path / "canvas.csv").write_text(CANVAS, encoding="utf-8")
    return tmp_path


class TestRubricConvert:
    def test_canvas_becomes_our_own_format_that_holds(self, folder: Path, cli: Callable[..., Any]) -> None:
        done = cli("rubric", "convert", folder / "canvas.csv", "--to", "reviewkit", "--out", folder / "own.yaml")
        assert done.code == 0
        assert done.out.startswith("canvas-csv, read: ")
        assert cli("rubric", "check", folder / "own.yaml").out.startswith(f"{folder / 'own.yaml'}: well;")

    def test_json_names_each_field_that_is_lost(self, folder: Path, cli: Callable[..., Any]) -> None:
        done = cli(
            "rubric", "convert", folder / "rubric.json", "--to", "canvas-csv", "--out", folder / "c.csv", "--json"
        )
        report = json.loads(done.out)
        assert (report["from"], report["to"], report["lossless"]) == ("reviewkit", "canvas-csv", False)
        lost = {one["field"]: one["kind"] for one in report["losses"]}
        assert lost["criteria[0].required_level"] == "dropped"
        assert all(one["direction"] in {"read", "write"} and one["reason"] for one in report["losses"])

    def test_strict_refuses_a_lossy_way_and_writes_nothing(self, folder: Path, cli: Callable[..., Any]) -> None:
        out = folder / "c.csv"
        done = cli("rubric", "convert", folder / "rubric.json", "--to", "canvas-csv", "--out", out, "--strict")
        assert (done.code, done.out, out.exists()) == (1, "", False)
        assert "canvas-csv cannot hold all of it" in done.err
        assert "criteria[0].required_level dropped" in done.err

    def test_a_workbook_is_made_by_the_suffix(self, folder: Path, cli: Callable[..., Any]) -> None:
        out = folder / "r.xlsx"
        assert cli("rubric", "convert", folder / "rubric.json", "--to", "spreadsheet", "--out", out).code == 0
        assert zipfile.is_zipfile(out)

    def test_what_is_no_rubric_or_stands_already_is_refused(self, folder: Path, cli: Callable[..., Any]) -> None:
        done = cli("rubric", "convert", folder / "T.csv", "--to", "case", "--out", folder / "c.json")
        assert done.code == 1
        assert "is in none of the formats" in done.err
        done = cli("rubric", "convert", folder / "canvas.csv", "--to", "case", "--out", folder / "T.csv")
        assert "stands already" in done.err

    def test_an_unknown_format_is_usage(self, folder: Path, cli: Callable[..., Any]) -> None:
        assert cli("rubric", "convert", folder / "canvas.csv", "--to", "word", "--out", folder / "x").code == 2


class TestSubmissionsImport:
    @pytest.fixture
    def export(self, tmp_path: Path) -> Path:
        path = tmp_path / "export.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("one_4711_90001_my reflection.txt", "I ask one question at the door.")
            archive.writestr("one_4711_90002_Lesson plan.txt", "1. Ask.")
            archive.writestr("../outside_4713_90003_x.txt", "no")
        return path

    def test_a_canvas_export_becomes_submissions(self, export: Path, tmp_path: Path, cli: Callable[..., Any]) -> None:
        out = tmp_path / "in" / "S.jsonl"
        done = cli("submissions", "import", export, "--rubric-id", "small", "--out", out)
        row = json.loads(out.read_text(encoding="utf-8"))
        assert done.code == 0
        assert "canvas: 1 submission, 1 left out" in done.out
        assert "../outside_4713_90003_x.txt: its path leads out of the archive" in done.out
        assert (row["submission_id"], row["reflection"]) == ("canvas-4711", "I ask one question at the door.")
        assert (out.parent / row["artifacts"][0]["path"]).read_text(encoding="utf-8") == "1. Ask."

    def test_json_is_the_report(self, export: Path, tmp_path: Path, cli: Callable[..., Any]) -> None:
        out = tmp_path / "in" / "S.jsonl"
        report = json.loads(cli("submissions", "import", export, "--rubric-id", "small", "--out", out, "--json").out)
        assert (report["system"], report["n_submissions"], len(report["skipped"])) == ("canvas", 1, 1)

    def test_a_source_that_is_not_there_is_said(self, tmp_path: Path, cli: Callable[..., Any]) -> None:
        done = cli("submissions", "import", tmp_path / "no.zip", "--rubric-id", "small", "--out", tmp_path / "S.jsonl")
        assert done.code == 1
        assert "no.zip: is not there" in done.err

    def test_artifacts_that_stand_are_refused(self, export: Path, tmp_path: Path, cli: Callable[..., Any]) -> None:
        (tmp_path / "artifacts").mkdir()
        done = cli("submissions", "import", export, "--rubric-id", "small", "--out", tmp_path / "S.jsonl")
        assert done.code == 1
        assert "artifacts: stands already" in done.err


class TestGrades:
    def test_scores_of_record_become_points_and_open_ones_are_left_out(
        self, folder: Path, cli: Callable[..., Any]
    ) -> None:
        out = folder / "g.csv"
        done = cli("grades", folder / "T.csv", "--rubric", folder / "rubric.json", "--to", "canvas", "--out", out)
        rows = list(csv.reader(out.open(encoding="utf-8", newline="")))
        assert done.code == 0
        assert [(row[1], row[-1]) for row in rows[2:]] == [("17", "7"), ("18", "3")]  # the unblinded 4 never counts
        assert "canvas-19: left out; no score of record on evidence" in done.err

    def test_moodle_takes_its_worksheet(self, folder: Path, cli: Callable[..., Any]) -> None:
        out = folder / "g.csv"
        cli("grades", folder / "T.csv", "--rubric", folder / "rubric.json", "--to", "moodle", "--out", out)
        assert out.read_text(encoding="utf-8").startswith("Identifier,")


class TestCredential:
    @pytest.fixture
    def badge(self, folder: Path, cli: Callable[..., Any]) -> Callable[..., Any]:
        def run(submission: str, *more: object) -> Any:
            return cli(
                "credential", folder / "T.csv", "--rubric", folder / "rubric.json", "--submission", submission,
                "--issuer-id", "https://issuer.example.org/", "--issuer-name", "A program",
                "--achievement-id", "https://issuer.example.org/small", "--out", folder / "badge.json", *more,
            )  # fmt: skip

        return run

    def test_an_earned_award_is_written_unsigned(self, badge: Callable[..., Any], folder: Path) -> None:
        done = badge("canvas-17", "--recipient-id", "did:example:1", "--awarded-at", "2030-01-02T10:00:00+00:00")
        made = json.loads((folder / "badge.json").read_text(encoding="utf-8"))
        assert done.code == 0
        assert "not signed" in done.err
        assert ("proof" in made, made["awardedDate"]) == (False, "2030-01-02T10:00:00+00:00")
        results = made["credentialSubject"]["result"]
        assert [one["achievedLevel"].rpartition("-")[2] for one in results] == ["3", "4"]

    def test_an_address_is_hashed(self, badge: Callable[..., Any], folder: Path) -> None:
        assert badge("canvas-17", "--recipient-email", "t1@example.org").code == 0
        written = (folder / "badge.json").read_text(encoding="utf-8")
        assert "t1@example.org" not in written
        assert "sha256$" in written

    def test_scores_of_record_that_do_not_earn_it_make_none(self, badge: Callable[..., Any], folder: Path) -> None:
        done = badge("canvas-18", "--recipient-id", "did:example:1")
        assert (done.code, (folder / "badge.json").exists()) == (1, False)
        assert "do not earn the award of small" in done.err

    def test_an_open_criterion_is_named(self, badge: Callable[..., Any]) -> None:
        done = badge("canvas-19", "--recipient-id", "did:example:1")
        assert done.code == 1
        assert "evidence: no score of record; a person has to settle it" in done.err
