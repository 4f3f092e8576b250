"""What is learned: folds of whole teachers, ridge in its dual form, hinges, and a scorer's behaviour on few rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_programs import HashEncoder, simulated, small_rubric

from reviewkit import ModelSettings, NotFittedError, ReviewModel, ScorerSettings, train
from reviewkit.records import Rating, Submission
from reviewkit.scoring.folds import teacher_folds, teacher_order
from reviewkit.scoring.heads import HingeBasis
from reviewkit.scoring.ridge import STRENGTHS, centred_gram, cross_fit
from reviewkit.scoring.scorer import CriterionScorer

TEACHERS = st.lists(st.integers(0, 12).map(lambda n: f"t{n}"), min_size=1, max_size=60)


def trained(
    submissions: list[Submission], ratings: list[Rating], *, settings: ScorerSettings | None = None
) -> ReviewModel:
    model = ModelSettings() if settings is None else ModelSettings(scorer=settings)
    return train(small_rubric(), submissions, ratings=ratings, encoder=HashEncoder(), settings=model).model


class TestFolds:
    @given(TEACHERS, st.integers(2, 10), st.integers(0, 5))
    def test_a_teacher_is_whole_in_one_fold(self, teachers: list[str], n_folds: int, seed: int) -> None:
        folds = teacher_folds(teachers, n_folds=n_folds, seed=seed)
        assert len({(teacher, fold) for teacher, fold in zip(teachers, folds, strict=True)}) == len(set(teachers))

    @given(TEACHERS, st.integers(2, 10))
    def test_every_fold_has_rows_and_none_more_than_the_largest_teacher_needs(
        self, teachers: list[str], n_folds: int
    ) -> None:
        sizes = np.bincount(teacher_folds(teachers, n_folds=n_folds, seed=0))
        assert len(sizes) == min(n_folds, len(set(teachers)))
        assert sizes.min() > 0
        assert sizes.max() - sizes.min() <= max(teachers.count(one) for one in teachers)

    @given(TEACHERS, st.randoms(use_true_random=False))
    def test_the_order_of_the_rows_does_not_count(self, teachers: list[str], draw: object) -> None:
        order = draw.sample(range(len(teachers)), len(teachers))  # type: ignore[attr-defined]
        here = teacher_folds(teachers, n_folds=3, seed=1)
        there = teacher_folds([teachers[at] for at in order], n_folds=3, seed=1)
        assert here[order].tolist() == there.tolist()

    def test_the_seed_does(self) -> None:
        names = [f"t{n}" for n in range(20)]
        assert teacher_order(names, seed=0) != teacher_order(names, seed=1)


class TestRidge:
    def test_the_dual_form_is_ridge_regression(self) -> None:
        from sklearn.linear_model import Ridge

        draw = np.random.default_rng(0)
        X, y = draw.normal(size=(30, 5)), draw.normal(size=30)
        gram, scale = centred_gram(X @ X.T)
        fit = cross_fit(gram, y, np.arange(30) % 3, strengths=(2.0,))
        peer = Ridge(alpha=2.0 * scale).fit(X, y)
        np.testing.assert_allclose((X - X.mean(axis=0)).T @ fit.dual / scale, peer.coef_, atol=1e-10)

    def test_each_row_is_said_by_a_fit_that_had_not_seen_its_fold(self) -> None:
        draw = np.random.default_rng(1)
        X, y, folds = draw.normal(size=(12, 3)), draw.normal(size=12), np.arange(12) % 4
        gram, _ = centred_gram(X @ X.T)
        before = cross_fit(gram, y, folds, strengths=(1.0,)).out_of_fold
        y[folds == 2] += 100
        after = cross_fit(gram, y, folds, strengths=(1.0,)).out_of_fold
        np.testing.assert_allclose(after[folds == 2], before[folds == 2], atol=1e-9)
        assert (np.abs(after - before)[folds != 2] > 1).all()

    @given(st.integers(0, 200), st.floats(0.01, 30.0))
    @settings(max_examples=30, deadline=None)
    def test_no_neighbour_of_the_strength_chosen_errs_less(self, seed: int, noise: float) -> None:
        draw = np.random.default_rng(seed)
        X, folds = draw.normal(size=(40, 12)), np.arange(40) % 5
        y = X @ draw.normal(size=12) + noise * draw.normal(size=40)
        gram, _ = centred_gram(X @ X.T)
        fit, at = cross_fit(gram, y, folds), STRENGTHS.index(cross_fit(gram, y, folds).strength)
        errors = [
            ((cross_fit(gram, y, folds, strengths=(one,)).out_of_fold - y) ** 2).mean()
            for one in STRENGTHS[max(0, at - 1) : at + 2]
        ]
        assert ((fit.out_of_fold - y) ** 2).mean() == min(errors)

    def test_rows_that_are_all_alike_say_the_mean(self) -> None:
        gram, scale = centred_gram(np.ones((4, 4)))
        fit = cross_fit(gram, np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 0, 1, 1]))
        assert scale == 1.0
        assert fit.out_of_fold.tolist() == [3.5, 3.5, 1.5, 1.5]


class TestHinges:
    def test_a_value_worked_by_hand(self) -> None:
        """0 to 10 has mean 5 and sd 10 ** .5; its median is the third knot, at 0."""
        values = np.arange(11.0)[:, None]
        basis = HingeBasis.fit(values)
        found = basis.transform(np.array([[10.0]]))
        np.testing.assert_allclose(found[0, [0, 3]], [10**0.5 * 0.5, 10**0.5 * 0.5])

    def test_beyond_what_was_seen_it_stays_flat(self) -> None:
        basis = HingeBasis.fit(np.arange(11.0)[:, None])
        assert basis.transform(np.array([[99.0]])).tolist() == basis.transform(np.array([[10.0]])).tolist()

    def test_a_feature_that_never_varies_is_0(self) -> None:
        basis = HingeBasis.fit(np.full((5, 1), 3.3))
        assert np.abs(basis.transform(np.array([[3.3], [8.0]]))).max() == 0


class TestFewRows:
    def test_nineteen_are_cold_and_twenty_are_not(self) -> None:
        submissions, ratings = simulated(20)
        fewer = [one for one in ratings if one.submission_id != submissions[0].submission_id]
        assert trained(submissions, fewer).scorers_["routines"].cold_
        assert not trained(submissions, ratings).scorers_["routines"].cold_

    def test_three_submissions_are_cold_and_say_all_levels(self) -> None:
        submissions, ratings = simulated(3)
        model = trained(submissions, ratings)
        assert {one.cold_ for one in model.scorers_.values()} == {True}
        assert {one.n_rated for one in model.summary_.values()} == {3}

    def test_one_class_only_is_cold(self) -> None:
        submissions, ratings = simulated(30)
        same = [one.model_copy(update={"level": 2.0}) for one in ratings]
        assert trained(submissions, same).scorers_["routines"].cold_

    def test_four_teachers_are_cold_however_many_rows_they_have(self) -> None:
        submissions, ratings = simulated(40, per_teacher=10)
        assert trained(submissions, ratings).scorers_["routines"].cold_

    def test_five_teachers_are_learned_from(self) -> None:
        submissions, ratings = simulated(40, per_teacher=8)
        assert not trained(submissions, ratings).scorers_["routines"].cold_

    def test_a_level_rarer_than_the_folds_is_kept(self) -> None:
        submissions, ratings = simulated(40)
        rare = [one.model_copy(update={"level": 2.0}) for one in ratings]
        rare[0] = rare[0].model_copy(update={"level": 4.0})
        rare[2] = rare[2].model_copy(update={"level": 4.0})
        scorer = trained(submissions, rare).scorers_["routines"]
        assert not scorer.cold_

    def test_one_rater_only_trains_and_knows_nothing_of_disagreement(self) -> None:
        submissions, ratings = simulated(30)
        model = trained(submissions, [one for one in ratings if one.rater_id == "r1"])
        assert not model.scorers_["routines"].cold_
        assert model.scorers_["routines"].disagreement_ is None

    def test_a_criterion_that_only_teachers_apart_were_not_rated_on_still_trains(self) -> None:
        """Teachers are held out by their ids; one criterion has no rating among those."""
        submissions, ratings = simulated(60)
        order = teacher_order([one.teacher_id for one in submissions], seed=0)
        held = set(order[: round(0.2 * len(order))])
        apart = {one.submission_id for one in submissions if one.teacher_id in held}
        fewer = [one for one in ratings if not (one.criterion_id == "evidence" and one.submission_id in apart)]
        model = trained(submissions, fewer, settings=ScorerSettings(min_split=30))
        assert model.scorers_["evidence"].bounds_.tolist() == [float("inf")] * 4
        assert (model.scorers_["routines"].bounds_ < float("inf")).all()

    def test_rows_held_out_change_nothing_but_the_sets(self) -> None:
        """Their ratings set the bound; heads, ordinal model and temperature never see them."""
        submissions, ratings = simulated(60)
        order = teacher_order([one.teacher_id for one in submissions], seed=0)
        held = set(order[:12])
        apart = {one.submission_id for one in submissions if one.teacher_id in held}
        turned = [
            one.model_copy(update={"level": 5 - (one.level or 0)}) if one.submission_id in apart else one
            for one in ratings
        ]
        settings = ScorerSettings(min_split=30)
        here, there = (trained(submissions, rows, settings=settings).scorers_["routines"] for rows in (ratings, turned))
        assert (here.bounds_ != there.bounds_).all()
        assert (here.heads_.weights["ngrams"] == there.heads_.weights["ngrams"]).all()  # type: ignore[union-attr]
        assert here.calibrator_.arrays() == there.calibrator_.arrays()  # type: ignore[union-attr]


class TestDisagreement:
    def test_a_value_worked_by_hand(self) -> None:
        """Two pairs at level 0, one differs: (1 + 5 * .5) / (2 + 5) = .5; none at level 1: the overall rate, .5."""
        scorer = CriterionScorer(2).learn_disagreement(np.array([0, 0]), np.array([True, False]))
        assert scorer.disagreement_.tolist() == [0.5, 0.5]  # type: ignore[union-attr]

    def test_raters_who_always_differ_give_a_chance_of_1(self) -> None:
        submissions, ratings = simulated(30)
        differ = [
            one.model_copy(update={"level": 1.0 if one.rater_id == "r1" else 2.0 + (n % 3)})
            for n, one in enumerate(ratings)
        ]
        model = trained(submissions, differ)
        assert model.scorers_["routines"].disagreement_.tolist() == [1.0] * 4  # type: ignore[union-attr]

    def test_before_fitting_it_says_what_to_do(self) -> None:
        with pytest.raises(NotFittedError, match="call fit, or load a bundle"):
            CriterionScorer(3).probabilities(None)  # type: ignore[arg-type]
