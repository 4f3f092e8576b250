"""The engine: the same submission gets the same review, alone and in any batch; faults are set aside."""

import json
import random
from pathlib import Path

import pytest
from small_programs import HashEncoder, rubric_data, simulated, small_rubric

from reviewkit import (
    EngineSettings,
    ExtractionError,
    Failure,
    PolicySettings,
    Reviewed,
    ReviewEngine,
    ReviewRecord,
    Rubric,
    Submission,
    SubmissionError,
    json_text,
    load_bundle,
    save_bundle,
    train,
)
from reviewkit.files import NumberedSubmission

NEW = simulated(70, seed=11)[0]


def reviews_of(engine: ReviewEngine, submissions: list[Submission]) -> dict[str, str]:
    """Each submission's review as its line of JSON."""
    found = list(engine.review_many(submissions))
    return {one.review.submission_id: json_text(one.review) for one in found if isinstance(one, Reviewed)}


def with_artifact(**artifact: str) -> Submission:
    return Submission.model_validate(
        {**NEW[0].model_dump(), "artifacts": [{"artifact_id": "a", "kind": "k", **artifact}]}
    )


class TestTheSameTextGetsTheSameScore:
    @pytest.mark.parametrize("size", [2, 17, 64, 70])
    def test_alone_and_in_a_shuffled_batch(self, engine: ReviewEngine, size: int) -> None:
        batch = random.Random(size).sample(NEW, size)
        together = reviews_of(engine, batch)
        assert list(together) == [one.submission_id for one in batch]
        assert all(json_text(engine.review(one)) == together[one.submission_id] for one in batch[:12])

    def test_also_the_raw_probabilities_bit_for_bit(self, engine: ReviewEngine) -> None:
        taken = [engine.take_in(one).segmented for one in NEW[:20]]
        model = engine.model
        together = [model.featurizer_.views(one, model.rubric.criteria) for one in model.features(taken)]
        alone = [model.featurizer_.views(model.features([one])[0], model.rubric.criteria) for one in taken]
        for name, scorer in model.scorers_.items():
            for first, second in zip(together, alone, strict=True):
                assert scorer.probabilities(first[name]).tobytes() == scorer.probabilities(second[name]).tobytes()

    def test_after_save_and_load(self, engine: ReviewEngine, small_bundle: Path) -> None:
        again = load_bundle(small_bundle, encoder=HashEncoder()).engine(policy=engine.policy.settings)
        assert reviews_of(again, NEW[:10]) == reviews_of(engine, NEW[:10])

    def test_the_order_of_artifacts_does_not_change_the_scores_of_what_reads_none(self, engine: ReviewEngine) -> None:
        extra = with_artifact(text="Something else entirely, at some length.")
        here, there = engine.review(NEW[0]).score("evidence"), engine.review(extra).score("evidence")
        assert here.probabilities == there.probabilities


class TestReviewMany:
    def test_failures_are_passed_on_in_their_place(self, engine: ReviewEngine) -> None:
        failure = Failure(line=2, submission_id=None, code="json", message="m")
        rows = [NumberedSubmission(1, NEW[0]), failure, NumberedSubmission(3, NEW[1])]
        found = list(engine.review_many(rows))
        assert [isinstance(one, Failure) for one in found] == [False, True, False]
        assert found[1] == failure

    def test_a_fault_carries_the_line_it_came_from(self, engine: ReviewEngine, tmp_path: Path) -> None:
        row = NumberedSubmission(7, with_artifact(path="none.txt"))
        failure = next(engine.review_many([row], folder=tmp_path))
        assert isinstance(failure, Failure)
        assert (failure.line, failure.submission_id, failure.code) == (7, NEW[0].submission_id, "unreadable-file")

    def test_nothing_in_nothing_out(self, engine: ReviewEngine) -> None:
        assert list(engine.review_many([])) == []

    def test_it_reads_no_further_than_it_must(self, engine: ReviewEngine) -> None:
        rows = iter(simulated(200, seed=12)[0])
        next(engine.review_many(rows))
        assert len(list(rows)) >= 100


class TestOneSubmission:
    def test_another_rubrics_is_refused(self, engine: ReviewEngine) -> None:
        other = NEW[0].model_copy(update={"rubric_id": "other"})
        with pytest.raises(SubmissionError, match="handed in for rubric 'other', but this engine reviews 'small'"):
            engine.review(other)

    def test_a_path_without_a_folder_says_what_to_pass(self, engine: ReviewEngine) -> None:
        with pytest.raises(SubmissionError, match="no folder was given; pass folder="):
            engine.review(with_artifact(path="plan.txt"))

    def test_an_unreadable_file_sets_it_aside_or_goes_to_a_person(self, small_bundle: Path, tmp_path: Path) -> None:
        bundle = load_bundle(small_bundle, encoder=HashEncoder())
        (tmp_path / "plan.docx").write_bytes(b"no zip")
        with pytest.raises(ExtractionError, match=r"plan\.docx"):
            bundle.engine().review(with_artifact(path="plan.docx"), folder=tmp_path)
        lenient = bundle.engine(
            policy=PolicySettings(allow_uncertified=True), settings=EngineSettings(unreadable_files="review")
        )
        review = lenient.review(with_artifact(path="plan.docx"), folder=tmp_path)
        assert (review.route, len(review.scores)) == ("review", 2)
        assert "finding" in [reason.code for reason in review.reasons]

    def test_a_file_is_read_and_its_digest_kept(self, engine: ReviewEngine, tmp_path: Path) -> None:
        import hashlib

        (tmp_path / "plan.txt").write_text("Pupils lead it.", encoding="utf-8")
        review = engine.review(with_artifact(path="plan.txt"), folder=tmp_path)
        part = review.parts[1]
        assert (part.part, part.n_chars) == ("a", 15)
        assert part.sha256 == hashlib.sha256(b"Pupils lead it.").hexdigest()

    def test_an_incomplete_one_goes_back_unscored(self, engine: ReviewEngine) -> None:
        review = engine.review(NEW[0].model_copy(update={"reflection": "Too short."}))
        assert (review.route, review.scores, review.award_probability) == ("return", (), None)
        assert review.findings[0].code == "too-few-words"
        assert review.reasons[0].code == "incomplete"

    def test_a_second_attempt_keeps_its_number(self, engine: ReviewEngine) -> None:
        assert engine.review(NEW[0].model_copy(update={"attempt": 2})).attempt == 2

    def test_a_review_is_read_back_from_its_line(self, engine: ReviewEngine) -> None:
        review = engine.review(NEW[0])
        assert ReviewRecord.model_validate(json.loads(json_text(review))) == review


@pytest.fixture(scope="module")
def reading_video(tmp_path_factory: pytest.TempPathFactory) -> ReviewEngine:
    data = rubric_data()
    data["criteria"][1]["reads"] = ["video"]
    submissions, ratings = simulated(30)
    trained = train(Rubric.model_validate(data), submissions, ratings=ratings, encoder=HashEncoder())
    folder = tmp_path_factory.mktemp("bundles") / "video"
    save_bundle(trained, folder)
    policy = PolicySettings(allow_uncertified=True, audit_share=0.0)
    return load_bundle(folder, encoder=HashEncoder()).engine(policy=policy)


class TestKindsThatNobodyHandedIn:
    def test_a_criterion_that_reads_them_is_scored_on_nothing_and_a_person_looks(
        self, reading_video: ReviewEngine
    ) -> None:
        review = reading_video.review(NEW[0])
        score = review.score("evidence")
        assert score.evidence == ()
        assert review.route == "review"
        assert "nothing-to-read" in [finding.code for finding in review.findings]

    def test_with_one_handed_in_it_rests_on_that(self, reading_video: ReviewEngine) -> None:
        one = with_artifact(text="I counted eleven calls before and three after. Notes from Monday showed it.")
        video = one.model_copy(update={"artifacts": (one.artifacts[0].model_copy(update={"kind": "video"}),)})
        review = reading_video.review(video)
        assert "nothing-to-read" not in [finding.code for finding in review.findings]
        assert {piece.part for piece in review.score("evidence").evidence} <= {"a"}


class TestManyAndDecimalLevels:
    @pytest.mark.parametrize("numbers", [(1, 1.5, 2, 2.5), tuple(range(61)), (-1, 0), (0.1, 0.2, 0.3)])
    def test_any_levels_that_rise_are_scored_and_printed(self, numbers: tuple[float, ...]) -> None:
        levels = [{"level": number, "name": f"L{number}"} for number in numbers]
        data = rubric_data(criteria=[{"id": "a", "title": "A", "required_level": numbers[1], "levels": levels}])
        submissions, ratings = simulated(30)
        level = {n: numbers[(n - 1) % len(numbers)] for n in (1, 2, 3, 4)}
        given = [
            one.model_copy(update={"criterion_id": "a", "level": level[int(one.level or 1)]})
            for one in ratings
            if one.criterion_id == "routines"
        ]
        rubric = Rubric.model_validate(data)
        trained = train(rubric, submissions, ratings=given, encoder=HashEncoder())
        score = trained.model.score(trained.model.features([segmented(NEW[0], trained)])[0])[0][0]
        assert len(score.probabilities) == len(numbers)
        assert list(map(float, score.probabilities)) == list(numbers)
        assert score.level in numbers


def segmented(submission: Submission, trained: object) -> object:
    from reviewkit import Segmenter
    from reviewkit.features.segmented import segment_parts
    from reviewkit.text.parts import submission_parts

    segmenter = Segmenter(settings=trained.segmenter, count_tokens=HashEncoder().count_tokens)  # type: ignore[attr-defined]
    return segment_parts(submission.submission_id, submission_parts(submission), segmenter)


def test_a_colder_start_says_all_levels_and_always_goes_to_a_person(tmp_path: Path) -> None:
    submissions, ratings = simulated(3)
    trained = train(small_rubric(), submissions, ratings=ratings, encoder=HashEncoder())
    save_bundle(trained, tmp_path / "cold")
    engine = load_bundle(tmp_path / "cold", encoder=HashEncoder()).engine(policy=PolicySettings(allow_uncertified=True))
    review = engine.review(NEW[0])
    assert review.route == "review"
    assert [reason.code for reason in review.reasons if reason.criterion_id] == ["cold", "cold"]
    assert all(score.cold and score.prediction_set == (1, 2, 3, 4) and not score.stands for score in review.scores)
