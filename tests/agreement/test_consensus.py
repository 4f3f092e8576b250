import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewkit.agreement.consensus import (
    ConsensusSettings,
    dawid_skene,
    find_consensus,
    ordinal_truth,
)
from reviewkit.agreement.consensus.rules import majority_level
from reviewkit.agreement.simulate import SimulationSettings, simulate_ratings
from reviewkit.errors import RatingsError, ShapeError
from reviewkit.records import Rubric
from reviewkit.records.rating import Rating

# Dawid and Skene (1979): 45 patients; the first observer read each three times, the other four once.
ANAESTHETIC = (
    "111:1:1:1:1 333:4:3:3:4 112:2:1:2:2 222:3:1:2:1 222:3:2:2:2 222:3:3:2:2 122:2:1:1:1 333:3:4:3:3 222:2:2:2:3 "
    "232:2:2:2:3 444:4:4:4:4 222:3:3:4:3 111:1:1:1:1 222:3:2:1:2 121:1:1:1:1 111:2:1:1:1 111:1:1:1:1 111:1:1:1:1 "
    "222:2:2:2:1 222:1:3:2:2 222:2:2:2:2 222:2:2:2:1 222:3:2:2:2 221:2:2:2:2 111:1:1:1:1 111:1:1:1:1 232:2:2:2:2 "
    "111:1:1:1:1 111:1:1:1:1 112:1:1:2:1 111:1:1:1:1 333:3:2:3:3 111:1:1:1:1 222:2:2:2:2 222:3:2:3:2 433:4:3:4:3 "
    "221:2:2:3:2 232:3:2:3:3 333:3:4:3:2 111:1:1:1:1 111:1:1:1:1 121:2:1:1:1 232:2:2:2:2 121:1:1:1:1 222:2:2:2:2"
)
READINGS = [
    (unit, observer, int(level) - 1)
    for unit, row in enumerate(ANAESTHETIC.split())
    for observer, levels in enumerate(row.split(":"))
    for level in levels
]
UNITS, OBSERVERS, LEVELS = (list(column) for column in zip(*READINGS, strict=True))
LABELS = "142222132243121111222222112111131224233111212"

RUBRIC = Rubric.model_validate(
    {
        "format": "reviewkit/rubric/1",
        "id": "r",
        "version": "1",
        "title": "R",
        "criteria": [{"id": "c1", "title": "C", "levels": [{"level": n, "name": str(n)} for n in (1, 2, 3, 4)]}],
    }
)


def _ratings(*rows):
    return [
        Rating(submission_id=f"s{number}", criterion_id="c1", rater_id=f"r{rater}", level=level)
        for number, row in enumerate(rows)
        for rater, level in enumerate(row)
    ]


class TestDawidSkene:
    def test_the_published_data_to_the_digits_recorded(self):
        found = dawid_skene(UNITS, OBSERVERS, levels=LEVELS, n_levels=4)
        assert found.log_likelihood == pytest.approx(-192.8908812, abs=5e-6)
        assert found.shares == pytest.approx([0.3996, 0.4220, 0.1118, 0.0667], abs=5e-5)
        first = [[0.889, 0.111, 0, 0], [0.071, 0.876, 0.053, 0], [0, 0.339, 0.661, 0], [0, 0, 0.556, 0.444]]
        assert found.confusion[0] == pytest.approx(np.array(first), abs=5e-4)
        assert "".join(str(one + 1) for one in found.probabilities.argmax(axis=1)) == LABELS
        assert found.converged

    @settings(max_examples=10, deadline=None)
    @given(st.integers(0, 10_000))
    def test_the_order_of_ratings_changes_nothing(self, seed):
        order = np.random.default_rng(seed).permutation(len(READINGS))
        shuffled = dawid_skene(
            *(np.array(c)[order] for c in (UNITS, OBSERVERS)), levels=np.array(LEVELS)[order], n_levels=4
        )
        assert shuffled.log_likelihood == pytest.approx(-192.8908812, abs=5e-6)

    @settings(max_examples=20, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=40))
    def test_probabilities_are_probabilities_whatever_the_gaps(self, rows):
        units, raters, levels = zip(*rows, strict=True)
        for found in (
            dawid_skene(units, raters, levels=levels, n_levels=3, max_iterations=30),
            ordinal_truth(units, raters, levels=levels, n_levels=3, max_iterations=30),
        ):
            assert found.probabilities.sum(axis=1) == pytest.approx(1.0)
            assert found.confusion.sum(axis=2) == pytest.approx(1.0)

    def test_smoothing_keeps_every_mistake_possible(self):
        assert dawid_skene(UNITS, OBSERVERS, levels=LEVELS, n_levels=4, smoothing=0.1).confusion.min() > 0

    def test_rows_must_pair(self):
        with pytest.raises(ShapeError, match="one row a rating"):
            dawid_skene([0, 1], [0], levels=[0, 1], n_levels=2)

    def test_nothing_is_no_consensus(self):
        with pytest.raises(ShapeError, match="empty"):
            dawid_skene([], [], levels=[], n_levels=2)

    def test_a_level_outside_is_named(self):
        with pytest.raises(ShapeError, match=r"levels\[1\] is 4"):
            dawid_skene([0, 1], [0, 0], levels=[0, 4], n_levels=2)


class TestOrdinalTruth:
    def test_bias_and_spread_of_known_raters_come_back(self):
        rng = np.random.default_rng(3)
        truth = rng.choice(5, 600, p=[0.1, 0.2, 0.4, 0.2, 0.1])
        bias, spread = np.array([0.0, 0.8, -0.6, 0.0]), np.array([0.4, 0.5, 0.5, 1.5])
        given_levels = np.clip(np.rint(truth[:, None] + bias + spread * rng.normal(size=(600, 4))), 0, 4).astype(int)
        unit, rater = np.indices(given_levels.shape)
        found = ordinal_truth(unit.ravel(), rater.ravel(), levels=given_levels.ravel(), n_levels=5)
        assert found.bias == pytest.approx(bias, abs=0.15)
        assert found.spread == pytest.approx(spread, abs=0.2)
        assert (found.probabilities.argmax(axis=1) == truth).mean() > 0.85

    def test_it_beats_the_free_matrices_where_ratings_are_few(self):
        rng = np.random.default_rng(5)
        hits = []
        for _ in range(20):
            truth = rng.choice(4, 60)
            noise = rng.normal([0.5, -0.4, 0], [0.5, 0.6, 0.9], (60, 3))
            levels = np.clip(np.rint(truth[:, None] + noise), 0, 3).astype(int).ravel()
            unit, rater = (one.ravel() for one in np.indices((60, 3)))
            hits.append(
                [
                    (fit(unit, rater, levels=levels, n_levels=4).probabilities.argmax(axis=1) == truth).mean()
                    for fit in (ordinal_truth, dawid_skene)
                ]
            )
        ordinal, free = np.mean(hits, axis=0)
        assert ordinal > free

    def test_the_published_data_give_much_the_same_labels(self):
        found = ordinal_truth(UNITS, OBSERVERS, levels=LEVELS, n_levels=4)
        same = [str(a + 1) == b for a, b in zip(found.probabilities.argmax(axis=1), LABELS, strict=True)]
        assert np.mean(same) > 0.9


class TestFindConsensus:
    @pytest.mark.parametrize(
        ("method", "level"),
        [
            ("majority", 2.0),
            ("median-low", 2.0),
            ("median-high", 3.0),
            ("mean-half-up", 3.0),
            ("mean-half-down", 2.0),
        ],
    )
    def test_halves_go_where_the_rule_names(self, method, level):
        assert find_consensus(_ratings([2, 3]), method=method, rubric=RUBRIC).levels[0].level == level

    def test_raters_who_differ_wait_for_adjudication(self):
        one, two = find_consensus(_ratings([2, 3], [4, 4]), method="adjudicate").levels
        assert np.isnan(one.level)
        assert "adjudication" in one.reason
        assert two.level == 4

    def test_a_tie_is_told(self):
        tied, clear = find_consensus(_ratings([2, 3], [3, 3])).levels
        assert (tied.tie, clear.tie) == (True, False)

    def test_every_level_of_the_rubric_has_a_probability(self):
        assert find_consensus(_ratings([2, 3]), rubric=RUBRIC).levels[0].probabilities == {
            "1": 0,
            "2": 0.5,
            "3": 0.5,
            "4": 0,
        }

    def test_a_rater_is_held_against_the_others_only(self):
        found = find_consensus(_ratings([1, 1, 2], [2, 2, 3], [3, 3, 3]))
        by_rater = {one.rater_id: one for one in found.raters}
        assert by_rater["r2"].reliability == pytest.approx(1 / 3)
        assert by_rater["r2"].bias == pytest.approx(2 / 3)

    def test_a_rater_alone_has_no_reliability_but_a_reason(self):
        only = find_consensus(_ratings([2])).raters[0]
        assert np.isnan(only.reliability)
        assert "other raters" in only.reason

    @pytest.mark.parametrize("method", ["majority", "dawid-skene", "ordinal", "severity-adjusted"])
    def test_the_truth_is_mostly_found(self, method):
        made = simulate_ratings(SimulationSettings(n_submissions=80, n_raters=5, n_criteria=2, noise=0.3), seed=2)
        found = find_consensus(made.ratings, method=method)
        expected = {one.submission_id: one.expected_level for one in found.levels if one.criterion_id == "c1"}
        pairs = [(expected[name], measure) for name, measure in made.truth.measures.items()]
        assert np.corrcoef(*zip(*pairs, strict=True))[0, 1] > 0.85
        assert len(found.levels) == 160

    def test_severity_is_taken_out(self):
        made = simulate_ratings(SimulationSettings(n_submissions=120, n_raters=6, n_criteria=2, severity_sd=1.5,
                                                   raters_per_submission=2), seed=5)  # fmt: skip
        errors = {}
        for method in ("mean-half-up", "severity-adjusted"):
            found = find_consensus(made.ratings, method=method)
            levels = {name: [] for name in made.truth.measures}
            for one in found.levels:
                levels[one.submission_id].append(one.expected_level)
            errors[method] = np.corrcoef([np.mean(v) for v in levels.values()], list(made.truth.measures.values()))[
                0, 1
            ]
        assert errors["severity-adjusted"] > errors["mean-half-up"] + 0.03

    def test_pooling_draws_criteria_of_a_submission_together(self):
        made = simulate_ratings(SimulationSettings(n_submissions=60, n_criteria=3, specific_sd=1.5), seed=4).ratings
        spread = [
            np.mean(
                np.std(
                    np.array(
                        [
                            one.expected_level
                            for one in find_consensus(
                                made, method="severity-adjusted", settings=ConsensusSettings(pooled=pooled)
                            ).levels
                        ]
                    ).reshape(3, -1),
                    axis=0,
                )
            )
            for pooled in (False, True)
        ]
        assert spread[1] < spread[0]

    def test_it_serialises(self):
        written = json.dumps(find_consensus(_ratings([2, 3], [1, 1]), method="adjudicate").to_json(), allow_nan=False)
        assert json.loads(written)["levels"][0]["level"] is None

    def test_a_level_that_the_rubric_has_not_is_named(self):
        with pytest.raises(RatingsError, match="a rating of 7, but its levels are 1, 2, 3, 4"):
            find_consensus(_ratings([7]), rubric=RUBRIC)

    def test_a_criterion_that_the_rubric_has_not_is_named(self):
        other = [Rating(submission_id="s", criterion_id="x", rater_id="r", level=1)]
        with pytest.raises(RatingsError, match="criterion 'x'"):
            find_consensus(other, rubric=RUBRIC)

    def test_majority_of_nothing_is_nothing(self):
        assert majority_level([]) is None
