"""A study of agreement to come, and what one of its size can be expected to show."""

from typing import Literal

from pydantic import Field

from reviewkit.agreement.figures import Figures
from reviewkit.records.base import Record

PlannedCoefficient = Literal["percent", "cohen", "conger", "fleiss", "brennan-prediger", "gwet", "krippendorff", "icc"]


class AgreementPlan(Record):
    """A study to come.

    Attributes
    ----------
    coefficient : str
        ``"percent"``, ``"cohen"`` (two raters), ``"conger"``, ``"fleiss"``, ``"brennan-prediger"``, ``"gwet"``,
        ``"krippendorff"`` or ``"icc"`` (ICC(2,1)).
    weights : str
        Of a weighted coefficient, such as ``"quadratic"``; ``"icc"`` has none.
    shares : tuple of float
        Share of ratings that each level is expected to get, lowest first; take them from a pilot.
    n_raters : int
        Raters a submission.
    missing : float
        Share of ratings expected to be lost.
    confidence : float
    n_replications : int
        Made studies at each size; 200 give the mean half-width to about 2 %.
    seed : int
    """

    coefficient: PlannedCoefficient = "krippendorff"
    weights: Literal["identity", "linear", "quadratic"] = "identity"
    shares: tuple[float, ...] = (0.2, 0.3, 0.3, 0.2)
    n_raters: int = Field(default=2, ge=2)
    missing: float = Field(default=0.0, ge=0, lt=0.9)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    n_replications: int = Field(default=200, ge=20)
    seed: int = Field(default=0, ge=0)


class PlannedPrecision(Figures):
    """What a study of one size can be expected to show.

    Attributes
    ----------
    value : float
        The coefficient in the population.
    correlation : float
        Of two raters' hidden normal judgements, at which the coefficient has that value.
    half_width, half_width_90 : float
        Half of the interval's length: its mean, and the value below which 90 % of studies stay.
    coverage : float
        Share of made studies whose interval held the value.
    power : float
        Share whose interval lay above ``at_least``; nan if that was not asked.
    power_se : float
        Of the simulation.
    n_undefined : int
        Made studies without a value or an interval.
    """

    n_submissions: int
    n_raters: int
    n_ratings: float
    value: float
    correlation: float
    half_width: float
    half_width_90: float
    coverage: float
    at_least: float
    power: float
    power_se: float
    n_replications: int
    n_undefined: int
