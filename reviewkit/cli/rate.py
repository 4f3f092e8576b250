"""``reviewkit rate``: read and rate cases in the terminal, or on a page that works offline and comes back."""

from pathlib import Path
from typing import Annotated, Literal

import typer

import reviewkit
from reviewkit.cli.talk import result, say

NOT_SCORABLE, STOP = "n", "q"


def rate(
    ledger: Annotated[Path, typer.Argument(help="The ledger.")],
    *,
    reviewer: Annotated[str | None, typer.Option(help="Who rates.")] = None,
    kind: Annotated[
        Literal["rating", "adjudication"], typer.Option(help="Readings, or differences to settle.")
    ] = "rating",
    n: Annotated[int, typer.Option("-n", "--cases", help="Cases at most.", min=1)] = 1,
    shown: Annotated[
        str | None, typer.Option(help="Show the suggestion first, and why: ratings are not blind then.")
    ] = None,
    sheet: Annotated[Path | None, typer.Option(help="Write the cases to a page instead, HTML.")] = None,
    store: Annotated[Path | None, typer.Option(help="Read a filled page back in, JSON.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a page that stands already.")] = False,
) -> None:
    """Rate cases; the suggestion is shown once every criterion has been rated, and never before unless asked for."""
    if (reviewer is None) == (store is None):
        raise typer.BadParameter("give --reviewer to rate, or --store to read a filled page back in")
    if shown is not None and (sheet or store or kind == "adjudication"):
        raise typer.BadParameter("--shown is for readings in the terminal; a page and an adjudication are blind")
    if sheet:
        reviewkit.refuse_existing(sheet, force=force)
    with reviewkit.ReviewLedger.open(ledger) as opened:
        if store:
            kept = reviewkit.store_rating_sheet(store, ledger=opened)
            result(f"{kept.n_stored} ratings stored, {kept.n_known} known already, {kept.n_not_blind} not blind")
            return
        who = reviewer or ""
        cases = reviewkit.ReviewQueue(opened).lease(who, kind=kind, n_cases=n)
        n_cases = f"{len(cases)} case{'' if len(cases) == 1 else 's'}"
        if sheet:
            reviewkit.write_rating_sheet(sheet, cases, ledger=opened, reviewer_id=who, force=force)
            result(f"{sheet}: {n_cases}")
            return
        done = sum(1 for case in cases if _read(opened, case, reviewer=who, shown=shown))
        result(f"{done} of {n_cases} rated")


def _read(ledger: "reviewkit.ReviewLedger", case: "reviewkit.QueueCase", *, reviewer: str, shown: str | None) -> bool:
    """Show a case, ask for its levels and store them together; False where the reviewer stopped."""
    rubric = ledger.rubric(case.submission_id)
    say(f"\n{case.submission_id}, attempt {case.attempt}")
    for part in ledger.parts(case.submission_id):
        say(f"\n{part.part}\n{part.text}")
    if shown is not None:
        _show(ledger.show_suggestion(case.submission_id, reviewer, reason=shown))
    given = []
    for criterion_id in case.criterion_ids:
        answer = _ask(rubric.criterion(criterion_id))
        if answer == STOP:
            reviewkit.ReviewQueue(ledger).give_back(case.submission_id, reviewer)
            return False
        rationale = typer.prompt("Why", default="", show_default=False, err=True)
        given.append(_rating(case, criterion_id, answer=answer, rationale=rationale, reviewer=reviewer))
    ledger.append_all(given)
    if case.kind == "rating" and shown is None:
        _show(ledger.suggestion_for(case.submission_id, reviewer))
    return True


def _ask(criterion: "reviewkit.Criterion") -> str:
    say(f"\n{criterion.title}")
    for one in criterion.levels:
        say(f"  {one.level:g} {one.name}: {one.descriptor}")
    allowed = {f"{one.level:g}" for one in criterion.levels} | {NOT_SCORABLE, STOP}
    while True:
        answer = str(typer.prompt(f"Level ({NOT_SCORABLE}: not scorable, {STOP}: stop)", err=True)).strip()
        if answer in allowed:
            return answer
        say(f"{answer!r} is none of {', '.join(sorted(allowed))}")


def _rating(
    case: "reviewkit.QueueCase", criterion_id: str, *, answer: str, rationale: str, reviewer: str
) -> "reviewkit.Rating":
    scored = answer != NOT_SCORABLE
    return reviewkit.Rating(
        submission_id=case.submission_id,
        criterion_id=criterion_id,
        rater_id=reviewer,
        level=float(answer) if scored else None,
        outcome="scored" if scored else "not-scorable",
        role=case.kind,
        rationale=rationale.strip() or None,
    )


def _show(review: "reviewkit.ReviewRecord") -> None:
    say("\nWhat was suggested:")
    for one in review.scores:
        say(f"  {one.criterion_id}: {one.level:g}, from {one.prediction_set[0]:g} to {one.prediction_set[-1]:g}")
