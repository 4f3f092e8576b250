"""``reviewkit evaluate``: scores held against ratings."""

from pathlib import Path
from typing import Annotated

import typer

import reviewkit
from reviewkit.cli.talk import followed, interval, number, result, say, table


def evaluate(
    bundle: Annotated[Path, typer.Argument(help="Folder of the bundle.")],
    submissions: Annotated[Path, typer.Argument(help="Submissions, JSON Lines.")],
    ratings: Annotated[Path, typer.Argument(help="Ratings, CSV.")],
    *,
    groups: Annotated[
        Path | None, typer.Option(help="Groups, CSV: submission_id or teacher_id, then a column a grouping.")
    ] = None,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Delete each suggestion's evidence and see how far the score moves.")
    ] = False,
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
    good = [one for one in reviewed if isinstance(one, reviewkit.Reviewed)]
    evaluation = reviewkit.evaluate_reviews(
        [one.review for one in good],
        given.ratings,
        rubric=loaded.rubric,
        n_seen=len(rows) - len(fresh),
        submissions=reviewkit.add_groups(fresh, groups) if groups else fresh,
        parts={one.review.submission_id: one.parts for one in good},
    )
    if evidence:
        taken = [engine.take_in(one, folder=submissions.parent) for one in fresh]
        tested = reviewkit.evidence_faithfulness(
            engine.model, [one.segmented for one in taken if one.is_complete and one.segmented.segments]
        )
        evaluation = evaluation.model_copy(update={"evidence": tested})
    if len(fresh) < len(rows):
        say(f"{len(rows) - len(fresh)} of {len(rows)} submissions were left out: the bundle learned from them")
    for warning in evaluation.warnings():
        say(f"warning: {warning}")
    if json:
        result(evaluation.model_dump_json())
        return
    _print(evaluation)


def _print(evaluation: "reviewkit.Evaluation") -> None:
    figures = ["n", "exact", "adjacent", "qwk", "smd", "rps", "calibration_error", "coverage", "mean_set_size"]
    criteria = evaluation.criteria.items()
    table(
        "Scores against the score of record",
        ["criterion", *figures, "human-human qwk"],
        (
            [name, *(number(getattr(one, x)) for x in figures), number(one.human_human and one.human_human.qwk)]
            for name, one in criteria
        ),
    )
    beside = [(name, one, other) for name, one in criteria for other in one.baselines]
    if beside:
        table(
            "What knows no more than the text's length, or its surface counts",
            ["criterion", "baseline", "qwk", "the bundle's", "gain", "interval"],
            (
                [name, other.name, *map(number, (other.qwk, one.qwk, other.gain)), interval(other.low, other.high)]
                for name, one, other in beside
            ),
        )
    if evaluation.groups:
        shown = ["smd", "dsm", "qwk", "degradation-qwk", "coverage", "review-share"]
        table(
            "Groups (*: too few to read anything into it)",
            ["criterion", "group", "n", *shown],
            (
                [
                    one.criterion_id,
                    f"{one.grouping} {one.group or '(not told)'}{'*' if one.small else ''}",
                    str(one.n),
                    *(_with_interval(one.measure(name)) for name in shown),
                ]
                for one in evaluation.groups
            ),
        )
    if evaluation.evidence:
        table(
            "Fall of the suggested level's probability when sentences are deleted",
            ["criterion", "n", "evidence", "random", "longest", "gain on random", "gain on longest"],
            (
                [
                    one.criterion_id,
                    str(one.n),
                    *(number(one.area[choice].value) for choice in ("evidence", "random", "longest")),
                    *(interval(one.gain[choice].low, one.gain[choice].high) for choice in ("random", "longest")),
                ]
                for one in evaluation.evidence
            ),
        )


def _with_interval(one: "reviewkit.Coefficient") -> str:
    return f"{number(one.value, digits=2)} ({interval(one.low, one.high, digits=2)})" if one.defined else "-"
