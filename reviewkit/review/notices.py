"""What the program asks for by itself: a second reader, and that nothing stands under a broken promise."""

from reviewkit.errors import LedgerError
from reviewkit.review.case_state import refresh_case
from reviewkit.review.entries import Alarm, SecondReading
from reviewkit.review.journal import Journal


def append_second_reading(journal: Journal, entry: SecondReading) -> int:
    """Append that a second reader is asked for; the case waits again where one has read it."""
    submission = journal.submission(entry.submission_id)
    if journal.body(submission.suggestion)["route"] != "review":
        raise LedgerError(
            f"submission {entry.submission_id!r}: went to no reviewer, so there is no reading to second; "
            "append an Appeal to have it read."
        )
    sequence = journal.append(
        "second-reading",
        {"reason": entry.reason, "suggestion": submission.suggestion},
        submission_key=submission.submission_key,
    )
    refresh_case(journal, submission.submission_key)
    return sequence


def append_alarm(journal: Journal, entry: Alarm) -> int:
    """Append an alarm; one that the ledger holds for that certificate stays as it was first raised."""
    known = [
        event for event in journal.events("e.kind = 'alarm'") if event.body["certificate_id"] == entry.certificate_id
    ]
    return known[0].sequence if known else journal.append("alarm", entry.model_dump(mode="json"))


def raised_alarms(journal: Journal) -> dict[str, int]:
    """Certificates under which nothing stands any more, and the audit at which each alarm was raised."""
    return {event.body["certificate_id"]: event.body["raised_at"] for event in journal.events("e.kind = 'alarm'")}
