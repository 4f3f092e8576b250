"""What a consensus is: a level for each submission with its uncertainty, and how reliable each rater is."""

from typing import Literal

from pydantic import Field

from reviewkit.agreement.figures import Figures
from reviewkit.records import RecordRule
from reviewkit.records.base import Level, Record

ConsensusMethod = RecordRule | Literal["majority", "dawid-skene", "ordinal", "severity-adjusted"]


class ConsensusSettings(Record):
    """How the models behind a consensus are fitted.

    Attributes
    ----------
    smoothing : float
        Ratings added to each cell of a rater's confusion matrix, so that few ratings do not speak too surely. 0 is
        maximum likelihood, as published.
    max_iterations : int
    tolerance : float
        Least gain in log likelihood at which the search goes on.
    pooled : bool
        Severity-adjusted only: judge a criterion by the submission's ratings on all criteria. Off, by its own only, so
        that a strong criterion does not lift a weak one.
    """

    smoothing: float = Field(default=0.1, ge=0)
    max_iterations: int = Field(default=1000, ge=1)
    tolerance: float = Field(default=1e-9, gt=0)
    pooled: bool = False


class ConsensusLevel(Figures):
    """One submission's level on one criterion.

    Attributes
    ----------
    level : float
        ``nan`` with the reason where the rule leaves it open.
    probability : float
        Of that level; for rules without a model, the share of raters who gave it.
    probabilities : dict of str to float
        Of every level of the criterion, by level number.
    expected_level : float
        Mean over ``probabilities``.
    tie : bool
        Another level is just as probable; the lower one is given.
    """

    submission_id: str
    criterion_id: str
    level: Level
    probability: float
    probabilities: dict[str, float]
    expected_level: float
    n_ratings: int
    tie: bool = False
    reason: str | None = None


class RaterReliability(Figures):
    """How one rater stands to the consensus on one criterion.

    Attributes
    ----------
    reliability : float
        Chance that the rater gives the consensus level: by the model; for rules without one, the share of the rater's
        levels that equal the consensus of the other raters.
    bias : float
        Mean of the rater's level less the consensus's, in level numbers; above 0 is lenient.
    confusion : tuple of tuple of float or None
        Row ``k``: chance of each level from this rater where the truth is level ``k``; None without a model.
    """

    rater_id: str
    criterion_id: str
    reliability: float
    bias: float
    n_ratings: int
    confusion: tuple[tuple[float, ...], ...] | None = None
    reason: str | None = None


class ConsensusResult(Figures):
    """Levels and raters of every criterion.

    Attributes
    ----------
    log_likelihood : dict of str to float
        By criterion, without the multinomial constant; empty for rules without a model.
    converged : bool
    """

    method: str
    levels: tuple[ConsensusLevel, ...]
    raters: tuple[RaterReliability, ...]
    log_likelihood: dict[str, float] = Field(default_factory=dict)
    converged: bool = True

    def level(self, submission_id: str, criterion_id: str) -> float:
        """Consensus level of one submission on one criterion; KeyError if there is none."""
        for one in self.levels:
            if (one.submission_id, one.criterion_id) == (submission_id, criterion_id):
                return one.level
        raise KeyError(f"no consensus on submission {submission_id!r}, criterion {criterion_id!r}")
