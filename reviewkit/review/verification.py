"""Proof of order and content: the whole chain worked out again from the first event."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from reviewkit.errors import LedgerError
from reviewkit.records import Record
from reviewkit.review.chain import FIRST_DIGEST, EventRow, commitment_to, event_digest
from reviewkit.review.journal import unpack

_EVENTS = f"SELECT e.{', e.'.join(EventRow._fields)}, e.digest, x.salt, x.content FROM events e " + (
    "LEFT JOIN private x USING (sequence) ORDER BY e.sequence"
)


class Head(NamedTuple):
    """The last event: written down elsewhere, it pins everything up to it.

    Examples
    --------
    >>> Head(12, "ab").sequence
    12
    """

    sequence: int
    digest: str


class Verification(Record):
    """What a ledger was found to hold.

    Attributes
    ----------
    n_events, n_forgotten : int
        Events in the chain; those of them whose private content was forgotten.
    n_clock_steps_back : int
        Events whose time lies before that of the event before them. The order is the sequence's, not the clock's.
    head_sequence, head_digest : int, str
        Write them down outside the ledger, and hand them to the next verification.
    """

    n_events: int
    n_forgotten: int
    n_clock_steps_back: int
    head_sequence: int
    head_digest: str


def verify_chain(connection: sqlite3.Connection, *, head: Head | None = None) -> Verification:
    """Work out the chain again, and hold private content, names and an earlier head against it.

    Raises
    ------
    LedgerError
        At the first event that does not fit.
    """
    digest, sequence, steps_back, last_at = FIRST_DIGEST, 0, 0, None
    forgotten, without_content = set[int](), set[int]()
    names = _Names(connection)
    for row, stored, salt, content in _rows(connection):
        sequence += 1
        if row.sequence != sequence:
            raise LedgerError(f"event {sequence} is missing; restore the ledger from a backup.")
        digest = event_digest(digest, row)
        if digest != stored:
            raise LedgerError(f"event {sequence} ({row.kind}) was changed, or one before it; restore a backup.")
        if head is not None and head.sequence == sequence and head.digest != digest.hex():
            raise LedgerError(f"event {sequence} is not the one of the head given; the ledger was written anew.")
        if row.commitment is not None and content is None:
            without_content.add(sequence)
        elif row.commitment is not None or content is not None:
            _check_content(row, salt, content)
            names.check(row, json.loads(unpack(content)))
        if row.kind == "forget":
            forgotten |= set(json.loads(row.body)["sequences"])
        at = datetime.fromisoformat(row.at)
        steps_back += last_at is not None and at < last_at
        last_at = at
    _check_ends(sequence, head=head, lost=without_content - forgotten, kept=forgotten - without_content)
    return Verification(
        n_events=sequence,
        n_forgotten=len(without_content),
        n_clock_steps_back=steps_back,
        head_sequence=sequence,
        head_digest=digest.hex(),
    )


def _rows(connection: sqlite3.Connection) -> Iterator[tuple[EventRow, bytes, bytes, bytes]]:
    width = len(EventRow._fields)
    for row in connection.execute(_EVENTS):
        yield EventRow(*row[:width]), *row[width:]


def _check_content(row: EventRow, salt: bytes | None, content: bytes | None) -> None:
    if salt is None or content is None or row.commitment != commitment_to(salt, unpack(content)):
        raise LedgerError(f"event {row.sequence} ({row.kind}): its private content was changed; restore a backup.")


def _check_ends(sequence: int, *, head: Head | None, lost: set[int], kept: set[int]) -> None:
    if lost:
        raise LedgerError(
            f"event {min(lost)}: its private content is gone, and no event says it was forgotten; restore a backup."
        )
    if kept:
        raise LedgerError(
            f"event {min(kept)}: is said to be forgotten, but its private content is there; forget again."
        )
    if head is not None and head.sequence > sequence:
        raise LedgerError(
            f"the ledger ends at event {sequence}, but the head given is event {head.sequence}; its end is lost."
        )


class _Names:
    """The names in use, held against the events that introduced them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._people: dict[int, str] = dict(connection.execute("SELECT person_key, person_id FROM people"))
        self._submissions: dict[int, tuple[str, int]] = {
            key: (name, teacher)
            for key, name, teacher in connection.execute(
                "SELECT submission_key, submission_id, teacher_key FROM submissions"
            )
        }

    def check(self, row: EventRow, private: dict[str, object]) -> None:
        if row.kind == "person" and self._people.get(row.person_key or 0) != private["person_id"]:
            raise LedgerError(
                f"event {row.sequence}: person {row.person_key} goes by another name now; restore a backup."
            )
        here = self._submissions.get(row.submission_key or 0)
        if row.kind == "submission" and here != (private["submission_id"], row.person_key):
            raise LedgerError(
                f"event {row.sequence}: submission {row.submission_key} goes by another name or teacher now; "
                "restore a backup."
            )
