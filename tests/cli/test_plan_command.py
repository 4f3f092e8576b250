"""``reviewkit plan``: hours against false awards, worked by hand for four teachers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_programs import json_lines, rubric_data, simulated, small_rubric

from reviewkit import ReviewRecord, json_text

AWARD = {"award": {"rule": "all-criteria"}}
FIRST, SECOND, RECORD, MACHINE = (3, 3, 2, 3), (3, 2, 2, 3), (3, 2, 2, 3), (3, 3, 2, 3)
SURE = (0.95, 0.6, 0.9, 0.9)


def review(submission_id: str, *, level: int, sure: float) -> ReviewRecord:
    rubric = small_rubric(**AWARD)
    chance = sure if level >= 3 else 1 - sure
    score = {
        "level": level, "expected_level": level, "probabilities": {"1": 0, "2": 0, "3": 0, "4": 0} | {str(level): 1},
        "prediction_set": [level], "coverage_level": 0.9, "p_meets_required": chance, "rater_disagreement": None,
        "stands": False, "cold": False,
    }  # fmt: skip
    return ReviewRecord.model_validate(
        {
            "submission_id": submission_id, "attempt": 1, "bundle_digest": None, "certificate": None,
            "rubric": {"id": rubric.id, "version": rubric.version, "digest": rubric.digest}, "route": "review",
            "review_probability": 1, "reasons": [{"code": "uncertified"}], "findings": [], "parts": [],
            "award_probability": chance, "scores": [{"criterion_id": one, **score} for one in rubric.criterion_ids],
        }
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four teachers; the first rater is too kind to the second of them, and an adjudication says so."""
    submissions, _ = simulated(4)
    ids = [one.submission_id for one in submissions]
    rows = ["submission_id,criterion_id,rater_id,level,role"]
    for rater, levels, role in (("a", FIRST, "rating"), ("b", SECOND, "rating"), ("c", RECORD, "adjudication")):
        rows += [f"{one},{name},{rater},{level},{role}" for one, level in zip(ids, levels, strict=True)
                 for name in ("routines", "evidence")]  # fmt: skip
    reviews = [review(one, level=level, sure=sure) for one, level, sure in zip(ids, MACHINE, SURE, strict=True)]
    (tmp_path / "T.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "S.jsonl").write_text(json_lines(submissions), encoding="utf-8")
    (tmp_path / "rubric.json").write_text(json.dumps(rubric_data(**AWARD)), encoding="utf-8")
    (tmp_path / "reviews.jsonl").write_text("".join(json_text(one) + "\n" for one in reviews), encoding="utf-8")
    return tmp_path


@pytest.fixture
def plan(folder: Path, cli: Callable[..., Any]) -> Callable[..., Any]:
    def run(*more: object) -> Any:
        return cli(
            "plan", folder / "reviews.jsonl", folder / "T.csv", "--rubric", folder / "rubric.json", "--submissions",
            folder / "S.jsonl", "--minutes", 30, "--minutes-adjudication", 30, "--n", 100, *more,
        )  # fmt: skip

    return run


class TestThePlan:
    def test_hours_and_false_awards_are_those_worked_by_hand(self, plan: Callable[..., Any]) -> None:
        found = json.loads(plan("--json").out)
        rows = {one["way"]: (one["hours"]["value"], one["false_awards"]["value"]) for one in found["table"]}
        assert (found["n_rated"], found["n_teachers"], found["n_submissions"]) == (4, 4, 100)
        # 100 readings of 30 minutes; of four first readings one awards too much
        assert rows["single"] == (50, 25)
        # 200 readings, and every fourth submission adjudicated
        assert rows["double"] == (112.5, 0)

    def test_ways_with_a_threshold_stand_in_the_table_only_where_it_is_given(self, plan: Callable[..., Any]) -> None:
        assert len(json.loads(plan("--json").out)["table"]) == 3
        assert len(json.loads(plan("--json", "--min-probability", 0.9).out)["table"]) == 6

    def test_the_table_and_the_curve_stand_apart_and_each_way_is_explained(self, plan: Callable[..., Any]) -> None:
        out = plan().out
        assert out.index("90% intervals") < out.index("By threshold") < out.index("single: one person reads.")
        assert "pre-screen-then-double: the same" in out

    def test_what_a_finding_holds_back_is_never_counted_on(self, plan: Callable[..., Any], folder: Path) -> None:
        text = (folder / "reviews.jsonl").read_text(encoding="utf-8").replace('"uncertified"', '"unfamiliar"')
        (folder / "reviews.jsonl").write_text(text, encoding="utf-8")
        rows = json.loads(plan("--json", "--min-probability", 0.5).out)["table"]
        hours = {one["way"]: one["hours"]["value"] for one in rows}
        assert hours["pre-screen-then-single"] == hours["single"] == 50

    def test_the_cheapest_way_within_a_bound_is_named_or_none(self, plan: Callable[..., Any]) -> None:
        assert "Cheapest with at most 100 false awards: " in plan("--max-false-awards", 100).out
        assert "no way is that sure" in plan("--max-false-awards", 0).out


class TestRefusals:
    def test_without_second_readings_there_is_nothing_to_plan_from(
        self, plan: Callable[..., Any], folder: Path
    ) -> None:
        rows = [row for row in (folder / "T.csv").read_text(encoding="utf-8").splitlines() if ",b," not in row]
        (folder / "T.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        done = plan()
        assert (done.code, done.out) == (1, "")
        assert "4 submissions were scored, and none of them was rated blind by two people" in done.err

    def test_a_rubric_without_an_award_has_no_false_ones(self, plan: Callable[..., Any], folder: Path) -> None:
        data = rubric_data(award=None)
        data["criteria"] = [{key: value for key, value in one.items() if key != "required_level"}
                            for one in data["criteria"]]  # fmt: skip
        (folder / "rubric.json").write_text(json.dumps(data), encoding="utf-8")
        done = plan()
        assert done.code == 1
        assert "defines no award" in done.err

    def test_minutes_have_to_be_given(self, folder: Path, cli: Callable[..., Any]) -> None:
        assert cli("plan", folder / "reviews.jsonl", folder / "T.csv").code == 2
