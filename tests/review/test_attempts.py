"""A resubmission beside the attempts before it."""

import pytest

from reviewkit.errors import LedgerError
from reviewkit.review.attempts import compare_attempts
from reviewkit.review.entries import Override
from reviewkit.review.ledger import ReviewLedger
from tests.review.program import rating, suggestion

EARLIER = "We line up.\n\nThe bell rings late.\n\nI will change that."
NEW = "We line up.\n\nThe bell rings on time now.\n\nI will change that.\n\nPupils lead."


@pytest.fixture
def two(ledger: ReviewLedger) -> ReviewLedger:
    ledger.append(suggestion("first", text=EARLIER, level=2))
    ledger.append_all([rating("first", level=1), rating("first", rater_id="r2", level=4)])
    ledger.append(rating("first", rater_id="r3", level=2, role="adjudication"))
    ledger.append(suggestion("second", text=NEW, attempt=2, previous="first"))
    return ledger


class TestCompareAttempts:
    def test_what_changed_stands_side_by_side(self, two: ReviewLedger) -> None:
        found = compare_attempts(two, "second", reviewer_id="r1")
        assert (found.attempt, found.earlier_ids) == (2, ("first",))
        assert [(one.change, one.text) for one in found.rows[0].passages] == [
            ("same", "We line up."),
            ("earlier-only", "The bell rings late."),
            ("new-only", "The bell rings on time now."),
            ("same", "I will change that."),
            ("new-only", "Pupils lead."),
        ]

    def test_earlier_levels_are_hidden_and_the_look_leaves_the_reviewer_blind(self, two: ReviewLedger) -> None:
        found = compare_attempts(two, "second", reviewer_id="r1")
        assert [row.earlier for row in found.rows] == [None, None]
        assert two.is_blind("second", "r1")

    def test_asked_for_they_are_shown_and_the_reviewer_is_blind_no_more(self, two: ReviewLedger) -> None:
        row = compare_attempts(two, "second", reviewer_id="r9", show_scores=True).rows[0]
        assert row.earlier is not None
        assert [(one.attempt, one.suggested, one.rated, one.settled) for one in row.earlier] == [(1, 2, (1, 4), 2)]
        assert (two.is_blind("second", "r9"), two.is_blind("first", "r9")) == (False, False)

    def test_an_override_outranks_the_adjudication(self, two: ReviewLedger) -> None:
        two.append(
            Override(submission_id="first", criterion_id="taught", reviewer_id="lead", level=3, reason="Misread.")
        )
        row = compare_attempts(two, "second", reviewer_id="r9", show_scores=True).rows[0]
        assert row.earlier is not None
        assert row.earlier[0].settled == 3

    def test_three_attempts_come_latest_first(self, two: ReviewLedger) -> None:
        two.append(suggestion("third", text="Anew.", attempt=3, previous="second"))
        assert compare_attempts(two, "third", reviewer_id="r1").earlier_ids == ("second", "first")

    def test_a_first_attempt_is_all_new(self, two: ReviewLedger) -> None:
        found = compare_attempts(two, "first", reviewer_id="r9", show_scores=True)
        assert found.earlier_ids == ()
        assert {one.change for row in found.rows for one in row.passages} == {"new-only"}
        assert two.is_blind("first", "r9")

    def test_a_submission_that_nobody_knows(self, ledger: ReviewLedger) -> None:
        with pytest.raises(LedgerError, match="submission 's9': the ledger holds no suggestion for it"):
            compare_attempts(ledger, "s9", reviewer_id="r1")
