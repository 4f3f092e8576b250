"""How a benchmark measures and where it writes: one header, tables in Markdown, the same rows in JSON.

A script names itself once, adds its tables, and writes::

    from benchmarks.measuring import Benchmark, data_folder

    essays = data_folder("asap_aes")
    bench = Benchmark("traits", title="Scores against the record", seed=0)
    bench.table("By criterion", [{"criterion": "ideas", "qwk": 0.71}], note="Five folds.")
    bench.write()        # benchmarks/results/traits.md and traits.json
"""

import datetime
import json
import math
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

Cell = str | int | float | bool | None
Row = Mapping[str, Cell]

CHECKOUT = Path(__file__).resolve().parents[1]
RESULTS = CHECKOUT / "benchmarks" / "results"
PACKAGES = ("numpy", "scipy", "scikit-learn", "torch", "sentence-transformers", "spacy")


def find_data(name: str) -> Path | None:
    """Return the folder of a data set, or None where it is not on this machine."""
    root = Path(os.environ.get("REVIEWKIT_DATA") or CHECKOUT.parent / "shared" / "data")
    folder = root.expanduser() / name
    return folder if folder.is_dir() else None


def data_folder(name: str) -> Path:
    """Return the folder of a data set; end the script with what to do where it is not on this machine."""
    folder = find_data(name)
    if folder is None:
        raise SystemExit(
            f"The data set {name!r} is not here. benchmarks/README.md says how to get it; then set REVIEWKIT_DATA "
            f"to the folder that holds {name}/ (it is {os.environ.get('REVIEWKIT_DATA') or 'not set'})."
        )
    return folder


@dataclass(frozen=True)
class Timing:
    """Seconds of one call: the best and the median of several."""

    best: float
    median: float


def timed(function: Callable[[], object], *, repeats: int = 5) -> Timing:
    """Time a call, after one that is not counted."""
    function()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return Timing(best=min(seconds), median=statistics.median(seconds))


def peak_memory_mib() -> float:
    """Peak resident memory of this process so far, in MiB; children are not counted."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def processor() -> str:
    """Name of the processor, as the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def versions(packages: Sequence[str]) -> dict[str, str]:
    """Versions of the packages that are installed."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


@dataclass
class Benchmark:
    """One run of one script. The clock starts when it is made.

    Parameters
    ----------
    name : str
        Names the results: ``NAME.md`` and ``NAME.json``.
    title : str
        Heading of the page.
    seed : int or None
        The seed that everything random was drawn from; None where nothing is.
    packages : sequence of str
        Further packages whose versions the header gives, peers above all.
    """

    name: str
    title: str
    seed: int | None = None
    packages: Sequence[str] = ()
    _tables: list[tuple[str, list[dict[str, Cell]], str]] = field(default_factory=list, init=False, repr=False)
    _start: float = field(default_factory=time.perf_counter, init=False, repr=False)

    def table(self, title: str, rows: Sequence[Row], *, note: str = "") -> None:
        """Add a table: columns in the order of first appearance; a row may lack some."""
        self._tables.append((title, [dict(row) for row in rows], note))

    def header(self) -> dict[str, object]:
        """Say what the numbers were measured with."""
        return {
            "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
            "command": f"python benchmarks/bench_{self.name}.py",
            "seed": self.seed,
            "processor": processor(),
            "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
            "system": f"{platform.system()} {platform.machine()}",
            "wall_seconds": round(time.perf_counter() - self._start, 1),
            "peak_memory_mib": round(peak_memory_mib()),
            "versions": versions((*PACKAGES, *self.packages)),
        }

    def write(self, *, folder: Path = RESULTS) -> Path:
        """Write ``NAME.md`` and ``NAME.json``, print the page, and return its path."""
        folder.mkdir(parents=True, exist_ok=True)
        header = self.header()
        page = "\n".join(self._page(header)) + "\n"
        path = folder / f"{self.name}.md"
        path.write_text(page, encoding="utf-8")
        tables = [{"title": title, "rows": rows, "note": note} for title, rows, note in self._tables]
        whole = _without_nan({"title": self.title, "measured": header, "tables": tables})
        text = json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False)
        path.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
        print(page)
        return path

    def _page(self, header: Mapping[str, object]) -> Iterator[str]:
        yield f"# {self.title}"
        for title, rows, note in self._tables:
            yield f"\n## {title}\n"
            yield from markdown_table(rows)
            if note:
                yield f"\n{note}"
        yield "\n## Measured with\n"
        for name, value in header.items():
            yield f"- {name.replace('_', ' ')}: {_sentence(value)}"


def markdown_table(rows: Sequence[Row]) -> Iterator[str]:
    """Write rows as the lines of a Markdown table."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    numbers = [all(isinstance(row.get(column), int | float | None) for row in rows) for column in columns]
    yield "| " + " | ".join(columns) + " |"
    yield "|" + "|".join("---:" if number else "---" for number in numbers) + "|"
    for row in rows:
        yield "| " + " | ".join(cell_text(row.get(column)) for column in columns) + " |"


def cell_text(cell: Cell) -> str:
    """Write a cell: three decimals, none from a thousand on, a dash for what is absent or undefined."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "–"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 1000 else f"{cell:.3f}"
    return str(cell).replace("|", "\\|")


def _sentence(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {one}" for name, one in value.items())
    return "none" if value is None else str(value)


def _without_nan(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _without_nan(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
