"""A rating: a level given by a person."""

from datetime import datetime
from typing import Literal

from pydantic import model_validator

from reviewkit.records.base import Identifier, Level, Record


class Rating(Record):
    """A level that a person gave to one submission on one criterion.

    Attributes
    ----------
    level : float or None
        The rubric's own level number; None exactly where ``outcome`` is ``"not-scorable"``.
    blind : bool
        The rater had not seen the machine's score. Only blind ratings count, unless asked.
    role : str
        ``"rating"``; ``"adjudication"``, which replaces the ratings it settles; or ``"constructed"``, a level written
        together with its text, which never counts as a human rating.

    Examples
    --------
    >>> Rating(submission_id="s1", criterion_id="taught", rater_id="r1", level=3).blind
    True
    """

    submission_id: Identifier
    criterion_id: Identifier
    rater_id: Identifier
    level: Level | None = None
    blind: bool = True
    role: Literal["rating", "adjudication", "constructed"] = "rating"
    outcome: Literal["scored", "not-scorable"] = "scored"
    rationale: str | None = None
    rated_at: datetime | None = None

    @model_validator(mode="after")
    def _level_fits_outcome(self) -> "Rating":
        if self.outcome == "scored" and self.level is None:
            raise ValueError("has no level; give one, or set outcome to not-scorable")
        if self.outcome == "not-scorable" and self.level is not None:
            raise ValueError("is not-scorable and has a level; leave one of them out")
        return self
