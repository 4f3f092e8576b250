"""``reviewkit ledger``: put reviews in, take ratings out, forget a teacher, prove that nothing was changed."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

import reviewkit
from reviewkit.cli.ledger_cases import anchoring, appeal, attempts, override, second
from reviewkit.cli.talk import followed, json_result, result, say

ledger_app = typer.Typer(help="Keep the review ledger.", no_args_is_help=True, rich_markup_mode=None)
Ledger = Annotated[Path, typer.Argument(help="The ledger.")]


@ledger_app.callback()
def _ledger() -> None:
    """Keep the review ledger."""


@ledger_app.command()
def add(
    ledger: Ledger,
    reviews: Annotated[Path, typer.Argument(help="Reviews, JSON Lines.")],
    *,
    rubric: Annotated[Path, typer.Option(help="The rubric, YAML or JSON.")],
    submissions: Annotated[Path, typer.Option(help="Submissions, JSON Lines, beside their artifacts.")],
    due: Annotated[datetime | None, typer.Option(help="The day due.", formats=["%Y-%m-%d"])] = None,
    readings: Annotated[int, typer.Option(help="Readings wanted of each case.", min=1, max=9)] = 1,
) -> None:
    """Append reviews with the texts they speak of, all or none; a ledger that is not there is made."""
    held_to = reviewkit.read_rubric(rubric)
    rows = {one.submission_id: one for one in reviewkit.read_submissions(submissions)}
    given = list(reviewkit.read_json_lines(reviews, reviewkit.ReviewRecord))
    missing = [one.submission_id for one in given if one.submission_id not in rows]
    if missing:
        raise reviewkit.SubmissionError(
            f"{submissions}: {len(missing)} reviewed submissions are not in it", faults=missing
        )

    def entries() -> Iterator["reviewkit.Suggestion"]:
        for review in followed(given, label="appending", total=len(given)):
            submission = rows[review.submission_id]
            parts = reviewkit.read_parts(submission, folder=submissions.parent).parts
            yield reviewkit.Suggestion(
                review=review,
                submission=submission,
                parts=parts,
                due=due.date() if due else None,
                n_readings=readings,
            )

    with reviewkit.ReviewLedger.open(ledger, create=True) as opened:
        opened.add_rubric(held_to)
        result(f"{ledger}: {opened.append_all(entries())} reviews added")


@ledger_app.command()
def export(
    ledger: Ledger,
    *,
    ratings: Annotated[Path, typer.Option(help="Where the ratings go, CSV.")],
    rubric: Annotated[str | None, typer.Option(help="Digest of the rubric, where there are several.")] = None,
    blind_only: Annotated[bool, typer.Option("--blind-only", help="Leave unblinded ratings out.")] = False,
    draws: Annotated[bool, typer.Option("--draws", help="Add teacher and audit draw.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that stands already.")] = False,
) -> None:
    """Write the ratings that stand, for the next training."""
    with reviewkit.ReviewLedger.open(ledger) as opened:
        n = reviewkit.export_ratings(opened, ratings, rubric=rubric, blind_only=blind_only, draws=draws, force=force)
    result(f"{ratings}: {n} ratings")


@ledger_app.command()
def forget(
    ledger: Ledger,
    *,
    teacher: Annotated[str, typer.Option(help="Id of the teacher.")],
    reviewer: Annotated[str | None, typer.Option(help="Their id as a reviewer, where they review too.")] = None,
    bundle: Annotated[
        Path | None, typer.Option(help="The bundle that scored: its cut finds very long sentences in the cache, too.")
    ] = None,
) -> None:
    """Remove a teacher's texts and names from the ledger and the cache of sentence vectors; counts stay."""
    segmenter = reviewkit.load_bundle(bundle).engine().segmenter if bundle else reviewkit.Segmenter()
    removed: list[int] = []

    def from_cache(gone: Any) -> None:
        removed.append(reviewkit.forget_texts(gone.texts, cut=lambda text: _cut(segmenter, text)))

    with reviewkit.ReviewLedger.open(ledger) as opened:
        done = reviewkit.forget_teacher(opened, teacher, hooks=[from_cache], reviewer_id=reviewer)
    say(f"{sum(removed)} sentence vectors were removed from the cache")
    say("Backups, exports, pages and reviews.jsonl made before still hold what they hold; delete them by hand.")
    if not done.log_cleared:
        say("Another process was reading, so the ledger's log could not be emptied; close it and open it once.")
    result(f"{done.n_submissions} submissions and {done.n_events} events forgotten; they go under {done.pseudonym}")


def _cut(segmenter: "reviewkit.Segmenter", text: str) -> list[str]:
    part = reviewkit.Part(part="reflection", kind="reflection", text=text)
    return [one.text for one in segmenter.segment(part)]


@ledger_app.command()
def verify(
    ledger: Ledger,
    *,
    head: Annotated[str | None, typer.Option(help="A head from earlier, SEQUENCE:DIGEST.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Work the whole chain out again; print the head to write down elsewhere."""
    with reviewkit.ReviewLedger.open(ledger) as opened:
        found = opened.verify(head=_head(head) if head else None)
    if json:
        json_result(found.model_dump(mode="json"))
        return
    result(f"{ledger}: well; {found.n_events} events, {found.n_forgotten} forgotten")
    result(f"head {found.head_sequence}:{found.head_digest}")
    if found.n_clock_steps_back:
        say(f"the clock ran backwards {found.n_clock_steps_back} times; the sequence says what came first")


def _head(text: str) -> "reviewkit.Head":
    sequence, _, digest = text.partition(":")
    if not (sequence.isdigit() and digest):
        raise typer.BadParameter(f"{text!r} is no head; write SEQUENCE:DIGEST, as verify prints it")
    return reviewkit.Head(int(sequence), digest)


for command in (override, appeal, attempts, second, anchoring):
    ledger_app.command()(command)
