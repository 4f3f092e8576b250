"""How long a fresh interpreter takes to import reviewkit, and to print the command line's help."""

import importlib.util
import subprocess
import sys
from collections.abc import Sequence

from benchmarks.measuring import Benchmark, Cell, timed

BAR_SECONDS = 0.5


def row(name: str, arguments: Sequence[str], *, bar: float | None) -> dict[str, Cell]:
    """Time one command in interpreters of their own."""
    seconds = timed(lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True), repeats=15)
    kept = None if bar is None else seconds.best < bar
    return {"command": name, "best seconds": seconds.best, "median seconds": seconds.median, "under the bar": kept}


def main() -> None:
    """Run as a script."""
    bench = Benchmark("import", title="Import and help")
    rows = [
        row("`python -c pass`", ["-c", "pass"], bar=None),
        row("`import reviewkit`", ["-c", "import reviewkit"], bar=BAR_SECONDS),
    ]
    if importlib.util.find_spec("reviewkit.__main__"):
        rows.append(row("`reviewkit --help`", ["-m", "reviewkit", "--help"], bar=BAR_SECONDS))
    note = f"Best and median of 15 fresh interpreters, after one that is not counted. The bar is {BAR_SECONDS} s."
    bench.table("Seconds to the end of the process", rows, note=note)
    bench.write()


if __name__ == "__main__":
    main()
