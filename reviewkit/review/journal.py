"""Reading and appending events inside a transaction that the caller holds."""

import json
import secrets
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from reviewkit.errors import LedgerError, SettingsError
from reviewkit.records import Rubric, canonical_json
from reviewkit.review.chain import FIRST_DIGEST, EventRow, commitment_to, event_digest
from reviewkit.review.entries import Event

Clock = Callable[[], datetime]
_SALT_BYTES = 16
_WORTH_PACKING = 200
_EVENT_COLUMNS = "sequence, kind, at, version, submission_key, person_key, criterion_id, body, commitment"
_READABLE = """
SELECT e.sequence, e.kind, e.at, e.version, s.submission_id, p.person_id, e.criterion_id, e.body, x.content, e.digest
FROM events e
LEFT JOIN submissions s USING (submission_key)
LEFT JOIN people p USING (person_key)
LEFT JOIN private x USING (sequence)
"""


class SubmissionRow(NamedTuple):
    """A submission as the ledger knows it; ``suggestion`` and ``rubric``: its latest, by sequence and by digest."""

    submission_key: int
    submission_id: str
    teacher_key: int
    previous_key: int | None
    attempt: int
    suggestion: int
    rubric: str


class Journal:
    """The events of one open transaction.

    Parameters
    ----------
    connection : sqlite3.Connection
        Inside a transaction; one that writes, where anything is appended.
    clock : callable
        Gives the time, with its zone.
    version : str
        The library's version, kept with each event.
    rubrics : dict
        Rubrics read so far, by digest; a digest names one meaning for ever, so they may outlive the transaction.
    """

    def __init__(
        self, connection: sqlite3.Connection, *, clock: Clock, version: str, rubrics: dict[str, Rubric]
    ) -> None:
        self.connection = connection
        self._clock = clock
        self._version = version
        self._rubrics = rubrics

    def now(self) -> datetime:
        """Return what the clock says; it may run backwards."""
        now = self._clock()
        if now.tzinfo is None:
            raise SettingsError(
                f"the clock gave {now.isoformat()}, which has no zone; give one like datetime.now(UTC)."
            )
        return now

    def append(
        self,
        kind: str,
        body: dict[str, Any],
        *,
        submission_key: int | None = None,
        person_key: int | None = None,
        criterion_id: str | None = None,
        private: dict[str, Any] | None = None,
    ) -> int:
        """Append one event to the chain and return its sequence."""
        last, previous = self.head()
        content = None if private is None else canonical_json(private)
        salt = secrets.token_bytes(_SALT_BYTES)
        row = EventRow(
            sequence=last + 1,
            kind=kind,
            at=self.now().isoformat(),
            version=self._version,
            submission_key=submission_key,
            person_key=person_key,
            criterion_id=criterion_id,
            body=canonical_json(body).decode("utf-8"),
            commitment=None if content is None else commitment_to(salt, content),
        )
        self.connection.execute(
            f"INSERT INTO events ({_EVENT_COLUMNS}, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, event_digest(previous, row)),
        )
        if content is not None:
            self.connection.execute("INSERT INTO private VALUES (?, ?, ?)", (row.sequence, salt, pack(content)))
        return row.sequence

    def head(self) -> tuple[int, bytes]:
        """Sequence and digest of the last event; 0 and zeros before the first."""
        last = self.connection.execute("SELECT sequence, digest FROM events ORDER BY sequence DESC LIMIT 1").fetchone()
        return (0, FIRST_DIGEST) if last is None else (int(last[0]), bytes(last[1]))

    def events(self, where: str = "1", parameters: tuple[Any, ...] = ()) -> Iterator[Event]:
        """Read events in order; ``where`` is SQL over ``e``, never anything from outside."""
        cursor = self.connection.execute(f"{_READABLE} WHERE {where} ORDER BY e.sequence", parameters)
        return map(_event, cursor)

    def event(self, sequence: int) -> Event:
        """Read the one event of that sequence."""
        return next(self.events("e.sequence = ?", (sequence,)))

    def body(self, sequence: int) -> dict[str, Any]:
        """Read the body alone of the event of that sequence."""
        found = self.connection.execute("SELECT body FROM events WHERE sequence = ?", (sequence,)).fetchone()
        body: dict[str, Any] = json.loads(found[0])
        return body

    def person_key(self, person_id: str, *, role: str) -> int:
        """Key of a person; one who is new is introduced by an event of their own.

        Teachers and reviewers are named apart: the same id may mean two people.
        """
        known = self.known_person_key(person_id, role=role)
        if known is not None:
            return known
        key = int(self.connection.execute("SELECT COALESCE(MAX(person_key), 0) + 1 FROM people").fetchone()[0])
        self.append("person", {"role": role}, person_key=key, private={"person_id": person_id})
        self.connection.execute("INSERT INTO people VALUES (?, ?, ?)", (key, role, person_id))
        return key

    def known_person_key(self, person_id: str, *, role: str) -> int | None:
        """Key of a person, or None for one whom the ledger has not met."""
        found = self.connection.execute(
            "SELECT person_key FROM people WHERE role = ? AND person_id = ?", (role, person_id)
        ).fetchone()
        return None if found is None else int(found[0])

    def submission(self, submission_id: str) -> SubmissionRow:
        """Find a submission.

        Raises
        ------
        LedgerError
            If the ledger holds no suggestion for it.
        """
        found = self.find_submission(submission_id)
        if found is None:
            raise LedgerError(
                f"submission {submission_id!r}: the ledger holds no suggestion for it; "
                "append its Suggestion first, or mend the id."
            )
        return found

    def find_submission(self, submission_id: str) -> SubmissionRow | None:
        """Find a submission, or None."""
        columns = ", ".join(SubmissionRow._fields)
        found = self.connection.execute(
            f"SELECT {columns} FROM submissions WHERE submission_id = ?", (submission_id,)
        ).fetchone()
        return None if found is None else SubmissionRow(*found)

    def submission_of_key(self, submission_key: int) -> SubmissionRow:
        """Return the submission of that key."""
        columns = ", ".join(SubmissionRow._fields)
        return SubmissionRow(
            *self.connection.execute(
                f"SELECT {columns} FROM submissions WHERE submission_key = ?", (submission_key,)
            ).fetchone()
        )

    def rubric(self, digest: str) -> Rubric:
        """Return the rubric of that digest.

        Raises
        ------
        LedgerError
            If it was not added to the ledger.
        """
        found = self.connection.execute("SELECT sequence FROM rubrics WHERE digest = ?", (digest,)).fetchone()
        if found is None:
            raise LedgerError(f"the ledger does not know the rubric with digest {digest}; call add_rubric first.")
        if digest not in self._rubrics:
            self._rubrics[digest] = Rubric.model_validate(self.body(found[0])["rubric"])
        return self._rubrics[digest]

    def rubric_of(self, submission: SubmissionRow) -> Rubric:
        """Return the rubric that a submission's latest suggestion speaks of."""
        return self.rubric(submission.rubric)


def pack(content: bytes) -> bytes:
    """Store private content: a byte that says how, then the content, compressed where that is worth it.

    Examples
    --------
    >>> unpack(pack(b"short")), len(pack(b"a" * 5000)) < 100
    (b'short', True)
    """
    return b"z" + zlib.compress(content, 6) if len(content) > _WORTH_PACKING else b"p" + content


def unpack(stored: bytes) -> bytes:
    """Undo ``pack``.

    Raises
    ------
    LedgerError
        If the content is damaged.
    """
    if stored[:1] == b"p":
        return stored[1:]
    try:
        return zlib.decompress(stored[1:])
    except zlib.error:
        raise LedgerError("private content is damaged; restore the ledger from a backup.") from None


def _event(row: tuple[Any, ...]) -> Event:
    *fields, body, stored, digest = row
    private = None if stored is None else json.loads(unpack(stored))
    return Event._make((*fields, json.loads(body), private, bytes(digest).hex()))
