"""``reviewkit stress``: how a bundle's scores move when a text changes and its meaning does not."""

from pathlib import Path
from typing import Annotated, Any

import typer

import reviewkit
from reviewkit.cli.talk import json_result, number, say, table


def stress(
    bundle: Annotated[Path, typer.Argument(help="Folder of the bundle.")],
    submissions: Annotated[Path, typer.Argument(help="Submissions, JSON Lines.")],
    *,
    max_move: Annotated[
        float, typer.Option(help="Mean move of the expected level that form may cause.", min=0.0)
    ] = 0.25,
    max_rise: Annotated[
        float, typer.Option(help="Mean rise that filler or pasted descriptors may cause.", min=0.0)
    ] = 0.05,
    seed: Annotated[int, typer.Option(help="Of the changes.", min=0)] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score texts before and after changes that keep their meaning; exit 1 if a check fails."""
    engine = reviewkit.load_bundle(bundle).engine()
    rows = reviewkit.stress(
        reviewkit.read_submissions(submissions),
        engine.rubric,
        score_all=lambda texts: reviewkit.expected_levels(
            engine.model, texts, segmenter=engine.segmenter, folder=submissions.parent
        ),
        seed=seed,
        settings=reviewkit.StressSettings(max_move=max_move, max_rise=max_rise),
    )
    failed = [one for one in rows if not one.passed]
    if json:
        json_result({"passed": not failed, "rows": [one._asdict() for one in rows]})
    else:
        table(
            "Moves of the expected level",
            ["change", "criterion", "n", "mean", "mean absolute", "largest rise", "levels changed", "bound", "verdict"],
            (_row(one) for one in rows),
        )
    if failed:
        named = ", ".join(f"{one.change} ({one.criterion_id})" for one in failed)
        say(f"{len(failed)} of {len(rows)} checks failed: {named}")
        raise typer.Exit(1)


def _row(one: Any) -> list[str]:
    figures = (one.mean_move, one.mean_absolute_move, one.largest_rise, one.share_of_levels_changed, one.bound)
    verdict = "passed" if one.passed else "failed"
    return [one.change, one.criterion_id, str(one.n), *(number(float(figure)) for figure in figures), verdict]
