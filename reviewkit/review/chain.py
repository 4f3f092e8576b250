"""The hash chain: each event's digest covers the event and the digest before it."""

import hashlib
from typing import NamedTuple

from reviewkit.records import canonical_json

FIRST_DIGEST = bytes(32)


class EventRow(NamedTuple):
    """An event as the table holds it, up to its digest.

    Attributes
    ----------
    sequence : int
        From 1, without a gap. It alone says what came first; ``at`` is what the clock said.
    body : str
        Canonical JSON: levels, numbers and codes, never a text or a name of the teacher.
    commitment : bytes or None
        Salted SHA-256 of the event's private content; None where it has none.
    """

    sequence: int
    kind: str
    at: str
    version: str
    submission_key: int | None
    person_key: int | None
    criterion_id: str | None
    body: str
    commitment: bytes | None


def event_digest(previous: bytes, row: EventRow) -> bytes:
    """Digest of an event: SHA-256 over the digest before it and the event's own fields in canonical JSON.

    Examples
    --------
    >>> row = EventRow(1, "view", "2026-01-05T08:00:00+00:00", "0.1.0", 1, 2, None, "{}", None)
    >>> event_digest(FIRST_DIGEST, row) == event_digest(FIRST_DIGEST, row._replace(person_key=3))
    False
    """
    commitment = None if row.commitment is None else row.commitment.hex()
    return hashlib.sha256(previous + canonical_json([*row[:-1], commitment])).digest()


def commitment_to(salt: bytes, content: bytes) -> bytes:
    """Commit to private content: once salt and content are deleted, nothing can be guessed from what stays.

    Examples
    --------
    >>> commitment_to(b"one salt", b"text") == commitment_to(b"another salt", b"text")
    False
    """
    return hashlib.sha256(len(salt).to_bytes(4, "big") + salt + content).digest()
