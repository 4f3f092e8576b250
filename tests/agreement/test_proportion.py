"""Intervals of shares and of their differences: published values, bounds, mirrors, and what is undefined."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewkit.agreement.proportion import newcombe_interval, wilson_ends, wilson_interval

PUBLISHED = {
    ((56, 70), (48, 80)): (0.0524, 0.3339),
    ((9, 10), (3, 10)): (0.1705, 0.8090),
    ((10, 10), (0, 20)): (0.6791, 1.0),
    ((0, 10), (0, 20)): (-0.1611, 0.2775),
}
"""Pairs of shares and their intervals by method 10: Newcombe (1998), Statistics in Medicine 17, table II."""
HITS_OF = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


class TestWilsonInterval:
    def test_is_the_published_interval(self) -> None:
        assert [round(end, 3) for end in wilson_interval(0.8, 10, confidence=0.95)] == [0.490, 0.943]

    @given(HITS_OF)
    def test_holds_the_share_within_none_and_all_and_mirrors(self, hits_of: tuple[int, int]) -> None:
        hits, n = hits_of
        low, high = wilson_interval(hits / n, n, confidence=0.9)
        assert 0 <= low <= hits / n <= high <= 1
        mirrored = wilson_interval((n - hits) / n, n, confidence=0.9)
        assert (1 - high, 1 - low) == pytest.approx(mirrored)

    def test_takes_what_rows_are_worth(self) -> None:
        narrow, wide = (wilson_interval(0.3, n, confidence=0.95) for n in (40, 12.5))
        assert wide[0] < narrow[0] < narrow[1] < wide[1]

    def test_is_undefined_without_rows(self) -> None:
        assert all(map(math.isnan, wilson_interval(math.nan, 0, confidence=0.95)))

    def test_agrees_with_its_ends_at_the_normal_quantile(self) -> None:
        assert wilson_ends(0.25, 40, quantile=1.959963984540054) == wilson_interval(0.25, 40, confidence=0.95)


class TestNewcombeInterval:
    @given(HITS_OF, HITS_OF)
    def test_holds_the_difference_and_changes_sides(self, first: tuple[int, int], second: tuple[int, int]) -> None:
        low, high = newcombe_interval(first, second, confidence=0.95)
        difference = first[0] / first[1] - second[0] / second[1]
        assert -1 - 1e-9 <= low <= difference + 1e-9
        assert difference - 1e-9 <= high <= 1 + 1e-9
        other_low, other_high = newcombe_interval(second, first, confidence=0.95)
        assert (low, high) == pytest.approx((-other_high, -other_low))

    def test_is_the_published_one_in_the_published_cases(self) -> None:
        found = [newcombe_interval(*pair, confidence=0.95) for pair in PUBLISHED]
        assert found == [pytest.approx(bounds, abs=5e-5) for bounds in PUBLISHED.values()]

    def test_is_undefined_where_a_share_has_no_rows(self) -> None:
        assert all(map(math.isnan, newcombe_interval((0, 0), (3, 4), confidence=0.95)))
