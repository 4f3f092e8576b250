"""A program under way: estimates held against a stream whose truth is known, alarms that stay, texts that change."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from reviewkit.errors import LedgerError, SettingsError
from reviewkit.records import Certificate, Part
from reviewkit.review.entries import Appeal, Suggestion
from reviewkit.review.ledger import ReviewLedger
from reviewkit.routing.audit import is_audited, stream_agreement
from reviewkit.routing.ledger_shift import ledger_shift
from reviewkit.routing.monitor import monitor_ledger
from reviewkit.routing.policy import PolicySettings
from reviewkit.routing.shift import ShiftSettings
from reviewkit.routing.watch import CertificateAlarm, raise_alarms
from tests.review.program import RUBRIC, Clock, rating, suggestion

SHARE = 0.25
QUICK = ShiftSettings(n_permutations=99)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Iterator[ReviewLedger]:
    with ReviewLedger.open(tmp_path / "program.ledger", create=True, clock=clock) as opened:
        opened.add_rubric(RUBRIC)
        yield opened


def case(name: str, *, easy: bool, drawn: bool, certificate: str | None = None) -> Suggestion:
    """A suggestion of level 3; an easy one stands, and a person looks only where it is drawn."""
    sent = drawn or not easy
    entry = suggestion(
        name,
        teacher_id=f"teacher-{name}",
        route="review" if sent else "suggest",
        reasons=(("audit",) if drawn else ()) if easy else ("borderline",),
        review_probability=SHARE if easy else 1.0,
    )
    return entry.model_copy(update={"review": entry.review.model_copy(update={"certificate": certificate})})


def stream(ledger: ReviewLedger, *, n: int, seed: int) -> float:
    """Append a stream, rate what was sent to people, and return how often suggestion and rater agree in all of it."""
    easy = np.random.default_rng(seed).random(n) < 0.7
    agrees = np.random.default_rng(seed + 1).random(n) < np.where(easy, 0.95, 0.4)
    entries = [
        case(f"s{at}", easy=bool(easy[at]), drawn=bool(easy[at]) and is_audited(seed, f"s{at}", 1, share=SHARE))
        for at in range(n)
    ]
    ledger.append_all(entries)
    ledger.append_all(
        rating(one.submission.submission_id, level=3 if agrees[at] else 2)
        for at, one in enumerate(entries)
        if one.review.route == "review"
    )
    return float(agrees.mean())


def certificate(**changes: object) -> Certificate:
    fields: dict[str, object] = {
        "certificate_id": "spring", "risk": "any-difference", "level": 0.05, "confidence": 0.9,
        "criterion_id": "taught", "threshold": 0.9, "bound": 0.05, "n_rows": 100, "n_standing": 60,
        "record_rule": RUBRIC.record_rule, "issued_at": "2026-01-02T00:00:00Z", "rubric_digest": RUBRIC.digest,
        "bundle_digest": "1" * 64,
    }  # fmt: skip
    return Certificate.model_validate(fields | changes)


def audits(ledger: ReviewLedger, levels: list[int], *, first: int = 0, certificate: str = "spring") -> None:
    names = [f"a{first + at}" for at in range(len(levels))]
    ledger.append_all(case(name, easy=True, drawn=True, certificate=certificate) for name in names)
    ledger.append_all(rating(name, level=level) for name, level in zip(names, levels, strict=True))


def alarm(ledger: ReviewLedger, **changes: object) -> CertificateAlarm:
    return raise_alarms(ledger, [certificate(**changes)])[0]


class TestTheWholeStream:
    def test_weights_find_the_agreement_that_the_reviewed_cases_alone_would_hide(self, ledger: ReviewLedger) -> None:
        truth = stream(ledger, n=400, seed=3)
        found = monitor_ledger(ledger).criteria[0]
        seen = [(one.rating.level == 3) for one in ledger.rated()]
        assert found.criterion_id == "taught"
        assert found.stream.low < truth < found.stream.high
        assert found.stream.n_ratings == len(seen) < 250
        assert np.mean(seen) < found.stream.low
        assert found.standing.value > 0.85

    def test_nineteen_of_twenty_intervals_hold_the_truth(self) -> None:
        generator = np.random.default_rng(5)
        held = []
        for _ in range(400):
            easy = generator.random(500) < 0.7
            agrees = generator.random(500) < np.where(easy, 0.95, 0.4)
            sent = ~easy | (generator.random(500) < SHARE)
            chance = np.where(easy, SHARE, 1.0)
            found = stream_agreement(agrees[sent], chance[sent], teacher_ids=np.flatnonzero(sent))
            held.append(found.low <= 0.7 * 0.95 + 0.3 * 0.4 <= found.high)
        assert 0.925 < np.mean(held) < 0.985

    def test_what_was_read_for_an_appeal_alone_speaks_for_no_other(self, ledger: ReviewLedger) -> None:
        ledger.append_all([case("drawn", easy=True, drawn=True), case("appealed", easy=True, drawn=False)])
        ledger.append(Appeal(submission_id="appealed", raised_by="teacher", text="Look again."))
        ledger.append_all([rating("drawn", level=3), rating("appealed", level=1)])
        found = monitor_ledger(ledger).criteria[0]
        assert (found.stream.value, found.stream.n_ratings) == (1, 1)

    def test_ratings_by_people_who_had_seen_it_do_not_count(self, ledger: ReviewLedger) -> None:
        ledger.append_all([case("a", easy=True, drawn=True), rating("a", blind=False)])
        assert monitor_ledger(ledger).criteria[0].standing.reason == "nothing was rated blind"

    def test_undefined_numbers_are_null_in_json(self, ledger: ReviewLedger) -> None:
        ledger.append_all([case("a", easy=False, drawn=False), rating("a")])
        found = monitor_ledger(ledger).to_json()
        assert (found["criteria"][0]["standing"]["value"], found["shift"]) == (None, None)


class TestTheAlarm:
    def test_errors_among_audits_raise_it_and_the_ledger_keeps_it(self, ledger: ReviewLedger) -> None:
        audits(ledger, [1] * 6)
        found = alarm(ledger)
        kept = list(ledger.events())[-1]
        assert (found.raised_at, kept.kind) == (5, "alarm")
        assert kept.body == {"certificate_id": "spring", "raised_at": 5, "n_audits": 6, "n_errors": 6}

    def test_once_raised_it_stays_and_is_kept_once(self, ledger: ReviewLedger) -> None:
        audits(ledger, [1] * 6)
        alarm(ledger)
        audits(ledger, [3] * 60, first=6)
        assert alarm(ledger).raised_at == 5
        assert ledger.counts()["alarm"] == 1

    def test_a_later_settlement_does_not_take_it_back(self, ledger: ReviewLedger) -> None:
        audits(ledger, [2] * 6)
        alarm(ledger)
        ledger.append_all(rating(f"a{at}", rater_id="r2", level=3) for at in range(6))
        state = alarm(ledger).state
        assert state is not None
        assert (state.raised, alarm(ledger).raised) == (False, True)

    def test_good_audits_raise_nothing(self, ledger: ReviewLedger) -> None:
        audits(ledger, [3] * 40)
        assert not alarm(ledger).raised
        assert "alarm" not in ledger.counts()

    def test_each_certificate_is_held_against_what_stood_under_it(self, ledger: ReviewLedger) -> None:
        audits(ledger, [1] * 6, certificate="autumn spring-2")
        found = raise_alarms(ledger, [certificate(certificate_id=name) for name in ("spring", "autumn", "spring-2")])
        assert [one.raised for one in found] == [False, True, True]

    def test_one_that_certified_nothing_has_nothing_to_watch(self, ledger: ReviewLedger) -> None:
        found = alarm(ledger, threshold=None, bound=None)
        assert (found.state, found.raised) == (None, False)

    def test_another_rubrics_certificate_belongs_to_another_ledger(self, ledger: ReviewLedger) -> None:
        with pytest.raises(LedgerError, match=r"does not know the rubric with digest 0{64}"):
            alarm(ledger, rubric_digest="0" * 64)

    def test_its_id_reaches_the_policy(self, ledger: ReviewLedger) -> None:
        audits(ledger, [1] * 6)
        ids = tuple(one.certificate_id for one in raise_alarms(ledger, [certificate()]) if one.raised)
        assert PolicySettings(alarms=ids).alarms == ("spring",)

    def test_it_stands_in_the_report(self, ledger: ReviewLedger) -> None:
        audits(ledger, [1] * 6)
        report = monitor_ledger(ledger, certificates=[certificate()])
        assert [one.raised for one in report.alarms] == [True]
        assert report.to_json()["alarms"][0]["raised_at"] == 5


class TestTheTexts:
    def write(self, ledger: ReviewLedger, text: str, *, n: int, first: int = 0) -> None:
        names = [f"s{first + at}" for at in range(n)]
        ledger.append_all(suggestion(name, teacher_id=f"t-{name}", text=f"{text} {name}.") for name in names)

    def vectors(self, texts: list[tuple[Part, ...]]) -> list[list[float]]:
        return [[float("new" in one[0].text), len(one[0].text) / 100] for one in texts]

    def test_texts_of_before_and_after_a_day_are_compared(self, ledger: ReviewLedger, clock: Clock) -> None:
        self.write(ledger, "An old text", n=20)
        day = clock() + timedelta(days=10)
        clock.move(days=20)
        self.write(ledger, "A new text", n=15, first=20)
        found = ledger_shift(ledger, self.vectors, since=day, settings=QUICK)
        assert (found.n_reference, found.n_current, found.p_value) == (20, 15, 0.01)

    def test_the_certificates_own_texts_may_be_the_reference(self, ledger: ReviewLedger) -> None:
        self.write(ledger, "An old text", n=20)
        reference = [(f"u{at}", (Part(part="reflection", kind="reflection", text="An old text"),)) for at in range(9)]
        found = ledger_shift(ledger, lambda texts: np.zeros((len(texts), 1)), reference=reference, settings=QUICK)
        assert (found.n_reference, found.n_current, found.reason) == (9, 20, "every vector is the same")

    def test_a_teacher_of_the_reference_is_no_news(self, ledger: ReviewLedger, clock: Clock) -> None:
        self.write(ledger, "An old text", n=3)
        clock.move(days=20)
        ledger.append(suggestion("again", teacher_id="t-s0", text="A new text."))
        found = ledger_shift(ledger, self.vectors, since=clock() - timedelta(days=1), settings=QUICK)
        assert (found.n_current, found.reason) == (0, "fewer than two teachers on a side")

    def test_what_is_held_against_what_has_to_be_said(self, ledger: ReviewLedger) -> None:
        with pytest.raises(SettingsError, match="nothing to compare: give since="):
            ledger_shift(ledger, self.vectors)
        with pytest.raises(SettingsError, match="which has no zone"):
            ledger_shift(ledger, self.vectors, since=datetime(2026, 3, 2, tzinfo=UTC).replace(tzinfo=None))
