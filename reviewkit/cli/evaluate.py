"""``reviewkit evaluate``: scores held against ratings."""

from pathlib import Path
from typing import Annotated

import typer

import reviewkit
from reviewkit.cli.talk import followed, result, say, table


def evaluate(
    bundle: Annotated[Path, typer.Argument(help="Folder of the bundle.")],
    submissions: Annotated[Path, typer.Argument(help="Submissions, JSON Lines.")],
    ratings: Annotated[Path, typer.Argument(help="Ratings, CSV.")],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    include_seen: Annotated[
        bool, typer.Option("--include-seen", help="Keep submissions and teachers that the bundle learned from.")
    ] = False,
) -> None:
    """Hold a bundle's scores against ratings that it has not learned from."""
    loaded = reviewkit.load_bundle(bundle)
    rows = reviewkit.read_submissions(submissions)
    ids = [one.submission_id for one in rows]
    given = reviewkit.read_ratings(ratings, rubric=loaded.rubric, submission_ids=ids)
    for warning in given.warnings:
        say(warning)
    seen = loaded.manifest.seen
    fresh = rows if include_seen else [one for one in rows if not seen.holds(one.submission_id, one.teacher_id)]
    engine = loaded.engine(policy=reviewkit.PolicySettings(allow_uncertified=True))
    reviewed = list(followed(engine.review_many(fresh, folder=submissions.parent), label="reviewing", total=len(fresh)))
    faults = [one.message for one in reviewed if isinstance(one, reviewkit.Failure)]
    if faults:
        raise reviewkit.SubmissionError(f"{len(faults)} submissions are faulty, nothing was evaluated", faults=faults)
    reviews = [one.review for one in reviewed if isinstance(one, reviewkit.Reviewed)]
    evaluation = reviewkit.evaluate_reviews(reviews, given.ratings, rubric=loaded.rubric, n_seen=len(rows) - len(fresh))
    if len(fresh) < len(rows):
        say(f"{len(rows) - len(fresh)} of {len(rows)} submissions were left out: the bundle learned from them")
    if json:
        result(reviewkit.json_text(evaluation))
        return
    figures = ["n", "exact", "adjacent", "qwk", "smd", "rps", "calibration_error", "coverage", "mean_set_size"]
    table(
        "Scores against the score of record",
        ["criterion", *figures, "human-human qwk"],
        (
            [name, *(_cell(getattr(one, figure)) for figure in figures), _cell(one.human_human and one.human_human.qwk)]
            for name, one in evaluation.criteria.items()
        ),
    )


def _cell(value: float | int | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"
