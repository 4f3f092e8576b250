"""``reviewkit compare``: what changes when a model or a rubric's version changes."""

from pathlib import Path
from typing import Annotated

import typer

import reviewkit
from reviewkit.cli.talk import followed, result, table


def compare(
    bundle_a: Annotated[Path, typer.Argument(help="The bundle in use.")],
    bundle_b: Annotated[Path, typer.Argument(help="The bundle that would take its place.")],
    submissions: Annotated[Path, typer.Argument(help="Submissions, JSON Lines.")],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say which levels and routes change from one bundle to another."""
    rows = reviewkit.read_submissions(submissions)
    first, second = (_reviews(bundle, rows, submissions.parent) for bundle in (bundle_a, bundle_b))
    comparison = reviewkit.compare_reviews(first, second)
    if json:
        result(reviewkit.json_text(comparison))
        return
    table("Routes", ["from -> to", "submissions"], ([name, str(n)] for name, n in sorted(comparison.routes.items())))
    table(
        "Criteria",
        ["criterion", "n", "same level", "mean shift", "mean absolute shift"],
        (
            [name, str(one.n), *(_cell(x) for x in (one.same_level, one.mean_shift, one.mean_absolute_shift))]
            for name, one in comparison.criteria.items()
        ),
    )


def _reviews(bundle: Path, rows: list["reviewkit.Submission"], folder: Path) -> list["reviewkit.ReviewRecord"]:
    engine = reviewkit.load_bundle(bundle).engine(policy=reviewkit.PolicySettings(allow_uncertified=True))
    reviewed = list(followed(engine.review_many(rows, folder=folder), label=str(bundle), total=len(rows)))
    faults = [one.message for one in reviewed if isinstance(one, reviewkit.Failure)]
    if faults:
        raise reviewkit.SubmissionError(f"{bundle}: {len(faults)} submissions are faulty", faults=faults)
    return [one.review for one in reviewed if isinstance(one, reviewkit.Reviewed)]


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
