"""Rubric to format and back is the identity but for what the loss report names; each format loses only what it says."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from rubric_strategies import rubrics

from reviewkit.files import read_rubric
from reviewkit.formats import convert
from reviewkit.formats.loss import differences
from reviewkit.records import Rubric

SHIPPED = sorted((Path(__file__).parents[2] / "rubrics").glob("*.yaml"))
needs_openpyxl = pytest.mark.skipif(find_spec("openpyxl") is None, reason="openpyxl is not installed")
OUT = [*convert.FORMATS, pytest.param("spreadsheet.xlsx", marks=needs_openpyxl), "reviewkit.json"]
TEXTS = {"title", "competency", "criteria[].title", "criteria[].description"}
LEVEL_TEXTS = {"criteria[].levels[].name", "criteria[].levels[].descriptor"}
CANNOT_HOLD = {
    "reviewkit": set(),
    "case": set(),
    "canvas-csv": {
        "id",
        "criteria[].id",
        "version",
        "competency",
        "record_rule",
        "requirements.reflection",
        "requirements.artifacts",
        "criteria[].reads",
        "criteria[].required_level",
        "award",
        "criteria[].levels[].level",
    },
    "spreadsheet": {"requirements.reflection", "requirements.artifacts", "criteria[].reads"},
}
CANNOT_HOLD["canvas-json"] = CANNOT_HOLD["canvas-csv"]
CANNOT_HOLD["google-classroom"] = CANNOT_HOLD["canvas-csv"] | {"title"}
CANNOT_HOLD["moodle-xml"] = (CANNOT_HOLD["canvas-csv"] - {"competency"}) | TEXTS | LEVEL_TEXTS
CANNOT_HOLD["ora2-xml"] = CANNOT_HOLD["moodle-xml"]
PLAIN_LOSSES = {"requirements.reflection", "requirements.artifacts"}
quickly = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def written(rubric: Rubric, out: str):
    name, _, suffix = out.partition(".")
    return convert.write_as(rubric, format_name=name, name=f"rubric.{suffix or 'x'}")


def patterns(fields):
    return {re.sub(r"\[\d+\]", "[]", field) for field in fields}


class TestRoundTrip:
    @quickly
    @given(rubric=rubrics())
    @pytest.mark.parametrize("out", OUT)
    def test_gives_back_all_but_what_the_report_names(self, out, rubric):
        content, report = written(rubric, out)
        back, _ = convert.read_as(content, name="rubric.x")
        assert {field for field, _, _ in differences(rubric, back)} <= report.fields

    @quickly
    @given(rubric=rubrics())
    @pytest.mark.parametrize("name", ["case", "reviewkit", "canvas-csv", "canvas-json", "google-classroom"])
    def test_loses_only_what_the_format_is_known_not_to_hold(self, name, rubric):
        content, _ = written(rubric, name)
        back, _ = convert.read_as(content, name="rubric.x")
        assert patterns(field for field, _, _ in differences(rubric, back)) <= CANNOT_HOLD[name]

    @quickly
    @given(rubric=rubrics())
    @pytest.mark.parametrize("out", OUT)
    def test_is_found_from_its_content(self, out, rubric):
        content, _ = written(rubric, out)
        assert convert.detect(content, name="x") == out.partition(".")[0]

    @quickly
    @given(rubric=rubrics())
    @pytest.mark.parametrize("out", OUT)
    def test_settles_after_one_way_there_and_back(self, out, rubric):
        once, _ = convert.read_as(written(rubric, out)[0], name="rubric.x")
        twice, _ = convert.read_as(written(once, out)[0], name="rubric.x")
        assert patterns(field for field, _, _ in differences(once, twice)) <= LEVEL_TEXTS | {"criteria[].description"}


class TestShippedRubrics:
    @pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
    @pytest.mark.parametrize("out", OUT)
    def test_come_back_but_for_the_fields_of_the_matrix(self, out, path):
        rubric = read_rubric(path)
        content, report = written(rubric, out)
        back, _ = convert.read_as(content, name="rubric.x")
        lost = {field for field, _, _ in differences(rubric, back)}
        assert lost == {loss.field for loss in report.losses if loss.kind != "carried"}
        assert patterns(lost) <= CANNOT_HOLD[out.partition(".")[0]] - LEVEL_TEXTS - {"criteria[].levels[].level"}
