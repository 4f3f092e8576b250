"""Files that are no ledger, or no longer one; a full disk; several processes; a process that is killed."""

import multiprocessing
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from reviewkit.errors import LedgerError, ReviewkitError, SettingsError
from reviewkit.review.chain import EventRow, event_digest
from reviewkit.review.forget import forget_teacher
from reviewkit.review.ledger import ReviewLedger
from reviewkit.review.queue import ReviewQueue
from reviewkit.review.schema import FORMAT_NUMBER
from tests.review.program import RUBRIC, rating, suggestion

CHECKOUT = Path(__file__).resolve().parents[2]
APPEND_FOR_EVER = """
import sys
from reviewkit.review.ledger import ReviewLedger
from tests.review.program import rating, suggestion
ledger = ReviewLedger.open(sys.argv[1])
ledger.append(suggestion())
while True:
    print(ledger.append(rating()), flush=True)
"""


class TestOpen:
    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(LedgerError, match="there is no such ledger; check the path, or make one with create=True"):
            ReviewLedger.open(tmp_path / "none.ledger")
        assert not list(tmp_path.iterdir())

    def test_create_makes_it_whole_and_leaves_nothing_beside_it(self, tmp_path: Path) -> None:
        with ReviewLedger.open(tmp_path / "deep" / "new.ledger", create=True) as made:
            assert made.verify().n_events == 0
        assert [path.name for path in (tmp_path / "deep").iterdir()] == ["new.ledger"]

    def test_create_never_empties_a_ledger_that_stands(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion())
        assert ReviewLedger.open(ledger.path, create=True).head() == ledger.head()

    def test_a_newer_format(self, ledger: ReviewLedger) -> None:
        ledger.close()
        connection = sqlite3.connect(ledger.path, isolation_level=None)
        connection.execute(f"PRAGMA user_version = {FORMAT_NUMBER + 1}")
        connection.close()
        with pytest.raises(
            LedgerError, match=r"has ledger format 2, but this reviewkit knows formats up to 1; upgrade"
        ):
            ReviewLedger.open(ledger.path)

    @pytest.mark.parametrize("content", [b"submission_id,level\n", b"SQLite format 3\x00" + bytes(200)])
    def test_no_ledger(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "ratings.csv"
        path.write_bytes(content)
        with pytest.raises(LedgerError, match=r"is no reviewkit ledger; check the path\. The file was left as it is"):
            ReviewLedger.open(path)
        assert path.read_bytes() == content

    def test_another_programs_database(self, tmp_path: Path) -> None:
        connection = sqlite3.connect(tmp_path / "other.db")
        connection.execute("CREATE TABLE events (sequence INTEGER)")
        connection.close()
        with pytest.raises(LedgerError, match="is no reviewkit ledger"):
            ReviewLedger.open(tmp_path / "other.db")

    def test_an_empty_file_even_with_create(self, tmp_path: Path) -> None:
        (tmp_path / "empty.ledger").touch()
        with pytest.raises(LedgerError, match="is empty, but a ledger never is; restore it from a backup"):
            ReviewLedger.open(tmp_path / "empty.ledger", create=True)

    def test_a_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(LedgerError, match="its folder cannot be made"):
            ReviewLedger.open(tmp_path / "file" / "new.ledger", create=True)

    def test_where_there_are_no_hard_links_it_is_renamed_into_place(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise PermissionError("no hard links here")

        monkeypatch.setattr(Path, "hardlink_to", refuse)
        assert ReviewLedger.open(tmp_path / "new.ledger", create=True).counts() == {}

    def test_a_clock_without_a_zone(self, ledger: ReviewLedger) -> None:
        other = ReviewLedger.open(ledger.path, clock=lambda: datetime(2026, 1, 5))
        with pytest.raises(SettingsError, match="has no zone; give one like"):
            other.append(suggestion())

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(LedgerError, match="cannot be read"):
            ReviewLedger.open(tmp_path)

    @pytest.mark.parametrize("kept", [0.3, 0.6, 0.99])
    def test_a_truncated_file(self, ledger: ReviewLedger, kept: float) -> None:
        ledger.append_all(suggestion(f"s{number}") for number in range(30))
        ledger.close()
        os.truncate(ledger.path, int(ledger.path.stat().st_size * kept))
        with pytest.raises(LedgerError, match=r"is truncated: \d+ bytes of \d+; restore it from a backup"):
            ReviewLedger.open(ledger.path)

    def test_pages_that_were_overwritten(self, ledger: ReviewLedger) -> None:
        ledger.append_all(suggestion(f"s{number}") for number in range(60))
        ledger.close()
        with ledger.path.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * (ledger.path.stat().st_size - 4096))
        with pytest.raises(LedgerError, match="is damaged"):
            ReviewLedger.open(ledger.path).verify()


class TestFullDisk:
    def test_nothing_of_the_entry_stays_and_the_ledger_is_sound(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion())
        before = ledger.head()
        with ledger.file.outside_transactions() as connection:
            n_pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {n_pages}")
        with pytest.raises(
            LedgerError, match="the disk is full; nothing of this entry was kept and the ledger is sound"
        ):
            ledger.append_all(suggestion(f"t{number}", text="long " * 3000) for number in range(50))
        assert ledger.head() == before
        assert ledger.verify(head=before).n_events == before.sequence


class TestAppendOnly:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE events SET body = '{}' WHERE sequence = 2",
            "DELETE FROM events WHERE sequence = 2",
            "INSERT OR REPLACE INTO events SELECT * FROM events WHERE sequence = 2",
            "INSERT INTO events SELECT 99, kind, at, version, 1, 1, NULL, body, NULL, digest FROM events LIMIT 1",
            "UPDATE private SET content = x'70'",
            "DELETE FROM private",
            "INSERT OR REPLACE INTO private SELECT * FROM private",
        ],
    )
    def test_the_file_itself_refuses(self, ledger: ReviewLedger, statement: str) -> None:
        ledger.append(suggestion())
        with sqlite3.connect(ledger.path) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)


class TestVerify:
    @pytest.fixture(autouse=True)
    def _entries(self, ledger: ReviewLedger) -> None:
        ledger.append_all([suggestion(), rating(rationale="Why"), suggestion("s2", teacher_id="teacher-2")])

    @pytest.mark.parametrize(
        ("statement", "message"),
        [
            (
                "UPDATE events SET body = replace(body, '\"level\":3', '\"level\":4') WHERE kind = 'rating'",
                "was changed",
            ),
            (
                "UPDATE events SET at = '2020-01-01T00:00:00+00:00' WHERE sequence = 3",
                r"event 3 \(submission\) was changed",
            ),
            ("DELETE FROM events WHERE sequence = 3", "event 3 is missing"),
            (
                "DELETE FROM private WHERE sequence = 3",
                "event 3: its private content is gone, and no event says it was",
            ),
            (
                "UPDATE private SET content = x'707b7d' WHERE sequence = 3",
                r"event 3 \(submission\): its private content",
            ),
            ("UPDATE people SET person_id = 'r2' WHERE person_id = 'r1'", "person 2 goes by another name now"),
            (
                "UPDATE submissions SET submission_id = 's9' WHERE submission_id = 's2'",
                "goes by another name or teacher",
            ),
            (
                "INSERT INTO forgotten VALUES (3); DELETE FROM private WHERE sequence = 3",
                "no event says it was forgotten",
            ),
        ],
    )
    def test_it_finds_what_was_done_behind_the_ledgers_back(
        self, ledger: ReviewLedger, statement: str, message: str
    ) -> None:
        connection = sqlite3.connect(ledger.path)
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.executescript(statement)
        connection.close()
        with pytest.raises(LedgerError, match=message):
            ledger.verify()

    def test_an_event_rewritten_with_a_fitting_digest_breaks_the_next_one(self, ledger: ReviewLedger) -> None:
        connection = sqlite3.connect(ledger.path)
        connection.execute("DROP TRIGGER events_stay")
        connection.execute("UPDATE events SET at = '2020-01-01T00:00:00+00:00' WHERE sequence = 3")
        second, third = connection.execute("SELECT * FROM events WHERE sequence IN (2, 3) ORDER BY sequence")
        rewritten = event_digest(second[-1], EventRow(*third[:-1]))
        connection.execute("UPDATE events SET digest = ? WHERE sequence = 3", (rewritten,))
        connection.commit()
        connection.close()
        with pytest.raises(LedgerError, match=r"event 4 \(suggestion\) was changed, or one before it"):
            ledger.verify()

    def test_forgetting_one_teacher_does_not_excuse_what_another_lost(self, ledger: ReviewLedger) -> None:
        with sqlite3.connect(ledger.path) as connection:
            connection.execute("DROP TRIGGER private_remains")
            connection.execute("DELETE FROM private WHERE sequence = 3")
        forget_teacher(ledger, "teacher-2")
        with pytest.raises(
            LedgerError, match="event 3: its private content is gone, and no event says it was forgotten"
        ):
            ledger.verify()

    def test_a_cut_end_shows_against_a_head_kept_elsewhere(self, ledger: ReviewLedger) -> None:
        head = ledger.head()
        with sqlite3.connect(ledger.path) as connection:
            connection.execute("DROP TRIGGER events_remain")
            connection.execute("DELETE FROM events WHERE sequence = ?", (head.sequence,))
        with pytest.raises(LedgerError, match=rf"ends at event \d+, but the head given is event {head.sequence}"):
            ledger.verify(head=head)

    def test_a_head_of_another_history(self, ledger: ReviewLedger) -> None:
        with pytest.raises(LedgerError, match="event 2 is not the one of the head given; the ledger was written anew"):
            ledger.verify(head=ledger.head()._replace(sequence=2))

    def test_a_ledger_that_grew_still_holds_its_earlier_head(self, ledger: ReviewLedger) -> None:
        head = ledger.head()
        ledger.append(rating(rater_id="r2"))
        assert ledger.verify(head=head).head_sequence == head.sequence + 2


def append_ratings(path: Path, rater_id: str, n: int) -> None:
    with ReviewLedger.open(path) as ledger:
        for _ in range(n):
            ledger.append(rating(rater_id=rater_id))


def lease_all(path: Path, reviewer_id: str, answers: "multiprocessing.SimpleQueue[tuple[str, list[str]]]") -> None:
    with ReviewLedger.open(path) as ledger:
        queue, found = ReviewQueue(ledger), list[str]()
        while new := [one.submission_id for one in queue.lease(reviewer_id, n_cases=len(found) + 1)][len(found) :]:
            found += new
    answers.put((reviewer_id, found))


class TestSeveralProcesses:
    def test_four_append_and_the_chain_holds(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion())
        spawn = multiprocessing.get_context("fork")
        writers = [spawn.Process(target=append_ratings, args=(ledger.path, f"p{one}", 15)) for one in range(4)]
        run(writers)
        assert ledger.counts()["rating"] == 60
        assert ledger.verify().n_events == 1 + 3 + 4 + 60

    def test_no_case_goes_to_two_reviewers(self, ledger: ReviewLedger) -> None:
        ledger.append_all(suggestion(f"s{number}") for number in range(40))
        fork = multiprocessing.get_context("fork")
        answers = fork.SimpleQueue()
        readers = [fork.Process(target=lease_all, args=(ledger.path, f"p{one}", answers)) for one in range(3)]
        run(readers)
        leased = [case for _ in readers for case in answers.get()[1]]
        assert sorted(leased) == sorted(f"s{number}" for number in range(40))

    def test_a_forked_child_opens_its_own_connection(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion())
        child = multiprocessing.get_context("fork").Process(target=ledger.append, args=(rating(),))
        run([child])
        ledger.append(rating(rater_id="r2"))
        assert [one.rater_id for one in ledger.ratings()] == ["r1", "r2"]

    def test_a_connection_never_crosses_a_fork(self, ledger: ReviewLedger, monkeypatch: pytest.MonkeyPatch) -> None:
        with ledger.file.outside_transactions() as parents:
            pass
        monkeypatch.setattr(os, "getpid", lambda: -1)
        with ledger.file.outside_transactions() as childs:
            assert childs is not parents
        assert parents.execute("SELECT 1").fetchone() == (1,)

    def test_two_that_create_at_once_get_one_ledger(self, tmp_path: Path) -> None:
        path = tmp_path / "shared.ledger"
        threads = [threading.Thread(target=ReviewLedger.open, args=(path,), kwargs={"create": True}) for _ in range(4)]
        run(threads)
        ReviewLedger.open(path).add_rubric(RUBRIC)
        assert ReviewLedger.open(path).counts() == {"rubric": 1}

    def test_a_reader_sees_a_still_picture_beside_a_writer(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion())
        with ReviewLedger.open(ledger.path) as other, other.file.reading():
            before = other.head()
            ledger.append(rating())
            assert other.head() == before
        assert ReviewLedger.open(ledger.path).head().sequence == before.sequence + 2

    def test_one_that_waits_too_long_says_so_and_keeps_nothing(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion())
        waiting = ReviewLedger.open(ledger.path, busy_seconds=0.05)
        with ledger.together(), pytest.raises(LedgerError, match="another process has been writing for too long"):
            waiting.append(rating())
        assert waiting.append(rating()) == ledger.head().sequence

    def test_threads_of_one_process_take_turns(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion())
        run([threading.Thread(target=ledger.append, args=(rating(rater_id=f"t{one}"),)) for one in range(8)])
        assert ledger.verify().n_events == 4 + 16


class TestKilled:
    @pytest.mark.parametrize("n_seen", [1, 17])
    def test_what_was_acknowledged_outlives_a_killed_process(self, ledger: ReviewLedger, n_seen: int) -> None:
        command = [sys.executable, "-c", APPEND_FOR_EVER, str(ledger.path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT) as writer:
            acknowledged = [int(writer.stdout.readline()) for _ in range(n_seen)]  # type: ignore[union-attr]
            writer.send_signal(signal.SIGKILL)
        found = ledger.verify()
        assert found.n_events >= acknowledged[-1]
        assert ledger.append(rating(rater_id="after")) == found.n_events + 2

    def test_a_copy_taken_at_any_moment_with_its_log_is_a_ledger(self, ledger: ReviewLedger, tmp_path: Path) -> None:
        ledger.append_all([suggestion(), rating()])
        (tmp_path / "copy").mkdir()
        for path in ledger.path.parent.glob("program.ledger*"):
            shutil.copy(path, tmp_path / "copy")
        assert ReviewLedger.open(tmp_path / "copy" / "program.ledger").head() == ledger.head()

    def test_an_entry_that_was_cut_short_leaves_nothing(
        self, ledger: ReviewLedger, on_disk: Callable[[], bytes]
    ) -> None:
        before = ledger.head()
        with pytest.raises(ReviewkitError), ledger.together():
            ledger.append(suggestion())
            raise LedgerError("cut short")
        assert ledger.head() == before


def run(workers: list[multiprocessing.Process] | list[threading.Thread]) -> None:
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
