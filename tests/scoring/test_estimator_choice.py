"""Which estimator a criterion gets: what is compared, what the time allows, and what the card says of it."""

import random
from pathlib import Path

import numpy as np
import pytest
from small_programs import HashEncoder, simulated, small_rubric

from reviewkit import ModelSettings, ScorerSettings, load_bundle, save_bundle, train
from reviewkit.agreement.severity import severity_shifts
from reviewkit.bundle.folder import TrainedModel
from reviewkit.scoring.calibrator_choice import log_scores, smoothed
from reviewkit.scoring.decomposition import OrderedThresholdsClassifier
from reviewkit.scoring.estimator import CumulativeLinkClassifier


def trained(**settings: object) -> TrainedModel:
    submissions, ratings = simulated(60)
    scorer = ScorerSettings.model_validate(settings)
    return train(
        small_rubric(), submissions, ratings=ratings, encoder=HashEncoder(), settings=ModelSettings(scorer=scorer)
    )


class TestOrderedThresholds:
    def test_chances_of_levels_are_never_negative_where_steps_cross(self) -> None:
        model = OrderedThresholdsClassifier()
        model.classes_, model.coef_, model.intercept_ = np.arange(3), np.array([[1.0], [3.0]]), np.array([0.0, 0.0])
        found = model.distribution(np.array([[-2.0], [0.0], [2.0]]))
        assert (found >= 0).all()
        np.testing.assert_allclose(found.sum(axis=1), 1)

    def test_it_fits_better_where_each_step_has_a_slope_of_its_own(self) -> None:
        draw = np.random.default_rng(0)
        X = draw.normal(size=(3000, 2))
        first = X[:, 0] * 3 + draw.logistic(size=3000) > 0
        second = X[:, 1] * 3 + draw.logistic(size=3000) > 0
        level = first.astype(int) + (first & second)
        losses = []
        for model in (OrderedThresholdsClassifier(), CumulativeLinkClassifier()):
            found = smoothed(model.fit(X[:2000], level[:2000]).predict_proba(X[2000:]), n_rows=2000)
            losses.append(log_scores(found, level[2000:]).mean())
        assert losses[0] < losses[1] - 0.05

    def test_a_row_has_the_same_distribution_alone(self) -> None:
        draw = np.random.default_rng(1)
        X = draw.normal(size=(80, 5))
        model = OrderedThresholdsClassifier().fit(X, np.digitize(X.sum(axis=1), [-1, 0, 1]))
        assert (model.distribution(X)[7] == model.distribution(X[[7]])[0]).all()


class TestSearch:
    def test_without_time_nothing_is_compared(self) -> None:
        assert all(one.estimators == () for one in trained().model.summary_.values())

    def test_with_time_every_estimator_is_scored_and_one_is_taken(self) -> None:
        tried = trained(search_seconds=600).model.summary_["routines"].estimators
        assert [one.name for one in tried] == ["averaged", "proportional-odds", "thresholds"]
        assert sum(one.chosen for one in tried) == 1
        assert min(one.behind for one in tried) == 0

    def test_what_the_time_did_not_allow_is_named(self) -> None:
        tried = trained(search_seconds=1e-6).model.summary_["routines"].estimators
        assert [np.isnan(one.loss) for one in tried] == [False, True, True]
        assert tried[0].chosen

    def test_the_card_lists_what_lost(self, tmp_path: Path) -> None:
        save_bundle(trained(search_seconds=600), tmp_path / "bundle")
        card = (tmp_path / "bundle" / "card.md").read_text(encoding="utf-8")
        assert card.count("| lost |") == 2 * len(small_rubric().criteria)

    @pytest.mark.parametrize("name", ["proportional-odds", "thresholds", "averaged"])
    def test_each_estimator_comes_back_from_a_bundle(self, name: str, tmp_path: Path) -> None:
        one = trained(estimator=name)
        save_bundle(one, tmp_path / "bundle")
        back = load_bundle(tmp_path / "bundle", encoder=HashEncoder())
        texts = np.zeros((1, one.model.scorers_["routines"].mix_.shape[1]))
        for name_, scorer in one.model.scorers_.items():
            kept = back.model.scorers_[name_]
            assert (kept.classifier_.distribution(texts) == scorer.classifier_.distribution(texts)).all()


class TestSeverity:
    def test_what_a_severe_rater_gave_is_lifted_before_it_is_learned(self) -> None:
        """Rater b gives about one level less for the same work; a quarter of it was read by b alone."""
        submissions, ratings = simulated(80)
        once = {(one.submission_id, one.criterion_id): one for one in ratings}.values()
        draw, off = random.Random(0), {"a": (0, 0, 1, -1), "b": (-1, -1, 0, -2)}
        both = [
            one.model_copy(update={"rater_id": rater, "level": min(4.0, max(1.0, (one.level or 0) + draw.choice(by)))})
            for one in once
            for rater, by in off.items()
        ]
        read_by = {one.submission_id: ("ab", "a", "b", "ab")[n % 4] for n, one in enumerate(submissions)}
        given = [one for one in both if one.rater_id in read_by[one.submission_id]]
        settings = ModelSettings(scorer=ScorerSettings(coverage_level=0.8), adjust_severity=True)
        taught = [
            train(small_rubric(), submissions, ratings=given, encoder=HashEncoder(), settings=one).model
            for one in (settings, settings.model_copy(update={"adjust_severity": False}))
        ]
        adjusted, plain = (one.scorers_["routines"].heads_ for one in taught)
        assert adjusted is not None and plain is not None
        assert adjusted.intercepts.tolist() != plain.intercepts.tolist()
        shifts = severity_shifts(given, criterion_id="routines")
        assert shifts["b"] < -0.2 < 0.2 < shifts["a"]

    def test_raters_who_never_met_leave_everything_as_it_is(self) -> None:
        _, ratings = simulated(40)
        once = {one.submission_id: one for one in ratings if one.criterion_id == "routines"}.values()
        alone = [one.model_copy(update={"rater_id": f"r{n % 2}"}) for n, one in enumerate(once)]
        assert severity_shifts(alone, criterion_id="routines") == {}
