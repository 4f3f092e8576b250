"""The alarms of a ledger: certificates held against its audits, and those under which nothing stands any more."""

from collections.abc import Iterable, Sequence

from reviewkit.records import Certificate, Record
from reviewkit.review.entries import Alarm
from reviewkit.review.ledger import ReviewLedger
from reviewkit.review.notices import raised_alarms
from reviewkit.routing.alarm import AlarmState, AlarmTerms
from reviewkit.routing.answered import AnsweredCases, answered_cases


class CertificateAlarm(Record):
    """How a certificate fares against the audits of what stood under it.

    Attributes
    ----------
    state : AlarmState or None
        None where nothing stands under the certificate, so that there is nothing to watch.
    raised_at : int or None
        Audit at which the alarm was raised, now or when the ledger was last looked at; it stays raised.

    Examples
    --------
    >>> alarm = CertificateAlarm(
    ...     certificate_id="spring", risk="false-award", criterion_id=None, state=None, raised_at=41)
    >>> alarm.raised
    True
    """

    certificate_id: str
    risk: str
    criterion_id: str | None
    state: AlarmState | None
    raised_at: int | None

    @property
    def raised(self) -> bool:
        """Whether everything goes to review."""
        return self.raised_at is not None

    def entry(self) -> Alarm:
        """Return what the ledger keeps of an alarm that was raised."""
        seen = self.state.model_dump(include={"n_audits", "n_errors"}) if self.state else {}
        return Alarm.model_validate({"certificate_id": self.certificate_id, "raised_at": self.raised_at, **seen})


def raise_alarms(
    ledger: ReviewLedger, certificates: Iterable[Certificate], *, false_alarm: float = 0.05
) -> tuple[CertificateAlarm, ...]:
    """Hold certificates against a ledger's audits, and write each alarm that is raised into the ledger.

    Parameters
    ----------
    ledger : ReviewLedger
    certificates : iterable of Certificate
    false_alarm : float
        Probability, at most, that one certificate's alarm is ever raised while its promise holds. Settle it once.

    Returns
    -------
    tuple of CertificateAlarm
        In the order given. An alarm that the ledger holds stays raised, whatever is settled later; only another
        certificate, from new rows, lets suggestions stand again.

    Raises
    ------
    LedgerError
        If the ledger does not know a certificate's rubric.

    Notes
    -----
    Audits count under the certificate that their review names, in the order in which their records were settled, the
    first one of each teacher alone.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, ReviewLedger.open(f"{folder}/new.ledger", create=True) as ledger:
    ...     raise_alarms(ledger, [])
    ()
    """
    watched = list(certificates)
    answered = {one: answered_cases(ledger, rubric=one) for one in {one.rubric_digest for one in watched}}
    with ledger.together() as connection:
        known = raised_alarms(ledger.journal(connection))
        found = tuple(
            _alarm(answered[one.rubric_digest], one, false_alarm=false_alarm, raised_at=known.get(one.certificate_id))
            for one in watched
        )
        ledger.append_all(one.entry() for one in found if one.raised and one.certificate_id not in known)
    return found


def _alarm(
    answered: AnsweredCases, certificate: Certificate, *, false_alarm: float, raised_at: int | None
) -> CertificateAlarm:
    state = None
    if certificate.threshold is not None:
        terms = AlarmTerms.of(certificate, false_alarm=false_alarm)
        state = AlarmState.start(terms).after(_errors(answered, certificate))
        raised_at = state.raised_at if raised_at is None else raised_at
    return CertificateAlarm(
        certificate_id=certificate.certificate_id,
        risk=certificate.risk,
        criterion_id=certificate.criterion_id,
        state=state,
        raised_at=raised_at,
    )


def _errors(answered: AnsweredCases, certificate: Certificate) -> Sequence[bool]:
    errors: dict[str, bool] = {}
    for case in answered.cases:
        if case.audited and case.stood_under(certificate) and case.teacher_id not in errors:
            error = answered.error(case, certificate)
            if error is not None:
                errors[case.teacher_id] = error
    return list(errors.values())
