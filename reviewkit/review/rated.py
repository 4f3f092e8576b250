"""Ratings on their way back: as ``Rating`` records, and with the score and the draw that each answers."""

from collections.abc import Iterable, Iterator

from reviewkit.errors import LedgerError
from reviewkit.records import Rating, Record, ReviewRecord, Rubric
from reviewkit.records.base import Identifier, Probability
from reviewkit.review.entries import Event, drawn_for_audit
from reviewkit.review.journal import Journal
from reviewkit.review.suggestions import join_review

_FORGOTTEN = "SELECT i.submission_key FROM forgotten f JOIN events i USING (sequence) WHERE i.kind = 'submission'"
# Of a rater's ratings on a criterion the last blind one stands, or else the last: where it is blind, the sequence is
# lifted above every other. ``case_state.standing_ratings`` says the same of one submission.
_LIFT = 1 << 48
_STANDING = f"""
SELECT MAX(e.sequence + {_LIFT} * json_extract(e.body, '$.blind')) % {_LIFT} AS sequence
FROM events e WHERE e.kind = 'rating' AND {{where}} GROUP BY e.submission_key, e.person_key, e.criterion_id
UNION ALL SELECT e.sequence FROM events e WHERE e.kind = 'adjudication' AND {{where}}
ORDER BY sequence
"""


class RatedSuggestion(Record):
    """A rating beside the suggestion that it answers.

    Attributes
    ----------
    teacher_id : str
        The unit of every promise; a pseudonym where the teacher was forgotten.
    audited : bool
        The submission was drawn for the audit: nothing but the draw sent it to a reviewer.
    review_probability : float
        Chance that a person looked: estimates over the whole stream are weighted by its inverse.
    review : ReviewRecord
        The suggestion, with the score on the rated criterion among others.
    """

    sequence: int
    rating: Rating
    teacher_id: Identifier
    audited: bool
    review_probability: Probability
    review: ReviewRecord


def rating_of(event: Event) -> Rating:
    """Turn a rating's event into a record; ``blind`` is the ledger's word."""
    body = event.body
    return Rating(
        submission_id=str(event.submission_id),
        criterion_id=str(event.criterion_id),
        rater_id=str(event.person_id),
        level=body["level"],
        blind=body["blind"],
        role="adjudication" if event.kind == "adjudication" else "rating",
        outcome=body["outcome"],
        rationale=(event.private or {}).get("rationale"),
        rated_at=body["rated_at"] or event.at,
    )


def standing_sequences(journal: Journal, *, rubric: str | None, forgotten: bool) -> list[int]:
    """Find every rating that stands, one a rater, submission and criterion, and every adjudication, by its sequence.

    Raises
    ------
    LedgerError
        If ratings speak of several rubrics and none was named.
    """
    where = "1" if forgotten else f"e.submission_key NOT IN ({_FORGOTTEN})"
    rubric_rated(journal, rubric=rubric, where=where)
    where += " AND COALESCE(:rubric, json_extract(e.body, '$.rubric')) = json_extract(e.body, '$.rubric')"
    found = journal.connection.execute(_STANDING.format(where=where), {"rubric": rubric})
    return [sequence for (sequence,) in found]


def standing_of(journal: Journal, *, rubric: str | None, forgotten: bool) -> Iterator[Event]:
    """Read what ``standing_sequences`` finds, event by event."""
    return map(journal.event, standing_sequences(journal, rubric=rubric, forgotten=forgotten))


def rated_suggestions(journal: Journal, sequences: Iterable[int]) -> Iterator[RatedSuggestion]:
    """Put each rating beside its suggestion; the same suggestion is read once for neighbouring ratings."""
    reviews: dict[int, ReviewRecord] = {}
    for event in map(journal.event, sequences):
        sequence = int(event.body["suggestion"])
        if sequence not in reviews:
            reviews = {sequence: join_review(journal.event(sequence))}
        review = reviews[sequence]
        yield RatedSuggestion(
            sequence=event.sequence,
            rating=rating_of(event),
            teacher_id=_teacher_of(journal, str(event.submission_id)),
            audited=drawn_for_audit(review),
            review_probability=review.review_probability,
            review=review,
        )


def _teacher_of(journal: Journal, submission_id: str) -> str:
    found = journal.connection.execute(
        "SELECT p.person_id FROM submissions s JOIN people p ON p.person_key = s.teacher_key WHERE s.submission_id = ?",
        (submission_id,),
    ).fetchone()
    return str(found[0])


def rubric_rated(journal: Journal, *, rubric: str | None, where: str = "1") -> Rubric | None:
    """Return the rubric of that digest, or the one that ratings speak of; None where nothing was rated.

    Raises
    ------
    LedgerError
        If ratings speak of several and none was named, or the ledger does not know the one named.
    """
    if rubric is not None:
        return journal.rubric(rubric)
    found = journal.connection.execute(
        "SELECT DISTINCT json_extract(e.body, '$.rubric') FROM events e "
        f"WHERE e.kind IN ('rating', 'adjudication') AND {where} ORDER BY 1",
    )
    known = [journal.rubric(digest) for (digest,) in found.fetchall()]
    if len(known) > 1:
        names = "; ".join(f"{one.id} {one.version} ({one.digest})" for one in known)
        raise LedgerError(
            f"the ledger holds ratings under {len(known)} rubrics: {names}; name one with rubric=, by its digest."
        )
    return known[0] if known else None
