"""What every coefficient returns: a value with its interval, or why there is none; and how intervals are set."""

import math
from typing import Literal

from pydantic import ConfigDict, Field

from reviewkit.records.base import Record

IntervalMethod = Literal["analytic", "fisher", "jackknife", "jackknife-f", "wilson", "percentile", "bca"]
"""Two are no choice. ``jackknife-f``, the default of ICC(2): the farther of the jackknife's and the F interval's end.
``wilson``: percent and adjacent agreement of 0 or 1, where the standard error is 0 but certainty is not."""


class IntervalSettings(Record):
    """How an interval is computed.

    Attributes
    ----------
    method : str
        ``"default"``: the method that covered best for the coefficient, see ``docs/agreement.md``. ``"analytic"``: the
        literature's (value ± quantile × standard error, F for intraclass correlations, Fisher's for correlations).
        ``"fisher"``: the analytic standard error on Fisher's scale, so that no end leaves the coefficient's range.
        ``"jackknife"``: the same with the jackknife's standard error. ``"percentile"``, ``"bca"``: bootstrap over
        units. ``"none"``.
    confidence : float
        Between 0 and 1, both excluded.
    n_resamples : int
        Bootstrap resamples of units.
    seed : int
        The same seed gives the same interval, whatever the order of the units.
    reference : str
        Distribution behind intervals from a standard error: ``"t"`` with n - 1 degrees of freedom, or ``"normal"``.

    Examples
    --------
    >>> IntervalSettings(method="bca", confidence=0.9).n_resamples
    1000
    """

    method: Literal["default", "analytic", "fisher", "jackknife", "percentile", "bca", "none"] = "default"
    confidence: float = Field(default=0.95, gt=0, lt=1)
    n_resamples: int = Field(default=1000, ge=1, le=1_000_000)
    seed: int = Field(default=0, ge=0)
    reference: Literal["t", "normal"] = "t"


class Coefficient(Record):
    """One coefficient of agreement. Undefined numbers are ``nan`` here and null in JSON, and ``reason`` says why.

    Attributes
    ----------
    name : str
        Short name: ``cohen``, ``gwet``, ``krippendorff``, ``icc``, ...
    weights : str or None
        Name of the weights, ``own`` for a matrix; None where there are none.
    form : str or None
        Which form, such as ``ICC(2,1)``; None where there is one only.
    value : float
    se : float
        Standard error.
    se_method : str or None
        ``"analytic"`` (a formula of the literature) or ``"jackknife"`` (over units).
    low, high : float
        Ends of the interval.
    confidence : float
    interval_method : str or None
        How the interval was found; see :class:`IntervalSettings`.
    p_value : float
        Two-sided, of the value being 0; from the analytic standard error.
    n : int
        Units that entered.
    n_resamples, n_undefined : int
        Bootstrap resamples drawn, and how many of them gave no value and were left out.
    observed, expected : float
        Agreement observed and expected by chance, for chance-corrected coefficients.
    reason : str or None
        Why the value or its interval is undefined, or what to know about it.

    Examples
    --------
    >>> Coefficient(name="cohen", value=float("nan"), n=1, reason="no unit has two ratings").model_dump_json()[:42]
    '{"name":"cohen","weights":null,"form":null'
    """

    model_config = ConfigDict(allow_inf_nan=True)

    name: str
    weights: str | None = None
    form: str | None = None
    value: float
    se: float = math.nan
    se_method: Literal["analytic", "jackknife"] | None = None
    low: float = math.nan
    high: float = math.nan
    confidence: float = 0.95
    interval_method: IntervalMethod | None = None
    p_value: float = math.nan
    n: int
    n_resamples: int = 0
    n_undefined: int = 0
    observed: float = math.nan
    expected: float = math.nan
    reason: str | None = None

    @property
    def defined(self) -> bool:
        """Whether there is a value."""
        return not math.isnan(self.value)
