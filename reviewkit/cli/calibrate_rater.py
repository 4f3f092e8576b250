"""``reviewkit calibrate-rater``: a new reviewer's ratings of the anchors against the record, and the bar."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

import reviewkit
from reviewkit.cli.talk import interval, json_result, number, result, say, table

VERDICTS = {True: "reaches the bar", False: "below the bar", None: "too few anchors"}


def calibrate_rater(
    ratings: Annotated[Path, typer.Argument(help="The new reviewers' ratings of the anchors, CSV.")],
    *,
    record: Annotated[Path, typer.Option(help="The anchors' levels of record, CSV.")],
    bar: Annotated[float, typer.Option(help="Share of ratings that must agree.", min=0.01, max=1.0)] = 0.8,
    counts: Annotated[
        Literal["exact", "adjacent"], typer.Option(help="What agrees: the same level, or at most one apart.")
    ] = "exact",
    by: Annotated[
        Literal["value", "low"], typer.Option(help="What reaches the bar: the share, or its interval's low end.")
    ] = "value",
    min_anchors: Annotated[int, typer.Option(help="Anchors a criterion must have.", min=1)] = 5,
    overall_only: Annotated[
        bool, typer.Option("--overall-only", help="All criteria together must reach the bar, not each.")
    ] = False,
    rubric: Annotated[Path | None, typer.Option(help="The rubric; its levels and its record rule hold.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say whether new reviewers reach the program's bar, and what to talk about."""
    held_to = reviewkit.read_rubric(rubric) if rubric else None
    given, truth = (reviewkit.read_ratings(path, rubric=held_to) for path in (ratings, record))
    for warning in (*given.warnings, *truth.warnings):
        say(warning)
    wanted = reviewkit.TrainingBar(
        agreement=bar, counts=counts, by=by, each_criterion=not overall_only, min_anchors=min_anchors
    )
    reports = reviewkit.calibrate_rater(given.ratings, truth.ratings, bar=wanted, rubric=held_to)
    if json:
        json_result({"raters": [one.to_json() for one in reports]})
        return
    for one in reports:
        _print(one)


def _print(report: "reviewkit.TrainingReport") -> None:
    bar = report.bar
    verdict = "passes" if report.passes else "does not pass yet"
    table(
        f"{report.rater_id} {verdict}: {bar.agreement:.0%} {bar.counts} agreement wanted",
        ["criterion", "anchors", "exact", "interval", "adjacent", "qwk", "bias", "verdict", "note"],
        (_row(one) for one in (*report.criteria, report.overall)),
    )
    for miss in report.misses:
        why = f": {miss.rationale}" if miss.rationale else ""
        result(f"{miss.submission_id}, {miss.criterion_id}: gave {miss.given:g}, the record is {miss.record:g}{why}")
    if report.unrated:
        say(f"{report.rater_id} left {len(report.unrated)} out: {', '.join(report.unrated)}")


def _row(one: Any) -> list[str]:
    return [
        one.criterion_id or "all",
        str(one.n_anchors),
        number(one.exact),
        interval(one.exact_low, one.exact_high),
        number(one.adjacent),
        number(one.qwk),
        number(one.bias),
        VERDICTS[one.passes],
        one.reason or "",
    ]
