"""How many ratings are enough, and which to ask for: the learning curve, and ranked choice beside random choice.

The curve and the race are measured on the fifth fold, whose essays teach nothing; the way of ranking was chosen on
other folds and prompts (docs/learning.md tells what lost). Vocabulary weights come from all texts, as they would where
unrated texts are at hand. With ``--keep FOLDER`` each prompt's figures are kept, and what lies there already is not
measured again; ``--only 7`` measures one prompt and writes no page.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray

from benchmarks.asap import N_FOLDS, PROMPT_7, RatedEssays, load_holistic, load_traits
from benchmarks.measuring import RESULTS, Benchmark, Row
from reviewkit import LearningSettings, ScorerSettings, quadratic_weighted_kappa
from reviewkit.evaluation.calibration import ranked_probability_score
from reviewkit.scoring.scorer import CriterionScorer
from reviewkit.scoring.teaching import teaching_features, teaching_order
from reviewkit.training.learning import LearningPoint, LearningRows, learning_points
from reviewkit.training.train import default_encoder, rated_texts, segmenter_for

SEED = 0
SETTINGS = LearningSettings(n_draws=5)
START, RACE, N_RACES = 20, (40, 60, 100, 150), 12
N_POOL, N_HELD = 700, 250
SCORER = ScorerSettings()
T_QUANTILE = 2.201  # Student's t with 11 degrees of freedom, 95 %
Indices = NDArray[np.intp]
Floats = NDArray[np.float64]


def essay_rows(essays: RatedEssays) -> tuple[LearningRows, Indices, Indices]:
    """Rows of essays, those of the pool and those of the fifth fold."""
    encoder = default_encoder()
    learn, test = essays.split(N_FOLDS - 1)
    chosen = [*learn[:N_POOL], *test[:N_HELD]]
    ratings = essays.ratings_of(chosen)
    used, segmented = rated_texts(essays.rubric, chosen, ratings=ratings, folder=None, segmenter=segmenter_for(encoder))
    teachers = [one.teacher_id for one in used]
    rows = LearningRows.build(essays.rubric, segmented, ratings, teachers=teachers, encoder=encoder)
    n_pool = min(N_POOL, len(learn))
    return rows, np.arange(n_pool), np.arange(n_pool, len(chosen))


def curve_rows(points: Sequence[LearningPoint], prompt: str) -> Iterator[Row]:
    """The mean over criteria, size by size."""
    for size in sorted({one.n_rated for one in points}):
        here = [one for one in points if one.n_rated == size]
        yield {
            "prompt": prompt,
            "rated": size,
            "draws": here[0].n_draws,
            "QWK": mean(one.qwk.value for one in here if one.qwk),
            "low": mean(one.qwk.low for one in here if one.qwk),
            "high": mean(one.qwk.high for one in here if one.qwk),
            "calibration error": mean(one.calibration_error.value for one in here),
            "coverage": mean(one.coverage.value for one in here),
            "review share": mean(one.review_share.value for one in here),
        }


def mean(values: Iterator[float]) -> float:
    """Mean, ``nan`` of nothing."""
    found = list(values)
    return float(np.mean(found)) if found else float("nan")


def fitted(rows: LearningRows, learned: Indices) -> dict[str, CriterionScorer]:
    """Scorers that learned from some of the submissions."""
    return {
        one.id: CriterionScorer(len(one.levels), settings=SCORER).fit(rows.rows[one.id].take(learned), seed=SEED)
        for one in rows.rubric.criteria
    }


def said(rows: LearningRows, scorers: dict[str, CriterionScorer], some: Indices) -> list[NDArray[np.float64]]:
    """Distributions over levels of some of the submissions, criterion by criterion."""
    return [scorers[name].probabilities(*(rows.views[name][row] for row in some)) for name in rows.rows]


def figures(rows: LearningRows, learned: Indices, held: Indices) -> tuple[float, float]:
    """Mean QWK and ranked probability score over criteria, on submissions that taught nothing."""
    found = []
    for own, spread in zip(rows.rows.values(), said(rows, fitted(rows, learned), held), strict=True):
        level = own.level_index[held]
        kappa = quadratic_weighted_kappa(level, spread.argmax(axis=1), n_levels=spread.shape[1])
        found.append((kappa, ranked_probability_score(spread / spread.sum(axis=1, keepdims=True), level)))
    qwk, score = np.nanmean(found, axis=0)
    return float(qwk), float(score)


def ranked_choice(rows: LearningRows, pool: Indices, first: Indices) -> Indices:
    """Go on from the first ratings as `reviewkit next` ranks; the order hangs on no rating, so it is drawn up once."""
    shared = next(iter(rows.rows.values())).shared
    features = teaching_features(shared.embedding[pool], shared.surface[pool])
    order = teaching_order(features, rated=np.isin(pool, first), n=RACE[-1] - len(first))
    return np.concatenate([first, pool[order]])


def race(rows: LearningRows, pool: Indices, held: Indices) -> Floats:
    """QWK and RPS of both sides, shape (n_races, n_sizes, 2 sides, 2 figures)."""
    found = np.zeros((N_RACES, len(RACE), 2, 2))
    for at in range(N_RACES):
        drawn = np.random.default_rng([SEED, at]).permutation(pool)
        chosen = ranked_choice(rows, pool, drawn[:START])
        for stop, size in enumerate(RACE):
            found[at, stop] = [figures(rows, one[:size], held) for one in (chosen, drawn)]
    return found


def race_rows(found: Floats, prompt: str) -> Iterator[Row]:
    """Lines of the race: both sides, and the gain with its interval over races."""
    for stop, size in enumerate(RACE):
        gain = found[:, stop, 0, :] - found[:, stop, 1, :]
        half = T_QUANTILE * gain.std(axis=0, ddof=1) / np.sqrt(len(gain))
        middle = gain.mean(axis=0)
        yield {
            "prompt": prompt,
            "rated": size,
            "races": len(gain),
            "QWK ranked": float(found[:, stop, 0, 0].mean()),
            "QWK random": float(found[:, stop, 1, 0].mean()),
            "gain": float(middle[0]),
            "low": float(middle[0] - half[0]),
            "high": float(middle[0] + half[0]),
            "RPS ranked": float(found[:, stop, 0, 1].mean()),
            "RPS random": float(found[:, stop, 1, 1].mean()),
            "RPS gain": float(-middle[1]),
            "RPS low": float(-middle[1] - half[1]),
            "RPS high": float(-middle[1] + half[1]),
        }


def plot(curve: Sequence[Row], path: Path) -> None:
    """Draw QWK and review share against the number of rated submissions, as an SVG that needs no library."""
    prompts = dict(zip(dict.fromkeys(str(row["prompt"]) for row in curve), COLOURS, strict=False))
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 780 300" font-family="sans-serif" font-size="12">',
        '<rect width="780" height="300" fill="white"/>',
    ]
    for figure, title, left in (("QWK", "agreement (QWK)", 40), ("review share", "share for reviewers", 440)):
        parts.append(f'<text x="{left}" y="20" font-weight="bold">{title}, by rated submissions</text>')
        for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
            parts.append(f'<path d="M{left} {height(tick)}h300" stroke="#ddd"/>')
            parts.append(f'<text x="{left - 4}" y="{height(tick) + 4}" text-anchor="end">{tick:g}</text>')
        parts += [
            f'<text x="{left + place(size):.0f}" y="268" text-anchor="middle">{size}</text>' for size in SETTINGS.sizes
        ]
        for prompt, colour in prompts.items():
            own = [row for row in curve if row["prompt"] == prompt]
            ends = [
                f"{left + place(float(row['rated'] or 1)):.1f},{height(float(row[figure] or 0)):.1f}" for row in own
            ]
            parts.append(f'<polyline points="{" ".join(ends)}" fill="none" stroke="{colour}" stroke-width="2"/>')
    for at, (prompt, colour) in enumerate(prompts.items()):
        parts.append(f'<text x="{40 + 160 * at}" y="292" fill="{colour}">prompt {prompt}</text>')
    path.write_text("\n".join([*parts, "</svg>\n"]), encoding="utf-8")


def height(share: float) -> float:
    """Where a share from 0 to 1 stands on the upright axis."""
    return 250 - 210 * share


def place(size: float) -> float:
    """Where a size stands on the axis, by its logarithm."""
    return float(300 * np.log(size / 20) / np.log(500 / 20))


COLOURS = ("#1b6ca8", "#b3541e", "#3f7d20")


def measured(prompt: str) -> dict[str, Any]:
    """The curve and the race of one prompt, and the processor's seconds for both, embedding included."""
    start = time.process_time()
    rows, pool, held = essay_rows(PROMPTS[prompt]())
    points = learning_points(rows, pool=pool, held=held, scorer=SCORER, settings=SETTINGS, seed=SEED)
    curve = list(curve_rows(list(points), prompt))
    races = race(rows, pool, held).tolist()
    return {"curve": curve, "races": races, "seconds": time.process_time() - start}


def kept(prompt: str, folder: Path | None) -> dict[str, Any]:
    """What was measured of a prompt, from the folder or now."""
    path = folder and folder / f"learning-{prompt.partition(',')[0]}.json"
    if path is None or not path.is_file():
        found = json.dumps(measured(prompt))
        if path is None:
            return dict(json.loads(found))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8")
    return dict(json.loads(path.read_text(encoding="utf-8")))


PROMPTS: dict[str, Callable[[], RatedEssays]] = {
    "7, by trait": partial(load_traits, PROMPT_7),
    "6, one score": partial(load_holistic, "6"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, help="folder where each prompt's figures are kept")
    parser.add_argument("--only", help="measure one prompt, such as 7, into that folder, and write no page")
    given = parser.parse_args()
    bench = Benchmark("learning", title="How many ratings, and which", seed=SEED)
    found = {one: kept(one, given.keep) for one in PROMPTS if given.only in (None, one.partition(",")[0])}
    if given.only is None:
        write(bench, found)


def write(bench: Benchmark, found: dict[str, dict[str, Any]]) -> None:
    """Write the page and the picture."""
    curve = [line for one in found.values() for line in one["curve"]]
    races = {prompt: np.asarray(one["races"]) for prompt, one in found.items()}
    bench.table(
        "By number of rated submissions, mean over criteria",
        curve,
        note=f"Up to {N_POOL} essays to draw from, up to {N_HELD} of the fifth fold to measure on. Low and high: eight "
        "of ten draws lie between. Review share: criterion scores that would not stand under the default policy, if it "
        "needed no certificate; prompt 6 has no required level, so all of its scores stand. ![](learning.svg)",
    )
    bench.table(
        "Ranked choice beside random choice",
        [line for prompt, one in races.items() for line in race_rows(one, prompt)]
        + list(race_rows(np.mean(list(races.values()), axis=0), "mean of all")),
        note=f"Each race begins with the same {START} random ratings; from there one side goes on at random, the other "
        "as `reviewkit next` ranks. Gain: paired by race, 95 % interval over "
        "races on one fold of held-out essays; of RPS, where lower is better, with the sign turned.",
    )
    bench.table(
        "Cost",
        [{"prompt": prompt, "processor seconds": one["seconds"]} for prompt, one in found.items()],
        note="Embedding included. With `--keep`, what was measured earlier is not measured again: the wall seconds "
        "below are then this page's alone.",
    )
    plot(curve, RESULTS / "learning.svg")
    bench.write()


if __name__ == "__main__":
    main()
