"""The tagger of reflective moves: what it says, that a sentence's company changes nothing, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as some

from reviewkit import MOVES, EncoderError, MoveSettings, MoveTagger, Part, Segment, SentenceInContext, load_move_tagger
from reviewkit.features.move_weights import full_precision, members, quantized
from reviewkit.features.moves import MoveEncoder, marked

SETTINGS = MoveSettings(context_tokens=8, temperature=1.0)
PLACED = [
    SentenceInContext("Next time I will give them more time.", before="Nobody answered.", after="We will see."),
    SentenceInContext("I was nervous."),
    SentenceInContext("I was nervous.", before="I did not know the class, and the projector would not start."),
    SentenceInContext("They read the story aloud in pairs and I walked around the class.", after="It was loud."),
]


class FixedLogits:
    """An encoder that gives every sentence the same logits."""

    name, digest, dimension, max_tokens = "fixed", "0" * 64, len(MOVES), 254

    def __init__(self, logits: list[float]) -> None:
        self.logits = logits

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def encode(self, texts: list[str]) -> np.ndarray:
        return np.tile(np.float32(self.logits), (len(texts), 1))


@pytest.fixture(scope="module")
def tagger() -> MoveTagger:
    return load_move_tagger()


class TestProbabilities:
    def test_are_the_softmax_of_logits_over_the_temperature(self) -> None:
        logits = [2 * np.log(3), *[0.0] * 8]
        tagger = MoveTagger(FixedLogits(logits), settings=MoveSettings(context_tokens=8, temperature=2.0))
        tagged = tagger.tag(PLACED[:1])[0]
        assert tagged.move == "Experience"
        assert tagged.probability == pytest.approx(3 / 11)
        assert sum(tagged.probabilities.values()) == pytest.approx(1)

    def test_a_tie_goes_to_the_first_move(self) -> None:
        tagger = MoveTagger(FixedLogits([0.0] * 9), settings=SETTINGS)
        assert tagger.tag(PLACED[:1])[0].move == MOVES[0]

    def test_of_no_sentence_are_none(self, tagger: MoveTagger) -> None:
        assert tagger.tag([]) == []


class TestTheShippedTagger:
    def test_names_plain_cases(self, tagger: MoveTagger) -> None:
        plain = [PLACED[0], PLACED[1]]
        assert [one.move for one in tagger.tag(plain)] == ["Intention", "Feeling"]

    def test_gives_the_same_bits_alone_and_in_a_batch(self, tagger: MoveTagger) -> None:
        alone = np.vstack([tagger.probabilities([one]) for one in PLACED])
        assert (tagger.probabilities([*PLACED * 9, PLACED[1]])[: len(PLACED)] == alone).all()

    def test_reads_what_stands_around(self, tagger: MoveTagger) -> None:
        alone, placed = tagger.probabilities(PLACED[1:3])
        assert np.abs(alone - placed).max() > 1e-4

    def test_reads_no_further_than_its_window(self, tagger: MoveTagger) -> None:
        near = " ".join(["We waited."] * 6)
        far = [SentenceInContext("I was nervous.", before=f"{before} {near}") for before in ("It rained.", "A bell.")]
        first, second = tagger.probabilities(far)
        assert (first == second).all()

    def test_a_sentence_without_a_token_is_refused(self, tagger: MoveTagger) -> None:
        with pytest.raises(EncoderError, match=r"texts\[0\] has 0 tokens, but a sentence to tag has 1 to"):
            tagger.tag([SentenceInContext("  ", before="I wait.")])

    def test_a_sentence_longer_than_the_window_is_refused(self, tagger: MoveTagger) -> None:
        with pytest.raises(EncoderError, match="has 600 tokens, but"):
            tagger.tag([SentenceInContext("wait " * 600)])

    def test_other_word_vectors_are_refused(self) -> None:
        other = SETTINGS.model_copy(update={"encoder_sha256": "1" * 64})
        with pytest.raises(EncoderError, match="take the tagger that came with this reviewkit"):
            MoveEncoder({}, weights_sha256="0" * 64, settings=other)


class TestPlace:
    def test_a_segment_is_read_with_the_text_around_it(self) -> None:
        part = Part(part="reflection", kind="reflection", text="We began late. I was nervous. It went well.")
        segment = Segment(part="reflection", start=15, end=29, text="I was nervous.")
        assert SentenceInContext.of(segment, part) == SentenceInContext(
            "I was nervous.", before="We began late. ", after=" It went well."
        )

    @given(*[st.text()] * 3)
    def test_any_text_can_be_marked(self, before: str, own: str, after: str) -> None:
        assert marked(SentenceInContext(own, before=before, after=after)).count("\x1f") == 2


class TestWeights:
    @given(some.arrays(np.float32, (2, 50_000), elements=st.floats(-8, 8, width=32), fill=st.just(np.float32(0.5))))
    def test_a_byte_misses_by_half_a_step_of_its_row_at_most(self, matrix: np.ndarray) -> None:
        found = full_precision(quantized({"wide.weight": matrix}))["wide.weight"]
        step = np.abs(matrix).max(axis=1, keepdims=True) / 127
        assert (np.abs(found - matrix) <= 0.5001 * step + 1e-7).all()

    def test_small_arrays_stay_as_they_are(self) -> None:
        small = {"norm.bias": np.float32([0.1, 0.2])}
        assert quantized(small) == small

    def test_members_are_parted_by_number(self) -> None:
        ensemble = {"0/a": np.float32([0]), "1/a": np.float32([1]), "10/a": np.float32([2])}
        assert [float(one["a"][0]) for one in members(ensemble)] == [0, 1, 2]
