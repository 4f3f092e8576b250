"""Rubrics as the systems write them, read; and a rubric as we write it for each of them."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
import yaml

from reviewkit.errors import RubricError
from reviewkit.formats import case, convert, spreadsheet
from reviewkit.records import Rubric

GIVEN = Path(__file__).parents[1] / "golden" / "formats" / "given"
FILES = sorted(path.name for path in GIVEN.iterdir())
FOUND = {
    "canvas.csv": "canvas-csv",
    "canvas.json": "canvas-json",
    "moodle.xml": "moodle-xml",
    "ora2.xml": "ora2-xml",
    "exit-tickets.json": "google-classroom",
    "case.json": "case",
    "exit-tickets.csv": "spreadsheet",
}
SCALE = ("Not yet", "Partly", "Fully")
RUBRIC = Rubric.model_validate(
    {
        "format": "reviewkit/rubric/1",
        "id": "exit-tickets",
        "version": "2.1.0",
        "title": "Exit tickets",
        "competency": "What pupils leave behind at the door shapes the next lesson.",
        "record_rule": "median-low",
        "requirements": {"reflection": {"min_words": 100}, "artifacts": [{"kind": "student-work"}]},
        "criteria": [
            {
                "id": "question",
                "title": "Question",
                "description": "What the ticket asks & why.",
                "required_level": 2,
                "levels": [{"level": n, "name": name, "descriptor": f"Asks {n}."} for n, name in enumerate(SCALE)],
            },
            {
                "id": "use",
                "title": "Use of answers",
                "reads": ["reflection", "student-work"],
                "levels": [
                    {"level": 1.5, "name": "Reads", "descriptor": "=SUM(A1) is read"},
                    {"level": 3, "name": "Acts", "descriptor": "The next lesson\nbegins with it."},
                ],
            },
        ],
        "award": {"rule": "weighted-total", "weights": {"question": 1, "use": 0.5}, "cut": 2.5},
    }
)


def as_text(content: bytes) -> str:
    return content.decode("utf-8").replace("\r\n", "\n")


def as_yaml(rubric: Rubric) -> str:
    return yaml.safe_dump(rubric.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=110)


class TestFilesOfTheSystems:
    @pytest.mark.parametrize("name", FILES)
    def test_are_told_by_their_content(self, name):
        assert convert.detect((GIVEN / name).read_bytes(), name="unnamed") == FOUND[name]

    @pytest.mark.parametrize("name", FILES)
    def test_are_read_as_people_would_read_them(self, name, golden):
        rubric, report = convert.read_as((GIVEN / name).read_bytes(), name=name)
        golden(f"formats/read/{name}.yaml", f"{as_yaml(rubric)}# " + report.text().replace("\n", "\n# ") + "\n")


class TestFilesWeWrite:
    @pytest.mark.parametrize("form", [one for one in convert.FORMATS if one != "case"])
    def test_look_as_the_systems_expect(self, form, golden):
        content, report = convert.write_as(RUBRIC, format_name=form)
        golden(f"formats/written/{form}{convert.FORMATS[form].suffix}", as_text(content))
        golden(f"formats/written/{form}.loss.txt", report.text() + "\n")

    def test_look_as_case_expects(self, golden):
        content, report = case.write(RUBRIC, creator="A district", changed_at=datetime(2030, 1, 2, tzinfo=UTC))
        golden("formats/written/case.json", as_text(content))
        assert report.lossless

    def test_make_a_workbook_whose_cells_are_text(self):
        openpyxl = pytest.importorskip("openpyxl")
        content, _ = spreadsheet.write(RUBRIC, workbook=True)
        rubric, _ = spreadsheet.read(content, name="r.xlsx")
        book = openpyxl.load_workbook(io.BytesIO(content))
        kinds = {cell.data_type for row in book.active.iter_rows() for cell in row if cell.value is not None}
        assert kinds == {"s"}
        assert rubric.criterion("use").levels[0].descriptor == "=SUM(A1) is read"


COMMON = {"identifier", "uri", "lastChangeDateTime"}
CASE_FIELDS = {
    "CFDocument": {"creator", "title", "caseVersion", "version"},
    "CFRubrics": {"title", "description", "CFRubricCriteria", "extensions"},
    "CFRubricCriteria": {
        "category",
        "description",
        "CFItemURI",
        "weight",
        "position",
        "rubricId",
        "CFRubricCriterionLevels",
        "extensions",
    },
    "CFRubricCriterionLevels": {
        "description",
        "quality",
        "score",
        "feedback",
        "position",
        "rubricCriterionId",
        "extensions",
    },
}


class TestCasePackage:
    """Required and allowed fields of case-v1p1-cfpackage.json, where ``additionalProperties`` is false."""

    @pytest.fixture
    def objects(self):
        package = json.loads(case.write(RUBRIC)[0])
        rubrics = package["CFRubrics"]
        criteria = [one for rubric in rubrics for one in rubric["CFRubricCriteria"]]
        levels = [one for row in criteria for one in row["CFRubricCriterionLevels"]]
        return {
            "CFDocument": [package["CFDocument"]],
            "CFRubrics": rubrics,
            "CFRubricCriteria": criteria,
            "CFRubricCriterionLevels": levels,
        }

    @pytest.mark.parametrize("kind", list(CASE_FIELDS))
    def test_has_the_required_fields_and_none_that_is_unknown(self, objects, kind):
        found = [set(one) for one in objects[kind]]
        assert [one for one in found if not COMMON <= one <= COMMON | CASE_FIELDS[kind]] == []

    def test_has_identifiers_that_differ_and_are_uuids(self, objects):
        identifiers = [one["identifier"] for rows in objects.values() for one in rows]
        assert len({str(UUID(one)) for one in identifiers}) == len(identifiers)

    def test_links_levels_and_criteria_to_what_holds_them(self, objects):
        assert {one["rubricId"] for one in objects["CFRubricCriteria"]} == {objects["CFRubrics"][0]["identifier"]}
        held = {one["rubricCriterionId"] for one in objects["CFRubricCriterionLevels"]}
        assert held == {one["identifier"] for one in objects["CFRubricCriteria"]}

    def test_has_the_same_identifiers_each_time(self, objects):
        again = json.loads(case.write(RUBRIC)[0])
        assert again["CFRubrics"][0]["identifier"] == objects["CFRubrics"][0]["identifier"]


class TestConvert:
    def test_tells_both_losses(self):
        done = convert.convert_rubric((GIVEN / "canvas.json").read_bytes(), name="canvas.json", to="ora2-xml")
        assert {"hide_score_total", "data[1].criterion_use_range", "data[1].learning_outcome_id"} <= done.read.fields
        assert {"title", "criteria[0].levels[1].level"} <= done.written.fields

    def test_refuses_a_loss_when_strict_and_lists_it(self):
        with pytest.raises(RubricError, match="cannot hold all of it") as fault:
            convert.convert_rubric((GIVEN / "canvas.csv").read_bytes(), name="canvas.csv", to="ora2-xml", strict=True)
        assert any(one.startswith("criteria[0].levels[1].level") for one in fault.value.faults)

    def test_passes_a_lossless_way_when_strict(self):
        content, _ = convert.write_as(RUBRIC, format_name="reviewkit", name="r.json")
        assert convert.convert_rubric(content, name="r.json", to="case", strict=True).lossless

    def test_says_which_formats_there_are(self):
        with pytest.raises(RubricError, match=r"notes.txt: is in none of the formats reviewkit, case, canvas-csv"):
            convert.detect(b"Dear diary", name="notes.txt")

    def test_keeps_meaning_through_every_format_that_holds_all(self):
        for_case, _ = convert.write_as(RUBRIC, format_name="case")
        back, _ = convert.read_as(for_case, name="x")
        assert back.digest == RUBRIC.digest
