"""What the routing promises, held to its word on simulated programs: the certificate, the alarm, the audits.

The long tests carry the mark ``statistical``: ``pytest -m statistical tests/statistical/test_guarantee.py -s`` prints
their numbers. A short form of each runs with the quick tests.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from reviewkit.routing.alarm import AlarmTerms, alarm_times, detection_delay
from reviewkit.routing.audit import stream_agreement
from reviewkit.routing.guarantee import certify
from reviewkit.routing.rated_rows import RatedRows
from reviewkit.routing.terms import CertificateSubject, CertificateTerms

SUBJECT = CertificateSubject(record_rule="mean-half-up", rubric_digest="a" * 64, bundle_digest="b" * 64)
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
N_PROGRAMS = 2000
N_AUDITS = 1000
FINE = np.linspace(0, 1, 4001)

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Program:
    """Teachers who hand in once to four times, alike within a teacher, and a machine whose confidence is off.

    ``slope`` and ``lift`` bend the risk over confidence; ``dip`` makes it worst where the machine is surest.
    """

    n_teachers: int
    slope: float
    lift: float
    dip: float = 0.0

    @classmethod
    def drawn(cls, generator: np.random.Generator, *, dip: bool = False) -> "Program":
        return cls(
            n_teachers=int(generator.integers(60, 900)),
            slope=float(generator.uniform(0.5, 3)),
            lift=float(generator.uniform(0, 0.08)),
            dip=float(generator.uniform(0, 0.3)) if dip else 0.0,
        )

    def risk(self, confidence: FloatArray) -> FloatArray:
        ordinary = self.lift + 0.8 * (1 - confidence) ** self.slope
        surest = self.dip * (confidence > 0.97)
        return np.asarray(np.clip(ordinary + surest, 0, 0.95))

    def true_risk(self, threshold: float) -> float:
        """Return the risk among what stands, for one random submission of a random teacher; beta(4, 1.5) confidence."""
        density = FINE**3 * (1 - FINE) ** 0.5 * (threshold <= FINE)
        return float(density @ self.risk(FINE) / density.sum())

    def rows(self, generator: np.random.Generator) -> RatedRows:
        n_each = generator.integers(1, 5, self.n_teachers)
        teacher = np.repeat(np.arange(self.n_teachers), n_each)
        confidence = generator.beta(4, 1.5, len(teacher))
        fate = np.repeat(generator.random(self.n_teachers), n_each)
        own = generator.random(len(teacher))
        alike = generator.random(len(teacher)) < 0.6
        error = np.where(alike, fate, own) < self.risk(confidence)
        return RatedRows.of(confidence=confidence, error=error, teacher_ids=teacher)


@dataclass(frozen=True)
class Tally:
    """What came of many programs."""

    n_programs: int
    n_certified: int
    n_broken: int
    n_alarms: int
    n_alarms_kept: int
    standing: float

    @property
    def broken(self) -> float:
        return self.n_broken / self.n_programs

    @property
    def alarms(self) -> float:
        return self.n_alarms / self.n_programs


def play(*, n_programs: int, seed: int, terms: CertificateTerms, dip: bool = False, drift: float = 1.0) -> Tally:
    """Certify each program, then watch its audits; ``drift`` multiplies the risk after the certificate is signed."""
    generator = np.random.default_rng(seed)
    certified = broken = alarms = alarms_kept = 0
    shares = []
    for _ in range(n_programs):
        program = Program.drawn(generator, dip=dip)
        certificate = certify(program.rows(generator), terms, subject=SUBJECT, issued_at=WHEN)
        if certificate.threshold is None:
            continue
        certified += 1
        risk = min(1.0, drift * program.true_risk(certificate.threshold))
        broken += risk > terms.level
        shares.append(certificate.share_standing or 0.0)
        audits = generator.random((1, N_AUDITS)) < risk
        raised = bool(alarm_times(audits, AlarmTerms.of(certificate))[0])
        alarms += raised
        alarms_kept += raised and risk <= terms.level
    return Tally(n_programs, certified, broken, alarms, alarms_kept, float(np.mean(shares)) if shares else 0.0)


def at_most(share: float, *, n: int) -> float:
    """Return the share and two standard errors of the simulation."""
    return share + 2 * math.sqrt(share * (1 - share) / n)


TEN = CertificateTerms(risk="any-difference", level=0.10)
FIVE = CertificateTerms(risk="any-difference", level=0.05)


class TestInShort:
    def test_the_promise_is_seldom_broken(self) -> None:
        found = play(n_programs=150, seed=1, terms=TEN)
        assert found.n_certified > 30
        assert found.broken <= at_most(0.1, n=150)

    def test_the_alarm_is_seldom_false(self) -> None:
        assert play(n_programs=150, seed=2, terms=TEN).n_alarms_kept / 150 <= at_most(0.05, n=150)


@pytest.mark.statistical
class TestTheCertificate:
    @pytest.mark.parametrize(
        "terms", [FIVE, TEN, TEN.model_copy(update={"level": 0.2})], ids=lambda one: str(one.level)
    )
    def test_undrifted_the_promise_and_the_alarm_hold(self, terms: CertificateTerms) -> None:
        found = play(n_programs=N_PROGRAMS, seed=11, terms=terms)
        signed = f"{found.n_broken / found.n_certified:.3f} of those signed"
        print(f"\nlevel {terms.level}: {found}; broken {found.broken:.4f} of all, {signed}")
        assert found.broken <= 0.115
        assert found.alarms <= at_most(0.05, n=N_PROGRAMS)

    def test_it_holds_where_the_machine_is_worst_where_it_is_surest(self) -> None:
        found = play(n_programs=N_PROGRAMS, seed=12, terms=TEN, dip=True)
        print(f"\nworst where surest: {found}")
        assert found.broken <= 0.115

    def test_at_the_edge_one_threshold_is_as_exact_as_the_binomial(self) -> None:
        generator = np.random.default_rng(13)
        terms = TEN.model_copy(update={"grid": (0.5,), "first_threshold": 0.5})
        granted = 0
        for _ in range(N_PROGRAMS):
            error = generator.random(200) < 0.1001
            rows = RatedRows.of(confidence=np.full(200, 0.9), error=error, teacher_ids=range(200))
            granted += certify(rows, terms, subject=SUBJECT, issued_at=WHEN).threshold is not None
        print(f"\nrisk just above the promise: signed in {granted / N_PROGRAMS:.4f} of programs")
        assert granted / N_PROGRAMS <= 0.115

    def test_at_the_edge_everywhere_the_whole_grid_is_as_exact(self) -> None:
        generator = np.random.default_rng(16)
        granted = 0
        for _ in range(N_PROGRAMS):
            confidence, error = generator.beta(4, 1.5, 300), generator.random(300) < 0.1001
            rows = RatedRows.of(confidence=confidence, error=error, teacher_ids=range(300))
            granted += certify(rows, TEN, subject=SUBJECT, issued_at=WHEN).threshold is not None
        print(f"\nrisk just above the promise at every threshold: signed in {granted / N_PROGRAMS:.4f} of programs")
        assert granted / N_PROGRAMS <= 0.115

    def test_pooling_the_submissions_of_a_teacher_would_break_it(self) -> None:
        generator = np.random.default_rng(14)
        terms = TEN.model_copy(update={"grid": (0.5,)})
        pooled = kept = 0
        for _ in range(500):
            error = np.repeat(generator.random(80) < 0.105, 10)
            columns = {"confidence": np.full(800, 0.9), "error": error}
            apart = RatedRows.of(**columns, teacher_ids=np.arange(800))
            whole = RatedRows.of(**columns, teacher_ids=np.arange(800) // 10)
            pooled += certify(apart, terms, subject=SUBJECT, issued_at=WHEN).threshold is not None
            kept += certify(whole, terms, subject=SUBJECT, issued_at=WHEN).threshold is not None
        print(f"\nbroken if pooled {pooled / 500:.3f}, with one submission a teacher {kept / 500:.3f}")
        assert pooled / 500 > 0.2
        assert kept / 500 <= at_most(0.1, n=500)

    def test_drifted_no_promise_holds_and_the_alarm_says_so(self) -> None:
        found = play(n_programs=500, seed=15, terms=TEN, drift=2.5)
        print(f"\ndrifted (risk times 2.5): {found}; alarm among broken {found.n_alarms / max(1, found.n_broken):.3f}")
        assert found.broken > 0.115
        assert found.n_alarms > 0.7 * found.n_broken


@pytest.mark.statistical
class TestTheAlarm:
    @pytest.mark.parametrize(("level", "bound"), [(0.02, 1500), (0.05, 650), (0.10, 350), (0.20, 180)])
    def test_a_doubling_is_found_within_the_audits_that_the_docs_state(self, level: float, bound: int) -> None:
        terms = AlarmTerms(level=level)
        for before, change_at in ((level, 0), (level / 2, 200), (level / 2, 1000)):
            found = detection_delay(
                terms, risk_before=before, risk_after=2 * level, change_at=change_at, max_audits=4000, n_streams=2000
            )
            print(f"\nlevel {level}, before {before}, change at {change_at}: {found.median}, {found.ninetieth}")
            assert found.ninetieth is not None
            assert found.ninetieth <= bound

    @pytest.mark.parametrize("level", [0.02, 0.05, 0.10, 0.20])
    def test_at_the_very_edge_it_is_false_in_five_of_a_hundred_at_most(self, level: float) -> None:
        found = detection_delay(
            AlarmTerms(level=level), risk_before=level, risk_after=level, max_audits=5000, n_streams=N_PROGRAMS, seed=21
        )
        print(f"\nlevel {level}: raised in {found.share_found:.4f} of streams of 5,000 audits at the edge")
        assert found.share_found <= at_most(0.05, n=N_PROGRAMS)


@pytest.mark.statistical
class TestTheAudits:
    def test_intervals_of_the_whole_stream_cover(self) -> None:
        generator = np.random.default_rng(31)
        hits = 0
        for _ in range(N_PROGRAMS):
            routed = generator.random(600) < 0.4
            agreed = generator.random(600) < np.where(routed, 0.6, 0.95)
            chance = np.where(routed, 1.0, 0.1)
            seen = generator.random(600) < chance
            found = stream_agreement(agreed[seen], chance[seen], teacher_ids=np.flatnonzero(seen))
            hits += found.low <= 0.81 <= found.high
        print(f"\nnominal 0.95, covered {hits / N_PROGRAMS:.4f}")
        assert 0.93 <= hits / N_PROGRAMS <= 0.98
