"""What people say of a submission: ratings, adjudications, overrides, appeals, and what they had seen before."""

from typing import Any

from reviewkit.errors import LedgerError
from reviewkit.records import Criterion, Rating, Rubric, level_text
from reviewkit.review.case_state import refresh_case
from reviewkit.review.entries import Appeal, Event, Override, Viewing
from reviewkit.review.journal import Journal, SubmissionRow


def append_rating(journal: Journal, rating: Rating) -> int:
    """Append a rating or an adjudication; whether it is blind, the ledger says.

    A rater who owns up to having seen the score (``blind=False``) is taken at their word: a view is appended first.
    Nobody is taken at their word for not having seen it.
    """
    where = _where(rating.submission_id, rating.criterion_id)
    if rating.role == "constructed":
        raise LedgerError(f"{where}: is a constructed level, but a ledger keeps what people rated; leave it out.")
    submission = journal.submission(rating.submission_id)
    rubric = journal.rubric_of(submission)
    _check_level(where, _criterion(where, rubric, rating.criterion_id), rating.level)
    if rating.role == "adjudication":
        _check_adjudication(journal, submission, rating, where=where)
    person = journal.person_key(rating.rater_id, role="reviewer")
    if not rating.blind and is_blind(journal, submission, reviewer_id=rating.rater_id):
        append_view(journal, submission, reviewer_id=rating.rater_id, shown="declared")
    body = {
        "level": None if rating.level is None else _whole(rating.level),
        "outcome": rating.outcome,
        "blind": is_blind(journal, submission, reviewer_id=rating.rater_id),
        "suggestion": submission.suggestion,
        "rubric": submission.rubric,
        "rated_at": None if rating.rated_at is None else rating.rated_at.isoformat(),
    }
    sequence = journal.append(
        rating.role,
        body,
        submission_key=submission.submission_key,
        person_key=person,
        criterion_id=rating.criterion_id,
        private=None if rating.rationale is None else {"rationale": rating.rationale},
    )
    refresh_case(journal, submission.submission_key)
    return sequence


def append_viewing(journal: Journal, entry: Viewing) -> int:
    """Append a view that happened outside the ledger."""
    submission = journal.submission(entry.submission_id)
    return append_view(journal, submission, reviewer_id=entry.reviewer_id, shown="outside", where=entry.where)


def append_view(
    journal: Journal, submission: SubmissionRow, *, reviewer_id: str, shown: str, where: str | None = None
) -> int:
    """Append that a reviewer saw something of a submission: ``shown`` says what."""
    return journal.append(
        "view",
        {"shown": shown, "suggestion": submission.suggestion},
        submission_key=submission.submission_key,
        person_key=journal.person_key(reviewer_id, role="reviewer"),
        private=None if where is None else {"where": where},
    )


def is_blind(journal: Journal, submission: SubmissionRow, *, reviewer_id: str) -> bool:
    """Whether the ledger holds no view of that submission's score by that reviewer."""
    views = journal.events(
        "e.submission_key = ? AND e.kind = 'view' AND p.person_id = ?", (submission.submission_key, reviewer_id)
    )
    return all(event.body["shown"] == "no-score" for event in views)


def append_override(journal: Journal, entry: Override) -> int:
    """Append an override, with its reason."""
    where = _where(entry.submission_id, entry.criterion_id)
    if not entry.reason.strip():
        raise LedgerError(f"{where}: the override by {entry.reviewer_id!r} gives no reason; say why in a sentence.")
    submission = journal.submission(entry.submission_id)
    _check_level(where, _criterion(where, journal.rubric_of(submission), entry.criterion_id), entry.level)
    return journal.append(
        "override",
        {"level": _whole(entry.level), "suggestion": submission.suggestion},
        submission_key=submission.submission_key,
        person_key=journal.person_key(entry.reviewer_id, role="reviewer"),
        criterion_id=entry.criterion_id,
        private={"reason": entry.reason},
    )


def append_appeal(journal: Journal, entry: Appeal) -> int:
    """Append an appeal; the case is open again for one more reader."""
    submission = journal.submission(entry.submission_id)
    if entry.criterion_id is not None:
        where = _where(entry.submission_id, entry.criterion_id)
        _criterion(where, journal.rubric_of(submission), entry.criterion_id)
    sequence = journal.append(
        "appeal",
        {"suggestion": submission.suggestion},
        submission_key=submission.submission_key,
        criterion_id=entry.criterion_id,
        private={"raised_by": entry.raised_by, "text": entry.text},
    )
    refresh_case(journal, submission.submission_key)
    return sequence


def unrated_criteria(journal: Journal, submission: SubmissionRow, *, reviewer_id: str) -> list[str]:
    """Criteria that a reviewer has not rated yet, in the rubric's order."""
    rubric = journal.rubric_of(submission)
    own = _of_submission(journal, submission, kind="rating", reviewer_id=reviewer_id)
    rated = {event.criterion_id for event in own if event.body["rubric"] == submission.rubric}
    return [criterion_id for criterion_id in rubric.criterion_ids if criterion_id not in rated]


def _of_submission(
    journal: Journal, submission: SubmissionRow, *, kind: str, reviewer_id: str | None = None
) -> list[Event]:
    events = journal.events("e.submission_key = ? AND e.kind = ?", (submission.submission_key, kind))
    return [event for event in events if reviewer_id in {None, event.person_id}]


def _check_adjudication(journal: Journal, submission: SubmissionRow, rating: Rating, *, where: str) -> None:
    for earlier in _of_submission(journal, submission, kind="adjudication"):
        if earlier.criterion_id == rating.criterion_id:
            raise LedgerError(
                f"{where}: was adjudicated by {earlier.person_id!r} in event {earlier.sequence} already; there is one "
                "adjudication, and what changes it is an Override with its reason."
            )
    ratings = _of_submission(journal, submission, kind="rating")
    raters = {event.person_id for event in ratings if event.criterion_id == rating.criterion_id}
    if rating.rater_id in raters:
        raise LedgerError(f"{where}: {rating.rater_id!r} rated it and cannot adjudicate it; ask a third person.")
    if len(raters) < 2:
        raise LedgerError(
            f"{where}: has {len(raters)} rater(s), but an adjudication settles a difference between two; "
            "wait for the second rating, or append an Override with its reason."
        )


def _criterion(where: str, rubric: Rubric, criterion_id: str) -> Criterion:
    if criterion_id not in rubric.criterion_ids:
        raise LedgerError(f"{where}: the rubric has no such criterion; it has {', '.join(rubric.criterion_ids)}.")
    return rubric.criterion(criterion_id)


def _check_level(where: str, criterion: Criterion, level: float | None) -> None:
    if level is not None and level not in criterion.level_numbers:
        levels = ", ".join(map(level_text, criterion.level_numbers))
        raise LedgerError(
            f"{where}: level {level_text(level)} is none of {levels}; give the rubric's own level number."
        )


def _whole(level: float) -> Any:
    return int(level) if level.is_integer() else level


def _where(submission_id: str, criterion_id: str) -> str:
    return f"submission {submission_id!r}, criterion {criterion_id!r}"
