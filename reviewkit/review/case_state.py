"""Where a submission's case stands, worked out from its events after each that changes it."""

from collections.abc import Iterable, Sequence

from reviewkit.records import Criterion, Rubric
from reviewkit.review.entries import Event
from reviewkit.review.journal import Journal, SubmissionRow

_TURNS = "'rating', 'adjudication', 'appeal', 'second-reading'"


def standing_ratings(ratings: Iterable[Event]) -> list[Event]:
    """Of each rater's ratings on a criterion keep the one that stands: the last blind one, or else the last.

    A blind rating may be corrected while the rater is still blind. What a rater says after having seen the suggestion
    never replaces what they said before.
    """
    standing: dict[tuple[str | None, str | None, str | None], Event] = {}
    for event in ratings:
        key = (event.submission_id, event.person_id, event.criterion_id)
        known = standing.get(key)
        if known is None or event.body["blind"] or not known.body["blind"]:
            standing[key] = event
    return sorted(standing.values(), key=lambda event: event.sequence)


def finished_readers(ratings: Iterable[Event], *, rubric: Rubric) -> set[str]:
    """Reviewers who have rated every criterion of the rubric."""
    rated: dict[str, set[str]] = {}
    for event in ratings:
        rated.setdefault(str(event.person_id), set()).add(str(event.criterion_id))
    return {reader for reader, criteria in rated.items() if criteria >= set(rubric.criterion_ids)}


def level_gap(ratings: Sequence[Event], *, criterion: Criterion) -> tuple[int, bool]:
    """How many levels apart the ratings lie, and whether the required level lies between them.

    A level beside a ``not-scorable`` counts as the widest gap there can be: one of the two has misread.
    """
    levels = [event.body["level"] for event in ratings]
    if not levels or None in levels:
        return (len(criterion.levels) if any(level is not None for level in levels) else 0), False
    indices = [criterion.level_index(level) for level in levels]
    required = criterion.required_index
    straddles = required is not None and min(indices) < required <= max(indices)
    return max(indices) - min(indices), straddles


def refresh_case(journal: Journal, submission_key: int) -> None:
    """Work out anew whether a case is open, who has read it, and on what its readers differ."""
    submission = journal.submission_of_key(submission_key)
    rubric = journal.rubric_of(submission)
    events = list(journal.events(f"e.submission_key = ? AND e.kind IN ({_TURNS})", (submission_key,)))
    ratings = [one for one in events if one.kind == "rating" and one.body["rubric"] == submission.rubric]
    readers = finished_readers(ratings, rubric=rubric)
    _store_case(journal, submission, rubric=rubric, events=events, n_read=len(readers))
    _store_readers(journal, submission_key, readers)
    settled = {one.criterion_id for one in events if one.kind == "adjudication"}
    _store_differences(journal, submission_key, ratings, rubric=rubric, settled=settled)


def _store_case(
    journal: Journal, submission: SubmissionRow, *, rubric: Rubric, events: list[Event], n_read: int
) -> None:
    body = journal.body(submission.suggestion)
    appeals = [one.sequence for one in events if one.kind == "appeal"]
    n_wanted = max(int(body["n_readings"]), 2 if any(one.kind == "second-reading" for one in events) else 1)
    if appeals:
        before = [one for one in events if one.kind == "rating" and one.sequence < appeals[-1]]
        n_wanted = max(n_wanted, len(finished_readers(before, rubric=rubric)) + 1)
    is_open = (body["route"] == "review" or bool(appeals)) and n_read < n_wanted
    order = (body[name] for name in ("due", "teaches", "disagreement"))
    row = (submission.submission_key, is_open, *order, n_wanted, n_read)
    journal.connection.execute("INSERT OR REPLACE INTO cases VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def _store_readers(journal: Journal, submission_key: int, readers: set[str]) -> None:
    for reader in sorted(readers):
        key = journal.known_person_key(reader, role="reviewer")
        journal.connection.execute("INSERT OR IGNORE INTO readings VALUES (?, ?)", (submission_key, key))
        journal.connection.execute(
            "DELETE FROM leases WHERE submission_key = ? AND kind = 'rating' AND person_key = ?", (submission_key, key)
        )


def _store_differences(
    journal: Journal, submission_key: int, ratings: list[Event], *, rubric: Rubric, settled: set[str | None]
) -> None:
    journal.connection.execute("DELETE FROM differences WHERE submission_key = ?", (submission_key,))
    blind = [event for event in standing_ratings(ratings) if event.body["blind"]]
    for criterion in rubric.criteria:
        if criterion.id not in settled:
            row = level_gap([one for one in blind if one.criterion_id == criterion.id], criterion=criterion)
            if row[0]:
                journal.connection.execute(
                    "INSERT INTO differences VALUES (?, ?, ?, ?)", (submission_key, criterion.id, *row)
                )
