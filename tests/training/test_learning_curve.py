"""The learning curve, and what to rate next."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_programs import HashEncoder, simulated, small_rubric, write_program

from reviewkit import (
    Bundle,
    LearningSettings,
    RatingsError,
    SubmissionError,
    learning_curve,
    load_bundle,
    rank_unrated,
    read_submissions,
)
from reviewkit.training.learning import LearningPoint

SUBMISSIONS, RATINGS = simulated(60, seed=5)


def curve(n: int = 60, **settings: Any) -> tuple[LearningPoint, ...]:
    chosen = LearningSettings(**{"sizes": (10, 20, 30), "n_draws": 2, **settings})
    names = {one.submission_id for one in SUBMISSIONS[:n]}
    ratings = [one for one in RATINGS if one.submission_id in names]
    return learning_curve(small_rubric(), SUBMISSIONS[:n], ratings=ratings, encoder=HashEncoder(), settings=chosen)


class TestLearningCurve:
    def test_each_criterion_has_a_point_a_size_measured_on_the_same_rows(self) -> None:
        found = curve()
        assert [(one.criterion_id, one.n_rated) for one in found[:3]] == [("routines", n) for n in (10, 20, 30)]
        assert {(one.n_measured, one.n_draws) for one in found} == {(18, 2)}

    def test_too_few_to_learn_from_is_scored_cold_and_all_of_it_is_reviewed(self) -> None:
        assert [one.review_share.value for one in curve() if one.n_rated == 10] == [1, 1]

    def test_more_than_the_pool_holds_becomes_the_pool_in_one_draw(self) -> None:
        found = curve(sizes=(20, 500))
        assert [(one.n_rated, one.n_draws) for one in found[:2]] == [(20, 2), (42, 1)]

    def test_the_same_seed_gives_the_same_curve(self) -> None:
        assert curve(sizes=(20,)) == curve(sizes=(20,))

    def test_too_few_ratings_are_refused_with_both_numbers(self) -> None:
        with pytest.raises(
            RatingsError, match="12 rated submissions leave 8 to learn from, but the curve begins at 10"
        ):
            curve(12)


@pytest.fixture(scope="module")
def bundle(small_bundle: Path) -> Bundle:
    return load_bundle(small_bundle, encoder=HashEncoder())


class TestRankUnrated:
    def test_what_the_bundle_learned_from_is_never_ranked(self, bundle: Bundle) -> None:
        seen, fresh = simulated(48)[0], SUBMISSIONS[:6]
        ranked = rank_unrated(bundle, [*seen, *fresh], n=20)
        assert {one.submission_id for one in ranked} == {one.submission_id for one in fresh}

    def test_nor_what_was_rated_since(self, bundle: Bundle) -> None:
        ranked = rank_unrated(bundle, SUBMISSIONS[:4], rated={SUBMISSIONS[0].submission_id})
        assert [one.place for one in ranked] == [1, 2, 3]
        assert SUBMISSIONS[0].submission_id not in {one.submission_id for one in ranked}

    def test_the_order_of_the_file_changes_nothing(self, bundle: Bundle) -> None:
        assert rank_unrated(bundle, SUBMISSIONS[:9], n=5) == rank_unrated(bundle, SUBMISSIONS[8::-1], n=5)

    def test_those_ranked_stand_for_all_unrated(self, bundle: Bundle) -> None:
        assert sum(one.stands_for for one in rank_unrated(bundle, SUBMISSIONS[:30], n=5)) == 30

    def test_it_says_why_in_words(self, bundle: Bundle) -> None:
        first, second = rank_unrated(bundle, SUBMISSIONS[:30], n=2)
        assert first.why.startswith(f"stands for {first.stands_for} like it; least sure on ")
        assert f"likeness {second.likeness:.2f} to the nearest rated or listed before" in second.why
        assert first.between[0] < first.between[1]

    def test_incomplete_submissions_are_left_out(self, bundle: Bundle) -> None:
        short = SUBMISSIONS[0].model_copy(update={"reflection": "Short."})
        assert [one.submission_id for one in rank_unrated(bundle, [short, SUBMISSIONS[1]])] == [
            SUBMISSIONS[1].submission_id
        ]

    def test_with_nothing_to_rank_it_says_so(self, bundle: Bundle) -> None:
        with pytest.raises(SubmissionError, match="nothing to rank"):
            rank_unrated(bundle, [])


class TestCommand:
    def test_it_prints_the_same_as_python(
        self, tmp_path: Path, small_bundle: Path, bundle: Bundle, cli: Callable[..., Any]
    ) -> None:
        import json

        write_program(tmp_path, n_submissions=12, seed=3)
        path = tmp_path / "submissions.jsonl"
        done = cli("next", small_bundle, path, "--n", "3", "--json")
        ranked = rank_unrated(bundle, read_submissions(path), n=3)
        assert done.code == 0
        assert json.loads(done.out) == [{**one.model_dump(mode="json"), "why": one.why} for one in ranked]

    def test_rated_since_are_not_listed(self, tmp_path: Path, small_bundle: Path, cli: Callable[..., Any]) -> None:
        write_program(tmp_path, n_submissions=12, seed=3)
        files = tmp_path / "submissions.jsonl", tmp_path / "ratings.csv"
        done = cli("next", small_bundle, files[0], "--ratings", files[1])
        assert (done.code, "s3-" in done.out) == (0, False)


def test_spreads_hold_their_mean() -> None:
    assert all(np.isfinite(one.calibration_error.value) for one in curve(sizes=(20,)))
