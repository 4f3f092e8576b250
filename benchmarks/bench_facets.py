"""Many-facet Rasch on three published rating files: against TAM's figures, on its grid and integrated exactly."""

import csv
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import Benchmark, Cell, data_folder, peak_memory_mib
from reviewkit.agreement.design import rating_design
from reviewkit.agreement.facets import FacetsResult, FacetsSettings, fit_facets, many_facet_rasch
from reviewkit.agreement.simulate import SimulationSettings, simulate_ratings
from reviewkit.records import Rating

GRIDS = {"21 fixed nodes, as TAM": FacetsSettings(quadrature="fixed"), "adaptive": FacetsSettings()}
SEED = 1


def ratings_of(path: Path) -> Iterator[Rating]:
    """Read a wide file: a row a submission and rater, a column a criterion."""
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            submission, rater = row.pop("idstud"), row.pop("rater").removesuffix(".0")
            for criterion, level in row.items():
                if level:
                    yield Rating(submission_id=submission, criterion_id=criterion, rater_id=rater, level=float(level))


def tam_summary(folder: Path) -> dict[int, dict[str, float]]:
    """Read deviance, reliability and variance of TAM's three fits."""
    found = {}
    for line in (folder / "computed_with_R" / "tam_mfr_summary.txt").read_text(encoding="utf-8").split():
        name, *figures = line.split(",")
        found[int(name.removeprefix("sirt_ratings"))] = {
            key: float(value) for key, value in (one.split("=") for one in figures)
        }
    return found


def tam_severities(folder: Path, number: int) -> dict[str, float]:
    """Read TAM's severities of one file."""
    with (folder / "computed_with_R" / f"tam_mfr_sirt_ratings{number}_facets.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["facet"] == "rater"]
    return {row["parameter"].removeprefix("rater"): float(row["xsi"]) for row in rows}


def row_of(name: str, result: FacetsResult, theirs: dict[str, float], severities: dict[str, float]) -> dict[str, Cell]:
    """One fit beside TAM's."""
    return {
        "grid": name,
        "deviance": f"{result.deviance:.2f}",
        "TAM's deviance": f"{theirs['deviance']:.2f}",
        "off by %": 100 * (result.deviance / theirs["deviance"] - 1),
        "largest severity gap": max(abs(one.severity - severities[one.rater_id]) for one in result.raters),
        "EAP reliability": result.eap_reliability,
        "TAM's reliability": theirs["EAP.rel"],
        "variance": result.variance,
        "TAM's variance": theirs["variance"],
    }


def fits(folder: Path) -> tuple[list[dict[str, Cell]], list[dict[str, Cell]]]:
    """Fit every file on both grids; the adaptive fit of all files is timed first, before memory grows."""
    against, speed = [], []
    for number, theirs in tam_summary(folder).items():
        ratings = list(ratings_of(folder / "sirt" / f"data.ratings{number}.csv"))
        for name, settings in reversed(GRIDS.items()):
            start = time.perf_counter()
            result = many_facet_rasch(ratings, settings=settings)
            seconds = time.perf_counter() - start
            against.append({"file": f"ratings{number}"} | row_of(name, result, theirs, tam_severities(folder, number)))
            speed.append(
                {
                    "file": f"ratings{number}",
                    "grid": name,
                    "ratings": result.n_ratings,
                    "raters": len(result.raters),
                    "seconds": seconds,
                    "peak memory so far, MiB": round(peak_memory_mib()),
                }
            )
    return against, speed


def large() -> dict[str, Cell]:
    """Time a made design of 80,000 ratings."""
    world = SimulationSettings(n_submissions=10_000, n_raters=200, n_criteria=4, raters_per_submission=2)
    design = rating_design(simulate_ratings(world, seed=SEED).ratings)
    start = time.perf_counter()
    result = fit_facets(design).result
    return {
        "file": "made",
        "grid": "adaptive",
        "ratings": result.n_ratings,
        "raters": len(result.raters),
        "seconds": time.perf_counter() - start,
        "peak memory so far, MiB": round(peak_memory_mib()),
    }


def main() -> None:
    """Run as a script."""
    bench = Benchmark("facets", title="Many-facet Rasch", seed=SEED)
    against, speed = fits(data_folder("r_reference"))
    note = (
        "TAM integrates over 21 fixed nodes from -6 to 6. Where submissions have dozens of ratings their posterior is "
        "narrower than the gap between two nodes, and the coarse grid moves the deviance; exact integration does not."
    )
    bench.table("Against TAM", against, note=note)
    bench.table("Seconds and memory", [*speed, large()], note="One run each; starting Python is not counted.")
    bench.write()


if __name__ == "__main__":
    main()
