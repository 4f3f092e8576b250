"""``reviewkit train``: rated submissions become a bundle."""

from pathlib import Path
from typing import Annotated, Any

import typer

import reviewkit
from reviewkit.cli.talk import result, say


def train(
    *,
    rubric: Annotated[Path, typer.Option(help="The rubric, YAML or JSON.")],
    submissions: Annotated[Path, typer.Option(help="Submissions, JSON Lines.")],
    ratings: Annotated[Path, typer.Option(help="Ratings, CSV.")],
    out: Annotated[Path, typer.Option(help="Folder of the bundle.")],
    seed: Annotated[int, typer.Option(help="Of folds and draws; kept in the manifest.")] = 0,
    coverage: Annotated[float, typer.Option(help="Wanted coverage of the prediction sets.", min=0.5, max=0.99)] = 0.9,
    hold_back: Annotated[
        float, typer.Option(help="Share of teachers left out, for certify and evaluate.", min=0.0, max=0.9)
    ] = 0.0,
    encoder: Annotated[str | None, typer.Option(help="Name of an encoder, or a model's folder.")] = None,
    moves: Annotated[
        bool, typer.Option("--moves", help="Make shares of reflective moves features; every sentence is tagged.")
    ] = False,
    adjust_severity: Annotated[
        bool, typer.Option("--adjust-severity", help="Take raters' severity off what is learned, where it shows.")
    ] = False,
    search_minutes: Annotated[
        float,
        typer.Option(help="Time for comparing estimators by nested cross-validation; the card lists them.", min=0),
    ] = 0.0,
    stress: Annotated[
        int, typer.Option(help="Submissions whose form is changed, to say in the card how scores move; 0: none.", min=0)
    ] = 0,
    note: Annotated[str, typer.Option(help="What the card says of the data.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace a bundle that stands already.")] = False,
) -> None:
    """Train a bundle from rated submissions; any fault stops it before anything is written."""
    reviewkit.refuse_existing(out, force=force)
    held_to = reviewkit.read_rubric(rubric)
    rows = list(reviewkit.iter_submissions(submissions))
    faults = [row.message for row in rows if isinstance(row, reviewkit.Failure)]
    ids = [row.submission.submission_id for row in rows if not isinstance(row, reviewkit.Failure)]
    try:
        given = reviewkit.read_ratings(ratings, rubric=held_to, submission_ids=ids)
    except reviewkit.RatingsError as error:
        faults += error.faults or (str(error),)
    if faults:
        raise reviewkit.RatingsError(f"{len(faults)} faults, nothing was trained", faults=faults)
    for warning in given.warnings:
        say(warning)
    seconds = 60 * search_minutes / len(held_to.criteria)
    scorer = reviewkit.ScorerSettings(coverage_level=coverage, search_seconds=seconds)
    settings = reviewkit.ModelSettings(scorer=scorer, adjust_severity=adjust_severity)
    trained = reviewkit.train(
        held_to,
        rows,
        ratings=given.ratings,
        folder=submissions.parent,
        encoder=_encoder(encoder) if encoder else None,
        settings=settings,
        seed=seed,
        note=note,
        hold_back=hold_back,
        tagger=reviewkit.load_move_tagger() if moves else None,
    )
    if stress:
        trained = reviewkit.stress_trained(
            trained, _stressed(rows, trained, n=stress), folder=submissions.parent, seed=seed
        )
        for row in trained.stressed:
            if not row.passed:
                say(f"warning: {row.change} moves {row.criterion_id} beyond {row.bound:g}; the card says by how much")
    manifest = reviewkit.save_bundle(trained, out, force=force)
    for name, one in manifest.training.items():
        if one.cold:
            say(
                f"{name}: has {one.n_rated} rated submissions of use, below {settings.scorer.min_rated} or all of one "
                "level or teacher; it is scored cold, and always goes to a reviewer"
            )
    for name, summary in trained.model.summary_.items():
        for other in summary.baselines:
            if other.name == "length" and not other.is_beaten:
                say(f"warning: {name}: {other.warning}")
    if hold_back:
        n_rated = len({one.submission_id for one in given.ratings})
        say(f"{n_rated - len(trained.submission_ids)} of {n_rated} rated submissions were held back, for certify")
    result(f"{out}: trained on {len(trained.submission_ids)} submissions; digest {manifest.digest}")


def _stressed(rows: list[Any], trained: "reviewkit.TrainedModel", *, n: int) -> "list[reviewkit.Submission]":
    """The first submissions, those first that it has not learned from."""
    learned = set(trained.submission_ids)
    given = [row.submission for row in rows if not isinstance(row, reviewkit.Failure)]
    return sorted(given, key=lambda one: one.submission_id in learned)[:n]


def _encoder(name: str) -> "reviewkit.Encoder":
    return reviewkit.with_cache(reviewkit.open_encoder(reviewkit.EncoderSettings(model=name)))
