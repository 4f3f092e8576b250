"""Memory of `reviewkit batch` as the archive grows to a million submissions.

    python benchmarks/bench_memory.py                             # hours on two cores
    python benchmarks/bench_memory.py --submissions 10000 100000

What is asked is memory, not speed. So that many get done, most submissions are one sentence without artifacts: they are
read, cut and screened, and go back to their teachers; every so many is whole, and is scored with evidence. The bundle
is a shipped one, and the sentences and artifacts are its demo's, recombined, so that vectors are cached.
"""

import argparse
import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.bench_batch import Place, sentences_of
from benchmarks.measuring import Benchmark, Cell
from reviewkit import Submission, json_text, read_submissions, shipped_folder

NAME = "classroom-management"
WHOLE_EVERY = 20
SENTENCES = 16


def mostly_short(demo: Sequence[Submission], path: Path, *, n_submissions: int) -> Path:
    """Write submissions of one sentence, and every so many a whole one."""
    sentences, drawn = sentences_of(demo), random.Random(0)
    with path.open("w", encoding="utf-8") as file:
        for number in range(n_submissions):
            n_sentences = 1 if number % WHOLE_EVERY else SENTENCES
            text = ". ".join(drawn.choices(sentences, k=n_sentences)) + "."
            update = {"submission_id": f"m{number}", "teacher_id": f"t{number}", "reflection": text}
            whole = demo[number // WHOLE_EVERY % len(demo)]
            artifacts = () if number % WHOLE_EVERY else whole.artifacts
            file.write(json_text(whole.model_copy(update=update | {"artifacts": artifacts})) + "\n")
    return path


def memory_rows(place: Place, sizes: Sequence[int], *, jobs: int) -> Iterator[dict[str, Cell]]:
    """One row an archive."""
    demo = read_submissions(shipped_folder("rubrics") / NAME / "demo.jsonl")
    for number in sizes:
        path = mostly_short(demo, place.folder / "m.jsonl", n_submissions=number)
        yield place.run(path, "--jobs", str(jobs), what=f"{jobs} processes", n_submissions=number)


def main() -> None:
    """Run as a script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    bench = Benchmark("memory", title="Memory as the archive grows", seed=0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = Place(shipped_folder("models") / NAME, folder / "cache", folder)
        rows = list(memory_rows(place, given.submissions, jobs=given.jobs))
    note = (
        f"`reviewkit batch --jobs {given.jobs}`. One submission in {WHOLE_EVERY} has {SENTENCES} sentences and "
        "artifacts, and is scored unless it turns out too short; the others have one sentence, and are read, cut, "
        "screened and returned. The time holds for such submissions alone, beside whatever else the machine did."
    )
    bench.table("Batches of growing size", rows, note=note)
    bench.write()


if __name__ == "__main__":
    main()
