"""What a bundle keeps: the same model, the same bytes, and no name of whom it learned from."""

from pathlib import Path

import pytest
from small_programs import HashEncoder, simulated, small_rubric

from reviewkit import OutputExistsError, TrainedModel, json_text, load_bundle, save_bundle, train
from reviewkit.bundle.parts import model_files
from reviewkit.routing.policy import PolicySettings


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class TestSaving:
    def test_a_loaded_model_scores_as_the_saved_one(self, trained: TrainedModel, small_bundle: Path) -> None:
        engine = load_bundle(small_bundle, encoder=HashEncoder()).engine()
        loaded = engine.model
        taken = [engine.take_in(one).segmented for one in simulated(6, seed=4)[0]]
        before = [trained.model.score(one) for one in trained.model.features(taken)]
        assert before == [loaded.score(one) for one in loaded.features(taken)]

    def test_a_loaded_model_is_written_as_the_same_files(self, trained: TrainedModel, small_bundle: Path) -> None:
        loaded = load_bundle(small_bundle, encoder=HashEncoder()).model
        assert {name: raw for name, raw in model_files(loaded).items() if name != "heads.skops"} == {
            name: raw for name, raw in model_files(trained.model).items() if name != "heads.skops"
        }

    def test_the_same_model_gives_the_same_bytes(
        self, trained: TrainedModel, small_bundle: Path, tmp_path: Path
    ) -> None:
        save_bundle(trained, tmp_path / "again")
        assert contents(tmp_path / "again") == contents(small_bundle)

    def test_another_seed_gives_another_digest(self, small_bundle: Path, tmp_path: Path) -> None:
        submissions, ratings = simulated(48)
        other = train(small_rubric(), submissions, ratings=ratings, encoder=HashEncoder(), seed=1)
        assert save_bundle(other, tmp_path / "other").digest != load_bundle(small_bundle, encoder=HashEncoder()).digest

    def test_a_folder_that_stands_is_refused(self, trained: TrainedModel, small_bundle: Path) -> None:
        before = contents(small_bundle)
        with pytest.raises(OutputExistsError, match="stands already"):
            save_bundle(trained, small_bundle)
        assert contents(small_bundle) == before

    def test_a_bundle_is_replaced_where_that_is_asked(self, trained: TrainedModel, tmp_path: Path) -> None:
        save_bundle(trained, tmp_path / "bundle")
        (tmp_path / "bundle" / "left-over").touch()
        save_bundle(trained, tmp_path / "bundle", force=True)
        assert not (tmp_path / "bundle" / "left-over").exists()
        assert [path.name for path in tmp_path.iterdir()] == ["bundle"]

    def test_a_folder_that_is_no_bundle_is_never_replaced(self, trained: TrainedModel, tmp_path: Path) -> None:
        (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
        with pytest.raises(OutputExistsError, match="is no bundle, so it is not replaced"):
            save_bundle(trained, tmp_path, force=True)
        assert (tmp_path / "thesis.txt").exists()


class TestWhatItSaysOfItsMaking:
    def test_no_file_names_a_submission_or_a_teacher(self, small_bundle: Path) -> None:
        whole = b"".join(contents(small_bundle).values())
        assert b"s0-0" not in whole
        assert b"t0-0" not in whole

    def test_its_own_rows_are_known_again_and_others_are_not(self, small_bundle: Path) -> None:
        seen = load_bundle(small_bundle, encoder=HashEncoder()).manifest.seen
        assert seen.holds("s0-000", "nobody")
        assert seen.holds("new", "t0-003")
        assert not seen.holds("t0-003", "s0-000")

    def test_the_manifest_counts_the_rows(self, small_bundle: Path) -> None:
        manifest = load_bundle(small_bundle, encoder=HashEncoder()).manifest
        assert {name: (one.n_rated, one.cold) for name, one in manifest.training.items()} == {
            "routines": (48, False),
            "evidence": (48, False),
        }

    def test_the_card_says_what_it_cannot_promise(self, small_bundle: Path) -> None:
        card = (small_bundle / "card.md").read_text(encoding="utf-8")
        assert "People decide" in card
        assert "learned from 48 rated submissions" in card
        assert "| nan" not in card

    def test_its_digest_stands_in_each_review(self, small_bundle: Path) -> None:
        bundle = load_bundle(small_bundle, encoder=HashEncoder())
        review = bundle.engine(policy=PolicySettings()).review(simulated(1, seed=4)[0][0])
        assert review.bundle_digest == bundle.digest
        assert bundle.digest in json_text(review)
