"""Near-duplicates: within a submission, with the teacher's earlier attempts, and across teachers."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from reviewkit.records.finding import Finding
from reviewkit.records.submission import Submission
from reviewkit.screening.lexed import LexedPart
from reviewkit.screening.minhash import SHINGLE, MinHasher, band_keys, estimated_jaccard, jaccard, shingles


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
    long = [part for part in parts if len(part.words) >= settings.min_words]
    for part in long if len(long) > 1 else ():
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
