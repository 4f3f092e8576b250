"""The ledger's file: made whole, checked when opened, one writer at a time, and SQLite's faults in plain words."""

import contextlib
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reviewkit.errors import LedgerError
from reviewkit.review.schema import APPLICATION_ID, FORMAT_NUMBER, create_tables

BUSY_SECONDS = 60.0
_SQLITE_HEADER = b"SQLite format 3\x00"


class LedgerFile:
    """One process's way to a ledger file; threads take turns, and a forked child opens its own connection.

    Parameters
    ----------
    path : Path
        A ledger that stands already.
    busy_seconds : float, keyword-only
        How long to wait while another process writes.
    """

    def __init__(self, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = path
        self._busy_seconds = busy_seconds
        self._turn = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._owner = os.getpid()
        self._inherited: list[sqlite3.Connection] = []
        self._depth = 0
        with self.reading():
            pass

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Hold one unmoving picture of the ledger, beside whatever others write."""
        with self._turn, told_plainly(self.path):
            connection = self._connected()
            if self._depth:
                yield connection
                return
            with self._transaction(connection, "BEGIN"):
                yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the one right to write; everything inside is kept together, or nothing of it."""
        with self._turn, told_plainly(self.path):
            connection = self._connected()
            if not self._depth:
                with self._transaction(connection, "BEGIN IMMEDIATE"):
                    yield connection
                return
            connection.execute("SAVEPOINT inner")
            try:
                yield connection
                connection.execute("RELEASE inner")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK TO inner")
                    connection.execute("RELEASE inner")
                raise

    @contextmanager
    def outside_transactions(self) -> Iterator[sqlite3.Connection]:
        """Hold the bare connection, for what SQLite does only outside a transaction."""
        with self._turn, told_plainly(self.path):
            yield self._connected()

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        with self._turn:
            if self._connection is not None and self._owner == os.getpid():
                self._connection.close()
            self._connection = None

    @contextmanager
    def _transaction(self, connection: sqlite3.Connection, begin: str) -> Iterator[None]:
        connection.execute(begin)
        self._depth = 1
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
        finally:
            self._depth = 0

    def _connected(self) -> sqlite3.Connection:
        if self._owner != os.getpid():
            # A connection that came through a fork must be neither used nor closed: closing drops the parent's locks.
            self._inherited += [self._connection] if self._connection is not None else []
            self._connection, self._owner, self._depth = None, os.getpid(), 0
        if self._connection is None:
            check_header(self.path)
            self._connection = _connect(self.path, busy_seconds=self._busy_seconds)
        return self._connection


def create_ledger_file(path: Path, *, about: dict[str, str]) -> None:
    """Lay out a new ledger under another name and link it into place: it is there whole, or not at all.

    Where another process was faster, its ledger stays.
    """
    _make_folder(path)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.unfinished")
    try:
        with told_plainly(path):
            connection = sqlite3.connect(unfinished, isolation_level=None)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                create_tables(connection)
                connection.executemany("INSERT INTO about VALUES (?, ?)", about.items())
            finally:
                connection.close()
        _put_in_place(unfinished, path)
    finally:
        for leftover in (unfinished, *(unfinished.with_name(unfinished.name + end) for end in ("-wal", "-shm"))):
            leftover.unlink(missing_ok=True)


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise LedgerError(f"{path}: its folder cannot be made ({fault.strerror}); check the path.") from None


def _put_in_place(unfinished: Path, path: Path) -> None:
    with contextlib.suppress(FileExistsError):
        try:
            path.hardlink_to(unfinished)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links; then the last of two makers at the same moment wins
            if not path.exists():
                unfinished.rename(path)


def check_header(path: Path) -> None:
    """Say what is wrong with a file that is no ledger of this format, before SQLite touches it.

    Raises
    ------
    LedgerError
        If there is no file, or it is empty, no ledger, newer, or shorter than it says.
    """
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError:
        raise LedgerError(f"{path}: there is no such ledger; check the path, or make one with create=True.") from None
    except OSError as fault:
        raise LedgerError(f"{path}: cannot be read ({fault.strerror}); check the path.") from None
    if not header:
        raise LedgerError(f"{path}: is empty, but a ledger never is; restore it from a backup, or remove the file.")
    if not header.startswith(_SQLITE_HEADER) or int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise LedgerError(f"{path}: is no reviewkit ledger; check the path. The file was left as it is.")
    number = int.from_bytes(header[60:64], "big")
    if number > FORMAT_NUMBER:
        raise LedgerError(
            f"{path}: has ledger format {number}, but this reviewkit knows formats up to {FORMAT_NUMBER}; "
            "upgrade reviewkit. The file was left as it is."
        )
    _check_length(path, header)


def _check_length(path: Path, header: bytes) -> None:
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        return  # a checkpoint that was cut short is finished from the log, and the file may be short until then
    page_size = int.from_bytes(header[16:18], "big")
    wanted = (65536 if page_size == 1 else page_size) * int.from_bytes(header[28:32], "big")
    length = path.stat().st_size
    if length < wanted:
        raise LedgerError(
            f"{path}: is truncated: {length} bytes of {wanted}; restore it from a backup. The file was left as it is."
        )


def _connect(path: Path, *, busy_seconds: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    # FULL: the log is synced before an append returns, so that what was acknowledged outlives a power cut. With
    # NORMAL it would outlive a killed process only, and the order "rated, then shown" could be lost with the power.
    for pragma in ("synchronous = FULL", "secure_delete = ON", "trusted_schema = OFF", "cell_size_check = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


@contextmanager
def told_plainly(path: Path) -> Iterator[None]:
    """Turn SQLite's faults into LedgerErrors that say what holds and what to do."""
    try:
        yield
    except sqlite3.Error as fault:
        raise LedgerError(f"{path}: {_in_plain_words(fault)}") from fault


def _in_plain_words(fault: sqlite3.Error) -> str:
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return "the disk is full; nothing of this entry was kept and the ledger is sound. Free space and try again."
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return "another process has been writing for too long; nothing was kept. Try again when it is done."
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return f"is damaged ({fault}); restore it from a backup."
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH}:
        return f"cannot be opened for writing ({fault}); a ledger and its folder must be writable."
    if code == sqlite3.SQLITE_IOERR:
        return f"the disk failed ({fault}); nothing of this entry was kept. Check the disk and its free space."
    return f"refused: {fault}."
