"""Forgetting one teacher: texts and names go everywhere, the counts and the proof stay."""

import contextlib
import secrets
import sqlite3
from collections.abc import Callable, Sequence

from reviewkit.errors import LedgerError
from reviewkit.records import Record
from reviewkit.records.base import Identifier
from reviewkit.review.journal import Journal
from reviewkit.review.ledger import ReviewLedger
from reviewkit.review.suggestions import parts_of

_CHECKPOINT_SECONDS = 5.0


class ToForget(Record):
    """What other stores must let go of: handed to each hook before the ledger lets go itself.

    Attributes
    ----------
    submission_ids : tuple of str
        The teacher's submissions, by the ids under which other stores may know them.
    texts : tuple of str
        Every text of theirs that the ledger holds: a cache of sentence vectors finds its sentences in them.
    """

    teacher_id: Identifier
    submission_ids: tuple[Identifier, ...]
    texts: tuple[str, ...]


class Forgotten(Record):
    """What was forgotten.

    Attributes
    ----------
    pseudonym : str
        What the teacher is called from now on, so that their submissions still count as one teacher's.
    n_submissions, n_events : int
        Submissions renamed; events whose texts and names were deleted.
    log_cleared : bool
        The file's log, which still holds old pages, was emptied. False: another process was reading; call
        ``clear_log`` when it is done.
    """

    pseudonym: str
    n_submissions: int
    n_events: int
    log_cleared: bool


Hook = Callable[[ToForget], object]


def forget_teacher(
    ledger: ReviewLedger, teacher_id: str, *, hooks: Sequence[Hook] = (), reviewer_id: str | None = None
) -> Forgotten:
    """Remove a teacher's texts and names from the ledger, and tell other stores to do the same.

    The chain commits to texts and names by salted hashes; these are deleted together with their salts, so the chain
    still verifies and nothing can be guessed from what stays: levels, numbers, codes, times and who rated.

    Parameters
    ----------
    ledger : ReviewLedger
    teacher_id : str
    hooks : sequence of callable, keyword-only
        Each is called with a ``ToForget`` first; if one raises, the ledger keeps everything, so that the call can be
        made again.
    reviewer_id : str, optional
        The teacher's id as a reviewer, where they review too: that name becomes a pseudonym as well.

    Returns
    -------
    Forgotten

    Raises
    ------
    LedgerError
        If the ledger knows no such teacher or reviewer.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, ReviewLedger.open(f"{folder}/new.ledger", create=True) as ledger:
    ...     forget_teacher(ledger, "t1")
    Traceback (most recent call last):
    reviewkit.errors.LedgerError: teacher 't1': the ledger knows no such teacher; mend the id. Nothing was changed.
    """
    with ledger.file.writing() as connection:
        journal = ledger.journal(connection)
        people = [_known(journal, teacher_id, role="teacher")]
        people += [] if reviewer_id is None else [_known(journal, reviewer_id, role="reviewer")]
        to_forget = _to_forget(journal, teacher_id, teacher_key=people[0])
        for hook in hooks:
            hook(to_forget)
        pseudonym = f"forgotten-{secrets.token_hex(6)}"
        n_events = _delete_private(journal, people, pseudonym=pseudonym)
        _rename(journal, people, pseudonym=pseudonym)
    return Forgotten(
        pseudonym=pseudonym,
        n_submissions=len(to_forget.submission_ids),
        n_events=n_events,
        log_cleared=clear_log(ledger),
    )


def clear_log(ledger: ReviewLedger, *, seconds: float = _CHECKPOINT_SECONDS) -> bool:
    """Move the log into the file and empty it; False if others kept reading for that long."""
    with ledger.file.outside_transactions() as connection, contextlib.suppress(sqlite3.OperationalError):
        patience = connection.execute("PRAGMA busy_timeout").fetchone()[0]
        connection.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")
        try:
            return not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            connection.execute(f"PRAGMA busy_timeout = {patience}")
    return False


def _known(journal: Journal, person_id: str, *, role: str) -> int:
    key = journal.known_person_key(person_id, role=role)
    if key is None:
        raise LedgerError(f"{role} {person_id!r}: the ledger knows no such {role}; mend the id. Nothing was changed.")
    return key


def _to_forget(journal: Journal, teacher_id: str, *, teacher_key: int) -> ToForget:
    keys = journal.connection.execute(
        "SELECT submission_key FROM submissions WHERE teacher_key = ? ORDER BY submission_key", (teacher_key,)
    ).fetchall()
    submissions = [journal.submission_of_key(key) for (key,) in keys]
    return ToForget(
        teacher_id=teacher_id,
        submission_ids=tuple(one.submission_id for one in submissions),
        texts=tuple(part.text for one in submissions for part in parts_of(journal, one)),
    )


def _delete_private(journal: Journal, people: list[int], *, pseudonym: str) -> int:
    connection, places = journal.connection, ", ".join("?" * len(people))
    found = connection.execute(
        "SELECT x.sequence FROM private x JOIN events e USING (sequence) "
        "LEFT JOIN submissions s USING (submission_key) "
        f"WHERE s.teacher_key = ? OR (e.kind = 'person' AND e.person_key IN ({places})) ORDER BY x.sequence",
        (people[0], *people),
    )
    sequences = [sequence for (sequence,) in found]
    journal.append("forget", {"sequences": sequences, "pseudonym": pseudonym}, person_key=people[0])
    connection.executemany("INSERT INTO forgotten VALUES (?)", [(one,) for one in sequences])
    connection.executemany("DELETE FROM private WHERE sequence = ?", [(one,) for one in sequences])
    return len(sequences)


def _rename(journal: Journal, people: list[int], *, pseudonym: str) -> None:
    connection = journal.connection
    connection.executemany("UPDATE people SET person_id = ? WHERE person_key = ?", [(pseudonym, key) for key in people])
    connection.execute(
        "UPDATE submissions SET submission_id = ? || '-' || submission_key WHERE teacher_key = ?",
        (pseudonym, people[0]),
    )
