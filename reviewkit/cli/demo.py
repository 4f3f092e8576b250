"""``reviewkit demo``: the demo submissions, reviewed with a shipped bundle."""

from pathlib import Path
from typing import Annotated

import typer

import reviewkit
from reviewkit.cli.talk import result, say, table

WORDS = {"suggest": "stands", "review": "to a reviewer", "return": "back to the teacher"}


def demo(
    *,
    rubric: Annotated[str, typer.Option(help="Id of a rubric that comes with a bundle.")] = "classroom-management",
    out: Annotated[Path, typer.Option(help="Folder for the pages.")] = Path("demo-output"),
) -> None:
    """Review the demo submissions: a table here, and pages to open in a browser."""
    submissions = reviewkit.shipped_folder("rubrics") / rubric / "demo.jsonl"
    bundle = reviewkit.load_bundle(reviewkit.shipped_folder("models") / rubric)
    engine = bundle.engine(policy=reviewkit.PolicySettings(allow_uncertified=True))
    reviewed = [
        one
        for one in engine.review_many(reviewkit.read_submissions(submissions))
        if isinstance(one, reviewkit.Reviewed)
    ]
    say("These submissions were written for the project; no certificate stands behind what is suggested here.")
    table(
        bundle.rubric.title,
        ["submission", "where it goes", "why", *(one.title for one in bundle.rubric.criteria)],
        (_row(one.review, bundle.rubric) for one in reviewed),
    )
    reviewkit.write_review_pages(out, ((one.review, one.parts) for one in reviewed), rubric=bundle.rubric)
    result(f"Pages: {out / 'index.html'}")


def _row(review: "reviewkit.ReviewRecord", rubric: "reviewkit.Rubric") -> list[str]:
    levels = {score.criterion_id: _suggested(score) for score in review.scores}
    why = dict.fromkeys(_reason(one, rubric) for one in review.reasons if one.code != "audit")
    return [
        review.submission_id,
        WORDS[review.route],
        "; ".join(why) or "-",
        *(levels.get(criterion.id, "-") for criterion in rubric.criteria),
    ]


def _suggested(score: "reviewkit.CriterionScore") -> str:
    chance = "" if score.p_meets_required is None else f" ({score.p_meets_required:.0%} meets)"
    return f"{score.level:g}{chance}"


def _reason(reason: "reviewkit.Reason", rubric: "reviewkit.Rubric") -> str:
    words = {"low-probability": "borderline", "incomplete": "incomplete"}.get(reason.code, reason.code)
    return f"{words}: {rubric.criterion(reason.criterion_id).title}" if reason.criterion_id else words
