"""Which calibrator is most honest, from how many rows on, and what each kind of prediction set covers and costs.

Essays of ASAP prompts 7 and 8, their traits and their holistic score; fold 0 is never read. Every probability comes
from a scorer that had not seen the essay, and every calibrator is scored on essays that it was not fitted on.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray

from benchmarks.asap import PROMPT_7, PROMPT_8, RatedEssays, load_holistic, load_traits
from benchmarks.measuring import Benchmark, Row
from reviewkit import Encoder, EncoderSettings, ScorerSettings, SentenceTransformerEncoder, with_cache
from reviewkit.evaluation.calibration import calibration_error, ranked_probability_score
from reviewkit.records import Criterion
from reviewkit.scoring.calibrator_choice import (
    CALIBRATORS,
    choose_calibrator,
    log_scores,
    smoothed,
    unseen_probabilities,
)
from reviewkit.scoring.folds import teacher_folds, teacher_order
from reviewkit.scoring.members import fold_members
from reviewkit.scoring.rows import CriterionRows
from reviewkit.scoring.scorer import CriterionScorer
from reviewkit.training.learning import LearningRows
from reviewkit.training.train import rated_texts, segmenter_for

SEED, LEFT_OUT, VALIDATION = 0, 0, 1
N_ROWS, N_DRAWS = (50, 100, 200, 400, 800), 5
UNCALIBRATED = ScorerSettings(calibrator="isotonic")  # whose scores for evidence are those before calibration
KINDS = {
    "split, marginal": ScorerSettings(sets="split"),
    "split, per level": ScorerSettings(sets="split", coverage="per-level"),
    "cross-fitted, marginal": ScorerSettings(),
    "cross-fitted, per level": ScorerSettings(coverage="per-level"),
    "cross, marginal": ScorerSettings(sets="cross"),
    "cross, per level": ScorerSettings(sets="cross", coverage="per-level"),
}
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Said:
    """What scorers said of essays that they had not seen, before any calibration."""

    name: str
    probabilities: Floats
    level: NDArray[np.intp]
    folds: NDArray[np.intp]
    teachers: tuple[str, ...]


def rows_of(essays: RatedEssays, encoder: Encoder) -> LearningRows:
    """Rows of all essays but those of fold 0 and their copies."""
    learn, _ = essays.split(LEFT_OUT)
    ratings = essays.ratings_of(learn)
    used, segmented = rated_texts(essays.rubric, learn, ratings=ratings, folder=None, segmenter=segmenter_for(encoder))
    teachers = [one.teacher_id for one in used]
    return LearningRows.build(essays.rubric, segmented, ratings, teachers=teachers, encoder=encoder)


def said_of(name: str, rows: CriterionRows, n_levels: int) -> Said:
    """Score each essay by a scorer that learned from four fifths without it."""
    members, _ = fold_members(rows, n_levels=n_levels, settings=UNCALIBRATED, seed=SEED)
    folds = teacher_folds(rows.teachers, n_folds=UNCALIBRATED.n_folds, seed=SEED + 1)
    probabilities = np.empty((len(rows), n_levels))
    for fold, (member, _) in enumerate(members):
        for row in np.flatnonzero(folds == fold):
            probabilities[row] = member.graded(rows.views(int(row)))[0]
    return Said(name, probabilities, rows.level_index, folds, rows.teachers)


def auto(said: Said) -> Floats:
    """Distributions of all rows, each by the calibrator that the other folds' rows chose."""
    unseen = np.empty_like(said.probabilities)
    for fold in np.unique(said.folds):
        inside, outside = said.folds != fold, said.folds == fold
        teachers = [one for one, kept in zip(said.teachers, inside, strict=True) if kept]
        chosen, _ = choose_calibrator(
            said.probabilities[inside], said.level[inside], folds=said.folds[inside], teachers=teachers
        )
        unseen[outside] = smoothed(chosen.transform(said.probabilities[outside]), n_rows=int(inside.sum()))
    return unseen


def score_rows(all_said: list[Said]) -> Iterator[Row]:
    """Three figures a calibrator, on essays that it was not fitted on."""
    for said in all_said:
        given = {"none": said.probabilities}
        given |= {
            name: unseen_probabilities(name, said.probabilities, said.level, folds=said.folds) for name in CALIBRATORS
        }
        given["chosen"] = auto(said)
        _, tried = choose_calibrator(said.probabilities, said.level, folds=said.folds, teachers=said.teachers)
        best = next((one.name for one in tried if one.chosen), "temperature")
        row: dict[str, str | int | float | None] = {
            "criterion": said.name,
            "levels": said.probabilities.shape[1],
            "n": len(said.level),
            "chosen on all rows": best,
        }
        for name, one in given.items():
            row[f"log score, {name}"] = float(log_scores(one, said.level).mean())
        for name, one in given.items():
            row[f"RPS, {name}"] = ranked_probability_score(one, said.level)
        for name, one in given.items():
            row[f"calibration error, {name}"] = calibration_error(one, said.level)
        yield row


def growth_rows(all_said: list[Said]) -> Iterator[Row]:
    """How far each calibrator lies behind the temperature when it learns from so many rows; below 0 it is ahead."""
    for n_rows in N_ROWS:
        behind: dict[str, list[float]] = {name: [] for name in CALIBRATORS}
        for said in all_said:
            for draw in range(N_DRAWS):
                order = np.random.default_rng([SEED, draw]).permutation(len(said.level))
                learned, held = order[:n_rows], order[n_rows:]
                if len(held) < 100:
                    continue
                scores = {}
                for name, kind in CALIBRATORS.items():
                    fitted = kind().fit(said.probabilities[learned], said.level[learned])
                    unseen = smoothed(fitted.transform(said.probabilities[held]), n_rows=n_rows)
                    scores[name] = float(log_scores(unseen, said.level[held]).mean())
                for name, one in scores.items():
                    behind[name].append(one - scores["temperature"])
        yield {
            "rows": n_rows,
            "draws": len(behind["temperature"]),
            **{name: float(np.mean(one)) for name, one in behind.items() if name != "temperature"},
        }


def set_rows(prompt: str, learning: LearningRows, validated: NDArray[np.bool_]) -> Iterator[Row]:
    """Coverage and size of each kind of set on the validation fold, pooled over the prompt's criteria."""
    found: dict[str, list[tuple[Floats, NDArray[np.intp]]]] = {name: [] for name in KINDS}
    for criterion in learning.rubric.criteria:
        rows = learning.rows[criterion.id]
        learned, held = rows.take(np.flatnonzero(~validated[rows.at])), rows.take(np.flatnonzero(validated[rows.at]))
        for name, one in sets_of(criterion, learned, held):
            found[name].append((one, held.level_index))
    for name, pairs in found.items():
        inside = np.concatenate([one[np.arange(len(level)), level] for one, level in pairs])
        sizes = np.concatenate([one.sum(axis=1) for one, _ in pairs])
        rare = [one[level == k, k].mean() for one, level in pairs for k in np.unique(level) if (level == k).sum() >= 10]
        yield {
            "prompt": prompt,
            "sets": name,
            "scores": len(inside),
            "coverage": float(inside.mean()),
            "lowest coverage of a level with 10 scores or more": float(min(rare)),
            "mean size": float(sizes.mean()),
        }


def sets_of(criterion: Criterion, learned: CriterionRows, held: CriterionRows) -> Iterator[tuple[str, Floats]]:
    """Sets of the held essays, by kind; what kinds have in common is learned once."""
    n_levels = len(criterion.levels)
    order = teacher_order(learned.teachers, seed=SEED)
    apart = np.isin(learned.teachers, order[: round(0.2 * len(order))])
    fewer, calibrating = learned.take(np.flatnonzero(~apart)), learned.take(np.flatnonzero(apart))
    split = CriterionScorer(n_levels).fit(fewer, seed=SEED)
    unseen_split = np.vstack([split.probabilities(calibrating.views(row)) for row in range(len(calibrating))])
    whole = CriterionScorer(n_levels).fit(learned, seed=SEED)
    members, unseen = fold_members(learned, n_levels=n_levels, settings=ScorerSettings(), seed=SEED)
    for name, settings in KINDS.items():
        scorer, said, level = (
            (split, unseen_split, calibrating.level_index)
            if settings.sets == "split"
            else (whole, unseen, learned.level_index)
        )
        scorer.settings = settings
        scorer.members_ = members if settings.sets == "cross" else ()
        scorer.calibrate(said, level)
        views = [held.views(row) for row in range(len(held))]
        yield name, np.vstack([scorer.sets(one, probabilities=scorer.probabilities(one)) for one in views])


def main() -> None:
    bench = Benchmark(
        "calibrators", title="Calibrators and prediction sets on essays that were not learned from", seed=SEED
    )
    encoder = with_cache(SentenceTransformerEncoder(EncoderSettings()))
    said, sets, start = list[Said](), list[Row](), time.perf_counter()
    for prompt in (PROMPT_7, PROMPT_8):
        for essays in (load_traits(prompt), load_holistic(prompt.essay_set)):
            learning = rows_of(essays, encoder)
            for one in essays.rubric.criteria:
                name = f"{essays.rubric.id} {one.id}"
                said.append(said_of(name, learning.rows[one.id], len(one.levels)))
                print(name, f"{time.perf_counter() - start:.0f} s", file=sys.stderr)
            fold_of = {one.submission_id: fold for one, fold in zip(essays.submissions, essays.folds, strict=True)}
            validated = np.array([fold_of[name] == VALIDATION for name in learning.stack.submission_ids])
            sets += set_rows(
                f"{essays.rubric.id} {'traits' if len(essays.rubric.criteria) > 1 else 'score'}", learning, validated
            )
    bench.table(
        "By criterion",
        list(score_rows(said)),
        note="Smaller is better. None: what the ordinal model says. Chosen: each fold's essays by the calibrator that "
        "the other folds' essays chose, as training chooses it. Venn-Abers is considered from 200 rows on, isotonic "
        "regression from 1,000; here both were fitted whatever the number.",
    )
    bench.table(
        "How many rows each needs",
        list(growth_rows(said)),
        note="Mean log score on the essays left, less the temperature's, over all criteria: above 0 is worse.",
    )
    bench.table(
        "Prediction sets for 90 %",
        sets,
        note="Learned from folds 2 to 4, a fifth of them apart where sets are split; sets of fold 1. Cross-fitted: "
        "each essay calibrates by a scorer that had not seen it, and none of these is kept. Cross: they are kept.",
    )
    bench.write()


if __name__ == "__main__":
    main()
