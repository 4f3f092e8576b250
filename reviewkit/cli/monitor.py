"""``reviewkit monitor``: what a ledger says of a program under way."""

from pathlib import Path
from typing import Annotated

import typer

import reviewkit
from reviewkit.cli.talk import interval, json_result, number, result, table


def monitor(
    ledger: Annotated[Path, typer.Argument(help="The ledger.")],
    *,
    certificate: Annotated[Path | None, typer.Option(help="The promise that the alarm watches over, JSON.")] = None,
    rubric: Annotated[str | None, typer.Option(help="Digest of the rubric, where there are several.")] = None,
    confidence: Annotated[float, typer.Option(help="Confidence of the intervals.", min=0.5, max=0.999)] = 0.95,
    false_alarm: Annotated[
        float, typer.Option(help="Probability, at most, of an alarm while the promise holds.", min=0.001, max=0.5)
    ] = 0.05,
    windows: Annotated[int, typer.Option(help="Windows of time over which severities are followed.", min=2)] = 4,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what audits tell of what stands, whether the promise holds, and whose severity drifts; exit 1 on an alarm."""
    promise = reviewkit.read_document(certificate, reviewkit.Certificate) if certificate else None
    settings = reviewkit.MonitorSettings(confidence=confidence, false_alarm=false_alarm, n_windows=windows)
    with reviewkit.ReviewLedger.open(ledger) as opened:
        found = reviewkit.monitor_ledger(opened, certificate=promise, rubric=rubric, settings=settings)
    if json:
        json_result(found.to_json())
    else:
        _print(found)
    if found.alarm is not None and found.alarm.raised:
        raise typer.Exit(1)


def _print(found: "reviewkit.MonitorReport") -> None:
    result(", ".join(f"{kind}: {count}" for kind, count in found.counts.items()) or "the ledger is empty")
    table(
        "Agreement of suggestions with blind ratings",
        ["criterion", "of", "share", "interval", "ratings", "teachers", "note"],
        (
            [one.criterion_id, name, number(part.value), interval(part.low, part.high), str(part.n_ratings),
             str(part.n_teachers), part.reason or ""]
            for one in found.criteria
            for name, part in (("what stands", one.standing), ("the whole stream", one.stream))
        ),
    )  # fmt: skip
    result(_alarm(found))
    if found.drift_reason:
        result(f"Severities cannot be followed: {found.drift_reason}")
        return
    table(
        "Severity over time",
        ["rater", "severity", "change in 30 days", "p", "drifts"],
        (
            [one.rater_id, number(one.severity), number(one.slope_per_30_days), number(one.slope_p_value), _drifts(one)]
            for one in found.drift
        ),
    )


def _alarm(found: "reviewkit.MonitorReport") -> str:
    if found.alarm is None:
        return f"No alarm is kept: {found.alarm_reason}."
    state = found.alarm
    seen = f"{state.n_errors} errors in {state.n_audits} audits, {state.terms.level:.0%} promised"
    if state.raised:
        return f"ALARM at audit {state.raised_at}: {seen}. Send everything to review until there is a new certificate."
    return f"No alarm: {seen}; evidence {state.evidence:.3g} of {1 / state.terms.false_alarm:.3g}."


def _drifts(one: "reviewkit.SeverityDrift") -> str:
    return {True: "yes", False: "no", None: one.reason or "-"}[one.drifts]
