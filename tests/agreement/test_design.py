import numpy as np
import pytest

from reviewkit.agreement.consensus import find_consensus
from reviewkit.agreement.design import check_connected, design_of_tables, islands, rating_design
from reviewkit.agreement.facets import many_facet_rasch
from reviewkit.agreement.generalizability import generalizability_study
from reviewkit.agreement.reading import tables_of_ratings
from reviewkit.agreement.simulate import SimulationSettings, simulate_ratings
from reviewkit.agreement.table import table_of_array, table_of_counts
from reviewkit.errors import DesignError, RatingsError
from reviewkit.records.rating import Rating

MADE = simulate_ratings(SimulationSettings(n_submissions=30, n_raters=4, n_criteria=2, missing=0.2), seed=1).ratings


class TestDesignOfTables:
    @pytest.mark.parametrize("model", [many_facet_rasch, generalizability_study, find_consensus])
    def test_tables_and_ratings_lead_to_the_same(self, model):
        by_table = model(design_of_tables(tables_of_ratings(MADE)))
        assert by_table.to_json() == model(MADE).to_json()

    def test_a_submission_without_a_rating_changes_nothing(self):
        empty = Rating(submission_id="zz", criterion_id="c1", rater_id="r1", outcome="not-scorable")
        assert many_facet_rasch([*MADE, empty]).to_json() == many_facet_rasch(MADE).to_json()

    def test_tables_that_lost_their_raters_are_refused(self):
        with pytest.raises(RatingsError, match="who gave which level"):
            design_of_tables({"c": table_of_counts([[2, 0], [1, 1]])})

    def test_tables_without_ratings_are_refused(self):
        with pytest.raises(RatingsError, match="none holds a rating"):
            design_of_tables({"c": table_of_array([[np.nan, np.nan]], levels=[1, 2])})


class TestIslands:
    def test_names_that_no_rating_touches_belong_to_none(self):
        parts = islands(np.array([0, 2]), np.array([0, 1]), n_left=4, n_right=3)
        assert [(a.tolist(), b.tolist()) for a, b in parts] == [([0], [0]), ([2], [1])]

    def test_one_shared_submission_bridges_two_groups(self):
        ratings = [
            Rating(submission_id=s, criterion_id="c", rater_id=r, level=1)
            for s, r in (("s1", "a"), ("s2", "a"), ("s2", "b"), ("s3", "b"))
        ]
        check_connected(rating_design(ratings))

    def test_many_islands_are_counted_and_the_first_are_named(self):
        ratings = [
            Rating(submission_id=f"s{n:02d}", criterion_id="c", rater_id=f"r{n:02d}", level=1) for n in range(30)
        ]
        with pytest.raises(DesignError, match="fall into 30 islands") as fault:
            check_connected(rating_design(ratings))
        assert str(fault.value).count("island ") < 15
