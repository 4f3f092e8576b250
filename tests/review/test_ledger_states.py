"""The ledger against a plain model of it, through any order of suggestions, ratings, views and corrections."""

import shutil
import tempfile
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from reviewkit.errors import LedgerError
from reviewkit.review.forget import forget_teacher
from reviewkit.review.ledger import ReviewLedger
from reviewkit.review.queue import ReviewQueue
from tests.review.program import RUBRIC, Clock, rating, suggestion

SUBMISSIONS = st.sampled_from(["s1", "s2", "s3"])
REVIEWERS = st.sampled_from(["r1", "r2", "r3"])
CRITERIA = st.sampled_from(RUBRIC.criterion_ids)
LEVELS = st.sampled_from([1.0, 2.0, 3.0, 4.0])


class LedgerMachine(RuleBasedStateMachine):
    """``seen`` and ``standing`` are what the ledger must say; nothing else is known of it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = Clock()
        self.seen: set[tuple[str, str]] = set()
        self.standing: dict[tuple[str, str, str], tuple[float, bool]] = {}
        self.n_ratings = 0
        self.names: dict[str, str] = {}
        self.last_head = 0

    @initialize()
    def begin(self) -> None:
        self.ledger = ReviewLedger.open(self.folder / "a.ledger", create=True, clock=self.clock)
        self.ledger.add_rubric(RUBRIC)
        for number in (1, 2, 3):
            self.ledger.append(suggestion(f"s{number}", teacher_id=f"t{number}", n_readings=2))
            self.names[f"s{number}"] = f"s{number}"

    @rule(name=SUBMISSIONS, reviewer=REVIEWERS, criterion=CRITERIA, level=LEVELS, claim=st.booleans())
    def rate(self, name: str, reviewer: str, criterion: str, level: float, claim: bool) -> None:
        entry = rating(self.names[name], rater_id=reviewer, criterion_id=criterion, level=level, blind=claim)
        self.ledger.append(entry)
        self.seen |= set() if claim else {(name, reviewer)}
        blind = (name, reviewer) not in self.seen
        known = self.standing.get((name, reviewer, criterion))
        replaced = known is None or blind or not known[1]
        self.standing |= {(name, reviewer, criterion): (level, blind)} if replaced else {}
        self.n_ratings += 1

    @rule(name=SUBMISSIONS, reviewer=REVIEWERS)
    def show(self, name: str, reviewer: str) -> None:
        self.ledger.show_suggestion(self.names[name], reviewer, reason="shown arm")
        self.seen.add((name, reviewer))

    @rule(name=SUBMISSIONS, reviewer=REVIEWERS)
    def ask(self, name: str, reviewer: str) -> None:
        left = [one for one in RUBRIC.criterion_ids if (name, reviewer, one) not in self.standing]
        if left:
            with pytest.raises(LedgerError, match="has not rated"):
                self.ledger.suggestion_for(self.names[name], reviewer)
        else:
            self.ledger.suggestion_for(self.names[name], reviewer)
            self.seen.add((name, reviewer))

    @rule(hours=st.integers(-30, 30))
    def turn_the_clock(self, hours: int) -> None:
        self.clock.move(hours=hours)

    @rule(reviewer=REVIEWERS)
    def lease(self, reviewer: str) -> None:
        ReviewQueue(self.ledger).lease(reviewer)

    @precondition(lambda self: self.names.get("s3") == "s3")
    @rule()
    def forget_the_third(self) -> None:
        forgotten = forget_teacher(self.ledger, "t3")
        self.names["s3"] = f"{forgotten.pseudonym}-3"

    @rule()
    def reopen(self) -> None:
        self.ledger.close()
        self.ledger = ReviewLedger.open(self.folder / "a.ledger", clock=self.clock)

    @invariant()
    def the_chain_holds_and_only_grows(self) -> None:
        found = self.ledger.verify()
        assert found.n_events >= self.last_head
        self.last_head = found.n_events

    @invariant()
    def ratings_stand_as_the_model_says(self) -> None:
        found = {
            (one.submission_id, one.rater_id, one.criterion_id): (one.level, one.blind) for one in self.ledger.ratings()
        }
        assert found == {(self.names[key[0]], *key[1:]): value for key, value in self.standing.items()}
        assert self.ledger.counts().get("rating", 0) == self.n_ratings

    @invariant()
    def a_case_is_open_until_two_have_read_it(self) -> None:
        rated: dict[str, set[str]] = {}
        for name, reviewer, _ in self.standing:
            whole = all((name, reviewer, one) in self.standing for one in RUBRIC.criterion_ids)
            rated.setdefault(name, set()).update({reviewer} if whole else set())
        waiting = {one.submission_id for one in ReviewQueue(self.ledger).waiting()}
        assert waiting == {self.names[name] for name in self.names if len(rated.get(name, ())) < 2}

    def teardown(self) -> None:
        self.ledger.close()
        shutil.rmtree(self.folder)


LedgerMachine.TestCase.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestLedgerAgainstItsModel = LedgerMachine.TestCase
