"""Records to tables and back: the same records, the same columns."""

from datetime import UTC, datetime

import pytest
from review_factory import RUBRIC, review

from reviewkit.errors import DependencyError, FileFormatError
from reviewkit.formats import tables
from reviewkit.records import Artifact, Rating, ReviewRecord, Rubric, Submission

RATINGS = [
    Rating(submission_id="s1", criterion_id="use", rater_id="r1", level=2.5, rated_at=datetime(2030, 1, 2, tzinfo=UTC)),
    Rating(submission_id="s1", criterion_id="use", rater_id="r2", outcome="not-scorable", blind=False),
]
SUBMISSIONS = [
    Submission(
        submission_id="s1",
        teacher_id="t1",
        rubric_id="r",
        reflection="Mine – “quoted”.",
        groups={"a": None, "b": 2},
        artifacts=(Artifact(artifact_id="p", kind="lesson-plan", text="1."),),
        metadata={"x": [1, {"y": "z"}]},
    ),
    Submission(
        submission_id="s2", teacher_id="t2", rubric_id="r", reflection="", attempt=3, previous_submission_id="s1"
    ),
]
REVIEWS = [review("s1"), review("s2", route="return"), review("s3", question=1, attempt=2)]
CASES = [(Rating, RATINGS), (Submission, SUBMISSIONS), (ReviewRecord, REVIEWS), (Rubric, [RUBRIC]), (Rating, [])]
LIBRARIES = {
    "pyarrow": (tables.to_arrow, tables.from_arrow, lambda table: table.column_names),
    "pandas": (tables.to_pandas, tables.from_pandas, lambda frame: list(frame.columns)),
    "polars": (tables.to_polars, tables.from_polars, lambda frame: frame.columns),
}


@pytest.mark.parametrize("library", list(LIBRARIES))
class TestTable:
    @pytest.mark.parametrize(("record", "records"), CASES)
    def test_gives_the_same_records_back(self, library, record, records):
        pytest.importorskip(library)
        there, back, _ = LIBRARIES[library]
        assert back(there(records, record=record), record=record) == records

    @pytest.mark.parametrize(("record", "records"), CASES)
    def test_has_a_column_a_field_in_the_records_order(self, library, record, records):
        pytest.importorskip(library)
        there, _, names = LIBRARIES[library]
        assert names(there(records, record=record)) == list(tables.columns(record))

    def test_says_what_to_install(self, library, monkeypatch):
        monkeypatch.setitem(__import__("sys").modules, library, None)
        with pytest.raises(DependencyError, match=f"needs {library}, which is not installed; run pip install"):
            LIBRARIES[library][0](RATINGS, record=Rating)


class TestColumns:
    def test_of_ratings_and_reviews_stay_as_they_are(self):
        assert tables.columns(Rating) == {
            "submission_id": "text",
            "criterion_id": "text",
            "rater_id": "text",
            "level": "float",
            "blind": "bool",
            "role": "text",
            "outcome": "text",
            "rationale": "text",
            "rated_at": "text",
        }
        assert list(tables.columns(ReviewRecord))[:4] == ["schema", "submission_id", "attempt", "rubric"]

    def test_hold_nested_fields_as_json(self):
        pandas = pytest.importorskip("pandas")
        frame = tables.to_pandas(REVIEWS, record=ReviewRecord)
        assert isinstance(frame, pandas.DataFrame)
        assert frame["rubric"][0].startswith('{"digest": ')


class TestFaults:
    def test_name_an_unknown_column(self):
        with pytest.raises(FileFormatError, match="column 'grade' is none of a Rating's, which are submission_id"):
            tables.from_rows({"grade": [1]}, record=Rating)

    def test_list_every_row(self):
        rows = {"submission_id": ["s1", ""], "criterion_id": ["c", "c"], "rater_id": ["r", "r"], "level": [None, 1.0]}
        with pytest.raises(FileFormatError) as fault:
            tables.from_rows(rows, record=Rating)
        assert [one.partition(":")[0] for one in fault.value.faults] == ["row 0", "row 1"]

    def test_name_a_row_whose_nested_field_is_no_json(self):
        with pytest.raises(FileFormatError, match="row 0: holds text that is no JSON"):
            tables.from_rows({"submission_id": ["s"], "groups": ["{"]}, record=Submission)
