"""Every kind of bad input that a user can hand in: a clear message, exit 1, no traceback, and nothing half written."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfWriter
from small_programs import rubric_data, simulated

GOOD = [json.loads(one.model_dump_json(exclude_defaults=True)) for one in simulated(3, seed=9)[0]]
HEADER = ["submission_id", "criterion_id", "rater_id", "level"]


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_rows(path: Path, rows: list[Any]) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def changed_ratings(program: Path, *rows: list[str]) -> None:
    with (program / "ratings.csv").open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


class Program:
    """The commands on one small program."""

    def __init__(self, folder: Path, cli: Callable[..., Any], bundle: Path) -> None:
        self.folder, self.cli, self.bundle = folder, cli, bundle

    def train(self, *more: object) -> Any:
        files = [self.folder / name for name in ("rubric.json", "submissions.jsonl", "ratings.csv")]
        return self.cli(
            "train", "--rubric", files[0], "--submissions", files[1], "--ratings", files[2], "--out",
            self.folder / "out", *more,
        )  # fmt: skip

    def evaluate(self) -> Any:
        return self.cli(
            "evaluate", self.bundle, self.folder / "submissions.jsonl", self.folder / "ratings.csv", "--json"
        )

    def review(self, rows: list[Any], *more: object) -> Any:
        write_rows(self.folder / "new.jsonl", rows)
        return self.cli("review", self.bundle, self.folder / "new.jsonl", "--out", self.folder / "reviews.jsonl", *more)

    @property
    def reviewed(self) -> list[dict[str, Any]]:
        return rows_of(self.folder / "reviews.jsonl")

    @property
    def failures(self) -> list[dict[str, Any]]:
        return rows_of(self.folder / "reviews.jsonl.failures.jsonl")


@pytest.fixture
def small(program: Path, cli: Callable[..., Any], small_bundle: Path) -> Program:
    return Program(program, cli, small_bundle)


def faulty_artifact(folder: Path, name: str, content: bytes) -> dict[str, Any]:
    (folder / name).write_bytes(content)
    artifact = {"artifact_id": "plan", "kind": "lesson-plan", "path": name}
    return {**GOOD[0], "submission_id": "faulty", "artifacts": [artifact]}


def scanned_pdf() -> bytes:
    writer, file = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=72, height=72)
    writer.write(file)
    return file.getvalue()


class TestReviewSetsAsideAndGoesOn:
    """One faulty submission between good ones: it is in the failures file, the rest are reviewed, exit 1."""

    @pytest.mark.parametrize(
        ("faulty", "code", "says"),
        [
            ('{"submission_id": "faulty", "teacher_id": "t', "json", "is not JSON"),
            ("[1, 2]", "form", "must be an object"),
            ('{"submission_id": "a", "submission_id": "b"}', "json", "stands twice"),
            ('{"submission_id": "faulty", "reflection": "\\ud800"}', "json", "surrogate"),
            ("[" * 100_000, "json", "nested too deeply"),
            ('{"attempt": ' + "9" * 5000 + "}", "json", "4300"),
            ('{"attempt": NaN}', "json", "NaN"),
            ({**GOOD[0], "submission_id": "faulty", "mood": "glad"}, "form", "mood: is no known field"),
            ({**GOOD[0], "submission_id": "faulty", "reflection": None}, "form", "reflection: found None"),
            ({**GOOD[0], "submission_id": "faulty", "attempt": 0}, "form", "attempt: found 0"),
            ({**GOOD[0], "submission_id": "faulty", "rubric_id": "other"}, "submission", "'other'"),
            ({**GOOD[0], "submission_id": ""}, "form", "submission_id"),
            (GOOD[1], "duplicate-id", "stands on line 1 already"),
            (
                {
                    **GOOD[0],
                    "submission_id": "faulty",
                    "artifacts": [{"artifact_id": "a", "kind": "k", "text": "T."}] * 2,
                },
                "form",
                "'a' stands twice",
            ),
            (
                {**GOOD[0], "submission_id": "faulty", "artifacts": [{"artifact_id": "a", "kind": "k"}]},
                "form",
                "neither of text and path",
            ),
            (
                {
                    **GOOD[0],
                    "submission_id": "faulty",
                    "artifacts": [{"artifact_id": "a", "kind": "k", "path": "../x"}],
                },
                "submission",
                "leaves the submissions' folder",
            ),
        ],
        ids=lambda value: value if isinstance(value, str) and len(value) < 20 else "row",
    )
    def test_a_faulty_line(self, small: Program, faulty: Any, code: str, says: str) -> None:
        done = small.review([GOOD[1], faulty, GOOD[2]])
        assert done.code == 1
        assert "1 submissions were set aside" in done.err
        assert [one["submission_id"] for one in small.reviewed] == [GOOD[1]["submission_id"], GOOD[2]["submission_id"]]
        assert [(one["line"], one["code"]) for one in small.failures] == [(2, code)]
        assert says in small.failures[0]["message"]
        assert "Traceback" not in done.err

    def test_a_line_that_is_not_utf_8(self, small: Program) -> None:
        small.review([])
        raw = [json.dumps(GOOD[0]).encode(), b'{"submission_id": "caf\xe9"}', json.dumps(GOOD[1]).encode()]
        (small.folder / "latin.jsonl").write_bytes(b"\n".join(raw))
        done = small.cli(
            "review", small.bundle, small.folder / "latin.jsonl", "--out", small.folder / "reviews.jsonl", "--force"
        )
        assert done.code == 1
        assert len(small.reviewed) == 2
        assert small.failures[0]["submission_id"] is None
        assert "is not UTF-8" in small.failures[0]["message"]

    @pytest.mark.parametrize(
        ("name", "content", "says"),
        [
            ("scan.pdf", scanned_pdf(), "no-text"),
            ("plan.docx", b"PK\x03\x04 this is no zip", "plan.docx"),
            ("plan.docx", b"just words, no zip at all \xff\xfe\x00", "plan.docx"),
            ("empty.txt", b"", "empty"),
        ],
    )
    def test_a_file_that_yields_no_text(self, small: Program, name: str, content: bytes, says: str) -> None:
        row = faulty_artifact(small.folder, name, content)
        done = small.review([GOOD[1], row, GOOD[2]])
        assert done.code == 1
        assert [one["submission_id"] for one in small.failures] == ["faulty"]
        assert says in small.failures[0]["message"]
        assert len(small.reviewed) == 2

    def test_a_file_that_is_not_there(self, small: Program) -> None:
        plan = {"artifact_id": "plan", "kind": "lesson-plan", "path": "gone.docx"}
        done = small.review([GOOD[1], {**GOOD[0], "artifacts": [plan]}])
        assert (done.code, len(small.reviewed)) == (1, 1)
        assert "gone.docx: there is no such file" in small.failures[0]["message"]

    def test_links_that_lead_in_a_circle(self, small: Program) -> None:
        (small.folder / "one.txt").symlink_to("two.txt")
        (small.folder / "two.txt").symlink_to("one.txt")
        plan = {"artifact_id": "plan", "kind": "lesson-plan", "path": "one.txt"}
        done = small.review([GOOD[1], {**GOOD[0], "artifacts": [plan]}])
        assert (done.code, len(small.reviewed), len(small.failures)) == (1, 1, 1)

    def test_all_faulty_leaves_an_empty_reviews_file(self, small: Program) -> None:
        done = small.review(["{", "["])
        assert (done.code, len(small.failures), small.reviewed) == (1, 2, [])

    def test_an_empty_reflection_goes_back_to_the_teacher(self, small: Program) -> None:
        done = small.review([{**GOOD[0], "reflection": ""}, {**GOOD[1], "reflection": " \n\t "}])
        assert done.code == 0
        assert [one["route"] for one in small.reviewed] == ["return", "return"]
        assert all(one["scores"] == [] and one["award_probability"] is None for one in small.reviewed)
        assert {one["reasons"][0]["code"] for one in small.reviewed} == {"incomplete"}

    def test_a_submissions_file_that_is_not_there(self, small: Program) -> None:
        done = small.cli("review", small.bundle, small.folder / "none.jsonl", "--out", small.folder / "r.jsonl")
        assert done.code == 1
        assert "none.jsonl" in done.err
        assert not list(small.folder.glob("*r.jsonl*"))


class TestTrainListsAllFaultsAndWritesNothing:
    @pytest.mark.parametrize(
        ("row", "says"),
        [
            (["s0-000", "tidiness", "r1", "3"], "criterion 'tidiness' is none of routines, evidence"),
            (["nobody", "routines", "r1", "3"], "submission 'nobody' is rated but not among the submissions"),
            (["s0-000", "routines", "r9", "7"], "level 7 is none of routines's levels 1, 2, 3, 4"),
            (["s0-000", "routines", "r9", "2.5"], "level 2.5 is none of"),
            (["s0-000", "routines", "r9", "three"], "level is 'three'"),
            (["s0-000", "routines", "r9", "nan"], "levels are finite numbers"),
            (["s0-000", "routines", "r9", ""], "has no level"),
            (["s0-000", "routines", "r1", "3"], "stands at"),
            (["s0-000", "routines", "", "3"], "rater_id"),
            (["s0-000", "routines", "r9"], "has 3 cells, but the header has 4"),
        ],
    )
    def test_a_faulty_rating(self, small: Program, row: list[str], says: str) -> None:
        changed_ratings(small.folder, row)
        done = small.train()
        assert done.code == 1
        assert says in done.err
        assert "ratings.csv:194" in done.err
        assert not (small.folder / "out").exists()
        assert "Traceback" not in done.err

    def test_every_fault_is_listed_at_once(self, small: Program) -> None:
        changed_ratings(small.folder, ["s0-000", "tidiness", "r1", "3"], ["nobody", "routines", "r1", "9"])
        with (small.folder / "submissions.jsonl").open("a", encoding="utf-8") as file:
            file.write("{\n")
        done = small.train()
        assert done.code == 1
        assert all(says in done.err for says in ("submissions.jsonl:49", "'tidiness'", "'nobody'", "level 9"))

    def test_evaluate_lists_the_same_faults(self, small: Program) -> None:
        changed_ratings(small.folder, ["s0-000", "tidiness", "r1", "3"], ["nobody", "routines", "r1", "9"])
        done = small.evaluate()
        assert (done.code, done.out) == (1, "")
        assert all(says in done.err for says in ("'tidiness'", "'nobody'", "level 9"))

    def test_ratings_that_are_not_utf_8(self, small: Program) -> None:
        (small.folder / "ratings.csv").write_bytes(b"submission_id,criterion_id,rater_id,level\ncaf\xe9,a,b,1\n")
        done = small.train()
        assert done.code == 1
        assert "ratings.csv: byte 45 is not UTF-8" in done.err

    @pytest.mark.parametrize(
        ("header", "says"),
        [
            ("submission_id,criterion_id,rater_id", "has no column level"),
            ("submission_id,criterion_id,rater_id,level,level", "column level stands twice"),
            ("", "has no column"),
        ],
    )
    def test_a_faulty_header(self, small: Program, header: str, says: str) -> None:
        (small.folder / "ratings.csv").write_text(header + "\n", encoding="utf-8")
        done = small.train()
        assert done.code == 1
        assert says in done.err

    def test_no_rating_at_all(self, small: Program) -> None:
        (small.folder / "ratings.csv").write_text(",".join(HEADER) + "\n", encoding="utf-8")
        assert "holds no rating" in small.train().err

    def test_an_empty_blind_cell(self, small: Program) -> None:
        text = "submission_id,criterion_id,rater_id,level,blind\ns0-000,routines,r1,3,\n"
        (small.folder / "ratings.csv").write_text(text, encoding="utf-8")
        done = small.train()
        assert done.code == 1
        assert "ratings.csv:2: blind is ''" in done.err

    def test_a_level_on_what_is_not_scorable(self, small: Program) -> None:
        text = "submission_id,criterion_id,rater_id,level,outcome\ns0-000,routines,r1,3,not-scorable\n"
        (small.folder / "ratings.csv").write_text(text, encoding="utf-8")
        assert "is not-scorable and has a level" in small.train().err

    def test_quotes_that_do_not_close(self, small: Program) -> None:
        (small.folder / "ratings.csv").write_text(",".join(HEADER) + '\n"s0,routines,r1,3\n', encoding="utf-8")
        assert "is not CSV" in small.train().err

    def test_a_rated_submission_for_another_rubric(self, small: Program) -> None:
        rows = rows_of(small.folder / "submissions.jsonl")
        write_rows(small.folder / "submissions.jsonl", [{**rows[0], "rubric_id": "other"}, *rows[1:]])
        done = small.train()
        assert done.code == 1
        assert "'s0-000' was handed in for rubric 'other', not for 'small'" in done.err

    def test_a_rated_submission_whose_file_is_missing(self, small: Program) -> None:
        rows = rows_of(small.folder / "submissions.jsonl")
        gone = [{"artifact_id": "plan", "kind": "lesson-plan", "path": "gone.docx"}]
        write_rows(small.folder / "submissions.jsonl", [{**rows[0], "artifacts": gone}, *rows[1:]])
        done = small.train()
        assert done.code == 1
        assert "gone.docx" in done.err
        assert not (small.folder / "out").exists()

    def test_the_same_submission_twice(self, small: Program) -> None:
        rows = rows_of(small.folder / "submissions.jsonl")
        write_rows(small.folder / "submissions.jsonl", [*rows, rows[0]])
        assert "stands on line 1 already" in small.train().err


class TestFaultyRubrics:
    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (lambda d: d["criteria"][0]["levels"].reverse(), "list levels from lowest to highest, each number once"),
            (lambda d: d["criteria"][0]["levels"][1].update(level=1), "follows level 1"),
            (
                lambda d: d["criteria"][0].update(required_level=2.5),
                "required_level is 2.5, but the levels are 1, 2, 3, 4",
            ),
            (lambda d: d["criteria"][0].update(reads=[]), "reads is empty"),
            (lambda d: d["criteria"][0].update(levels=d["criteria"][0]["levels"][:1]), "criteria[0].levels"),
            (lambda d: d.update(criteria=[]), "criteria"),
            (lambda d: d["criteria"][1].update(id="routines"), "id 'routines' stands twice"),
            (lambda d: d["criteria"][0].update(weight=2), "criteria[0].weight: is no known field"),
            (lambda d: d.update(record_rule="mean"), "record_rule: found 'mean'"),
            (lambda d: d.update(award={"rule": "weighted-total", "weights": {"tidiness": 1}, "cut": 1}), "'tidiness'"),
            (lambda d: d.update(award={"rule": "majority"}), "award"),
            (lambda d: d["requirements"]["reflection"].update(max_words=2), "min_words is 8, above max_words 2"),
            (lambda d: d.update(format="reviewkit/rubric/2"), "format: found 'reviewkit/rubric/2'"),
            (lambda d: d.pop("title"), "title: is missing"),
        ],
    )
    def test_check_and_train_say_what_is_wrong(self, small: Program, change: Callable[[Any], Any], says: str) -> None:
        data = json.loads(json.dumps(rubric_data()))
        change(data)
        (small.folder / "rubric.json").write_text(json.dumps(data), encoding="utf-8")
        checked, trained = small.cli("rubric", "check", small.folder / "rubric.json"), small.train()
        assert (checked.code, trained.code, checked.out, trained.out) == (1, 1, "", "")
        assert says in checked.err
        assert says in trained.err
        assert "rubric.json" in checked.err
        assert not (small.folder / "out").exists()

    @pytest.mark.parametrize(
        ("raw", "says"),
        [
            (b"id: caf\xe9", "byte 7 is not UTF-8"),
            (b"a: 1\na: 2\n", "key 'a' stands twice"),
            (b"a: [", "is not YAML"),
            (b"? [a, b]\n: 1\n", "a key is no plain text"),
            (b'!!python/object/apply:os.system ["true"]', "could not determine a constructor"),
            (b"", "must be an object"),
            (b"- " * 3000, "must be an object"),
        ],
    )
    def test_a_file_that_is_no_rubric(self, small: Program, raw: bytes, says: str) -> None:
        (small.folder / "bad.yaml").write_bytes(raw)
        done = small.cli("rubric", "check", small.folder / "bad.yaml")
        assert done.code == 1
        assert says in done.err
        assert "Traceback" not in done.err

    def test_one_faulty_rubric_does_not_hide_the_others(self, small: Program) -> None:
        (small.folder / "bad.yaml").write_text("a: 1\n", encoding="utf-8")
        done = small.cli(
            "rubric", "check", small.folder / "bad.yaml", small.folder / "rubric.json", small.folder / "no.yaml"
        )
        assert done.code == 1
        assert "rubric.json: well" in done.out
        assert "2 of 3 rubrics are faulty" in done.err

    def test_aliases_that_grow_without_bound_are_not_written_out(self, small: Program) -> None:
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
        lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
        (small.folder / "bomb.yaml").write_text("\n".join(lines), encoding="utf-8")
        done = small.cli("rubric", "check", small.folder / "bomb.yaml")
        assert done.code == 1
        assert len(done.err) < 5000
