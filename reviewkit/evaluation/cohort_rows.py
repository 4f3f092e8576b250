"""Reviews, ratings and submissions of a program, joined by submission."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from reviewkit.agreement.score_of_record import scores_of_record
from reviewkit.records import Rating, ReviewRecord, Rubric, Submission, award_of_record

DAY = 86_400.0


class CohortRows:
    """Reviews, ratings and submissions, joined by submission."""

    def __init__(
        self,
        reviews: Sequence[ReviewRecord],
        *,
        rubric: Rubric | None,
        ratings: Sequence[Rating],
        submissions: Sequence[Submission],
    ) -> None:
        self.reviews = reviews
        self.rubric = rubric
        ids = {one.submission_id for one in reviews}
        self.ratings = [one for one in ratings if one.submission_id in ids and one.role != "constructed"]
        self.submissions = {one.submission_id: one for one in submissions}
        self.unit = {one.submission_id: self._unit(one.submission_id) for one in reviews}
        self.criterion_ids = rubric.criterion_ids if rubric else _seen(reviews)
        self.records = scores_of_record(self.ratings, rubric=rubric) if rubric else {}

    def _unit(self, submission_id: str) -> str:
        found = self.submissions.get(submission_id)
        return found.teacher_id if found else submission_id

    def earned(self, submission_id: str) -> bool | None:
        """Whether the scores of record earn the award; None while they leave it open."""
        return award_of_record(self.records.get(submission_id, {}), self.rubric) if self.rubric else None

    def awards(self) -> dict[str, bool]:
        """Whether any attempt of the unit earned the award; units whose record is open throughout are left out."""
        out: dict[str, bool] = {}
        for submission_id, unit in self.unit.items():
            earned = self.earned(submission_id)
            if earned is not None:
                out[unit] = out.get(unit, False) or earned
        return out

    def why_no_award(self) -> str:
        """Say why there is no award to count."""
        if self.rubric is None:
            return "no rubric was given"
        if self.rubric.award is None:
            return "the rubric defines no award"
        return "no submission has a score of record on what the award asks"

    def attempts(self) -> dict[str, int]:
        """Units by the attempt that earned the award."""
        first: dict[str, int] = {}
        for one in self.reviews:
            if self.earned(one.submission_id):
                unit = self.unit[one.submission_id]
                first[unit] = min(one.attempt, first.get(unit, one.attempt))
        return {str(key): count for key, count in sorted(Counter(first.values()).items())}

    def waits(self, ratings: Iterable[Rating]) -> list[float]:
        """Days from handing in to the first of some ratings, submission by submission."""
        first: dict[str, datetime] = {}
        for one in ratings:
            if one.rated_at is not None:
                known = first.get(one.submission_id, one.rated_at)
                first[one.submission_id] = min(one.rated_at, known, key=datetime.timestamp)
        pairs = [
            (self.submissions[key].submitted_at, moment) for key, moment in first.items() if key in self.submissions
        ]
        days = [_days(handed_in, rated) for handed_in, rated in pairs if handed_in is not None]
        return [one for one in days if one >= 0]


def _days(earlier: datetime, later: datetime) -> float:
    if (earlier.tzinfo is None) != (later.tzinfo is None):
        return math.nan
    return (later - earlier).total_seconds() / DAY


def _seen(reviews: Sequence[ReviewRecord]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(score.criterion_id for one in reviews for score in one.scores))
