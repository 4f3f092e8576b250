"""``reviewkit encoder``: which encoders run here, how fast, and what they do to scores."""

from pathlib import Path
from typing import Annotated

import typer

import reviewkit
from reviewkit.cli.talk import json_result, number, say, table

encoder_app = typer.Typer(help="Compare encoders.", no_args_is_help=True, rich_markup_mode=None)


@encoder_app.callback()
def _encoder() -> None:
    """Compare encoders."""


@encoder_app.command()
def compare(
    bundle: Annotated[Path | None, typer.Argument(help="Folder of a bundle; left out, a shipped one.")] = None,
    *,
    submissions: Annotated[Path | None, typer.Option(help="Submissions, JSON Lines; left out, the demo's.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say how fast and how large the encoders are that run here, and how a bundle's scores move with each."""
    path = bundle or reviewkit.shipped_folder("models") / "classroom-management"
    source = submissions or reviewkit.shipped_folder("rubrics") / "classroom-management" / "demo.jsonl"
    loaded, rows = reviewkit.load_bundle(path), reviewkit.read_submissions(source)
    figures: list[reviewkit.EncoderFigures] = []
    for name in reviewkit.OWN_ENCODERS:
        try:
            figures += reviewkit.compare_encoders(loaded, rows, names=[name], folder=source.parent)
        except reviewkit.EncoderError as error:
            say(f"left out: {error}")
    if json:
        json_result([one.model_dump(mode="json") for one in figures])
        return
    columns = ["encoder", "numbers", "sentences/s", "tokens/s", "disk MiB", "memory MiB"]
    table("What it costs", columns, (_cost(one) for one in figures))
    columns = ["encoder", "cosine, least", "median", "probability, mean", "most", "level, mean", "same level", "QWK"]
    title = f"What scores move, against {loaded.manifest.encoder.name}"
    table(title, columns, ([one.name, *_change(one.change)] for one in figures))
    say("A bundle is scored with the encoder it was trained with, and no other; a dash: cannot stand in for it.")


def _cost(one: "reviewkit.EncoderFigures") -> list[str]:
    speeds = (f"{x:,.0f}" for x in (one.sentences_per_second, one.tokens_per_second))
    return [one.name, str(one.dimension), *speeds, number(one.disk_mib, digits=1), number(one.peak_mib, digits=0)]


def _change(one: "reviewkit.ScoreChange | None") -> list[str]:
    if one is None:
        return ["-"] * 7
    return [
        number(one.cosine_min, digits=4),
        number(one.cosine_median, digits=4),
        number(one.mean_probability, digits=4),
        number(one.max_probability, digits=4),
        number(one.mean_expected_level, digits=4),
        number(one.same_level),
        number(one.qwk),
    ]
