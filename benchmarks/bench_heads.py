"""What each head brings to a score, alone, together and left out; and what was tried beside them and is not used.

Essays of folds 1 to 4 alone, so that fold 0 plays no part in any choice. Every figure is out of fold: heads, stack and
cuts are learned on four fifths of the essays and tried on the fifth.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray

from benchmarks.asap import HOLISTIC_LEVELS, load_holistic
from benchmarks.measuring import Benchmark
from reviewkit import ModelSettings, Segmenter, quadratic_weighted_kappa
from reviewkit.agreement.score_of_record import rated_submissions
from reviewkit.features.featurizer import Featurizer
from reviewkit.features.segmented import SegmentedSubmission, segment_parts
from reviewkit.scoring.estimator import without_negative_weights
from reviewkit.scoring.folds import teacher_folds
from reviewkit.scoring.heads import MANY_ROWS_VIEWS, VIEWS, LinearHeads
from reviewkit.scoring.interactions import BUILD, INTERACTIONS, LENGTH, Interaction
from reviewkit.scoring.linking import LevelLinking
from reviewkit.scoring.ridge import centred_gram, cross_fit
from reviewkit.scoring.rows import CriterionRows
from reviewkit.scoring.stack import Stack
from reviewkit.text.parts import submission_parts
from reviewkit.training.train import default_encoder

SEED = 0
FOLD_APART = 0
GAUSSIAN = {"embedding, Gaussian kernel": "embedding", "surface, Gaussian kernel": "surface"}
TREES = "surface, boosted trees"
TRIED = {
    "meaning by length": Interaction(("meaning",), varied_by=LENGTH),
    "surface by length": Interaction(("surface",), varied_by=LENGTH),
    "presence by length": Interaction(("presence",), varied_by=LENGTH),
    "presence by surface": Interaction(("presence",)),
    "meaning by build": Interaction(("meaning",), varied_by=BUILD),
    "meaning, presence and surface by build": Interaction(("meaning", "presence", "surface"), varied_by=BUILD),
    "meaning and presence by surface": Interaction(("meaning", "presence")),
}
ONE_KERNEL, SQUARED = "all views that read the text in one kernel", "meaning, squared kernel"
Floats = NDArray[np.float64]


def rows_of(essay_set: str) -> tuple[CriterionRows, list[SegmentedSubmission], int]:
    """All views of a prompt's essays outside the fold that stands apart, the essays cut, and the number of levels."""
    essays = load_holistic(essay_set, both_raters=True)
    kept = [one for one, fold in zip(essays.submissions, essays.folds, strict=True) if fold != FOLD_APART]
    encoder, criterion = default_encoder(), essays.rubric.criteria[0]
    segmenter = Segmenter(count_tokens=encoder.count_tokens)
    segmented = [segment_parts(one.submission_id, submission_parts(one, folder=None), segmenter) for one in kept]
    featurizer = Featurizer(encoder, settings=ModelSettings().lexical).fit(segmented, essays.rubric)
    stacked = Stack.build(featurizer, segmented, essays.rubric)
    rated = rated_submissions(essays.ratings_of(kept), criterion, rule=essays.rubric.record_rule)
    return stacked.rows(criterion, rated, [one.teacher_id for one in kept]), segmented, len(criterion.levels)


def heads_of(rows: CriterionRows, folds: NDArray[np.intp]) -> dict[str, Floats]:
    """What each head says of each row, out of fold."""
    fitted, said = LinearHeads.fit(rows, folds, views=VIEWS, interactions={**INTERACTIONS, **TRIED})
    heads = dict(zip(fitted.names, said.T, strict=True))
    for name, view in GAUSSIAN.items():
        gram, _ = centred_gram(gaussian_gram(getattr(rows.shared, view)[rows.at]))
        heads[name] = cross_fit(gram, rows.mean_level, folds).out_of_fold
    heads[TREES] = trees(rows.shared.surface[rows.at], rows.mean_level, folds)
    square = np.ix_(rows.at, rows.at)
    bent = fitted.basis.transform(rows.shared.surface[rows.at])
    shared = rows.shared
    text = (shared.embedding_gram[square], shared.ngram_gram[square], shared.presence_gram[square], bent @ bent.T)
    together = np.sum([centred_gram(one)[0] for one in text], axis=0)
    meaning = centred_gram(shared.meaning_gram[square])[0]
    for name, gram in ((ONE_KERNEL, together), (SQUARED, (1.0 + meaning) ** 2)):
        heads[name] = cross_fit(centred_gram(gram)[0], rows.mean_level, folds).out_of_fold
    return heads


def gaussian_gram(values: Floats, *, width: float = 0.3) -> Floats:
    """Gaussian kernel of standardised features; ``width`` is of the mean squared difference a feature."""
    sd = values.std(axis=0)
    standard = (values - values.mean(axis=0)) / np.where(sd > 0, sd, 1.0)
    square = (standard**2).sum(axis=1)
    apart = np.maximum(square[:, None] + square[None, :] - 2 * standard @ standard.T, 0.0) / values.shape[1]
    return np.asarray(np.exp(-width * apart))


def trees(values: Floats, target: Floats, folds: NDArray[np.intp]) -> Floats:
    """Boosted regression trees, out of fold."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    said = np.empty(len(target))
    for fold in np.unique(folds):
        model = HistGradientBoostingRegressor(
            max_iter=150, learning_rate=0.05, max_leaf_nodes=8, l2_regularization=1.0, random_state=SEED
        )
        said[folds == fold] = model.fit(values[folds != fold], target[folds != fold]).predict(values[folds == fold])
    return said


def stacked_and_linked(
    said: Sequence[Floats], rows: CriterionRows, folds: NDArray[np.intp], *, n_levels: int
) -> tuple[float, float]:
    """QWK of the linked levels, and share of the mean rating's variance that the stack tells; out of fold, pooled."""
    from sklearn.linear_model import Ridge

    X, found, value = np.column_stack(said), np.empty(len(rows), dtype=np.intp), np.empty(len(rows))
    for fold in np.unique(folds):
        inside, outside = folds != fold, folds == fold
        stack = Ridge(alpha=1.0, positive=True).fit(X[inside], rows.mean_level[inside])
        linking = LevelLinking.fit(stack.predict(X[inside]), rows.level_index[inside], n_levels=n_levels)
        value[outside] = stack.predict(X[outside])
        found[outside] = linking.level_index(value[outside])
    told = 1 - float(((value - rows.mean_level) ** 2).mean() / rows.mean_level.var())
    return quadratic_weighted_kappa(rows.level_index, found, n_levels=n_levels), told


def cuts_by_rule(expected: Floats, level_index: NDArray[np.intp], *, n_levels: int) -> dict[str, Floats]:
    """Cuts between levels, by the rules that were compared, from expected levels out of fold and levels of record."""
    half_way = np.arange(1, n_levels) - 0.5
    share = np.cumsum(np.bincount(level_index, minlength=n_levels))[:-1] / len(level_index)
    equipercentile = np.quantile(expected, share, method="hazen")
    equipercentile[share == 0], equipercentile[share == 1] = -1.0, float(n_levels)
    linear = LevelLinking.fit(expected, level_index, n_levels=n_levels).cuts
    agreed = quadratic_weighted_kappa(level_index, np.searchsorted(linear, expected), n_levels=n_levels)
    return {
        "nearest to the expected level": half_way,
        "equipercentile linking": equipercentile,
        "linear linking": linear,
        "half way between these two": (equipercentile + linear) / 2,
        "spread by one over QWK": expected.mean() + agreed * (half_way - level_index.mean()),
    }


def agreement_by_rule(
    said: Sequence[Floats], rows: CriterionRows, folds: NDArray[np.intp], *, n_levels: int
) -> dict[str, tuple[float, float]]:
    """QWK by the rule that makes levels of expected levels, pooled and mean of folds; stacked as a model does."""
    X, levels, found = np.column_stack(said), rows.level_index, dict[str, NDArray[np.intp]]()
    for fold in np.unique(folds):
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        inner, expected = folds[inside], np.empty(len(inside))
        for one in np.unique(inner):
            model = without_negative_weights(X[inside[inner != one]], levels[inside[inner != one]])
            expected[inner == one] = model.distribution(X[inside[inner == one]]) @ model.classes_
        model = without_negative_weights(X[inside], levels[inside])
        for name, cuts in cuts_by_rule(expected, levels[inside], n_levels=n_levels).items():
            at = found.setdefault(name, np.empty(len(rows), dtype=np.intp))
            at[outside] = np.searchsorted(cuts, model.distribution(X[outside]) @ model.classes_)
    parts = [np.flatnonzero(folds == fold) for fold in np.unique(folds)]

    def kappa(at: NDArray[np.intp], part: NDArray[np.intp]) -> float:
        return quadratic_weighted_kappa(levels[part], at[part], n_levels=n_levels)

    return {
        name: (kappa(at, np.arange(len(rows))), float(np.mean([kappa(at, part) for part in parts])))
        for name, at in found.items()
    }


def main() -> None:
    bench = Benchmark("heads", title="What each view brings to a score", seed=SEED)
    used = (*MANY_ROWS_VIEWS, *INTERACTIONS)
    extra = ("ngrams", *GAUSSIAN, TREES, ONE_KERNEL, SQUARED, *TRIED)
    sets = {f"{name} alone": (name,) for name in (*used, *extra)}
    sets |= {"the five views": VIEWS, "all heads": used}
    sets |= {f"all but {head}": tuple(one for one in used if one != head) for head in used}
    sets |= {f"all and {name}": (*used, name) for name in extra}
    sets["all and all of these"] = (*used, *extra)
    agreed: dict[str, dict[str, float]] = {name: {} for name in sets}
    told: dict[str, list[float]] = {name: [] for name in sets}
    by_rule: dict[str, dict[str, tuple[float, float]]] = {}
    for essay_set in HOLISTIC_LEVELS:
        start = time.perf_counter()
        rows, _, n_levels = rows_of(essay_set)
        folds = teacher_folds(rows.teachers, n_folds=5, seed=SEED)
        heads = heads_of(rows, folds)
        for name, members in sets.items():
            said = [heads[member] for member in members]
            agreed[name][essay_set], share = stacked_and_linked(said, rows, folds, n_levels=n_levels)
            told[name].append(share)
        said = [heads[member] for member in used]
        for name, qwk in agreement_by_rule(said, rows, folds, n_levels=n_levels).items():
            by_rule.setdefault(name, {})[essay_set] = qwk
        print(f"prompt {essay_set}: {time.perf_counter() - start:.0f} s", file=sys.stderr)
    bench.table(
        "QWK against the resolved score, by prompt",
        [
            {"heads": name, "mean told": float(np.mean(told[name])), "mean": float(np.mean(list(row.values()))), **row}
            for name, row in agreed.items()
        ],
        note="Folds 1 to 4 of each prompt, out of fold within them; levels by linking. Told: share of the mean rating's"
        " variance, which is less noisy than QWK. Heads are ridge regressions but for the trees; sets of heads are "
        "stacked by non-negative ridge regression. Length is the logarithm of the number of words, and the number of "
        "distinct words.",
    )
    bench.table(
        "QWK by the rule that makes levels of expected levels",
        [
            {
                "rule": name,
                "pooled": float(np.mean([pooled for pooled, _ in row.values()])),
                "mean of folds": float(np.mean([mean for _, mean in row.values()])),
                **{essay_set: pooled for essay_set, (pooled, _) in row.items()},
            }
            for name, row in by_rule.items()
        ],
        note="The same rows; heads stacked by proportional odds, as in a model, expected levels and cuts out of fold.",
    )
    bench.write()


if __name__ == "__main__":
    main()
