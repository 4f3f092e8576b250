"""Agreement with the suggestion, shown against hidden."""

import math

import pytest

from reviewkit.agreement.proportion import newcombe_interval
from reviewkit.review.anchoring import anchoring
from reviewkit.review.ledger import ReviewLedger
from tests.review.program import rating, read_through, suggestion


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
