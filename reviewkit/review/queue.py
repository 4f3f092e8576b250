"""The queue: who reads what next. It names cases and never scores, reasons or routes."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import Field

from reviewkit.records import Record
from reviewkit.records.base import Identifier
from reviewkit.review.journal import Journal
from reviewkit.review.ledger import ReviewLedger
from reviewkit.review.suggestions import NO_DUE_DATE

Kind = Literal["rating", "adjudication"]


class QueueSettings(Record):
    """How cases are handed out.

    Attributes
    ----------
    lease_hours : float
        How long a case is one reviewer's; then it may go to another. A rating that comes later is still kept.
    max_level_gap : int
        Blind ratings further apart than so many levels go to an adjudicator, whatever the required level.

    Examples
    --------
    >>> QueueSettings(lease_hours=2).max_level_gap
    1
    """

    lease_hours: float = Field(default=8.0, gt=0)
    max_level_gap: int = Field(default=1, ge=0)


class QueueCase(Record):
    """A submission that waits for a reviewer or an adjudicator. It says nothing of the score.

    Attributes
    ----------
    due : date or None
    criterion_ids : tuple of str
        What is to be rated: all criteria in a reading, those that differ in an adjudication.
    n_wanted, n_read : int or None
        Readings wanted and done. None in a case that is leased: a second one may be wanted because of the score.

    Examples
    --------
    >>> case = QueueCase(submission_id="s1", kind="rating", due=None, attempt=1, criterion_ids=("routines",),
    ...                  n_wanted=2, n_read=1)
    >>> case.n_wanted - case.n_read
    1
    """

    submission_id: Identifier
    kind: Kind
    due: date | None
    attempt: int
    criterion_ids: tuple[Identifier, ...]
    n_wanted: int | None
    n_read: int | None


_ALIVE = "l.submission_key = c.submission_key AND l.kind = :kind AND ABS(:now - l.leased_at) < l.seconds"
_WAITING = {
    "rating": "c.is_open",
    "adjudication": (
        "c.submission_key IN (SELECT submission_key FROM differences WHERE gap > :max_level_gap OR straddles)"
    ),
}
_LEFT = {
    "rating": f"c.n_read + (SELECT COUNT(*) FROM leases l WHERE {_ALIVE} AND l.person_key <> :me) < c.n_wanted",
    "adjudication": f"NOT EXISTS (SELECT 1 FROM leases l WHERE {_ALIVE} AND l.person_key <> :me)",
}
_NOT_MINE_YET = {
    "rating": "NOT EXISTS (SELECT 1 FROM readings r WHERE r.submission_key = c.submission_key AND r.person_key = :me)",
    "adjudication": (
        "NOT EXISTS (SELECT 1 FROM events e WHERE e.submission_key = c.submission_key AND e.kind = 'rating' "
        "AND e.person_key = :me)"
    ),
}
_HELD = (
    "c.submission_key IN (SELECT l.submission_key FROM leases l "
    "WHERE l.person_key = :me AND l.kind = :kind AND ABS(:now - l.leased_at) < l.seconds)"
)


class ReviewQueue:
    """Hands out the ledger's open cases: by day due, then by what a reading teaches, then by expected disagreement.

    Parameters
    ----------
    ledger : ReviewLedger
    settings : QueueSettings, optional

    Notes
    -----
    A lease lives while the clock is within ``lease_hours`` of the moment it was given, before or after: a clock that
    jumps cannot lock a case for ever.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, ReviewLedger.open(f"{folder}/new.ledger", create=True) as ledger:
    ...     ReviewQueue(ledger).lease("r-03")
    []
    """

    def __init__(self, ledger: ReviewLedger, settings: QueueSettings | None = None) -> None:
        self._ledger = ledger
        self._settings = settings or QueueSettings()

    def waiting(self, *, kind: Kind = "rating", n_cases: int = 1000) -> list[QueueCase]:
        """List waiting cases in order, leased or not."""
        with self._ledger.file.reading() as connection:
            journal = self._ledger.journal(connection)
            return [self._case(journal, kind, key) for key in self._find(journal, kind, [], me=None, n_cases=n_cases)]

    def lease(self, reviewer_id: str, *, kind: Kind = "rating", n_cases: int = 1) -> list[QueueCase]:
        """Give a reviewer the next cases: those they hold already first, then new ones.

        Two reviewers never hold the same reading. A reviewer never gets a case that they have read, nor an
        adjudication of their own rating.

        Returns
        -------
        list of QueueCase
            Fewer than ``n_cases``, or none, where nothing more waits for this reviewer.
        """
        with self._ledger.file.writing() as connection:
            journal = self._ledger.journal(connection)
            me = journal.person_key(reviewer_id, role="reviewer")
            held = self._find(journal, kind, [_HELD], me=me, n_cases=n_cases)
            free = [f"NOT {_HELD}", _LEFT[kind], _NOT_MINE_YET[kind]]
            new = self._find(journal, kind, free, me=me, n_cases=n_cases - len(held))
            lease = (kind, me, journal.now().timestamp(), self._settings.lease_hours * 3600)
            connection.executemany(
                "INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?, ?)", [(key, *lease) for key in new]
            )
            cases = (self._case(journal, kind, key) for key in (*held, *new))
            return [case.model_copy(update={"n_wanted": None, "n_read": None}) for case in cases]

    def give_back(self, submission_id: str, reviewer_id: str) -> None:
        """Let go of a case before its lease ends; nothing happens where it is not held.

        Raises
        ------
        LedgerError
            If the ledger does not know the submission.
        """
        with self._ledger.file.writing() as connection:
            journal = self._ledger.journal(connection)
            key = journal.submission(submission_id).submission_key
            me = journal.known_person_key(reviewer_id, role="reviewer")
            connection.execute("DELETE FROM leases WHERE submission_key = ? AND person_key = ?", (key, me))

    def _find(self, journal: Journal, kind: Kind, also: Sequence[str], *, me: int | None, n_cases: int) -> list[int]:
        where = " AND ".join((_WAITING[kind], *also))
        found = journal.connection.execute(
            f"SELECT c.submission_key FROM cases c WHERE {where} "
            "ORDER BY c.due, c.teaches DESC, c.disagreement DESC, c.submission_key LIMIT :n_cases",
            {
                "kind": kind,
                "now": journal.now().timestamp(),
                "me": me,
                "max_level_gap": self._settings.max_level_gap,
                "n_cases": max(n_cases, 0),
            },
        )
        return [key for (key,) in found]

    def _case(self, journal: Journal, kind: Kind, key: int) -> QueueCase:
        submission = journal.submission_of_key(key)
        due, n_wanted, n_read = journal.connection.execute(
            "SELECT due, n_wanted, n_read FROM cases WHERE submission_key = ?", (key,)
        ).fetchone()
        criterion_ids = journal.rubric_of(submission).criterion_ids
        if kind == "adjudication":
            differing = journal.connection.execute(
                "SELECT criterion_id FROM differences WHERE submission_key = ? AND (gap > ? OR straddles)",
                (key, self._settings.max_level_gap),
            )
            among = {criterion_id for (criterion_id,) in differing}
            criterion_ids = tuple(one for one in criterion_ids if one in among)
        return QueueCase(
            submission_id=submission.submission_id,
            kind=kind,
            due=None if due == NO_DUE_DATE else date.fromisoformat(due),
            attempt=submission.attempt,
            criterion_ids=criterion_ids,
            n_wanted=n_wanted,
            n_read=n_read,
        )
