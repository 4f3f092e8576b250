"""A second reader only where it pays, and a queue that says nothing of why."""

import numpy as np
import pytest

from reviewkit.errors import LedgerError
from reviewkit.review.entries import SecondReading, Suggestion
from reviewkit.review.ledger import ReviewLedger
from reviewkit.review.queue import ReviewQueue
from reviewkit.review.second_readings import SecondReadingRule, ask_second_readings, second_reading_reason
from tests.review.program import RUBRIC, rating, read_through, suggestion


def of(name: str = "s1", *, meets: float = 0.9, levels: tuple[int, ...] = (3,), **fields: object) -> Suggestion:
    """A suggestion whose first criterion meets the required level with that chance and has that prediction set."""
    entry = suggestion(name, **fields)  # type: ignore[arg-type]
    scores = tuple(
        one.model_copy(update={"p_meets_required": meets, "prediction_set": levels}) for one in entry.review.scores
    )
    return entry.model_copy(update={"review": entry.review.model_copy(update={"scores": scores})})


def reasons(ledger: ReviewLedger, **rule: float) -> list[tuple[str, str]]:
    asked = ask_second_readings(ledger, rule=SecondReadingRule.model_validate(rule)).asked
    return [(one.submission_id, one.reason) for one in asked]


class TestTheRule:
    @pytest.mark.parametrize(
        ("meets", "levels", "codes", "reason"),
        [
            (0.9, (3,), ("borderline",), None),
            (0.66, (2, 3), ("borderline",), None),
            (0.64, (3,), ("borderline",), "near-cut"),
            (0.36, (3,), ("borderline",), "near-cut"),
            (0.9, (2, 3, 4), ("borderline",), "wide-set"),
            (0.9, (3,), ("unfamiliar",), "unfamiliar"),
            (0.5, (1, 2, 3), ("unfamiliar",), "near-cut"),
        ],
    )
    def test_the_first_reason_that_holds(
        self, meets: float, levels: tuple[int, ...], codes: tuple[str, ...], reason: str | None
    ) -> None:
        review = of(meets=meets, levels=levels, reasons=codes).review
        assert second_reading_reason(review, RUBRIC) == reason

    def test_a_criterion_that_requires_nothing_is_never_near_a_cut(self) -> None:
        free = RUBRIC.model_copy(
            update={"criteria": tuple(one.model_copy(update={"required_level": None}) for one in RUBRIC.criteria)}
        )
        assert second_reading_reason(of(meets=0.5).review, free) is None


class TestAsking:
    def test_a_clear_case_is_read_once_and_an_unclear_one_twice(self, ledger: ReviewLedger) -> None:
        ledger.append_all([of("clear"), of("close", meets=0.5)])
        assert reasons(ledger) == [("close", "near-cut")]
        wanted = {one.submission_id: one.n_wanted for one in ReviewQueue(ledger).waiting()}
        assert wanted == {"clear": 1, "close": 2}

    def test_asking_again_asks_nothing_twice(self, ledger: ReviewLedger) -> None:
        ledger.append_all([of("close", meets=0.5), of("twice", meets=0.5, n_readings=2)])
        assert len(reasons(ledger)) == 1
        assert reasons(ledger) == []

    def test_what_stands_is_not_read_at_all(self, ledger: ReviewLedger) -> None:
        ledger.append(of("stands", meets=0.5, route="suggest", reasons=(), review_probability=0.1))
        assert reasons(ledger) == []
        with pytest.raises(
            LedgerError, match="went to no reviewer, so there is no reading to second; append an Appeal"
        ):
            ledger.append(SecondReading(submission_id="stands", reason="near-cut"))

    def test_a_case_that_was_read_waits_again_for_another_reader(self, ledger: ReviewLedger) -> None:
        ledger.append(of("close", meets=0.5))
        read_through(ledger, "close", "r1")
        reasons(ledger)
        queue = ReviewQueue(ledger)
        assert queue.lease("r1") == []
        assert [one.submission_id for one in queue.lease("r2")] == ["close"]

    def test_a_leased_case_does_not_say_how_many_are_to_read_it(self, ledger: ReviewLedger) -> None:
        ledger.append_all([of("clear"), of("close", meets=0.5)])
        reasons(ledger)
        leased = ReviewQueue(ledger).lease("r1", n_cases=2)
        assert {(one.n_wanted, one.n_read) for one in leased} == {(None, None)}


class TestSeverity:
    @pytest.fixture
    def program(self, ledger: ReviewLedger) -> ReviewLedger:
        """Thirty submissions read by two usual raters and by a severe one; then three that one person reads."""
        generator = np.random.default_rng(2)
        true = generator.integers(2, 5, size=30)
        ledger.append_all(of(f"s{at}", n_readings=3, teacher_id=f"t{at}") for at in range(30))
        ledger.append_all(
            rating(f"s{at}", rater_id=rater, criterion_id=criterion_id, level=int(np.clip(level + slip - less, 1, 4)))
            for at, level in enumerate(true)
            for rater, less in (("r1", 0), ("r2", 0), ("severe", 1))
            for criterion_id in RUBRIC.criterion_ids
            for slip in [generator.choice([-1, 0, 0, 1])]
        )
        ledger.append_all([of("by-severe"), of("by-usual"), of("half")])
        read_through(ledger, "by-severe", "severe", level=2)
        ledger.append(rating("half", rater_id="severe", level=2))
        return ledger

    def test_a_reading_by_a_rater_of_unusual_severity_is_seconded(self, program: ReviewLedger) -> None:
        assert ("by-severe", "severity") in reasons(program)
        assert reasons(program) == []

    def test_an_unfinished_reading_is_left_alone(self, program: ReviewLedger) -> None:
        assert "half" not in dict(reasons(program))

    def test_a_wider_bound_asks_for_none(self, program: ReviewLedger) -> None:
        assert reasons(program, max_severity=50.0) == []

    def test_without_ratings_it_is_said_why(self, ledger: ReviewLedger) -> None:
        ledger.append(of("clear"))
        assert ask_second_readings(ledger).severity_reason == (
            "0 ratings were given, and none of them counts; at least one must have role 'rating', a level and "
            "blind = true (or pass blind_only=False)."
        )
