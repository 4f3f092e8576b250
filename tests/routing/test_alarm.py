"""The alarm: its arithmetic, that it may be looked at at any time, and that it wakes up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from reviewkit.errors import SettingsError, ShapeError
from reviewkit.routing.alarm import AlarmState, AlarmTerms, alarm_times, detection_delay
from reviewkit.routing.guarantee import certify
from reviewkit.routing.rated_rows import RatedRows
from reviewkit.routing.terms import CertificateSubject, CertificateTerms

TERMS = AlarmTerms(level=0.05)
SUBJECT = CertificateSubject(record_rule="mean-half-up", rubric_digest="a" * 64, bundle_digest="b" * 64)


class TestTheValueWorkedByHand:
    def test_one_bet_after_an_error_and_none(self) -> None:
        terms = AlarmTerms(level=0.1, bets=(2.0,), planned_audits=1)
        state = AlarmState.start(terms).after([True, False])
        first = (0.4 + 0.6 / 2) * 2
        second = (first + 0.6 / 6) * 0.8 / 0.9
        assert state.evidence == pytest.approx(second + 0.6 / 3)

    @given(st.integers(1, 50), st.integers(0, 400))
    def test_stakes_and_what_is_in_hand_are_always_one(self, planned: int, n_audits: int) -> None:
        terms = AlarmTerms(level=0.05, planned_audits=planned)
        spent = sum(terms.stake(audit) for audit in range(1, n_audits + 1))
        assert spent + terms.unspent(n_audits) == pytest.approx(1)

    @given(st.floats(0.001, 0.999), st.lists(st.floats(1.01, 20), min_size=1, max_size=5))
    def test_at_the_promised_share_no_bet_gains_on_average(self, level: float, bets: list[float]) -> None:
        after_error, after_none = AlarmTerms(level=level, bets=tuple(bets)).gains()
        assert level * after_error + (1 - level) * after_none == pytest.approx(np.ones(len(bets)))
        assert np.all(after_error > 1)
        assert np.all((after_none >= 0) & (after_none < 1))


class TestTheState:
    @settings(max_examples=50)
    @given(st.lists(st.booleans(), max_size=60), st.integers(0, 60))
    def test_audits_may_come_in_any_portions(self, errors: list[bool], cut: int) -> None:
        whole = AlarmState.start(TERMS).after(errors)
        parts = AlarmState.start(TERMS).after(errors[:cut]).after(errors[cut:])
        assert (parts.n_audits, parts.n_errors, parts.raised_at) == (whole.n_audits, whole.n_errors, whole.raised_at)
        assert parts.evidence == pytest.approx(whole.evidence)

    @settings(max_examples=50)
    @given(st.lists(st.booleans(), max_size=40))
    def test_it_goes_on_where_it_was_written_down(self, errors: list[bool]) -> None:
        state = AlarmState.start(TERMS).after(errors)
        assert AlarmState.model_validate_json(state.model_dump_json()) == state

    def test_once_raised_it_stays_raised(self) -> None:
        state = AlarmState.start(TERMS).after([True] * 10)
        later = state.after([False] * 5000)
        assert (later.raised, later.raised_at) == (True, state.raised_at)

    def test_it_says_the_same_as_the_simulation(self) -> None:
        errors = np.random.default_rng(2).random((20, 300)) < 0.15
        states = [AlarmState.start(TERMS).after(stream).raised_at or 0 for stream in errors]
        assert alarm_times(errors, TERMS).tolist() == states

    def test_it_does_not_overflow(self) -> None:
        assert np.isfinite(AlarmState.start(TERMS).after([True] * 2000).evidence)

    def test_no_audit_is_no_news(self) -> None:
        assert AlarmState.start(TERMS).after([]) == AlarmState.start(TERMS)


class TestThePromise:
    @pytest.mark.parametrize("risk", [0.02, 0.05])
    def test_while_the_promise_holds_it_is_seldom_raised(self, risk: float) -> None:
        found = detection_delay(TERMS, risk_before=risk, risk_after=risk, n_streams=400, max_audits=1500, seed=4)
        assert found.share_found <= 0.05

    def test_a_doubling_is_found(self) -> None:
        found = detection_delay(TERMS, risk_before=0.05, risk_after=0.1, change_at=100, n_streams=200, seed=5)
        assert found.median is not None
        assert found.median < 350
        assert found.share_found > 0.95

    def test_what_is_never_found_has_no_median(self) -> None:
        found = detection_delay(TERMS, risk_before=0.0, risk_after=0.0, n_streams=10, max_audits=50)
        assert (found.median, found.ninetieth, found.share_found) == (None, None, 0.0)


class TestBadInput:
    def test_a_certificate_without_threshold_has_nothing_to_watch(self) -> None:
        rows = RatedRows.of(confidence=[], error=[], teacher_ids=[])
        certificate = certify(rows, CertificateTerms(risk="any-difference", level=0.05), subject=SUBJECT)
        with pytest.raises(SettingsError, match="holds no threshold, so that nothing stands"):
            AlarmTerms.of(certificate)

    def test_the_certified_level_is_what_is_watched(self) -> None:
        rows = RatedRows.of(confidence=[0.9] * 50, error=[False] * 50, teacher_ids=range(50))
        certificate = certify(rows, CertificateTerms(risk="any-difference", level=0.05), subject=SUBJECT)
        assert AlarmTerms.of(certificate) == TERMS

    def test_an_audit_that_is_neither_right_nor_wrong_is_named(self) -> None:
        with pytest.raises(ShapeError, match=r"errors\[0\] is 3"):
            AlarmState.start(TERMS).after([3])

    def test_one_stream_is_no_table(self) -> None:
        with pytest.raises(ShapeError, match="errors has 1 dimensions"):
            alarm_times([True], TERMS)

    @pytest.mark.parametrize("change", [{"bets": (1.0,)}, {"bets": ()}, {"level": 0.0}, {"planned_audits": 0}])
    def test_terms_that_cannot_be_are_refused(self, change: dict[str, object]) -> None:
        with pytest.raises(ValidationError):
            AlarmTerms.model_validate({"level": 0.05, **change})

    def test_a_state_of_other_terms_is_refused(self) -> None:
        with pytest.raises(ValidationError, match="wealth has 1 numbers, but there are 3 bets"):
            AlarmState(terms=TERMS, wealth=(0.0,))
