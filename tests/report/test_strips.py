import math
import re

from hypothesis import given
from hypothesis import strategies as st

from reviewkit.report.strips import axis_strip, interval_strip, path_strip, place, share_strip, ticks

numbers = st.floats(-1e6, 1e6)


class TestPlace:
    @given(numbers, numbers, st.floats(0.001, 1e6))
    def test_never_leaves_the_width(self, value: float, low: float, width: float) -> None:
        assert 0 <= float(place(value, low=low, high=low + width)[:-1]) <= 100


class TestTicks:
    @given(st.floats(-10, 10), st.floats(0.05, 100))
    def test_are_few_rising_and_inside(self, low: float, width: float) -> None:
        found = ticks(low, low + width)
        assert len(found) <= 6
        assert list(found) == sorted(set(found))
        assert all(low - 1e-6 <= tick <= low + width + 1e-6 for tick in found)


class TestIntervalStrip:
    def test_draws_value_interval_and_rule(self) -> None:
        strip = interval_strip(0.5, 0.25, 0.75, scale=(0, 1))
        assert 'cx="50%"' in strip
        assert 'class="span" x1="25%" x2="75%"' in strip
        assert 'class="rule" x1="0%" x2="0%"' in strip

    def test_of_nothing_draws_the_rule_alone(self) -> None:
        strip = interval_strip(math.nan, math.nan, math.nan, scale=(-1, 1))
        assert "circle" not in strip
        assert strip.count("<line") == 1

    @given(st.floats(allow_infinity=False), st.floats(allow_infinity=False), st.floats(allow_infinity=False))
    def test_never_writes_nan(self, value: float, low: float, high: float) -> None:
        assert "nan" not in interval_strip(value, low, high, scale=(-1, 1))


class TestShareStrip:
    def test_shares_stand_side_by_side(self) -> None:
        strip = share_strip([0.25, 0.0, 0.75])
        assert re.findall(r'shade(\d)" x="([\d.]+)%" width="([\d.]+)%"', strip) == [
            ("0", "0.00", "25.00"),
            ("9", "25.00", "75.00"),
        ]


class TestPathStrip:
    def test_higher_stands_higher(self) -> None:
        strip = path_strip([(0, -1, 0.1), (1, 1, 0.1)], scale=(-1, 1), height=50)
        assert re.findall(r'cx="([\d.]+)%" cy="([\d.]+)"', strip) == [("2.00", "45"), ("98.00", "5")]

    def test_a_window_without_an_estimate_is_left_out(self) -> None:
        assert "nan" not in path_strip([(0, 0.5, math.nan), (0.5, math.nan, math.nan)], scale=(-1, 1))


class TestAxisStrip:
    def test_names_round_numbers(self) -> None:
        assert re.findall(r">([^<>]+)</text>", axis_strip((-1, 1))) == ["−1", "−0.5", "0", "0.5", "1"]
