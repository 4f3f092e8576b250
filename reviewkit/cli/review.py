"""``reviewkit review``: submissions in, reviews out; a faulty one is set aside and never lost."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Annotated

import typer

import reviewkit
from reviewkit.cli.monitor import raised_alarms
from reviewkit.cli.talk import count_lines, followed, result, say


def review(
    bundle: Annotated[Path, typer.Argument(help="Folder of the bundle.")],
    submissions: Annotated[Path, typer.Argument(help="Submissions, JSON Lines.")],
    *,
    out: Annotated[Path, typer.Option(help="Where the reviews go, JSON Lines.")],
    html: Annotated[Path | None, typer.Option(help="Folder for the pages.")] = None,
    certificate: Annotated[
        list[Path] | None, typer.Option(help="What may stand, as certify wrote it, JSON; more than one may be named.")
    ] = None,
    allow_uncertified: Annotated[
        bool, typer.Option("--allow-uncertified", help="Let suggestions stand without a certificate.")
    ] = False,
    audit_share: Annotated[
        float, typer.Option(help="Share of what stands that is reviewed anyway.", min=0.0, max=1.0)
    ] = 0.1,
    audit_key: Annotated[str, typer.Option(help="Key of the audit draw; keep it to yourself.")] = "0",
    ledger: Annotated[
        Path | None, typer.Option(help="Where alarms are kept: while one is raised on a certificate, nothing stands.")
    ] = None,
    moves: Annotated[bool, typer.Option(help="Name the reflective move of each evidence sentence.")] = True,
    force: Annotated[bool, typer.Option("--force", help="Replace outputs that stand already.")] = False,
) -> None:
    """Review submissions; exit 1 if any had to be set aside."""
    if out.resolve() == submissions.resolve():
        raise reviewkit.SubmissionError(f"{out}: is the submissions file itself; name another output.")
    failures = out.with_name(f"{out.name}.failures.jsonl")
    for path in (out, failures, *([html] if html and any(html.glob("*")) else [])):
        reviewkit.refuse_existing(path, force=force)
    promises = [one for path in certificate or () for one in reviewkit.read_certificates(path)]
    policy = reviewkit.PolicySettings(
        allow_uncertified=allow_uncertified,
        audit_share=audit_share,
        audit_key=audit_key,
        alarms=raised_alarms(ledger, promises),
    )
    tagger = move_tagger() if moves else None
    engine = reviewkit.load_bundle(bundle).engine(policy=policy, certificates=promises, tagger=tagger)
    counts: Counter[str] = Counter()
    with ExitStack() as files:
        reviews = files.enter_context(reviewkit.whole_file(out, force=force))
        aside = files.enter_context(reviewkit.whole_file(failures, force=force))
        done = _written(engine, submissions, reviews=reviews, aside=aside, counts=counts)
        if html:
            pairs = ((one.review, one.parts) for one in done)
            reviewkit.write_review_pages(html, pairs, rubric=engine.rubric)
        for _ in done:
            pass
    if not counts["failure"]:
        failures.unlink()
    result(", ".join(f"{route}: {counts[route]}" for route in ("suggest", "review", "return")))
    if counts["failure"]:
        say(f"{counts['failure']} submissions were set aside; {failures} says why")
        raise typer.Exit(1)


def move_tagger() -> "reviewkit.MoveTagger | None":
    """Load the tagger of moves, where torch is there to run it."""
    if find_spec("torch") is None:
        say("no torch is installed, so the moves of evidence sentences are not named")
        return None
    return reviewkit.load_move_tagger()


def _written(
    engine: "reviewkit.ReviewEngine", submissions: Path, *, reviews: IO[str], aside: IO[str], counts: Counter[str]
) -> Iterator["reviewkit.Reviewed"]:
    rows = reviewkit.iter_submissions(submissions)
    reviewed = engine.review_many(rows, folder=submissions.parent)
    for one in followed(reviewed, label="reviewing", total=count_lines(submissions)):
        if isinstance(one, reviewkit.Failure):
            counts["failure"] += 1
            aside.write(reviewkit.json_text(one) + "\n")
            continue
        counts[one.review.route] += 1
        reviews.write(reviewkit.json_text(one.review) + "\n")
        yield one
