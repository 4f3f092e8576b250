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
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from benchmarks.measuring import CHECKOUT
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
from reviewkit.bundle.moves import save_move_tagger
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
    print(manifest.model_dump_json(indent=1))


if __name__ == "__main__":
    main()
