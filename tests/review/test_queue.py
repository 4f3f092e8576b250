"""Who gets what, in which order, and for how long."""

from datetime import date
from pathlib import Path

import pytest

from reviewkit.errors import LedgerError
from reviewkit.review.entries import Appeal
from reviewkit.review.ledger import ReviewLedger
from reviewkit.review.queue import QueueSettings, ReviewQueue
from tests.review.program import RUBRIC, SURE, UNSURE, Clock, rating, read_through, suggestion


def ids(cases: list) -> list[str]:  # type: ignore[type-arg]
    return [case.submission_id for case in cases]


class TestOrder:
    def test_day_due_then_what_a_reading_teaches_then_expected_disagreement(self, ledger: ReviewLedger) -> None:
        ledger.append_all(
            [
                suggestion("no-date", teaches=9.0),
                suggestion("sure", due=date(2026, 3, 9), probabilities=SURE),
                suggestion("unsure", due=date(2026, 3, 9), probabilities=UNSURE),
                suggestion("urgent", due=date(2026, 3, 3), probabilities=SURE),
                suggestion("handed-in", due=date(2026, 3, 9), probabilities=SURE, teaches=5.0),
            ]
        )
        found = ids(ReviewQueue(ledger).waiting())
        assert found == ["urgent", "handed-in", "unsure", "sure", "no-date"]

    def test_at_equal_teaching_the_likelier_disagreement_comes_first(self, ledger: ReviewLedger) -> None:
        ledger.append_all([suggestion("calm", probabilities=SURE, teaches=1), suggestion("split", teaches=1)])
        assert ids(ReviewQueue(ledger).waiting()) == ["split", "calm"]

    def test_an_audit_has_a_drawn_place_whatever_its_scores_and_what_was_handed_in(
        self, ledger: ReviewLedger, tmp_path: Path
    ) -> None:
        def waiting(book: ReviewLedger, halves: tuple[tuple[float, ...], tuple[float, ...]]) -> list[str]:
            book.append_all(
                suggestion(f"s{n}", reasons=("audit",), probabilities=halves[n % 2], teaches=n) for n in range(20)
            )
            return ids(ReviewQueue(book).waiting())

        with ReviewLedger.open(tmp_path / "other.ledger", create=True) as other:
            other.add_rubric(RUBRIC)
            assert waiting(ledger, (SURE, UNSURE)) == waiting(other, (UNSURE, SURE))

    def test_audits_stand_among_the_other_cases(self, ledger: ReviewLedger) -> None:
        audits = [suggestion(f"a{n}", reasons=("audit",)) for n in range(20)]
        ledger.append_all([*audits, suggestion("b", probabilities=(0.25, 0.75, 0.0, 0.0))])
        assert 0 < ids(ReviewQueue(ledger).waiting()).index("b") < 20

    def test_what_stands_or_went_back_is_not_in_it(self, ledger: ReviewLedger) -> None:
        ledger.append_all([suggestion("a", route="suggest", reasons=()), suggestion("b", route="return")])
        assert ReviewQueue(ledger).waiting() == []

    def test_a_case_tells_nothing_of_the_score(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion(reasons=("audit",), review_probability=0.1))
        (case,) = ReviewQueue(ledger).waiting()
        assert case.model_dump(mode="json") == {
            "submission_id": "s1",
            "kind": "rating",
            "due": None,
            "attempt": 1,
            "criterion_ids": ["taught", "kept"],
            "n_wanted": 1,
            "n_read": 0,
        }


class TestLeases:
    def test_two_reviewers_never_get_the_same_case(self, ledger: ReviewLedger) -> None:
        ledger.append_all([suggestion("s1"), suggestion("s2")])
        queue = ReviewQueue(ledger)
        assert [ids(queue.lease(one)) for one in ("r1", "r2", "r3")] == [["s1"], ["s2"], []]

    def test_asking_again_gives_what_is_held_already(self, ledger: ReviewLedger) -> None:
        ledger.append_all([suggestion("s1"), suggestion("s2"), suggestion("s3")])
        queue = ReviewQueue(ledger)
        assert [ids(queue.lease("r1", n_cases=n)) for n in (1, 1, 2)] == [["s1"], ["s1"], ["s1", "s2"]]

    def test_a_lease_ends_and_the_case_goes_to_another(self, ledger: ReviewLedger, clock: Clock) -> None:
        ledger.append(suggestion())
        queue = ReviewQueue(ledger, QueueSettings(lease_hours=2))
        queue.lease("r1")
        clock.move(hours=1.9)
        assert queue.lease("r2") == []
        clock.move(hours=0.2)
        assert ids(queue.lease("r2")) == ["s1"]

    def test_a_clock_set_back_by_years_locks_no_case(self, ledger: ReviewLedger, clock: Clock) -> None:
        ledger.append(suggestion())
        ReviewQueue(ledger).lease("r1")
        clock.move(days=-900)
        assert ids(ReviewQueue(ledger).lease("r2")) == ["s1"]

    def test_a_case_that_is_read_leaves_the_queue(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion())
        ReviewQueue(ledger).lease("r1")
        read_through(ledger, "s1", "r1")
        assert ReviewQueue(ledger).waiting() == ReviewQueue(ledger).lease("r2") == []

    def test_a_half_read_case_stays_with_its_reader(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion())
        ReviewQueue(ledger).lease("r1")
        ledger.append(rating())
        assert ids(ReviewQueue(ledger).lease("r1")) == ["s1"]

    def test_two_readings_go_to_two_reviewers_and_no_third(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion(n_readings=2))
        queue = ReviewQueue(ledger)
        assert [ids(queue.lease(one)) for one in ("r1", "r2", "r3")] == [["s1"], ["s1"], []]
        read_through(ledger, "s1", "r1")
        assert (queue.lease("r1"), queue.lease("r3")) == ([], [])

    def test_a_case_given_back_is_free(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion())
        queue = ReviewQueue(ledger)
        queue.lease("r1")
        queue.give_back("s1", "r1")
        assert ids(queue.lease("r2")) == ["s1"]

    def test_giving_back_what_nobody_knows(self, ledger: ReviewLedger) -> None:
        with pytest.raises(LedgerError, match="submission 's9': the ledger holds no suggestion for it"):
            ReviewQueue(ledger).give_back("s9", "r1")

    def test_an_appeal_opens_the_case_for_one_more_reader(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion())
        read_through(ledger, "s1", "r1")
        ledger.append(Appeal(submission_id="s1", raised_by="teacher-1", text="The plan was missed."))
        queue = ReviewQueue(ledger)
        assert (queue.lease("r1"), ids(queue.lease("r2"))) == ([], ["s1"])
        read_through(ledger, "s1", "r2")
        assert queue.waiting() == []

    def test_an_appeal_against_what_stands_opens_it_too(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion(route="suggest", reasons=()))
        ledger.append(Appeal(submission_id="s1", raised_by="teacher-1", text="Please look."))
        assert ids(ReviewQueue(ledger).waiting()) == ["s1"]


class TestAdjudication:
    def adjudicate(self, ledger: ReviewLedger, first: float, second: float, *, criterion_id: str) -> list[str]:
        ledger.append(suggestion(n_readings=2))
        ledger.append(rating(rater_id="r1", criterion_id=criterion_id, level=first))
        ledger.append(rating(rater_id="r2", criterion_id=criterion_id, level=second))
        return [one for case in ReviewQueue(ledger).waiting(kind="adjudication") for one in case.criterion_ids]

    def test_neighbours_on_one_side_of_the_required_level_need_none(self, ledger: ReviewLedger) -> None:
        assert self.adjudicate(ledger, 3, 4, criterion_id="taught") == []

    def test_neighbours_that_straddle_the_required_level_do(self, ledger: ReviewLedger) -> None:
        assert self.adjudicate(ledger, 2, 3, criterion_id="taught") == ["taught"]

    def test_neighbours_where_nothing_is_required_do_not(self, ledger: ReviewLedger) -> None:
        assert self.adjudicate(ledger, 2, 3, criterion_id="kept") == []

    def test_two_levels_apart_do(self, ledger: ReviewLedger) -> None:
        assert self.adjudicate(ledger, 2, 4, criterion_id="kept") == ["kept"]

    def test_a_level_beside_not_scorable_does(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion())
        ledger.append(rating(criterion_id="kept", level=1))
        ledger.append(rating(rater_id="r2", criterion_id="kept", level=None, outcome="not-scorable"))
        assert ids(ReviewQueue(ledger).waiting(kind="adjudication")) == ["s1"]

    def test_ratings_after_a_view_do_not_count(self, ledger: ReviewLedger) -> None:
        ledger.append_all([suggestion(), rating(level=1), rating(rater_id="r2", level=4, blind=False)])
        assert ReviewQueue(ledger).waiting(kind="adjudication") == []

    def test_it_goes_to_a_third_person_once_and_ends_when_settled(self, ledger: ReviewLedger) -> None:
        self.adjudicate(ledger, 1, 4, criterion_id="taught")
        queue = ReviewQueue(ledger)
        assert [ids(queue.lease(one, kind="adjudication")) for one in ("r1", "r3", "r4")] == [[], ["s1"], []]
        ledger.append(rating(rater_id="r3", level=2, role="adjudication"))
        assert queue.lease("r3", kind="adjudication") == []
