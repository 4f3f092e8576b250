"""What shares of reflective moves bring to scores, and what they cost: the same essays, with and without them.

Training folds alone: essays of prompts 7 and 8 that are tested in another fold, each scored by models that had not seen
it. So nothing here speaks of the test rows::

    python benchmarks/bench_move_features.py --essays 200
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from benchmarks.asap import PROMPT_7, PROMPT_8, RatedEssays, TraitPrompt, load_traits
from benchmarks.measuring import Benchmark, Cell
from reviewkit import (
    MoveTagger,
    SentenceTransformerEncoder,
    TrainedModel,
    load_move_tagger,
    quadratic_weighted_kappa,
    train,
    with_cache,
)
from reviewkit.features.encoder import EncoderSettings

SEED = 0
N_DRAWS = 2000


def trained(essays: RatedEssays, n_essays: int, *, tagger: MoveTagger | None) -> tuple[TrainedModel, float]:
    """A model of some of the training essays of fold 0, and the seconds that it took."""
    learn = essays.split(0)[0]
    order = np.random.default_rng(SEED).permutation(len(learn))[:n_essays]
    chosen = [learn[at] for at in sorted(order)]
    start = time.perf_counter()
    encoder = with_cache(SentenceTransformerEncoder(EncoderSettings()))
    ratings = essays.ratings_of(chosen)
    model = train(essays.rubric, chosen, ratings=ratings, encoder=encoder, seed=SEED, tagger=tagger)
    return model, time.perf_counter() - start


def criterion_rows(
    prompt: TraitPrompt, n_essays: int, tagger: MoveTagger
) -> tuple[list[dict[str, Cell]], dict[str, Cell]]:
    """A line a trait, and the cost."""
    essays = load_traits(prompt)
    plain, seconds = trained(essays, n_essays, tagger=None)
    told, seconds_told = trained(essays, n_essays, tagger=tagger)
    rows: list[dict[str, Cell]] = []
    for criterion in essays.rubric.criteria:
        both = [model.model.summary_[criterion.id].out_of_fold for model in (plain, told)]
        record = np.asarray([level for level, _ in both[0]])
        said = [np.asarray([int(np.argmax(row)) for _, row in one]) for one in both]
        rows.append(
            {"prompt": essays.rubric.id, "criterion": criterion.id, **compared(record, said, len(criterion.levels))}
        )
    cost: dict[str, Cell] = {
        "prompt": essays.rubric.id,
        "essays": n_essays,
        "training s": seconds,
        "with moves s": seconds_told,
    }
    return rows, cost


def compared(record: np.ndarray, said: list[np.ndarray], n_levels: int) -> dict[str, Cell]:
    """QWK without and with moves, and a bootstrap interval of the difference, over essays."""

    def kappa(machine: np.ndarray, rows: np.ndarray) -> float:
        return quadratic_weighted_kappa(record[rows], machine[rows], n_levels=n_levels)

    rng, whole = np.random.default_rng(SEED), np.arange(len(record))
    draws = (rng.integers(len(record), size=len(record)) for _ in range(N_DRAWS))
    differences = [kappa(said[1], rows) - kappa(said[0], rows) for rows in draws]
    low, high = np.nanquantile(differences, [0.025, 0.975])
    without, with_moves = kappa(said[0], whole), kappa(said[1], whole)
    return {
        "n": len(record), "QWK": without, "QWK with moves": with_moves, "difference": with_moves - without,
        "from": float(low), "to": float(high),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--essays", type=int, default=200, help="essays of each prompt")
    given = parser.parse_args()
    bench = Benchmark("move_features", title="Shares of reflective moves as features", seed=SEED)
    tagger = load_move_tagger()
    both = [criterion_rows(prompt, given.essays, tagger) for prompt in (PROMPT_7, PROMPT_8)]
    rows = [row for rows, _ in both for row in rows]
    bench.table(
        "By criterion",
        rows,
        note="Essays of the training folds, out of fold. The difference's interval is a bootstrap over essays, 95 %. "
        "These are pupils' stories, not teachers' reflections: no set of rated reflections is at hand.",
    )
    mean = {name: float(np.mean([float(row[name] or 0) for row in rows])) for name in ("QWK", "QWK with moves")}
    bench.table("Mean over criteria", [mean])
    bench.table("Cost", [cost for _, cost in both], note="Vectors and moves that the cache holds are not made again.")
    bench.write()


if __name__ == "__main__":
    main()
