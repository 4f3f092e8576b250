"""Encoders side by side: how fast, how large, how near the default's vectors, and what they do to scores.

    python benchmarks/bench_encoders.py [--folds 5]

Each essay of the prompt with six traits is scored by a model trained without it, once with each encoder: the models are
trained anew, as `load_bundle` demands. Vectors come from the cache that REVIEWKIT_CACHE names; speed is without it.
"""

import argparse
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from benchmarks.asap import N_FOLDS, PROMPT_8, RatedEssays, load_traits
from benchmarks.bench_traits import records
from benchmarks.measuring import Benchmark, Row
from benchmarks.runtimes import PACKAGES, Encode, runtimes
from reviewkit import (
    OWN_ENCODERS,
    Encoder,
    EncoderError,
    EncoderSettings,
    ReviewModel,
    Segmenter,
    SegmenterSettings,
    SentenceTransformerEncoder,
    open_encoder,
    quadratic_weighted_kappa,
    with_cache,
)
from reviewkit.bundle.encoder_figures import peak_mib, size_on_disk
from reviewkit.features.segmented import SegmentedSubmission, segment_parts
from reviewkit.text.parts import submission_parts

SEED = 0
N_TIMED = 600
REPEATS = 3
Levels = dict[str, dict[str, int]]


def main() -> None:
    """Run as a command."""
    parser = argparse.ArgumentParser(description="Compare encoders.")
    parser.add_argument("--folds", type=int, default=N_FOLDS, help="folds to score; 0 measures speed alone")
    n_folds = parser.parse_args().folds
    bench = Benchmark("encoders", title="Encoders side by side", seed=SEED, packages=("tokenizers", *PACKAGES))
    essays = load_traits(PROMPT_8)
    texts = [one.reflection for one in essays.submissions]
    bench.table(
        "Speed and size",
        list(speed_rows(sentences(texts))),
        note=f"{N_TIMED} distinct sentences of the essays, median of {REPEATS} rounds in which the encoders take "
        "turns; all threads, no cache. Processor time tells more where others use the machine too. "
        "`SentenceTransformer.encode`: the default model as users would call it, in batches of 32 sorted by length; so "
        "do ONNX Runtime and OpenVINO, where they are installed, with its network exported. "
        "Memory: peak of a process that loads the encoder and encodes 64 sentences. Cosine: with the default's vector "
        "of the same sentence.",
    )
    if n_folds:
        bench.table(
            "Scores",
            score_rows(essays, n_folds),
            note=f"{n_folds} of {N_FOLDS} folds of ASAP-AES prompt 8, each model trained with its encoder on the other "
            "essays and scored on the fold. QWK: mean over the six traits, against the score of record. The other "
            "columns hold each model beside the default's: levels that stay, and QWK between the two.",
        )
    bench.write()


def segmented(essays: RatedEssays) -> list[SegmentedSubmission]:
    """Essays cut as for the default encoder; the static one reads the same."""
    encoder = open_encoder(EncoderSettings())
    settings = SegmenterSettings(max_tokens=min(SegmenterSettings().max_tokens, encoder.max_tokens))
    segmenter = Segmenter(settings=settings, count_tokens=encoder.count_tokens)
    return [segment_parts(one.submission_id, submission_parts(one), segmenter) for one in essays.submissions]


def sentences(texts: list[str]) -> list[str]:
    """Sentences of all lengths, drawn evenly; cut at full stops, which is near enough for timing."""
    cut = list(dict.fromkeys(one.strip() for text in texts for one in text.split(". ") if 3 < len(one) < 600))
    return cut[:: max(1, len(cut) // N_TIMED)][:N_TIMED]


def runnable() -> dict[str, Encoder]:
    """The library's own encoders, but for precisions that this processor does not have; the default first."""
    found: dict[str, Encoder] = {}
    for name in OWN_ENCODERS:
        with suppress(EncoderError):
            found[name] = open_encoder(EncoderSettings(model=name, device="cpu"))
    return found


def others(plain: Any) -> dict[str, Encode]:
    """The default's network under other runtimes."""
    with tempfile.TemporaryDirectory() as name:
        return runtimes(SentenceTransformerEncoder(EncoderSettings(device="cpu")), plain, Path(name))


def speed_rows(texts: list[str]) -> list[Row]:
    """One row an encoder."""
    from sentence_transformers import SentenceTransformer

    encoders = runnable()
    default = encoders[OWN_ENCODERS[0]]
    plain = SentenceTransformer(str(default.folder), device="cpu")  # type: ignore[attr-defined]
    calls = {"SentenceTransformer.encode": lambda: plain.encode(texts, show_progress_bar=False)}
    calls |= {name: lambda one=one: one.encode(texts) for name, one in encoders.items()}  # type: ignore[misc]
    calls |= {name: lambda one=one: one(texts) for name, one in others(plain).items()}  # type: ignore[misc]
    for call in calls.values():
        call()
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    busy: dict[str, list[float]] = {name: [] for name in calls}
    vectors = {}
    for _ in range(REPEATS):
        for name, call in calls.items():
            start, start_busy = time.perf_counter(), time.process_time()
            vectors[name] = call()
            seconds[name].append(time.perf_counter() - start)
            busy[name].append(time.process_time() - start_busy)
    median, median_busy = ({name: statistics.median(one) for name, one in all_.items()} for all_ in (seconds, busy))
    n_tokens = sum(map(default.count_tokens, texts))
    rows: list[Row] = []
    for name, made in vectors.items():
        near = (made * vectors[default.name]).sum(axis=1) if made.shape[1] == default.dimension else None
        own = encoders.get(name)
        rows.append(
            {
                "encoder": name,
                "times the default's speed": median[default.name] / median[name],
                "times SentenceTransformer.encode": median["SentenceTransformer.encode"] / median[name],
                "the default's processor time over its own": median_busy[default.name] / median_busy[name],
                "sentences a second": len(texts) / median[name],
                "tokens a second": n_tokens / median[name],
                "disk MiB": None if own is None else size_on_disk(own.folder) / 2**20,  # type: ignore[attr-defined]
                "memory MiB": None if own is None else peak_mib(name),
                "cosine, least": None if near is None else float(near.min()),
                "cosine, median": None if near is None else float(np.median(near)),
            }
        )
    return rows


def score_rows(essays: RatedEssays, n_folds: int) -> list[Row]:
    """One row an encoder; two work at a time."""
    from joblib import Parallel, delayed

    cut = segmented(essays)
    names = list(runnable())
    said = Parallel(n_jobs=2)(delayed(scored)(name, essays, cut, n_folds) for name in names)
    rows: list[Row] = []
    for name, levels in zip(names, said, strict=True):
        pairs = [(levels[one.id], records(essays, one), said[0][one.id], one) for one in essays.rubric.criteria]
        ids = sorted(pairs[0][0])
        rows.append(
            {
                "encoder": name,
                "essays": len(ids),
                "QWK": float(np.mean([kappa(mine, record, ids, len(one.levels)) for mine, record, _, one in pairs])),
                "same level as the default": float(
                    np.mean([mine[i] == first[i] for mine, _, first, _ in pairs for i in ids])
                ),
                "QWK with the default": float(
                    np.mean([kappa(mine, first, ids, len(one.levels)) for mine, _, first, one in pairs])
                ),
            }
        )
    return rows


def scored(name: str, essays: RatedEssays, cut: list[SegmentedSubmission], n_folds: int) -> Levels:
    """Level index of each essay on each trait, out of fold."""
    import torch

    torch.set_num_threads(1)
    encoder = with_cache(open_encoder(EncoderSettings(model=name, device="cpu")))
    by_id = {one.submission_id: one for one in cut}
    levels: Levels = {one.id: {} for one in essays.rubric.criteria}
    for fold in range(n_folds):
        learn, test = essays.split(fold)
        model = ReviewModel(essays.rubric, encoder).fit(
            [by_id[one.submission_id] for one in learn],
            essays.ratings_of(learn),
            teachers=[one.teacher_id for one in learn],
            seed=SEED,
        )
        for one, features in zip(test, model.features([by_id[x.submission_id] for x in test]), strict=True):
            for criterion, score in zip(essays.rubric.criteria, model.score(features)[0], strict=True):
                levels[criterion.id][one.submission_id] = criterion.level_index(score.level)
        print(f"{name}: fold {fold}", file=sys.stderr, flush=True)
    return levels


def kappa(one: dict[str, int], other: dict[str, int], ids: list[str], n_levels: int) -> float:
    """Quadratic weighted kappa over the same essays."""
    return quadratic_weighted_kappa([one[x] for x in ids], [other[x] for x in ids], n_levels=n_levels)


if __name__ == "__main__":
    main()
