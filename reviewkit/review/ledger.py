"""The ledger: what was suggested, seen and decided, in an order that can be proved."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from importlib import metadata
from pathlib import Path
from secrets import token_hex
from typing import Any, Self

from reviewkit.errors import LedgerError, OutputExistsError
from reviewkit.records import Part, Rating, ReviewRecord, Rubric
from reviewkit.review.appending import append_entry
from reviewkit.review.database import BUSY_SECONDS, LedgerFile, create_ledger_file, told_plainly
from reviewkit.review.entries import Entry, Event
from reviewkit.review.journal import Clock, Journal
from reviewkit.review.opinions import append_view, is_blind, unrated_criteria
from reviewkit.review.rated import RatedSuggestion, rated_suggestions, rating_of, standing_of, standing_sequences
from reviewkit.review.suggestions import join_review, parts_of
from reviewkit.review.verification import Head, Verification, verify_chain

_PAGE = 1000


def _utc_now() -> datetime:
    return datetime.now(UTC)


class ReviewLedger:
    """An append-only file of what was suggested, seen and decided; open it with ``ReviewLedger.open``.

    Several processes may append at once; each entry is on the disk before ``append`` returns, and outlives a killed
    process or a power cut. Nothing is ever changed; what a later entry settles, it settles by standing after.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> with ReviewLedger.open(Path(folder.name) / "ledger.db", create=True) as ledger:
    ...     ledger.verify().n_events
    0
    >>> folder.cleanup()
    """

    def __init__(self, file: LedgerFile, *, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._version = _library_version()
        self._rubrics: dict[str, Rubric] = {}

    @classmethod
    def open(
        cls, path: Path | str, *, create: bool = False, clock: Clock = _utc_now, busy_seconds: float = BUSY_SECONDS
    ) -> Self:
        """Open a ledger.

        Parameters
        ----------
        path : Path or str
            On a local disk: the log that lets readers and a writer work side by side needs one.
        create : bool
            Make it where none stands. A ledger that stands is opened and never emptied.
        clock : callable
            Gives the time of an event, with its zone. It may run backwards: the sequence says what came first.
        busy_seconds : float
            How long to wait while another process writes.

        Returns
        -------
        ReviewLedger

        Raises
        ------
        LedgerError
            If there is none, or the file is empty, truncated, damaged, newer, or no ledger.
        """
        path = Path(path)
        if create and not path.exists():
            create_ledger_file(path, about={"ledger_id": token_hex(16), "created_at": clock().isoformat()})
        return cls(LedgerFile(path, busy_seconds=busy_seconds), clock=clock)

    @property
    def path(self) -> Path:
        """Where the ledger lies."""
        return self._file.path

    @property
    def ledger_id(self) -> str:
        """The ledger's own random name; rating sheets carry it, so that they come back to the right one."""
        with self._file.reading() as connection:
            return str(connection.execute("SELECT value FROM about WHERE name = 'ledger_id'").fetchone()[0])

    def add_rubric(self, rubric: Rubric) -> None:
        """Make a rubric known; suggestions made under it can be appended from then on. Twice does no harm."""
        with self._file.writing() as connection:
            if connection.execute("SELECT 1 FROM rubrics WHERE digest = ?", (rubric.digest,)).fetchone() is None:
                body = {"digest": rubric.digest, "rubric": rubric.model_dump(mode="json")}
                sequence = self.journal(connection).append("rubric", body)
                connection.execute("INSERT INTO rubrics VALUES (?, ?)", (rubric.digest, sequence))

    def append(self, entry: Entry) -> int:
        """Append one entry, on the disk before this returns.

        Parameters
        ----------
        entry : Suggestion, Viewing, Rating, Override, Appeal, SecondReading or Alarm
            A ``Rating`` of role ``"adjudication"`` settles what others rated. Whether a rating is blind, the ledger
            says from its own record of who saw what.

        Returns
        -------
        int
            The event's sequence.

        Raises
        ------
        LedgerError
            If the entry contradicts the ledger or its rubric, or cannot be kept; then nothing of it is.
        """
        with self._file.writing() as connection:
            return append_entry(self.journal(connection), entry)

    def append_all(self, entries: Iterable[Entry]) -> int:
        """Append many entries together: all of them, or none. Return how many."""
        with self._file.writing() as connection:
            journal = self.journal(connection)
            return sum(1 for entry in entries if append_entry(journal, entry))

    def suggestion_for(self, submission_id: str, reviewer_id: str) -> ReviewRecord:
        """Show a reviewer the latest suggestion, once they have rated every criterion; the view is an event.

        Raises
        ------
        LedgerError
            If the reviewer has not rated every criterion yet.
        """
        with self._file.writing() as connection:
            journal = self.journal(connection)
            submission = journal.submission(submission_id)
            review = join_review(journal.event(submission.suggestion))
            left = unrated_criteria(journal, submission, reviewer_id=reviewer_id) if review.scores else []
            if left:
                raise LedgerError(
                    f"submission {submission_id!r}: {reviewer_id!r} has not rated {', '.join(left)} yet, and the "
                    "suggestion is shown only after; append those ratings first."
                )
            shown = "suggestion" if review.scores else "no-score"
            append_view(journal, submission, reviewer_id=reviewer_id, shown=shown)
            return review

    def show_suggestion(self, submission_id: str, reviewer_id: str, *, reason: str) -> ReviewRecord:
        """Show a reviewer the suggestion before they rate: their ratings from then on are not blind.

        Parameters
        ----------
        reason : str
            Why it is shown first, e.g. that the case was drawn into the shown arm of an anchoring study.
        """
        with self._file.writing() as connection:
            journal = self.journal(connection)
            submission = journal.submission(submission_id)
            append_view(journal, submission, reviewer_id=reviewer_id, shown="before-rating", where=reason)
            return join_review(journal.event(submission.suggestion))

    def is_blind(self, submission_id: str, reviewer_id: str) -> bool:
        """Whether a rating by that reviewer would be blind now."""
        with self._file.reading() as connection:
            journal = self.journal(connection)
            return is_blind(journal, journal.submission(submission_id), reviewer_id=reviewer_id)

    def parts(self, submission_id: str) -> tuple[Part, ...]:
        """Texts of a submission, as kept; none where none were given, or they were forgotten."""
        with self._file.reading() as connection:
            journal = self.journal(connection)
            return parts_of(journal, journal.submission(submission_id))

    def rubric(self, submission_id: str) -> Rubric:
        """Return the rubric under which a submission was last suggested on."""
        with self._file.reading() as connection:
            journal = self.journal(connection)
            return journal.rubric_of(journal.submission(submission_id))

    def reviews(self) -> Iterator[ReviewRecord]:
        """Every suggestion, in order: for programs that evaluate, not for reviewers; no view is kept."""
        return (join_review(event) for event in self.events() if event.kind == "suggestion")

    def ratings(self, *, rubric: str | None = None, blind_only: bool = False, forgotten: bool = True) -> list[Rating]:
        """Ratings that stand, and adjudications, in the order they came.

        Of a rater's ratings on a criterion the last blind one stands, or else the last. ``rated_at`` is the
        rater's own word, or else the time of the event.

        Parameters
        ----------
        rubric : str, optional
            Digest of the rubric; needed where the ledger holds ratings under several.
        blind_only : bool
            Leave out ratings, and adjudications, by people who had seen the suggestion.
        forgotten : bool
            Keep ratings of forgotten submissions, under their pseudonyms.
        """
        with self._file.reading() as connection:
            given = map(rating_of, standing_of(self.journal(connection), rubric=rubric, forgotten=forgotten))
            return [one for one in given if one.blind or not blind_only]

    def rated(self, *, rubric: str | None = None, forgotten: bool = True) -> Iterator[RatedSuggestion]:
        """Ratings that stand beside the suggestions they answer, with each draw's ``review_probability``; streamed."""
        with self._file.reading() as connection:
            sequences = standing_sequences(self.journal(connection), rubric=rubric, forgotten=forgotten)
        for start in range(0, len(sequences), _PAGE):
            with self._file.reading() as connection:
                page = list(rated_suggestions(self.journal(connection), sequences[start : start + _PAGE]))
            yield from page

    def events(self, *, after: int = 0) -> Iterator[Event]:
        """Every event after a sequence, up to the last one there is when reading begins."""
        last = self.head().sequence
        while after < last:
            with self._file.reading() as connection:
                within = (after, min(after + _PAGE, last))
                page = list(self.journal(connection).events("e.sequence > ? AND e.sequence <= ?", within))
            yield from page
            after = within[1]

    def counts(self) -> dict[str, int]:
        """How many events of each kind; forgetting a teacher changes none of them but ``forget``."""
        with self._file.reading() as connection:
            return dict(connection.execute("SELECT kind, COUNT(*) FROM events GROUP BY kind ORDER BY kind"))

    def head(self) -> Head:
        """Sequence and digest of the last event: kept elsewhere, they pin all that came before."""
        with self._file.reading() as connection:
            sequence, digest = self.journal(connection).head()
            return Head(sequence, digest.hex())

    def verify(self, *, head: Head | None = None) -> Verification:
        """Work out the whole chain again.

        Parameters
        ----------
        head : Head, optional
            A head from earlier, kept outside the ledger; with it, a ledger that was cut or written anew is found out.

        Raises
        ------
        LedgerError
            At the first event that was changed, is missing, or lost its private content without being forgotten.
        """
        with self._file.reading() as connection:
            return verify_chain(connection, head=head)

    def back_up(self, path: Path | str) -> None:
        """Copy the ledger, also while others write; copying the file alone would miss what is still in its log.

        Raises
        ------
        OutputExistsError
            If something stands at ``path``.
        """
        path = Path(path)
        if path.exists():
            raise OutputExistsError(f"{path}: stands already; name another file for the backup.")
        with self._file.outside_transactions() as connection, told_plainly(path):
            connection.execute("VACUUM INTO ?", (str(path),))

    def together(self) -> AbstractContextManager[Any]:
        """Keep everything appended inside the ``with`` together: all of it, or none."""
        return self._file.writing()

    def journal(self, connection: Any) -> Journal:
        """Open the events of a transaction: for the queue and the other files of this wing."""
        return Journal(connection, clock=self._clock, version=self._version, rubrics=self._rubrics)

    @property
    def file(self) -> LedgerFile:
        """The file underneath: for the queue and the other files of this wing."""
        return self._file

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self).open, clock=self._clock), (self.path,)


def _library_version() -> str:
    try:
        return metadata.version("reviewkit")
    except metadata.PackageNotFoundError:
        return "unknown"
