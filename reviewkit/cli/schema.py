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


def schema(name: Annotated[str, typer.Argument(help=f"One of {', '.join(SCHEMAS)}.")]) -> None:
    """Print the JSON Schema of a record."""
    if name not in SCHEMAS:
        raise typer.BadParameter(f"{name!r} is none of {', '.join(SCHEMAS)}")
    record = getattr(reviewkit, SCHEMAS[name])
    result(json.dumps(record.model_json_schema(mode="serialization"), indent=2))
