"""Words for a coefficient come from how sure it is to reach them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewkit.agreement.estimate import Coefficient
from reviewkit.agreement.scales import SCALES, benchmark
from reviewkit.errors import SettingsError


def _coefficient(value: float, se: float) -> Coefficient:
    return Coefficient(name="gwet", value=value, se=se, n=20)


class TestBenchmark:
    def test_irrcac_example_on_altmans_scale(self) -> None:
        found = benchmark(_coefficient(0.67, 0.15), scale="altman")
        assert found.cumulative == pytest.approx([0.18168, 0.67511, 0.96356, 0.99912, 1.0], abs=5e-6)
        assert found.word == "moderate"

    def test_the_same_value_with_less_doubt_is_better(self) -> None:
        assert benchmark(_coefficient(0.67, 0.02), scale="altman").word == "good"

    def test_negative_value_is_poor(self) -> None:
        assert benchmark(_coefficient(-0.5, 0.1)).word == "poor"

    def test_no_standard_error_has_a_reason(self) -> None:
        found = benchmark(_coefficient(1.0, 0.0))
        assert (found.word, found.reason) == (
            None,
            "the standard error is 0 or unknown, so no probability can be given",
        )

    def test_undefined_coefficient_keeps_its_reason(self) -> None:
        undefined = Coefficient(name="gwet", value=float("nan"), n=0, reason="there are no ratings")
        assert benchmark(undefined).reason == "there are no ratings"

    def test_unknown_scale(self) -> None:
        with pytest.raises(SettingsError, match="landis-koch, altman, fleiss"):
            benchmark(_coefficient(0.5, 0.1), scale="cicchetti")  # type: ignore[arg-type]

    def test_bar_of_one(self) -> None:
        with pytest.raises(SettingsError, match="between 0 and 1"):
            benchmark(_coefficient(0.5, 0.1), bar=1.0)

    @given(st.floats(-0.95, 0.99), st.floats(0.01, 0.5), st.sampled_from(sorted(SCALES)))
    def test_memberships_sum_to_one(self, value: float, se: float, scale: str) -> None:
        found = benchmark(_coefficient(value, se), scale=scale)  # type: ignore[arg-type]
        assert sum(found.memberships) == pytest.approx(1.0)
        assert found.cumulative[-1] == pytest.approx(1.0)
