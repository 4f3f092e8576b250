"""Moves in reviews and in models: evidence is named, shares are features, and a bundle keeps to its tagger."""

from pathlib import Path

import numpy as np
import pytest
from small_programs import HashEncoder, hash_tagger, simulated, small_rubric

import reviewkit.bundle.moves
from reviewkit import (
    MOVES,
    BundleError,
    MoveTagger,
    ReviewEngine,
    SentenceInContext,
    TrainedModel,
    load_bundle,
    save_bundle,
    train,
)
from reviewkit.features.moves import sentences_of


@pytest.fixture(scope="module")
def trained_on_moves() -> TrainedModel:
    submissions, ratings = simulated(48)
    return train(small_rubric(), submissions, ratings=ratings, encoder=HashEncoder(), tagger=hash_tagger())


@pytest.fixture
def tagger(monkeypatch: pytest.MonkeyPatch) -> MoveTagger:
    """The hashing tagger, as if it were the shipped one."""
    found = hash_tagger()
    monkeypatch.setattr(reviewkit.bundle.moves, "load_move_tagger", lambda: found)
    return found


class TestEvidence:
    def test_each_sentence_carries_the_move_that_the_tagger_gives_it_in_its_place(self, small_bundle: Path) -> None:
        tagger = hash_tagger()
        engine = load_bundle(small_bundle, encoder=HashEncoder()).engine(tagger=tagger)
        submission = simulated(1, seed=4)[0][0]
        found = [one for score in engine.review(submission).scores for one in score.evidence]
        part = engine.take_in(submission).segmented.parts[0]
        wanted = tagger.tag([SentenceInContext.of(one, part) for one in found])
        assert found
        assert [(one.move, one.move_probability) for one in found] == [
            (one.move, round(one.probability, 6)) for one in wanted
        ]

    def test_a_move_changes_nothing_else(self, engine: ReviewEngine, small_bundle: Path) -> None:
        told = ReviewEngine(
            engine.model, policy=engine.policy, segmenter=engine.segmenter, tagger=hash_tagger(),
            bundle_digest=engine.bundle_digest,
        )  # fmt: skip
        submission = simulated(1, seed=4)[0][0]
        bare = told.review(submission).model_dump_json(exclude={"scores": {"__all__": {"evidence"}}})
        assert bare == engine.review(submission).model_dump_json(exclude={"scores": {"__all__": {"evidence"}}})

    def test_no_tagger_names_nothing(self, engine: ReviewEngine) -> None:
        found = [one for score in engine.review(simulated(1, seed=4)[0][0]).scores for one in score.evidence]
        assert {(one.move, one.move_probability) for one in found} == {(None, None)}


class TestFeatures:
    def test_shares_stand_behind_the_surface_features(self, trained: TrainedModel, engine: ReviewEngine) -> None:
        plain, moves = trained.model.featurizer_, hash_tagger()
        taken = engine.take_in(simulated(1, seed=4)[0][0]).segmented
        criteria = trained.model.rubric.criteria
        bare = plain.views(plain.transform([taken])[0], criteria)["routines"]
        plain.tagger = moves
        told = plain.views(plain.transform([taken])[0], criteria)["routines"]
        plain.tagger = None
        read = moves.probabilities(sentences_of(taken))[taken.rows_read(criteria[0])]
        assert (told.surface[:, : -len(MOVES)] == bare.surface).all()
        assert told.surface[0, -len(MOVES) :] == pytest.approx(read.mean(axis=0))

    def test_a_row_without_a_sentence_has_the_shares_of_the_others(
        self, trained_on_moves: TrainedModel, engine: ReviewEngine
    ) -> None:
        model = trained_on_moves.model
        features = model.features([engine.take_in(simulated(1, seed=4)[0][0]).segmented])[0]
        without = model.featurizer_.views(features, model.rubric.criteria, without_each=True)["routines"]
        read = features.moves[features.submission.rows_read(model.rubric.criteria[0])]
        others = [np.delete(read, at, axis=0).mean(axis=0) for at in range(len(read))]
        assert without.surface[1:, -len(MOVES) :] == pytest.approx(np.stack(others))


class TestBundle:
    def test_a_loaded_model_scores_as_the_saved_one(
        self, trained_on_moves: TrainedModel, tagger: MoveTagger, tmp_path: Path
    ) -> None:
        save_bundle(trained_on_moves, tmp_path / "moves")
        engine = load_bundle(tmp_path / "moves", encoder=HashEncoder()).engine()
        taken = [engine.take_in(one).segmented for one in simulated(3, seed=4)[0]]
        model, loaded = trained_on_moves.model, engine.model
        assert [model.score(one) for one in model.features(taken)] == [
            loaded.score(one) for one in loaded.features(taken)
        ]
        assert engine.tagger is tagger

    def test_another_tagger_is_refused(
        self, trained_on_moves: TrainedModel, tagger: MoveTagger, tmp_path: Path
    ) -> None:
        save_bundle(trained_on_moves, tmp_path / "moves")
        tagger.encoder.digest = "1" * 64  # type: ignore[misc]
        with pytest.raises(BundleError, match=r"moves.json: the bundle learned with a tagger .* train the bundle anew"):
            load_bundle(tmp_path / "moves", encoder=HashEncoder())

    def test_a_bundle_without_moves_holds_no_word_of_them(self, small_bundle: Path) -> None:
        assert not (small_bundle / "moves.json").exists()
