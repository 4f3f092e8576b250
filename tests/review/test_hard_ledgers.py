"""Bad input to the ledger, through the public face: a clear message, and nothing half kept."""

import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import reviewkit
from reviewkit import Certificate, LedgerError, ReviewLedger, ReviewQueue
from tests.review.program import RUBRIC, Clock, rating, suggestion


@pytest.fixture
def program(ledger: ReviewLedger) -> ReviewLedger:
    ledger.append_all([suggestion(), rating(rater_id="r1", level=1), rating(rater_id="r2", level=4)])
    return ledger


class TestPeople:
    def test_two_adjudications_for_one_submission(self, program: ReviewLedger) -> None:
        program.append(rating(rater_id="r3", level=2, role="adjudication"))
        with pytest.raises(LedgerError, match=r"was adjudicated by 'r3' in event \d+ already; .* is an Override"):
            program.append(rating(rater_id="r4", level=3, role="adjudication"))
        assert [one.level for one in program.ratings() if one.role == "adjudication"] == [2]

    def test_a_rating_for_a_suggestion_that_does_not_exist(self, program: ReviewLedger) -> None:
        before = program.head()
        with pytest.raises(LedgerError, match=r"'s9': the ledger holds no suggestion for it; append its Suggestion"):
            program.append(rating("s9"))
        assert program.head() == before

    def test_two_reviewers_taking_the_same_case(self, ledger: ReviewLedger, clock: Clock) -> None:
        ledger.append_all([suggestion("s1"), suggestion("s2", teacher_id="t2")])
        other = ReviewLedger.open(ledger.path, clock=clock)
        taken = [ReviewQueue(one).lease(who) for one, who in ((ledger, "r1"), (other, "r2"), (ledger, "r3"))]
        assert [[case.submission_id for case in cases] for cases in taken] == [["s1"], ["s2"], []]

    def test_a_clock_going_backwards(self, program: ReviewLedger, clock: Clock) -> None:
        clock.move(days=-1000)
        program.append(rating(rater_id="r2", level=3))
        assert program.verify().n_clock_steps_back == 1
        assert {one.rater_id: one.level for one in program.ratings()} == {"r1": 1, "r2": 3}


class TestFiles:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                lambda raw: raw[:60] + (99).to_bytes(4, "big") + raw[64:],
                "has ledger format 99, but .*; upgrade reviewkit",
            ),
            (lambda raw: raw[: len(raw) // 2], r"is truncated: \d+ bytes of \d+; restore it from a backup"),
            (lambda _: b"", "is empty, but a ledger never is"),
            (lambda _: b"submission_id,level\n", "is no reviewkit ledger; check the path"),
        ],
    )
    def test_a_file_that_cannot_be_read_is_left_as_it_is(
        self, program: ReviewLedger, tmp_path: Path, cli: Callable[..., Any], change: Any, message: str
    ) -> None:
        path = tmp_path / "copy.ledger"
        program.back_up(path)
        path.write_bytes(change(path.read_bytes()))
        before = path.read_bytes()
        with pytest.raises(LedgerError, match=message):
            ReviewLedger.open(path)
        done = cli("monitor", path)
        assert (done.code, done.out, path.read_bytes()) == (1, "", before)

    def test_a_full_disk(self, program: ReviewLedger) -> None:
        """A process that may write no file beyond a bound gets what a full disk gives, whatever disk there is."""
        program.close()
        bound = program.path.stat().st_size + 200_000
        script = (
            "import sys; sys.path.insert(0, '.')\n"
            "from reviewkit import LedgerError, ReviewLedger\n"
            "from tests.review.program import suggestion\n"
            "with ReviewLedger.open(sys.argv[1]) as ledger:\n"
            "    for at in range(10_000):\n"
            "        try:\n"
            "            ledger.append(suggestion(f'more-{at}', text='x' * 150 + str(at)))\n"
            "        except LedgerError as fault:\n"
            "            print(at, fault, sep='\\n')\n"
            "            break\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, str(program.path)],
            capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
            preexec_fn=lambda: bounded(bound),
        )  # fmt: skip
        kept, message = done.stdout.splitlines()
        assert "nothing of this entry was kept" in message
        assert program.verify().n_events > 5
        assert len([one for one in program.reviews() if one.submission_id.startswith("more-")]) == int(kept) > 0


def bounded(size: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


class TestPromises:
    @pytest.mark.parametrize("field", ["rubric_digest", "bundle_digest"])
    def test_a_policy_certified_for_another_rubric_or_bundle(self, field: str) -> None:
        fields = {
            "certificate_id": "spring", "risk": "any-difference", "level": 0.05, "confidence": 0.9,
            "criterion_id": "taught", "threshold": 0.9, "bound": 0.05, "n_rows": 100, "n_standing": 60,
            "record_rule": RUBRIC.record_rule, "issued_at": "2026-01-02T00:00:00Z", "rubric_digest": RUBRIC.digest,
            "bundle_digest": "1" * 64,
        }  # fmt: skip
        promise = Certificate.model_validate(fields | {field: "2" * 64})
        with pytest.raises(reviewkit.CertificateError, match="spring"):
            reviewkit.RoutingPolicy(RUBRIC, certificates=[promise], bundle_digest="1" * 64)
