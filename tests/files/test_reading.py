"""Reading: what is taken, and where each fault says it is."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_programs import json_lines, ratings_csv, simulated, small_rubric

from reviewkit import (
    Failure,
    FileFormatError,
    RatingsError,
    RubricError,
    SubmissionError,
    check_ratings,
    iter_submissions,
    read_json_lines,
    read_ratings,
    read_rubric,
    read_submissions,
)
from reviewkit.files.documents import strict_json
from reviewkit.files.faults import found, key_path
from reviewkit.records import Rating, Reason

HEADER = "submission_id,criterion_id,rater_id,level"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def rating(**changes: object) -> Rating:
    fields = {"submission_id": "s1", "criterion_id": "routines", "rater_id": "r1", "level": 3.0}
    return Rating.model_validate({**fields, **changes})


class TestSubmissions:
    def test_what_was_written_is_read_back(self, tmp_path: Path) -> None:
        submissions = simulated(5)[0]
        assert read_submissions(written(tmp_path / "s.jsonl", json_lines(submissions))) == submissions

    def test_a_fault_comes_where_it_stands_and_the_rest_is_read(self, tmp_path: Path) -> None:
        lines = json_lines(simulated(3)[0]).splitlines()
        path = written(tmp_path / "s.jsonl", "\n".join([lines[0], "", lines[1][:40], lines[2]]))
        rows = list(iter_submissions(path))
        assert [row.line for row in rows] == [1, 3, 4]
        assert [isinstance(row, Failure) for row in rows] == [False, True, False]

    def test_a_whole_file_lists_every_fault(self, tmp_path: Path) -> None:
        path = written(tmp_path / "s.jsonl", "{\n[]\n")
        with pytest.raises(SubmissionError, match="2 of 2 submissions are faulty") as caught:
            read_submissions(path)
        assert [fault.split(": ")[0] for fault in caught.value.faults] == [f"{path}:1", f"{path}:2"]

    def test_a_duplicate_is_told_by_its_id_and_both_lines(self, tmp_path: Path) -> None:
        line = json_lines(simulated(1)[0])
        duplicate = list(iter_submissions(written(tmp_path / "s.jsonl", line + line)))[1]
        assert (duplicate.line, duplicate.submission_id, duplicate.code) == (2, "s0-000", "duplicate-id")  # type: ignore[union-attr]

    def test_a_file_that_is_none(self, tmp_path: Path) -> None:
        with pytest.raises(SubmissionError, match=r"cannot be read \(No such file or directory\); check the path"):
            list(iter_submissions(tmp_path / "none.jsonl"))

    def test_any_record_is_read_from_lines_and_a_fault_names_its_line(self, tmp_path: Path) -> None:
        path = written(tmp_path / "r.jsonl", '{"code": "cold"}\n{"code": "warm"}\n')
        rows = read_json_lines(path, Reason)
        assert next(rows).code == "cold"
        with pytest.raises(FileFormatError, match=r"r\.jsonl:2: code: found 'warm', but it must be 'borderline'"):
            next(rows)


class TestRatings:
    def test_what_was_written_is_read_back(self, tmp_path: Path) -> None:
        ratings = simulated(4)[1]
        assert read_ratings(written(tmp_path / "t.csv", ratings_csv(ratings))).ratings == ratings

    def test_every_optional_column_is_taken(self, tmp_path: Path) -> None:
        rows = [
            f"{HEADER},blind,role,outcome,rationale,rated_at",
            's1,routines,r1,3.0,false,adjudication,scored,"Well, clear.",2025-01-02T03:04:05',
            "s1,routines,r2,,TRUE,,not-scorable,,",
        ]
        first, second = read_ratings(written(tmp_path / "t.csv", "\n".join(rows))).ratings
        assert (first.level, first.blind, first.role, first.rationale) == (3.0, False, "adjudication", "Well, clear.")
        assert first.rated_at is not None
        assert (second.level, second.blind, second.role, second.outcome) == (None, True, "rating", "not-scorable")

    def test_without_the_column_a_rating_was_blind(self, tmp_path: Path) -> None:
        assert read_ratings(written(tmp_path / "t.csv", f"{HEADER}\ns1,a,r1,1\n")).ratings[0].blind

    def test_columns_may_stand_in_any_order(self, tmp_path: Path) -> None:
        path = written(tmp_path / "t.csv", "level,rater_id,submission_id,criterion_id\n1.5,r1,s1,a\n")
        assert read_ratings(path).ratings == [rating(criterion_id="a", level=1.5)]

    def test_unknown_columns_are_named(self, tmp_path: Path) -> None:
        given = read_ratings(written(tmp_path / "t.csv", f"{HEADER},mood\ns1,a,r1,1,glad\n"))
        assert given.warnings == [f"{tmp_path / 't.csv'}: column 'mood' is not known and was left alone"]

    def test_a_fault_after_a_cell_of_several_lines_names_its_line(self, tmp_path: Path) -> None:
        path = written(tmp_path / "t.csv", f'{HEADER},rationale\ns1,a,r1,1,"one\ntwo"\ns1,a,r2,x,\n')
        with pytest.raises(RatingsError, match=r"t\.csv:4: level is 'x'"):
            read_ratings(path)

    def test_two_adjudications_of_one_case_contradict_each_other(self) -> None:
        rows = [rating(role="adjudication"), rating(role="adjudication", rater_id="r2")]
        with pytest.raises(RatingsError, match=r"ratings\[1\]: adjudication .* stands at ratings\[0\] already"):
            check_ratings(rows)

    def test_a_rating_and_its_adjudication_by_one_person_do_not(self) -> None:
        check_ratings([rating(), rating(role="adjudication")])

    def test_faults_of_memory_name_their_place(self) -> None:
        rows = [rating(criterion_id="tidiness"), rating(level=9)]
        with pytest.raises(RatingsError) as caught:
            check_ratings(rows, rubric=small_rubric(), submission_ids=["other"])
        assert [fault.split(":")[0] for fault in caught.value.faults] == [
            "ratings[0]",
            "ratings[0]",
            "ratings[1]",
            "ratings[1]",
        ]


class TestDocuments:
    def test_a_fault_carries_its_key_path(self, tmp_path: Path) -> None:
        path = written(tmp_path / "r.yaml", "format: reviewkit/rubric/1\nid: r\nversion: 1.0\ntitle: R\ncriteria: []\n")
        with pytest.raises(RubricError) as caught:
            read_rubric(path)
        assert f"{path}: version: found 1.0, but it must be text" in caught.value.faults

    def test_the_message_for_levels_out_of_order_is_the_one_of_the_design(self, tmp_path: Path) -> None:
        levels = [{"level": 3, "name": "Proficient"}, {"level": 3, "name": "Exemplary"}]
        data = {"format": "reviewkit/rubric/1", "id": "r", "version": "1", "title": "R"}
        path = written(
            tmp_path / "r.json", json.dumps(data | {"criteria": [{"id": "a", "title": "A", "levels": levels}]})
        )
        with pytest.raises(RubricError) as caught:
            read_rubric(path)
        assert str(caught.value) == (
            f"{path}: criteria[0]: level 3 (Exemplary) follows level 3 (Proficient); "
            "list levels from lowest to highest, each number once"
        )

    def test_dates_stay_text(self, tmp_path: Path) -> None:
        levels = "[{level: 1, name: 'No'}, {level: 2, name: 'Yes'}]"
        text = "format: reviewkit/rubric/1\nid: r\nversion: 2025-01-02\ntitle: R\n"
        path = written(tmp_path / "r.yaml", f"{text}criteria: [{{id: a, title: A, levels: {levels}}}]\n")
        assert read_rubric(path).version == "2025-01-02"

    @given(JSON)
    @settings(max_examples=50)
    def test_json_is_read_back(self, value: object) -> None:
        assert strict_json(json.dumps(value)) == value

    @pytest.mark.parametrize(
        "text", ["NaN", "[Infinity]", '{"a": -Infinity}', '{"a": 1, "a": 1}', '"\\ud800"', "[" * 99999]
    )
    def test_json_that_others_read_otherwise_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"NaN|Infinity|twice|surrogate|deeply"):
            strict_json(text)


class TestFaults:
    def test_a_key_path_reads_as_a_person_writes_it(self) -> None:
        assert key_path(("award", "all-criteria", "rule")) == "award.rule"
        assert key_path(()) == ""

    @pytest.mark.parametrize("value", ["x" * 10_000, list(range(10_000)), {n: n for n in range(999)}, b"y" * 999])
    def test_what_was_found_is_cut(self, value: object) -> None:
        assert len(found(value)) <= 60
