"""Words for a coefficient, by how sure it is to reach them: Landis & Koch, Altman and Fleiss scales.

A bare cut calls .61 from 20 units "substantial" and forgets that it could as well be .4. Here a band counts once the
probability of lying in it or above reaches a bar (.95 unless set), given the coefficient's standard error (Gwet 2014).
"""

import math
from typing import Literal, NamedTuple

from pydantic import Field

from reviewkit.agreement.estimate import Coefficient
from reviewkit.errors import SettingsError
from reviewkit.records.base import Record


class Band(NamedTuple):
    """A band of a scale: its word and its lower end."""

    word: str
    low: float


ScaleName = Literal["landis-koch", "altman", "fleiss"]
SCALES: dict[ScaleName, tuple[Band, ...]] = {
    "landis-koch": (
        Band("almost perfect", 0.8),
        Band("substantial", 0.6),
        Band("moderate", 0.4),
        Band("fair", 0.2),
        Band("slight", 0.0),
        Band("poor", -1.0),
    ),
    "altman": (
        Band("very good", 0.8),
        Band("good", 0.6),
        Band("moderate", 0.4),
        Band("fair", 0.2),
        Band("poor", -1.0),
    ),
    "fleiss": (Band("excellent", 0.75), Band("intermediate to good", 0.4), Band("poor", -1.0)),
}
"""Bands, best first; each reaches from its lower end up to the one before it, the first to 1."""


class Benchmark(Record):
    """A coefficient on a scale.

    Attributes
    ----------
    scale : str
    word : str or None
        The best band that is reached with the wanted probability; None if the coefficient has no standard error.
    probability : float or None
        Cumulative probability of that band.
    bar : float
        Wanted probability.
    bands : tuple of str
        Words of the scale, best first.
    memberships, cumulative : tuple of float
        Probability of lying in each band, and in it or a better one.
    reason : str or None
        Why there is no word.
    """

    scale: ScaleName
    word: str | None
    probability: float | None = None
    bar: float = Field(gt=0, lt=1)
    bands: tuple[str, ...]
    memberships: tuple[float, ...] = ()
    cumulative: tuple[float, ...] = ()
    reason: str | None = None


def benchmark(coefficient: Coefficient, *, scale: ScaleName = "landis-koch", bar: float = 0.95) -> Benchmark:
    """Place a coefficient on a scale by cumulative membership probability.

    Parameters
    ----------
    coefficient : Coefficient
        With a value and a standard error above 0.
    scale : str
        ``"landis-koch"``, ``"altman"`` or ``"fleiss"``.
    bar : float
        Probability with which a band or a better one must be reached.

    Returns
    -------
    Benchmark

    Raises
    ------
    SettingsError
        If the scale is unknown or the bar is no probability.

    References
    ----------
    Gwet, K. L. (2014). *Handbook of Inter-Rater Reliability*, 4th ed., chapter 6. Landis, J. R., & Koch, G. G. (1977).
    Altman, D. G. (1991). *Practical Statistics for Medical Research*. Fleiss, J. L. (1981).

    Examples
    --------
    >>> found = benchmark(Coefficient(name="gwet", value=0.67, se=0.15, n=20), scale="altman")
    >>> found.word, round(found.probability, 3)
    ('moderate', 0.964)
    """
    if scale not in SCALES:
        raise SettingsError(f"scale is {scale!r}; choose one of {', '.join(SCALES)}.")
    if not 0 < bar < 1:
        raise SettingsError(f"bar is {bar:g}, but a probability lies between 0 and 1; .95 is usual.")
    bands = tuple(band.word for band in SCALES[scale])
    if not coefficient.defined or not coefficient.se > 0:
        reason = coefficient.reason or "the standard error is 0 or unknown, so no probability can be given"
        return Benchmark(scale=scale, word=None, bar=bar, bands=bands, reason=reason)
    memberships = _memberships(coefficient.value, coefficient.se, SCALES[scale])
    cumulative = tuple(math.fsum(memberships[: at + 1]) for at in range(len(memberships)))
    at = next((at for at, sure in enumerate(cumulative) if sure >= bar), len(bands) - 1)
    return Benchmark(
        scale=scale,
        word=bands[at],
        probability=cumulative[at],
        bar=bar,
        bands=bands,
        memberships=memberships,
        cumulative=cumulative,
    )


def _memberships(value: float, se: float, bands: tuple[Band, ...]) -> tuple[float, ...]:
    from scipy.special import ndtr

    tops = (1.0, *(band.low for band in bands[:-1]))
    below = [
        float(ndtr((value - band.low) / se) - ndtr((value - top) / se)) for band, top in zip(bands, tops, strict=True)
    ]
    whole = float(ndtr((value - bands[-1].low) / se) - ndtr((value - 1.0) / se))
    return tuple(part / whole for part in below)
