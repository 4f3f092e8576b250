"""The bar that a new reviewer must reach, and the report that says whether one does."""

from typing import Literal

from pydantic import Field

from reviewkit.agreement.figures import Figures
from reviewkit.records.base import Record


class TrainingBar(Record):
    """What a new reviewer must reach.

    Attributes
    ----------
    agreement : float
        Share of ratings that agree with the record; programs ask for .80 in practice.
    counts : str
        ``"exact"``, or ``"adjacent"``: at most one level apart.
    by : str
        ``"value"``: the share reaches the bar. ``"low"``: the lower end of its interval does, so that luck on few
        anchors does not pass anyone.
    each_criterion : bool
        Every criterion must reach the bar, not only all together.
    min_anchors : int
        Anchors a criterion must have before anyone passes.
    confidence : float

    Examples
    --------
    >>> TrainingBar(agreement=0.9, by="low").min_anchors
    5
    """

    agreement: float = Field(default=0.8, gt=0, le=1)
    counts: Literal["exact", "adjacent"] = "exact"
    by: Literal["value", "low"] = "value"
    each_criterion: bool = True
    min_anchors: int = Field(default=5, ge=1)
    confidence: float = Field(default=0.95, gt=0, lt=1)


class TrainingAgreement(Figures):
    """A reviewer's agreement with the record, on one criterion or on all.

    Attributes
    ----------
    criterion_id : str or None
        None: all criteria together.
    exact, adjacent : float
        Shares of the anchors, with Wilson intervals.
    qwk : float
        Quadratic weighted kappa; nan with one level throughout.
    bias : float
        Mean of the reviewer's level less the record's, in level numbers; above 0 is lenient.
    passes : bool or None
        None where there are too few anchors to tell.
    """

    criterion_id: str | None
    n_anchors: int
    exact: float
    exact_low: float
    exact_high: float
    adjacent: float
    adjacent_low: float
    adjacent_high: float
    qwk: float
    bias: float
    bias_low: float
    bias_high: float
    passes: bool | None
    reason: str | None = None


class Miss(Figures):
    """One anchor on which the reviewer and the record differ."""

    submission_id: str
    criterion_id: str
    given: float
    record: float
    rationale: str | None = None


class TrainingReport(Figures):
    """How one reviewer stands to the record.

    Attributes
    ----------
    overall : TrainingAgreement
    criteria : tuple of TrainingAgreement
    misses : tuple of Miss
        The largest first, with the record's rationale: what to talk about.
    passes : bool
        By the bar: overall, and on each criterion if it says so.
    unrated : tuple of str
        Anchors (submission / criterion) in the record that the reviewer left out.

    Examples
    --------
    >>> from reviewkit import Rating, calibrate_rater
    >>> own, lead = (Rating(submission_id="a1", criterion_id="taught", rater_id=one, level=level)
    ...              for one, level in (("new", 2), ("lead", 3)))
    >>> report = calibrate_rater([own], [lead])[0]
    >>> report.passes, report.misses[0].record
    (False, 3.0)
    """

    rater_id: str
    bar: TrainingBar
    overall: TrainingAgreement
    criteria: tuple[TrainingAgreement, ...]
    misses: tuple[Miss, ...]
    unrated: tuple[str, ...]
    passes: bool
