"""Ratings on their way back: as ``Rating`` records, and with the score and the draw that each answers."""

from collections.abc import Iterable, Iterator

from reviewkit.errors import LedgerError
from reviewkit.records import Rating, Record, ReviewRecord
from reviewkit.records.base import Identifier, Probability
from reviewkit.review.case_state import standing_ratings
from reviewkit.review.entries import Event
from reviewkit.review.journal import Journal
from reviewkit.review.suggestions import join_review

_RATINGS = "e.kind IN ('rating', 'adjudication')"
_FORGOTTEN = "SELECT 1 FROM forgotten f JOIN events i ON i.sequence = f.sequence WHERE i.kind = 'submission'"


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


def standing_of(journal: Journal, *, rubric: str | None, forgotten: bool) -> list[Event]:
    """Every rating that stands, one a rater, submission and criterion, and every adjudication.

    Raises
    ------
    LedgerError
        If ratings speak of several rubrics and none was named.
    """
    where = _RATINGS
    if not forgotten:
        where += f" AND NOT EXISTS ({_FORGOTTEN} AND i.submission_key = e.submission_key)"
    events = list(journal.events(where))
    _check_one_rubric(journal, {event.body["rubric"] for event in events}, rubric=rubric)
    of_rubric = [event for event in events if rubric in {None, event.body["rubric"]}]
    ratings = standing_ratings(event for event in of_rubric if event.kind == "rating")
    settled = [event for event in of_rubric if event.kind == "adjudication"]
    return sorted((*ratings, *settled), key=lambda event: event.sequence)


def rated_suggestions(journal: Journal, events: Iterable[Event]) -> Iterator[RatedSuggestion]:
    """Put each rating beside its suggestion; the same suggestion is read once for neighbouring ratings."""
    reviews: dict[int, ReviewRecord] = {}
    for event in events:
        sequence = int(event.body["suggestion"])
        if sequence not in reviews:
            reviews = {sequence: join_review(journal.event(sequence))}
        review = reviews[sequence]
        yield RatedSuggestion(
            sequence=event.sequence,
            rating=rating_of(event),
            teacher_id=_teacher_of(journal, str(event.submission_id)),
            audited=bool(review.reasons) and all(reason.code == "audit" for reason in review.reasons),
            review_probability=review.review_probability,
            review=review,
        )


def _teacher_of(journal: Journal, submission_id: str) -> str:
    found = journal.connection.execute(
        "SELECT p.person_id FROM submissions s JOIN people p ON p.person_key = s.teacher_key WHERE s.submission_id = ?",
        (submission_id,),
    ).fetchone()
    return str(found[0])


def _check_one_rubric(journal: Journal, digests: set[str], *, rubric: str | None) -> None:
    if rubric is not None:
        journal.rubric(rubric)
    elif len(digests) > 1:
        known = [journal.rubric(digest) for digest in sorted(digests)]
        names = "; ".join(f"{one.id} {one.version} ({one.digest})" for one in known)
        raise LedgerError(
            f"the ledger holds ratings under {len(known)} rubrics: {names}; name one with rubric=, by its digest."
        )
