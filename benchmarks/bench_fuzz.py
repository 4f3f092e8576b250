"""The long run of mutated files and lines: what came of each, how long the longest took, and how much memory.

``bench_fuzz.py odt docx`` runs these kinds alone; the other rows stay as they were last measured.
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

from benchmarks.measuring import RESULTS, Benchmark, Cell, Row
from reviewkit.text.worker import shared_worker
from tests.text import test_fuzz, test_fuzz_lines

N_MUTATED = 20_000


def files(kind: str) -> dict[str, Cell]:
    """Read mutated files of a kind in the reading process."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        outcomes, longest = test_fuzz.run(kind, Path(folder), n_files=N_MUTATED, settings=test_fuzz.LONG)
        seconds = time.perf_counter() - begun
    shared_worker(test_fuzz.LONG).close()
    n_refused = sum(n for code, n in outcomes.items() if code not in {"text", "ended", "too-slow"})
    return {
        "kind": kind, "files": outcomes.total(), "gave text": outcomes["text"], "refused": n_refused,
        "ended for time": outcomes["too-slow"], "ended the process": outcomes["ended"], "longest s": longest,
        "peak MiB so far": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**10,
        "ms a file": 1000 * seconds / outcomes.total(),
    }  # fmt: skip


def lines() -> dict[str, Cell]:
    """Read mutated JSON lines."""
    with tempfile.TemporaryDirectory() as folder:
        seconds = test_fuzz_lines.run(Path(folder, "s.jsonl"), n_lines=N_MUTATED)
    return {"lines": N_MUTATED, "lost": 0, "seconds": seconds}


def measured_before() -> tuple[dict[str, Row], list[Row]]:
    """Rows of the last results, the files' by kind."""
    mutated, json_lines = json.loads((RESULTS / "fuzz.json").read_text(encoding="utf-8"))["tables"]
    return {row["kind"]: row for row in mutated["rows"]}, json_lines["rows"]


def main() -> None:
    """Run as a script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", choices=[*test_fuzz.KINDS, []], help="kinds to run alone")
    alone = parser.parse_args().kinds
    before, lines_before = measured_before() if alone else ({}, [])
    bench = Benchmark("fuzz", title="Mutated files and lines", packages=("pypdf", "defusedxml"))
    long = test_fuzz.LONG
    note = (
        f"Bytes flipped, cut out, doubled or replaced; of a packed file half the time inside a member. Bounds: "
        f"{long.timeout_s:g} s, {long.max_memory_mib} MiB of address space. Each file gave its text or a refusal with "
        "its reason; where the process was ended, the next file got a fresh one. Longest includes starting one. The "
        "machine was shared, so that times are above what they would be alone."
    )
    if alone:
        note += f" Measured again, and what the page was measured with is theirs: {', '.join(alone)}."
    rows = [before[kind] if alone and kind not in alone else files(kind) for kind in test_fuzz.KINDS]
    bench.table("Mutated files", rows, note=note)
    note = "Each became a submission or a failure with its line."
    bench.table("Mutated JSON lines", lines_before or [lines()], note=note)
    bench.write()


if __name__ == "__main__":
    main()
