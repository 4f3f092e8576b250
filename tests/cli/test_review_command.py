"""``reviewkit review``: the contract of reviews.jsonl, exit codes, and outputs that are whole or not there."""

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from small_programs import HashEncoder, json_lines, simulated, small_rubric

from reviewkit import load_bundle

TOP = (
    "schema", "submission_id", "attempt", "rubric", "bundle_digest", "route", "review_probability", "certificate",
    "reasons", "findings", "parts", "award_probability", "scores",
)  # fmt: skip
SCORE = (
    "criterion_id", "level", "expected_level", "probabilities", "prediction_set", "coverage_level", "p_meets_required",
    "rater_disagreement", "linked_level", "stands", "cold", "evidence", "next_level",
)  # fmt: skip
EVIDENCE = ("part", "start", "end", "text", "weight", "move", "move_probability")
GOOD = [json.loads(one.model_dump_json(exclude_defaults=True)) for one in simulated(5, seed=9)[0]]


def numbers_in(value: Any) -> Iterator[float]:
    match value:
        case dict():
            for one in value.values():
                yield from numbers_in(one)
        case list():
            for one in value:
                yield from numbers_in(one)
        case float():
            yield value


@pytest.fixture
def review(small_bundle: Path, tmp_path: Path, cli: Callable[..., Any]) -> Callable[..., Any]:
    """Review rows with the small bundle; returns the run and the reviews."""

    def run(rows: list[Any], *more: object) -> Any:
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (tmp_path / "new.jsonl").write_text(text, encoding="utf-8")
        done = cli("review", small_bundle, tmp_path / "new.jsonl", "--out", tmp_path / "reviews.jsonl", *more)
        lines = (tmp_path / "reviews.jsonl").read_text(encoding="utf-8").splitlines()
        return done, [json.loads(line) for line in lines]

    return run


class TestTheContract:
    def test_a_line_holds_exactly_the_fields_in_their_order(self, review: Callable[..., Any]) -> None:
        _, reviews = review(GOOD)
        assert {tuple(one) for one in reviews} == {TOP}
        assert {tuple(score) for one in reviews for score in one["scores"]} == {SCORE}
        assert {tuple(one["rubric"]) for one in reviews} == {("id", "version", "digest")}
        assert {tuple(part) for one in reviews for part in one["parts"]} == {("part", "n_chars", "sha256")}
        assert {tuple(row) for one in reviews for row in one["reasons"]} == {("code", "criterion_id", "value", "bound")}
        evidence = [row for one in reviews for score in one["scores"] for row in score["evidence"]]
        assert {tuple(row) for row in evidence} == {EVIDENCE}
        following = [score["next_level"] for one in reviews for score in one["scores"] if score["next_level"]]
        assert {tuple(row) for row in following} == {("level", "missing")}

    def test_reviews_stand_in_the_order_of_the_input(self, review: Callable[..., Any]) -> None:
        _, reviews = review(GOOD[::-1])
        assert [one["submission_id"] for one in reviews] == [row["submission_id"] for row in GOOD[::-1]]

    def test_probabilities_sum_to_1_and_the_level_is_their_highest(self, review: Callable[..., Any]) -> None:
        _, reviews = review(GOOD)
        for score in (score for one in reviews for score in one["scores"]):
            assert math.isclose(sum(score["probabilities"].values()), 1, abs_tol=1e-6)
            assert list(score["probabilities"]) == ["1", "2", "3", "4"]
            assert score["probabilities"][str(score["level"])] == max(score["probabilities"].values())
            assert score["level"] in score["prediction_set"]
            low, high = score["prediction_set"][0], score["prediction_set"][-1]
            assert score["prediction_set"] == list(range(low, high + 1))

    def test_numbers_have_six_decimals_at_most_and_none_is_nan(
        self, review: Callable[..., Any], tmp_path: Path
    ) -> None:
        _, reviews = review(GOOD)
        assert all(round(number, 6) == number for number in numbers_in(reviews))
        raw = (tmp_path / "reviews.jsonl").read_text(encoding="utf-8")
        assert "NaN" not in raw
        assert "Infinity" not in raw

    def test_evidence_is_the_text_that_its_span_points_at(self, review: Callable[..., Any]) -> None:
        _, reviews = review(GOOD)
        text = {
            row["submission_id"]: {"reflection": row["reflection"], "plan": row["artifacts"][0]["text"]} for row in GOOD
        }
        for one in reviews:
            for piece in (piece for score in one["scores"] for piece in score["evidence"]):
                whole = text[one["submission_id"]][piece["part"]]
                assert whole[piece["start"] : piece["end"]] == piece["text"]
                assert piece["weight"] > 0

    def test_the_digests_are_those_of_rubric_and_bundle(self, review: Callable[..., Any], small_bundle: Path) -> None:
        _, reviews = review(GOOD[:1])
        assert reviews[0]["rubric"] == {"id": "small", "version": "1.0.0", "digest": small_rubric().digest}
        assert reviews[0]["bundle_digest"] == load_bundle(small_bundle, encoder=HashEncoder()).digest

    def test_without_a_certificate_all_goes_to_review_and_says_why(self, review: Callable[..., Any]) -> None:
        done, reviews = review(GOOD)
        assert done.out == "suggest: 0, review: 5, return: 0\n"
        assert all(one["certificate"] is None and one["review_probability"] == 1 for one in reviews)
        assert all("uncertified" in [row["code"] for row in one["reasons"]] for one in reviews)
        assert not any(score["stands"] for one in reviews for score in one["scores"])

    def test_uncertified_suggestions_stand_where_that_is_allowed(self, review: Callable[..., Any]) -> None:
        _, reviews = review(GOOD, "--allow-uncertified")
        codes = {row["code"] for one in reviews for row in one["reasons"]}
        assert "uncertified" not in codes
        assert all(one["certificate"] is None for one in reviews)
        assert any(score["stands"] for one in reviews for score in one["scores"])

    def test_an_audit_share_of_1_reviews_all_and_keeps_the_share(self, review: Callable[..., Any]) -> None:
        _, reviews = review(GOOD, "--allow-uncertified", "--audit-share", "1")
        assert {one["route"] for one in reviews} == {"review"}
        assert {one["review_probability"] for one in reviews} == {1}

    def test_attempt_and_metadata_and_groups_are_taken(self, review: Callable[..., Any]) -> None:
        more = {"attempt": 2, "previous_submission_id": "old", "submitted_at": "2025-01-02T03:04:05Z"}
        extra = {"groups": {"school": "north", "year": 3, "new": None}, "metadata": {"course": {"id": [1, 2]}}}
        done, reviews = review([{**GOOD[0], **more, **extra}])
        assert done.code == 0
        assert reviews[0]["attempt"] == 2


class TestIds:
    @pytest.mark.parametrize(
        "name", ["Ünï-çödé-名前", "a/b/../c", "..", "con", "x" * 200, "a\\b", "<b>&'\"", "😀", "CAFÉ"]
    )
    def test_any_id_is_kept_and_gets_its_pages(self, review: Callable[..., Any], tmp_path: Path, name: str) -> None:
        done, reviews = review([{**GOOD[0], "submission_id": name}, GOOD[1]], "--html", tmp_path / "pages")
        assert done.code == 0
        assert reviews[0]["submission_id"] == name
        assert (tmp_path / "pages" / "index.html").is_file()
        assert all(path.resolve().is_relative_to(tmp_path / "pages") for path in (tmp_path / "pages").rglob("*"))


class TestFilesAsTheyCome:
    @pytest.mark.parametrize("ending", ["\n", "\r\n", "\n\n", "\r\n \r\n"])
    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    def test_line_ends_blank_lines_and_a_byte_order_mark(
        self, small_bundle: Path, tmp_path: Path, cli: Callable[..., Any], ending: str, mark: str
    ) -> None:
        raw = mark + ending.join(json.dumps(row, ensure_ascii=False) for row in GOOD[:3]) + ending
        (tmp_path / "new.jsonl").write_bytes(raw.encode())
        done = cli("review", small_bundle, tmp_path / "new.jsonl", "--out", tmp_path / "reviews.jsonl")
        assert done.code == 0
        assert len((tmp_path / "reviews.jsonl").read_text(encoding="utf-8").splitlines()) == 3

    def test_an_empty_file_gives_an_empty_file(self, review: Callable[..., Any]) -> None:
        done, reviews = review([])
        assert (done.code, done.out, reviews) == (0, "suggest: 0, review: 0, return: 0\n", [])

    def test_ten_thousand_words(self, review: Callable[..., Any]) -> None:
        done, reviews = review([{**GOOD[0], "reflection": GOOD[0]["reflection"] + " I counted three calls." * 2500}])
        assert done.code == 0
        assert len(reviews[0]["scores"]) == 2

    def test_words_without_end(self, review: Callable[..., Any]) -> None:
        done, reviews = review([{**GOOD[0], "reflection": "quiet " * 600}, {**GOOD[1], "reflection": "静" * 5000}])
        assert done.code == 0
        assert len(reviews) == 2


class TestOutputs:
    def test_an_output_that_stands_is_refused_and_left_alone(
        self, small_bundle: Path, tmp_path: Path, cli: Callable[..., Any]
    ) -> None:
        (tmp_path / "new.jsonl").write_text(json_lines(simulated(1, seed=9)[0]), encoding="utf-8")
        (tmp_path / "out.jsonl").write_text("old", encoding="utf-8")
        done = cli("review", small_bundle, tmp_path / "new.jsonl", "--out", tmp_path / "out.jsonl")
        assert done.code == 1
        assert "stands already; name another output, or replace it with --force" in done.err
        assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == "old"

    @pytest.mark.parametrize("standing", ["out.jsonl.failures.jsonl", "pages"])
    def test_old_failures_and_pages_are_refused_too(
        self, small_bundle: Path, tmp_path: Path, cli: Callable[..., Any], standing: str
    ) -> None:
        (tmp_path / "new.jsonl").write_text(json_lines(simulated(1, seed=9)[0]), encoding="utf-8")
        (tmp_path / standing).mkdir()
        (tmp_path / standing / "old.html").touch()
        out = ("--out", tmp_path / "out.jsonl", "--html", tmp_path / "pages")
        done = cli("review", small_bundle, tmp_path / "new.jsonl", *out)
        assert done.code == 1
        assert standing in done.err
        assert not (tmp_path / "out.jsonl").exists()

    def test_force_replaces_and_clears_old_failures(self, review: Callable[..., Any], tmp_path: Path) -> None:
        first, _ = review([GOOD[0], "{"])
        second, reviews = review([GOOD[0]], "--force")
        assert (first.code, second.code, len(reviews)) == (1, 0, 1)
        assert not (tmp_path / "reviews.jsonl.failures.jsonl").exists()

    def test_a_folder_in_place_of_the_output_is_said(
        self, small_bundle: Path, tmp_path: Path, cli: Callable[..., Any]
    ) -> None:
        (tmp_path / "new.jsonl").write_text(json_lines(simulated(1, seed=9)[0]), encoding="utf-8")
        (tmp_path / "out.jsonl").mkdir()
        done = cli("review", small_bundle, tmp_path / "new.jsonl", "--out", tmp_path / "out.jsonl", "--force")
        assert done.code == 1
        assert "out.jsonl" in done.err

    def test_nothing_unfinished_is_left_behind(self, review: Callable[..., Any], tmp_path: Path) -> None:
        review([GOOD[0], "{"])
        assert not list(tmp_path.glob(".*"))

    def test_each_submission_gets_a_sheet_and_the_teacher_a_page(
        self, review: Callable[..., Any], tmp_path: Path
    ) -> None:
        done, _ = review(GOOD, "--html", tmp_path / "pages")
        assert done.code == 0
        assert len(list((tmp_path / "pages").rglob("*.html"))) == 2 * len(GOOD) + 1


class TestUsage:
    @pytest.mark.parametrize(
        "arguments",
        [
            ("review",),
            ("review", "bundle", "new.jsonl"),
            ("review", "bundle", "new.jsonl", "--out", "o", "--audit-share", "1.5"),
            ("review", "bundle", "new.jsonl", "--out", "o", "--audit-share", "nan"),
            ("review", "bundle", "new.jsonl", "--out", "o", "--mood", "glad"),
            ("train", "--rubric", "r.yaml"),
            ("train", "--rubric", "r", "--submissions", "s", "--ratings", "t", "--out", "o", "--seed", "one"),
            ("train", "--rubric", "r", "--submissions", "s", "--ratings", "t", "--out", "o", "--coverage", "2"),
            ("schema", "nothing"),
            ("schema",),
            ("nothing",),
            ("rubric", "nothing"),
        ],
    )
    def test_wrong_usage_exits_2_and_prints_no_result(
        self, cli: Callable[..., Any], arguments: tuple[str, ...]
    ) -> None:
        done = cli(*arguments)
        assert (done.code, done.out) == (2, "")
        assert "Traceback" not in done.err

    @pytest.mark.parametrize(
        "command",
        [(), ("train",), ("review",), ("evaluate",), ("compare",), ("schema",), ("demo",), ("rubric", "check")],
    )
    def test_help_exits_0(self, cli: Callable[..., Any], command: tuple[str, ...]) -> None:
        done = cli(*command, "--help")
        assert done.code == 0
        assert "Usage: reviewkit" in done.out
