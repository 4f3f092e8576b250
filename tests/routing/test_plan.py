"""The trade between hours of reading and false awards."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewkit.errors import ShapeError
from reviewkit.routing.plan import PlanSettings, TradePlan, TradeRow, cheapest, plan_readings
from reviewkit.routing.readings import ReadingCosts, ReadingHistory, Way, outcome_of

COSTS = ReadingCosts(reading=30, adjudication=12, audit_share=0.2)
SETTINGS = PlanSettings(minutes_per_reading=30, minutes_per_adjudication=12, n_submissions=600, n_resamples=200)
FOUR = ReadingHistory.of(
    first=[1, 1, 0, 0],
    second=[1, 0, 0, 1],
    recorded=[1, 0, 0, 1],
    suggested=[1, 1, 1, 0],
    confidence=[0.95, 0.9, 0.8, 0.6],
    teacher_ids=["t1", "t2", "t3", "t4"],
)


def history_of(seed: int, *, n_submissions: int = 80) -> ReadingHistory:
    generator = np.random.default_rng(seed)
    recorded = generator.random(n_submissions) < 0.6
    flips = generator.random((3, n_submissions)) < [[0.1], [0.1], [0.15]]
    return ReadingHistory.of(
        first=recorded ^ flips[0],
        second=recorded ^ flips[1],
        recorded=recorded,
        suggested=recorded ^ flips[2],
        confidence=generator.uniform(0.5, 1, n_submissions),
        teacher_ids=generator.integers(0, 30, n_submissions),
    )


def rows_by_way(plan: TradePlan) -> dict[Way, TradeRow]:
    return {row.way: row for row in plan.table}


class TestTheValueWorkedByHand:
    @pytest.mark.parametrize(
        ("way", "minutes", "false_award", "false_return"),
        [
            ("single", [30, 30, 30, 30], [0, 1, 0, 0], [0, 0, 0, 1]),
            ("double", [60, 72, 60, 72], [0, 0, 0, 0], [0, 0, 0, 0]),
            ("second-where-unsure", [30, 30, 60, 72], [0, 1, 0, 0], [0, 0, 0, 0]),
            ("machine-second", [30, 30, 42, 30], [0, 1, 0, 0], [0, 0, 0, 1]),
            ("pre-screen-then-single", [6, 6, 30, 30], [0, 1, 0, 0], [0, 0, 0, 1]),
            ("pre-screen-then-double", [6, 6, 60, 72], [0, 1, 0, 0], [0, 0, 0, 0]),
        ],
    )
    def test_each_way_of_reading(
        self, way: Way, minutes: list[float], false_award: list[float], false_return: list[float]
    ) -> None:
        found = outcome_of(FOUR, way, costs=COSTS, threshold=0.9)
        assert found.minutes == pytest.approx(np.asarray(minutes))
        assert found.false_award == pytest.approx(np.asarray(false_award))
        assert found.false_return == pytest.approx(np.asarray(false_return))

    def test_an_audit_replaces_the_suggestion(self) -> None:
        found = outcome_of(FOUR, "pre-screen-then-single", costs=COSTS, threshold=0.8)
        assert found.false_award[2] == pytest.approx(0.8)

    def test_hours_are_told_for_the_submissions_planned(self) -> None:
        plan = plan_readings(FOUR, SETTINGS, min_probability=0.9)
        double = rows_by_way(plan)["double"]
        assert (double.hours.value, double.hours_saved.value) == (600 * 66 / 60, 0.0)
        assert rows_by_way(plan)["pre-screen-then-single"].hours_saved.value == 600 * (66 - 16.5) / 60

    def test_an_error_that_was_never_seen_has_an_upper_end(self) -> None:
        double = rows_by_way(plan_readings(FOUR, SETTINGS))["double"]
        assert (double.false_awards.value, double.false_awards.low) == (0.0, 0.0)
        square = 1.6448536**2
        assert double.false_awards.high == pytest.approx(600 * square / (4 + square), abs=1e-3)


class TestProperties:
    @settings(max_examples=25, deadline=None)
    @given(st.integers(0, 2**31))
    def test_intervals_hold_their_values_and_nothing_stands_beyond_the_curve(self, seed: int) -> None:
        chosen = SETTINGS.model_copy(update={"curve": (0.5, 1.0)})
        plan = plan_readings(history_of(seed), chosen, min_probability=0.8)
        spans = [span for row in (*plan.table, *plan.curve) for span in (row.hours, row.false_awards)]
        assert all(span.low <= span.high and span.low >= 0 for span in spans)
        rows = {(row.way, row.min_probability): row for row in plan.curve}
        plain = rows_by_way(plan)
        assert rows["pre-screen-then-double", 1.0].hours.value == pytest.approx(plain["double"].hours.value)
        assert rows["second-where-unsure", 0.5].hours.value == pytest.approx(plain["single"].hours.value)

    @settings(max_examples=25, deadline=None)
    @given(st.integers(0, 2**31))
    def test_a_laxer_threshold_never_takes_more_hours(self, seed: int) -> None:
        plan = plan_readings(history_of(seed), SETTINGS)
        hours = [row.hours.value for row in plan.curve if row.way == "pre-screen-then-single"]
        assert hours == sorted(hours)

    def test_rows_of_one_teacher_widen_the_interval(self) -> None:
        apart = history_of(1, n_submissions=400)
        wrong_together = (np.argsort(np.argsort(apart.first & ~apart.recorded)) // 10).astype(str)
        together = ReadingHistory(**{**vars(apart), "teacher_ids": wrong_together})
        spans = [rows_by_way(plan_readings(one, SETTINGS))["single"].false_awards for one in (apart, together)]
        assert spans[0].value == spans[1].value
        assert spans[0].high < spans[1].high

    def test_the_same_seed_plans_the_same(self) -> None:
        assert plan_readings(history_of(3), SETTINGS) == plan_readings(history_of(3), SETTINGS)


class TestTheRecord:
    def test_it_reads_back(self) -> None:
        plan = plan_readings(FOUR, SETTINGS, min_probability=0.9)
        assert TradePlan.model_validate_json(plan.model_dump_json()) == plan

    def test_without_a_certificate_the_table_has_no_threshold(self) -> None:
        plan = plan_readings(FOUR, SETTINGS)
        assert [row.way for row in plan.table] == ["single", "double", "machine-second"]
        assert len(plan.curve) == 3 * len(SETTINGS.curve)

    def test_the_cheapest_way_that_is_surely_within_bounds(self) -> None:
        plan = plan_readings(history_of(4, n_submissions=400), SETTINGS)
        rows = (*plan.table, *plan.curve)
        chosen = cheapest(rows, max_false_awards=60)
        assert chosen is not None
        assert chosen.false_awards.high <= 60
        assert all(row.hours.value >= chosen.hours.value for row in rows if row.false_awards.high <= 60)
        assert cheapest(rows, max_false_awards=0) is None


class TestBadInput:
    def test_one_teacher_has_no_spread(self) -> None:
        one = ReadingHistory.of(
            first=[1], second=[1], recorded=[1], suggested=[1], confidence=[0.9], teacher_ids=["t1"]
        )
        with pytest.raises(ShapeError, match="the history has 1 teacher, but a plan needs the spread"):
            plan_readings(one, SETTINGS)

    def test_a_missing_second_rating_is_named(self) -> None:
        with pytest.raises(ShapeError, match=r"second\[1\] is None"):
            ReadingHistory.of(
                first=[1, 1], second=[1, None], recorded=[1, 1], suggested=[1, 1], confidence=[1, 1], teacher_ids="ab"
            )

    def test_columns_that_do_not_pair_are_refused(self) -> None:
        with pytest.raises(ShapeError, match="first has 1 rows and recorded has 2"):
            ReadingHistory.of(
                first=[1], second=[1], recorded=[1, 0], suggested=[1], confidence=[0.9], teacher_ids=["t1"]
            )
