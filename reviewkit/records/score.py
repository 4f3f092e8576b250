"""A score: a level from the machine, with probabilities, prediction set and evidence."""

from typing import Final, Literal, Self, get_args

from pydantic import Field, model_validator

from reviewkit.records.base import Identifier, Level, Number, Probability, Record, level_text

Move = Literal[
    "Experience", "Feeling", "Belief", "Difficulty", "Perspective", "Learning", "Intention", "Reflection", "Other"
]
MOVES: Final[tuple[Move, ...]] = get_args(Move)


class Evidence(Record):
    """A sentence that a score rests on.

    Attributes
    ----------
    weight : float
        By how much taking the sentence out lowers the probability of the suggested level or a higher one
        (of a lower one, for the lowest level); levels of expected score where the criterion says so.
    move : str or None
        What the sentence does in the reflection, one of ``MOVES``; None where it was not tagged.
    move_probability : float or None
        Probability of that move; None where it was not tagged.

    Examples
    --------
    >>> text = "We practised the line-up until it took a minute."
    >>> evidence = Evidence(part="reflection", start=120, end=168, text=text, weight=0.14)
    >>> evidence.end - evidence.start == len(evidence.text)
    True
    """

    part: Identifier
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str
    weight: Number
    move: Move | None = None
    move_probability: Probability | None = None


class NextLevel(Record):
    """What the next level asks that no sentence was found for."""

    level: Level
    missing: tuple[str, ...]


class CriterionScore(Record):
    """A suggested level on one criterion.

    Attributes
    ----------
    level : float
        The most probable level, ties to the lower; it lies in the prediction set.
    expected_level : float
        Mean of the level numbers under ``probabilities``.
    probabilities : dict of str to float
        Probability that the score of record is that level; keys are levels as shortest decimals; sum 1.
    prediction_set : tuple of float
        Neighbouring levels that hold the score of record with probability ``coverage_level``.
    p_meets_required : float or None
        Probability of the required level or a higher one; None where nothing is required.
    rater_disagreement : float or None
        Chance that two raters give this submission different levels; None where no pair of ratings was seen.
    linked_level : float or None
        The level nearest to ``expected_level`` once expected levels are spread to the mean and the standard deviation
        of the levels of record; None where too few ratings were seen. For agreement by QWK over a cohort; ``level``
        is what a review shows.
    stands : bool
        This criterion needs no second look.
    cold : bool
        Scored from descriptors and anchors alone, for want of ratings.

    Examples
    --------
    >>> score = CriterionScore(
    ...     criterion_id="routines", level=3, expected_level=2.75, probabilities={"1": 0.05, "2": 0.15, "3": 0.8},
    ...     prediction_set=(2, 3), coverage_level=0.9, p_meets_required=0.8, rater_disagreement=None,
    ...     stands=False, cold=False)
    >>> score.level in score.prediction_set
    True
    """

    criterion_id: Identifier
    level: Level
    expected_level: Number
    probabilities: dict[str, Probability]
    prediction_set: tuple[Level, ...] = Field(min_length=1)
    coverage_level: Probability
    p_meets_required: Probability | None
    rater_disagreement: Probability | None
    linked_level: Level | None = None
    stands: bool
    cold: bool
    evidence: tuple[Evidence, ...] = ()
    next_level: NextLevel | None = None

    @model_validator(mode="after")
    def _level_fits(self) -> Self:
        if abs(sum(self.probabilities.values()) - 1) > 1e-6:
            raise ValueError(f"probabilities sum to {sum(self.probabilities.values()):.7f}, not 1")
        if self.level not in self.prediction_set:
            raise ValueError(f"level {level_text(self.level)} lies outside its prediction set")
        return self
