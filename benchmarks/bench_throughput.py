"""How many submissions a second beside what a user would write, how long one takes, how far from the limit.

    python benchmarks/bench_throughput.py                     # 60 essays, five minutes on an idle machine
    python benchmarks/bench_throughput.py --essays 300 --batches 1000 10000 100000

Contenders take turns on chunks of the same essays, so that what else the machine does meets them all alike.
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.asap import PROMPT_8, RatedEssays, load_traits
from benchmarks.measuring import CHECKOUT, Benchmark, Cell, timed
from reviewkit import (
    CachedEncoder,
    EmbeddingCache,
    Encoder,
    EncoderSettings,
    Part,
    PolicySettings,
    ReviewEngine,
    SentenceTransformerEncoder,
    Submission,
    json_text,
    load_bundle,
    quadratic_weighted_kappa,
    save_bundle,
    train,
)

N_TRAINED = 60
CHUNK = 10
WORDS = 500
MULTIPLIED_PER_TOKEN = 2 * 6 * (4 * 384 * 384 + 2 * 384 * 1536)  # six layers of MiniLM, attention left out
Work = Callable[[Sequence[Submission]], object]


@dataclass
class Clock:
    """Seconds that a contender took, on the wall and of the processor."""

    wall: float = 0.0
    processor: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Add what runs inside."""
        wall, processor = time.perf_counter(), time.process_time()
        yield
        self.wall += time.perf_counter() - wall
        self.processor += time.process_time() - processor


class Peer:
    """What a user would write: sentence vectors, their mean, a calibrated classifier a criterion."""

    def __init__(self, essays: RatedEssays, trained: Sequence[Submission], engine: ReviewEngine) -> None:
        from sentence_transformers import SentenceTransformer
        from sklearn.calibration import CalibratedClassifierCV
        from sklearn.linear_model import LogisticRegression

        import reviewkit.features.encoder as home

        self.engine = engine
        self.model = SentenceTransformer(str(home.default_folder()), device="cpu")
        features = self.batched_features(trained)
        self.heads = []
        for criterion in essays.rubric.criteria:
            given = {r.submission_id: r.level for r in essays.ratings if r.criterion_id == criterion.id}
            levels = np.asarray([float(given[one.submission_id] or 0) >= PROMPT_8.required for one in trained])
            self.heads.append(CalibratedClassifierCV(LogisticRegression(max_iter=500), cv=3).fit(features, levels))

    def sentences(self, one: Submission) -> list[str]:
        """Sentences, cut as reviewkit cuts them."""
        part = Part(part="reflection", kind="reflection", text=one.reflection)
        return [segment.text for segment in self.engine.segmenter.segment(part)]

    def batched_features(self, submissions: Sequence[Submission]) -> Any:
        """Mean sentence vector of each submission, all sentences encoded in one call."""
        texts = [self.sentences(one) for one in submissions]
        vectors = self.model.encode([text for some in texts for text in some], show_progress_bar=False)
        ends = np.cumsum([len(some) for some in texts])[:-1]
        return np.stack([rows.mean(axis=0) for rows in np.split(vectors, ends)])

    def one_by_one(self, submissions: Sequence[Submission]) -> object:
        """Each submission in a call of its own."""
        return [self.batched([one]) for one in submissions]

    def batched(self, submissions: Sequence[Submission]) -> object:
        """Probabilities of every criterion."""
        features = self.batched_features(submissions)
        return [head.predict_proba(features) for head in self.heads]


def engine_with(bundle: Path, encoder: Encoder) -> ReviewEngine:
    """The bundle's engine on another encoder: what reduced precision moves is then its own doing alone."""
    plain = SentenceTransformerEncoder(EncoderSettings(device="cpu"))
    loaded = load_bundle(bundle, encoder=plain)
    loaded.model.encoder = loaded.model.featurizer_.encoder = encoder
    loaded.model.featurizer_.describe(loaded.rubric)
    return loaded.engine(policy=PolicySettings(allow_uncertified=True))


def reviewed(engine: ReviewEngine) -> Work:
    return lambda submissions: list(engine.review_many(submissions))


def take_turns(contenders: dict[str, Work], submissions: Sequence[Submission]) -> dict[str, Clock]:
    clocks = {name: Clock() for name in contenders}
    for at in range(0, len(submissions), CHUNK):
        names = list(contenders)
        random.Random(at).shuffle(names)
        for name in names:
            with clocks[name].running():
                contenders[name](submissions[at : at + CHUNK])
    return clocks


def speed_rows(clocks: dict[str, Clock], n_submissions: int) -> Iterable[dict[str, Cell]]:
    first, second = clocks["(a) each submission by itself"], clocks["(b) all submissions together"]
    for name, clock in clocks.items():
        yield {
            "what": name,
            "times (a)": first.wall / clock.wall,
            "times (b)": second.wall / clock.wall,
            "times (a), processor time": first.processor / clock.processor,
            "submissions a second": n_submissions / clock.wall,
            "processor ms a submission": 1000 * clock.processor / n_submissions,
        }


def words_of(essays: Sequence[Submission], n_words: int) -> list[Submission]:
    pool = " ".join(one.reflection for one in essays).split()
    cuts = [" ".join(pool[at : at + n_words]) for at in range(0, len(pool) - n_words, n_words)]
    return [essays[0].model_copy(update={"reflection": cut}) for cut in cuts]


def latency_row(name: str, engine: ReviewEngine, submissions: Sequence[Submission]) -> dict[str, Cell]:
    engine.review(submissions[0])
    wall, processor = [], []
    for one in submissions:
        clock = Clock()
        with clock.running():
            engine.review(one)
        wall.append(1000 * clock.wall)
        processor.append(1000 * clock.processor)
    p50, p99 = np.percentile(wall, [50, 99])
    return {
        "what": name,
        "p50 ms": float(p50),
        "p99 ms": float(p99),
        "median processor ms": float(np.median(processor)),
    }


def stage_rows(
    engine: ReviewEngine, warm: ReviewEngine, submissions: Sequence[Submission]
) -> Iterable[dict[str, Cell]]:
    model, stages = (
        engine.model,
        {name: Clock() for name in ("read, cut, screen", "encode", "features", "score, evidence")},
    )
    with stages["read, cut, screen"].running():
        taken = [engine.take_in(one) for one in submissions]
    texts = list(dict.fromkeys(s.text for one in taken for s in one.segmented.segments))
    with stages["encode"].running():
        model.encoder.encode(texts)
    with stages["features"].running():
        features = warm.model.features([one.segmented for one in taken])
    with stages["score, evidence"].running():
        for one in features:
            model.score(one)
    total = sum(clock.processor for clock in stages.values())
    for name, clock in stages.items():
        ms = 1000 * clock.processor / len(submissions)
        yield {"stage": name, "processor ms a submission": ms, "share": clock.processor / total}


def limit_rows(encoders: dict[str, Encoder], texts: list[str]) -> Iterable[dict[str, Cell]]:
    import torch

    left, right = torch.randn(1024, 1536), torch.randn(1536, 1536)
    n_tokens = sum(encoders["float32"].count_tokens(text) + 2 for text in texts)
    peak = 2 * 1024 * 1536 * 1536 / timed(lambda: torch.mm(left, right), repeats=9).best
    yield {"what": "matrix multiply, float32", "GFLOP a second": peak / 1e9, "of that": 1.0}
    for name, encoder in encoders.items():
        reached = n_tokens * MULTIPLIED_PER_TOKEN / timed(lambda: encoder.encode(texts), repeats=2).best  # noqa: B023
        yield {"what": f"encoder, {name}", "GFLOP a second": reached / 1e9, "of that": reached / peak}


def agreement_row(one: ReviewEngine, other: ReviewEngine, submissions: Sequence[Submission]) -> dict[str, Cell]:
    pairs = [
        (left, right)
        for submission in submissions
        for left, right in zip(one.review(submission).scores, other.review(submission).scores, strict=True)
    ]
    gaps = [
        abs(left.probabilities[key] - right.probabilities[key]) for left, right in pairs for key in left.probabilities
    ]
    first, second = ([int(score.level) - 1 for score in side] for side in zip(*pairs, strict=True))
    return {
        "scores": len(pairs),
        "same level": float(np.mean(np.equal(first, second))),
        "QWK of the two": quadratic_weighted_kappa(first, second, n_levels=6),
        "largest change of a probability": max(gaps),
    }


def recombined(essays: Sequence[Submission], path: Path, n_submissions: int) -> Path:
    """Submissions made of the essays' sentences, drawn anew: nearly every sentence has been met before."""
    sentences = [part for one in essays for part in one.reflection.split(". ") if len(part.split()) > 3]
    drawn = random.Random(0)
    with path.open("w", encoding="utf-8") as file:
        for number in range(n_submissions):
            text = ". ".join(drawn.choices(sentences, k=25))
            update = {"submission_id": f"r{number}", "teacher_id": f"t{number}", "reflection": text}
            file.write(json_text(essays[0].model_copy(update=update)) + "\n")
    return path


def batch_row(bundle: Path, path: Path, cache: Path, *, n_submissions: int, jobs: int) -> dict[str, Cell]:
    with tempfile.TemporaryDirectory() as out:
        call = [
            sys.executable,
            "-m",
            "reviewkit",
            "batch",
            str(bundle),
            str(path),
            "--out",
            f"{out}/b",
            "--jobs",
            str(jobs),
        ]
        environment = {**os.environ, "REVIEWKIT_CACHE": str(cache), "OMP_NUM_THREADS": "1"}
        start = time.perf_counter()
        subprocess.run(call, check=True, env=environment, cwd=CHECKOUT, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {
        "submissions": n_submissions,
        "processes": jobs,
        "submissions a second": n_submissions / seconds,
        "largest process, MiB": round(peak),
    }


def main() -> None:
    """Run as a script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--essays", type=int, default=60)
    parser.add_argument("--batches", type=int, nargs="*", default=[500, 2000])
    given = parser.parse_args()
    bench = Benchmark("throughput", title="How many submissions a second", seed=0)
    essays = load_traits(PROMPT_8)
    trained, tested = essays.submissions[:N_TRAINED], essays.submissions[N_TRAINED : N_TRAINED + given.essays]
    with tempfile.TemporaryDirectory() as folder:
        measure(bench, essays, trained, tested, folder=Path(folder), batches=given.batches)
    bench.write()


def measure(
    bench: Benchmark,
    essays: RatedEssays,
    trained: Sequence[Submission],
    tested: Sequence[Submission],
    *,
    folder: Path,
    batches: Sequence[int],
) -> None:
    """Fill the tables."""
    bundle, cache = folder / "bundle", folder / "cache"
    plain = SentenceTransformerEncoder(EncoderSettings(device="cpu"))
    reduced = SentenceTransformerEncoder(EncoderSettings(model=f"{plain.name}:bfloat16", device="cpu"))
    save_bundle(train(essays.rubric, trained, ratings=essays.ratings_of(trained), encoder=plain), bundle)
    kept = CachedEncoder(plain, EmbeddingCache(cache))
    engines = {name: engine_with(bundle, one) for name, one in (("cold", plain), ("reduced", reduced), ("warm", kept))}
    peer = Peer(essays, trained, engines["cold"])
    list(engines["warm"].review_many(tested))
    contenders: dict[str, Work] = {
        "(a) each submission by itself": peer.one_by_one,
        "(b) all submissions together": peer.batched,
        "reviewkit, float32": reviewed(engines["cold"]),
        "reviewkit, bfloat16": reviewed(engines["reduced"]),
        "reviewkit, vectors cached": reviewed(engines["warm"]),
    }
    clocks = take_turns(contenders, tested)
    note = (
        f"{len(tested)} essays of ASAP-AES prompt 8, six criteria. (a) and (b) encode sentences with "
        "SentenceTransformer.encode and give one probability a criterion; reviewkit screens, scores, finds evidence "
        "and routes besides. Contenders take turns on the same chunks of ten."
    )
    bench.table("Speed", list(speed_rows(clocks, len(tested))), note=note)
    short = words_of(tested, WORDS)[:60]
    rows = [
        latency_row("float32, every sentence new", engines["cold"], short),
        latency_row("bfloat16, every sentence new", engines["reduced"], short),
    ]
    bench.table("One submission of 500 words", rows, note=f"{len(short)} texts, one at a time, in a warm process.")
    bench.table("Where the time goes", list(stage_rows(engines["cold"], engines["warm"], tested[:30])))
    texts = [segment.text for one in tested[:10] for segment in engines["cold"].take_in(one).segmented.segments]
    bench.table("How far from the limit", list(limit_rows({"float32": plain, "bfloat16": reduced}, texts)))
    bench.table("What bfloat16 moves", [agreement_row(engines["cold"], engines["reduced"], tested[:30])])
    rows = []
    for n_submissions in batches:
        path = recombined(trained, folder / f"{n_submissions}.jsonl", n_submissions)
        jobs = (1, 2) if n_submissions == batches[-1] else (1,)
        rows += [batch_row(bundle, path, cache, n_submissions=n_submissions, jobs=one) for one in jobs]
    bench.table(
        "`reviewkit batch`, sentences met before", rows, note="Start of the processes included; one thread each."
    )


if __name__ == "__main__":
    sys.exit(main())
