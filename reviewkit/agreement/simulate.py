"""Made ratings whose truth is known, for teaching, for planning and for tests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from reviewkit.agreement.figures import Figures
from reviewkit.errors import SettingsError
from reviewkit.records.base import Record
from reviewkit.records.rating import Rating

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
STEP_WIDTH = 1.6


class SimulationSettings(Record):
    """A made world of submissions, criteria and raters. All spreads are standard deviations in logits.

    Attributes
    ----------
    levels : tuple of float
        Level numbers of every criterion, lowest first.
    teacher_sd, criterion_sd : float
        Spread of the submissions' measures and of the criteria's difficulties.
    specific_sd : float
        Spread of what a submission shows on one criterion beyond its measure.
    severity_sd : float
        Spread of the raters' severities.
    noise : float
        1 is the Rasch model; 2 is a rater whose logits count half.
    halo : float
        0 to 1: how far a rater's overall impression of a submission takes the place of what is specific to a criterion.
    central_tendency : float
        0 is none; 1 doubles the distance between steps, so that middle levels are used more.
    drift_sd : float
        Spread of how far a rater's severity moves from the first day to the last.
    raters_per_submission : int or None
        None: everyone rates everything.
    assignment : str
        ``"random"``: raters drawn for each submission; ``"chain"``: each submission's raters follow one another
        around the circle, the sparsest design that stays connected.
    missing : float
        Share of ratings lost at random afterwards.
    days : int
        Length of the rating season.
    """

    n_submissions: int = Field(default=100, ge=1)
    n_raters: int = Field(default=5, ge=1)
    n_criteria: int = Field(default=4, ge=1)
    levels: tuple[float, ...] = (1.0, 2.0, 3.0, 4.0)
    location: float = 0.0
    teacher_sd: float = Field(default=1.5, ge=0)
    criterion_sd: float = Field(default=0.5, ge=0)
    specific_sd: float = Field(default=0.0, ge=0)
    severity_sd: float = Field(default=0.5, ge=0)
    noise: float = Field(default=1.0, gt=0)
    halo: float = Field(default=0.0, ge=0, le=1)
    central_tendency: float = Field(default=0.0, ge=0)
    drift_sd: float = Field(default=0.0, ge=0)
    raters_per_submission: int | None = Field(default=None, ge=1)
    assignment: Literal["random", "chain"] = "random"
    missing: float = Field(default=0.0, ge=0, lt=1)
    days: int = Field(default=120, ge=1)

    @model_validator(mode="after")
    def _fits(self) -> "SimulationSettings":
        if len(self.levels) < 2 or any(b <= a for a, b in zip(self.levels, self.levels[1:], strict=False)):
            raise ValueError(f"levels are {self.levels}, but two or more are needed, rising")
        if self.raters_per_submission is not None and self.raters_per_submission > self.n_raters:
            raise ValueError(
                f"raters_per_submission is {self.raters_per_submission}, but the raters are {self.n_raters}; ask fewer"
            )
        return self


class SimulationTruth(Figures):
    """What the made ratings were made from; severities and difficulties have mean 0."""

    severities: dict[str, float]
    drifts: dict[str, float]
    difficulties: dict[str, float]
    measures: dict[str, float]
    thresholds: tuple[float, ...]


@dataclass(frozen=True)
class SimulatedRatings:
    """Made ratings and the truth behind them."""

    ratings: tuple[Rating, ...]
    truth: SimulationTruth


def simulate_ratings(settings: SimulationSettings | None = None, *, seed: int) -> SimulatedRatings:
    """Draw ratings from a many-facet Rasch model with rater effects that can be switched on.

    Parameters
    ----------
    settings : SimulationSettings, optional
        The made world.
    seed : int
        The same seed draws the same ratings.

    Returns
    -------
    SimulatedRatings
        Every rating has a time, evenly over the season in the order of the submissions.

    Examples
    --------
    >>> made = simulate_ratings(SimulationSettings(n_submissions=3, n_raters=2, n_criteria=1), seed=1)
    >>> len(made.ratings), sorted(made.truth.severities)
    (6, ['r1', 'r2'])
    """
    settings = settings or SimulationSettings()
    random = np.random.default_rng(seed)
    truth = _truth(settings, random)
    submission, rater = _assign(settings, random)
    category = _draw(settings, truth, random, submission=submission, rater=rater)
    keep = random.random(category.shape) >= settings.missing
    return SimulatedRatings(tuple(_ratings(settings, submission, rater, category=category, keep=keep)), truth)


def _names(prefix: str, count: int) -> list[str]:
    width = len(str(count))
    return [f"{prefix}{number:0{width}d}" for number in range(1, count + 1)]


def _centred(random: np.random.Generator, spread: float, count: int) -> FloatArray:
    drawn = random.normal(0.0, 1.0, count)
    return np.asarray(spread * (drawn - drawn.mean()), dtype=np.float64)


def _named(prefix: str, values: FloatArray) -> dict[str, float]:
    return dict(zip(_names(prefix, len(values)), map(float, values), strict=True))


def _truth(settings: SimulationSettings, random: np.random.Generator) -> SimulationTruth:
    n_steps = len(settings.levels) - 1
    return SimulationTruth(
        severities=_named("r", _centred(random, settings.severity_sd, settings.n_raters)),
        drifts=_named("r", _centred(random, settings.drift_sd, settings.n_raters)),
        difficulties=_named("c", _centred(random, settings.criterion_sd, settings.n_criteria)),
        measures=_named("s", random.normal(0.0, settings.teacher_sd, settings.n_submissions)),
        thresholds=tuple(STEP_WIDTH * (step - (n_steps - 1) / 2) for step in range(n_steps)),
    )


def _assign(settings: SimulationSettings, random: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Submission and rater of each reading."""
    each = settings.raters_per_submission or settings.n_raters
    submission = np.repeat(np.arange(settings.n_submissions), each)
    if each == settings.n_raters:
        return submission, np.tile(np.arange(settings.n_raters), settings.n_submissions)
    if settings.assignment == "chain":
        rater = (np.arange(settings.n_submissions)[:, None] + np.arange(each)) % settings.n_raters
        return submission, rater.ravel()
    order = random.random((settings.n_submissions, settings.n_raters)).argsort(axis=1)
    return submission, order[:, :each].ravel()


def _draw(
    settings: SimulationSettings,
    truth: SimulationTruth,
    random: np.random.Generator,
    *,
    submission: IntArray,
    rater: IntArray,
) -> IntArray:
    """Category of each reading on each criterion, shape (n_readings, n_criteria)."""
    shape = (len(submission), settings.n_criteria)
    specific = random.normal(0.0, 1.0, (settings.n_submissions, settings.n_criteria))[submission]
    impression = random.normal(0.0, 1.0, len(submission))[:, None]
    seen = settings.specific_sd * ((1 - settings.halo) * specific + settings.halo * impression)
    when = submission / max(settings.n_submissions - 1, 1) - 0.5
    severity = _values(truth.severities)[rater] + when * _values(truth.drifts)[rater]
    eta = settings.location + (_values(truth.measures)[submission] - severity)[:, None]
    eta = eta - _values(truth.difficulties) + seen
    steps = np.array(truth.thresholds) * (1 + settings.central_tendency)
    logit = (np.arange(len(steps) + 1) * eta[:, :, None] - np.append(0.0, np.cumsum(steps))) / settings.noise
    gumbel = random.gumbel(size=(*shape, len(steps) + 1))
    return np.asarray((logit + gumbel).argmax(axis=2), dtype=np.intp)


def _values(named: dict[str, float]) -> FloatArray:
    return np.array(list(named.values()))


def _ratings(
    settings: SimulationSettings, submission: IntArray, rater: IntArray, *, category: IntArray, keep: NDArray[np.bool_]
) -> Iterator[Rating]:
    submissions, raters = _names("s", settings.n_submissions), _names("r", settings.n_raters)
    criteria = _names("c", settings.n_criteria)
    span = timedelta(days=settings.days) / max(settings.n_submissions - 1, 1)
    for row, criterion in zip(*np.nonzero(keep), strict=True):
        yield Rating(
            submission_id=submissions[submission[row]],
            criterion_id=criteria[criterion],
            rater_id=raters[rater[row]],
            level=settings.levels[category[row, criterion]],
            rated_at=FIRST_DAY + int(submission[row]) * span,
        )


def latent_normal_levels(
    n_units: int, n_raters: int, *, correlation: float, shares: Sequence[float], seed: int | np.random.Generator
) -> IntArray:
    """Draw level indices whose marginal shares are exact and whose raters agree as one correlation says.

    Each rater cuts a standard normal at the quantiles of ``shares``; any two raters' normals have ``correlation``.

    Parameters
    ----------
    n_units, n_raters : int
    correlation : float
        0 (chance) to 1 (all agree).
    shares : sequence of float
        Share of each level, lowest first; they sum to 1.
    seed : int or Generator

    Returns
    -------
    ndarray of int, shape (n_units, n_raters)

    Raises
    ------
    SettingsError
        If the correlation lies outside 0 to 1, or the shares are no distribution.

    Examples
    --------
    >>> latent_normal_levels(2, 3, correlation=1.0, shares=[0.5, 0.5], seed=1)
    array([[1, 1, 1],
           [1, 1, 1]])
    """
    from scipy.special import ndtri

    parts = np.asarray(shares, dtype=np.float64)
    if not 0 <= correlation <= 1:
        raise SettingsError(f"correlation is {correlation:g}, but raters' correlation here runs from 0 to 1.")
    if parts.ndim != 1 or len(parts) < 2 or np.any(parts < 0) or abs(parts.sum() - 1) > 1e-6:
        raise SettingsError(f"shares are {parts.tolist()}, but two or more, none below 0, summing to 1, are needed.")
    random = np.random.default_rng(seed)
    shared = np.sqrt(correlation) * random.normal(size=(n_units, 1))
    latent = shared + np.sqrt(1 - correlation) * random.normal(size=(n_units, n_raters))
    return np.asarray(np.searchsorted(ndtri(np.cumsum(parts)[:-1]), latent, side="right"), dtype=np.intp)
