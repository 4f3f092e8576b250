"""``reviewkit schema``: the JSON Schema of a record."""

import json
from typing import Annotated

import typer

import reviewkit
from reviewkit.cli.talk import result

SCHEMAS = {
    "artifact": "Artifact",
    "certificate": "Certificate",
    "comparison": "Comparison",
    "decision": "Decision",
    "evaluation": "Evaluation",
    "evidence": "Evidence",
    "failure": "Failure",
    "finding": "Finding",
    "part": "Part",
    "rating": "Rating",
    "reason": "Reason",
    "review": "ReviewRecord",
    "rubric": "Rubric",
    "score": "CriterionScore",
    "segment": "Segment",
    "submission": "Submission",
}
HANDED_IN = {"artifact", "rating", "rubric", "submission"}


def schema(name: Annotated[str, typer.Argument(help=f"One of {', '.join(SCHEMAS)}.")]) -> None:
    """Print the JSON Schema of a record."""
    if name.lower() not in SCHEMAS:
        raise typer.BadParameter(f"{name!r} is none of {', '.join(SCHEMAS)}")
    record = getattr(reviewkit, SCHEMAS[name.lower()])
    mode = "validation" if name.lower() in HANDED_IN else "serialization"
    result(json.dumps(record.model_json_schema(mode=mode), indent=2))
