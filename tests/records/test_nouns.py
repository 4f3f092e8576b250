"""The nouns: what each record takes and refuses, and how it is written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from reviewkit.files import json_text
from reviewkit.records import (
    Artifact,
    CriterionScore,
    Finding,
    Rating,
    Reason,
    Segment,
    Submission,
    level_text,
)
from reviewkit.records.base import Identifier, Probability

SUBMISSION = {"submission_id": "s1", "teacher_id": "t1", "rubric_id": "r", "reflection": "I asked."}
SCORE = {
    "criterion_id": "a",
    "level": 1.5,
    "expected_level": 1.6,
    "probabilities": {"1": 0.4, "1.5": 0.6},
    "prediction_set": (1.5,),
    "coverage_level": 0.9,
    "p_meets_required": None,
    "rater_disagreement": None,
    "stands": False,
    "cold": False,
}


class TestLevels:
    @given(st.floats(-1e6, 1e6, allow_nan=False))
    def test_the_text_of_a_level_gives_it_back(self, level: float) -> None:
        assert float(level_text(level)) == level

    @pytest.mark.parametrize(
        ("level", "text"), [(3, "3"), (3.0, "3"), (1.5, "1.5"), (0.1, "0.1"), (-2.0, "-2"), (0.0, "0")]
    )
    def test_it_is_the_shortest_decimal(self, level: float, text: str) -> None:
        assert level_text(level) == text

    def test_json_writes_whole_levels_without_a_point(self) -> None:
        score = CriterionScore.model_validate(SCORE | {"prediction_set": (1.0, 1.5)})
        written = json_text(score)
        assert '"level": 1.5' in written
        assert '"prediction_set": [1, 1.5]' in written


class TestNumbers:
    def test_they_are_rounded_to_six_decimals(self) -> None:
        assert Reason(code="cold", value=1 / 3).value == 0.333333

    def test_minus_zero_is_zero(self) -> None:
        assert json.loads(json_text(Reason(code="cold", value=-1e-9)))["value"] == 0
        assert "-0" not in json_text(Reason(code="cold", value=-1e-9))

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
    def test_what_is_no_number_is_refused(self, value: float) -> None:
        with pytest.raises(ValidationError, match="finite"):
            Reason(code="cold", value=value)
        with pytest.raises(ValidationError, match="finite"):
            Rating(submission_id="s", criterion_id="c", rater_id="r", level=value)

    @pytest.mark.parametrize("value", [1 + 1e-12, -1e-12])
    def test_a_probability_may_be_off_by_rounding(self, value: float) -> None:
        assert TypeAdapter(Probability).validate_python(value) in (0.0, 1.0)

    @pytest.mark.parametrize("value", [1.01, -0.01])
    def test_but_no_further(self, value: float) -> None:
        with pytest.raises(ValidationError):
            TypeAdapter(Probability).validate_python(value)


class TestIdentifiers:
    @pytest.mark.parametrize("name", ["a", "a b", "a/b", "Ünï", "名前", "😀", "..", "x" * 200])
    def test_any_name_on_one_line_holds(self, name: str) -> None:
        assert TypeAdapter(Identifier).validate_python(name) == name

    @pytest.mark.parametrize("name", ["", " ", " a", "a ", "a\nb", "a\x00", "\ta", "x" * 201, "a\u2003"])
    def test_blank_ends_and_line_breaks_do_not(self, name: str) -> None:
        with pytest.raises(ValidationError):
            TypeAdapter(Identifier).validate_python(name)


class TestSubmission:
    def test_what_may_be_left_out_has_its_default(self) -> None:
        one = Submission.model_validate(SUBMISSION)
        assert (one.attempt, one.artifacts, one.groups, one.metadata) == (1, (), {}, {})
        assert (one.previous_submission_id, one.submitted_at) == (None, None)

    def test_metadata_is_passed_through_as_it_came(self) -> None:
        metadata = {"course": {"id": [1, None, "x"]}, "": 0.1}
        one = Submission.model_validate({**SUBMISSION, "metadata": metadata})
        assert json.loads(json_text(one))["metadata"] == metadata

    @pytest.mark.parametrize("missing", ["submission_id", "teacher_id", "rubric_id", "reflection"])
    def test_what_must_be_there_must(self, missing: str) -> None:
        with pytest.raises(ValidationError, match=missing):
            Submission.model_validate({key: value for key, value in SUBMISSION.items() if key != missing})

    def test_an_artifact_cannot_be_called_reflection(self) -> None:
        with pytest.raises(ValidationError, match="which names the reflection itself"):
            Artifact(artifact_id="reflection", kind="plan", text="x")

    def test_an_artifact_has_text_or_path_and_not_both(self) -> None:
        with pytest.raises(ValidationError, match="both of text and path"):
            Artifact(artifact_id="a", kind="plan", text="x", path="x.txt")

    def test_an_artifact_may_be_empty_text(self) -> None:
        assert Artifact(artifact_id="a", kind="plan", text="").text == ""


class TestOthers:
    def test_a_segments_span_holds_its_text_in_code_points(self) -> None:
        assert Segment(part="reflection", start=2, end=4, text="😀a").n_chars == 2
        with pytest.raises(ValidationError, match="span 2 to 5 does not hold the 2 characters"):
            Segment(part="reflection", start=2, end=5, text="😀a")

    def test_a_score_lies_in_its_set(self) -> None:
        with pytest.raises(ValidationError, match=r"level 1.5 lies outside its prediction set"):
            CriterionScore.model_validate(SCORE | {"prediction_set": (1.0,)})

    def test_a_scores_probabilities_sum_to_1(self) -> None:
        with pytest.raises(ValidationError, match=r"probabilities sum to 1\.1"):
            CriterionScore.model_validate(SCORE | {"probabilities": {"1": 0.5, "1.5": 0.6}})

    def test_a_rating_that_is_scored_has_a_level(self) -> None:
        with pytest.raises(ValidationError, match="has no level; give one, or set outcome to not-scorable"):
            Rating(submission_id="s", criterion_id="c", rater_id="r")
        assert Rating(submission_id="s", criterion_id="c", rater_id="r", outcome="not-scorable").level is None

    def test_a_finding_leads_somewhere_known(self) -> None:
        with pytest.raises(ValidationError, match="leads_to"):
            Finding.model_validate({"code": "x", "leads_to": "nowhere", "message": "m"})

    @pytest.mark.parametrize("record", [Submission, Rating, Artifact, Finding, Reason, Segment])
    def test_unknown_fields_are_refused(self, record: type[Submission]) -> None:
        assert record.model_config["extra"] == "forbid"
        assert record.model_config["frozen"]
