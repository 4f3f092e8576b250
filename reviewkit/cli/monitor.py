"""``reviewkit monitor``: what a ledger says of a program under way."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

import reviewkit
from reviewkit.cli.talk import interval, json_result, number, result, say, table


def monitor(
    ledger: Annotated[Path, typer.Argument(help="The ledger.")],
    *,
    certificate: Annotated[
        list[Path] | None, typer.Option(help="A promise that an alarm watches over, JSON; more than one may be named.")
    ] = None,
    rubric: Annotated[str | None, typer.Option(help="Digest of the rubric, where there are several.")] = None,
    confidence: Annotated[float, typer.Option(help="Confidence of the intervals.", min=0.5, max=0.999)] = 0.95,
    false_alarm: Annotated[
        float, typer.Option(help="Probability, at most, of an alarm while the promise holds.", min=0.001, max=0.5)
    ] = 0.05,
    bundle: Annotated[
        Path | None, typer.Option(help="Test whether the texts have changed, by this bundle's sentence vectors.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(help="First day of today's texts (UTC).", formats=["%Y-%m-%d"])
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(help="Texts that the certificate was drawn from, JSON Lines; else those before --since."),
    ] = None,
    windows: Annotated[int, typer.Option(help="Windows of time over which severities are followed.", min=2)] = 4,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what audits tell of what stands, whether promises hold, what has changed, who drifts; exit 1 on an alarm."""
    if (bundle is None) != (since is None and reference is None):
        raise typer.BadParameter("texts are compared with --bundle and one of --since and --reference, or both")
    promises = [one for path in certificate or () for one in reviewkit.read_certificates(path)]
    settings = reviewkit.MonitorSettings(confidence=confidence, false_alarm=false_alarm, n_windows=windows)
    with reviewkit.ReviewLedger.open(ledger) as opened:
        shift = _shift(opened, bundle, since=since, reference=reference) if bundle else None
        found = reviewkit.monitor_ledger(opened, certificates=promises, rubric=rubric, shift=shift, settings=settings)
    if json:
        json_result(found.to_json())
    else:
        _print(found)
    if any(one.raised for one in found.alarms):
        raise typer.Exit(1)


def raised_alarms(ledger: Path | None, promises: "Sequence[reviewkit.Certificate]") -> tuple[str, ...]:
    """Hold promises against a ledger, and say which are broken; their ids, for the policy."""
    if ledger is None:
        return ()
    with reviewkit.ReviewLedger.open(ledger) as opened:
        broken = [one for one in reviewkit.raise_alarms(opened, promises) if one.raised]
    for one in broken:
        say(f"{_alarm(one)} Everything goes to review.")
    return tuple(one.certificate_id for one in broken)


def _shift(
    ledger: "reviewkit.ReviewLedger", bundle: Path, *, since: datetime | None, reference: Path | None
) -> "reviewkit.ShiftTest":
    texts = None
    if reference:
        rows = reviewkit.read_submissions(reference)
        texts = ((one.teacher_id, reviewkit.read_parts(one, folder=reference.parent).parts) for one in rows)
    engine = reviewkit.load_bundle(bundle).engine()
    day = since.replace(tzinfo=UTC) if since else None
    return reviewkit.ledger_shift(ledger, engine.text_vectors, since=day, reference=texts)


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
    for alarm in found.alarms:
        result(_alarm(alarm))
    if not found.alarms:
        result("No alarm is kept: no certificate was given.")
    if found.shift:
        result(_changed(found.shift))
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


def _alarm(one: "reviewkit.CertificateAlarm") -> str:
    where = f"Certificate {one.certificate_id}"
    state = one.state
    if state is None:
        return f"{where}: nothing stands under it, so there is nothing to watch."
    seen = f"{state.n_errors} errors in {state.n_audits} audits, {state.terms.level:.0%} promised"
    if one.raised:
        return f"{where}: ALARM at audit {one.raised_at}: {seen}. Nothing stands until there is a new one."
    return f"{where}: no alarm: {seen}; evidence {state.evidence:.3g} of {1 / state.terms.false_alarm:.3g}."


def _changed(shift: "reviewkit.ShiftTest") -> str:
    sides = f"{shift.n_reference} teachers then, {shift.n_current} now"
    if shift.reason:
        return f"Texts cannot be compared: {shift.reason} ({sides})."
    return f"Texts: distance {number(shift.distance)} of 1, p = {number(shift.p_value)} ({sides})."


def _drifts(one: "reviewkit.SeverityDrift") -> str:
    return {True: "yes", False: "no", None: one.reason or "-"}[one.drifts]
