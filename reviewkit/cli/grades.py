"""``reviewkit grades``: scores of record, as people settled them, in the file that a gradebook takes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

import reviewkit
from reviewkit.cli.talk import result, say


def grades(
    ratings: Annotated[Path, typer.Argument(help="Ratings, CSV.")],
    *,
    rubric: Annotated[Path, typer.Option(help="The rubric, YAML or JSON.")],
    to: Annotated[Literal["canvas", "moodle"], typer.Option(help="Whose gradebook.")],
    out: Annotated[Path, typer.Option(help="Where the grades go, CSV.")],
    submissions: Annotated[
        Path | None, typer.Option(help="Submissions, JSON Lines: their teacher_id is the system's number.")
    ] = None,
    assignment: Annotated[str | None, typer.Option(help="Canvas's column, with its number.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that stands already.")] = False,
) -> None:
    """Write grades from blind ratings and adjudications; the machine's suggestions are never among them."""
    reviewkit.refuse_existing(out, force=force)
    held_to = reviewkit.read_rubric(rubric)
    given = reviewkit.read_ratings(ratings, rubric=held_to)
    for warning in given.warnings:
        say(warning)
    records = reviewkit.scores_of_record(given.ratings, rubric=held_to)
    numbers = _numbers(submissions) if submissions else {one: one.removeprefix(f"{to}-") for one in records}
    settled: dict[str, Mapping[str, float]] = {}
    for submission_id, number in numbers.items():
        levels = {name: level for name, level in records.get(submission_id, {}).items() if level is not None}
        if set(levels) == set(held_to.criterion_ids):
            settled[number] = levels
        else:
            say(f"{submission_id}: left out; no score of record on {', '.join(_open(levels, held_to))}")
    content = reviewkit.write_grades(settled, rubric=held_to, system=to, assignment=assignment)
    reviewkit.write_whole(out, content, force=force)
    result(f"{out}: {len(settled)} grades")


def _numbers(submissions: Path) -> dict[str, str]:
    """The system's number by submission, later attempts last: of a teacher's, the latest one settled stands."""
    rows = sorted(reviewkit.read_submissions(submissions), key=lambda one: one.attempt)
    return {one.submission_id: one.teacher_id for one in rows}


def _open(levels: Mapping[str, float], rubric: "reviewkit.Rubric") -> list[str]:
    return [one for one in rubric.criterion_ids if one not in levels]
