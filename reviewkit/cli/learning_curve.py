"""``reviewkit learning-curve``: what more ratings would bring."""

from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer

import reviewkit
from reviewkit.cli.talk import interval, json_result, number, say, table


def learning_curve(
    *,
    rubric: Annotated[Path, typer.Option(help="The rubric, YAML or JSON.")],
    submissions: Annotated[Path, typer.Option(help="Submissions, JSON Lines.")],
    ratings: Annotated[Path, typer.Option(help="Ratings, CSV.")],
    n_draws: Annotated[int, typer.Option("--draws", help="Random pools of each size.", min=1)] = 10,
    seed: Annotated[int, typer.Option(help="Of draws and folds.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Learn from fewer of the ratings, and see what each doubling brought."""
    held_to = reviewkit.read_rubric(rubric)
    rows = reviewkit.read_submissions(submissions)
    given = reviewkit.read_ratings(ratings, rubric=held_to, submission_ids=[one.submission_id for one in rows])
    for warning in given.warnings:
        say(warning)
    settings = reviewkit.LearningSettings(n_draws=n_draws)
    points = reviewkit.learning_curve(
        held_to, rows, ratings=given.ratings, folder=submissions.parent, settings=settings, seed=seed
    )
    if json:
        json_result([one.model_dump(mode="json") for one in points])
        return
    table(
        f"By number of rated submissions, measured on {points[0].n_measured} others (in brackets: 8 of 10 draws)",
        ["criterion", "rated", "qwk", "calibration error", "coverage", "for reviewers"],
        (
            [
                one.criterion_id,
                str(one.n_rated),
                *map(_cell, (one.qwk, one.calibration_error, one.coverage, one.review_share)),
            ]
            for one in points
        ),
    )
    for one, after in pairwise(points):
        if one.criterion_id == after.criterion_id and one.qwk and after.qwk:
            gain = after.qwk.value - one.qwk.value
            say(f"{one.criterion_id}: from {one.n_rated} to {after.n_rated} rated, agreement moved by {gain:+.3f}")


def _cell(one: Any) -> str:
    return "-" if one is None else f"{number(one.value)} ({interval(one.low, one.high)})"
