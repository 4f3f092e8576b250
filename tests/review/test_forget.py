"""One teacher's texts and names go from every byte; the counts and the proof stay."""

from collections.abc import Callable

import pytest

from reviewkit.errors import LedgerError
from reviewkit.review.entries import Appeal, Override
from reviewkit.review.export import export_ratings
from reviewkit.review.forget import ToForget, clear_log, forget_teacher
from reviewkit.review.ledger import ReviewLedger
from tests.review.program import rating, read_through, suggestion

SECRETS = [b"Zebedee", b"quagga", b"wistful", b"peevish", b"umbrage"]


@pytest.fixture
def written(ledger: ReviewLedger) -> ReviewLedger:
    ledger.append(suggestion("Zebedee-1", teacher_id="Zebedee", text="Zebedee saw a quagga."))
    ledger.append(suggestion("s2", teacher_id="teacher-2", text="Another text, which stays."))
    ledger.append(rating("Zebedee-1", rationale="wistful, I thought"))
    ledger.append(Override(submission_id="Zebedee-1", criterion_id="kept", reviewer_id="r9", level=2, reason="peevish"))
    ledger.append(Appeal(submission_id="Zebedee-1", raised_by="Zebedee", text="I take umbrage."))
    ledger.append(rating("s2", rationale="stays too"))
    return ledger


class TestForgetTeacher:
    def test_no_byte_of_texts_and_names_is_left(self, written: ReviewLedger, on_disk: Callable[[], bytes]) -> None:
        before = on_disk()
        assert [secret in before for secret in SECRETS] == [True] * 5
        assert forget_teacher(written, "Zebedee").log_cleared
        after = on_disk()
        assert [secret in after for secret in SECRETS] == [False] * 5

    def test_packed_texts_go_as_well(self, ledger: ReviewLedger, on_disk: Callable[[], bytes]) -> None:
        ledger.append(suggestion(text=" ".join(f"word{number}" for number in range(4000))))
        with ledger.file.reading() as connection:
            (packed,) = connection.execute(
                "SELECT content FROM private ORDER BY LENGTH(content) DESC LIMIT 1"
            ).fetchone()
        pieces = [packed[start : start + 400] for start in range(0, len(packed) - 400, 400)]
        clear_log(ledger)
        assert sum(piece in on_disk() for piece in pieces) > len(pieces) / 2
        forget_teacher(ledger, "teacher-1")
        assert not any(piece in on_disk() for piece in pieces)

    def test_the_chain_still_verifies_and_an_earlier_head_still_holds(self, written: ReviewLedger) -> None:
        head = written.head()
        forgotten = forget_teacher(written, "Zebedee")
        found = written.verify(head=head)
        assert (found.n_forgotten, found.n_events) == (forgotten.n_events, head.sequence + 1)

    def test_the_counts_and_the_levels_stay(self, written: ReviewLedger) -> None:
        before, levels = written.counts(), [(one.level, one.blind) for one in written.ratings()]
        forget_teacher(written, "Zebedee")
        assert written.counts() == before | {"forget": 1}
        assert [(one.level, one.blind) for one in written.ratings()] == levels

    def test_the_teacher_is_one_unit_under_a_pseudonym(self, written: ReviewLedger) -> None:
        written.append(suggestion("Zebedee-2", teacher_id="Zebedee", text="A second text of Zebedee."))
        read_through(written, "Zebedee-2", "r1")
        forgotten = forget_teacher(written, "Zebedee")
        assert forgotten.n_submissions == 2
        assert {one.teacher_id for one in written.rated()} == {forgotten.pseudonym, "teacher-2"}

    def test_others_keep_everything(self, written: ReviewLedger) -> None:
        forget_teacher(written, "Zebedee")
        assert written.parts("s2")[0].text == "Another text, which stays."
        assert [one.rationale for one in written.ratings()] == [None, "stays too"]

    def test_the_numbers_of_a_forgotten_review_can_still_be_read(self, written: ReviewLedger) -> None:
        forgotten = forget_teacher(written, "Zebedee")
        review = next(written.reviews())
        assert review.submission_id == f"{forgotten.pseudonym}-1"
        assert review.score("taught").probabilities["2"] == 0.4
        assert (review.score("taught").evidence, review.parts, review.findings[0].message) == ((), (), "(forgotten)")

    def test_the_next_training_does_not_miss_their_texts(self, written: ReviewLedger) -> None:
        forget_teacher(written, "Zebedee")
        path = written.path.with_suffix(".csv")
        assert export_ratings(written, path) == 1
        assert "forgotten" not in path.read_text()

    def test_each_hook_is_told_before_the_ledger_lets_go(self, written: ReviewLedger) -> None:
        told: list[ToForget] = []
        forget_teacher(written, "Zebedee", hooks=[told.append])
        assert told == [ToForget(teacher_id="Zebedee", submission_ids=("Zebedee-1",), texts=("Zebedee saw a quagga.",))]

    def test_where_a_hook_fails_the_ledger_keeps_everything(self, written: ReviewLedger) -> None:
        def fail(_: ToForget) -> None:
            raise OSError("the cache is locked")

        before = written.head()
        with pytest.raises(OSError, match="the cache is locked"):
            forget_teacher(written, "Zebedee", hooks=[fail])
        assert written.head() == before
        assert written.parts("Zebedee-1")[0].text == "Zebedee saw a quagga."

    def test_the_same_person_as_a_reviewer_is_renamed_on_request(self, written: ReviewLedger) -> None:
        written.append(rating("s2", rater_id="z-the-reviewer"))
        forgotten = forget_teacher(written, "Zebedee", reviewer_id="z-the-reviewer")
        assert written.ratings()[-1].rater_id == forgotten.pseudonym
        assert written.verify().n_forgotten == forgotten.n_events

    def test_a_name_that_comes_back_is_new(self, written: ReviewLedger) -> None:
        forget_teacher(written, "Zebedee")
        written.append(suggestion("Zebedee-1", teacher_id="Zebedee", text="A new start."))
        assert written.parts("Zebedee-1")[0].text == "A new start."
        assert written.verify().n_events == written.head().sequence

    def test_a_teacher_whom_nobody_knows(self, written: ReviewLedger) -> None:
        with pytest.raises(LedgerError, match="teacher 'Zeb': the ledger knows no such teacher; mend the id"):
            forget_teacher(written, "Zeb")

    def test_an_open_reader_keeps_the_log_and_the_call_says_so(self, written: ReviewLedger) -> None:
        with ReviewLedger.open(written.path) as other, other.file.reading() as connection:
            connection.execute("SELECT COUNT(*) FROM events").fetchone()
            written.append(rating("s2", rater_id="r3"))
            assert not clear_log(written, seconds=0.1)
        assert clear_log(written)
