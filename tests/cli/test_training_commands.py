"""``train``, ``evaluate``, ``compare``, ``rubric check`` and ``schema``: what they print, write and refuse."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_programs import json_lines, ratings_csv, rubric_data, simulated, write_program

import reviewkit
from reviewkit.cli.schema import SCHEMAS


def train(cli: Callable[..., Any], folder: Path, *more: object) -> Any:
    files = [folder / name for name in ("rubric.json", "submissions.jsonl", "ratings.csv")]
    return cli(
        "train", "--rubric", files[0], "--submissions", files[1], "--ratings", files[2], "--out", folder / "out", *more
    )


def columns_added(path: Path, names: list[str], values: list[str]) -> None:
    rows = list(csv.reader(path.open(encoding="utf-8", newline="")))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([rows[0] + names, *(row + values for row in rows[1:])])


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Twelve submissions that the small bundle has not seen."""
    write_program(tmp_path, n_submissions=12, seed=3)
    return tmp_path


class TestTrain:
    def test_it_prints_the_digest_and_writes_the_bundle(self, program: Path, cli: Callable[..., Any]) -> None:
        done = train(cli, program)
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith(f"{program / 'out'}: trained on 48 submissions; digest ")
        assert (program / "out" / "manifest.json").is_file()

    def test_a_bundle_that_stands_is_refused_before_anything_is_read(
        self, tmp_path: Path, cli: Callable[..., Any]
    ) -> None:
        (tmp_path / "out").mkdir()
        done = train(cli, tmp_path)
        assert done.code == 1
        assert "stands already" in done.err

    def test_force_replaces_a_bundle_but_nothing_else(self, program: Path, cli: Callable[..., Any]) -> None:
        (program / "out").mkdir()
        (program / "out" / "thesis.txt").touch()
        assert train(cli, program, "--force").code == 1
        (program / "out" / "thesis.txt").unlink()
        assert train(cli, program, "--force").code == 0
        assert train(cli, program, "--force").code == 0

    def test_unknown_columns_are_warned_of_and_left_alone(self, program: Path, cli: Callable[..., Any]) -> None:
        columns_added(program / "ratings.csv", ["mood"], ["glad"])
        done = train(cli, program)
        assert done.code == 0
        assert "column 'mood' is not known and was left alone" in done.err

    def test_levels_written_with_a_point_are_the_same_levels(
        self, program: Path, cli: Callable[..., Any], small_bundle: Path
    ) -> None:
        text = (
            (program / "ratings.csv").read_text(encoding="utf-8").replace(",3\n", ",3.0\n").replace(",2\n", ",2.00\n")
        )
        (program / "ratings.csv").write_text(text, encoding="utf-8")
        assert train(cli, program).code == 0
        assert (program / "out" / "manifest.json").read_bytes() == (small_bundle / "manifest.json").read_bytes()

    @pytest.mark.parametrize("ending", ["\r\n", "\r"])
    def test_line_ends_and_a_byte_order_mark_change_nothing(
        self, program: Path, cli: Callable[..., Any], small_bundle: Path, ending: str
    ) -> None:
        text = (program / "ratings.csv").read_text(encoding="utf-8").replace("\n", ending)
        (program / "ratings.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
        assert train(cli, program).code == 0
        assert (program / "out" / "manifest.json").read_bytes() == (small_bundle / "manifest.json").read_bytes()

    def test_ratings_that_were_not_blind_do_not_count(self, program: Path, cli: Callable[..., Any]) -> None:
        columns_added(program / "ratings.csv", ["blind"], ["false"])
        done = train(cli, program)
        assert done.code == 0
        assert "routines: has 0 rated submissions of use" in done.err

    def test_it_has_its_own_seed(self, program: Path, cli: Callable[..., Any], small_bundle: Path) -> None:
        assert train(cli, program, "--seed", "5").code == 0
        assert json.loads((program / "out" / "manifest.json").read_text(encoding="utf-8"))["seed"] == 5

    def test_the_note_stands_in_the_card(self, program: Path, cli: Callable[..., Any]) -> None:
        train(cli, program, "--note", "Twelve schools, spring.")
        assert "Twelve schools, spring." in (program / "out" / "card.md").read_text(encoding="utf-8")


class TestEvaluate:
    def test_json_holds_the_contracts_fields(self, fresh: Path, cli: Callable[..., Any], small_bundle: Path) -> None:
        done = cli("evaluate", small_bundle, fresh / "submissions.jsonl", fresh / "ratings.csv", "--json")
        found = json.loads(done.out)
        assert (done.code, found["n_seen"]) == (0, 0)
        assert set(found["routes"]) == {"suggest", "review", "return"}
        assert abs(sum(found["routes"].values()) - 1) < 1e-5
        named = {
            "n", "n_ratings", "exact", "adjacent", "qwk", "smd", "brier", "rps", "calibration_error",
            "top_label_error", "coverage", "mean_set_size", "human_human",
        }  # fmt: skip
        assert named <= set(found["criteria"]["routines"])
        assert found["criteria"]["routines"]["n"] == 12
        assert found["criteria"]["routines"]["n_ratings"] == 24
        assert {"n", "exact", "qwk"} <= set(found["criteria"]["routines"]["human_human"])

    def test_what_the_bundle_learned_from_is_left_out(
        self, program: Path, cli: Callable[..., Any], small_bundle: Path
    ) -> None:
        done = cli("evaluate", small_bundle, program / "submissions.jsonl", program / "ratings.csv", "--json")
        found = json.loads(done.out)
        assert (done.code, found["n_seen"], found["criteria"]["routines"]["n"]) == (0, 48, 0)
        assert found["criteria"]["routines"]["qwk"] is None
        assert found["criteria"]["routines"]["reason"]["qwk"]
        assert "48 of 48 submissions were left out" in done.err

    def test_it_is_kept_where_that_is_asked(self, program: Path, cli: Callable[..., Any], small_bundle: Path) -> None:
        arguments = (small_bundle, program / "submissions.jsonl", program / "ratings.csv", "--json", "--include-seen")
        found = json.loads(cli("evaluate", *arguments).out)
        assert (found["n_seen"], found["criteria"]["routines"]["n"]) == (0, 48)

    def test_one_rater_only_leaves_human_human_null_with_its_reason(
        self, fresh: Path, cli: Callable[..., Any], small_bundle: Path
    ) -> None:
        rows = [one for one in simulated(12, seed=3)[1] if one.rater_id == "r1"]
        (fresh / "ratings.csv").write_text(ratings_csv(rows), encoding="utf-8")
        done = cli("evaluate", small_bundle, fresh / "submissions.jsonl", fresh / "ratings.csv", "--json")
        criterion = json.loads(done.out)["criteria"]["evidence"]
        assert criterion["human_human"] is None
        assert "two raters" in criterion["reason"]["human_human"]
        assert criterion["qwk"] is not None

    def test_one_submission_only(self, fresh: Path, cli: Callable[..., Any], small_bundle: Path) -> None:
        submissions, ratings = simulated(1, seed=3)
        (fresh / "submissions.jsonl").write_text(json_lines(submissions), encoding="utf-8")
        (fresh / "ratings.csv").write_text(ratings_csv(ratings), encoding="utf-8")
        done = cli("evaluate", small_bundle, fresh / "submissions.jsonl", fresh / "ratings.csv", "--json")
        assert done.code == 0
        assert "NaN" not in done.out
        assert json.loads(done.out)["criteria"]["routines"]["smd"] is None

    def test_the_table_shows_a_dash_for_what_is_undefined(
        self, program: Path, cli: Callable[..., Any], small_bundle: Path
    ) -> None:
        done = cli("evaluate", small_bundle, program / "submissions.jsonl", program / "ratings.csv")
        assert done.code == 0
        assert "nan" not in done.out
        assert "-" in done.out

    def test_a_faulty_submission_stops_it(self, fresh: Path, cli: Callable[..., Any], small_bundle: Path) -> None:
        with (fresh / "submissions.jsonl").open("a", encoding="utf-8") as file:
            file.write("{\n")
        done = cli("evaluate", small_bundle, fresh / "submissions.jsonl", fresh / "ratings.csv", "--json")
        assert (done.code, done.out) == (1, "")
        assert "submissions.jsonl:13" in done.err

    def test_an_adjudication_replaces_what_it_settles(
        self, fresh: Path, cli: Callable[..., Any], small_bundle: Path
    ) -> None:
        columns_added(fresh / "ratings.csv", ["role"], [""])
        arguments = ("evaluate", small_bundle, fresh / "submissions.jsonl", fresh / "ratings.csv", "--json")
        before = json.loads(cli(*arguments).out)["criteria"]
        with (fresh / "ratings.csv").open("a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([f"s3-{n:03d}", "routines", "chair", "1", "adjudication"] for n in range(12))
        after = json.loads(cli(*arguments).out)["criteria"]
        assert after["evidence"] == before["evidence"]
        assert after["routines"]["human_human"] == before["routines"]["human_human"]
        assert after["routines"]["exact"] < before["routines"]["exact"]

    def test_what_was_not_scorable_makes_no_record(
        self, fresh: Path, cli: Callable[..., Any], small_bundle: Path
    ) -> None:
        text = (fresh / "ratings.csv").read_text(encoding="utf-8").splitlines()
        rows = [line.split(",") for line in text]
        outcome = [[*row, "scored"] for row in rows[5:]]
        unscored = [[*row[:3], "", "not-scorable"] for row in rows[1:5]]
        with (fresh / "ratings.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([[*rows[0], "outcome"], *unscored, *outcome])
        done = cli("evaluate", small_bundle, fresh / "submissions.jsonl", fresh / "ratings.csv", "--json")
        assert json.loads(done.out)["criteria"]["routines"]["n"] == 11


class TestCompare:
    def test_a_bundle_beside_itself_changes_nothing(
        self, fresh: Path, cli: Callable[..., Any], small_bundle: Path
    ) -> None:
        found = json.loads(cli("compare", small_bundle, small_bundle, fresh / "submissions.jsonl", "--json").out)
        assert (found["n"], found["rubric_changed"], found["bundle_changed"]) == (12, False, False)
        assert found["changed_levels"] == []
        assert {one["same_level"] for one in found["criteria"].values()} == {1.0}
        assert all(name in ("suggest -> suggest", "review -> review") for name in found["routes"])

    def test_another_bundle_shows_what_changes(
        self, program: Path, cli: Callable[..., Any], small_bundle: Path
    ) -> None:
        (program / "rubric.json").write_text(json.dumps(rubric_data(version="2.0.0")), encoding="utf-8")
        rows = [one for one in simulated(48)[1] if one.rater_id == "r2"]
        (program / "ratings.csv").write_text(ratings_csv(rows), encoding="utf-8")
        train(cli, program)
        done = cli("compare", small_bundle, program / "out", program / "submissions.jsonl", "--json")
        found = json.loads(done.out)
        assert (done.code, found["rubric_changed"], found["bundle_changed"]) == (0, True, True)
        shown = cli("compare", small_bundle, program / "out", program / "submissions.jsonl")
        assert "same level" in shown.out


class TestRubricAndSchema:
    @pytest.mark.parametrize(
        "path", sorted((Path(__file__).parents[2] / "rubrics").glob("*.yaml")), ids=lambda path: path.stem
    )
    def test_each_rubric_that_comes_with_the_library_holds(self, cli: Callable[..., Any], path: Path) -> None:
        done = cli("rubric", "check", path)
        assert (done.code, done.err) == (0, "")
        assert reviewkit.read_rubric(path).digest in done.out

    def test_a_kind_that_is_read_but_not_asked_for_is_pointed_out(self, program: Path, cli: Callable[..., Any]) -> None:
        data = rubric_data()
        data["criteria"][0]["reads"] = ["video"]
        (program / "rubric.json").write_text(json.dumps(data), encoding="utf-8")
        done = cli("rubric", "check", program / "rubric.json")
        assert done.code == 0
        assert "reads 'video', which the requirements do not ask for" in done.err

    @pytest.mark.parametrize("name", sorted(SCHEMAS))
    def test_each_schema_is_closed_json(self, cli: Callable[..., Any], name: str) -> None:
        done = cli("schema", name)
        schema = json.loads(done.out)
        assert done.code == 0
        assert schema["additionalProperties"] is False
        assert schema["description"]

    def test_the_submissions_schema_asks_for_what_the_contract_asks_for(self, cli: Callable[..., Any]) -> None:
        schema = json.loads(cli("schema", "submission").out)
        assert set(schema["required"]) == {"submission_id", "teacher_id", "rubric_id", "reflection"}


class TestProcess:
    """The command as a process of its own: exit status, streams, and a reader that leaves early."""

    def run(self, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "reviewkit", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, **more)

    def test_a_fault_is_said_on_stderr_with_status_1(self, tmp_path: Path) -> None:
        done = self.run("rubric", "check", str(tmp_path / "none.yaml"))
        assert (done.returncode, done.stdout) == (1, "")
        assert "there is no such file" in done.stderr

    def test_usage_is_said_with_status_2(self) -> None:
        assert self.run("review").returncode == 2

    def test_a_reader_that_leaves_early_makes_no_traceback(self) -> None:
        read, write = os.pipe()
        os.close(read)
        command = [sys.executable, "-m", "reviewkit", "schema", "rubric"]
        done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
        os.close(write)
        assert "Traceback" not in done.stderr
