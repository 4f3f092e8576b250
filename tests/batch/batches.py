"""A small batch, what its folder holds, and a run in a process of its own that can be killed."""

import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from small_programs import HashEncoder, simulated

from reviewkit import BatchSettings, BatchSummary, json_text, review_batch

TESTS = Path(__file__).resolve().parents[1]
N_SUBMISSIONS = 60
SHARD = 8


def write_submissions(path: Path, *, n_submissions: int = N_SUBMISSIONS, faulty_every: int | None = None) -> Path:
    """Write simulated submissions, a line each; every so manieth is broken."""
    lines = [json_text(one) for one in simulated(n_submissions)[0]]
    for at in range(faulty_every - 1, n_submissions, faulty_every) if faulty_every else ():
        lines[at] = lines[at][: len(lines[at]) // 2]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def run(bundle: Path, submissions: Path, out: Path, **changes: Any) -> BatchSummary:
    """Run a batch in this process."""
    force, encoder = bool(changes.pop("force", False)), changes.pop("encoder", HashEncoder())
    settings = BatchSettings(**{"shard_size": SHARD, **changes})
    return review_batch(bundle, submissions, out=out, settings=settings, encoder=encoder, force=force)


def start(
    bundle: Path, submissions: Path, out: Path, *, largest_file: int | None = None, **changes: Any
) -> "subprocess.Popen[bytes]":
    """Start a batch in a process of its own, for which no file may grow beyond so many bytes."""
    code = f"""
        import sys
        from pathlib import Path
        sys.path[:0] = [{str(TESTS)!r}, {str(TESTS / "batch")!r}]
        from batches import run
        if {largest_file!r} is not None:
            import resource
            resource.setrlimit(resource.RLIMIT_FSIZE, ({largest_file!r},) * 2)
        run(Path({str(bundle)!r}), Path({str(submissions)!r}), Path({str(out)!r}), **{changes!r})
    """
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stderr=subprocess.PIPE)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file that a batch wrote, with its bytes."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
