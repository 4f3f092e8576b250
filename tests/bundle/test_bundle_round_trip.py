"""What a bundle keeps: the same model, the same bytes, and no name of whom it learned from."""

import hashlib
import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from small_programs import HashEncoder, simulated, small_rubric

from reviewkit import (
    ModelSettings,
    OutputExistsError,
    ScorerSettings,
    TrainedModel,
    json_text,
    load_bundle,
    save_bundle,
    train,
)
from reviewkit.bundle.parts import model_files
from reviewkit.records.rubric import canonical_json
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


class TestSettings:
    @pytest.mark.parametrize("calibrator", ["sigmoid", "venn-abers"])
    def test_every_calibrator_and_the_models_of_the_folds_are_kept(self, calibrator: str, tmp_path: Path) -> None:
        submissions, ratings = simulated(40)
        scorer = ScorerSettings(calibrator=calibrator, sets="cross", coverage="per-level", coverage_level=0.6)  # type: ignore[arg-type]
        made = train(
            small_rubric(), submissions, ratings=ratings, encoder=HashEncoder(), settings=ModelSettings(scorer=scorer)
        )
        save_bundle(made, tmp_path / "bundle")
        loaded = load_bundle(tmp_path / "bundle", encoder=HashEncoder()).model
        assert model_files(loaded)["arrays.npz"] == model_files(made.model)["arrays.npz"]
        assert len(loaded.scorers_["routines"].members_) == 10
        new = [load_bundle(tmp_path / "bundle", encoder=HashEncoder()).engine().take_in(submissions[0]).segmented]
        before, after = (model.score(model.features(new)[0]) for model in (made.model, loaded))
        assert before == after

    def test_many_ratings_and_a_highest_level_that_nobody_earned_are_kept(self, tmp_path: Path) -> None:
        submissions, ratings = simulated(120)
        lower = [one.model_copy(update={"level": min(one.level or 0.0, 3.0)}) for one in ratings]
        made = train(small_rubric(), submissions, ratings=lower, encoder=HashEncoder())
        save_bundle(made, tmp_path / "bundle")
        engine = load_bundle(tmp_path / "bundle", encoder=HashEncoder()).engine()
        taken = [engine.take_in(one).segmented for one in simulated(6, seed=4)[0]]
        before, after = ([model.score(one) for one in model.features(taken)] for model in (made.model, engine.model))
        assert before == after
        assert {one.linked_level for scores, _ in after for one in scores} <= {1.0, 2.0, 3.0}

    def test_a_bundle_of_before_a_setting_was_there_takes_its_default(self, small_bundle: Path, tmp_path: Path) -> None:
        folder = Path(shutil.copytree(small_bundle, tmp_path / "bundle"))
        data = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        del data["model"]["scorer"]["coverage"]
        data["digest"] = hashlib.sha256(canonical_json({**data, "digest": ""})).hexdigest()
        text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        (folder / "manifest.json").write_text(text, encoding="utf-8")
        assert load_bundle(folder, encoder=HashEncoder()).manifest.model.scorer.coverage == "marginal"


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

    def test_the_card_shows_how_honest_the_chances_are(self, small_bundle: Path) -> None:
        card = (small_bundle / "card.md").read_text(encoding="utf-8")
        assert "](reliability.svg)" in card
        assert "| routines | temperature | too few rows for another |" in card
        picture = ElementTree.parse(small_bundle / "reliability.svg").getroot()
        assert [one.text for one in picture.iter("{http://www.w3.org/2000/svg}text") if one.get("font-weight")] == [
            "Routines",
            "Evidence",
        ]

    def test_where_all_is_cold_there_is_no_picture(self, tmp_path: Path) -> None:
        submissions, ratings = simulated(3)
        save_bundle(train(small_rubric(), submissions, ratings=ratings, encoder=HashEncoder()), tmp_path / "cold")
        assert not (tmp_path / "cold" / "reliability.svg").exists()
        assert "svg" not in (tmp_path / "cold" / "card.md").read_text(encoding="utf-8")

    def test_its_digest_stands_in_each_review(self, small_bundle: Path) -> None:
        bundle = load_bundle(small_bundle, encoder=HashEncoder())
        review = bundle.engine(policy=PolicySettings()).review(simulated(1, seed=4)[0][0])
        assert review.bundle_digest == bundle.digest
        assert bundle.digest in json_text(review)
