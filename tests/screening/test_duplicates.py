"""Near-duplicates: within a submission, with earlier attempts, across teachers."""

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewkit.screening.duplicates import DuplicateIndex
from reviewkit.screening.minhash import MinHasher, estimated_jaccard, jaccard, shingles
from reviewkit.screening.screen import Screener
from tests.screening.texts import HONEST, codes, rubric, screened, submission, taken

VOCABULARY = [f"word{number}" for number in range(5_000)]


def pair(similar: float, chance: random.Random, *, n_words: int = 400) -> tuple[list[str], list[str]]:
    """Return two texts at about that Jaccard similarity."""
    first = chance.choices(VOCABULARY, k=n_words)
    second = list(first)
    while jaccard(shingles(first), shingles(second)) > similar:
        second[chance.randrange(n_words)] = chance.choice(VOCABULARY)
    return first, second


class TestWithin:
    def test_a_reflection_handed_in_again_as_artifact_is_told(self) -> None:
        (finding,) = screened(HONEST, plan=HONEST.replace("nine", "eight"))
        assert (finding.code, finding.leads_to, finding.part) == ("duplicate-part", "review", "plan")

    def test_two_artifacts_alike_are_a_note(self) -> None:
        other = HONEST.replace("September", "March")
        found = screened("I asked them first. They waited for me. We went on then.", plan=HONEST, notes=other)
        assert [(one.code, one.leads_to) for one in found] == [("duplicate-part", "note")]


class TestAcross:
    def test_another_teachers_text_leads_to_a_reviewer(self) -> None:
        index = DuplicateIndex()
        index.remember(submission(HONEST, submission_id="s0", teacher_id="t0"), [taken(HONEST)])
        screener = Screener(rubric(), index=index)
        (finding,) = screened(HONEST.replace("nine", "eight"), screener=screener)
        assert (finding.code, finding.leads_to) == ("duplicate-of-other-teacher", "review")
        assert "'s0'" in finding.message

    def test_the_teachers_own_earlier_text_is_a_note(self) -> None:
        index = DuplicateIndex()
        index.remember(submission(HONEST, submission_id="s0", teacher_id="t1"), [taken(HONEST)])
        assert [one.code for one in screened(HONEST, screener=Screener(rubric(), index=index))] == ["resubmitted-text"]

    def test_a_submission_is_no_duplicate_of_itself(self) -> None:
        index = DuplicateIndex()
        index.remember(submission(HONEST), [taken(HONEST)])
        assert codes(HONEST, screener=Screener(rubric(), index=index)) == []

    def test_sentences_in_another_order_are_found(self) -> None:
        index = DuplicateIndex()
        index.remember(submission(HONEST, submission_id="s0", teacher_id="t0"), [taken(HONEST)])
        moved = ". ".join([*HONEST.split(". ")[4:], *HONEST.split(". ")[:4]])
        assert codes(moved, screener=Screener(rubric(), index=index)) == ["duplicate-of-other-teacher"]

    def test_what_is_forgotten_is_not_found(self) -> None:
        index = DuplicateIndex()
        index.remember(submission(HONEST, submission_id="s0", teacher_id="t0"), [taken(HONEST)])
        index.forget("s0")
        assert len(index) == 0
        assert codes(HONEST, screener=Screener(rubric(), index=index)) == []

    def test_stays_on_disk(self, tmp_path: Path) -> None:
        with DuplicateIndex(path=tmp_path / "index.sqlite") as index:
            index.add(taken(HONEST).words, submission_id="s0", teacher_id="t0", part="reflection")
        with DuplicateIndex(path=tmp_path / "index.sqlite") as again:
            assert [one.submission_id for one in again.matches(taken(HONEST).words)] == ["s0"]

    def test_finds_98_of_100_pairs_at_jaccard_0_8(self) -> None:
        chance, index = random.Random(1), DuplicateIndex()
        pairs = [pair(0.8, chance) for _ in range(200)]
        for number, (first, _) in enumerate(pairs):
            index.add(first, submission_id=f"s{number}", teacher_id="t", part="p")
        found = [any(one.submission_id == f"s{at}" for one in index.matches(new)) for at, (_, new) in enumerate(pairs)]
        assert sum(found) >= 196


class TestMinHasher:
    @given(st.floats(0.05, 0.95), st.integers(0, 1_000))
    def test_estimates_the_similarity(self, share: float, seed: int) -> None:
        n_both = round(600 * share)
        numbers = np.random.default_rng(seed).integers(0, 1 << 62, 1_200 - n_both, dtype=np.uint64)
        first, second = numbers[:600], numbers[600 - n_both :]
        hasher = MinHasher()
        estimate = estimated_jaccard(hasher.signature(first), hasher.signature(second))
        assert estimate == pytest.approx(jaccard(np.unique(first), np.unique(second)), abs=0.23)

    def test_of_no_text_is_like_itself_alone(self) -> None:
        hasher = MinHasher()
        assert estimated_jaccard(hasher.signature(shingles([])), hasher.signature(shingles(["a"] * 9))) < 0.1
