import json

import numpy as np
import pytest

from reviewkit.agreement.rater_training import calibrate_rater
from reviewkit.agreement.training_report import TrainingBar
from reviewkit.errors import RatingsError
from reviewkit.records.rating import Rating


def _levels(rater, levels, criterion="taught", **more):
    return [
        Rating(submission_id=f"a{n:02d}", criterion_id=criterion, rater_id=rater, level=level, **more)
        for n, level in enumerate(levels)
    ]


RECORD = _levels("lead", [1, 2, 3, 4, 2, 3, 1, 4, 2, 3], role="constructed", rationale="as the descriptor says")


class TestCalibrateRater:
    def test_shares_and_their_wilson_interval_worked_by_hand(self):
        overall = calibrate_rater(_levels("new", [1, 2, 3, 4, 2, 3, 1, 4, 4, 2]), RECORD)[0].overall
        assert overall.exact == 0.8
        assert (overall.exact_low, overall.exact_high) == pytest.approx((0.4902, 0.9433), abs=5e-5)
        assert overall.adjacent == 0.9
        assert overall.bias == pytest.approx(0.1)

    def test_the_bar_by_value_and_by_the_lower_end(self):
        given = _levels("new", [1, 2, 3, 4, 2, 3, 1, 4, 4, 2])
        assert calibrate_rater(given, RECORD)[0].passes
        assert not calibrate_rater(given, RECORD, bar=TrainingBar(by="low"))[0].passes
        assert not calibrate_rater(given, RECORD, bar=TrainingBar(agreement=0.9))[0].passes
        assert calibrate_rater(given, RECORD, bar=TrainingBar(agreement=0.9, counts="adjacent"))[0].passes

    def test_perfect_agreement(self):
        overall = calibrate_rater(_levels("new", [1, 2, 3, 4, 2, 3, 1, 4, 2, 3]), RECORD)[0].overall
        assert (overall.exact, overall.qwk, overall.bias) == (1.0, 1.0, 0.0)
        assert overall.exact_low < 1

    def test_misses_come_with_the_records_rationale_largest_first(self):
        misses = calibrate_rater(_levels("new", [1, 2, 3, 4, 2, 3, 1, 4, 4, 2]), RECORD)[0].misses
        assert [(one.submission_id, one.given, one.record) for one in misses] == [("a08", 4, 2), ("a09", 2, 3)]
        assert misses[0].rationale == "as the descriptor says"

    def test_one_weak_criterion_fails_a_reviewer_unless_told_otherwise(self):
        record = RECORD + _levels("lead", [1, 2, 3, 4, 2, 3], "other", role="constructed")
        given = _levels("new", [1, 2, 3, 4, 2, 3, 1, 4, 2, 3]) + _levels("new", [1, 2, 3, 3, 3, 3], "other")
        assert not calibrate_rater(given, record)[0].passes
        assert calibrate_rater(given, record, bar=TrainingBar(each_criterion=False))[0].passes

    def test_too_few_anchors_pass_nobody_and_say_so(self):
        report = calibrate_rater(_levels("new", [1, 2]), RECORD)[0]
        assert report.overall.passes is None
        assert "2 anchors, but 5 are needed" in report.overall.reason
        assert not report.passes
        assert len(report.unrated) == 8

    def test_an_adjudication_stands_before_ratings(self):
        record = _levels("x", [1, 2, 1, 2, 1]) + _levels("lead", [2, 2, 2, 2, 2], role="adjudication")
        assert calibrate_rater(_levels("new", [2, 2, 2, 2, 2]), record)[0].overall.exact == 1.0

    def test_one_level_throughout_leaves_kappa_undefined(self):
        same = _levels("lead", [2, 2, 2, 2, 2])
        report = calibrate_rater(_levels("new", [2, 2, 2, 2, 2]), same)[0]
        assert np.isnan(report.overall.qwk)
        assert json.loads(json.dumps(report.to_json(), allow_nan=False))["overall"]["qwk"] is None

    def test_each_reviewer_gets_a_report(self):
        given = _levels("b", [1, 2, 3, 4, 2]) + _levels("a", [1, 1, 1, 1, 1])
        assert [one.rater_id for one in calibrate_rater(given, RECORD)] == ["a", "b"]

    def test_files_that_do_not_meet_are_refused(self):
        with pytest.raises(RatingsError, match="none of the reviewers' ratings meets"):
            calibrate_rater(_levels("new", [1], "elsewhere"), RECORD)

    def test_an_anchor_rated_twice_is_named(self):
        with pytest.raises(RatingsError, match="rated submission 'a00' twice"):
            calibrate_rater(_levels("new", [1]) + _levels("new", [2]), RECORD)
