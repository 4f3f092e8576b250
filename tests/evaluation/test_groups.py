"""Fair scores: figures of groups by hand, limits, small groups, and groups told from a file."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_evaluate_reviews import RUBRIC, ratings, review

from reviewkit import GroupSettings, SubmissionError, add_groups, group_scores
from reviewkit.evaluation.groups import GroupScores
from reviewkit.records import ReviewRecord, Submission

EVERY = GroupSettings(small_cell=2)


def submission(name: str, **groups: Any) -> Submission:
    return Submission(submission_id=name, teacher_id=f"t-{name}", rubric_id="r", reflection="x", groups=groups)


def program(levels: dict[str, tuple[float, float]], **region: str) -> dict[str, GroupScores]:
    """Submissions with the machine's level and a record, and their region; groups by name."""
    reviews = [review(name, machine) for name, (machine, _) in levels.items()]
    given = ratings(**{name: (record,) for name, (_, record) in levels.items()})
    told = [submission(name, region=region[name]) for name in levels if name in region]
    found = group_scores(reviews, given, rubric=RUBRIC, submissions=told, settings=EVERY)
    return {one.group: one for one in found}


NORTH = {"a": (1, 1), "b": (1.5, 1.5), "c": (3, 3)}
SOUTH = {"d": (3, 1), "e": (3, 1.5), "f": (3, 3)}


@pytest.fixture
def two() -> dict[str, GroupScores]:
    return program(NORTH | SOUTH, **dict.fromkeys(NORTH, "North"), **dict.fromkeys(SOUTH, "South"))


class TestFigures:
    def test_the_mean_difference_is_in_the_groups_own_standard_deviations(self, two: dict[str, GroupScores]) -> None:
        """South: machine 3, record mean 1.8333, sd .849837: (3 - 1.8333) / .849837 = 1.372813."""
        assert two["North"].measure("smd").value == 0
        assert two["South"].measure("smd").value == pytest.approx(1.372813, abs=1e-5)

    def test_standardized_over_everybody_the_groups_lie_on_both_sides(self, two: dict[str, GroupScores]) -> None:
        assert two["North"].measure("dsm").value == pytest.approx(-two["South"].measure("dsm").value)

    def test_agreement_coverage_and_review_share(self, two: dict[str, GroupScores]) -> None:
        """Sets hold the machine's level alone: the South's hold one record of three. Nothing stands."""
        assert [two[name].measure("coverage").value for name in ("North", "South")] == pytest.approx([1, 1 / 3])
        assert two["South"].measure("coverage-gap").value == pytest.approx(1 / 3 - 0.9)
        assert [two[name].measure("qwk").value for name in ("North", "South")] == pytest.approx([1, 0])
        assert (two["South"].measure("review-share").value, two["South"].measure("review-gap").value) == (1, 0)

    def test_what_lies_outside_a_limit_is_flagged_and_said(self, two: dict[str, GroupScores]) -> None:
        assert {flag.measure for flag in two["South"].flags} == {"smd", "dsm", "qwk", "coverage-gap"}
        said = next(line for line in two["South"].warnings() if "smd" in line)
        assert said.startswith("a, region 'South' (n = 3): smd is 1.37, outside -0.1 to 0.1 (Williamson")
        assert said.endswith("chance could explain it")

    def test_those_who_told_nothing_are_a_group_of_their_own(self) -> None:
        found = program(NORTH | SOUTH, **dict.fromkeys(NORTH, "North"))
        assert {name: one.n for name, one in found.items()} == {"": 3, "North": 3}


class TestOddCases:
    def test_a_small_group_is_marked_and_never_warned_of(self) -> None:
        found = group_scores(
            [review("d", 3)],
            ratings(d=(1,)),
            rubric=RUBRIC,
            submissions=[submission("d", region="South")],
            settings=GroupSettings(small_cell=3),
        )
        assert (found[0].small, found[0].flags, list(found[0].warnings())) == (True, (), [])

    def test_a_group_without_a_record_has_only_its_review_share(self) -> None:
        found = program({"a": (1, 1), "b": (3, 3)}, a="North", b="South")["North"]
        bare = group_scores([review("x", 1)], [], rubric=RUBRIC, submissions=[submission("x", region="North")])[0]
        assert found.n == 1
        assert (bare.n, bare.measure("review-share").value) == (0, 1)
        assert all(math.isnan(bare.measure(name).value) for name in ("smd", "dsm", "qwk", "coverage", "review-gap"))

    def test_returned_submissions_are_left_out(self) -> None:
        reviews: list[ReviewRecord] = [review("a", None, route="return")]
        assert group_scores(reviews, [], rubric=RUBRIC, submissions=[submission("a", region="North")]) == ()

    def test_numbers_and_words_can_name_a_group(self) -> None:
        told = [submission("a", years=3.0), submission("b", years=True), submission("c", years=None)]
        found = group_scores([review(name, 1) for name in "abc"], [], rubric=RUBRIC, submissions=told)
        assert [one.group for one in found] == ["", "3", "True"]


class TestFile:
    @pytest.fixture
    def told(self, tmp_path: Path) -> Callable[[str], list[Submission]]:
        def read(text: str) -> list[Submission]:
            path = tmp_path / "groups.csv"
            path.write_text(text, encoding="utf-8")
            return add_groups([submission("a", region="North", years=2), submission("b")], path)

        return read

    def test_columns_replace_what_submissions_say(self, told: Callable[[str], list[Submission]]) -> None:
        rows = told("submission_id,region,school\na,South,\nz,East,Hill\n")
        assert [one.groups for one in rows] == [{"region": "South", "years": 2}, {}]

    def test_teachers_can_be_told_of(self, told: Callable[[str], list[Submission]]) -> None:
        assert told("teacher_id,region\nt-b,South\n")[1].groups == {"region": "South"}

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("", "begins with nothing"),
            ("name,region\na,South\n", "begins with name, region"),
            ("submission_id\na\n", "begins with submission_id"),
            ("submission_id,region,region\na,b,c\n", "each name once"),
            ("submission_id,region\na\n", "row 2 has 1 cells, the header 2"),
            ("submission_id,region\na,b\na,c\n", "row 3 tells of submission_id 'a' again"),
            ('submission_id,region\n"a,b\n', "is not CSV"),
        ],
    )
    def test_what_is_wrong_is_said(self, told: Callable[[str], list[Submission]], text: str, says: str) -> None:
        with pytest.raises(SubmissionError, match=says):
            told(text)
