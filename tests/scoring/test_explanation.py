"""What a score is made of: shares add up to what the surface view says, and the command shows them."""

from pathlib import Path

import numpy as np
import pytest
from small_programs import HashEncoder, json_lines, simulated, small_rubric

from reviewkit import ReviewEngine, RoutingPolicy, Segmenter, Submission, SubmissionError, train
from reviewkit.features.meanings import MEANINGS, meanings
from reviewkit.features.surface import SURFACE_FEATURES

SUBMISSIONS, RATINGS = simulated(60)
TRAINED = train(small_rubric(), SUBMISSIONS, ratings=RATINGS, encoder=HashEncoder())
ENGINE = ReviewEngine(
    TRAINED.model, policy=RoutingPolicy(small_rubric()), segmenter=Segmenter(count_tokens=HashEncoder().count_tokens)
)


class TestShares:
    def test_they_add_up_to_how_far_the_surface_lies_from_a_usual_text(self) -> None:
        features = TRAINED.model.features([ENGINE.take_in(SUBMISSIONS[0]).segmented])[0]
        views = TRAINED.model.featurizer_.views(features, small_rubric().criteria)["routines"]
        heads = TRAINED.model.scorers_["routines"].heads_
        assert heads is not None
        usual = heads.basis.transform(heads.basis.mean[None, :]) @ heads.weights["surface"]
        here = heads.basis.transform(views.surface) @ heads.weights["surface"]
        told = {one.criterion_id: one for one in TRAINED.model.explain(features)}["routines"]
        assert sum(one.adds for one in told.features) == pytest.approx(float(here[0] - usual[0]), abs=1e-4)

    def test_those_that_move_most_come_first(self) -> None:
        moved = [abs(one.adds) for one in ENGINE.explain(SUBMISSIONS[1])[0].features]
        assert moved == sorted(moved, reverse=True)

    def test_every_view_says_a_level_of_the_criterion(self) -> None:
        levels = [level for one in ENGINE.explain(SUBMISSIONS[2]) for level in one.views.values()]
        assert 1 <= np.min(levels) <= np.max(levels) <= 4

    def test_a_submission_without_text_has_nothing_to_explain(self) -> None:
        empty = Submission(submission_id="e", teacher_id="e", rubric_id="small", reflection=" ")
        assert ENGINE.explain(empty) == ()

    def test_another_rubric_is_refused(self) -> None:
        other = SUBMISSIONS[0].model_copy(update={"rubric_id": "other"})
        with pytest.raises(SubmissionError, match="other"):
            ENGINE.explain(other)


class TestMeanings:
    def test_every_surface_feature_has_one(self) -> None:
        assert set(MEANINGS) == set(SURFACE_FEATURES)

    def test_moves_have_names_too(self) -> None:
        assert meanings(len(SURFACE_FEATURES) + 9)[-1][0] == "other_share"

    def test_every_one_stands_on_its_page(self) -> None:
        page = (Path(__file__).parents[2] / "docs" / "features.md").read_text(encoding="utf-8")
        assert [name for name in SURFACE_FEATURES if f"`{name}`" not in page] == []


class TestCommand:
    def test_an_unknown_submission_is_told(self, cli, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
        (tmp_path / "s.jsonl").write_text(json_lines(SUBMISSIONS[:2]), encoding="utf-8")
        done = cli("explain", tmp_path / "none", tmp_path / "s.jsonl", "--submission", "nobody")
        assert (done.code, done.out) == (1, "")
        assert "has no submission 'nobody'; give an id that stands there" in done.err
