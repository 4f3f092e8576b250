"""A small part of the coverage simulation of tests/statistical, fast enough for every run."""

import numpy as np
import pytest

from reviewkit.agreement.chance import gwet_ac
from reviewkit.agreement.coefficients import cohen_kappa
from reviewkit.agreement.krippendorff import krippendorff_alpha
from reviewkit.agreement.table import table_of_contingency

# Two raters on three levels; the population's coefficients follow from this joint distribution.
JOINT = np.array([[20, 6, 1], [6, 24, 8], [1, 8, 26]]) / 100


class TestCoverage:
    @pytest.mark.parametrize("coefficient", [cohen_kappa, gwet_ac, krippendorff_alpha])
    def test_intervals_hold_the_truth_about_as_often_as_they_say(self, coefficient: object) -> None:
        truth = coefficient(table_of_contingency(np.round(JOINT * 1e5).astype(int)), weights="quadratic").value  # type: ignore[operator]
        drawn = np.random.default_rng(11).multinomial(60, JOINT.ravel(), size=300)
        found = [coefficient(table_of_contingency(cells.reshape(3, 3)), weights="quadratic") for cells in drawn]  # type: ignore[operator]
        assert 0.91 <= np.mean([one.low <= truth <= one.high for one in found]) <= 0.99
