"""``reviewkit batch``: very many submissions into a folder, shard by shard; a run that was killed goes on."""

import time
from pathlib import Path
from typing import Annotated, Literal

import typer

import reviewkit
from reviewkit.cli.monitor import raised_alarms
from reviewkit.cli.talk import result, say

_SECONDS_BETWEEN = 5.0


def batch(
    bundle: Annotated[Path, typer.Argument(help="Folder of the bundle.")],
    submissions: Annotated[Path, typer.Argument(help="Submissions, JSON Lines or Parquet.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder for reviews, failures and manifest.")],
    output: Annotated[Literal["jsonl", "parquet"], typer.Option("--format", help="Form of the reviews.")] = "jsonl",
    jobs: Annotated[int, typer.Option(help="Processes on this machine.", min=1)] = 1,
    scheduler: Annotated[str | None, typer.Option(help="Dask scheduler, tcp://HOST:PORT.")] = None,
    shard_size: Annotated[int, typer.Option(help="Submissions a shard.", min=1)] = 256,
    max_characters: Annotated[int, typer.Option(help="Longer submissions are set aside.", min=1)] = 200_000,
    retries: Annotated[int, typer.Option(help="Times that workers may die in a row.", min=0)] = 3,
    certificate: Annotated[
        list[Path] | None, typer.Option(help="What may stand, as certify wrote it, JSON; more than one may be named.")
    ] = None,
    allow_uncertified: Annotated[
        bool, typer.Option("--allow-uncertified", help="Let suggestions stand without a certificate.")
    ] = False,
    audit_share: Annotated[float, typer.Option(help="Share of what stands that is reviewed anyway.")] = 0.1,
    audit_key: Annotated[str, typer.Option(help="Key of the audit draw; keep it to yourself.")] = "0",
    ledger: Annotated[
        Path | None, typer.Option(help="Where alarms are kept: while one is raised on a certificate, nothing stands.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace another batch in the folder.")] = False,
) -> None:
    """Review very many submissions; run again after a stop, it goes on. Exit 1 if any had to be set aside."""
    settings = reviewkit.BatchSettings(
        shard_size=shard_size,
        output=output,
        max_characters=max_characters,
        n_jobs=jobs,
        scheduler=scheduler,
        retries=retries,
    )
    promises = [one for path in certificate or () for one in reviewkit.read_certificates(path)]
    policy = reviewkit.PolicySettings(
        allow_uncertified=allow_uncertified,
        audit_share=audit_share,
        audit_key=audit_key,
        alarms=raised_alarms(ledger, promises),
    )
    summary = reviewkit.review_batch(
        bundle,
        submissions,
        out=out,
        settings=settings,
        policy=policy,
        certificates=promises,
        force=force,
        progress=_Talk(),
    )
    if summary.n_resumed:
        say(f"{summary.n_resumed} shards were done already")
    result(", ".join(f"{route}: {summary.routes.get(route, 0)}" for route in ("suggest", "review", "return")))
    if summary.n_failures:
        say(f"{summary.n_failures} submissions were set aside; {out / 'failures.jsonl'} says why")
        raise typer.Exit(1)


class _Talk:
    """Says on stderr how far the batch is, every few seconds."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, now: "reviewkit.BatchProgress") -> None:
        if time.monotonic() - self._last < _SECONDS_BETWEEN and now.n_done < now.n_submissions:
            return
        self._last = time.monotonic()
        minutes, seconds = divmod(round(now.seconds_left), 60)
        say(
            f"{now.n_done:,} of {now.n_submissions:,}, {now.per_second:.1f} a second, "
            f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d} left"
        )
