"""Training: every fault at once and before anything is learned; what counts and what does not."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_programs import HashEncoder, json_lines, ratings_csv, simulated, small_rubric

from reviewkit import Failure, RatingsError, TrainedModel, train
from reviewkit.bundle.parts import model_files
from reviewkit.files import NumberedSubmission
from reviewkit.records import Rating, Submission

SUBMISSIONS, RATINGS = simulated(24)


def trained(submissions: list[Any], ratings: list[Rating], **more: Any) -> TrainedModel:
    return train(small_rubric(), submissions, ratings=ratings, encoder=HashEncoder(), **more)


def refused(submissions: list[Any], ratings: list[Rating]) -> tuple[str, ...]:
    class Unused(HashEncoder):
        def encode(self, texts):  # type: ignore[no-untyped-def]
            raise AssertionError("something was learned")

    with pytest.raises(RatingsError, match="nothing was trained") as caught:
        train(small_rubric(), submissions, ratings=ratings, encoder=Unused())
    return caught.value.faults


class TestFaults:
    def test_they_are_all_listed_and_nothing_is_learned(self) -> None:
        other = SUBMISSIONS[0].model_copy(update={"rubric_id": "other"})
        empty = SUBMISSIONS[1].model_copy(update={"reflection": " ", "artifacts": ()})
        bad = [
            RATINGS[0].model_copy(update={"criterion_id": "tidiness"}),
            RATINGS[1].model_copy(update={"submission_id": "nobody"}),
        ]
        failure = Failure(line=9, submission_id=None, code="json", message="file:9: is not JSON")
        faults = refused([other, empty, *SUBMISSIONS[2:], failure], [*RATINGS, *bad])
        assert len(faults) == 5
        assert all(
            any(says in fault for fault in faults)
            for says in ("file:9", "'tidiness'", "'nobody'", "'other'", "is rated but holds no text")
        )

    def test_the_same_rating_twice(self) -> None:
        assert "ratings[96]" in refused(SUBMISSIONS, [*RATINGS, RATINGS[0]])[0]

    def test_a_path_that_leaves_the_folder(self, tmp_path: Path) -> None:
        one = SUBMISSIONS[0].model_dump() | {"artifacts": [{"artifact_id": "a", "kind": "k", "path": "../x.txt"}]}
        with pytest.raises(RatingsError, match="leaves the submissions' folder"):
            trained([Submission.model_validate(one), *SUBMISSIONS[1:]], RATINGS, folder=tmp_path)

    def test_nothing_is_written_when_learning_fails(
        self, program: Path, cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise OSError(28, os.strerror(28), "disk")

        monkeypatch.setattr("reviewkit.bundle.folder.model_files", fail)
        before = sorted(program.iterdir())
        done = cli(
            "train", "--rubric", program / "rubric.json", "--submissions", program / "submissions.jsonl",
            "--ratings", program / "ratings.csv", "--out", program / "out",
        )  # fmt: skip
        assert (done.code, sorted(program.iterdir())) == (1, before)
        assert "No space left" in done.err


@pytest.fixture(scope="module")
def plain() -> dict[str, bytes]:
    """The files of the model that the submissions and ratings alone give."""
    return model_files(trained(SUBMISSIONS, RATINGS).model)


class TestWhatCounts:
    def test_unrated_submissions_change_nothing(self, plain: dict[str, bytes]) -> None:
        more = [*SUBMISSIONS, *simulated(5, seed=8)[0]]
        assert model_files(trained(more, RATINGS).model) == plain

    def test_ratings_that_were_not_blind_change_nothing(self, plain: dict[str, bytes]) -> None:
        seen = [one.model_copy(update={"rater_id": "r3", "blind": False, "level": 1.0}) for one in RATINGS[::4]]
        assert model_files(trained(SUBMISSIONS, [*RATINGS, *seen]).model) == plain

    def test_the_order_of_the_ratings_changes_nothing(self, plain: dict[str, bytes]) -> None:
        assert model_files(trained(SUBMISSIONS, RATINGS[::-1]).model) == plain

    def test_an_adjudication_is_what_is_learned(self) -> None:
        settled = [
            one.model_copy(update={"role": "adjudication", "rater_id": "chair", "level": 4.0}) for one in RATINGS[::4]
        ]
        model = trained(SUBMISSIONS, [*RATINGS, *settled]).model
        assert model.scorers_["routines"].cold_
        assert model.scorers_["routines"].cold_start_.prior.tolist() == [1 / 28, 1 / 28, 1 / 28, 25 / 28]

    def test_constructed_levels_are_learned_from_and_no_pair_of_raters(self) -> None:
        given = [one.model_copy(update={"role": "constructed"}) for one in RATINGS if one.rater_id == "r1"]
        model = trained(SUBMISSIONS, given).model
        assert model.summary_["routines"].n_rated == 24
        assert model.scorers_["routines"].disagreement_ is None

    def test_what_was_not_scorable_is_no_row(self) -> None:
        unscored = [
            one.model_copy(update={"level": None, "outcome": "not-scorable"}) if one.submission_id == "s0-000" else one
            for one in RATINGS
        ]
        assert trained(SUBMISSIONS, unscored).model.summary_["routines"].n_rated == 23

    def test_numbered_submissions_are_taken_as_they_come_from_a_file(self) -> None:
        numbered = [NumberedSubmission(at, one) for at, one in enumerate(SUBMISSIONS, start=1)]
        assert trained(numbered, RATINGS).submission_ids == tuple(one.submission_id for one in SUBMISSIONS)

    def test_the_files_of_the_command_line_and_records_from_memory_train_the_same(
        self, tmp_path: Path, cli: Callable[..., Any], small_bundle: Path
    ) -> None:
        submissions, ratings = simulated(48)
        (tmp_path / "s.jsonl").write_text(json_lines(submissions), encoding="utf-8")
        (tmp_path / "t.csv").write_text(ratings_csv(ratings), encoding="utf-8")
        (tmp_path / "r.json").write_text(small_rubric().model_dump_json(), encoding="utf-8")
        cli(
            "train", "--rubric", tmp_path / "r.json", "--submissions", tmp_path / "s.jsonl",
            "--ratings", tmp_path / "t.csv", "--out", tmp_path / "out",
        )  # fmt: skip
        assert (tmp_path / "out" / "manifest.json").read_bytes() == (small_bundle / "manifest.json").read_bytes()


class TestExtremes:
    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("静かに待つ。" * 60, "no blanks"),
            ("x" * 2000, "one word"),
            ("- a\n" * 300, "a list"),
            ("😀 " * 90, "no letters"),
        ],
    )
    def test_texts_that_are_no_prose_are_learned_from(self, text: str, name: str) -> None:
        odd = [one.model_copy(update={"reflection": f"{text} {n}"}) for n, one in enumerate(SUBMISSIONS)]
        assert not trained(odd, RATINGS).model.scorers_["routines"].cold_, name

    def test_texts_that_are_all_the_same_are_learned_from(self) -> None:
        same = [one.model_copy(update={"reflection": "We wait.", "artifacts": ()}) for one in SUBMISSIONS]
        model = trained(same, RATINGS).model
        assert not model.scorers_["routines"].cold_
        assert model.share_ >= 0
