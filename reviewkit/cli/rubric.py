"""``reviewkit rubric``: check rubrics, and convert them."""

from pathlib import Path
from typing import Annotated

import typer

import reviewkit
from reviewkit.cli.rubric_convert import convert
from reviewkit.cli.talk import result, say

rubric_app = typer.Typer(help="Check and convert rubrics.", no_args_is_help=True, rich_markup_mode=None)
rubric_app.command()(convert)


@rubric_app.callback()
def _rubric() -> None:
    """Check and convert rubrics."""


@rubric_app.command()
def check(files: Annotated[list[Path], typer.Argument(help="Rubrics, YAML or JSON.")]) -> None:
    """Say whether rubrics hold, fault by fault."""
    n_faulty = 0
    for path in files:
        try:
            rubric = reviewkit.read_rubric(path)
        except reviewkit.RubricError as error:
            n_faulty += 1
            say(str(error))
            continue
        result(f"{path}: well; {rubric.id} {rubric.version}, {len(rubric.criteria)} criteria, digest {rubric.digest}")
        for warning in _unread_kinds(rubric):
            say(f"{path}: {warning}")
    if n_faulty:
        say(f"{n_faulty} of {len(files)} rubrics are faulty")
        raise typer.Exit(1)


def _unread_kinds(rubric: "reviewkit.Rubric") -> list[str]:
    asked = {"reflection", *(one.kind for one in rubric.requirements.artifacts)}
    return [
        f"criterion {criterion.id!r} reads {kind!r}, which the requirements do not ask for"
        for criterion in rubric.criteria
        for kind in criterion.reads or ()
        if kind not in asked
    ]
