"""Sentence vectors kept on disk, so that no sentence is encoded twice: a file of SQLite that processes share.

An entry is found by the SHA-256 of the very text that was encoded, and by who encoded it: encoder, library and kind of
processor. It carries a checksum; a damaged one is dropped and made anew. A cache that cannot be read or written costs
time, never a result: it falls silent after one warning.
"""

import hashlib
import os
import sqlite3
import threading
import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from reviewkit.records import Record

ENVIRONMENT = "REVIEWKIT_CACHE"
FILE = "vectors-1.sqlite"
_FORGET = "DELETE FROM vectors WHERE key >= ? AND key < ?"
Result = TypeVar("Result")
_ASKED_AT_ONCE = 500
_CHECKSUM_BYTES = 8
_TABLE = "CREATE TABLE IF NOT EXISTS vectors (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, entry BLOB NOT NULL)"


class CacheWarning(UserWarning):
    """The cache of sentence vectors cannot be used; results are the same, only later."""


class CacheSettings(Record):
    """How large the cache grows.

    Attributes
    ----------
    max_entries : int
        Vectors kept at most, the oldest leave first. A million of 384 numbers take about 1.7 GB.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cache = EmbeddingCache(folder, settings=CacheSettings(max_entries=1))
    ...     cache.put(b"encoder", {"Pupils lead.": np.float32([1]), "We wait.": np.float32([2])})
    ...     found = cache.get(b"encoder", ["Pupils lead.", "We wait."], dimension=1)
    ...     cache.close()
    >>> list(found)
    ['We wait.']
    """

    max_entries: int = Field(default=1_000_000, ge=1)


def cache_folder() -> Path | None:
    """Return what ``REVIEWKIT_CACHE`` names, or ``reviewkit`` among the user's caches; None where it is ``off``."""
    named = os.environ.get(ENVIRONMENT, "").strip()
    if named:
        return None if named.lower() == "off" else Path(named).expanduser()
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "reviewkit"


class EmbeddingCache:
    """Sentence vectors on disk. Threads may share one; so may processes, each with its own.

    Parameters
    ----------
    folder : Path or str
        Made where it is not there.
    settings : CacheSettings, keyword-only

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cache = EmbeddingCache(folder)
    ...     cache.put(b"encoder", {"Pupils lead.": np.float32([1, 2])})
    ...     found = cache.get(b"encoder", ["Pupils lead.", "We wait."], dimension=2)
    ...     cache.close()
    >>> found
    {'Pupils lead.': array([1., 2.], dtype=float32)}
    """

    def __init__(self, folder: Path | str, *, settings: CacheSettings = CacheSettings()) -> None:
        self.path = Path(folder) / FILE
        self.settings = settings
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0
        self._off = False

    def get(self, encoder: bytes, texts: Sequence[str], *, dimension: int) -> dict[str, NDArray[np.float32]]:
        """Return the vectors that are there and whole.

        Parameters
        ----------
        encoder : bytes
            Who encodes: encoder, library and kind of processor, hashed.
        texts : sequence of str
        dimension : int
        """
        by_key = {_key(encoder, text): text for text in texts}
        none: list[tuple[bytes, bytes]] = []
        entries = self._do(lambda connection: _entries(connection, list(by_key)), otherwise=none)
        vectors: dict[str, NDArray[np.float32]] = {}
        damaged: list[bytes] = []
        for key, entry in entries:
            vector = _vector(key, entry, dimension=dimension)
            if vector is None:
                damaged.append(key)
            else:
                vectors[by_key[key]] = vector
        if damaged:
            self._do(lambda connection: _drop(connection, damaged), otherwise=0)
        return vectors

    def put(self, encoder: bytes, vectors: dict[str, NDArray[np.float32]]) -> None:
        """Keep vectors; where the cache is full, the oldest leave."""
        rows = [_row(_key(encoder, text), vector) for text, vector in vectors.items()]
        bound = self.settings.max_entries

        def write(connection: sqlite3.Connection) -> None:
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT OR IGNORE INTO vectors (key, entry) VALUES (?, ?)", rows)
                connection.execute("DELETE FROM vectors WHERE id <= (SELECT max(id) FROM vectors) - ?", (bound,))

        self._do(write, otherwise=None)

    def forget(self, texts: Iterable[str]) -> int:
        """Remove the vectors of texts, whoever encoded them, and return how many; what they took is overwritten."""
        digests = [_text_digest(text) for text in texts]

        def delete(connection: sqlite3.Connection) -> int:
            n_removed = 0
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                for at in digests:
                    found = connection.execute(
                        "DELETE FROM vectors WHERE key >= ? AND key < ?", (at, at + b"\xff" * 17)
                    )
                    n_removed += found.rowcount
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return n_removed

        return self._do(delete, otherwise=0)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None

    def _do(self, work: Callable[[sqlite3.Connection], Result], *, otherwise: Result) -> Result:
        with self._lock:
            if self._off:
                return otherwise
            try:
                return work(self._open())
            except (sqlite3.DatabaseError, OSError) as error:
                if not _is_busy(error):
                    self._fall_silent(error)
            return otherwise

    def _open(self) -> sqlite3.Connection:
        if self._connection is None or self._process != os.getpid():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._process = os.getpid()
            self._connection = _opened(self.path)
        return self._connection

    def _fall_silent(self, error: Exception) -> None:
        self._off = True
        damaged = not isinstance(error, sqlite3.OperationalError | OSError)
        if damaged:
            for suffix in ("", "-wal", "-shm"):
                with suppress(OSError):
                    self.path.with_name(self.path.name + suffix).unlink()
        then = "it was removed and begins anew at the next start" if damaged else f"free it, or set {ENVIRONMENT}"
        warnings.warn(
            f"{self.path}: the cache of sentence vectors is not used ({error}); {then}. Results are the same, only "
            "later.",
            CacheWarning,
            stacklevel=2,
        )


def forget_texts(texts: Iterable[str], *, cut: Callable[[str], Iterable[str]]) -> int:
    """Remove a person's sentences from the cache that the environment names.

    Parameters
    ----------
    texts : iterable of str
        Whole texts, as the ledger kept them.
    cut : callable
        From a text to its segments, as they were encoded.

    Returns
    -------
    int
        Vectors removed.

    Examples
    --------
    >>> import tempfile
    >>> from unittest.mock import patch
    >>> with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, {ENVIRONMENT: folder}):
    ...     cache = EmbeddingCache(folder)
    ...     cache.put(b"encoder", {"Pupils lead.": np.float32([1]), "We wait.": np.float32([2])})
    ...     cache.close()
    ...     forget_texts(["Pupils lead./They know how."], cut=lambda text: text.split("/"))
    1
    """
    folder = cache_folder()
    if folder is None or not (folder / FILE).exists():
        return 0
    cache = EmbeddingCache(folder)
    n_removed = cache.forget(segment for text in texts for segment in cut(text))
    cache.close()
    return n_removed


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=10.0, check_same_thread=False, isolation_level=None)
    for pragma in ("page_size = 16384", "journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(_TABLE)
    return connection


def _entries(connection: sqlite3.Connection, keys: list[bytes]) -> list[tuple[bytes, bytes]]:
    found: list[tuple[bytes, bytes]] = []
    for at in range(0, len(keys), _ASKED_AT_ONCE):
        asked = keys[at : at + _ASKED_AT_ONCE]
        places = ",".join("?" * len(asked))
        question = f"SELECT key, CAST(entry AS BLOB) FROM vectors WHERE key IN ({places})"
        found += connection.execute(question, asked).fetchall()
    return found


def _drop(connection: sqlite3.Connection, keys: list[bytes]) -> int:
    return connection.executemany("DELETE FROM vectors WHERE key = ?", [(key,) for key in keys]).rowcount


def _row(key: bytes, vector: NDArray[np.float32]) -> tuple[bytes, bytes]:
    raw = np.ascontiguousarray(vector, dtype="<f4").tobytes()
    return key, raw + _checksum(key, raw)


def _vector(key: bytes, entry: object, *, dimension: int) -> NDArray[np.float32] | None:
    if not isinstance(entry, bytes) or len(entry) != 4 * dimension + _CHECKSUM_BYTES:
        return None
    raw, checksum = entry[:-_CHECKSUM_BYTES], entry[-_CHECKSUM_BYTES:]
    return np.frombuffer(raw, dtype="<f4") if _checksum(key, raw) == checksum else None


def _checksum(key: bytes, raw: bytes) -> bytes:
    return hashlib.blake2b(raw, key=key, digest_size=_CHECKSUM_BYTES).digest()


def _key(encoder: bytes, text: str) -> bytes:
    return _text_digest(text) + encoder


def _text_digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _is_busy(error: Exception) -> bool:
    return isinstance(error, sqlite3.OperationalError) and any(word in str(error) for word in ("locked", "busy"))
