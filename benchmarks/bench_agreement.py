"""Agreement with bootstrap intervals: resampled counts against looping the field's packages over resampled rows.

The peers are krippendorff, irrCAC, pingouin (the first and the last under the GPL, irrCAC without a stated licence:
numeric oracles here, never dependencies) and scikit-learn. A peer that takes long for 1,000 resamples is timed on fewer
and multiplied; the table says on how many.
"""

import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import CHECKOUT, Benchmark, Row, peak_memory_mib
from reviewkit.agreement.chance import gwet_ac
from reviewkit.agreement.coefficients import cohen_kappa
from reviewkit.agreement.estimate import Coefficient, IntervalSettings
from reviewkit.agreement.icc import intraclass_correlation
from reviewkit.agreement.krippendorff import krippendorff_alpha
from reviewkit.agreement.table import table_of_array

Ratings = NDArray[np.float64]
SIZES = (1_000, 10_000, 100_000)
N_RATERS, N_RESAMPLES, SEED = 5, 1_000, 1
LEVELS = np.array([1.0, 2.0, 3.0, 4.0])
MISSING = 0.2
PEER_SECONDS = 6.0
BOOTSTRAP = IntervalSettings(method="percentile", n_resamples=N_RESAMPLES)
LARGE_UNITS = 200_000
PEERS = ("krippendorff", "irrCAC", "pingouin", "scikit-learn", "pandas")


def simulated(n_units: int, *, seed: int = SEED) -> Ratings:
    """Draw ratings of raters who differ in severity, a fifth of them missing."""
    generator = np.random.default_rng(seed)
    truth = generator.normal(0, 1, (n_units, 1))
    severity = generator.normal(0, 0.2, (1, N_RATERS))
    seen = truth + severity + generator.normal(0, 0.7, (n_units, N_RATERS))
    ratings = LEVELS[np.digitize(seen, [-1.0, 0.0, 1.0])]
    ratings[generator.random(ratings.shape) < MISSING] = np.nan
    return ratings


def both_rated(ratings: Ratings) -> Ratings:
    """Keep the first two raters' ratings of units that both rated."""
    pair = ratings[:, :2]
    return pair[~np.isnan(pair).any(axis=1)]


@dataclass(frozen=True)
class Contest:
    """A coefficient, ours and a peer's, on the same ratings."""

    name: str
    peer: str
    module: str
    select: Callable[[Ratings], Ratings]
    ours: Callable[[Ratings, IntervalSettings], Coefficient]
    theirs: Callable[[Ratings], float]
    largest: int = SIZES[-1]
    """Most units that the peer is asked for; pingouin needs minutes for one call on 30,000."""


def krippendorff_of(ratings: Ratings, level: str) -> float:
    import krippendorff

    return float(krippendorff.alpha(reliability_data=ratings.T, level_of_measurement=level, value_domain=LEVELS))


def gwet_of(ratings: Ratings) -> float:
    import pandas as pd
    from irrCAC.raw import CAC

    found = CAC(pd.DataFrame(ratings), weights="quadratic", categories=LEVELS.tolist()).gwet()
    return float(found["est"]["coefficient_value"])


def kappa_of(pair: Ratings) -> float:
    from sklearn.metrics import cohen_kappa_score

    return float(cohen_kappa_score(pair[:, 0], pair[:, 1], labels=LEVELS, weights="quadratic"))


def icc_of(ratings: Ratings) -> float:
    import pandas as pd
    import pingouin

    n_units, n_raters = ratings.shape
    frame = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(n_units), n_raters),
            "rater": np.tile(np.arange(n_raters), n_units),
            "level": ratings.ravel(),
        }
    )
    found = pingouin.intraclass_corr(data=frame, targets="unit", raters="rater", ratings="level")
    return float(found["ICC"].iloc[1])


def complete(ratings: Ratings) -> Ratings:
    """Keep the units that every rater rated: pingouin takes no gaps."""
    return ratings[~np.isnan(ratings).any(axis=1)]


CONTESTS = (
    Contest(
        "alpha, interval",
        "krippendorff",
        "krippendorff",
        lambda ratings: ratings,
        lambda ratings, settings: krippendorff_alpha(ratings, weights="quadratic", interval=settings),
        lambda ratings: krippendorff_of(ratings, "interval"),
    ),
    Contest(
        "alpha, ordinal",
        "krippendorff",
        "krippendorff",
        lambda ratings: ratings,
        lambda ratings, settings: krippendorff_alpha(ratings, weights="ordinal-krippendorff", interval=settings),
        lambda ratings: krippendorff_of(ratings, "ordinal"),
    ),
    Contest(
        "AC2, quadratic",
        "irrCAC",
        "irrCAC",
        lambda ratings: ratings,
        lambda ratings, settings: gwet_ac(ratings, weights="quadratic", interval=settings),
        gwet_of,
    ),
    Contest(
        "QWK of two raters",
        "scikit-learn",
        "sklearn",
        both_rated,
        lambda ratings, settings: cohen_kappa(ratings, weights="quadratic", interval=settings),
        kappa_of,
    ),
    Contest(
        "ICC(2,1), complete units",
        "pingouin",
        "pingouin",
        complete,
        lambda ratings, settings: intraclass_correlation(ratings, form="ICC(2,1)", interval=settings),
        icc_of,
        largest=10_000,
    ),
)


def seconds_of(function: Callable[[], object]) -> float:
    """Best of three, in seconds."""
    best = math.inf
    for _ in range(3):
        start = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - start)
    return best


def peer_seconds(contest: Contest, ratings: Ratings) -> tuple[float, int]:
    """Seconds that the peer needs for all resamples of rows, and how many were timed."""
    generator = np.random.default_rng(SEED)
    start, n_timed = time.perf_counter(), 0
    while n_timed < N_RESAMPLES and (n_timed == 0 or time.perf_counter() - start < PEER_SECONDS):
        contest.theirs(ratings[generator.integers(0, len(ratings), len(ratings))])
        n_timed += 1
    return (time.perf_counter() - start) * N_RESAMPLES / n_timed, n_timed


def row_of(contest: Contest, n_units: int) -> Row:
    """Time one contest at one size."""
    ratings = contest.select(simulated(n_units))
    found = contest.ours(ratings, BOOTSTRAP)
    row: dict[str, str | int | float | bool | None] = {
        "coefficient": contest.name,
        "units": n_units,
        "units that enter": found.n,
        "value": found.value,
        "ours, seconds": seconds_of(lambda: contest.ours(ratings, BOOTSTRAP)),
        "peer": contest.peer,
    }
    if find_spec(contest.module) is None:
        return row | {"peer": f"{contest.peer} (not installed)"}
    if n_units > contest.largest:
        return row
    theirs, n_timed = peer_seconds(contest, ratings)
    gap = abs(contest.theirs(ratings) - found.value)
    return row | {
        "peer's value differs by": f"{gap:.0e}",
        "peer, seconds": theirs,
        "resamples timed": n_timed,
        "times faster": theirs / float(str(row["ours, seconds"])),
    }


def large_row(name: str) -> Row:
    """Bootstrap a million ratings in a process of its own, for its peak memory."""
    command = [sys.executable, "-m", "benchmarks.bench_agreement", "--large", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=CHECKOUT)
    found: Row = json.loads(done.stdout)
    return found


def large(name: str) -> None:
    """Print the row of one coefficient on a million ratings, as JSON."""
    generator = np.random.default_rng(SEED)
    truth = generator.normal(0, 1, (LARGE_UNITS, 1))
    ratings = LEVELS[np.digitize(truth + generator.normal(0, 0.7, (LARGE_UNITS, N_RATERS)), [-1.0, 0.0, 1.0])]
    before = peak_memory_mib()
    contest = next(one for one in CONTESTS if one.name == name)
    start = time.perf_counter()
    found = contest.ours(table_of_array(contest.select(ratings)).values, BOOTSTRAP)
    row = {
        "coefficient": name,
        "ratings": int(LARGE_UNITS * N_RATERS),
        "resamples": found.n_resamples,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "seconds": time.perf_counter() - start,
        "peak memory, MiB": peak_memory_mib(),
        "of it before the call": before,
    }
    print(json.dumps(row))


def main() -> None:
    bench = Benchmark("agreement", title="Agreement with bootstrap intervals", seed=SEED, packages=PEERS)
    # A process starts with its parent's peak, so the million goes first, while this one is small.
    large_rows = [large_row(contest.name) for contest in CONTESTS]
    rows = [row_of(contest, n_units) for contest in CONTESTS for n_units in SIZES]
    bench.table(
        "1,000 bootstrap resamples over units, 5 raters, 4 levels, a fifth of the ratings missing",
        rows,
        note=f"The peer's seconds are those of {N_RESAMPLES} resamples; where fewer were timed, they were multiplied. "
        "irrCAC prints five decimals.",
    )
    bench.table(
        "A million ratings (200,000 units by 5 raters), 1,000 resamples, each in a process of its own",
        large_rows,
    )
    bench.write()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--large"]:
        large(sys.argv[2])
    else:
        main()
