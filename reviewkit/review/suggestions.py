"""Suggestions: what of a review is numbers and may stay for ever, and what is text and can be forgotten."""

import hashlib
from typing import Any

from reviewkit.errors import LedgerError
from reviewkit.records import Part, ReviewRecord
from reviewkit.review.case_state import refresh_case
from reviewkit.review.entries import (
    Event,
    Suggestion,
    drawn_for_audit,
    drawn_place,
    expected_disagreement,
    expected_entropy,
)
from reviewkit.review.journal import Journal, SubmissionRow

FORGOTTEN_TEXT = "(forgotten)"
NO_DUE_DATE = "9999-12-31"
_REVIEW_FIELDS = frozenset(field.alias or name for name, field in ReviewRecord.model_fields.items())
_TEXT_OF_SCORE = ("evidence", "next_level")
_TEXT_OF_FINDING = ("message", "part", "start", "end")


def append_suggestion(journal: Journal, entry: Suggestion) -> int:
    """Append a suggestion; a submission that is new is introduced by an event of its own."""
    _check_fit(entry)
    rubric = journal.rubric(entry.review.rubric.digest)
    _check_scores(entry.review, set(rubric.criterion_ids))
    submission = journal.find_submission(entry.submission.submission_id)
    if submission is None:
        key = _introduce(journal, entry)
    else:
        _check_same(journal, submission, entry)
        key = submission.submission_key
    body, private = split_review(entry.review)
    body |= {
        "due": entry.due.isoformat() if entry.due else NO_DUE_DATE,
        "teaches": round(_teaches(entry), 6),
        "disagreement": round(expected_disagreement(entry.review.scores), 6),
        "n_readings": entry.n_readings,
    }
    sequence = journal.append("suggestion", body, submission_key=key, private=private)
    journal.connection.execute(
        "UPDATE submissions SET suggestion = ?, rubric = ? WHERE submission_key = ?",
        (sequence, entry.review.rubric.digest, key),
    )
    refresh_case(journal, key)
    return sequence


def _teaches(entry: Suggestion) -> float:
    if drawn_for_audit(entry.review):
        return drawn_place(entry.review)
    return expected_entropy(entry.review.scores) if entry.teaches is None else entry.teaches


def split_review(review: ReviewRecord) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split a review into numbers and texts; ``join_review`` puts them together again."""
    body = review.model_dump(mode="json", by_alias=True)
    private: dict[str, Any] = {"submission_id": body.pop("submission_id"), "parts": body.pop("parts")}
    private["scores"] = [{name: score.pop(name) for name in _TEXT_OF_SCORE} for score in body["scores"]]
    private["findings"] = [{name: finding.pop(name) for name in _TEXT_OF_FINDING} for finding in body["findings"]]
    return body, private


def join_review(event: Event) -> ReviewRecord:
    """Put a review together from its event; what was forgotten is left out, and the numbers stay."""
    whole = {name: value for name, value in event.body.items() if name in _REVIEW_FIELDS}
    texts = event.private or {"parts": []}
    scores, findings = texts.get("scores", ()), texts.get("findings", ())
    whole["submission_id"], whole["parts"] = event.submission_id, texts["parts"]
    whole["scores"] = [
        score | (scores[at] if scores else {"evidence": [], "next_level": None})
        for at, score in enumerate(whole["scores"])
    ]
    whole["findings"] = [
        finding | (findings[at] if findings else {"message": FORGOTTEN_TEXT})
        for at, finding in enumerate(whole["findings"])
    ]
    return ReviewRecord.model_validate(whole)


def parts_of(journal: Journal, submission: SubmissionRow) -> tuple[Part, ...]:
    """Return the texts kept with a submission; none where none were given, or they were forgotten."""
    event = next(journal.events("e.submission_key = ? AND e.kind = 'submission'", (submission.submission_key,)))
    return tuple(Part.model_validate(part) for part in (event.private or {}).get("parts", ()))


def _introduce(journal: Journal, entry: Suggestion) -> int:
    given = entry.submission
    teacher = journal.person_key(given.teacher_id, role="teacher")
    previous = journal.find_submission(given.previous_submission_id) if given.previous_submission_id else None
    key = int(journal.connection.execute("SELECT COALESCE(MAX(submission_key), 0) + 1 FROM submissions").fetchone()[0])
    previous_key = previous.submission_key if previous else None
    private = given.model_dump(
        mode="json", include={"submission_id", "previous_submission_id", "submitted_at", "groups"}
    )
    private["parts"] = [part.model_dump(mode="json") for part in entry.parts]
    journal.append(
        "submission",
        {"attempt": given.attempt, "previous_key": previous_key},
        submission_key=key,
        person_key=teacher,
        private=private,
    )
    journal.connection.execute(
        "INSERT INTO submissions VALUES (?, ?, ?, ?, ?, 0, '')",
        (key, given.submission_id, teacher, previous_key, given.attempt),
    )
    return key


def _check_fit(entry: Suggestion) -> None:
    review, submission = entry.review, entry.submission
    where = f"submission {submission.submission_id!r}"
    if review.submission_id != submission.submission_id or review.attempt != submission.attempt:
        raise LedgerError(
            f"{where}: attempt {submission.attempt} came with the review of {review.submission_id!r}, attempt "
            f"{review.attempt}; a suggestion needs the review of its own submission."
        )
    known = {part.part: part.sha256 for part in review.parts}
    for part in entry.parts:
        if known.get(part.part) != hashlib.sha256(part.text.encode("utf-8")).hexdigest():
            raise LedgerError(
                f"{where}: part {part.part!r} is not the text that was reviewed; pass the parts as they were extracted."
            )


def _check_scores(review: ReviewRecord, criterion_ids: set[str]) -> None:
    unknown = [score.criterion_id for score in review.scores if score.criterion_id not in criterion_ids]
    if unknown:
        raise LedgerError(
            f"submission {review.submission_id!r}: has a score on {unknown[0]!r}, but its rubric has "
            f"{', '.join(sorted(criterion_ids))}; pass the review as the engine gave it."
        )


def _check_same(journal: Journal, known: SubmissionRow, entry: Suggestion) -> None:
    where = f"submission {known.submission_id!r}"
    if known.attempt != entry.submission.attempt:
        raise LedgerError(
            f"{where}: is in the ledger as attempt {known.attempt}, and comes again as attempt "
            f"{entry.submission.attempt}; give each attempt its own submission_id and name the earlier one in "
            "previous_submission_id."
        )
    if journal.known_person_key(entry.submission.teacher_id, role="teacher") != known.teacher_key:
        raise LedgerError(f"{where}: is in the ledger as another teacher's; give each submission its own id.")
    kept = (journal.event(known.suggestion).private or {"parts": ()})["parts"]
    texts = [(part.part, part.sha256) for part in entry.review.parts]
    if kept and sorted(texts) != sorted((part["part"], part["sha256"]) for part in kept):
        raise LedgerError(
            f"{where}: is in the ledger with other texts; give a changed submission its own submission_id and name "
            "the earlier one in previous_submission_id."
        )
