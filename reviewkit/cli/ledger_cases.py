"""``reviewkit ledger``, case by case: override, appeal, attempts side by side, second readings, anchoring."""

from pathlib import Path
from typing import Annotated, Any

import typer

import reviewkit
from reviewkit.cli.talk import interval, json_result, number, result, say, table

Ledger = Annotated[Path, typer.Argument(help="The ledger.")]
Submission = Annotated[str, typer.Option(help="Id of the submission.")]
RubricDigest = Annotated[str | None, typer.Option(help="Digest of the rubric, where there are several.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def override(
    ledger: Ledger,
    *,
    submission: Submission,
    criterion: Annotated[str, typer.Option(help="Id of the criterion.")],
    level: Annotated[float, typer.Option(help="The level that is to stand.")],
    reviewer: Annotated[str, typer.Option(help="Who sets it.")],
    reason: Annotated[str, typer.Option(help="Why, in a sentence.")],
) -> None:
    """Set a level against what stood, with the reason."""
    entry = reviewkit.Override(
        submission_id=submission, criterion_id=criterion, reviewer_id=reviewer, level=level, reason=reason
    )
    with reviewkit.ReviewLedger.open(ledger) as opened:
        result(f"event {opened.append(entry)}: {submission}, {criterion}: level {level:g}")


def appeal(
    ledger: Ledger,
    *,
    submission: Submission,
    raised_by: Annotated[str, typer.Option("--by", help="Who appeals, usually the teacher.")],
    text: Annotated[str, typer.Option(help="What they say.")],
    criterion: Annotated[str | None, typer.Option(help="Id of the criterion; left out, all of them.")] = None,
) -> None:
    """Keep an appeal; the case waits for one more reader, who has not read it yet."""
    entry = reviewkit.Appeal(submission_id=submission, raised_by=raised_by, text=text, criterion_id=criterion)
    with reviewkit.ReviewLedger.open(ledger) as opened:
        result(f"event {opened.append(entry)}: {submission} waits for one more reader")


def attempts(
    ledger: Ledger,
    *,
    submission: Annotated[str, typer.Option(help="Id of the new attempt.")],
    reviewer: Annotated[str, typer.Option(help="Who looks.")],
    show_scores: Annotated[
        bool, typer.Option("--show-scores", help="Show earlier levels, too; the reviewer is blind no more.")
    ] = False,
    json: Json = False,
) -> None:
    """Put a submission beside its earlier attempts, criterion by criterion; earlier levels stay hidden."""
    with reviewkit.ReviewLedger.open(ledger) as opened:
        found = reviewkit.compare_attempts(opened, submission, reviewer_id=reviewer, show_scores=show_scores)
    if json:
        json_result(found.model_dump(mode="json"))
        return
    before = f"after {', '.join(found.earlier_ids)}" if found.earlier_ids else "with no earlier one in the ledger"
    result(f"{found.submission_id}: attempt {found.attempt}, {before}")
    for row in found.rows:
        result(f"\n{row.criterion_id}")
        for one in row.earlier or ():
            result(f"  attempt {one.attempt}: {_levels(one)}")
        for passage in row.passages:
            result(_marked(passage))
    if show_scores and found.earlier_ids:
        say(f"{reviewer} has seen earlier levels; their ratings from now on are not blind")


def _levels(one: Any) -> str:
    rated = ", ".join("not scorable" if level is None else f"{level:g}" for level in one.rated)
    said = [
        ("suggested", number(one.suggested, digits=0)),
        ("rated", rated),
        ("settled", number(one.settled, digits=0)),
    ]
    return "; ".join(f"{name} {value}" for name, value in said if value not in {"", "-"}) or "nothing was said of it"


def _marked(passage: Any) -> str:
    mark = {"same": " ", "earlier-only": "-", "new-only": "+"}[passage.change]
    return "\n".join(f"{mark} {line}".rstrip() for line in f"[{passage.part}] {passage.text}".splitlines())


def second(
    ledger: Ledger,
    *,
    rubric: RubricDigest = None,
    min_probability: Annotated[
        float, typer.Option(help="Near the cut: less than this on one side of the required level.", min=0.5, max=1.0)
    ] = 0.65,
    max_set_levels: Annotated[int, typer.Option(help="Wide set: more levels than this.", min=1)] = 2,
    max_severity: Annotated[
        float, typer.Option(help="Severity: the reader lies further from the mean, in logits.", min=0.0)
    ] = 0.5,
    json: Json = False,
) -> None:
    """Ask for a second reader where it pays: near the cut, wide set, unfamiliar text, reader of unusual severity."""
    rule = reviewkit.SecondReadingRule(
        min_probability=min_probability, max_set_levels=max_set_levels, max_severity=max_severity
    )
    with reviewkit.ReviewLedger.open(ledger) as opened:
        found = reviewkit.ask_second_readings(opened, rule=rule, rubric=rubric)
    if json:
        json_result(found.model_dump(mode="json"))
        return
    reasons = [one.reason for one in found.asked]
    counts = ", ".join(f"{name}: {reasons.count(name)}" for name in dict.fromkeys(reasons))
    result(f"{len(reasons)} second readings asked for{': ' * bool(reasons)}{counts}")
    if found.severity_reason:
        say(f"severities cannot be estimated yet: {found.severity_reason}")


def anchoring(
    ledger: Ledger,
    *,
    rubric: RubricDigest = None,
    confidence: Annotated[float, typer.Option(help="Confidence of the intervals.", min=0.5, max=0.999)] = 0.95,
    json: Json = False,
) -> None:
    """Agreement with the suggestion where it was shown first, against where it was hidden."""
    with reviewkit.ReviewLedger.open(ledger) as opened:
        found = reviewkit.anchoring(opened, rubric=rubric, confidence=confidence)
    if json:
        json_result([one.to_json() for one in found])
        return
    columns = ["criterion", "hidden", "n", "shown", "n", "difference", "interval", "moved towards", "moved away"]
    table("Agreement with the suggestion", columns, (_anchored(one) for one in found))
    say("The difference is an effect of showing only where chance decided what was shown.")


def _anchored(one: "reviewkit.Anchoring") -> list[str]:
    arms = [cell for arm in (one.hidden, one.shown) for cell in (number(arm.share), str(arm.n))]
    moved = [f"{n} of {one.n_rated_again}" for n in (one.n_towards, one.n_away)]
    return [one.criterion_id, *arms, number(one.difference), interval(one.low, one.high), *moved]
