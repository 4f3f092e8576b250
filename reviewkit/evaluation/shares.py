"""Counts that may be shown: a share with its interval, and none from which a small count could be worked out."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from reviewkit.agreement.proportion import wilson_interval
from reviewkit.records import Record
from reviewkit.records.base import Probability


class CohortSettings(BaseModel):
    """How small a count is shown, how sure the intervals are, how much is listed.

    Attributes
    ----------
    min_cell : int
        Counts from 1 to below it are hidden.
    confidence : float
        Of the Wilson intervals.
    n_missing : int
        How many of the things that the next level asks are listed a criterion.

    Examples
    --------
    >>> CohortSettings(min_cell=10).confidence
    0.95
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_cell: int = Field(default=5, ge=1)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    n_missing: int = Field(default=5, ge=1)


class Share(Record):
    """A count of a total with its Wilson interval; all None where hidden, share None where the total is 0."""

    count: int | None = None
    of: int | None = None
    share: Probability | None = None
    low: Probability | None = None
    high: Probability | None = None
    hidden: bool = False


def share_of(count: int, of: int, *, settings: CohortSettings, cell: bool = False) -> Share:
    """Return a share; hidden where the total is small, or (a ``cell``) where the count or the rest is.

    Examples
    --------
    >>> share_of(2, 30, settings=CohortSettings(), cell=True).hidden
    True
    >>> share_of(12, 30, settings=CohortSettings()).share
    0.4
    """
    if of == 0:
        return Share(count=0, of=0)
    small = [number for number in ((of, count, of - count) if cell else (of,)) if 0 < number < settings.min_cell]
    if small:
        return Share(hidden=True)
    low, high = wilson_interval(count / of, of, confidence=settings.confidence)
    return Share(count=count, of=of, share=count / of, low=low, high=high)


def spread(counts: Mapping[str, int], *, settings: CohortSettings) -> dict[str, Share]:
    """Return the share of each; a small count is hidden together with the next smallest, so that none can be inferred.

    Examples
    --------
    >>> shares = spread({"1": 2, "2": 9, "3": 20, "4": 0}, settings=CohortSettings())
    >>> [key for key, one in shares.items() if one.hidden]
    ['1', '2']
    """
    total = sum(counts.values())
    hidden = {key for key, count in counts.items() if 0 < count < settings.min_cell}
    rest = sorted((count, key) for key, count in counts.items() if key not in hidden and count)
    if len(hidden) == 1 and rest:
        hidden.add(rest[0][1])
    hidden = set(counts) if 0 < total < settings.min_cell else hidden
    return {
        key: Share(hidden=True) if key in hidden else share_of(count, total, settings=settings)
        for key, count in counts.items()
    }
