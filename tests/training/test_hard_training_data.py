"""Training data as programs have it: levels that never occur, copies rated differently, one teacher with most of it."""

import random
import re

import numpy as np
import pytest
from small_programs import HashEncoder, simulated, small_rubric

from reviewkit import (
    EncoderError,
    ModelSettings,
    PolicySettings,
    Rating,
    ReviewEngine,
    ReviewRecord,
    RoutingPolicy,
    ScorerSettings,
    Segmenter,
    Submission,
    TrainedModel,
    train,
)

CZECH = "Žáci si nejdřív zkoušeli příchod do třídy, protože každá ztracená minuta chyběla. Příště začnu dřív."
HEBREW = "התלמידים תרגלו את הכניסה לכיתה כל בוקר. בשבוע הבא אנסה סדר אחר."
EMOJI = (
    "👩🏽‍🏫 Pupils practised the line-up 🎉 all week, and I counted 🕐 eleven calls before and three after. 👍🏿👍🏿"
)


def learned(
    submissions: list[Submission], ratings: list[Rating], *, encoder: HashEncoder | None = None, **settings: object
) -> TrainedModel:
    model = ModelSettings(scorer=ScorerSettings.model_validate(settings))
    return train(small_rubric(), submissions, ratings=ratings, encoder=encoder or HashEncoder(), settings=model)


def reviewed(trained: TrainedModel, submission: Submission) -> ReviewRecord:
    policy = RoutingPolicy(small_rubric(), settings=PolicySettings(allow_uncertified=True))
    segmenter = Segmenter(count_tokens=HashEncoder().count_tokens)
    return ReviewEngine(trained.model, policy=policy, segmenter=segmenter).review(submission)


def handed_in(reflection: str) -> Submission:
    return Submission(submission_id="new", teacher_id="new", rubric_id="small", reflection=reflection)


def probabilities_of(review: ReviewRecord) -> np.ndarray:
    return np.array([list(score.probabilities.values()) for score in review.scores])


class TestLevelsThatNeverOccur:
    @pytest.mark.parametrize(("level", "calibrator"), [(1, "auto"), (2, "venn-abers"), (4, "isotonic"), (4, "sigmoid")])
    def test_they_stay_possible_and_unlikely(self, level: int, calibrator: str) -> None:
        submissions, ratings = simulated(40)
        instead = {level: 3.0}
        without = [
            one.model_copy(update={"level": instead.get(int(one.level or 0), one.level)})
            for one in ratings
            if one.rater_id == "r1"
        ]
        found = probabilities_of(reviewed(learned(submissions, without, calibrator=calibrator), submissions[0]))
        assert (found[:, level - 1] > 0).all()
        assert (found[:, level - 1] < 0.15).all()

    def test_with_sets_per_level_they_belong_to_every_set(self) -> None:
        submissions, ratings = simulated(60)
        without = [one.model_copy(update={"level": 3.0}) if one.level == 4.0 else one for one in ratings]
        trained = learned(submissions, without, coverage="per-level", coverage_level=0.6)
        sets = [score.prediction_set for one in submissions[:8] for score in reviewed(trained, one).scores]
        assert all(4.0 in one for one in sets)
        assert any(len(one) < 4 for one in sets)


class TestCopies:
    def test_the_same_text_rated_differently_is_uncertain_and_scored_the_same(self) -> None:
        submissions, ratings = simulated(60)
        text = submissions[0].reflection
        copies = [
            one.model_copy(update={"reflection": text, "artifacts": ()}) if at < 20 else one
            for at, one in enumerate(submissions)
        ]
        number = {one.submission_id: at for at, one in enumerate(copies)}
        split = [
            one.model_copy(update={"level": 1.0 + 3 * (number[one.submission_id] % 2)})
            if number[one.submission_id] < 20
            else one
            for one in ratings
        ]
        trained = learned(copies, split)
        first, second = (probabilities_of(reviewed(trained, one)) for one in copies[:2])
        assert (first == second).all()
        assert (first.max(axis=1) < 0.9).all()

    def test_copies_alone_teach_nothing_and_break_nothing(self) -> None:
        submissions, ratings = simulated(30)
        same = [
            one.model_copy(update={"reflection": submissions[0].reflection, "artifacts": ()}) for one in submissions
        ]
        found = probabilities_of(reviewed(learned(same, ratings), same[0]))
        shares = np.bincount([int(one.level or 0) - 1 for one in ratings], minlength=4) / len(ratings)
        assert np.isfinite(found).all()
        assert np.abs(found - shares).max() < 0.25


class TestOneTeacherWithMost:
    def test_two_hundred_submissions_of_one_teacher_stay_on_one_side(self) -> None:
        submissions, ratings = simulated(220)
        owned = [
            one.model_copy(update={"teacher_id": "prolific"}) if at < 200 else one for at, one in enumerate(submissions)
        ]
        trained = learned(owned, ratings)
        summary = trained.model.summary_["routines"]
        assert (summary.n_rated, summary.cold) == (220, False)
        assert np.isfinite(probabilities_of(reviewed(trained, submissions[210]))).all()


class BrokenEncoder(HashEncoder):
    """Gives no number for texts that hold a word."""

    name = "broken"

    def encode(self, texts):  # type: ignore[no-untyped-def]
        vectors = super().encode(texts)
        vectors[[at for at, text in enumerate(texts) if "tripwire" in text]] = np.nan
        return vectors


class TestEncodersOfOnesOwn:
    def test_not_a_number_names_the_encoder_and_where_the_text_stands(self) -> None:
        submissions, ratings = simulated(24)
        tripped = submissions[7].model_copy(update={"reflection": "It went well. Here is the tripwire."})
        rows = [*submissions[:7], tripped, *submissions[8:]]
        where = re.escape(f"encoder 'broken': {tripped.submission_id!r}, reflection, characters 14 to 35")
        with pytest.raises(EncoderError, match=where):
            learned(rows, ratings, encoder=BrokenEncoder())


class TestAllFeaturesAlike:
    def test_texts_of_the_same_words_give_the_shares_of_the_levels(self) -> None:
        submissions, ratings = simulated(40)
        words = "We rehearsed the signal because waiting cost minutes today".split()
        draw = random.Random(0)
        rows = []
        for one in submissions:
            draw.shuffle(words)
            rows.append(one.model_copy(update={"reflection": " ".join(words) + ".", "artifacts": ()}))
        assert np.isfinite(probabilities_of(reviewed(learned(rows, ratings), rows[0]))).all()


@pytest.fixture(scope="module")
def mixed() -> TrainedModel:
    submissions, ratings = simulated(40)
    rows = [
        one.model_copy(update={"reflection": f"{one.reflection} {(CZECH, HEBREW, EMOJI)[at % 3]}"})
        for at, one in enumerate(submissions)
    ]
    return learned(rows, ratings)


class TestTextsOfAllKinds:
    @pytest.mark.parametrize("text", [CZECH, HEBREW, EMOJI, f"{HEBREW} {EMOJI} {CZECH}"])
    def test_czech_hebrew_and_emoji_are_learned_from_and_scored(self, mixed: TrainedModel, text: str) -> None:
        review = reviewed(mixed, handed_in(text))
        found = probabilities_of(review)
        np.testing.assert_allclose(found.sum(axis=1), 1)
        assert all(text[one.start : one.end] == one.text for score in review.scores for one in score.evidence)

    def test_ten_thousand_words_are_learned_from_and_scored(self) -> None:
        submissions, ratings = simulated(24)
        long = [
            one.model_copy(update={"reflection": " ".join([one.reflection] * (10_000 // len(one.reflection.split())))})
            if at in (0, 1)
            else one
            for at, one in enumerate(submissions)
        ]
        review = reviewed(learned(long, ratings), long[0])
        assert np.isfinite(probabilities_of(review)).all()
