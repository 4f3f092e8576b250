"""The ledger under load: appends a second, readers beside a writer, the size of a million events, the time to open.

Run from the checkout::

    python benchmarks/bench_ledger.py [--events 1000000]

Texts are sentences of the shipped rubrics' anchor submissions, drawn anew for each submission, about 300 words each.
"""

import argparse
import hashlib
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from benchmarks.measuring import Benchmark, Cell  # noqa: E402
from reviewkit.files import read_rubric, read_submissions  # noqa: E402
from reviewkit.records import (  # noqa: E402
    CriterionScore,
    Evidence,
    Part,
    PartDigest,
    Rating,
    Reason,
    ReviewRecord,
    Rubric,
    RubricReference,
    Submission,
    level_text,
)
from reviewkit.review.entries import Suggestion  # noqa: E402
from reviewkit.review.ledger import ReviewLedger  # noqa: E402
from reviewkit.review.queue import ReviewQueue  # noqa: E402

SEED = 20260301
RUBRIC_NAME = "classroom-management"
SENTENCES_A_TEXT = 18
EVENTS_A_SUBMISSION = 7.5  # the teacher, the submission, its suggestion, four ratings; a view for every second one
CHUNK = 500


class Program:
    """Submissions of one rubric, each with its suggestion and one reading."""

    def __init__(self) -> None:
        self.rubric: Rubric = read_rubric(CHECKOUT / "rubrics" / f"{RUBRIC_NAME}.yaml")
        anchors = read_submissions(CHECKOUT / "rubrics" / RUBRIC_NAME / "anchors.jsonl")
        self.sentences = [one.strip() for anchor in anchors for one in anchor.reflection.split(".") if one.strip()]

    def suggestion(self, number: int) -> Suggestion:
        """Suggestion of that number, the same in every run."""
        drawn = random.Random(SEED + number)
        text = ". ".join(drawn.choices(self.sentences, k=SENTENCES_A_TEXT)) + "."
        name = f"submission-{number:07d}"
        part = Part(part="reflection", kind="reflection", text=text)
        review = ReviewRecord(
            submission_id=name,
            attempt=1,
            rubric=RubricReference(id=self.rubric.id, version=self.rubric.version, digest=self.rubric.digest),
            bundle_digest="0" * 64,
            route="review",
            review_probability=1.0,
            certificate=None,
            reasons=(Reason(code="borderline", criterion_id=self.rubric.criterion_ids[0], value=0.5, bound=0.8),),
            findings=(),
            parts=(PartDigest(part=part.part, n_chars=len(text), sha256=hashlib.sha256(text.encode()).hexdigest()),),
            award_probability=0.5,
            scores=tuple(self.score(one, text, drawn) for one in self.rubric.criterion_ids),
        )
        submission = Submission(
            submission_id=name, teacher_id=f"teacher-{number:07d}", rubric_id=self.rubric.id, reflection=text
        )
        return Suggestion(review=review, submission=submission, parts=(part,))

    def score(self, criterion_id: str, text: str, drawn: random.Random) -> CriterionScore:
        """Score with random probabilities and three sentences of evidence."""
        levels = self.rubric.criterion(criterion_id).level_numbers
        weights = [drawn.random() for _ in levels]
        shares = [round(one / sum(weights), 6) for one in weights[:-1]]
        shares.append(round(1 - sum(shares), 6))
        likeliest = levels[shares.index(max(shares))]
        return CriterionScore(
            criterion_id=criterion_id,
            level=likeliest,
            expected_level=sum(level * share for level, share in zip(levels, shares, strict=True)),
            probabilities={level_text(level): share for level, share in zip(levels, shares, strict=True)},
            prediction_set=(likeliest,),
            coverage_level=0.9,
            p_meets_required=0.5,
            rater_disagreement=0.3,
            stands=False,
            cold=False,
            evidence=tuple(
                Evidence(part="reflection", start=start, end=start + 90, text=text[start : start + 90], weight=0.1)
                for start in (0, 200, 400)
            ),
        )

    def reading(self, number: int, reviewer_id: str) -> Iterator[Rating]:
        """Ratings of one reviewer, a criterion each."""
        for criterion_id in self.rubric.criterion_ids:
            yield Rating(
                submission_id=f"submission-{number:07d}",
                criterion_id=criterion_id,
                rater_id=reviewer_id,
                level=2,
                rationale="Steps are named, and no rehearsal is told of.",
            )


def opened(folder: str, name: str, program: Program) -> ReviewLedger:
    ledger = ReviewLedger.open(Path(folder) / f"{name}.ledger", create=True)
    ledger.add_rubric(program.rubric)
    return ledger


def append_rates(folder: str, program: Program, *, n: int) -> Iterator[dict[str, Cell]]:
    ledger = opened(folder, "rates", program)
    entries = [program.suggestion(number) for number in range(n)]
    ratings = [one for number in range(n // 4) for one in program.reading(number, "r1")]
    more = [program.suggestion(number) for number in range(n, 6 * n)]
    more_ratings = [one for number in range(n, 6 * n) for one in program.reading(number, "r1")]
    yield rate("suggestions, one at a time", len(entries), lambda: [ledger.append(one) for one in entries])
    yield rate("ratings, one at a time", len(ratings), lambda: [ledger.append(one) for one in ratings])
    yield rate("suggestions, together", len(more), lambda: ledger.append_all(more))
    yield rate("ratings, together", len(more_ratings), lambda: ledger.append_all(more_ratings))
    for n_processes in (2, 4):
        spread = list(range(n_processes))
        yield rate(
            f"ratings, {n_processes} processes at once, one at a time",
            n_processes * len(ratings),
            lambda spread=spread: run_all([(append_each, (ledger.path, f"p{one}", ratings)) for one in spread]),
        )
    ledger.verify()


def rate(what: str, n: int, work: Callable[[], object]) -> dict[str, Cell]:
    start, start_cpu = time.perf_counter(), processor_seconds()
    work()
    seconds, cpu = time.perf_counter() - start, processor_seconds() - start_cpu
    return {
        "what": what,
        "entries": n,
        "entries a second": n / seconds,
        "ms an entry": 1000 * seconds / n,
        "of it processor ms": 1000 * cpu / n,
    }


def processor_seconds() -> float:
    """Processor time of this process and its finished children: what a busy machine does not lengthen much."""
    return time.process_time() + sum(os.times()[2:4])


def append_each(path: Path, reviewer_id: str, ratings: list[Rating]) -> None:
    with ReviewLedger.open(path) as ledger:
        for one in ratings:
            ledger.append(one.model_copy(update={"rater_id": reviewer_id}))


def run_all(calls: list[tuple[Callable[..., None], tuple[object, ...]]]) -> None:
    workers = [multiprocessing.get_context("fork").Process(target=call, args=args) for call, args in calls]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise SystemExit("A worker failed; its message stands above. Nothing was measured.")


def write_until(
    path: Path, stop: "multiprocessing.synchronize.Event", count: "multiprocessing.sharedctypes.Synchronized[int]"
) -> None:
    program = Program()
    with ReviewLedger.open(path) as ledger:
        number = 5_000_000
        while not stop.is_set():
            ledger.append(program.suggestion(number))
            number += 1
            count.value += 1


def readers_beside_a_writer(ledger: ReviewLedger, n_submissions: int, *, seconds: float) -> Iterator[dict[str, Cell]]:
    fork = multiprocessing.get_context("fork")
    for writing in (False, True):
        stop, count = fork.Event(), fork.Value("q", 0)
        writer = fork.Process(target=write_until, args=(ledger.path, stop, count))
        if writing:
            writer.start()
        waits: list[float] = []
        drawn, start = random.Random(SEED), time.perf_counter()
        while time.perf_counter() - start < seconds:
            name = f"submission-{drawn.randrange(n_submissions):07d}"
            begun = time.perf_counter()
            ledger.parts(name)
            ledger.is_blind(name, "r1")
            waits.append(time.perf_counter() - begun)
        stop.set()
        if writing:
            writer.join()
        waits.sort()
        yield {
            "beside": "a writer" if writing else "nobody",
            "reads a second": len(waits) / seconds,
            "median ms": 1000 * waits[len(waits) // 2],
            "99th ms": 1000 * waits[int(len(waits) * 0.99)],
            "slowest ms": 1000 * waits[-1],
            "suggestions appended a second": count.value / seconds if writing else None,
        }


def fill(ledger: ReviewLedger, program: Program, *, n_submissions: int) -> None:
    for first in range(0, n_submissions, CHUNK):
        numbers = range(first, min(first + CHUNK, n_submissions))
        with ledger.together():
            ledger.append_all(program.suggestion(number) for number in numbers)
            for number in numbers:
                reviewer = f"r{number % 40}"
                ledger.append_all(program.reading(number, reviewer))
                if number % 2:
                    ledger.suggestion_for(f"submission-{number:07d}", reviewer)
        if first % (CHUNK * 20) == 0:
            print(f"{first} of {n_submissions} submissions", file=sys.stderr, flush=True)


def seconds_of(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def large_ledger(
    folder: str, program: Program, *, n_events: int
) -> tuple[list[dict[str, Cell]], list[dict[str, Cell]]]:
    ledger = opened(folder, "large", program)
    n_submissions = max(round(n_events / EVENTS_A_SUBMISSION), 10)
    fill_seconds = seconds_of(lambda: fill(ledger, program, n_submissions=n_submissions))
    waiting = [program.suggestion(number) for number in range(9_000_000, 9_000_200)]
    ledger.append_all(waiting)
    ledger.close()
    events, size = ledger.head().sequence, ledger.path.stat().st_size
    queue = ReviewQueue(ledger)
    rows: list[dict[str, Cell]] = [
        {"what": "events", "value": events},
        {"what": "submissions", "value": n_submissions + len(waiting)},
        {"what": "seconds to write them, 500 submissions at a time", "value": fill_seconds},
        {"what": "file, MiB", "value": size / 2**20},
        {"what": "bytes an event", "value": size / events},
        {"what": "bytes a submission, with its text, suggestion and reading", "value": size / (n_submissions + 200)},
        {"what": "MiB for a million events", "value": size / events * 1e6 / 2**20},
        {
            "what": "ms to open and read the head",
            "value": 1000 * seconds_of(lambda: ReviewLedger.open(ledger.path).head()),
        },
        {
            "what": "ms to append one rating",
            "value": 1000 * seconds_of(lambda: ledger.append(next(program.reading(3, "late")))),
        },
        {"what": "ms to lease the next case", "value": 1000 * seconds_of(lambda: queue.lease("late"))},
        {"what": "seconds for all ratings", "value": seconds_of(ledger.ratings)},
        {"what": "seconds to verify the whole chain", "value": seconds_of(ledger.verify)},
    ]
    beside = list(readers_beside_a_writer(ledger, n_submissions, seconds=10))
    return rows, beside


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000, help="events in the large ledger")
    parser.add_argument("--entries", type=int, default=400, help="entries a row of the first table")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    bench = Benchmark("ledger", title="The review ledger under load", seed=SEED)
    program = Program()
    with tempfile.TemporaryDirectory() as folder:
        bench.table(
            "Appends",
            list(append_rates(folder, program, n=options.entries)),
            note="One at a time, each entry is synced to the disk before the call returns. A suggestion of a new "
            "submission by a new teacher is three events. The machine's load average was "
            f"{load:.1f} when the run began and {os.getloadavg()[0]:.1f} after this table; idle, it is faster.",
        )
        large, beside = large_ledger(folder, program, n_events=options.events)
    bench.table("A large ledger", large)
    bench.table(
        "Readers beside a writer, in the large ledger",
        beside,
        note="A read is a submission's text and whether a reviewer is blind to it, at random over the whole ledger.",
    )
    bench.write()


if __name__ == "__main__":
    main()
