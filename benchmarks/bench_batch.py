"""`reviewkit batch` from the command line: processes and Dask workers; bench_memory.py asks for memory.

    python benchmarks/bench_batch.py                              # minutes on an idle machine
    python benchmarks/bench_batch.py --archive 100000

Submissions are made by recombining the sentences of essays, so nearly every sentence has been met before and its vector
is cached; everything else is computed.
"""

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.asap import PROMPT_8, load_traits
from benchmarks.measuring import CHECKOUT, Benchmark, Cell
from reviewkit import (
    CachedEncoder,
    EmbeddingCache,
    EncoderSettings,
    SentenceTransformerEncoder,
    Submission,
    json_text,
    save_bundle,
    train,
)

N_TRAINED = 200
SENTENCES = 12
MIB = 2**20


@dataclass
class Watch:
    """Memory of a process and all below it, looked at twice a second."""

    largest: int = 0
    together: int = 0
    shared_once: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def over(self, number: int) -> Iterator[None]:
        """Watch a process while what is inside runs."""
        thread = threading.Thread(target=self._look, args=(number,))
        thread.start()
        try:
            yield
        finally:
            self.stopped.set()
            thread.join()

    def _look(self, number: int) -> None:
        import psutil  # type: ignore[import-untyped]

        while not self.stopped.wait(0.5):
            try:
                top = psutil.Process(number)
                held = [one.memory_full_info() for one in (top, *top.children(recursive=True))]
            except psutil.NoSuchProcess:
                continue
            self.largest = max(self.largest, *(one.rss for one in held))
            self.together = max(self.together, sum(one.rss for one in held))
            self.shared_once = max(self.shared_once, sum(getattr(one, "pss", one.rss) for one in held))


@dataclass(frozen=True)
class Place:
    """Where a benchmark's batches run: bundle, cache of vectors, and a folder for their files."""

    bundle: Path
    cache: Path
    folder: Path

    def environment(self) -> dict[str, str]:
        """One thread a process; the cache of this run."""
        return {**os.environ, "REVIEWKIT_CACHE": str(self.cache), "OMP_NUM_THREADS": "1", "PYTHONPATH": str(CHECKOUT)}

    def run(self, path: Path, *options: str, what: str, n_submissions: int) -> dict[str, Cell]:
        """Run one batch, and say how fast it was and what it held."""
        watch = Watch()
        with tempfile.TemporaryDirectory(dir=self.folder) as out:
            call = [sys.executable, "-m", "reviewkit", "batch", str(self.bundle), str(path), "--out", f"{out}/b"]
            start = time.perf_counter()
            process = subprocess.Popen(
                [*call, *options], env=self.environment(), cwd=CHECKOUT, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, text=True,
            )  # fmt: skip
            with watch.over(process.pid):
                said, _ = process.communicate()
            seconds = time.perf_counter() - start
        if process.returncode:
            raise SystemExit(f"{what}: the batch ended with {process.returncode}.")
        routes = {name: int(number) for name, number in re.findall(r"(suggest|review|return): (\d+)", said)}
        return {
            "what": what,
            "submissions": n_submissions,
            "of them scored": routes["suggest"] + routes["review"],
            "seconds": seconds,
            "submissions a second": n_submissions / seconds,
            "largest process, MiB": round(watch.largest / MIB),
            "all processes, MiB": round(watch.together / MIB),
            "all, what they share once, MiB": round(watch.shared_once / MIB),
        }


def sentences_of(essays: Sequence[Submission]) -> list[str]:
    """Sentences of the essays."""
    return [part for one in essays for part in one.reflection.split(". ") if len(part.split()) > 3]


def recombined(essays: Sequence[Submission], path: Path, *, n_submissions: int, n_sentences: int) -> Path:
    """Write submissions made of the essays' sentences, drawn anew."""
    sentences, drawn = sentences_of(essays), random.Random(0)
    with path.open("w", encoding="utf-8") as file:
        for number in range(n_submissions):
            text = ". ".join(drawn.choices(sentences, k=n_sentences)) + "."
            update = {"submission_id": f"r{number}", "teacher_id": f"t{number}", "reflection": text}
            file.write(json_text(essays[0].model_copy(update=update)) + "\n")
    return path


@contextmanager
def dask_workers(place: Place, n_workers: int) -> Iterator[str]:
    """A scheduler and workers in processes of their own; yields its address."""
    distributed: Any = __import__("distributed")
    os.environ.update(place.environment())
    with distributed.LocalCluster(n_workers=n_workers, threads_per_worker=1, dashboard_address=None) as cluster:
        yield cluster.scheduler_address


def worker_rows(place: Place, path: Path, n_submissions: int) -> Iterator[dict[str, Cell]]:
    """The same batch with one worker and with two, by joblib and by Dask."""
    place.run(path, "--jobs", "2", what="warming up", n_submissions=n_submissions)
    for kind in ("processes", "Dask workers"):
        first = None
        for number in (1, 2):
            row = timed_row(place, path, n_submissions, kind=kind, number=number)
            rate = float(row["submissions a second"] or 0)
            first = first or rate
            yield {**row, "times one": rate / first}


def timed_row(place: Place, path: Path, n_submissions: int, *, kind: str, number: int) -> dict[str, Cell]:
    """One batch with so many workers of a kind."""
    what = f"{number} {kind}"
    if kind == "processes":
        return place.run(path, "--jobs", str(number), what=what, n_submissions=n_submissions)
    with dask_workers(place, number) as address:
        place.run(path, "--scheduler", address, what="loading the workers", n_submissions=n_submissions)
        return place.run(path, "--scheduler", address, what=what, n_submissions=n_submissions)


def main() -> None:
    """Run as a script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scaling", type=int, default=4_096)
    parser.add_argument("--archive", type=int, default=10_000)
    given = parser.parse_args()
    bench = Benchmark("batch", title="Batches: processes and Dask workers", seed=0, packages=("distributed",))
    essays = load_traits(PROMPT_8)
    trained = essays.submissions[:N_TRAINED]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = Place(folder / "bundle", folder / "cache", folder)
        encoder = CachedEncoder(SentenceTransformerEncoder(EncoderSettings(device="cpu")), EmbeddingCache(place.cache))
        save_bundle(train(essays.rubric, trained, ratings=essays.ratings_of(trained), encoder=encoder), place.bundle)
        path = recombined(trained, folder / "s.jsonl", n_submissions=given.scaling, n_sentences=SENTENCES)
        note = (
            f"{SENTENCES} sentences a submission. Start of the processes included, but Dask's workers are started and "
            "have the bundle loaded; their memory is theirs, and not in the row. One thread each."
        )
        bench.table("One worker and two", list(worker_rows(place, path, given.scaling)), note=note)
        if given.archive:
            path = recombined(trained, folder / "a.jsonl", n_submissions=given.archive, n_sentences=SENTENCES)
            row = place.run(path, "--jobs", "2", what="2 processes", n_submissions=given.archive)
            bench.table("An archive", [row], note=f"{SENTENCES} sentences a submission.")
    bench.write()


if __name__ == "__main__":
    main()
