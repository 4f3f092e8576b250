"""The field's thresholds for human-machine agreement, as records: replace or extend them without touching code."""

import math
from collections.abc import Iterable

from reviewkit.agreement.estimate import Coefficient
from reviewkit.records.base import Record


class Threshold(Record):
    """A range that a measure should lie in.

    Attributes
    ----------
    measure : str
        Name of the coefficient it bounds.
    low, high : float or None
        Ends of the range; None where it is open.
    source : str
    """

    measure: str
    low: float | None = None
    high: float | None = None
    source: str


class Flag(Record):
    """A measure outside its range.

    Attributes
    ----------
    measure : str
    group : str or None
        Subgroup it was computed in; None for all.
    value : float
    low, high : float or None
        The range.
    sure : bool
        The whole interval lies outside; else the value does, but chance could explain it.
    source : str
    """

    measure: str
    group: str | None = None
    value: float
    low: float | None = None
    high: float | None = None
    sure: bool
    source: str


_WILLIAMSON = "Williamson, Xi & Breyer (2012), A framework for evaluation and use of automated scoring"
_RSMTOOL = "RSMTool 12 documentation, evaluation"
FIELD_THRESHOLDS: tuple[Threshold, ...] = (
    Threshold(measure="qwk", low=0.7, source=_WILLIAMSON),
    Threshold(measure="pearson", low=0.7, source=_WILLIAMSON),
    Threshold(measure="smd", low=-0.15, high=0.15, source=_WILLIAMSON),
    Threshold(measure="degradation-qwk", low=-0.1, source=_WILLIAMSON),
    Threshold(measure="degradation-pearson", low=-0.1, source=_WILLIAMSON),
    Threshold(measure="disattenuated-pearson", low=0.9, source=_RSMTOOL),
    Threshold(measure="dsm", low=-0.1, high=0.1, source=_RSMTOOL),
    Threshold(measure="human-human-qwk", low=0.7, source=_RSMTOOL),
    Threshold(measure="human-human-pearson", low=0.7, source=_RSMTOOL),
    Threshold(measure="human-human-exact", low=0.5, source=_RSMTOOL),
    Threshold(measure="human-human-adjacent", low=0.95, source=_RSMTOOL),
)


def flags(
    coefficients: Iterable[Coefficient], *, thresholds: Iterable[Threshold] = FIELD_THRESHOLDS
) -> tuple[Flag, ...]:
    """Return the coefficients that lie outside their thresholds; the ``form`` of a coefficient is its subgroup.

    Examples
    --------
    >>> smd = Coefficient(name="smd", value=0.2, low=0.1, high=0.3, n=100)
    >>> [(flag.measure, flag.high, flag.sure) for flag in flags([smd])]
    [('smd', 0.15, False)]
    """
    bounds = list(thresholds)
    return tuple(
        flag
        for one in coefficients
        for bound in bounds
        if bound.measure == one.name and (flag := _flag(one, bound)) is not None
    )


def _flag(one: Coefficient, bound: Threshold) -> Flag | None:
    low = -math.inf if bound.low is None else bound.low
    high = math.inf if bound.high is None else bound.high
    if not one.defined or low <= one.value <= high:
        return None
    return Flag(
        measure=one.name,
        group=one.form,
        value=one.value,
        low=bound.low,
        high=bound.high,
        sure=one.high < low or one.low > high,
        source=bound.source,
    )
