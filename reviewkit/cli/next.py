"""``reviewkit next``: which unrated submissions to rate next."""

from pathlib import Path
from typing import Annotated

import typer

import reviewkit
from reviewkit.cli.talk import json_result, table


def next_to_rate(
    bundle: Annotated[Path, typer.Argument(help="Folder of the bundle.")],
    submissions: Annotated[
        Path, typer.Argument(help="Submissions, JSON Lines: the unrated, and those that the bundle learned from.")
    ],
    *,
    ratings: Annotated[
        Path | None, typer.Option(help="Ratings given since, CSV: what they rate is not ranked.")
    ] = None,
    n: Annotated[int, typer.Option("-n", "--n", help="Submissions to rank.", min=1)] = 20,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Rank unrated submissions by what a rating would teach."""
    loaded = reviewkit.load_bundle(bundle)
    rows = reviewkit.read_submissions(submissions)
    given = reviewkit.read_ratings(ratings, rubric=loaded.rubric).ratings if ratings else []
    rated = {one.submission_id for one in given}
    ranked = reviewkit.rank_unrated(loaded, rows, n=n, rated=rated, folder=submissions.parent)
    if json:
        json_result([{**one.model_dump(mode="json"), "why": one.why} for one in ranked])
        return
    table(
        "To rate next",
        ["place", "submission", "why"],
        ([str(one.place), one.submission_id, one.why] for one in ranked),
    )
