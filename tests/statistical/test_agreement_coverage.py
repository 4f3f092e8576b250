"""Do 95 % intervals hold the truth 95 % of the time? Simulated, with the default method of each coefficient.

Two raters see the same normal trait with noise (latent correlation .7, which gives a QWK near .6, as between raters of
real essays) and cut it into four levels. The truth is the coefficient of the whole population of such units.
"""

import math
from collections.abc import Callable

import numpy as np
import pytest

from reviewkit.agreement.chance import gwet_ac
from reviewkit.agreement.coefficients import cohen_kappa
from reviewkit.agreement.estimate import Coefficient, IntervalSettings
from reviewkit.agreement.icc import intraclass_correlation
from reviewkit.agreement.krippendorff import krippendorff_alpha
from reviewkit.agreement.table import RatingTable, table_of_contingency

pytestmark = pytest.mark.statistical

REPLICATIONS = 2000
CORRELATION = 0.7
MARGINS = {"even": (0.2, 0.3, 0.3, 0.2), "high": (0.03, 0.12, 0.40, 0.45), "extreme": (0.01, 0.03, 0.11, 0.85)}
COEFFICIENTS: dict[str, Callable[[RatingTable, IntervalSettings], Coefficient]] = {
    "alpha, nominal": lambda table, chosen: krippendorff_alpha(table, interval=chosen),
    "alpha, ordinal": lambda table, chosen: krippendorff_alpha(table, weights="ordinal-krippendorff", interval=chosen),
    "alpha, interval": lambda table, chosen: krippendorff_alpha(table, weights="quadratic", interval=chosen),
    "AC1": lambda table, chosen: gwet_ac(table, interval=chosen),
    "AC2, linear": lambda table, chosen: gwet_ac(table, weights="linear", interval=chosen),
    "AC2, quadratic": lambda table, chosen: gwet_ac(table, weights="quadratic", interval=chosen),
    "QWK": lambda table, chosen: cohen_kappa(table, weights="quadratic", interval=chosen),
    "ICC(1,1)": lambda table, chosen: intraclass_correlation(table, form="ICC(1,1)", interval=chosen),
    "ICC(2,1)": lambda table, chosen: intraclass_correlation(table, form="ICC(2,1)", interval=chosen),
    "ICC(3,1)": lambda table, chosen: intraclass_correlation(table, form="ICC(3,1)", interval=chosen),
    "ICC(2,k)": lambda table, chosen: intraclass_correlation(table, form="ICC(2,k)", interval=chosen),
}


def population(margins: tuple[float, ...]) -> np.ndarray:
    """Return the joint distribution of two raters' levels, shape (4, 4), by integrating over the shared trait."""
    from scipy.special import ndtr, ndtri

    cuts = np.array([-np.inf, *ndtri(np.cumsum(margins)[:-1]), np.inf])
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    below = ndtr((cuts[:, None] - math.sqrt(CORRELATION) * nodes) / math.sqrt(1 - CORRELATION))
    of_level = np.diff(below, axis=0)
    joint = (of_level * weights) @ of_level.T
    return np.asarray(joint / joint.sum())


def coverage(name: str, margins: str, n_units: int, *, replications: int = REPLICATIONS) -> dict[str, float]:
    """Return the share of intervals that hold the truth, and of those that could not be given."""
    joint = population(MARGINS[margins])
    truth = COEFFICIENTS[name](
        table_of_contingency(np.round(joint * 400_000).astype(int)), IntervalSettings(method="none")
    ).value
    generator = np.random.default_rng([n_units, len(margins)])
    held, absent = 0, 0
    for cells in generator.multinomial(n_units, joint.ravel(), size=replications):
        found = COEFFICIENTS[name](table_of_contingency(cells.reshape(4, 4)), IntervalSettings())
        absent += math.isnan(found.low)
        held += found.low <= truth <= found.high
    return {"coverage": held / max(1, replications - absent), "absent": absent / replications, "truth": truth}


class TestCoverage:
    @pytest.mark.parametrize("n_units", [50, 200])
    @pytest.mark.parametrize("margins", ["even", "high"])
    @pytest.mark.parametrize("name", sorted(COEFFICIENTS))
    def test_intervals_hold_the_truth(self, name: str, margins: str, n_units: int) -> None:
        found = coverage(name, margins, n_units)
        print(f"{name}, {margins}, n = {n_units}: {found}")
        assert found["absent"] == 0
        assert 0.925 <= found["coverage"] <= 0.975

    @pytest.mark.parametrize("name", sorted(COEFFICIENTS))
    def test_where_nearly_all_are_one_level_it_is_only_reported(self, name: str) -> None:
        found = coverage(name, "extreme", 200)
        print(f"{name}, extreme, n = 200: {found}")
        assert found["coverage"] > 0.5
