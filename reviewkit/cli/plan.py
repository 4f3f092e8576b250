"""``reviewkit plan``: hours of reading against false awards, from the program's own ratings and reviews."""

from pathlib import Path
from typing import Annotated, Any

import typer

import reviewkit
from reviewkit.cli.talk import json_result, number, result, table

_MEANING = {
    "single": "one person reads.",
    "double": "two people read, and a third settles what they see differently.",
    "machine-second": "one person reads, and a second settles where the machine sees it differently.",
    "second-where-unsure": "one person reads, and a second where the machine is less sure than the threshold.",
    "pre-screen-then-single": "where the machine is sure it stands, audits apart; one person reads the rest.",
    "pre-screen-then-double": "the same, and two people read the rest.",
}


def plan(
    reviews: Annotated[Path, typer.Argument(help="Reviews, JSON Lines, by a bundle that has not learned from them.")],
    ratings: Annotated[Path, typer.Argument(help="Ratings, CSV: two blind readings a submission.")],
    *,
    rubric: Annotated[Path, typer.Option(help="The rubric, YAML or JSON.")],
    submissions: Annotated[Path, typer.Option(help="Submissions, JSON Lines: for their teachers.")],
    minutes: Annotated[float, typer.Option(help="Minutes of one reading.", min=0.01)],
    minutes_adjudication: Annotated[float, typer.Option(help="Minutes to settle a difference.", min=0.0)],
    n: Annotated[int, typer.Option(help="Submissions to plan for.", min=1)] = 1000,
    audit_share: Annotated[
        float, typer.Option(help="Share of what stands that is read anyway.", min=0.0, max=1.0)
    ] = 0.1,
    min_probability: Annotated[
        float | None, typer.Option(help="Threshold of the ways that have one: the certificate's.", min=0.0, max=1.0)
    ] = None,
    max_false_awards: Annotated[
        float | None, typer.Option(help="Name the cheapest way that surely makes no more.", min=0.0)
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the bootstrap.", min=0)] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Set hours of reading against false awards for single, double and machine-aided reading."""
    held_to = reviewkit.read_rubric(rubric)
    rows = reviewkit.read_submissions(submissions)
    teachers = {one.submission_id: one.teacher_id for one in rows}
    given = [one for one in reviewkit.read_json_lines(reviews, reviewkit.ReviewRecord) if one.submission_id in teachers]
    history = reviewkit.reading_history(
        given, reviewkit.read_ratings(ratings, rubric=held_to).ratings, rubric=held_to, teacher_ids=teachers
    )
    settings = reviewkit.PlanSettings(
        minutes_per_reading=minutes,
        minutes_per_adjudication=minutes_adjudication,
        n_submissions=n,
        audit_share=audit_share,
        seed=seed,
    )
    found = reviewkit.plan_readings(history, settings, min_probability=min_probability)
    if json:
        json_result(found.model_dump(mode="json"))
        return
    columns = ["way", "threshold", "hours", "hours saved", "false awards", "false returns"]
    table(
        f"{found.n_submissions} submissions, from {found.n_rated} rated of {found.n_teachers} teachers; "
        f"{found.confidence:.0%} intervals",
        columns,
        (_row(one) for one in found.table),
    )
    table("By threshold", columns, (_row(one) for one in found.curve))
    for one in dict.fromkeys(row.way for row in (*found.table, *found.curve)):
        result(f"{one}: {_MEANING[one]}")
    for note in found.notes:
        result(note)
    if max_false_awards is not None:
        best = reviewkit.cheapest((*found.table, *found.curve), max_false_awards=max_false_awards)
        result(f"Cheapest with at most {max_false_awards:g} false awards: {_name(best)}")


def _row(one: Any) -> list[str]:
    spans = (one.hours, one.hours_saved, one.false_awards, one.false_returns)
    return [one.way, number(one.min_probability, digits=2), *(_span(span) for span in spans)]


def _span(span: Any) -> str:
    return f"{span.value:.0f} ({span.low:.0f} to {span.high:.0f})"


def _name(row: Any) -> str:
    if row is None:
        return "no way is that sure on these ratings."
    at = "" if row.min_probability is None else f" at {row.min_probability:g}"
    return f"{row.way}{at}, {row.hours.value:.0f} hours."
