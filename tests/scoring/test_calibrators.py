"""Calibrators: values worked by hand, what always holds, and simulated dishonesty that each is made for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from reviewkit.scoring.calibrator import SigmoidCalibrator, TemperatureCalibrator
from reviewkit.scoring.calibrator_choice import (
    CALIBRATORS,
    TriedCalibrator,
    choose_calibrator,
    log_scores,
    smoothed,
)
from reviewkit.scoring.cuts import cut_odds, levels_of_cuts, sigmoid
from reviewkit.scoring.isotonic import IsotonicCalibrator, VennAbersCalibrator

Floats = NDArray[np.float64]
THRESHOLDS = np.array([-1.5, 0.0, 1.5])
N_FITTED, N_HELD = 1500, 3000


def cut(latent: Floats) -> Floats:
    """Proportional odds: distributions over four levels."""
    return levels_of_cuts(sigmoid(THRESHOLDS - latent[:, None]))


def drawn(honest: Floats, draw: np.random.Generator) -> NDArray[np.intp]:
    return np.asarray((draw.random((len(honest), 1)) > honest.cumsum(axis=1)[:, :-1]).sum(axis=1))


def told_and_level(kind: str, *, seed: int, n_rows: int) -> tuple[Floats, NDArray[np.intp]]:
    """Levels drawn from honest chances, and what a model tells instead."""
    draw = np.random.default_rng(seed)
    latent = draw.normal(0, 1.7, n_rows)
    honest = cut(latent)
    told = {
        "honest": honest,
        "too sure": honest**1.8 / (honest**1.8).sum(axis=1, keepdims=True),
        "too high": cut(latent + 0.8),
        "bent": cut(np.where(latent > 0, 3 * latent, 0.3 * latent)),
    }[kind]
    return smoothed(told, n_rows=1000), drawn(honest, draw)


def chosen(kind: str, *, seed: int, n_rows: int = N_FITTED) -> tuple[str, tuple[TriedCalibrator, ...]]:
    told, level = told_and_level(kind, seed=seed, n_rows=n_rows)
    teachers = [str(row) for row in range(n_rows)]
    calibrator, tried = choose_calibrator(told, level, folds=np.arange(n_rows) % 5, teachers=teachers)
    return calibrator.name, tried


def held_score(name: str, kind: str, *, seed: int) -> float:
    told, level = told_and_level(kind, seed=seed, n_rows=N_FITTED + N_HELD)
    fitted = CALIBRATORS[name]().fit(told[:N_FITTED], level[:N_FITTED])
    said = smoothed(fitted.transform(told[N_FITTED:]), n_rows=N_FITTED)
    return float(log_scores(said, level[N_FITTED:]).mean())


class TestEachWinsWhereItShould:
    @pytest.mark.parametrize(
        ("kind", "names"),
        [
            ("honest", {"temperature"}),
            ("too sure", {"temperature"}),
            ("too high", {"sigmoid"}),
            ("bent", {"venn-abers", "isotonic"}),
        ],
    )
    def test_on_most_of_five_simulated_programs(self, kind: str, names: set[str]) -> None:
        assert sum(chosen(kind, seed=seed)[0] in names for seed in range(5)) >= 3

    @pytest.mark.parametrize(("kind", "name"), [("too high", "sigmoid"), ("bent", "isotonic"), ("bent", "venn-abers")])
    def test_the_temperature_cannot_mend_what_it_mends(self, kind: str, name: str) -> None:
        assert held_score(name, kind, seed=0) < held_score("temperature", kind, seed=0) - 0.02

    @pytest.mark.parametrize("name", list(CALIBRATORS))
    def test_none_spoils_what_is_honest(self, name: str) -> None:
        told, level = told_and_level("honest", seed=1, n_rows=N_FITTED + N_HELD)
        assert held_score(name, "honest", seed=1) < log_scores(told, level)[N_FITTED:].mean() + 0.03


class TestTheChoice:
    @pytest.mark.parametrize(
        ("n_rows", "names"),
        [
            (79, ()),
            (80, ("temperature", "sigmoid")),
            (200, ("temperature", "sigmoid", "venn-abers")),
            (1000, ("temperature", "sigmoid", "venn-abers", "isotonic")),
        ],
    )
    def test_the_number_of_rows_says_which_are_considered(self, n_rows: int, names: tuple[str, ...]) -> None:
        assert tuple(one.name for one in chosen("too high", seed=0, n_rows=n_rows)[1]) == names

    def test_one_is_chosen_the_simplest_within_a_standard_error_of_the_best(self) -> None:
        name, tried = chosen("too high", seed=2)
        within = [one.name for one in tried if one.behind <= one.standard_error]
        assert [one.name for one in tried if one.chosen] == [name] == within[:1]
        assert min(one.behind for one in tried) == 0

    def test_rows_of_one_teacher_count_as_one_draw(self) -> None:
        """Each row ten times over: the difference stays, its standard error must not shrink."""
        told, level = told_and_level("too high", seed=3, n_rows=200)
        folds, names = np.arange(200) % 5, [str(row) for row in range(200)]
        once = choose_calibrator(told, level, folds=folds, teachers=names)[1]
        again = choose_calibrator(
            np.repeat(told, 10, axis=0), np.repeat(level, 10), folds=np.repeat(folds, 10), teachers=names * 10
        )[1]
        apart = choose_calibrator(
            np.repeat(told, 10, axis=0),
            np.repeat(level, 10),
            folds=np.repeat(folds, 10),
            teachers=[name for name in names for _ in range(10)],
        )[1]
        assert apart[0].standard_error > 2 * again[0].standard_error
        assert apart[0].standard_error > 0.6 * once[0].standard_error

    def test_one_that_is_asked_for_is_taken_whatever_the_rows(self) -> None:
        told, level = told_and_level("honest", seed=0, n_rows=30)
        calibrator, tried = choose_calibrator(
            told, level, folds=np.arange(30) % 5, teachers=[str(row) for row in range(30)], name="isotonic"
        )
        assert (calibrator.name, tried) == ("isotonic", ())


class TestEveryCalibrator:
    @pytest.mark.parametrize("name", list(CALIBRATORS))
    @pytest.mark.parametrize("n_levels", [2, 4, 61])
    def test_rows_sum_to_1_alone_as_among_others_to_the_bit(self, name: str, n_levels: int) -> None:
        draw = np.random.default_rng(n_levels)
        told = draw.dirichlet(np.full(n_levels, 0.4), size=120)
        fitted = CALIBRATORS[name]().fit(told, drawn(told, draw))
        found = fitted.transform(told)
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-12)
        assert (found >= 0).all()
        assert all((fitted.transform(told[[row]])[0] == found[row]).all() for row in range(120))

    @pytest.mark.parametrize("name", list(CALIBRATORS))
    def test_what_was_learned_makes_the_same_one_again(self, name: str) -> None:
        told, level = told_and_level("bent", seed=0, n_rows=200)
        fitted = CALIBRATORS[name]().fit(told, level)
        again = CALIBRATORS[name].from_arrays(fitted.arrays())
        assert (again.transform(told) == fitted.transform(told)).all()

    @pytest.mark.parametrize("name", list(CALIBRATORS))
    def test_a_level_that_never_occurs_breaks_nothing(self, name: str) -> None:
        told, _ = told_and_level("honest", seed=0, n_rows=200)
        found = CALIBRATORS[name]().fit(told, np.array([0, 1, 3, 1] * 50)).transform(told)
        assert np.isfinite(found).all()
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-12)


class TestCuts:
    @given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
    def test_whatever_is_said_of_cuts_becomes_a_distribution(self, cumulative: list[float]) -> None:
        found = levels_of_cuts(np.array([cumulative]))[0]
        assert abs(found.sum() - 1) < 1e-12
        assert (found >= 0).all()

    @given(st.lists(st.floats(0.01, 1), min_size=2, max_size=12))
    def test_taken_apart_and_put_together_it_is_the_same(self, masses: list[float]) -> None:
        row = np.array([masses]) / sum(masses)
        np.testing.assert_allclose(levels_of_cuts(sigmoid(cut_odds(row))), row, atol=1e-9)


class TestSigmoid:
    def test_a_value_worked_by_hand(self) -> None:
        """Odds 1 to 3, offset log 3: even odds; slope 2 first squares them: 1 to 9, and with it 1 to 3."""
        row = np.array([[0.25, 0.75]])
        one = SigmoidCalibrator.from_arrays({"slope": np.array([1.0]), "offsets": np.log([3.0])})
        two = SigmoidCalibrator.from_arrays({"slope": np.array([2.0]), "offsets": np.log([3.0])})
        np.testing.assert_allclose(one.transform(row), [[0.5, 0.5]])
        np.testing.assert_allclose(two.transform(row), [[0.25, 0.75]])

    def test_without_rows_it_changes_nothing(self) -> None:
        none = SigmoidCalibrator().fit(np.zeros((0, 3)), np.zeros(0, dtype=np.intp))
        np.testing.assert_allclose(none.transform(np.array([[0.2, 0.5, 0.3]])), [[0.2, 0.5, 0.3]])


class TestIsotonicAndVennAbers:
    def test_isotonic_regression_is_that_of_scikit_learn(self) -> None:
        """Up to the hundredths of a row at each place: one in fifty thousand."""
        from sklearn.isotonic import IsotonicRegression

        draw = np.random.default_rng(0)
        odds = draw.integers(-10, 11, 50_000) / 5
        level = (draw.random(50_000) > sigmoid(odds * 0.4)).astype(np.intp)
        told = np.column_stack([sigmoid(odds), 1 - sigmoid(odds)])
        peer = IsotonicRegression().fit(odds, level == 0).predict(odds)
        np.testing.assert_allclose(IsotonicCalibrator().fit(told, level).transform(told)[:, 0], peer, atol=1e-3)

    def test_venn_abers_asks_isotonic_regression_twice(self) -> None:
        """Held against scikit-learn's isotonic regression with the new row added as either answer."""
        from sklearn.isotonic import IsotonicRegression

        draw = np.random.default_rng(1)
        odds, new = draw.integers(-8, 9, 60) / 5, 0.6
        level = (draw.random(60) > sigmoid(odds)).astype(np.intp)
        asked = [
            IsotonicRegression().fit([*odds, new], [*(level == 0), answer]).predict([new])[0] for answer in (0.0, 1.0)
        ]
        fitted = VennAbersCalibrator().fit(np.column_stack([sigmoid(odds), 1 - sigmoid(odds)]), level)
        found = fitted.transform(np.array([[sigmoid(np.array(new)), 1 - sigmoid(np.array(new))]]))[0, 0]
        np.testing.assert_allclose(found, asked[1] / (1 - asked[0] + asked[1]))

    def test_more_is_never_given_where_less_was_said(self) -> None:
        told, level = told_and_level("bent", seed=0, n_rows=500)
        for kind in (IsotonicCalibrator, VennAbersCalibrator):
            assert (np.diff(kind().fit(told, level).table_, axis=1) >= -1e-12).all()


class TestTemperature:
    def test_it_keeps_the_most_probable_level(self) -> None:
        told, level = told_and_level("too sure", seed=0, n_rows=100)
        found = TemperatureCalibrator().fit(told, level).transform(told)
        assert (found.argmax(axis=1) == told.argmax(axis=1)).all()
