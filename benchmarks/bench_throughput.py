"""How many submissions a second beside what a user would write, how long one takes, how far from the limit.

    python benchmarks/bench_throughput.py                     # 60 essays, minutes on an idle machine
    python benchmarks/bench_throughput.py --essays 300

Contenders take turns on chunks of the same essays, so that what else the machine does meets them all alike. Batches
from the command line, with several processes and Dask, are bench_batch.py's.
"""

import argparse
import importlib
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.asap import PROMPT_8, RatedEssays, load_traits
from benchmarks.measuring import Benchmark, Cell, peak_memory_mib, timed
from benchmarks.warm import engine_with, reviewed_with
from reviewkit import (
    CachedEncoder,
    EmbeddingCache,
    Encoder,
    EncoderError,
    EncoderSettings,
    Part,
    ReviewEngine,
    SentenceTransformerEncoder,
    Submission,
    json_text,
    quadratic_weighted_kappa,
    save_bundle,
    train,
)

CHUNK = 10
WORDS = 500
CACHED = "float32, vectors cached"
CACHED_ALONE = "reviewkit, vectors cached"
CACHED_TOGETHER = "reviewkit, vectors cached, two processes"
N_TIMED = 100
DEFAULT = "all-MiniLM-L6-v2"
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
        self.trained, columns, self.heads = trained, [], []
        for criterion in essays.rubric.criteria:
            given = {r.submission_id: r.level for r in essays.ratings if r.criterion_id == criterion.id}
            columns.append(np.asarray([float(given[one.submission_id] or 0) >= PROMPT_8.required for one in trained]))
            head = CalibratedClassifierCV(LogisticRegression(max_iter=500), cv=3)
            self.heads.append(head.fit(features, columns[-1]))
        self.levels = np.column_stack(columns)

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


def setfit_peer(peer: Peer) -> Work | None:
    """SetFit's predict on the whole text, cut where its window ends; None where SetFit is not installed."""
    try:
        setfit: Any = importlib.import_module("setfit")
    except ImportError:
        return None
    from sklearn.linear_model import LogisticRegression
    from sklearn.multioutput import MultiOutputClassifier

    texts = [one.reflection for one in peer.trained]
    head = MultiOutputClassifier(LogisticRegression(max_iter=500)).fit(peer.model.encode(texts), peer.levels)
    model = setfit.SetFitModel(model_body=peer.model, model_head=head, multi_target_strategy="multi-output")
    return lambda submissions: model.predict([one.reflection for one in submissions], show_progress_bar=False)


def reviewed(engine: ReviewEngine) -> Work:
    return lambda submissions: list(engine.review_many(submissions))


def two_processes(bundle: Path, cache: Path, submissions: Sequence[Submission]) -> Work:
    """Half of the submissions each, in processes that stay: the peers, too, work on both cores."""
    from joblib import Parallel, delayed

    workers = Parallel(n_jobs=2, pre_dispatch="all", batch_size=1)

    def work(some: Sequence[Submission]) -> object:
        return workers(delayed(reviewed_with)(bundle, cache, part) for part in (some[::2], some[1::2]))

    for _ in range(2):
        work(submissions)  # loads an engine in each, and fills its memory of words
    return work


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
        seen = name != CACHED_TOGETHER
        yield {
            "what": name,
            "times (a)": first.wall / clock.wall,
            "times (b)": second.wall / clock.wall,
            "times (a), processor time": first.processor / clock.processor if seen else None,
            "submissions a second": n_submissions / clock.wall,
            "processor ms a submission": 1000 * clock.processor / n_submissions if seen else None,
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
    """Time of each stage; the encoder's once, all else from what it gave."""
    stages = {
        name: Clock() for name in ("cut", "read, screen", "encode", "features", "score, evidence", "route, write")
    }
    parts = [Part(part="reflection", kind="reflection", text=one.reflection) for one in submissions]
    with stages["cut"].running():
        cut = [engine.segmenter.segment(part) for part in parts]
    with stages["read, screen"].running():
        taken = [engine.take_in(one) for one in submissions]
    texts = list(dict.fromkeys(segment.text for some in cut for segment in some))
    with stages["encode"].running():
        engine.model.encoder.encode(texts)
    with stages["features"].running():
        features = warm.model.features([one.segmented for one in taken])
    with stages["score, evidence"].running():
        said = list(warm.model.score_many(features))
    with stages["route, write"].running():
        for one, own, scored in zip(taken, features, said, strict=True):
            json_text(warm._scored(one, own, scored).review)
    stages["read, screen"].processor -= stages["cut"].processor
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


def main() -> None:
    """Run as a script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--essays", type=int, default=60)
    parser.add_argument("--trained", type=int, default=200)
    given = parser.parse_args()
    bench = Benchmark("throughput", title="How many submissions a second", seed=0, packages=("setfit",))
    essays = load_traits(PROMPT_8)
    trained = essays.submissions[: given.trained]
    tested = essays.submissions[given.trained : given.trained + given.essays]
    with tempfile.TemporaryDirectory() as folder:
        measure(bench, essays, trained, tested, folder=Path(folder))
    bench.write()


BARS = (
    ("float32, times (a)", "reviewkit, float32", "times (a)", 1.4, 2.0),
    ("float32, times (b)", "reviewkit, float32", "times (b)", 0.9, None),
    ("bfloat16, times (a)", "reviewkit, bfloat16", "times (a)", 2.2, 3.5),
    ("int8, times (a)", "reviewkit, int8", "times (a)", 2.2, 3.5),
    ("vectors cached, one process, times (a)", CACHED_ALONE, "times (a)", 20.0, 50.0),
    ("vectors cached, two processes, times (a)", CACHED_TOGETHER, "times (a)", 20.0, 50.0),
)


def bar_rows(speed: Sequence[dict[str, Cell]], latency: Sequence[dict[str, Cell]]) -> Iterable[dict[str, Cell]]:
    """What was to be reached, beside what was."""
    by_name = {row["what"]: row for row in speed}
    for what, name, column, bar, aim in BARS:
        reached = by_name.get(name, {}).get(column)
        if isinstance(reached, float):
            yield {"what": what, "reached": reached, "bar": bar, "aim": aim, "met": reached >= bar}
    for row, column, bar in ((row, *one) for row in latency for one in (("p50 ms", 120.0), ("p99 ms", 250.0))):
        reached = row[column]
        yield {"what": f"500 words, {row['what']}, {column}, at most", "reached": reached, "bar": bar,
               "met": isinstance(reached, float) and reached < bar}  # fmt: skip


def encoders() -> dict[str, Encoder]:
    """The default encoder in each precision that this processor has."""
    found: dict[str, Encoder] = {}
    for name, suffix in (("float32", ""), ("bfloat16", ":bfloat16"), ("int8", ":int8")):
        with suppress(EncoderError):
            found[name] = SentenceTransformerEncoder(EncoderSettings(model=DEFAULT + suffix, device="cpu"))
    return found


def measure(
    bench: Benchmark,
    essays: RatedEssays,
    trained: Sequence[Submission],
    tested: Sequence[Submission],
    *,
    folder: Path,
) -> None:
    """Fill the tables."""
    bundle, cold = folder / "bundle", encoders()
    plain = cold["float32"]
    save_bundle(train(essays.rubric, trained, ratings=essays.ratings_of(trained), encoder=plain), bundle)
    engines = {name: engine_with(bundle, one) for name, one in cold.items()}
    warm = engine_with(bundle, CachedEncoder(plain, EmbeddingCache(folder / "cache")))
    peer = Peer(essays, trained, engines["float32"])
    list(warm.review_many(tested))
    contenders: dict[str, Work] = {"(a) each submission by itself": peer.one_by_one}
    contenders["(b) all submissions together"] = peer.batched
    setfit = setfit_peer(peer)
    if setfit is not None:
        contenders["(c) SetFit's predict, texts cut at 256 tokens"] = setfit
    contenders |= {f"reviewkit, {name}": reviewed(one) for name, one in engines.items()}
    contenders[CACHED_ALONE] = reviewed(warm)
    contenders[CACHED_TOGETHER] = two_processes(bundle, folder / "cache", tested)
    speed = list(speed_rows(take_turns(contenders, tested), len(tested)))
    short = words_of(tested, WORDS)[:N_TIMED]
    latency = [latency_row(f"{name}, every sentence new", one, short) for name, one in engines.items()]
    list(warm.review_many(short))
    latency.append(latency_row(CACHED, warm, short))
    bench.table("Bars", list(bar_rows(speed, latency)))
    note = (
        f"{len(tested)} essays of ASAP-AES prompt 8, six criteria. (a) and (b) encode sentences with "
        "SentenceTransformer.encode and give one probability a criterion; (c) "
        + ("reads the first 256 tokens of each text. " if setfit else "is not here: SetFit is not installed. ")
        + "reviewkit screens, scores, finds evidence and routes besides. Contenders take turns on the same chunks of "
        "ten; all work on both cores, but for cached vectors in one process, which is one thread. The processor time "
        "of two processes is not seen from here."
    )
    bench.table("Speed", speed, note=note)
    note = (
        f"{len(short)} texts, one at a time, in a warm process. Memory of this whole process, every contender in it: "
    )
    bench.table("One submission of 500 words", latency, note=f"{note}{peak_memory_mib():,.0f} MiB at most.")
    note = "With float32; all but encoding from vectors that are cached."
    bench.table("Where the time goes", list(stage_rows(engines["float32"], warm, tested[:30])), note=note)
    texts = [segment.text for one in tested[:10] for segment in warm.take_in(one).segmented.segments]
    bench.table("How far from the limit", list(limit_rows(cold, texts)))
    moved = [
        {"what": name, **agreement_row(engines["float32"], one, tested[:30])}
        for name, one in engines.items()
        if name != "float32"
    ]
    bench.table("What lower precision moves", moved)


if __name__ == "__main__":
    main()
