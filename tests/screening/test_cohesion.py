"""Sentence order: told from vectors, where there are enough of them."""

import math

import numpy as np
import pytest

from reviewkit.screening.cohesion import CohesionSettings, cohesion, cohesion_findings


def walk(n_sentences: int, *, seed: int) -> np.ndarray:
    """Vectors of a text whose sentences lead from one to the next."""
    return np.cumsum(np.random.default_rng(seed).normal(size=(n_sentences, 16)), axis=0)


class TestCohesion:
    def test_is_by_hand_the_distance_from_all_orders(self) -> None:
        pair = np.repeat(np.eye(2), 2, axis=0)
        assert cohesion(pair) > cohesion(pair[[0, 2, 1, 3]])

    def test_is_near_nought_in_random_order(self) -> None:
        found = [cohesion(np.random.default_rng(one).permutation(walk(40, seed=one))) for one in range(30)]
        assert abs(np.mean(found)) < 0.6

    def test_is_the_same_again(self) -> None:
        assert cohesion(walk(30, seed=1)) == cohesion(walk(30, seed=1))

    @pytest.mark.parametrize("rows", [np.eye(3), np.ones((9, 4)), np.zeros((5, 2))])
    def test_is_undefined_where_nothing_tells(self, rows: np.ndarray) -> None:
        assert math.isnan(cohesion(rows))


class TestShuffledSentences:
    def test_are_noted(self) -> None:
        (finding,) = cohesion_findings(np.random.default_rng(4).permutation(walk(40, seed=4)))
        assert (finding.code, finding.leads_to, finding.bound) == ("shuffled-sentences", "note", 1.2)
        assert "as in a random order" in finding.message

    def test_are_not_seen_in_prose(self) -> None:
        assert [list(cohesion_findings(walk(40, seed=one))) for one in range(10)] == [[]] * 10

    def test_are_not_judged_in_a_short_text(self) -> None:
        settings = CohesionSettings(min_sentences=30)
        assert list(cohesion_findings(np.random.default_rng(4).normal(size=(29, 8)), settings=settings)) == []
