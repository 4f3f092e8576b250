"""What the ledger takes, what it refuses, and what it proves."""

import pickle
from pathlib import Path

import pytest

from reviewkit.errors import LedgerError, OutputExistsError
from reviewkit.records import Part, Rubric
from reviewkit.review.entries import Appeal, Override, Viewing
from reviewkit.review.ledger import ReviewLedger
from tests.review.program import RUBRIC, SURE, Clock, rating, read_through, suggestion


class TestAppend:
    def test_an_event_carries_its_sequence_time_version_and_names(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion())
        sequence = ledger.append(rating(rationale="They rehearsed it."))
        event = list(ledger.events())[-1]
        assert (event.sequence, event.kind, event.at) == (sequence, "rating", "2026-03-02T09:00:00+00:00")
        assert (event.submission_id, event.person_id, event.criterion_id) == ("s1", "r1", "taught")
        assert event.private == {"rationale": "They rehearsed it."}
        assert event.version

    def test_a_review_comes_back_as_it_went_in(self, ledger: ReviewLedger) -> None:
        entry = suggestion(reasons=("borderline", "audit"))
        ledger.append(entry)
        assert list(ledger.reviews()) == [entry.review]
        assert ledger.parts("s1") == entry.parts
        assert ledger.rubric("s1") == RUBRIC

    def test_people_and_submissions_are_introduced_once(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion())
        ledger.append(suggestion())
        ledger.append(suggestion("s2"))
        assert ledger.counts() == {"person": 1, "rubric": 1, "submission": 2, "suggestion": 3}

    def test_a_teacher_and_a_reviewer_of_one_id_are_two_people(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion(teacher_id="7"))
        ledger.append(rating(rater_id="7"))
        assert ledger.counts()["person"] == 2

    def test_entries_together_are_kept_together_or_not_at_all(self, ledger: ReviewLedger) -> None:
        before = ledger.head()
        with pytest.raises(LedgerError):
            ledger.append_all([suggestion(), rating(level=9)])
        assert ledger.head() == before
        assert ledger.append_all([suggestion(), rating()]) == 2

    def test_adding_a_rubric_twice_adds_one_event(self, ledger: ReviewLedger) -> None:
        ledger.add_rubric(RUBRIC)
        assert ledger.counts() == {"rubric": 1}

    def test_a_clock_that_runs_backwards_is_kept_as_it_was_and_the_sequence_decides(
        self, ledger: ReviewLedger, clock: Clock
    ) -> None:
        ledger.append(suggestion())
        clock.move(days=-400)
        ledger.append(rating())
        assert [event.at[:4] for event in ledger.events()][-3:] == ["2026", "2025", "2025"]
        assert ledger.verify().n_clock_steps_back == 1

    def test_a_ledger_travels_to_another_process_by_its_path(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion())
        assert pickle.loads(pickle.dumps(ledger)).head() == ledger.head()


class TestWhatIsRefused:
    @pytest.fixture(autouse=True)
    def _one_suggestion(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion())

    def test_a_rating_for_a_suggestion_that_does_not_exist(self, ledger: ReviewLedger) -> None:
        with pytest.raises(LedgerError, match=r"submission 's9': the ledger holds no suggestion for it; append its"):
            ledger.append(rating("s9"))

    def test_a_second_adjudication(self, ledger: ReviewLedger) -> None:
        ledger.append(rating(level=1))
        ledger.append(rating(rater_id="r2", level=4))
        ledger.append(rating(rater_id="r3", level=2, role="adjudication"))
        with pytest.raises(LedgerError, match=r"criterion 'taught': was adjudicated by 'r3' in event \d+ already"):
            ledger.append(rating(rater_id="r4", level=3, role="adjudication"))
        assert ledger.counts()["adjudication"] == 1

    def test_an_adjudication_with_nothing_to_settle(self, ledger: ReviewLedger) -> None:
        ledger.append(rating())
        with pytest.raises(
            LedgerError, match=r"has 1 rater\(s\), but an adjudication settles a difference between two"
        ):
            ledger.append(rating(rater_id="r3", role="adjudication"))

    def test_an_adjudication_by_one_who_rated(self, ledger: ReviewLedger) -> None:
        ledger.append(rating(level=1))
        ledger.append(rating(rater_id="r2", level=4))
        with pytest.raises(LedgerError, match=r"'r1' rated it and cannot adjudicate it; ask a third person"):
            ledger.append(rating(level=2, role="adjudication"))

    def test_a_level_that_the_rubric_has_not(self, ledger: ReviewLedger) -> None:
        with pytest.raises(LedgerError, match=r"level 2\.5 is none of 1, 2, 3, 4; give the rubric's own level number"):
            ledger.append(rating(level=2.5))

    def test_a_criterion_that_the_rubric_has_not(self, ledger: ReviewLedger) -> None:
        with pytest.raises(
            LedgerError, match=r"criterion 'tidy': the rubric has no such criterion; it has taught, kept"
        ):
            ledger.append(rating(criterion_id="tidy"))

    def test_a_constructed_level(self, ledger: ReviewLedger) -> None:
        with pytest.raises(LedgerError, match="a ledger keeps what people rated"):
            ledger.append(rating(role="constructed"))

    def test_an_override_without_a_reason(self, ledger: ReviewLedger) -> None:
        entry = Override(submission_id="s1", criterion_id="taught", reviewer_id="lead", level=3, reason=" ")
        with pytest.raises(LedgerError, match="the override by 'lead' gives no reason; say why in a sentence"):
            ledger.append(entry)

    def test_a_suggestion_under_a_rubric_that_was_not_added(self, ledger: ReviewLedger) -> None:
        other = Rubric.model_validate(RUBRIC.model_dump() | {"title": "Other routines"})
        with pytest.raises(LedgerError, match=r"does not know the rubric with digest [0-9a-f]{64}; call add_rubric"):
            ledger.append(suggestion("s2", rubric=other))

    def test_another_attempt_under_the_same_id(self, ledger: ReviewLedger) -> None:
        with pytest.raises(LedgerError, match="is in the ledger as attempt 1, and comes again as attempt 2"):
            ledger.append(suggestion(attempt=2))

    def test_other_texts_under_the_same_id(self, ledger: ReviewLedger) -> None:
        with pytest.raises(LedgerError, match="is in the ledger with other texts; give a changed submission its own"):
            ledger.append(suggestion(text="Another text."))

    def test_the_same_id_from_another_teacher(self, ledger: ReviewLedger) -> None:
        with pytest.raises(LedgerError, match="is in the ledger as another teacher's"):
            ledger.append(suggestion(teacher_id="teacher-2"))

    def test_parts_that_are_not_those_reviewed(self, ledger: ReviewLedger) -> None:
        strange = (Part(part="reflection", kind="reflection", text="Not what was reviewed."),)
        with pytest.raises(LedgerError, match="part 'reflection' is not the text that was reviewed"):
            ledger.append(suggestion("s2").model_copy(update={"parts": strange}))

    def test_what_is_no_entry(self, ledger: ReviewLedger) -> None:
        with pytest.raises(LedgerError, match="Rubric is no entry; append a Suggestion, Rating"):
            ledger.append(RUBRIC)  # type: ignore[arg-type]

    def test_nothing_of_a_refused_entry_stays(self, ledger: ReviewLedger) -> None:
        before = ledger.head()
        with pytest.raises(LedgerError):
            ledger.append(rating(rater_id="newcomer", level=7))
        assert ledger.head() == before


class TestBlindFirst:
    @pytest.fixture(autouse=True)
    def _one_suggestion(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion())

    def test_the_suggestion_is_refused_until_every_criterion_is_rated(self, ledger: ReviewLedger) -> None:
        ledger.append(rating(criterion_id="taught"))
        with pytest.raises(LedgerError, match="'r1' has not rated kept yet, and the suggestion is shown only after"):
            ledger.suggestion_for("s1", "r1")
        assert "view" not in ledger.counts()
        ledger.append(rating(criterion_id="kept"))
        assert ledger.suggestion_for("s1", "r1").score("kept").level == 3

    def test_the_ledger_proves_that_the_rating_came_before_the_view(self, ledger: ReviewLedger) -> None:
        read_through(ledger, "s1", "r1")
        ledger.suggestion_for("s1", "r1")
        kinds = [event.kind for event in ledger.events() if event.person_id == "r1" and event.kind != "person"]
        assert kinds == ["rating", "rating", "view"]
        assert [one.blind for one in ledger.ratings()] == [True, True]

    def test_another_reviewer_stays_blind(self, ledger: ReviewLedger) -> None:
        read_through(ledger, "s1", "r1")
        ledger.suggestion_for("s1", "r1")
        assert (ledger.is_blind("s1", "r1"), ledger.is_blind("s1", "r2")) == (False, True)

    def test_no_caller_can_call_a_rating_blind_that_is_not(self, ledger: ReviewLedger) -> None:
        ledger.show_suggestion("s1", "r1", reason="drawn into the shown arm")
        ledger.append(rating(blind=True))
        assert [one.blind for one in ledger.ratings()] == [False]

    def test_who_owns_up_to_having_seen_it_is_believed_from_then_on(self, ledger: ReviewLedger) -> None:
        ledger.append(rating(blind=False))
        ledger.append(rating(criterion_id="kept", blind=True))
        assert [one.blind for one in ledger.ratings()] == [False, False]
        assert ledger.counts()["view"] == 1

    def test_a_view_outside_the_ledger_counts(self, ledger: ReviewLedger) -> None:
        ledger.append(Viewing(submission_id="s1", reviewer_id="r1", where="printed sheet"))
        ledger.append(rating())
        assert [one.blind for one in ledger.ratings()] == [False]

    def test_a_blind_correction_stands_and_a_change_after_the_view_does_not(self, ledger: ReviewLedger) -> None:
        read_through(ledger, "s1", "r1", level=1)
        ledger.append(rating(level=2))
        ledger.suggestion_for("s1", "r1")
        ledger.append(rating(level=3))
        assert [(one.criterion_id, one.level, one.blind) for one in ledger.ratings()] == [
            ("kept", 1, True),
            ("taught", 2, True),
        ]

    def test_a_returned_submission_has_no_score_to_be_anchored_by(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion("s2", route="return", reasons=("incomplete",)))
        assert ledger.suggestion_for("s2", "r1").scores == ()
        assert ledger.is_blind("s2", "r1")

    def test_a_newer_suggestion_does_not_make_a_reviewer_blind_again(self, ledger: ReviewLedger) -> None:
        read_through(ledger, "s1", "r1")
        ledger.suggestion_for("s1", "r1")
        ledger.append(suggestion(probabilities=SURE))
        assert not ledger.is_blind("s1", "r1")


class TestRatings:
    def test_an_audit_draw_keeps_its_review_probability(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion(reasons=("audit",), review_probability=0.05))
        ledger.append(suggestion("s2", reasons=("audit", "borderline")))
        ledger.append_all([rating("s1"), rating("s2")])
        found = [(one.audited, one.review_probability, one.teacher_id) for one in ledger.rated()]
        assert found == [(True, 0.05, "teacher-1"), (False, 1.0, "teacher-1")]

    def test_a_rating_stands_beside_the_suggestion_it_answered(self, ledger: ReviewLedger) -> None:
        ledger.append_all([suggestion(level=2), rating(), suggestion(level=3)])
        assert [one.review.score("taught").level for one in ledger.rated()] == [2]

    def test_the_raters_own_time_is_kept_as_given(self, ledger: ReviewLedger) -> None:
        ledger.append_all([suggestion(), rating(rated_at="1999-12-31T23:59:00")])
        assert ledger.ratings()[0].rated_at.isoformat() == "1999-12-31T23:59:00"  # type: ignore[union-attr]

    def test_ratings_under_two_rubrics_are_never_mixed(self, ledger: ReviewLedger) -> None:
        other = Rubric.model_validate(RUBRIC.model_dump() | {"version": "2.0.0"})
        ledger.add_rubric(other)
        ledger.append_all([suggestion(), suggestion("s2", rubric=other), rating("s1"), rating("s2")])
        with pytest.raises(LedgerError, match=r"ratings under 2 rubrics: .*name one with rubric=, by its digest"):
            ledger.ratings()
        assert [one.submission_id for one in ledger.ratings(rubric=other.digest)] == ["s2"]

    def test_only_blind_ones_on_request(self, ledger: ReviewLedger) -> None:
        ledger.append_all([suggestion(), rating(), rating(rater_id="r2", blind=False)])
        assert [one.rater_id for one in ledger.ratings(blind_only=True)] == ["r1"]

    def test_a_submission_that_cannot_be_scored(self, ledger: ReviewLedger) -> None:
        ledger.append_all([suggestion(), rating(level=None, outcome="not-scorable")])
        assert (ledger.ratings()[0].level, ledger.ratings()[0].outcome) == (None, "not-scorable")

    def test_an_override_and_an_appeal_are_kept_with_their_words(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion())
        ledger.append(Override(submission_id="s1", criterion_id="kept", reviewer_id="lead", level=2, reason="Misread."))
        ledger.append(Appeal(submission_id="s1", raised_by="teacher-1", text="Please look again."))
        assert [event.private for event in ledger.events()][-2:] == [
            {"reason": "Misread."},
            {"raised_by": "teacher-1", "text": "Please look again."},
        ]


class TestBackup:
    def test_a_backup_is_a_ledger_with_the_same_head(self, ledger: ReviewLedger, tmp_path: Path) -> None:
        ledger.append(suggestion())
        ledger.back_up(tmp_path / "copy.ledger")
        assert ReviewLedger.open(tmp_path / "copy.ledger").verify(head=ledger.head()).n_events == 4

    def test_it_replaces_nothing(self, ledger: ReviewLedger) -> None:
        with pytest.raises(OutputExistsError, match="stands already"):
            ledger.back_up(ledger.path)
