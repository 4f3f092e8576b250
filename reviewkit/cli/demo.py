"""``reviewkit demo``: the demo submissions, reviewed with a shipped bundle."""

from pathlib import Path
from typing import Annotated

import typer

import reviewkit
from reviewkit.cli.review import move_tagger
from reviewkit.cli.talk import result, say, table

WORDS = {"suggest": "stands", "review": "to a reviewer", "return": "back to the teacher"}
MIN_PROBABILITY = 0.7


def demo(
    *,
    rubric: Annotated[str, typer.Option(help="Id of a rubric that comes with a bundle.")] = "classroom-management",
    out: Annotated[Path, typer.Option(help="Folder for the pages.")] = Path("demo-output"),
) -> None:
    """Review the demo submissions: a table here, and pages to open in a browser."""
    submissions = reviewkit.shipped_folder("rubrics") / rubric / "demo.jsonl"
    bundle = reviewkit.load_bundle(reviewkit.shipped_folder("models") / rubric)
    policy = reviewkit.PolicySettings(allow_uncertified=True, min_probability=MIN_PROBABILITY)
    reviewed = [
        one
        for one in bundle.engine(policy=policy, tagger=move_tagger()).review_many(
            reviewkit.read_submissions(submissions)
        )
        if isinstance(one, reviewkit.Reviewed)
    ]
    say(
        "These submissions were written for the project, and so were the 24 that the model learned from. No "
        f"certificate stands behind it, and the bar is low here ({MIN_PROBABILITY:.0%} on one side of the required "
        "level) so that every route shows; by default a person would look at all of them."
    )
    table(
        bundle.rubric.title,
        ["submission", "where it goes", "why", *(one.title for one in bundle.rubric.criteria)],
        (_row(one.review, bundle.rubric) for one in reviewed),
    )
    result("A cell: suggested level, chance that the level of record meets the required one; ? where a person looks.")
    reviewkit.write_review_pages(out, ((one.review, one.parts) for one in reviewed), rubric=bundle.rubric)
    result(f"Pages: {out / 'index.html'}")


def _row(review: "reviewkit.ReviewRecord", rubric: "reviewkit.Rubric") -> list[str]:
    cells = {score.criterion_id: _cell(score) for score in review.scores}
    levels = [cells.get(criterion.id, "-") for criterion in rubric.criteria]
    return [review.submission_id, WORDS[review.route], _why(review), *levels]


def _cell(score: "reviewkit.CriterionScore") -> str:
    chance = "" if score.p_meets_required is None else f", {score.p_meets_required:.0%}"
    return f"{score.level:g}{chance}" + ("" if score.stands else " ?")


def _why(review: "reviewkit.ReviewRecord") -> str:
    if review.route == "return":
        return "; ".join(one.code.replace("-", " ") for one in review.findings if one.leads_to == "return")
    if any(one.code == "audit" for one in review.reasons):
        return "drawn for the audit"
    unsure = sum(not score.stands for score in review.scores)
    found = [one.code.replace("-", " ") for one in review.findings if one.leads_to == "review"]
    return "; ".join(([f"unsure on {unsure} of {len(review.scores)} criteria"] if unsure else []) + found) or "-"
