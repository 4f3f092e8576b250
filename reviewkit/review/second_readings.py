"""Conditional double scoring: a second reader only where it pays."""

from collections.abc import Iterable, Sequence

from pydantic import Field

from reviewkit.agreement.design import rating_design
from reviewkit.agreement.facets import many_facet_rasch
from reviewkit.errors import DesignError, RatingsError
from reviewkit.records import CriterionScore, Record, ReviewRecord, Rubric
from reviewkit.records.base import Identifier
from reviewkit.review.appending import append_entry
from reviewkit.review.entries import SecondReading, SecondReadingReason
from reviewkit.review.journal import Journal
from reviewkit.review.ledger import ReviewLedger
from reviewkit.review.rated import rating_of, standing_of
from reviewkit.review.suggestions import join_review

_STANDARD_ERRORS = 2


class SecondReadingRule(Record):
    """Where a second reader is asked for: the first of these that holds is the reason.

    Attributes
    ----------
    min_probability : float
        Near the cut: on some criterion less than this lies on one side of the required level. Lower than what routes
        to a first reader, or every routed case would be read twice.
    max_set_levels : int
        Wide set: some criterion's prediction set has more levels.
    max_severity : float
        Severity: the one who read it lies further than this from the mean rater, in logits, and further than two
        standard errors from it.

    Examples
    --------
    >>> SecondReadingRule(max_set_levels=3).min_probability
    0.65
    """

    min_probability: float = Field(default=0.65, ge=0.5, le=1)
    max_set_levels: int = Field(default=2, ge=1)
    max_severity: float = Field(default=0.5, ge=0)


class SecondReadings(Record):
    """Second readings that were asked for.

    Attributes
    ----------
    asked : tuple of SecondReading
    severity_reason : str or None
        Why severities could not be estimated; then no case was asked for because of its reader.

    Examples
    --------
    >>> found = SecondReadings(asked=(SecondReading(submission_id="s1", reason="severity"),), severity_reason=None)
    >>> [one.submission_id for one in found.asked]
    ['s1']
    """

    asked: tuple[SecondReading, ...]
    severity_reason: str | None


def ask_second_readings(
    ledger: ReviewLedger, *, rule: SecondReadingRule | None = None, rubric: str | None = None
) -> SecondReadings:
    """Ask for a second reader of each case where the rule says so; call it after adding reviews, and from time to time.

    Parameters
    ----------
    ledger : ReviewLedger
    rule : SecondReadingRule, optional
    rubric : str, optional
        Digest of the rubric; needed where the ledger holds ratings under several.

    Returns
    -------
    SecondReadings
        Cases that two or more are to read already are left as they are, so that calling again asks nothing twice.

    Raises
    ------
    LedgerError
        If ratings speak of several rubrics and none was named.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, ReviewLedger.open(f"{folder}/new.ledger", create=True) as ledger:
    ...     ask_second_readings(ledger).asked
    ()
    """
    chosen = rule or SecondReadingRule()
    with ledger.file.writing() as connection:
        journal = ledger.journal(connection)
        unusual, why = _unusual_raters(journal, chosen, rubric=rubric)
        asked = tuple(_wanted(journal, chosen, unusual=unusual, rubric=rubric))
        for entry in asked:
            append_entry(journal, entry)
    return SecondReadings(asked=asked, severity_reason=why)


def second_reading_reason(
    review: ReviewRecord, rubric: Rubric, *, rule: SecondReadingRule | None = None
) -> SecondReadingReason | None:
    """Say what in a review asks for a second reader; None where nothing does."""
    chosen = rule or SecondReadingRule()
    if any(_near_cut(score, rubric, chosen) for score in review.scores):
        return "near-cut"
    if any(len(score.prediction_set) > chosen.max_set_levels for score in review.scores):
        return "wide-set"
    if any(reason.code == "unfamiliar" for reason in review.reasons):
        return "unfamiliar"
    return None


def _near_cut(score: CriterionScore, rubric: Rubric, rule: SecondReadingRule) -> bool:
    if rubric.criterion(score.criterion_id).required_level is None or score.p_meets_required is None:
        return False
    return max(score.p_meets_required, 1 - score.p_meets_required) < rule.min_probability


def _wanted(
    journal: Journal, rule: SecondReadingRule, *, unusual: set[str], rubric: str | None
) -> Iterable[SecondReading]:
    for key, sequence in _read_by_one(journal, rubric=rubric):
        review = join_review(journal.event(sequence))
        reason = second_reading_reason(review, journal.rubric(review.rubric.digest), rule=rule)
        if reason is None and unusual & _readers(journal, key):
            reason = "severity"
        if reason is not None:
            yield SecondReading(submission_id=review.submission_id, reason=reason)


def _read_by_one(journal: Journal, *, rubric: str | None) -> Sequence[tuple[int, int]]:
    """Cases with scores that a person was to read and one reading is wanted of, each with its latest suggestion."""
    return journal.connection.execute(
        "SELECT s.submission_key, s.suggestion FROM cases c JOIN submissions s USING (submission_key) "
        "JOIN events e ON e.sequence = s.suggestion "
        "WHERE c.n_wanted = 1 AND json_extract(e.body, '$.route') = 'review' AND COALESCE(?, s.rubric) = s.rubric "
        "ORDER BY s.submission_key",
        (rubric,),
    ).fetchall()


def _readers(journal: Journal, submission_key: int) -> set[Identifier]:
    found = journal.connection.execute(
        "SELECT p.person_id FROM readings r JOIN people p USING (person_key) WHERE r.submission_key = ?",
        (submission_key,),
    )
    return {name for (name,) in found}


def _unusual_raters(journal: Journal, rule: SecondReadingRule, *, rubric: str | None) -> tuple[set[str], str | None]:
    ratings = map(rating_of, standing_of(journal, rubric=rubric, forgotten=True))
    try:
        found = many_facet_rasch(rating_design(ratings))
    except (DesignError, RatingsError) as error:
        return set(), str(error)
    return {
        one.rater_id for one in found.raters if abs(one.severity) > max(rule.max_severity, _STANDARD_ERRORS * one.se)
    }, None
