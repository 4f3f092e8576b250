"""What a model must beat: levels guessed from length or surface alone."""

import numpy as np
import pytest

from reviewkit.evaluation.baselines import text_baselines
from reviewkit.records import Part
from reviewkit.scoring.baselines import beside_baselines, held_against, unseen_levels

LEVELS = np.arange(60) % 4
TEACHERS = [f"t{at}" for at in range(60)]


class TestUnseenLevels:
    def test_a_feature_that_tells_the_level_finds_it(self) -> None:
        guessed = unseen_levels(LEVELS[:, None].astype(float), LEVELS, TEACHERS, seed=0)
        assert (guessed == LEVELS).mean() > 0.9

    def test_a_constant_feature_tells_nothing(self) -> None:
        guessed = unseen_levels(np.ones((60, 1)), LEVELS, TEACHERS, seed=0)
        assert held_against("length", LEVELS, LEVELS, guessed, n_levels=4).gain > 0.8  # type: ignore[union-attr]

    def test_a_teacher_is_never_on_both_sides(self) -> None:
        """Each teacher's level is its own: with the feature a teacher's number, unseen teachers cannot be guessed."""
        draw = np.random.default_rng(0)
        of_teacher = draw.integers(0, 4, size=12)
        at = np.repeat(np.arange(12), 5)
        features = np.eye(12)[at]
        guessed = unseen_levels(features, of_teacher[at], [f"t{one}" for one in at], seed=0)
        assert (guessed == of_teacher[at]).mean() < 0.6


class TestBaseline:
    def test_it_is_beaten_where_the_whole_interval_lies_above(self) -> None:
        found = beside_baselines({"length": np.ones((60, 1))}, LEVELS, LEVELS, teachers=TEACHERS, n_levels=4)[0]
        assert found.is_beaten
        assert found.qwk + found.gain == pytest.approx(1)

    def test_a_model_that_is_the_baseline_is_said_to_know_no_more(self) -> None:
        found = held_against("length", LEVELS, LEVELS[::-1].copy(), LEVELS[::-1].copy(), n_levels=4)
        assert found is not None
        assert (found.gain, found.is_beaten) == (0, False)
        assert "knows the texts' length alone" in found.warning
        assert "+0.00" in found.warning

    @pytest.mark.parametrize(
        ("levels", "teachers"),
        [(LEVELS[:19], TEACHERS[:19]), (np.zeros(60, dtype=int), TEACHERS), (LEVELS, ["t"] * 60)],
        ids=["too few", "one level", "one teacher"],
    )
    def test_where_none_can_be_learned_there_is_none(self, levels: np.ndarray, teachers: list[str]) -> None:
        features = {"length": np.ones((len(levels), 1))}
        assert beside_baselines(features, levels, levels, teachers=teachers, n_levels=4) == ()


class TestTexts:
    def test_length_is_read_from_the_parts_that_the_criterion_reads(self) -> None:
        from small_programs import small_rubric

        criterion = small_rubric().criteria[1]
        texts = [
            (
                Part(part="reflection", kind="reflection", text="word. " * (5 + 20 * int(level))),
                Part(part="plan", kind="lesson-plan", text="word " * 500),
            )
            for level in LEVELS
        ]
        found = text_baselines(criterion, texts, level_index=LEVELS, model=LEVELS, teachers=TEACHERS)
        assert [one.name for one in found] == ["length", "surface"]
        assert found[0].qwk > 0.9
