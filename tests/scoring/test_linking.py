"""Linear linking: expected levels spread as the levels of record do, and nothing beyond what was seen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewkit import quadratic_weighted_kappa
from reviewkit.scoring.linking import LevelLinking


def regressed(n_levels: int, *, seed: int, n: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """Levels of record, and means that lie nearer to the middle."""
    draw = np.random.default_rng(seed)
    true = draw.normal(size=n)
    middle, spread = (n_levels - 1) / 2, n_levels / 5
    record = np.clip(np.round(middle + spread * (true + 0.5 * draw.normal(size=n))), 0, n_levels - 1)
    return 0.4 * spread * true + middle, record.astype(np.intp)


class TestSpread:
    @given(st.integers(4, 40), st.integers(0, 20))
    def test_linked_levels_have_mean_and_spread_of_the_records(self, n_levels: int, seed: int) -> None:
        expected, record = regressed(n_levels, seed=seed)
        linked = LevelLinking.fit(expected, record, n_levels=n_levels).level_index(expected)
        assert linked.mean() == pytest.approx(record.mean(), abs=0.03 * n_levels)
        assert linked.std() == pytest.approx(record.std(), rel=0.08)

    def test_it_is_the_nearest_level_after_a_line(self) -> None:
        expected, record = regressed(6, seed=1)
        line = record.mean() + (expected - expected.mean()) * record.std() / expected.std()
        nearest = np.clip(np.floor(line + 0.5), record.min(), record.max())
        assert (LevelLinking.fit(expected, record, n_levels=6).level_index(expected) == nearest).all()

    def test_it_agrees_better_than_rounding(self) -> None:
        expected, record = regressed(6, seed=2)
        linked = LevelLinking.fit(expected, record, n_levels=6).level_index(expected)
        rounded = np.round(expected).astype(int)
        by_linking, by_rounding = (quadratic_weighted_kappa(record, one, n_levels=6) for one in (linked, rounded))
        assert by_linking > by_rounding + 0.1


class TestEdges:
    def test_levels_beyond_those_of_record_are_never_given(self) -> None:
        expected, record = regressed(7, seed=3)
        inner = np.clip(record, 2, 4)
        linked = LevelLinking.fit(expected, inner, n_levels=7).level_index(np.linspace(0.0, 6.0, 50))
        assert (int(linked.min()), int(linked.max())) == (2, 4)

    def test_where_all_expected_levels_are_the_same_it_is_the_level_nearest_to_the_mean(self) -> None:
        linking = LevelLinking.fit(np.full(4, 1.3), np.array([0, 2, 2, 3]), n_levels=4)
        assert linking.level_index(np.array([1.3])).tolist() == [2]

    def test_expected_levels_that_differ_by_rounding_alone_are_not_spread(self) -> None:
        expected = np.nextafter(1.3, [1.0, 2.0, 1.0, 2.0])
        linking = LevelLinking.fit(expected, np.array([0, 2, 2, 3]), n_levels=4)
        assert linking.level_index(np.array([1.2, *expected, 1.4])).tolist() == [2] * 6

    @given(st.integers(2, 61), st.integers(0, 20))
    def test_cuts_never_fall(self, n_levels: int, seed: int) -> None:
        expected, record = regressed(n_levels, seed=seed, n=50)
        if record.std() > 0:
            cuts = LevelLinking.fit(expected, record, n_levels=n_levels).cuts
            assert (cuts[1:] >= cuts[:-1]).all()
