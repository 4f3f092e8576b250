"""Prediction sets hold the score of record as often as they say, over 2,000 simulated programs."""

import numpy as np
import pytest

from reviewkit.scoring.conformal import conformal_bound, nonconformity

pytestmark = pytest.mark.statistical
N_PROGRAMS = 2000


def coverage(n_rows: int, *, level: float, n_levels: int, seed: int) -> tuple[float, float]:
    """Share of new rows that sets hold, and its standard error over programs; forecasts are overconfident."""
    draw = np.random.default_rng(seed)
    shares = []
    for _ in range(N_PROGRAMS):
        honest = draw.dirichlet(np.full(n_levels, 0.8), size=n_rows + 200)
        told = honest**1.7 / (honest**1.7).sum(axis=1, keepdims=True)
        truth = (draw.random((len(honest), 1)) > honest.cumsum(axis=1)[:, :-1]).sum(axis=1)
        scores = nonconformity(told)[np.arange(len(honest)), truth]
        shares.append((scores[n_rows:] <= conformal_bound(scores[:n_rows], coverage_level=level)).mean())
    return float(np.mean(shares)), float(np.std(shares) / np.sqrt(N_PROGRAMS))


class TestCoverage:
    @pytest.mark.parametrize("n_levels", [2, 4, 12])
    @pytest.mark.parametrize(("n_rows", "level"), [(9, 0.9), (40, 0.9), (200, 0.9), (40, 0.8), (200, 0.95)])
    def test_it_is_at_least_what_is_promised_and_hardly_more(self, n_rows: int, level: float, n_levels: int) -> None:
        """Between ``level`` and ``level + 1 / (n + 1)``, and what ties at 0 add where the mode alone covers as much."""
        found, error = coverage(n_rows, level=level, n_levels=n_levels, seed=n_rows + n_levels)
        assert found >= level - 4 * error

    @pytest.mark.parametrize(("n_rows", "level"), [(40, 0.9), (200, 0.95)])
    def test_many_levels_leave_no_room_for_ties(self, n_rows: int, level: float) -> None:
        found, error = coverage(n_rows, level=level, n_levels=12, seed=n_rows)
        assert found <= level + 1 / (n_rows + 1) + 4 * error
