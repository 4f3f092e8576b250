"""A program under way, from its ledger: what audits say of what stands, whether the promise holds, who drifts."""

from collections.abc import Iterable, Sequence

from pydantic import ConfigDict, Field

from reviewkit.agreement.design import rating_design
from reviewkit.agreement.facets import SeverityDrift, fit_facets, severity_drift
from reviewkit.agreement.figures import Figures
from reviewkit.agreement.score_of_record import award_of_record, scores_of_record
from reviewkit.errors import DesignError, RatingsError
from reviewkit.records import Certificate, Record, Rubric
from reviewkit.review.ledger import ReviewLedger
from reviewkit.review.rated import RatedSuggestion
from reviewkit.routing.alarm import AlarmState, AlarmTerms
from reviewkit.routing.audit import AuditEstimate, standing_agreement, stream_agreement
from reviewkit.routing.risks import award_errors, level_errors

Levels = dict[str, float | None]


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
    alarm : AlarmState or None
        None without a certificate; ``alarm_reason`` says so.
    drift : tuple of SeverityDrift
        Empty where severities cannot be followed; ``drift_reason`` says why.

    Examples
    --------
    >>> report = MonitorReport(counts={}, criteria=(), alarm=None, alarm_reason="no certificate was given")
    >>> report.to_json()["alarm"] is None
    True
    """

    model_config = ConfigDict(allow_inf_nan=True)

    counts: dict[str, int]
    criteria: tuple[CriterionMonitor, ...]
    alarm: AlarmState | None
    alarm_reason: str | None = None
    drift: tuple[SeverityDrift, ...] = ()
    drift_reason: str | None = None


def monitor_ledger(
    ledger: ReviewLedger,
    *,
    certificate: Certificate | None = None,
    rubric: str | None = None,
    settings: MonitorSettings | None = None,
) -> MonitorReport:
    """Say how a program under way is doing.

    Parameters
    ----------
    ledger : ReviewLedger
    certificate : Certificate, optional
        The promise that the alarm watches over; without it there is no alarm to raise.
    rubric : str, optional
        Digest of the rubric; needed where the ledger holds ratings under several.
    settings : MonitorSettings, optional

    Returns
    -------
    MonitorReport

    Raises
    ------
    LedgerError
        If ratings speak of several rubrics and none was named.
    SettingsError
        If the certificate holds no threshold: then nothing stands.

    Notes
    -----
    The alarm takes the audits in the order in which their ratings came, the first one of each teacher alone.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, ReviewLedger.open(f"{folder}/new.ledger", create=True) as ledger:
    ...     report = monitor_ledger(ledger)
    >>> report.criteria, report.alarm_reason
    ((), 'no certificate was given')
    """
    chosen = settings or MonitorSettings()
    rated = ledger.rated(rubric=rubric)
    cases = _Cases(rated, rubric=_rubric_of(ledger, rated))
    alarm = None if certificate is None else _alarm(cases, certificate, chosen)
    drift, why = _drift(rated, chosen)
    return MonitorReport(
        counts=ledger.counts(),
        criteria=tuple(_criterion(cases, name, chosen) for name in cases.criterion_ids),
        alarm=alarm,
        alarm_reason="no certificate was given" if certificate is None else None,
        drift=drift,
        drift_reason=why,
    )


class _Cases:
    """Suggestions that people answered blind, each beside its score of record, in the order of their first rating."""

    def __init__(self, rated: Sequence[RatedSuggestion], *, rubric: Rubric | None) -> None:
        self.rubric = rubric
        self.criterion_ids = rubric.criterion_ids if rubric else ()
        blind = [one for one in rated if one.rating.blind]
        self.rows = list({one.rating.submission_id: one for one in reversed(blind)}.values())[::-1]
        self.records = scores_of_record([one.rating for one in blind], rubric=rubric) if rubric else {}

    def record(self, one: RatedSuggestion) -> Levels:
        return self.records.get(one.rating.submission_id, {})


def _rubric_of(ledger: ReviewLedger, rated: Iterable[RatedSuggestion]) -> Rubric | None:
    for one in rated:
        return ledger.rubric(one.rating.submission_id)
    return None


def _criterion(cases: _Cases, criterion_id: str, settings: MonitorSettings) -> CriterionMonitor:
    rows = [
        (one, score.level == cases.record(one)[criterion_id])
        for one in cases.rows
        for score in one.review.scores
        if score.criterion_id == criterion_id and cases.record(one).get(criterion_id) is not None
    ]
    audits = [(one, agreed) for one, agreed in rows if one.audited]
    seen = [(one, agreed) for one, agreed in rows if one.review_probability > 0]
    standing = standing_agreement(
        [agreed for _, agreed in audits],
        teacher_ids=[one.teacher_id for one, _ in audits],
        confidence=settings.confidence,
    )
    stream = stream_agreement(
        [agreed for _, agreed in seen],
        [one.review_probability for one, _ in seen],
        teacher_ids=[one.teacher_id for one, _ in seen],
        confidence=settings.confidence,
    )
    return CriterionMonitor(criterion_id=criterion_id, standing=standing, stream=stream)


def _alarm(cases: _Cases, certificate: Certificate, settings: MonitorSettings) -> AlarmState:
    terms = AlarmTerms.of(certificate, false_alarm=settings.false_alarm)
    errors: dict[str, bool] = {}
    for one in cases.rows:
        error = _error(cases, one, certificate) if one.audited and one.teacher_id not in errors else None
        if error is not None:
            errors[one.teacher_id] = error
    return AlarmState.start(terms).after(list(errors.values()))


def _error(cases: _Cases, one: RatedSuggestion, certificate: Certificate) -> bool | None:
    """Whether an audited suggestion is the error that the certificate bounds; None where that is still open."""
    if cases.rubric is None:
        return None
    suggested: Levels = {score.criterion_id: score.level for score in one.review.scores}
    recorded = cases.record(one)
    if certificate.criterion_id is None:
        pair = award_of_record(suggested, cases.rubric), award_of_record(recorded, cases.rubric)
        if None in pair:
            return None
        return bool(award_errors([pair[0]], [pair[1]], risk=certificate.risk)[0])  # type: ignore[arg-type]
    criterion = cases.rubric.criterion(certificate.criterion_id)
    levels, name = criterion.level_numbers, criterion.id
    machine, human = suggested.get(name), recorded.get(name)
    if machine is None or human is None:
        return None
    required = None if criterion.required_level is None else levels.index(criterion.required_level)
    found = level_errors(
        [levels.index(machine)],
        [levels.index(human)],
        risk=certificate.risk,  # type: ignore[arg-type]
        n_levels=len(levels),
        required=required,
    )
    return bool(found[0])


def _drift(rated: Sequence[RatedSuggestion], settings: MonitorSettings) -> tuple[tuple[SeverityDrift, ...], str | None]:
    try:
        fit = fit_facets(rating_design(one.rating for one in rated))
        return severity_drift(fit, n_windows=settings.n_windows), None
    except (DesignError, RatingsError) as error:
        return (), str(error)
