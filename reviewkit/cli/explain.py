"""``reviewkit explain``: what each score is made of."""

from pathlib import Path
from typing import Annotated

import typer

import reviewkit
from reviewkit.cli.talk import json_result, number, table


def explain(
    bundle: Annotated[Path, typer.Argument(help="Folder of the bundle.")],
    submissions: Annotated[Path, typer.Argument(help="Submissions, JSON Lines.")],
    *,
    submission: Annotated[str, typer.Option(help="Id of the submission to explain.")],
    features: Annotated[int, typer.Option(help="Surface features shown a criterion.", min=0)] = 6,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, with every feature.")] = False,
) -> None:
    """Show what each view of a text says by itself, and which surface features move the score."""
    found = [one for one in reviewkit.read_submissions(submissions) if one.submission_id == submission]
    if not found:
        raise reviewkit.SubmissionError(
            f"{submissions}: has no submission {submission!r}; give an id that stands there."
        )
    told = reviewkit.load_bundle(bundle).engine().explain(found[0], folder=submissions.parent)
    if json:
        json_result([one.model_dump(mode="json") for one in told])
        return
    for one in told:
        views = ", ".join(f"{view} {number(level, digits=2)}" for view, level in one.views.items())
        table(
            f"{one.criterion_id}: expected level {number(one.expected_level, digits=2)}; by itself, {views}",
            ["surface feature", "here", "usual", "adds to what the surface says"],
            (
                [share.meaning, number(share.value), number(share.usual), f"{share.adds:+.2f}"]
                for share in one.features[:features]
            ),
        )
