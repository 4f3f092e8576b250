"""Which interval of an agreement coefficient holds the truth: coverage of every method, simulated.

Two raters see the same normal trait with noise and cut it into four levels; the truth is the coefficient of the whole
population. The default of each coefficient was chosen from this table; tests/statistical holds it to 92.5 to 97.5 %.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import Benchmark, Row
from reviewkit.agreement.chance import gwet_ac
from reviewkit.agreement.coefficients import cohen_kappa, pearson
from reviewkit.agreement.estimate import Coefficient, IntervalSettings
from reviewkit.agreement.icc import intraclass_correlation
from reviewkit.agreement.krippendorff import krippendorff_alpha
from reviewkit.agreement.table import RatingTable, table_of_contingency

SEED = 7
REPLICATIONS, BOOTSTRAP_REPLICATIONS, N_RESAMPLES = 1000, 400, 400
MARGINS = {"even": (0.2, 0.3, 0.3, 0.2), "high": (0.03, 0.12, 0.40, 0.45), "extreme": (0.01, 0.03, 0.11, 0.85)}
DESIGNS = (("even", 50, 0.7), ("even", 200, 0.7), ("high", 50, 0.7), ("high", 200, 0.7), ("extreme", 200, 0.7))
HARDER = (("even", 50, 0.8),)
Compute = Callable[[RatingTable, IntervalSettings], Coefficient]
COEFFICIENTS: dict[str, Compute] = {
    "QWK (cohen)": lambda table, chosen: cohen_kappa(table, weights="quadratic", interval=chosen),
    "AC2 (gwet), quadratic": lambda table, chosen: gwet_ac(table, weights="quadratic", interval=chosen),
    "AC2 (gwet), linear": lambda table, chosen: gwet_ac(table, weights="linear", interval=chosen),
    "alpha, nominal": lambda table, chosen: krippendorff_alpha(table, interval=chosen),
    "alpha, ordinal": lambda table, chosen: krippendorff_alpha(table, weights="ordinal-krippendorff", interval=chosen),
    "alpha, interval": lambda table, chosen: krippendorff_alpha(table, weights="quadratic", interval=chosen),
    "ICC(1,1)": lambda table, chosen: intraclass_correlation(table, form="ICC(1,1)", interval=chosen),
    "ICC(2,1)": lambda table, chosen: intraclass_correlation(table, form="ICC(2,1)", interval=chosen),
    "ICC(3,1)": lambda table, chosen: intraclass_correlation(table, form="ICC(3,1)", interval=chosen),
    "pearson": lambda table, chosen: pearson(table, interval=chosen),
}
METHODS = ("default", "analytic", "percentile", "bca")


def population(margins: tuple[float, ...], correlation: float) -> NDArray[np.float64]:
    """Return the joint distribution of two raters' levels, by integrating over the trait that they share."""
    from scipy.special import ndtr, ndtri

    cuts = np.array([-np.inf, *ndtri(np.cumsum(margins)[:-1]), np.inf])
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    below = ndtr((cuts[:, None] - math.sqrt(correlation) * nodes) / math.sqrt(1 - correlation))
    of_level = np.diff(below, axis=0)
    joint = (of_level * weights) @ of_level.T
    return np.asarray(joint / joint.sum())


def coverage_of(compute: Compute, method: str, tables: list[RatingTable], truth: float) -> tuple[float, str]:
    """Return the share of intervals that hold the truth, among those that can be given, and the method's full name."""
    chosen = IntervalSettings.model_validate({"method": method, "n_resamples": N_RESAMPLES})
    found = [compute(table, chosen) for table in tables]
    given = [one for one in found if not math.isnan(one.low)]
    held = sum(one.low <= truth <= one.high for one in given)
    return (held / len(given) if given else math.nan), str(given[0].interval_method if given else None)


def rows_of(designs: tuple[tuple[str, int, float], ...]) -> Iterator[Row]:
    """Return a row a coefficient and design."""
    for margins, n_units, correlation in designs:
        joint = population(MARGINS[margins], correlation)
        whole = table_of_contingency(np.round(joint * 400_000).astype(int))
        drawn = np.random.default_rng([SEED, n_units]).multinomial(n_units, joint.ravel(), size=REPLICATIONS)
        tables = [table_of_contingency(cells.reshape(4, 4)) for cells in drawn]
        for name, compute in COEFFICIENTS.items():
            truth = compute(whole, IntervalSettings(method="none")).value
            row: dict[str, str | int | float | bool | None] = {
                "coefficient": name,
                "margins": margins,
                "n": n_units,
                "latent correlation": correlation,
                "truth": truth,
            }
            for method in METHODS:
                used = tables[:BOOTSTRAP_REPLICATIONS] if method in {"percentile", "bca"} else tables
                row[method], full = coverage_of(compute, method, used, truth)
                if method == "default":
                    row["default is"] = full
            yield row


def main() -> None:
    bench = Benchmark("coverage", title="Coverage of 95 % intervals of agreement coefficients", seed=SEED)
    note = (
        f"{REPLICATIONS} replications for intervals from a standard error, {BOOTSTRAP_REPLICATIONS} with {N_RESAMPLES} "
        "resamples for bootstrap intervals: a share of .95 has a standard error of .007 and .011 itself. Margins: even "
        "(.2 .3 .3 .2), high (.03 .12 .40 .45), extreme (.01 .03 .11 .85)."
    )
    bench.table("Raters who agree as raters of essays do", list(rows_of(DESIGNS)), note=note)
    bench.table("Raters who agree more, where the misses that weigh most are rare", list(rows_of(HARDER)), note=note)
    bench.write()


if __name__ == "__main__":
    main()
