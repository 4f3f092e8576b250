"""Learn the tagger of reflective moves from CEReD English, and write ``models/reflective-moves``.

Members are learned on the authors' training rows alone; their validation rows set the temperature. The test rows are
not read. A member that lies in the folder of weights already is not learned again::

    python benchmarks/build_moves.py --weights ~/moves-weights
    python benchmarks/bench_moves.py --weights ~/moves-weights
    python benchmarks/build_moves.py --weights ~/moves-weights      # writes the card anew, with what was measured

A member takes 15 minutes to an hour on one core. Another number of threads, processor or torch gives other weights, as
good on the whole.
"""

import argparse
import json
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from benchmarks.measuring import CHECKOUT, RESULTS, markdown_table
from benchmarks.moves import (
    Floats,
    Learning,
    Sentence,
    fitted_temperature,
    learn,
    load_sentences,
    remembered,
    tagger_of,
)
from reviewkit.bundle.moves import WEIGHTS, MoveManifest, save_move_tagger
from reviewkit.features.move_weights import quantized
from reviewkit.features.moves import MoveSettings, marked

FOLDER = CHECKOUT / "models" / "reflective-moves"
N_MEMBERS = 1


def learned_members(
    rows: list[Sentence], folder: Path, *, name: str, learning: Learning, n_members: int
) -> list[dict[str, Floats]]:
    """Members of an ensemble, one a seed; those that lie in the folder are read."""
    return [
        remembered(folder / f"{name}-{seed}.safetensors", partial(learn, rows, learning=learning, seed=seed))
        for seed in range(n_members)
    ]


def settings_of(members: list[dict[str, Floats]], validation: list[Sentence], *, learning: Learning) -> MoveSettings:
    """Fit the temperature on validation rows, as the members are written."""
    bare = MoveSettings(context_tokens=learning.context_tokens, temperature=1.0)
    encoder = tagger_of(members, settings=bare, written=quantized).encoder
    logits = encoder.encode([marked(one.placed) for one in validation]).astype(np.float64)
    moves = np.asarray([one.move for one in validation])
    typical = np.asarray([one.typicality >= 3 for one in validation])
    right = (logits.argmax(axis=1) == moves)[typical]
    print(f"validation rows of typicality 3 or more: {right.mean():.3f} of {len(right)} right")
    return bare.model_copy(update={"temperature": round(fitted_temperature(logits, moves), 4)})


CARD = """# Reflective moves: a tagger of sentences

Names what a sentence of a teacher's reflection does, one of nine moves, with a calibrated probability: {moves}.
[What each is, how it was learned, and what did not work](../../docs/moves.md).

## What it was learned from

CEReD, the Czech-English Reflective Dataset: sentences of Czech student teachers' reflective diaries, English half, by
its authors' training rows; [LINDAT, handle 11372/LRT-3573](http://hdl.handle.net/11372/LRT-3573), under CC BY 4.0
(EduMUNI/reflection-classification). These weights are adapted from it: the sentences were placed in their contexts,
and all-MiniLM-L6-v2 (Apache-2.0), whose word vectors are read from the installed package, was fine-tuned on them. No
sentence of the set is kept here.

## What it is for

To show a reviewer at a glance whether a suggestion rests on events or on thought about them. It is not for rating
teachers: a move is no merit, and counts of moves are no level.

- The English is machine translation from Czech, by student teachers, about school practice. In other English, by
  other people or about other matters, it was not measured, and may do worse.
- The set holds only sentences on whose move two raters agreed. Of others, its probabilities claim too much.
- Intention, Perspective and Learning are rare in the set: 95, 77 and 68 of 6,096 training rows.
- Teachers cannot be told apart in the set, so the figures below may profit from other sentences of the same writers.

## What was measured

{measured}

## How it is kept

`{weights}`, SHA-256 `{sha256}`: {n_members} member(s), large matrices as bytes with a scale for each row. Temperature
{temperature}, by log loss on the authors' validation rows. Read as plain arrays: nothing in it can run. Made anew by
`benchmarks/build_moves.py`.
"""


def measured_text(sha256: str) -> str:
    """Tables of the benchmark, if it read these very weights."""
    path = RESULTS / "moves.json"
    tables = json.loads(path.read_text("utf-8"))["tables"] if path.is_file() else []
    if not any(row.get("weights") == sha256[:12] for table in tables for row in table["rows"]):
        return "Nothing yet: run `benchmarks/bench_moves.py`, then build the card anew."
    shown = [[table["title"] + ".", "", *markdown_table(table["rows"]), "", table["note"], ""] for table in tables]
    return "\n".join(line for lines in shown for line in lines).strip()


def card_text(manifest: MoveManifest, n_members: int) -> str:
    """Write the card in Markdown."""
    return CARD.format(
        moves=", ".join(manifest.moves),
        measured=measured_text(manifest.weights_sha256),
        weights=WEIGHTS,
        sha256=manifest.weights_sha256,
        n_members=n_members,
        temperature=manifest.settings.temperature,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True, help="folder where learned members are kept")
    parser.add_argument("--members", type=int, default=N_MEMBERS)
    parser.add_argument("--out", type=Path, default=FOLDER)
    given = parser.parse_args()
    learning = Learning()
    sentences = [one for one in load_sentences() if one.split != "test"]
    rows = [one for one in sentences if one.split == "train"]
    members = learned_members(rows, given.weights, name="train", learning=learning, n_members=given.members)
    settings = settings_of(members, [one for one in sentences if one.split == "val"], learning=learning)
    weights = {f"{at}/{key}": one for at, member in enumerate(members) for key, one in quantized(member).items()}
    manifest = save_move_tagger(weights, given.out, settings=settings)
    (given.out / "card.md").write_text(card_text(manifest, given.members), encoding="utf-8")
    print(manifest.model_dump_json(indent=1))


if __name__ == "__main__":
    main()
