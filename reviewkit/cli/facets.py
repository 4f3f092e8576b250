"""``reviewkit facets``: severity of raters, difficulty of criteria and measures of teachers on one scale."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

import reviewkit
from reviewkit.cli.talk import json_result, number, result, say, table

FIT = ["se", "infit", "outfit", "n_ratings"]


def facets(
    ratings: Annotated[Path, typer.Argument(help="Ratings, CSV or Parquet, in long or wide form.")],
    *,
    model: Annotated[
        Literal["partial-credit", "rating-scale"],
        typer.Option(help="Thresholds of each criterion's own, or one set for all."),
    ] = "partial-credit",
    rubric: Annotated[Path | None, typer.Option(help="The rubric, to hold the ratings against.")] = None,
    criterion: Annotated[str, typer.Option(help="Id of the criterion of a wide file.")] = "ratings",
    with_unblinded: Annotated[
        bool, typer.Option("--with-unblinded", help="Count ratings by people who had seen the score, too.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    html: Annotated[Path | None, typer.Option(help="Where the page goes.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a page that stands already.")] = False,
) -> None:
    """Estimate who is severe, what is hard and where teachers stand: many-facet Rasch."""
    if html:
        reviewkit.refuse_existing(html, force=force)
    held_to = reviewkit.read_rubric(rubric) if rubric else None
    design = reviewkit.read_design(ratings, rubric=held_to, criterion_id=criterion, blind_only=not with_unblinded)
    fit = reviewkit.fit_facets(design, settings=reviewkit.FacetsSettings(model=model))
    found = fit.result
    for note in found.notes:
        say(note)
    if html:
        page = reviewkit.render_facets_page(found, rubric=held_to, drift=drift_of(fit))
        with reviewkit.whole_file(html, force=force) as file:
            file.write(page)
        say(f"Page: {html}")
    if json:
        json_result(found.to_json())
        return
    _print(found)


def drift_of(fit: "reviewkit.FacetsFit") -> "Sequence[reviewkit.SeverityDrift]":
    """Severity over time; nothing where no rating has a time."""
    try:
        found: Sequence[reviewkit.SeverityDrift] = reviewkit.severity_drift(fit)
    except reviewkit.RatingsError:
        return ()
    return found


def _print(found: "reviewkit.FacetsResult") -> None:
    result(
        f"{found.n_ratings} ratings of {found.n_submissions} submissions; deviance {number(found.deviance)}, "
        f"variance {number(found.variance)}, EAP reliability {number(found.eap_reliability)}"
    )
    table(
        "Raters, severest first",
        ["rater", "severity", *FIT, "fair average", "note"],
        (
            [one.rater_id, number(one.severity), *_fit(one), number(one.fair_average), one.reason or ""]
            for one in sorted(found.raters, key=lambda one: -one.severity if one.severity == one.severity else 1e9)
        ),
    )
    table(
        "Criteria",
        ["criterion", "difficulty", *FIT, "note"],
        ([one.criterion_id, number(one.difficulty), *_fit(one), one.reason or ""] for one in found.criteria),
    )
    table(
        "Steps",
        ["criterion", "up to level", "threshold", "se", "n_ratings"],
        (
            [one.criterion_id or "all", f"{one.level:g}", number(one.threshold), number(one.se), str(one.n_ratings)]
            for one in found.steps
        ),
    )
    result(f"Measures of the {len(found.teachers)} submissions are in --json and --html.")


def _fit(one: Any) -> list[str]:
    return [number(one.se), number(one.infit), number(one.outfit), str(one.n_ratings)]
