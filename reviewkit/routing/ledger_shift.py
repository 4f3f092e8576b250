"""A ledger's texts of today against earlier ones, or against the texts that a certificate was drawn from."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import ArrayLike

from reviewkit.errors import SettingsError
from reviewkit.records import Part
from reviewkit.review.ledger import ReviewLedger
from reviewkit.routing.shift import ShiftSettings, ShiftTest, no_test, text_shift

TeacherTexts = tuple[str, tuple[Part, ...]]
Vectors = Callable[[Sequence[tuple[Part, ...]]], ArrayLike]


def ledger_shift(
    ledger: ReviewLedger,
    vectors: Vectors,
    *,
    since: datetime | None = None,
    reference: Iterable[TeacherTexts] | None = None,
    settings: ShiftSettings | None = None,
) -> ShiftTest:
    """Test whether the texts that come in now are of the population that came before.

    Parameters
    ----------
    ledger : ReviewLedger
        It holds the texts, those of forgotten teachers excepted.
    vectors : callable
        Takes the parts of many submissions and gives a vector each, as ``ReviewEngine.text_vectors`` does.
    since : datetime, optional
        With its zone. Submissions that came into the ledger from then on are the current ones; left out, all are.
    reference : iterable of (str, tuple of Part), optional
        Teacher and texts of the submissions that a certificate was drawn from. Left out, those that came into the
        ledger before ``since``.
    settings : ShiftSettings, optional

    Returns
    -------
    ShiftTest
        One random submission of each teacher; teachers of the reference are left out of the current ones.

    Raises
    ------
    SettingsError
        If neither ``since`` nor ``reference`` says what is held against what, or ``since`` has no zone.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, ReviewLedger.open(f"{folder}/new.ledger", create=True) as ledger:
    ...     ledger_shift(ledger, lambda texts: [[0.0]] * len(texts), reference=[]).reason
    'fewer than two teachers on a side'
    """
    if since is None and reference is None:
        raise SettingsError("nothing to compare: give since=, a day to part the ledger at, or reference=, other texts.")
    if since is not None and since.tzinfo is None:
        raise SettingsError(f"since is {since.isoformat()}, which has no zone; give one like datetime.now(UTC).")
    chosen = settings or ShiftSettings()
    kept = _kept(ledger)
    before = list(reference) if reference is not None else [row for at, row in kept if since is None or at < since]
    known = {teacher for teacher, _ in before}
    current = [row for at, row in kept if (since is None or at >= since) and row[0] not in known]
    generator = np.random.default_rng(chosen.seed)
    then, now = (_one_each(rows, ledger, n=chosen.max_teachers, generator=generator) for rows in (before, current))
    if min(len(then), len(now)) < 2:
        return no_test(len(then), len(now), reason="fewer than two teachers on a side")
    return text_shift(vectors(then), vectors(now), settings=chosen)


def _kept(ledger: ReviewLedger) -> list[tuple[datetime, tuple[str, str]]]:
    """When each submission came into the ledger, its teacher and its id; without those whose texts were forgotten."""
    with ledger.file.reading() as connection:
        found = connection.execute(
            "SELECT e.at, p.person_id, s.submission_id FROM events e JOIN private USING (sequence) "
            "JOIN submissions s USING (submission_key) JOIN people p ON p.person_key = s.teacher_key "
            "WHERE e.kind = 'submission' ORDER BY e.sequence"
        )
        return [(datetime.fromisoformat(at), (teacher, name)) for at, teacher, name in found]


def _one_each(
    rows: Sequence[tuple[str, str | tuple[Part, ...]]], ledger: ReviewLedger, *, n: int, generator: np.random.Generator
) -> list[tuple[Part, ...]]:
    """Return the texts of one random submission of each teacher, of ``n`` teachers at most; nothing else is read."""
    drawn = {rows[at][0]: rows[at][1] for at in generator.permutation(len(rows))}
    texts = (ledger.parts(one) if isinstance(one, str) else one for one in list(drawn.values())[:n])
    return [parts for parts in texts if parts]
