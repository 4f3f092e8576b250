"""A program under way, from its ledger: what audits say of what stands, whether the promise holds, who drifts."""

from collections.abc import Iterable, Sequence

from pydantic import ConfigDict, Field

from reviewkit.agreement.design import rating_design
from reviewkit.agreement.facets import SeverityDrift, fit_facets, severity_drift
from reviewkit.agreement.figures import Figures
from reviewkit.errors import DesignError, RatingsError
from reviewkit.records import Certificate, Rating, Record
from reviewkit.review.ledger import ReviewLedger
from reviewkit.routing.answered import AnsweredCases, answered_cases
from reviewkit.routing.audit import AuditEstimate, standing_agreement, stream_agreement
from reviewkit.routing.shift import ShiftTest
from reviewkit.routing.watch import CertificateAlarm, raise_alarms


class MonitorSettings(Record):
    """How a ledger is watched.

    Attributes
    ----------
    confidence : float
        Of the intervals.
    false_alarm : float
        Probability, at most, that the alarm is ever raised while the promise holds.
    n_windows : int
        Windows of time over which severities are followed.

    Examples
    --------
    >>> MonitorSettings().false_alarm
    0.05
    """

    confidence: float = Field(default=0.95, gt=0, lt=1)
    false_alarm: float = Field(default=0.05, gt=0, lt=1)
    n_windows: int = Field(default=4, ge=2)


class CriterionMonitor(Figures):
    """Agreement of suggestions with blind ratings on one criterion: of what stands, and of the whole stream."""

    criterion_id: str
    standing: AuditEstimate
    stream: AuditEstimate


class MonitorReport(Figures):
    """What a ledger tells of a program under way.

    Attributes
    ----------
    counts : dict of str to int
        Events of each kind.
    criteria : tuple of CriterionMonitor
    alarms : tuple of CertificateAlarm
        One a certificate given.
    drift : tuple of SeverityDrift
        Empty where severities cannot be followed; ``drift_reason`` says why.
    shift : ShiftTest or None
        Whether the texts have changed, where that was tested.

    Examples
    --------
    >>> MonitorReport(counts={"rating": 2}, criteria=(), alarms=()).to_json()["counts"]
    {'rating': 2}
    """

    model_config = ConfigDict(allow_inf_nan=True)

    counts: dict[str, int]
    criteria: tuple[CriterionMonitor, ...]
    alarms: tuple[CertificateAlarm, ...]
    drift: tuple[SeverityDrift, ...] = ()
    drift_reason: str | None = None
    shift: ShiftTest | None = None


def monitor_ledger(
    ledger: ReviewLedger,
    *,
    certificates: Iterable[Certificate] = (),
    rubric: str | None = None,
    shift: ShiftTest | None = None,
    settings: MonitorSettings | None = None,
) -> MonitorReport:
    """Say how a program under way is doing; an alarm that is raised is written into the ledger.

    Parameters
    ----------
    ledger : ReviewLedger
    certificates : iterable of Certificate
        The promises that alarms watch over, each under its own rubric.
    rubric : str, optional
        Digest of the rubric; needed where the ledger holds ratings under several.
    shift : ShiftTest, optional
        As :func:`reviewkit.ledger_shift` gives it; it stands in the report beside the rest.
    settings : MonitorSettings, optional

    Returns
    -------
    MonitorReport

    Raises
    ------
    LedgerError
        If ratings speak of several rubrics and none was named.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, ReviewLedger.open(f"{folder}/new.ledger", create=True) as ledger:
    ...     report = monitor_ledger(ledger)
    >>> report.criteria, report.alarms
    ((), ())
    """
    chosen = settings or MonitorSettings()
    answered = answered_cases(ledger, rubric=rubric)
    names = answered.rubric.criterion_ids if answered.rubric else ()
    drift, why = _drift(answered.ratings, chosen)
    return MonitorReport(
        counts=ledger.counts(),
        criteria=tuple(_criterion(answered, name, chosen) for name in names),
        alarms=raise_alarms(ledger, certificates, false_alarm=chosen.false_alarm),
        drift=drift,
        drift_reason=why,
        shift=shift,
    )


def _criterion(answered: AnsweredCases, criterion_id: str, settings: MonitorSettings) -> CriterionMonitor:
    rows = list(answered.pairs(criterion_id))
    audits = [(case, agreed) for case, agreed in rows if case.audited]
    seen = [(case, agreed) for case, agreed in rows if case.review_probability > 0]
    standing = standing_agreement(
        [agreed for _, agreed in audits],
        teacher_ids=[case.teacher_id for case, _ in audits],
        confidence=settings.confidence,
    )
    stream = stream_agreement(
        [agreed for _, agreed in seen],
        [case.review_probability for case, _ in seen],
        teacher_ids=[case.teacher_id for case, _ in seen],
        confidence=settings.confidence,
    )
    return CriterionMonitor(criterion_id=criterion_id, standing=standing, stream=stream)


def _drift(ratings: Sequence[Rating], settings: MonitorSettings) -> tuple[tuple[SeverityDrift, ...], str | None]:
    try:
        fit = fit_facets(rating_design(ratings))
        return severity_drift(fit, n_windows=settings.n_windows), None
    except (DesignError, RatingsError) as error:
        return (), str(error)
