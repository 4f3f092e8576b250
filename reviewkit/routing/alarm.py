"""The alarm: audits of what stands bet against the promise, and when the bets have won enough, the promise is off."""

import math
from collections.abc import Iterable
from typing import Annotated, Self

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field, model_validator

from reviewkit.errors import SettingsError, ShapeError
from reviewkit.records.base import Record
from reviewkit.records.decision import Certificate
from reviewkit.routing.proportion import FloatArray, IntArray
from reviewkit.routing.risks import truths
from reviewkit.routing.terms import Share

EARLY = 0.4
"""Share of the stake that is bet from the first audit on; the rest is kept for changes that come later."""

CAP = 1e300


class AlarmTerms(Record):
    """When the alarm is raised. Settled when the certificate is signed, before the first audit.

    Attributes
    ----------
    level : float
        The promised share of errors among what stands: the alarm is raised where it is exceeded.
    false_alarm : float
        Probability, at most, that it is ever raised while the promise holds, however long one watches.
    planned_audits : int
        Audits over which half of what is kept for later changes is spread evenly; a sixth goes over as many again, and
        so on, so that a change is found whenever it comes.
    bets : tuple of float
        Multiples of ``level`` that the stake is on, in equal parts; the nearer the truth, the sooner the alarm.

    Examples
    --------
    >>> AlarmTerms(level=0.05).false_alarm
    0.05
    """

    level: Share
    false_alarm: Share = 0.05
    planned_audits: int = Field(default=1000, ge=1)
    bets: tuple[Annotated[float, Field(gt=1)], ...] = Field(default=(1.5, 2.0, 3.0), min_length=1)

    @classmethod
    def of(cls, certificate: Certificate, *, false_alarm: float = 0.05, planned_audits: int = 1000) -> Self:
        """Return the terms that watch over a certificate.

        Raises
        ------
        SettingsError
            If nothing was certified: then nothing stands and there is nothing to watch.
        """
        if certificate.threshold is None:
            raise SettingsError(
                f"certificate {certificate.certificate_id} holds no threshold, so that nothing stands; "
                "an alarm watches over what stands: certify first."
            )
        return cls(level=certificate.level, false_alarm=false_alarm, planned_audits=planned_audits)

    def gains(self) -> tuple[FloatArray, FloatArray]:
        """Return what each bet's stake is multiplied by after an error, and after none."""
        believed = np.minimum(np.asarray(self.bets) * self.level, (1 + self.level) / 2)
        return believed / self.level, (1 - believed) / (1 - self.level)

    def stake(self, audit: int) -> float:
        """Return the share of the stake that is first bet at that audit, counted from 1; all of them sum to 1."""
        block = (audit - 1) // self.planned_audits + 1
        early = EARLY if audit == 1 else 0.0
        return early + (1 - EARLY) / (block * (block + 1) * self.planned_audits)

    def unspent(self, n_audits: int) -> float:
        """Return the share of the stake that is still in hand after so many audits."""
        block, into = n_audits // self.planned_audits + 1, n_audits % self.planned_audits
        in_block = (1 - into / self.planned_audits) / (block * (block + 1))
        return (1 - EARLY) * (in_block + 1 / (block + 1)) if n_audits else 1.0


class AlarmState(Record):
    """Where the alarm stands after the audits so far. Write it to JSON after each audit, read it before the next.

    Attributes
    ----------
    terms : AlarmTerms
    n_audits, n_errors : int
    wealth : tuple of float
        What each bet has made of its stakes.
    evidence : float
        What the whole stake of 1 has become. Large where the promise is broken; it grows beyond ``1 / false_alarm``
        with probability at most ``false_alarm`` while the promise holds.
    raised_at : int or None
        Audit at which the alarm was raised; it stays raised. Then everything goes to review, and only a new
        certificate from new rows lets a suggestion stand again.

    Notes
    -----
    A mixture of likelihood ratios over bets and starting times is a test martingale when the share of errors is
    ``level`` and falls on average when it is lower; Ville (1939) bounds how far it ever rises. Shafer, G. (2021),
    Journal of the Royal Statistical Society A 184, 407-431; Ramdas, A. et al. (2023), Statistical Science 38, 576-601.

    Examples
    --------
    >>> state = AlarmState.start(AlarmTerms(level=0.05)).after([False] * 30)
    >>> state.raised, state.evidence < 1
    (False, True)
    >>> state.after([True] * 8).raised
    True
    """

    terms: AlarmTerms
    n_audits: int = Field(default=0, ge=0)
    n_errors: int = Field(default=0, ge=0)
    wealth: tuple[Annotated[float, Field(ge=0)], ...]
    evidence: float = Field(default=1.0, ge=0)
    raised_at: int | None = None

    @model_validator(mode="after")
    def _bets_pair(self) -> Self:
        if len(self.wealth) != len(self.terms.bets):
            raise ValueError(f"wealth has {len(self.wealth)} numbers, but there are {len(self.terms.bets)} bets")
        return self

    @classmethod
    def start(cls, terms: AlarmTerms) -> Self:
        """Return the state before the first audit."""
        return cls(terms=terms, wealth=(0.0,) * len(terms.bets))

    @property
    def raised(self) -> bool:
        """Whether everything goes to review."""
        return self.raised_at is not None

    def after(self, errors: ArrayLike) -> Self:
        """Return the state after more audits, in the order in which they were drawn.

        Parameters
        ----------
        errors : array-like of bool, shape (n_new_audits,)
            Of every blind audit of a suggestion that stood: whether it was the error that the certificate bounds.
            Count one audit a teacher; a second one of the same teacher is no news about the stream.

        Returns
        -------
        AlarmState
        """
        new = truths(errors, name="errors")
        wealth, evidence = _bet(self.terms, new[None, :], wealth=np.asarray([self.wealth]), n_before=self.n_audits)
        reached = np.flatnonzero(evidence[0] >= 1 / self.terms.false_alarm)
        first = self.n_audits + int(reached[0]) + 1 if reached.size else None
        return type(self)(
            terms=self.terms,
            n_audits=self.n_audits + len(new),
            n_errors=self.n_errors + int(new.sum()),
            wealth=tuple(wealth[0].tolist()),
            evidence=float(evidence[0, -1]) if len(new) else self.evidence,
            raised_at=first if self.raised_at is None else self.raised_at,
        )


def _bet(terms: AlarmTerms, errors: ArrayLike, *, wealth: FloatArray, n_before: int) -> tuple[FloatArray, FloatArray]:
    """Play audits, shape (n_streams, n_audits); return each bet's wealth at the end and the evidence after each."""
    outcomes = np.asarray(errors, dtype=np.bool_)
    after_error, after_none = terms.gains()
    evidence = np.empty(outcomes.shape)
    for step in range(outcomes.shape[1]):
        audit = n_before + step + 1
        gain = np.where(outcomes[:, step, None], after_error, after_none)
        wealth = np.minimum((wealth + terms.stake(audit)) * gain, CAP)
        evidence[:, step] = wealth.mean(axis=1) + terms.unspent(audit)
    return wealth, evidence


def alarm_times(errors: ArrayLike, terms: AlarmTerms) -> IntArray:
    """Return at which audit each of many streams raises the alarm.

    Parameters
    ----------
    errors : array-like of bool, shape (n_streams, n_audits)
    terms : AlarmTerms

    Returns
    -------
    ndarray of int64, shape (n_streams,)
        Counted from 1; 0 where it is not raised.

    Examples
    --------
    >>> alarm_times([[False] * 8, [True] * 8], AlarmTerms(level=0.05))
    array([0, 5])
    """
    outcomes = np.asarray(errors, dtype=np.bool_)
    if outcomes.ndim != 2:
        raise ShapeError(f"errors has {outcomes.ndim} dimensions, but streams stand in two; pass a row a stream.")
    _, evidence = _bet(terms, outcomes, wealth=np.zeros((len(outcomes), len(terms.bets))), n_before=0)
    reached = evidence >= 1 / terms.false_alarm
    return np.where(reached.any(axis=1), reached.argmax(axis=1) + 1, 0).astype(np.int64)


class DetectionDelay(Record):
    """How many audits the alarm takes to find a change, by simulation. Undefined numbers are None.

    Attributes
    ----------
    risk_before, risk_after : float
        Share of errors among what stands, before and after the change.
    change_at : int
        Audits before the change.
    median, ninetieth : float or None
        Audits after the change until the alarm, in half and in nine tenths of the streams; None if more streams than
        that never raise it within ``max_audits``.
    share_found : float
        Streams that raise it after the change, of those that did not before.
    share_early : float
        Streams that raise it before the change.
    """

    risk_before: float
    risk_after: float
    change_at: int
    max_audits: int
    n_streams: int
    median: float | None
    ninetieth: float | None
    share_found: float
    share_early: float


def detection_delay(
    terms: AlarmTerms,
    *,
    risk_before: float,
    risk_after: float,
    change_at: int = 0,
    max_audits: int = 2000,
    n_streams: int = 1000,
    seed: int = 0,
) -> DetectionDelay:
    """Simulate how soon the alarm finds that what stands has become worse.

    Parameters
    ----------
    terms : AlarmTerms
    risk_before, risk_after : float
        0 to 1.
    change_at : int
        Audits before the change.
    max_audits : int
        Audits after the change at which one stops watching.
    n_streams : int
    seed : int

    Returns
    -------
    DetectionDelay

    Examples
    --------
    >>> found = detection_delay(AlarmTerms(level=0.05), risk_before=0.05, risk_after=0.2, n_streams=200)
    >>> found.share_found, found.median < 60
    (1.0, True)
    """
    generator = np.random.default_rng(seed)
    risks = np.repeat([risk_before, risk_after], [change_at, max_audits])
    times = alarm_times(generator.random((n_streams, len(risks))) < risks, terms)
    early = (times > 0) & (times <= change_at)
    delays = np.where(times[~early] > 0, times[~early] - change_at, math.inf)
    return DetectionDelay(
        risk_before=risk_before,
        risk_after=risk_after,
        change_at=change_at,
        max_audits=max_audits,
        n_streams=n_streams,
        median=_quantile(delays, 0.5),
        ninetieth=_quantile(delays, 0.9),
        share_found=float(np.isfinite(delays).mean()) if delays.size else 0.0,
        share_early=float(early.mean()),
    )


def _quantile(delays: Iterable[float], share: float) -> float | None:
    """Return the delay within which that share of the streams raised the alarm."""
    ordered = sorted(delays)
    value = ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.inf
    return float(value) if math.isfinite(value) else None
