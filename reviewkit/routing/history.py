"""Reviews and ratings as the history that a plan starts from: who would award what, and how sure the machine was."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from reviewkit.agreement.score_of_record import scores_of_record
from reviewkit.errors import RatingsError, SettingsError
from reviewkit.records import Rating, ReviewRecord, Rubric, award_of_record
from reviewkit.routing.confidence import award_confidence
from reviewkit.routing.readings import ReadingHistory


def reading_history(
    reviews: Iterable[ReviewRecord],
    ratings: Iterable[Rating],
    *,
    rubric: Rubric,
    teacher_ids: Mapping[str, str],
) -> ReadingHistory:
    """Lay out the submissions that two people rated blind on every criterion and the machine scored.

    Parameters
    ----------
    reviews : iterable of ReviewRecord
        By a bundle that has not learned from these submissions.
    ratings : iterable of Rating
        Of a submission's complete blind readings, the two whose raters' ids sort first are taken. Adjudications make
        the score of record.
    rubric : Rubric
        With an award.
    teacher_ids : mapping of str to str
        Teacher by submission.

    Returns
    -------
    ReadingHistory
        A submission whose score of record is open, or that was not scored, is left out.

    Raises
    ------
    SettingsError
        If the rubric has no award.
    RatingsError
        If no submission was read by two people and scored.

    Examples
    --------
    >>> from reviewkit import read_rubric, shipped_folder
    >>> rubric = read_rubric(shipped_folder("rubrics") / "classroom-management.yaml")
    >>> reading_history([], [], rubric=rubric, teacher_ids={})
    Traceback (most recent call last):
    reviewkit.errors.RatingsError: 0 submissions were scored, and none of them was rated blind by two people on ...
    """
    if rubric.award is None:
        raise SettingsError(f"rubric {rubric.id} defines no award, but a plan counts false awards; define one.")
    every = list(ratings)
    records, readings = scores_of_record(every, rubric=rubric), _readings(every, rubric)
    scored = [one for one in reviews if one.scores]
    rows = []
    for review in scored:
        recorded = award_of_record(records.get(review.submission_id, {}), rubric)
        pair = readings.get(review.submission_id, [])[:2]
        suggested = award_of_record({one.criterion_id: one.level for one in review.scores}, rubric)
        if recorded is not None and suggested is not None and len(pair) == 2:
            rows.append((*pair, recorded, suggested, sureness(review, rubric), teacher_ids[review.submission_id]))
    if not rows:
        raise RatingsError(
            f"{len(scored)} submissions were scored, and none of them was rated blind by two people on every "
            "criterion; a plan needs such submissions: have some read twice."
        )
    first, second, awarded, machine, confidence, teachers = zip(*rows, strict=True)
    return ReadingHistory.of(
        first=first, second=second, recorded=awarded, suggested=machine, confidence=confidence, teacher_ids=teachers
    )


def sureness(review: ReviewRecord, rubric: Rubric) -> float:
    """Return what the policy compares with the threshold of a certificate on the award; 0 where no threshold helps.

    A finding for a person, a cold score, or a set on both sides of the required level is never made up for.
    """
    held = {"cold", "borderline", "unfamiliar", "finding"}.intersection(one.code for one in review.reasons)
    confidence = award_confidence(review.scores, review.award_probability, rubric=rubric)
    return 0.0 if held or confidence is None else confidence


def _readings(ratings: Iterable[Rating], rubric: Rubric) -> dict[str, list[bool]]:
    """Whether each complete blind reading would award, by submission, raters in the order of their ids."""
    given: dict[str, dict[str, dict[str, float | None]]] = defaultdict(lambda: defaultdict(dict))
    for one in ratings:
        if one.blind and one.role == "rating":
            given[one.submission_id][one.rater_id][one.criterion_id] = one.level
    found = {
        name: [award_of_record(levels, rubric) for _, levels in sorted(raters.items())]
        for name, raters in given.items()
    }
    return {name: [award for award in awards if award is not None] for name, awards in found.items()}
