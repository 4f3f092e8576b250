"""Scores held against the score of record: every figure by hand, and the undefined with its reason."""

from typing import Any

import pytest
from small_programs import small_rubric

from reviewkit import ShapeError, compare_reviews, evaluate_reviews
from reviewkit.records import CriterionScore, Rating, ReviewRecord, Rubric, level_text

LEVELS = [{"level": level, "name": f"L{level}"} for level in (1, 1.5, 3)]
RUBRIC = Rubric.model_validate(
    {
        "format": "reviewkit/rubric/1",
        "id": "r",
        "version": "1",
        "title": "R",
        "criteria": [{"id": "a", "title": "A", "required_level": 1.5, "levels": LEVELS}],
    }
)
SURE = {1: (0.75, 0.25, 0.0), 1.5: (0.25, 0.5, 0.25), 3: (0.0, 0.25, 0.75)}


def review(name: str, level: float | None, *, route: str = "review", **changes: Any) -> ReviewRecord:
    probabilities = dict(zip(map(level_text, (1, 1.5, 3)), SURE[level], strict=True)) if level else {}
    score = {
        "criterion_id": "a",
        "level": level,
        "expected_level": level,
        "probabilities": probabilities,
        "prediction_set": (level,),
        "coverage_level": 0.9,
        "p_meets_required": None,
        "rater_disagreement": None,
        "stands": False,
        "cold": False,
    }
    fields = {
        "submission_id": name,
        "attempt": 1,
        "rubric": {"id": "r", "version": "1", "digest": RUBRIC.digest},
        "bundle_digest": None,
        "route": route,
        "review_probability": 1.0,
        "certificate": None,
        "reasons": (),
        "findings": (),
        "parts": (),
        "award_probability": None,
        "scores": (CriterionScore.model_validate(score),) if level else (),
    }
    return ReviewRecord.model_validate({**fields, **changes})


def ratings(**given: tuple[float, ...]) -> list[Rating]:
    return [
        Rating(submission_id=name, criterion_id="a", rater_id=f"r{at}", level=level)
        for name, levels in given.items()
        for at, level in enumerate(levels)
    ]


class TestFigures:
    def test_four_rows_by_hand(self) -> None:
        reviews = [review("w", 1), review("x", 1.5), review("y", 3), review("z", 1)]
        found = evaluate_reviews(reviews, ratings(w=(1,), x=(1.5,), y=(3,), z=(3,)), rubric=RUBRIC).criteria["a"]
        assert (found.n, found.n_ratings, found.exact, found.adjacent) == (4, 4, 0.75, 0.75)
        assert (found.coverage, found.mean_set_size) == (0.75, 1.0)
        assert found.brier == pytest.approx((0.125 + 0.375 + 0.125 + (0.5625 + 0.0625 + 1)) / 4, abs=1e-6)
        assert found.rps == pytest.approx((0.0625 + 0.125 + 0.0625 + (0.5625 + 1)) / 4, abs=1e-6)

    def test_kappa_and_smd_are_of_level_numbers(self) -> None:
        """Records 1, 1.5, 3, 3 have mean 2.125 and sd .892679; machine levels 1, 1.5, 3, 1 have mean 1.625."""
        reviews = [review("w", 1), review("x", 1.5), review("y", 3), review("z", 1)]
        found = evaluate_reviews(reviews, ratings(w=(1,), x=(1.5,), y=(3,), z=(3,)), rubric=RUBRIC).criteria["a"]
        machine, record = (1, 1.5, 3, 1), (1, 1.5, 3, 3)
        observed = sum((m - r) ** 2 for m, r in zip(machine, record, strict=True)) / 4
        expected = sum((m - r) ** 2 for m in machine for r in record) / 16
        assert found.qwk == pytest.approx(1 - observed / expected, abs=1e-6)
        assert found.smd == pytest.approx(-0.5 / 0.892679, abs=1e-5)

    def test_a_miss_by_one_level_counts_as_adjacent_whatever_its_number(self) -> None:
        found = evaluate_reviews([review("w", 1.5)], ratings(w=(3,)), rubric=RUBRIC).criteria["a"]
        assert (found.exact, found.adjacent) == (0.0, 1.0)

    def test_the_record_is_by_the_rubrics_rule(self) -> None:
        """The mean of 1 and 1.5 is 1.25, a half: up."""
        found = evaluate_reviews([review("w", 1.5)], ratings(w=(1, 1.5)), rubric=RUBRIC).criteria["a"]
        assert (found.exact, found.n_ratings) == (1.0, 2)

    def test_raters_are_paired_over_all_submissions(self) -> None:
        given = ratings(w=(1, 1, 3), x=(3, 3))
        found = evaluate_reviews([review("w", 1), review("x", 3)], given, rubric=RUBRIC).criteria["a"].human_human
        assert (found.n, found.exact) == (4, 0.5)  # type: ignore[union-attr]

    def test_routes_are_shares(self) -> None:
        reviews = [review("w", 1, route="suggest"), review("x", 3), review("y", 3), review("z", None, route="return")]
        found = evaluate_reviews(reviews, ratings(w=(1,)), rubric=RUBRIC)
        assert found.routes == {"suggest": 0.25, "review": 0.5, "return": 0.25}


class TestTheUndefined:
    def test_nothing_in_common_has_a_reason_for_each_figure(self) -> None:
        found = evaluate_reviews([review("w", None, route="return")], ratings(w=(1, 3)), rubric=RUBRIC).criteria["a"]
        assert found.n == 0
        assert found.exact is found.qwk is found.brier is found.coverage is None
        assert set(found.reason) >= {"exact", "adjacent", "qwk", "smd", "brier", "rps", "coverage", "mean_set_size"}
        assert found.human_human is not None

    def test_no_reviews_at_all(self) -> None:
        found = evaluate_reviews([], [], rubric=small_rubric())
        assert found.routes == {"suggest": 0.0, "review": 0.0, "return": 0.0}
        assert found.criteria["routines"].reason["human_human"]

    def test_one_level_throughout_leaves_kappa_open(self) -> None:
        reviews = [review("w", 3), review("x", 3)]
        found = evaluate_reviews(reviews, ratings(w=(3, 3), x=(3, 3)), rubric=RUBRIC).criteria["a"]
        assert (found.exact, found.qwk, found.smd) == (1.0, None, None)
        assert found.reason["qwk"] != found.reason["smd"]
        assert found.human_human.qwk is None  # type: ignore[union-attr]
        assert found.human_human.reason  # type: ignore[union-attr]

    def test_constructed_levels_are_no_human_human_figure(self) -> None:
        given = [one.model_copy(update={"role": "constructed"}) for one in ratings(w=(1, 3))]
        found = evaluate_reviews([review("w", 3)], given, rubric=RUBRIC).criteria["a"]
        assert (found.n, found.human_human) == (1, None)

    def test_ratings_that_were_not_blind_count_for_nothing(self) -> None:
        given = [one.model_copy(update={"blind": False}) for one in ratings(w=(1, 3))]
        found = evaluate_reviews([review("w", 3)], given, rubric=RUBRIC).criteria["a"]
        assert (found.n, found.human_human) == (0, None)

    def test_a_case_that_waits_for_adjudication_has_no_record(self) -> None:
        rubric = RUBRIC.model_copy(update={"record_rule": "adjudicate"})
        found = evaluate_reviews([review("w", 3), review("x", 1)], ratings(w=(1, 3), x=(1, 1)), rubric=rubric)
        assert found.criteria["a"].n == 1


class TestCompare:
    def test_what_changed_is_counted_and_listed(self) -> None:
        before = [review("w", 1), review("x", 3), review("y", None, route="return")]
        after = [review("w", 1.5, route="suggest"), review("x", 3), review("y", None, route="return")]
        found = compare_reviews(before, after)
        assert found.routes == {"review -> suggest": 1, "review -> review": 1, "return -> return": 1}
        assert (found.criteria["a"].n, found.criteria["a"].same_level) == (2, 0.5)
        assert (found.criteria["a"].mean_shift, found.criteria["a"].mean_absolute_shift) == (0.25, 0.25)
        change = found.changed_levels[0]
        assert (change.submission_id, change.before, change.after) == ("w", 1.0, 1.5)

    def test_reviews_of_other_submissions_are_refused(self) -> None:
        with pytest.raises(ShapeError, match="not of the same submissions in the same order"):
            compare_reviews([review("w", 1)], [review("x", 1)])
