"""``reviewkit rubric convert``: a rubric from one system's format to another's, and what the way there loses."""

from pathlib import Path
from typing import Annotated, Literal

import typer

import reviewkit
from reviewkit.cli.talk import json_result, result, say


def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="The rubric, in any of the formats.")],
    *,
    to: Annotated[
        Literal[
            "case",
            "canvas-csv",
            "canvas-json",
            "moodle-xml",
            "ora2-xml",
            "google-classroom",
            "spreadsheet",
            "reviewkit",
        ],
        typer.Option(help="The format wanted."),
    ],
    out: Annotated[Path, typer.Option(help="Where it goes; .xlsx makes a spreadsheet a workbook.")],
    json: Annotated[bool, typer.Option("--json", help="Print the loss report as JSON.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse where anything is lost.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that stands already.")] = False,
) -> None:
    """Turn a rubric into another system's format; the input's format is found from its content."""
    reviewkit.refuse_existing(out, force=force)
    done = reviewkit.convert_rubric(source.read_bytes(), name=str(source), to=to, out_name=out.name, strict=strict)
    reviewkit.write_whole(out, done.content, force=force)
    if json:
        json_result(_as_json(done, to=to))
    else:
        result(done.read.text())
        result(done.written.text())
    say(f"{out}: written")


def _as_json(done: "reviewkit.Conversion", *, to: str) -> dict[str, object]:
    losses = [
        {"direction": report.direction, **loss.model_dump(mode="json")}
        for report in (done.read, done.written)
        for loss in report.losses
    ]
    return {"from": done.source, "to": to, "lossless": done.lossless, "losses": losses}
