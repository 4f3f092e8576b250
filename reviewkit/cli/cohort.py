"""``reviewkit cohort``: a program in numbers, as a page, and a copy of it for research without names."""

import secrets
from pathlib import Path
from typing import Annotated, Any

import typer

import reviewkit
from reviewkit.cli.talk import interval, json_result, number, result, say, table


def cohort(
    reviews: Annotated[Path, typer.Argument(help="Reviews, JSON Lines.")],
    ratings: Annotated[Path | None, typer.Argument(help="Ratings, CSV.")] = None,
    *,
    rubric: Annotated[Path | None, typer.Option(help="The rubric: for awards and scores of record.")] = None,
    submissions: Annotated[
        Path | None, typer.Option(help="Submissions, JSON Lines: for teachers, groups and waiting times.")
    ] = None,
    min_cell: Annotated[int, typer.Option(help="Smaller counts are hidden.", min=1)] = 5,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    html: Annotated[Path | None, typer.Option(help="Where the page goes.")] = None,
    research: Annotated[Path | None, typer.Option(help="Folder for a copy without names.")] = None,
    key: Annotated[
        str | None,
        typer.Option(
            envvar="REVIEWKIT_RESEARCH_KEY", help="Secret behind the copy's pseudonyms; left out, thrown away."
        ),
    ] = None,
    group: Annotated[list[str] | None, typer.Option(help="A group that the copy keeps; may be given again.")] = None,
    free_text: Annotated[bool, typer.Option("--free-text", help="Keep free text in the copy; read it first.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a page that stands already.")] = False,
) -> None:
    """Sum a program up: awards, levels, what stops teachers, attempts, reviewers and groups."""
    if html:
        reviewkit.refuse_existing(html, force=force)
    held_to = reviewkit.read_rubric(rubric) if rubric else None
    given: dict[str, Any] = {
        "reviews": list(reviewkit.read_json_lines(reviews, reviewkit.ReviewRecord)),
        "ratings": reviewkit.read_ratings(ratings, rubric=held_to).ratings if ratings else (),
        "submissions": reviewkit.read_submissions(submissions) if submissions else (),
    }
    settings = reviewkit.CohortSettings(min_cell=min_cell)
    found = reviewkit.cohort(**given, rubric=held_to, settings=settings)
    if research:
        secret = key or secrets.token_hex(32)
        kept = reviewkit.ResearchSettings(key=secret, groups=tuple(group or ()), free_text=free_text)
        copied = reviewkit.write_research(research, **given, settings=kept)
        say(f"{research}: {copied.n_reviews} reviews, {copied.n_ratings} ratings, {copied.n_submissions} submissions")
        if key is None:
            say("The pseudonyms' key was thrown away; nobody can lead them back.")
    if html:
        with reviewkit.whole_file(html, force=force) as file:
            file.write(reviewkit.render_cohort_page(found, rubric=held_to))
        say(f"Page: {html}")
    if json:
        json_result(found.model_dump(mode="json"))
        return
    _print(found)


def _print(found: "reviewkit.Cohort") -> None:
    result(f"{found.title} {found.rubric_version}: {found.n_submissions} submissions, {found.n_units} {found.unit}s")
    rows = [["award earned", *_cells(found.award)]] if found.award else []
    rows += [[f"route: {name}", *_cells(share)] for name, share in found.routes.items()]
    rows += [[f"attempts: {name}", *_cells(share)] for name, share in found.attempts.items()]
    table("Program", ["what", "count", "of", "share", "interval"], rows)
    if found.award_reason:
        result(f"Awards are not told: {found.award_reason}.")


def _cells(share: Any) -> list[str]:
    if share.hidden:
        return ["hidden"] * 4
    return [number(share.count), number(share.of), number(share.share), interval(share.low, share.high)]
