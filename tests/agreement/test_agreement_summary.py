"""The summary and its JSON, and ratings read into tables."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from reviewkit.agreement.estimate import IntervalSettings
from reviewkit.agreement.reading import read_tables, tables_of_frame, tables_of_ratings
from reviewkit.agreement.summary import COEFFICIENT_NAMES, SummarySettings, agreement_summary
from reviewkit.agreement.table import table_of_array
from reviewkit.errors import RatingsError, SettingsError
from reviewkit.records import Rating

RATINGS = [[1, 1, 2], [2, 2, 2], [3, 2, 3], [4, 4, math.nan], [2, 1, 2], [3, 3, 4], [1, 2, 1], [4, 3, 4]]
QUICK = SummarySettings(interval=IntervalSettings(n_resamples=50))
FIELDS = {"name", "weights", "form", "value", "se", "low", "high", "confidence", "interval_method", "n", "reason"}


class TestSummary:
    def test_every_coefficient_is_in_it(self) -> None:
        found = agreement_summary({"routines": table_of_array(RATINGS)}, settings=QUICK).criteria["routines"]
        assert {one.name for one in found.coefficients} == set(COEFFICIENT_NAMES)
        assert all(one.low < one.value <= one.high for one in found.coefficients)

    def test_json_keeps_its_contract(self) -> None:
        found = agreement_summary({"routines": table_of_array(RATINGS)}, settings=QUICK).to_json()
        text = json.loads(json.dumps(found, allow_nan=False))["criteria"]["routines"]
        assert (text["n_units"], text["n_raters"], text["n_ratings"]) == (8, 3, 23)
        assert all(set(one) >= FIELDS for one in text["coefficients"])
        assert {one["name"] for one in text["coefficients"]} == set(COEFFICIENT_NAMES) - {"smd"}
        assert {one["form"] for one in text["coefficients"] if one["name"] == "icc"} >= {"ICC(1,1)", "ICC(3,k)"}

    def test_undefined_is_null_with_a_reason(self) -> None:
        found = agreement_summary({"routines": table_of_array([[3, 3], [3, 3]], levels=[1, 2, 3])}, settings=QUICK)
        text = json.loads(json.dumps(found.to_json(), allow_nan=False))["criteria"]["routines"]
        assert all(one["reason"] for one in text["coefficients"] if one["value"] is None)
        assert {one["name"] for one in text["coefficients"] if one["value"] is None} >= {"cohen", "krippendorff", "icc"}

    def test_one_coefficient_by_name(self) -> None:
        found = agreement_summary({"routines": table_of_array(RATINGS)}, settings=QUICK).criteria["routines"]
        assert found.coefficient("icc", form="ICC(2,k)").form == "ICC(2,k)"
        with pytest.raises(SettingsError, match="there is no gwet"):
            found.coefficient("gwet", weights="ratio")

    def test_words_come_with_chance_corrected_coefficients(self) -> None:
        found = agreement_summary({"routines": table_of_array(RATINGS)}, settings=QUICK).criteria["routines"]
        assert found.benchmarks["gwet/quadratic"].word in {"substantial", "moderate", "almost perfect"}
        assert "pearson/None" not in found.benchmarks


def _rating(submission: str, rater: str, level: float | None, **more: object) -> Rating:
    fields = {"submission_id": submission, "criterion_id": "routines", "rater_id": rater, "level": level}
    return Rating.model_validate(fields | more)


class TestRatingsIntoTables:
    def test_blind_ratings_by_people_only(self) -> None:
        ratings = [
            _rating("s1", "a", 1),
            _rating("s1", "b", 2, blind=False),
            _rating("s1", "c", 3, role="adjudication"),
            _rating("s1", "d", 3, role="constructed"),
        ]
        assert tables_of_ratings(ratings)["routines"].rater_ids == ("a",)
        assert tables_of_ratings(ratings, blind_only=False)["routines"].rater_ids == ("a", "b")

    def test_not_scorable_is_missing_and_counted(self) -> None:
        ratings = [_rating("s1", "a", 1), _rating("s1", "b", None, outcome="not-scorable")]
        table = tables_of_ratings(ratings)["routines"]
        assert (table.n_ratings, table.n_not_scorable) == (1, 1)

    def test_a_rating_that_stands_twice(self) -> None:
        with pytest.raises(RatingsError, match="stands at ratings"):
            tables_of_ratings([_rating("s1", "a", 1), _rating("s1", "a", 2)])

    def test_order_of_ratings_does_not_matter(self) -> None:
        ratings = [_rating(f"s{i}", rater, 1 + i % 3) for i in range(5) for rater in "ab"]
        first, second = tables_of_ratings(ratings)["routines"], tables_of_ratings(ratings[::-1])["routines"]
        assert first.unit_ids == second.unit_ids
        np.testing.assert_array_equal(first.values, second.values)

    def test_no_ratings_are_no_tables(self) -> None:
        assert tables_of_ratings([]) == {}


class TestFrames:
    def test_long_and_wide_say_the_same(self) -> None:
        long = {
            "submission_id": ["s1", "s1", "s2"],
            "criterion_id": ["routines"] * 3,
            "rater_id": ["a", "b", "a"],
            "level": [1, 2, 3],
        }
        wide = {"submission_id": ["s1", "s2"], "a": [1, 3], "b": [2, None]}
        first = tables_of_frame(long)["routines"]
        second = tables_of_frame(wide, criterion_id="routines")["routines"]
        np.testing.assert_array_equal(first.values, second.values)
        assert (first.unit_ids, first.rater_ids) == (second.unit_ids, second.rater_ids)

    def test_pandas(self) -> None:
        pandas = pytest.importorskip("pandas")
        frame = pandas.DataFrame({"submission_id": ["s1", "s2"], "a": [1, 3], "b": [2, None]})
        assert tables_of_frame(frame)["ratings"].n_ratings == 3

    def test_unblinded_rows_are_left_out(self) -> None:
        long = {
            "submission_id": ["s1", "s1"],
            "criterion_id": ["routines"] * 2,
            "rater_id": ["a", "b"],
            "level": [1, 2],
            "blind": ["true", "false"],
        }
        assert tables_of_frame(long)["routines"].rater_ids == ("a",)

    def test_text_for_a_level(self) -> None:
        with pytest.raises(RatingsError, match="row 2: 'Proficient' is text, but levels are numbers"):
            tables_of_frame({"submission_id": ["s1", "s2"], "a": [1, "Proficient"]})

    def test_blind_that_is_no_truth(self) -> None:
        long = {"submission_id": ["s1"], "rater_id": ["a"], "level": [1], "blind": [None]}
        with pytest.raises(RatingsError, match="say whether the rater had seen the score"):
            tables_of_frame(long)

    def test_a_rating_that_stands_twice(self) -> None:
        long = {"submission_id": ["s1", "s1"], "rater_id": ["a", "a"], "level": [1, 2]}
        with pytest.raises(RatingsError, match="submission 's1' by rater 'a'"):
            tables_of_frame(long)

    def test_a_row_that_stands_twice(self) -> None:
        with pytest.raises(RatingsError, match="submission 's1' has 2 rows"):
            tables_of_frame({"submission_id": ["s1", "s1"], "a": [1, 2]})

    def test_no_rater(self) -> None:
        with pytest.raises(RatingsError, match="has no column of a rater"):
            tables_of_frame({"submission_id": ["s1"]})

    def test_long_form_without_submissions(self) -> None:
        with pytest.raises(RatingsError, match="has no column submission_id"):
            tables_of_frame({"rater_id": ["a"], "level": [1]})


class TestFiles:
    def test_wide_csv(self, tmp_path: Path) -> None:
        path = tmp_path / "wide.csv"
        path.write_text("submission_id,a,b\ns1,1,2\ns2,3,\n", encoding="utf-8")
        np.testing.assert_array_equal(read_tables(path)["ratings"].values, [[1, 2], [3, np.nan]])

    def test_long_csv(self, tmp_path: Path) -> None:
        path = tmp_path / "long.csv"
        path.write_text(
            "submission_id,criterion_id,rater_id,level\ns1,routines,a,1\ns1,routines,b,2\n", encoding="utf-8"
        )
        assert read_tables(path)["routines"].values.tolist() == [[1.0, 2.0]]

    def test_parquet(self, tmp_path: Path) -> None:
        parquet = pytest.importorskip("pyarrow.parquet")
        arrow = pytest.importorskip("pyarrow")
        path = tmp_path / "wide.parquet"
        parquet.write_table(arrow.table({"submission_id": ["s1", "s2"], "a": [1, 3], "b": [2, None]}), path)
        np.testing.assert_array_equal(read_tables(path)["ratings"].values, [[1, 2], [3, np.nan]])

    def test_text_in_a_wide_file_names_its_place(self, tmp_path: Path) -> None:
        path = tmp_path / "wide.csv"
        path.write_text("unit,a,b\ns1,1,2\n", encoding="utf-8")
        with pytest.raises(RatingsError, match=r"wide.csv:2, unit: 's1' is text.*is called submission_id"):
            read_tables(path)

    def test_a_ragged_file_names_its_line(self, tmp_path: Path) -> None:
        path = tmp_path / "wide.csv"
        path.write_text("submission_id,a,b\ns1,1\n", encoding="utf-8")
        with pytest.raises(RatingsError, match=r"wide.csv:2: has 2 cells, but the header has 3"):
            read_tables(path)

    def test_a_file_without_rows(self, tmp_path: Path) -> None:
        path = tmp_path / "wide.csv"
        path.write_text("submission_id,a,b\n", encoding="utf-8")
        with pytest.raises(RatingsError, match="holds no rating"):
            read_tables(path)

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(RatingsError, match="cannot be read"):
            read_tables(tmp_path / "none.csv")

    def test_not_utf_8(self, tmp_path: Path) -> None:
        path = tmp_path / "wide.csv"
        path.write_bytes(b"submission_id,a\n\xff,1\n")
        with pytest.raises(RatingsError, match="is not CSV in UTF-8"):
            read_tables(path)
