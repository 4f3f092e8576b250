"""Prediction sets hold the score of record as often as they say, over 2,000 simulated programs."""

import numpy as np
import pytest

from reviewkit.scoring.conformal import (
    FoldScores,
    conformal_bound,
    in_cross_set,
    in_prediction_set,
    level_bounds,
    nonconformity,
)

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


def skewed(draw: np.random.Generator, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Forecasts that know little of the rarest level, and what came true."""
    honest = draw.dirichlet([2.0, 1.5, 1.0, 0.3], size=n_rows)
    told = honest * np.array([1.0, 1.0, 1.0, 0.3])
    truth = (draw.random((n_rows, 1)) > honest.cumsum(axis=1)[:, :-1]).sum(axis=1)
    return told / told.sum(axis=1, keepdims=True), truth


class TestCoveragePerLevel:
    def test_each_level_is_covered_where_marginal_sets_leave_the_rare_one_out(self) -> None:
        draw = np.random.default_rng(5)
        shares = {True: np.zeros((N_PROGRAMS, 4)), False: np.zeros((N_PROGRAMS, 4))}
        for program in range(N_PROGRAMS):
            told, truth = skewed(draw, 700)
            scores = nonconformity(told)[np.arange(700), truth]
            for per_level, found in shares.items():
                bounds = level_bounds(scores[:200], truth[:200], n_levels=4, coverage_level=0.9, per_level=per_level)
                inside = in_prediction_set(told[200:], bounds=bounds)[np.arange(500), truth[200:]]
                found[program] = [inside[truth[200:] == level].mean() for level in range(4)]
        error = np.nanstd(shares[True], axis=0) / np.sqrt(N_PROGRAMS)
        assert (np.nanmean(shares[True], axis=0) >= 0.9 - 4 * error).all()
        assert np.nanmean(shares[False], axis=0)[3] < 0.8

    def test_a_level_with_too_few_rows_is_always_covered(self) -> None:
        draw = np.random.default_rng(6)
        told, truth = skewed(draw, 3000)
        few = np.flatnonzero(truth[:1000] == 3)[8:]
        kept = np.setdiff1d(np.arange(1000), few)
        scores = nonconformity(told)[np.arange(3000), truth]
        bounds = level_bounds(scores[kept], truth[kept], n_levels=4, coverage_level=0.9, per_level=True)
        assert in_prediction_set(told[1000:], bounds=bounds)[:, 3].all()


def learned(level: np.ndarray, feature: np.ndarray) -> np.ndarray:
    """A model that memorises: for each of twelve values of a feature, the shares of its levels, hardly smoothed."""
    counts = np.full((12, 4), 0.05)
    np.add.at(counts, (feature, level), 1)
    return counts / counts.sum(axis=1, keepdims=True)


class TestCrossConformalCoverage:
    @pytest.mark.parametrize("per_level", [False, True])
    def test_it_is_far_above_what_is_proved_and_near_what_is_wanted(self, per_level: bool) -> None:
        """Wanted .9; proved 1 - .2 - sqrt(2 / 60) = .62. Five folds of sixty rows; the model overfits."""
        draw = np.random.default_rng(7)
        shares = np.zeros(N_PROGRAMS)
        for program in range(N_PROGRAMS):
            honest = draw.dirichlet([0.8] * 4, size=12)
            feature = draw.integers(0, 12, 160)
            level = (draw.random((160, 1)) > honest[feature].cumsum(axis=1)[:, :-1]).sum(axis=1)
            fold = np.arange(60) % 5
            tables = [learned(level[:60][fold != at], feature[:60][fold != at]) for at in range(5)]
            folds = [
                FoldScores(
                    nonconformity(tables[at][feature[:60][fold == at]])[np.arange(12), level[:60][fold == at]],
                    level[:60][fold == at],
                )
                for at in range(5)
            ]
            new = feature[60:]
            inside = in_cross_set(
                learned(level[:60], feature[:60])[new],
                [table[new] for table in tables],
                folds,
                coverage_level=0.9,
                per_level=per_level,
            )
            shares[program] = inside[np.arange(100), level[60:]].mean()
        assert shares.mean() >= 0.9 - 4 * shares.std() / np.sqrt(N_PROGRAMS)
