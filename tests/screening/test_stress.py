"""Stress: what changes, and what a move is judged by."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewkit.errors import ShapeError
from reviewkit.records import Submission
from reviewkit.screening.stress import misspelt, reordered, reworded, stress, stressed, with_synonyms
from tests.screening.texts import DESCRIPTOR, HONEST, rubric, submission


class TestChanges:
    def test_are_made_to_the_reflection_alone(self) -> None:
        one = submission(f"{HONEST} I did not hurry them.", plan="Ask.")
        changed = stressed(one, rubric())
        assert set(changed) == {
            "spelling", "synonyms", "rewording", "sentence-order", "appended-filler", "pasted-descriptors",
        }  # fmt: skip
        assert all(new.artifacts == one.artifacts and new.reflection != one.reflection for new in changed.values())

    def test_are_the_same_for_one_seed(self) -> None:
        assert stressed(submission(HONEST), rubric(), seed=4) == stressed(submission(HONEST), rubric(), seed=4)

    def test_paste_the_highest_descriptors(self) -> None:
        assert stressed(submission(HONEST), rubric())["pasted-descriptors"].reflection.endswith(DESCRIPTOR)

    @given(st.text(max_size=200), st.integers(0, 99))
    def test_keep_every_letter_in_misspelling_and_every_sentence_in_reordering(self, text: str, seed: int) -> None:
        assert sorted(misspelt(text, chance=random.Random(seed), share=1)) == sorted(text)
        assert sorted(reordered(text, chance=random.Random(seed)).split()) == sorted(text.split())

    def test_keep_the_case_of_words(self) -> None:
        assert with_synonyms("Pupils began.") == "Learners started."
        assert reworded("It was not. They didn't.") == "It wasn't. They did not."


class TestStress:
    def test_fails_where_pasted_descriptors_raise_a_score(self) -> None:
        rows = stress(
            [submission(HONEST)],
            rubric(),
            score_all=lambda texts: [{"taught": len(one.reflection) / 800} for one in texts],
        )
        assert {row.change: row.passed for row in rows}["pasted-descriptors"] is False
        assert {row.change: row.passed for row in rows}["spelling"] is True

    def test_passes_where_filler_lowers_a_score(self) -> None:
        rows = stress(
            [submission(HONEST)],
            rubric(),
            score_all=lambda texts: [{"taught": 2 - len(one.reflection) / 800} for one in texts],
        )
        assert all(row.passed for row in rows if row.change in {"appended-filler", "pasted-descriptors"})

    def test_judges_each_criterion(self) -> None:
        rows = stress(
            [submission(HONEST), submission("I asked.")],
            rubric(),
            score_all=lambda texts: [{"taught": 1.0}] * len(texts),
        )
        assert [(row.n, row.mean_absolute_move, row.passed) for row in rows] == [(2, 0.0, True)] * 6

    def test_scores_many_at_once_and_keeps_their_order(self) -> None:
        asked: list[int] = []

        def by_length(texts: Sequence[Submission]) -> list[dict[str, float]]:
            asked.append(len(texts))
            return [{"taught": float(len(one.reflection))} for one in texts]

        rows = stress([submission(HONEST[:at]) for at in range(300, 340)], rubric(), score_all=by_length)
        assert asked == [32 * 7, 8 * 7]
        assert {row.mean_move for row in rows if row.change == "spelling"} == {0.0}
        assert {row.mean_move for row in rows if row.change == "pasted-descriptors"} == {len(DESCRIPTOR) + 2}

    def test_needs_a_submission(self) -> None:
        with pytest.raises(ShapeError, match="submissions is empty"):
            stress([], rubric(), score_all=lambda _: [])
