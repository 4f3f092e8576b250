"""Rubric files that are wrong, or made to do harm: refused with their place, quickly."""

import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewkit.errors import ReviewkitError, RubricError
from reviewkit.formats import (
    canvas_csv,
    canvas_json,
    case,
    convert,
    google_classroom,
    moodle_xml,
    ora2_xml,
    spreadsheet,
)
from reviewkit.formats.sheet import read_rows
from reviewkit.records import Rubric

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><rubric><criterion><name>&c;</name><option points="1"/></criterion></rubric>"""
OUTSIDE = b"""<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><rubric><criterion><name>&x;</name>
<option points="1"/></criterion></rubric>"""
HEAD = (
    "Rubric Name,Criteria Name,Criteria Description,Criteria Enable Range,Rating Name,Rating Description,Rating Points"
)
HEAD += ",Rating Name,Rating Description,Rating Points\n"


def canvas(*rows: str, encoding: str = "utf-8") -> bytes:
    return (HEAD + "\n".join(rows)).encode(encoding)


def classroom(**criterion) -> bytes:
    levels = [{"title": "A", "points": 1}, {"title": "B", "points": 2}]
    return json.dumps({"criteria": [{"title": "Use", "levels": levels} | criterion]}).encode()


def large(n: int) -> Rubric:
    levels = [{"level": 1, "name": "Low", "descriptor": "a"}, {"level": 2, "name": "High", "descriptor": "b"}]
    criteria = [{"id": f"c{at}", "title": f"C{at}", "levels": levels} for at in range(n)]
    return Rubric.model_validate(
        {"format": "reviewkit/rubric/1", "id": "r", "version": "1", "title": "R", "criteria": criteria}
    )


class TestXml:
    @pytest.mark.parametrize("content", [LAUGHS, OUTSIDE])
    @pytest.mark.parametrize("read", [ora2_xml.read, moodle_xml.read])
    def test_that_declares_entities_is_refused(self, read, content):
        with pytest.raises(RubricError, match=r"r.xml: declares a document type or entities, which are refused"):
            read(content, name="r.xml")

    def test_that_breaks_off_is_named_with_line_and_column(self):
        with pytest.raises(RubricError, match=r"r.xml: line 2, column 9"):
            ora2_xml.read(b"<rubric>\n <label>", name="r.xml")

    def test_nested_deeply_is_no_crash(self):
        with pytest.raises(RubricError):
            ora2_xml.read(b"<a>" * 5000 + b"</a>" * 5000, name="r.xml")

    def test_with_two_options_of_one_name_is_refused(self):
        option = '<option points="{}"><name>good</name></option>'
        xml = f"<rubric><criterion><name>use</name>{option.format(1)}{option.format(2)}</criterion></rubric>"
        with pytest.raises(RubricError, match="criterion 1: option: name 'good' stands twice"):
            ora2_xml.read(xml.encode(), name="r.xml")

    def test_with_two_criteria_of_one_id_is_refused(self):
        level = "<levels><level><score>1</score><definition>a</definition></level></levels>"
        rows = f'<criterion id="4">{level}</criterion>' * 2
        with pytest.raises(RubricError, match="criterion: id '4' stands twice"):
            moodle_xml.read(f"<criteria>{rows}</criteria>".encode(), name="r.xml")

    def test_with_points_that_are_no_number_names_the_option(self):
        xml = b'<rubric><criterion><name>use</name><option points="many"/><option points="2"/></criterion></rubric>'
        with pytest.raises(RubricError, match=r"r.xml: criterion 1: option 1: points is 'many'"):
            ora2_xml.read(xml, name="r.xml")


class TestCanvasCsv:
    def test_reads_decimal_commas(self):
        rubric, _ = canvas_csv.read(canvas('R,Use,,false,Good,,"2,5",Poor,,0'), name="r.csv")
        assert rubric.criteria[0].level_numbers == (0, 2.5)

    def test_reads_headers_with_numbers_in_any_case(self):
        head = "rubric name,CRITERIA NAME,Rating Name 1,Rating Points 1,Rating Name 2,Rating Points 2\nR,Use,A,1,B,2"
        rubric, _ = canvas_csv.read(head.encode(), name="r.csv")
        assert [level.name for level in rubric.criteria[0].levels] == ["A", "B"]

    def test_with_mixed_encodings_names_both_lines(self):
        content = canvas("R,Größe,,false,A,,1,B,,2") + "\nR,Süße,,false,A,,1,B,,2".encode("latin-1")
        with pytest.raises(
            RubricError, match=r"r.csv: line 2 is UTF-8 and line 3 is not; save the whole file as UTF-8"
        ):
            canvas_csv.read(content, name="r.csv")

    def test_in_an_old_encoding_is_read_and_told(self):
        rubric, report = canvas_csv.read(canvas("R,Größe,,false,A,,1,B,,2", encoding="windows-1252"), name="r.csv")
        assert rubric.criteria[0].title == "Größe"
        assert "encoding" in report.fields

    def test_in_utf_16_is_read(self):
        rubric, _ = canvas_csv.read(canvas("R,Größe,,false,A,,1,B,,2", encoding="utf-16"), name="r.csv")
        assert rubric.criteria[0].title == "Größe"

    def test_with_equal_points_says_which_ratings(self):
        with pytest.raises(RubricError, match=r"r.csv: row 2: criterion 'Use': 'A' and 'B' both have 1 points"):
            canvas_csv.read(canvas("R,Use,,false,A,,1,B,,1"), name="r.csv")

    def test_with_one_rating_says_how_many_are_needed(self):
        with pytest.raises(RubricError, match=r"row 2: criterion 'Use': has 1 levels, but 2 to 61 are needed"):
            canvas_csv.read(canvas("R,Use,,false,A,,1"), name="r.csv")

    def test_with_several_rubrics_lists_them(self):
        with pytest.raises(RubricError, match=r"holds rubrics named \['R', 'S'\]"):
            canvas_csv.read(canvas("R,Use,,false,A,,1,B,,2", "S,Use,,false,A,,1,B,,2"), name="r.csv")

    def test_with_a_nameless_criterion_names_the_row(self):
        with pytest.raises(RubricError, match="row 2: Criteria Name is empty"):
            canvas_csv.read(canvas("R,,,false,A,,1,B,,2"), name="r.csv")

    @settings(max_examples=50, deadline=None)
    @given(text=st.text(st.sampled_from("=+-@'\t\r\n 1aé,;\""), min_size=1, max_size=12).filter(str.strip))
    def test_never_writes_a_cell_that_runs(self, text):
        rubric = large(1).model_copy(update={"title": text})
        content, _ = canvas_csv.write(rubric)
        cells = [cell for row in read_rows(content, name="r.csv", error=RubricError)[0] for cell in row]
        risky = [one for one in cells if one[:1] in tuple("=+-@\t\r") and not one.lstrip("+-").isdigit() and one != "-"]
        assert risky == []


class TestJson:
    def test_with_an_id_twice_names_both_places(self):
        row = {"id": "x", "description": "Use", "ratings": [{"description": "A", "points": n} for n in (1, 2)]}
        content = json.dumps({"data": [row, row]}).encode()
        with pytest.raises(RubricError, match=r"r.json: data\[1\]: id 'x' is that of data\[0\]"):
            canvas_json.read(content, name="r.json")

    def test_with_a_key_twice_is_refused(self):
        with pytest.raises(RubricError, match="key 'criteria' stands twice"):
            google_classroom.read(b'{"criteria": [], "criteria": []}', name="r.json")

    def test_that_is_no_unicode_names_the_line(self):
        with pytest.raises(RubricError, match=r"r.json: line 2 is not UTF-8; save the file as UTF-8"):
            google_classroom.read('{"criteria":\n"Größe"}'.encode("latin-1"), name="r.json")

    def test_with_nan_is_refused(self):
        with pytest.raises(RubricError, match="holds NaN, which is no JSON number"):
            google_classroom.read(b'{"criteria": NaN}', name="r.json")

    def test_that_breaks_off_names_line_and_column(self):
        with pytest.raises(RubricError, match=r"r.json: line 2, column"):
            canvas_json.read(b'{"data":\n[{"a" 1}', name="r.json")

    def test_nested_deeply_is_no_crash(self):
        with pytest.raises(RubricError):
            canvas_json.read(b'{"data":' + b"[" * 100_000, name="r.json")

    def test_with_a_field_of_another_type_names_its_key_path(self):
        with pytest.raises(RubricError, match=r"criteria\[0\].levels\[0\].points"):
            google_classroom.read(classroom(levels=[{"title": "A", "points": "lots"}]), name="r.json")

    def test_with_points_for_some_levels_only_is_refused(self):
        with pytest.raises(RubricError, match=r"criteria\[0\]: level 2 has no points and others have"):
            google_classroom.read(classroom(levels=[{"title": "A", "points": 1}, {"title": "B"}]), name="r.json")

    def test_over_classrooms_limits_is_told(self):
        _, report = google_classroom.write(large(51))
        assert [(loss.field, loss.kind, loss.found) for loss in report.losses if loss.kind == "over-limit"] == [
            ("criteria", "over-limit", "51")
        ]


class TestCasePackages:
    def package(self, *pairs: tuple[str, str], criteria: int = 1) -> bytes:
        ids = [f"00000000-0000-4000-8000-00000000000{n}" for n in range(5)]
        link = {"a": ids[0], "b": ids[1], "c": ids[2]}
        associations = [
            {
                "associationType": "isChildOf",
                "originNodeURI": {"identifier": link[low]},
                "destinationNodeURI": {"identifier": link[high]},
            }
            for low, high in pairs
        ]
        levels = [{"quality": "A", "score": 1}, {"quality": "B", "score": 2}]
        row = {
            "identifier": ids[4],
            "category": "Use",
            "CFItemURI": {"identifier": link["a"]},
            "CFRubricCriterionLevels": levels,
        }
        items = [{"identifier": link[one], "fullStatement": f"Statement {one}"} for one in "abc"]
        value = {
            "CFItems": items,
            "CFAssociations": associations,
            "CFRubrics": [{"title": "R", "CFRubricCriteria": [row] * criteria}],
        }
        return json.dumps(value).encode()

    def test_whose_associations_run_in_a_circle_are_refused(self):
        with pytest.raises(RubricError, match="CFAssociations: isChildOf runs in a circle"):
            case.read(self.package(("a", "b"), ("b", "c"), ("c", "a")), name="p.json")

    def test_give_the_statement_as_description_and_competency(self):
        rubric, _ = case.read(self.package(("a", "b")), name="p.json")
        assert (rubric.criteria[0].description, rubric.competency) == ("Statement a", "Statement a")

    def test_with_an_identifier_twice_are_refused(self):
        with pytest.raises(RubricError, match=r"CFRubricCriteria\[1\]: identifier .* is that of CFRubricCriteria\[0\]"):
            case.read(self.package(criteria=2), name="p.json")

    def test_without_a_rubric_say_how_many_are_needed(self):
        with pytest.raises(RubricError, match="CFRubrics holds 0 rubrics"):
            case.read(b'{"CFDocument": {}, "CFRubrics": []}', name="p.json")


class TestSpreadsheets:
    def test_reads_scales_in_the_forms_that_people_write(self):
        content = b"Criterion,1 - Low,2: Middle,High (3)\nUse,a,b,c\n"
        levels = spreadsheet.read(content, name="r.csv")[0].criteria[0].levels
        assert [(one.level, one.name) for one in levels] == [(1, "Low"), (2, "Middle"), (3, "High")]

    def test_numbers_columns_without_numbers_from_the_left(self):
        levels = spreadsheet.read(b"Criteria,Low,High\nUse,a,b\n", name="r.csv")[0].criteria[0].levels
        assert [(one.level, one.name) for one in levels] == [(1, "Low"), (2, "High")]

    def test_refuses_thousands_separators(self):
        with pytest.raises(RubricError, match=r"r.csv: row 2: required_level is '1.234,5'"):
            spreadsheet.read(b'Criterion;Required level;Low (1);High (2)\nUse;"1.234,5";a;b\n', name="r.csv")

    def test_refuses_a_workbook_that_unpacks_without_end(self):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", b"0" * (spreadsheet.MAX_UNPACKED + 1))
        with pytest.raises(RubricError, match="unpacks to"):
            spreadsheet.read(packed.getvalue(), name="r.xlsx")

    def test_refuses_a_damaged_workbook(self):
        with pytest.raises(RubricError, match=r"r.xlsx: begins like a workbook and is no whole zip"):
            spreadsheet.read(b"PK\x03\x04 xl/ and no more", name="r.xlsx")

    def test_says_what_to_install_for_workbooks(self, monkeypatch):
        monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
        with pytest.raises(ReviewkitError, match=r"needs openpyxl, which is not installed; run pip install"):
            spreadsheet.write(large(1), workbook=True)


class TestSize:
    @pytest.mark.parametrize("form", list(convert.FORMATS))
    def test_ten_thousand_criteria_go_there_and_back(self, form):
        _, report = convert.write_as(large(10_000), format_name=form)  # which reads back what it wrote
        assert "criteria" not in {loss.field for loss in report.losses if loss.kind != "over-limit"}

    def test_a_file_too_large_to_be_a_rubric_is_refused(self):
        with pytest.raises(RubricError, match="but a rubric has at most"):
            canvas_csv.read(b" " * (64 * 1024 * 1024 + 1), name="r.csv")


class TestAnyBytes:
    @settings(max_examples=60, deadline=None)
    @given(content=st.binary(max_size=200))
    @pytest.mark.parametrize("form", list(convert.FORMATS))
    def test_raise_only_what_the_library_raises_on_purpose(self, form, content):
        with pytest.raises(ReviewkitError):
            convert.read_as(content, name="r", format_name=form)

    @settings(max_examples=60, deadline=None)
    @given(at=st.integers(0, 3000), byte=st.binary(min_size=1, max_size=3))
    @pytest.mark.parametrize("form", list(convert.FORMATS))
    def test_changed_in_a_good_file_are_read_or_refused_on_purpose(self, form, at, byte):
        content, _ = convert.write_as(large(2), format_name=form)
        place = at % len(content)
        outcome = read_or_refuse(content[:place] + byte + content[place + 1 :], form)
        assert outcome in ("read", "refused")


def read_or_refuse(content: bytes, form: str) -> str:
    try:
        convert.read_as(content, name="r", format_name=form)
    except ReviewkitError:
        return "refused"
    return "read"
