"""``reviewkit queue``: what waits for a reviewer; it names cases, and never scores or reasons."""

from pathlib import Path
from typing import Annotated, Literal

import typer

import reviewkit
from reviewkit.cli.talk import json_result, table


def queue(
    ledger: Annotated[Path, typer.Argument(help="The ledger.")],
    *,
    kind: Annotated[
        Literal["rating", "adjudication"], typer.Option(help="Readings, or differences to settle.")
    ] = "rating",
    reviewer: Annotated[str | None, typer.Option(help="Lease the next cases to this reviewer.")] = None,
    n: Annotated[int, typer.Option("-n", "--cases", help="Cases at most.", min=1)] = 20,
    lease_hours: Annotated[float, typer.Option(help="How long a lease lasts.", min=0.01)] = 8.0,
    max_level_gap: Annotated[int, typer.Option(help="Levels that ratings may lie apart.", min=0)] = 1,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List what waits, by due date, then by what a reading teaches; or lease it to a reviewer."""
    settings = reviewkit.QueueSettings(lease_hours=lease_hours, max_level_gap=max_level_gap)
    with reviewkit.ReviewLedger.open(ledger) as opened:
        waiting = reviewkit.ReviewQueue(opened, settings)
        cases = waiting.lease(reviewer, kind=kind, n_cases=n) if reviewer else waiting.waiting(kind=kind, n_cases=n)
    if json:
        json_result([one.model_dump(mode="json") for one in cases])
        return
    table(
        f"Leased to {reviewer}" if reviewer else "Waiting",
        ["submission", "attempt", "due", *([] if reviewer else ["read"]), "criteria"],
        (_row(one) for one in cases),
    )


def _row(case: "reviewkit.QueueCase") -> list[str]:
    due = "-" if case.due is None else case.due.isoformat()
    read = [] if case.n_wanted is None else [f"{case.n_read} of {case.n_wanted}"]
    return [case.submission_id, str(case.attempt), due, *read, ", ".join(case.criterion_ids)]
