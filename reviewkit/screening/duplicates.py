"""Near-duplicates: within a submission, with the teacher's earlier attempts, and across teachers."""

import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from reviewkit.checks import same_length
from reviewkit.records.finding import Finding
from reviewkit.records.submission import Submission
from reviewkit.screening.lexed import LexedPart

SHINGLE = 4
N_HASHES = 126
ROWS = 6
N_BANDS = N_HASHES // ROWS
_HASH_BITS = 32


class DuplicateSettings(BaseModel):
    """Bounds of how alike texts may be.

    Attributes
    ----------
    min_words : int
        Words below which texts are not compared.
    max_within : float
        Jaccard similarity of two parts of one submission.
    max_across : float
        Estimated Jaccard similarity with another teacher's part. The estimate's standard error is at most 0.045,
        so that a bound of 0.67 finds more than 98 % of the pairs that are at 0.8.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_words: int = Field(default=40, ge=SHINGLE)
    max_within: float = Field(default=0.7, ge=0, le=1)
    max_across: float = Field(default=0.67, ge=0, le=1)


_SETTINGS = DuplicateSettings()


def shingles(words: Sequence[str]) -> NDArray[np.uint64]:
    """Return the hashes of a text's runs of four words, each once.

    Examples
    --------
    >>> len(shingles("we ask and they wait and we ask and they wait".split()))
    6
    """
    codes = np.fromiter((zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words), np.uint64, len(words))
    if codes.size < SHINGLE:
        return np.unique(codes)
    mixed = np.zeros(codes.size - SHINGLE + 1, dtype=np.uint64)
    for at in range(SHINGLE):
        mixed = (mixed ^ codes[at : at + mixed.size]) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return np.unique(mixed)


def jaccard(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> float:
    """Return the share of shingles that two texts have in common, of all that either has; 0 where neither has any.

    Examples
    --------
    >>> jaccard(np.array([1, 2, 3], dtype=np.uint64), np.array([2, 3, 4], dtype=np.uint64))
    0.5
    """
    n_both = np.intersect1d(first, second, assume_unique=True).size
    n_either = first.size + second.size - n_both
    return n_both / n_either if n_either else 0.0


class MinHasher:
    """Makes signatures whose share of equal places estimates the Jaccard similarity of texts.

    Parameters
    ----------
    seed : int, keyword-only
        Signatures of different seeds do not compare.

    Notes
    -----
    Broder (1997), "On the resemblance and containment of documents". 126 places in 21 bands of 6: a pair at Jaccard 0.8
    shares a band with probability 0.998, a pair at 0.3 with probability 0.015.
    """

    def __init__(self, *, seed: int = 20_240_501) -> None:
        generator = np.random.default_rng(seed)
        self._factors = generator.integers(1, 1 << 63, N_HASHES, dtype=np.uint64) | np.uint64(1)
        self._terms = generator.integers(0, 1 << 63, N_HASHES, dtype=np.uint64)

    def signature(self, hashes: NDArray[np.uint64]) -> NDArray[np.uint32]:
        """Return the signature of a text's shingles.

        Parameters
        ----------
        hashes : ndarray of uint64, shape (n_shingles,)

        Returns
        -------
        ndarray of uint32, shape (126,)
            All ones where there are no shingles.
        """
        if hashes.size == 0:
            return np.full(N_HASHES, np.iinfo(np.uint32).max, dtype=np.uint32)
        mixed = hashes[:, None] * self._factors[None, :] + self._terms[None, :]
        least: NDArray[np.uint32] = (mixed >> np.uint64(_HASH_BITS)).astype(np.uint32).min(axis=0)
        return least


def estimated_jaccard(first: NDArray[np.uint32], second: NDArray[np.uint32]) -> float:
    """Return the share of equal places of two signatures, an unbiased estimate of their texts' Jaccard similarity."""
    same_length(first, second, names=("first", "second"))
    return float(np.mean(first == second))


def band_keys(signature: NDArray[np.uint32]) -> list[int]:
    """Return a key for each band of a signature; signatures that share one are worth comparing."""
    return [
        zlib.crc32(band.tobytes(), number) << 24 ^ zlib.adler32(band.tobytes()) ^ number
        for number, band in enumerate(signature.reshape(N_BANDS, ROWS))
    ]


class Match(NamedTuple):
    """An earlier text that is much alike.

    Attributes
    ----------
    submission_id, teacher_id, part : str
        Whose it was.
    similarity : float
        Estimated Jaccard similarity of their runs of four words.
    """

    submission_id: str
    teacher_id: str
    part: str
    similarity: float


class DuplicateIndex:
    """Remembers the signatures of earlier texts and finds those that a new one is much alike.

    It holds hashes, no text. It lives in an SQLite file, so that memory stays bounded however many texts it holds
    (about 1.4 kB of disk each); without a path it lives in memory and ends with the program.

    Parameters
    ----------
    path : Path or None, keyword-only
    settings : DuplicateSettings, keyword-only

    Examples
    --------
    >>> index = DuplicateIndex()
    >>> words = [f"word{number}" for number in range(60)]
    >>> index.add(words, submission_id="s1", teacher_id="t1", part="reflection")
    >>> [(match.submission_id, match.similarity) for match in index.matches(words)]
    [('s1', 1.0)]
    """

    def __init__(self, *, path: Path | None = None, settings: DuplicateSettings = _SETTINGS) -> None:
        self.settings = settings
        self._hasher = MinHasher()
        self._base = sqlite3.connect(":memory:" if path is None else str(path), isolation_level=None)
        self._base.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;"
            "CREATE TABLE IF NOT EXISTS text (id INTEGER PRIMARY KEY, submission TEXT, teacher TEXT, part TEXT, "
            "signature BLOB, UNIQUE (submission, part));"
            "CREATE TABLE IF NOT EXISTS band (key INTEGER, text INTEGER, PRIMARY KEY (key, text)) WITHOUT ROWID;"
        )

    def __len__(self) -> int:
        """Texts in the index."""
        return int(self._base.execute("SELECT count(*) FROM text").fetchone()[0])

    def add(self, words: Sequence[str], *, submission_id: str, teacher_id: str, part: str) -> None:
        """Remember a text by its words in small letters; one too short, or there already, changes nothing."""
        if len(words) >= self.settings.min_words:
            self.add_signature(
                self._hasher.signature(shingles(words)), submission_id=submission_id, teacher_id=teacher_id, part=part
            )

    def add_signature(self, signature: NDArray[np.uint32], *, submission_id: str, teacher_id: str, part: str) -> None:
        """Remember a text by its signature."""
        row = self._base.execute(
            "INSERT OR IGNORE INTO text (submission, teacher, part, signature) VALUES (?, ?, ?, ?)",
            (submission_id, teacher_id, part, signature.tobytes()),
        )
        if row.rowcount:
            keys = ((key, row.lastrowid) for key in set(band_keys(signature)))
            self._base.executemany("INSERT OR IGNORE INTO band VALUES (?, ?)", keys)

    def add_many(self, texts: Iterable[tuple[Sequence[str], str, str, str]]) -> None:
        """Remember many texts at once, all or none.

        Parameters
        ----------
        texts : iterable of tuple
            Words in small letters, submission_id, teacher_id and part of each.
        """
        with self._base:
            self._base.execute("BEGIN")
            for words, submission_id, teacher_id, part in texts:
                self.add(words, submission_id=submission_id, teacher_id=teacher_id, part=part)

    def matches(self, words: Sequence[str]) -> list[Match]:
        """Return earlier texts that are more alike than the bound, most alike first; none for a text too short."""
        if len(words) < self.settings.min_words:
            return []
        signature = self._hasher.signature(shingles(words))
        keys = sorted(set(band_keys(signature)))
        rows = self._base.execute(
            "SELECT DISTINCT submission, teacher, part, signature FROM text JOIN band ON band.text = text.id "
            f"WHERE band.key IN ({','.join('?' * len(keys))})",
            keys,
        )
        found = (
            Match(submission, teacher, part, estimated_jaccard(signature, np.frombuffer(blob, dtype=np.uint32)))
            for submission, teacher, part, blob in rows
        )
        alike = [match for match in found if match.similarity > self.settings.max_across]
        return sorted(alike, key=lambda match: (-match.similarity, match.submission_id, match.part))

    def findings(self, submission: Submission, parts: Sequence[LexedPart]) -> Iterator[Finding]:
        """Give ``"duplicate-of-other-teacher"`` (``"review"``) and ``"resubmitted-text"`` (``"note"``)."""
        for part in parts:
            matches = [one for one in self.matches(part.words) if one.submission_id != submission.submission_id]
            others = [one for one in matches if one.teacher_id != submission.teacher_id]
            if others:
                yield self._finding(part, others[0], "duplicate-of-other-teacher", "review", len(others))
            elif matches:
                yield self._finding(part, matches[0], "resubmitted-text", "note", len(matches))

    def _finding(self, part: LexedPart, match: Match, code: str, leads_to: str, n_matches: int) -> Finding:
        more = f" and {n_matches - 1} more" if n_matches > 1 else ""
        return Finding.model_validate(
            {
                "code": code,
                "leads_to": leads_to,
                "message": f"{part.named()} is about {match.similarity:.0%} the same as {match.part!r} of submission "
                f"{match.submission_id!r}{more}.",
                "part": part.part,
                "value": match.similarity,
                "bound": self.settings.max_across,
            }
        )

    def remember(self, submission: Submission, parts: Sequence[LexedPart]) -> None:
        """Remember the parts of a submission, all or none."""
        self.add_many((part.words, submission.submission_id, submission.teacher_id, part.part) for part in parts)

    def forget(self, submission_id: str) -> None:
        """Forget a submission."""
        with self._base:
            self._base.execute("BEGIN")
            where = "(SELECT id FROM text WHERE submission = ?)"
            self._base.execute(f"DELETE FROM band WHERE text IN {where}", (submission_id,))
            self._base.execute("DELETE FROM text WHERE submission = ?", (submission_id,))

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


def within_findings(parts: Sequence[LexedPart], *, settings: DuplicateSettings = _SETTINGS) -> Iterator[Finding]:
    """Give ``"duplicate-part"`` for each part that nearly repeats an earlier one of the same submission.

    It leads to ``"review"`` where the reflection is one of the two, else to a ``"note"``.
    """
    seen: list[tuple[LexedPart, NDArray[np.uint64]]] = []
    for part in parts:
        if len(part.words) < settings.min_words:
            continue
        hashes = shingles(part.words)
        for earlier, others in seen:
            if min(hashes.size, others.size) < settings.max_within * max(hashes.size, others.size):
                continue
            similarity = jaccard(hashes, others)
            if similarity > settings.max_within:
                yield Finding(
                    code="duplicate-part",
                    leads_to="review" if earlier.is_reflection or part.is_reflection else "note",
                    message=f"{part.named()} is {similarity:.0%} the same as {earlier.named()}.",
                    part=part.part,
                    value=similarity,
                    bound=settings.max_within,
                )
                break
        seen.append((part, hashes))
