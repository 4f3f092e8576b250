import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewkit.agreement.adjudication import (
    AdjudicationRule,
    adjudication_cases,
    adjudication_causes,
    records_after_adjudication,
    resolved_level,
)
from reviewkit.errors import RatingsError
from reviewkit.records import Rubric
from reviewkit.records.rating import Rating

LEVELS = [{"level": n, "name": str(n)} for n in (1, 2, 3, 4)]
RUBRIC = Rubric.model_validate(
    {
        "format": "reviewkit/rubric/1",
        "id": "r",
        "version": "1",
        "title": "R",
        "criteria": [
            {"id": "b", "title": "B", "required_level": 3, "levels": LEVELS},
            {"id": "a", "title": "A", "levels": LEVELS},
        ],
    }
)


def _rating(submission, criterion, rater, level, **more):
    return Rating(submission_id=submission, criterion_id=criterion, rater_id=rater, level=level, **more)


class TestAdjudicationCauses:
    @pytest.mark.parametrize(
        ("levels", "causes"),
        [
            ([3, 3], ()),
            ([3, 4], ()),
            ([2, 3], ("crosses-required-level",)),
            ([1, 2], ()),
            ([1, 4], ("far-apart", "crosses-required-level")),
            ([None, 3], ("scorable-or-not",)),
            ([None, None], ()),
            ([2], ()),
            ([], ()),
        ],
    )
    def test_levels_and_the_reasons_they_give(self, levels, causes):
        assert adjudication_causes(levels, RUBRIC.criterion("b")) == causes

    def test_without_a_required_level_only_distance_counts(self):
        assert adjudication_causes([2, 3], RUBRIC.criterion("a")) == ()
        assert adjudication_causes([1, 3], RUBRIC.criterion("a")) == ("far-apart",)

    def test_the_rule_can_be_stricter_or_off(self):
        criterion = RUBRIC.criterion("a")
        assert adjudication_causes([2, 3], criterion, rule=AdjudicationRule(max_difference=0)) == ("far-apart",)
        assert adjudication_causes([1, 4], criterion, rule=AdjudicationRule(max_difference=None)) == ()

    def test_a_level_the_criterion_has_not_is_named(self):
        with pytest.raises(ValueError, match="level 9 is none of criterion 'b'"):
            adjudication_causes([9, 3], RUBRIC.criterion("b"))


class TestResolvedLevel:
    @pytest.mark.parametrize(("resolution", "level"), [("expert", 3), ("parity", 2), ("tertium-quid", 2)])
    def test_each_way_worked_by_hand(self, resolution, level):
        rule = AdjudicationRule(resolution=resolution, record_rule="mean-half-down")
        assert resolved_level([1, 2], 3, level_numbers=[1, 2, 3, 4], rule=rule) == level

    def test_two_ratings_as_near_leave_the_adjudicator_alone(self):
        rule = AdjudicationRule(resolution="tertium-quid")
        assert resolved_level([1, 3], 2, level_numbers=[1, 2, 3, 4], rule=rule) == 2

    @given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.integers(1, 4))
    def test_what_stands_lies_between_the_lowest_and_the_highest(self, levels, adjudicated):
        for resolution in ("expert", "parity", "tertium-quid"):
            rule = AdjudicationRule(resolution=resolution)
            found = resolved_level(levels, adjudicated, level_numbers=[1, 2, 3, 4], rule=rule)
            assert min(*levels, adjudicated) <= found <= max(*levels, adjudicated)


class TestAdjudicationCases:
    def test_open_and_settled_cases_in_order(self):
        ratings = [
            _rating("s2", "b", "x", 2),
            _rating("s2", "b", "y", 3),
            _rating("s1", "a", "x", 1),
            _rating("s1", "a", "y", 4),
            _rating("s1", "a", "lead", 3, role="adjudication"),
            _rating("s3", "a", "x", 2),
            _rating("s3", "a", "y", 2),
        ]
        first, second = adjudication_cases(ratings, RUBRIC)
        assert (first.submission_id, first.settled, first.record) == ("s1", True, 3)
        assert (second.submission_id, second.settled, second.record) == ("s2", False, None)
        assert second.rater_ids == ("x", "y")
        assert first.difference == 3

    def test_records_follow(self):
        ratings = [
            _rating("s1", "a", "x", 1),
            _rating("s1", "a", "y", 4),
            _rating("s2", "a", "x", 2),
            _rating("s2", "a", "y", 3),
            _rating("s3", "a", "x", None, outcome="not-scorable"),
        ]
        assert records_after_adjudication(ratings, RUBRIC) == {("s1", "a"): None, ("s2", "a"): 3, ("s3", "a"): None}

    def test_an_adjudicator_may_find_it_not_scorable(self):
        ratings = [
            _rating("s1", "a", "x", 1),
            _rating("s1", "a", "y", 4),
            _rating("s1", "a", "lead", None, outcome="not-scorable", role="adjudication"),
        ]
        case = adjudication_cases(ratings, RUBRIC)[0]
        assert (case.settled, case.record) == (True, None)

    def test_two_adjudications_are_refused(self):
        ratings = [_rating("s1", "a", who, 2, role="adjudication") for who in ("l", "m")]
        with pytest.raises(RatingsError, match="two adjudications"):
            adjudication_cases(ratings, RUBRIC)

    def test_nobody_settles_their_own_case(self):
        ratings = [_rating("s1", "a", "x", 1), _rating("s1", "a", "x", 2, role="adjudication")]
        with pytest.raises(RatingsError, match="a third person"):
            adjudication_cases(ratings, RUBRIC)

    def test_an_unknown_criterion_is_named(self):
        with pytest.raises(RatingsError, match="criterion 'z' is not in rubric 'r'"):
            adjudication_cases([_rating("s", "z", "x", 1)], RUBRIC)

    def test_constructed_levels_and_unblinded_ratings_do_not_count(self):
        ratings = [
            _rating("s1", "a", "x", 1),
            _rating("s1", "a", "y", 4, role="constructed"),
            _rating("s1", "a", "z", 4, blind=False),
        ]
        assert adjudication_cases(ratings, RUBRIC) == ()
