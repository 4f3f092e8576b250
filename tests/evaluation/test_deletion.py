"""Faithful evidence: a model whose score is known by hand, and what deleting does to it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from small_programs import small_rubric

from reviewkit import DeletionSettings, evidence_faithfulness
from reviewkit.evaluation.deletion import EvidenceFaithfulness
from reviewkit.features.segmented import SegmentedSubmission
from reviewkit.records import CriterionScore, Evidence, Part, Rubric, Segment

SETTINGS = DeletionSettings(n_draws=4, n_resamples=50)


class CountsGood:
    """Each sentence that says good adds .2 to the probability of level 3; the rest lies on level 1."""

    def __init__(self, *, blind: bool = False) -> None:
        self.rubric: Rubric = small_rubric()
        self.blind = blind

    def features(self, submissions: Sequence[SegmentedSubmission]) -> list[Any]:
        return list(submissions)

    def probabilities(self, features: Any) -> dict[str, NDArray[np.float64]]:
        share = 0.2 * sum("good" in one.text for one in features.segments)
        return {one.id: np.asarray([1 - share, 0, share, 0]) for one in self.rubric.criteria}

    def score(self, features: Any) -> tuple[tuple[CriterionScore, ...], float | None]:
        named = [one for one in features.segments if ("good" in one.text) is not self.blind]
        evidence = tuple(Evidence(**one.model_dump(exclude={"index"}), weight=0.2) for one in named[:2])
        return tuple(self._score(name, evidence) for name in self.rubric.criterion_ids), None

    def _score(self, name: str, evidence: tuple[Evidence, ...]) -> CriterionScore:
        return CriterionScore(
            criterion_id=name,
            level=3,
            expected_level=3,
            probabilities={"1": 0.2, "2": 0.0, "3": 0.8, "4": 0.0},
            prediction_set=(3,),
            coverage_level=0.9,
            p_meets_required=0.8,
            rater_disagreement=None,
            stands=False,
            cold=False,
            evidence=evidence,
        )


def submission(*texts: str) -> SegmentedSubmission:
    whole = " ".join(texts)
    starts = [whole.index(text) for text in texts]
    segments = tuple(
        Segment(part="reflection", start=start, end=start + len(text), text=text)
        for start, text in zip(starts, texts, strict=True)
    )
    return SegmentedSubmission("s1", (Part(part="reflection", kind="reflection", text=whole),), segments)


TEXT = submission(
    "good one.", "A very long sentence that carries nothing.", "good two.", "Another that is rather long."
)


def result_of(model: CountsGood, *texts: SegmentedSubmission) -> EvidenceFaithfulness:
    return evidence_faithfulness(model, texts, settings=SETTINGS)[0]


class TestByHand:
    def test_the_curve_falls_by_what_each_sentence_carries(self) -> None:
        """One gone: .2; both: .4; area .3; the expected level moves two levels times that. The longest carry none."""
        found = result_of(CountsGood(), TEXT)
        assert found.fall["evidence"] == pytest.approx((0.2, 0.4))
        assert found.fall["longest"] == pytest.approx((0, 0))
        assert (found.area["evidence"].value, found.move["evidence"].value) == pytest.approx((0.3, 0.6))
        assert found.gain["longest"].value == pytest.approx(0.3)

    def test_random_sentences_lie_between(self) -> None:
        found = result_of(CountsGood(), TEXT, TEXT, TEXT)
        assert 0 < found.area["random"].value < found.area["evidence"].value

    def test_evidence_that_names_the_wrong_sentences_is_found_out(self) -> None:
        found = result_of(CountsGood(blind=True), TEXT)
        assert (found.area["evidence"].value, found.gain["longest"].value) == (0, 0)
        assert found.gain["random"].value < 0

    def test_the_same_seed_draws_the_same(self) -> None:
        assert result_of(CountsGood(), TEXT) == result_of(CountsGood(), TEXT)


class TestOddCases:
    def test_submissions_without_evidence_are_counted_and_left_out(self) -> None:
        found = result_of(CountsGood(), TEXT, submission("Nothing here.", "Nor here."))
        assert (found.n, found.n_without) == (1, 1)

    def test_without_any_evidence_nothing_is_said(self) -> None:
        assert evidence_faithfulness(CountsGood(), [submission("Nothing.")], settings=SETTINGS) == ()

    def test_less_evidence_stays_at_its_last(self) -> None:
        """One text falls by .2 and stays; the other by .2 and .4: means .2 and .3."""
        assert result_of(CountsGood(), TEXT, submission("good.", "Plain.")).fall["evidence"] == pytest.approx(
            (0.2, 0.3)
        )

    def test_a_text_of_one_sentence_can_lose_it(self) -> None:
        assert result_of(CountsGood(), submission("good.")).fall["evidence"] == pytest.approx((0.2,))
