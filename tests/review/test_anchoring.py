"""Agreement with the suggestion, shown against hidden."""

import math

import hypothesis.strategies as st
import pytest
from hypothesis import given

from reviewkit.review.anchoring import anchoring
from reviewkit.review.ledger import ReviewLedger
from reviewkit.review.proportions import newcombe_interval, wilson_interval
from tests.review.program import rating, read_through, suggestion

SHARES = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


class TestAnchoring:
    def test_a_value_worked_by_hand(self, ledger: ReviewLedger) -> None:
        ledger.append_all(suggestion(f"s{number}", level=3) for number in range(8))
        for number, level in enumerate([3, 3, 2, 1]):
            ledger.append(rating(f"s{number}", level=level))
        for number, level in enumerate([3, 3, 3, 2], start=4):
            ledger.show_suggestion(f"s{number}", "r1", reason="shown arm")
            ledger.append(rating(f"s{number}", level=level))
        (found,) = anchoring(ledger)
        assert (found.hidden.n, found.hidden.n_agree, found.shown.n, found.shown.n_agree) == (4, 2, 4, 3)
        assert found.difference == 0.25
        assert (found.low, found.high) == pytest.approx(newcombe_interval((3, 4), (2, 4), confidence=0.95))

    def test_a_submission_counts_where_its_first_rating_stands(self, ledger: ReviewLedger) -> None:
        ledger.append_all([suggestion(), rating(level=3), rating(rater_id="r2", level=3, blind=False)])
        (found,) = anchoring(ledger)
        assert (found.hidden.n, found.shown.n) == (1, 0)
        assert math.isnan(found.difference)
        assert math.isnan(found.low)

    def test_second_looks_move_towards_the_suggestion_or_away(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion(level=3))
        for reviewer, before, after in [("r1", 1, 2), ("r2", 2, 1), ("r3", 2, 2), ("r4", 3, 4)]:
            read_through(ledger, "s1", reviewer, level=before)
            ledger.suggestion_for("s1", reviewer)
            ledger.append(rating(rater_id=reviewer, level=after))
        taught = anchoring(ledger)[1]
        assert (taught.criterion_id, taught.n_rated_again, taught.n_towards, taught.n_away) == ("taught", 3, 1, 1)

    def test_the_undefined_is_null_in_json(self, ledger: ReviewLedger) -> None:
        ledger.append_all([suggestion(), rating()])
        assert anchoring(ledger)[0].to_json()["shown"]["share"] is None

    def test_without_ratings_there_is_nothing_to_say(self, ledger: ReviewLedger) -> None:
        assert anchoring(ledger) == []


class TestIntervals:
    @given(SHARES)
    def test_a_share_lies_in_its_interval_and_mirrors(self, share: tuple[int, int]) -> None:
        low, high = wilson_interval(*share, confidence=0.9)
        assert 0 <= low <= share[0] / share[1] + 1e-12
        assert share[0] / share[1] - 1e-12 <= high <= 1
        mirrored = wilson_interval(share[1] - share[0], share[1], confidence=0.9)
        assert (1 - high, 1 - low) == pytest.approx(mirrored)

    @given(SHARES, SHARES)
    def test_a_difference_lies_in_its_interval_and_changes_sides(
        self, first: tuple[int, int], second: tuple[int, int]
    ) -> None:
        low, high = newcombe_interval(first, second, confidence=0.95)
        difference = first[0] / first[1] - second[0] / second[1]
        assert -1 - 1e-9 <= low <= difference + 1e-9
        assert difference - 1e-9 <= high <= 1 + 1e-9
        assert newcombe_interval(second, first, confidence=0.95) == pytest.approx((-high, -low))

    def test_newcombes_published_cases(self) -> None:
        found = [newcombe_interval(*pair, confidence=0.95) for pair in PUBLISHED]
        assert found == [pytest.approx(bounds, abs=5e-5) for bounds in PUBLISHED.values()]


PUBLISHED = {
    ((56, 70), (48, 80)): (0.0524, 0.3339),
    ((9, 10), (3, 10)): (0.1705, 0.8090),
    ((10, 10), (0, 20)): (0.6791, 1.0),
    ((0, 10), (0, 20)): (-0.1611, 0.2775),
}
"""Pairs of shares and their intervals by method 10: Newcombe (1998), Statistics in Medicine 17, table II."""
