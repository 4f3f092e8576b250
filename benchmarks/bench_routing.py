"""What stands without a second look, on essays that two people scored: promised against observed, and what it saves.

Each fold in turn is tested. A model learns from three folds, the certificate is tested on the fourth, and the fifth is
reviewed under it: five bundles a prompt, and every essay stands or goes to review exactly once. Two rules of thumb
route the same scores: the highest probability alone, and prediction sets of MAPIE (BSD-3) that hold one level alone.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray

from benchmarks.asap import N_FOLDS, RatedEssays
from benchmarks.essay_reviews import SEED, TRAITS, Floats, FoldReviews, Ints, Scores, Unit, kept_reviews, load, units_of
from benchmarks.measuring import Benchmark, Row
from benchmarks.routing_awards import award_rows, chance_row
from benchmarks.routing_rules import Standing, by_certificate, by_parity, by_probability, by_sets
from reviewkit import EncoderSettings, SentenceTransformerEncoder, quadratic_weighted_kappa, with_cache

PROMPTS = ("3", "4", "5", "6", "7", "8")
LEVELS = (0.02, 0.05, 0.10, 0.15, 0.20, 0.25)
AUDIT_SHARE = 0.1
MINUTES_PER_READING = 10
N_RESAMPLES = 2000
Rule = Callable[[Unit, float], Standing]


def promised_row(name: str, level: float, found: Sequence[Standing]) -> Row:
    """Promise beside what came of it, over all units."""
    stands = np.concatenate([one.stands for one in found])
    wrong = np.concatenate([one.unit.test.wrong for one in found])
    units = [one.unit.test.wrong[one.stands] for one in found if one.stands.any()]
    return {
        "route": name,
        "promised": level,
        "signed": sum(one.signed for one in found),
        "of": len(found),
        "share that stands": float(stands.mean()),
        "scores that stand": int(stands.sum()),
        "observed": float(wrong[stands].mean()) if stands.any() else None,
        "worse than promised": sum(bool(one.mean() > level) for one in units),
    }


def prompt_rows(found: dict[float, list[Standing]]) -> Iterator[Row]:
    """What stands under certificates, prompt by prompt: share, and errors among it."""
    for prompt in PROMPTS:
        row: dict[str, str | float | None] = {"prompt": prompt}
        for level, standing in found.items():
            mine = [one for one in standing if one.unit.prompt == prompt]
            if mine:
                one = promised_row("", level, mine)
                row |= {f"stands at {level}": one["share that stands"], f"observed at {level}": one["observed"]}
        if len(row) > 1:
            yield row


def agreement_row(name: str, found: Sequence[Standing]) -> Row:
    """Machine with rater 1 beside rater 2 with rater 1, on the scores that stand."""
    kept = [(one.unit.test, one.stands) for one in found]
    essay = np.concatenate([rows.essay[stands] for rows, stands in kept])
    machine = np.concatenate([(rows.machine == rows.first)[stands] for rows, stands in kept])
    second = np.concatenate([(rows.second == rows.first)[stands] for rows, stands in kept])
    n_scores = sum(len(one.stands) for one in found)
    low, high = paired_interval(essay, machine.astype(float) - second.astype(float))
    return {
        "route": name,
        "share that stands": len(essay) / n_scores,
        "exact, machine-rater 1": float(machine.mean()) if len(essay) else None,
        "exact, rater 2-rater 1": float(second.mean()) if len(essay) else None,
        "difference, low": low,
        "difference, high": high,
        "QWK, machine-rater 1": mean_kappa(found, lambda rows: rows.machine),
        "QWK, rater 2-rater 1": mean_kappa(found, lambda rows: rows.second),
    }


def paired_interval(essay: NDArray[np.str_], difference: Floats) -> tuple[float | None, float | None]:
    """Percentile bootstrap over whole essays of the mean difference, 95 %."""
    if not len(essay):
        return None, None
    _, at = np.unique(essay, return_inverse=True)
    sums, counts = np.bincount(at, weights=difference), np.bincount(at).astype(float)
    draw = np.random.default_rng(SEED)
    means = []
    for _ in range(N_RESAMPLES):
        weights = np.bincount(draw.integers(0, len(sums), len(sums)), minlength=len(sums))
        means.append(float(weights @ sums / (weights @ counts)))
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def mean_kappa(found: Sequence[Standing], said: Callable[[Scores], Ints]) -> float | None:
    """Mean over criteria of the QWK with rater 1 on what stands, folds pooled; undefined ones are left out."""
    pooled: dict[tuple[str, str], list[tuple[Ints, Ints]]] = {}
    for one in found:
        rows = one.unit.test
        pair = rows.first[one.stands], said(rows)[one.stands]
        pooled.setdefault((one.unit.prompt, one.unit.criterion.id), []).append(pair)
    n_levels = {(one.unit.prompt, one.unit.criterion.id): len(one.unit.criterion.levels) for one in found}
    kappas = [
        quadratic_weighted_kappa(*(np.concatenate(side) for side in zip(*pairs, strict=True)), n_levels=n_levels[name])
        for name, pairs in pooled.items()
        if sum(len(first) for first, _ in pairs)
    ]
    defined = [one for one in kappas if one == one]  # noqa: PLR0124
    return float(np.mean(defined)) if defined else None


def hours_row(name: str, found: Sequence[Standing]) -> Row:
    """Hours of reading where an essay is left unread if all its scores stand, a share of those being audited."""
    left: dict[tuple[str, str], bool] = {}
    for one in found:
        for essay, stands in zip(one.unit.test.essay.tolist(), one.stands.tolist(), strict=True):
            left[one.unit.prompt, essay] = left.get((one.unit.prompt, essay), True) and stands
    unread = sum(left.values())
    readings = 2 * (len(left) - unread) + AUDIT_SHARE * unread
    return {
        "route": name,
        "essays": len(left),
        "left unread": unread / len(left),
        "hours": readings * MINUTES_PER_READING / 60,
        "hours, all read twice": 2 * len(left) * MINUTES_PER_READING / 60,
        "hours saved": 1 - readings / (2 * len(left)),
    }


def report(bench: Benchmark, reviews: dict[str, tuple[RatedEssays, list[FoldReviews]]]) -> None:
    """Route the same scores at every level, and write the tables."""
    units = [unit for name, (essays, folds) in reviews.items() for unit in units_of(name, essays, folds)]
    rules: dict[str, Rule] = {
        "certificate": by_certificate,
        "highest probability": by_probability,
        "MAPIE, sets of one": by_sets,
    }
    found = {name: {level: [rule(unit, level) for unit in units] for level in LEVELS} for name, rule in rules.items()}
    parity = [by_parity(unit) for unit in units]
    bench.table(
        "Promised against observed: another level than the record's",
        [promised_row(name, level, rows) for name, by_level in found.items() for level, rows in by_level.items()],
        note=PROMISED_NOTE,
    )
    bench.table("Under certificates, by prompt", list(prompt_rows(found["certificate"])))
    certified = {f"certificate, {level}": rows for level, rows in found["certificate"].items()}
    everything = [Standing(unit, unit.test.sure >= -1) for unit in units]
    chosen = {**certified, "as good as rater 2": parity, "everything": everything}
    bench.table(
        "Agreement of what stands", [agreement_row(name, rows) for name, rows in chosen.items()], note=AGREEMENT_NOTE
    )
    bench.table(
        "As good as rater 2, by prompt",
        [
            {**agreement_row("", mine), "route": f"prompt {name}"}
            for name in reviews
            if (mine := [one for one in parity if one.unit.prompt == name])
        ],
    )
    bench.table("Hours of reading", [hours_row(name, rows) for name, rows in chosen.items()], note=HOURS_NOTE)
    traits = {name: pair for name, pair in reviews.items() if name in TRAITS}
    if traits:
        bench.table("The chance of the award", [chance_row(name, *pair) for name, pair in traits.items()])
        rows = [row for name, pair in traits.items() for row in award_rows(name, *pair, levels=LEVELS)]
        bench.table("Promises on the award", rows, note=AWARD_NOTE)
    bench.write()


PROMISED_NOTE = (
    "A unit is a criterion in a fold, with a promise of its own; `signed` counts the units that got one, `worse than "
    "promised` those whose errors among what stands exceed the promise on the tested essays, by chance or not. A "
    "certificate keeps its promise in nine of ten programs that could ask for one. The other two promise nothing: "
    "their level is what their user would read into them. No level is required here, so no score is borderline."
)
AGREEMENT_NOTE = (
    "Exact agreement with rater 1 on the same scores, difference with a paired bootstrap over whole essays, 95 %. QWK "
    "is the mean over criteria; choosing the sure ones narrows the range of levels, which lowers it for both, so it "
    "does not compare with a QWK on everything. `as good as rater 2`: the laxest threshold at which, on the essays "
    "that certify, the machine agrees with rater 1 as often as rater 2 does; a rule of thumb, no certificate. Wanted: "
    "half of all scores or more stand there, at a difference not below 0."
)
HOURS_NOTE = (
    f"{MINUTES_PER_READING} minutes a reading, an assumption. An essay is left unread where all its scores stand, and "
    f"one in {round(1 / AUDIT_SHARE)} of those is audited by one reading; all others are read twice. Adjudication is "
    "not counted."
)
AWARD_NOTE = (
    "All traits at the required level: 2 on prompt 7, 4 on prompt 8. Scores whose prediction set straddles it go to "
    "review, and are counted as tested. The share of errors is among all that stands."
)


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("prompts", nargs="*", default=PROMPTS)
    parser.add_argument("--keep", type=Path, help="folder for the reviews, so that a run that was stopped goes on")
    given = parser.parse_args()
    if find_spec("mapie") is None:
        raise SystemExit("MAPIE is not here: pip install --no-deps mapie (BSD-3; it needs nothing that is not here).")
    bench = Benchmark("routing", title="What stands without a second look", seed=SEED, packages=("mapie",))
    encoder = with_cache(SentenceTransformerEncoder(EncoderSettings()))
    reviews = {}
    for name in given.prompts:
        essays = load(name)
        folds = [kept_reviews(essays, fold, encoder, folder=given.keep) for fold in range(N_FOLDS)]
        reviews[name] = essays, folds
    report(bench, reviews)


if __name__ == "__main__":
    main()
