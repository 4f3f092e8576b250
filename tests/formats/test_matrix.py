"""The matrix in docs/formats.md says what each format holds; here it is measured."""

from pathlib import Path

import pytest

from reviewkit.files import read_rubric
from reviewkit.formats import convert
from reviewkit.records import Rubric

CHECKOUT = Path(__file__).parents[2]
PAGE = CHECKOUT / "docs" / "formats.md"
COLUMNS = (
    "reviewkit",
    "case",
    "canvas-csv",
    "canvas-json",
    "moodle-xml",
    "ora2-xml",
    "google-classroom",
    "spreadsheet",
)
ROWS = {
    "Rubric id": "id",
    "Title": "title",
    "Version": "version",
    "Competency": "competency",
    "Record rule": "record_rule",
    "What the reflection must hold": "requirements.reflection",
    "Artifacts asked for": "requirements.artifacts",
    "Award (rule, weights, cut)": "award",
    "Criterion id": "criteria[0].id",
    "Criterion title": "criteria[0].title",
    "Criterion description": "criteria[0].description",
    "Parts a criterion reads": "criteria[0].reads",
    "Required level": "criteria[0].required_level",
    "Level name": "criteria[0].levels[0].name",
    "Descriptor": "criteria[0].levels[0].descriptor",
}
SCALES = {
    "Whole level numbers": (1, 2),
    "One or two decimals (1.5)": (1, 1.5),
    "More decimals (1.125)": (1, 1.125),
    "Numbers below 0": (-1, 1),
}


def probe(levels: tuple[float, ...] = (1, 2)) -> Rubric:
    """A rubric in which no field is what a reader would make up for it."""
    scale = [{"level": n, "name": f"L {at}", "descriptor": "It is seen."} for at, n in enumerate(levels)]
    return Rubric.model_validate(
        {
            "format": "reviewkit/rubric/1",
            "id": "r-7",
            "version": "3.1",
            "title": "Exit tickets",
            "competency": "Plans.",
            "record_rule": "median-low",
            "requirements": {"reflection": {"min_words": 10}, "artifacts": [{"kind": "plan"}]},
            "criteria": [
                {
                    "id": "q",
                    "title": "Question",
                    "description": "Asked.",
                    "reads": ["reflection"],
                    "required_level": levels[1],
                    "levels": scale,
                }
            ],
            "award": {"rule": "weighted-total", "weights": {"q": 2}, "cut": 3},
        }
    )


def cell(name: str, field: str, rubric: Rubric) -> str:
    _, report = convert.write_as(rubric, format_name=name)
    kinds = {loss.kind for loss in report.losses if field in (loss.field, loss.pattern)}
    return "extension" if kinds == {"carried"} else "–" if kinds else "yes"


def matrix() -> str:
    lines = ["| | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for label, field in ROWS.items():
        lines.append(f"| {label} | " + " | ".join(cell(name, field, probe()) for name in COLUMNS) + " |")
    for label, levels in SCALES.items():
        fields = [cell(name, "criteria[].levels[].level", probe(levels)) for name in COLUMNS]
        lines.append(f"| {label} | " + " | ".join(fields) + " |")
    return "\n".join(lines) + "\n"


class TestMatrix:
    def test_is_what_is_measured(self):
        assert matrix() in PAGE.read_text("utf-8")

    @pytest.mark.parametrize("path", sorted((CHECKOUT / "rubrics").glob("*.yaml")), ids=lambda path: path.stem)
    def test_covers_the_losses_of_the_shipped_rubrics(self, path):
        rubric = read_rubric(path)
        lost = {
            (name, loss.pattern)
            for name in COLUMNS
            for loss in convert.write_as(rubric, format_name=name)[1].losses
            if loss.kind != "carried"
        }
        held = {(name, field): cell(name, field, probe()) for name in COLUMNS for field in ROWS.values()}
        assert lost <= {(name, field.replace("[0]", "[]")) for (name, field), found in held.items() if found != "yes"}
