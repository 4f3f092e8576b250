"""``reviewkit submissions import``: what teachers handed in, from another system, as S.jsonl."""

from pathlib import Path
from typing import Annotated, Literal

import typer

import reviewkit
from reviewkit.cli.talk import json_result, result

submissions_app = typer.Typer(
    help="Bring submissions in from other systems.", no_args_is_help=True, rich_markup_mode=None
)


@submissions_app.callback()
def _submissions() -> None:
    """Bring submissions in from other systems."""


@submissions_app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(help="A zip, a folder or a CSV, as the system exports it.")],
    *,
    rubric_id: Annotated[str, typer.Option(help="Id of the rubric they are handed in for.")],
    out: Annotated[Path, typer.Option(help="Where the submissions go, JSON Lines; artifacts go beside it.")],
    system: Annotated[
        Literal["canvas", "moodle", "folders", "ora2", "reflections-csv"] | None,
        typer.Option(help="Where the export comes from; left out, it is found."),
    ] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="A kind of artifact, looked for in files' names; may be given again.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace what stands already.")] = False,
) -> None:
    """Turn an export into submissions, and say what was left out and why."""
    for path in (out, out.parent / "artifacts"):
        reviewkit.refuse_existing(path, force=force)
    if not source.exists():
        raise reviewkit.SubmissionError(f"{source}: is not there; check the path.")
    settings = reviewkit.IntakeSettings(rubric_id=rubric_id, **({"kinds": tuple(kind)} if kind else {}))
    found, report = reviewkit.read_export(
        source, out=out.parent, settings=settings, system=system, extract=reviewkit.extract_text
    )
    reviewkit.write_json_lines(out, found, force=force)
    if json:
        json_result(report.model_dump(mode="json"))
        return
    result(report.text())
