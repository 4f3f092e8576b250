"""The same text has the same vector, bit for bit: alone, in any company, in any place, on any number of threads."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from reviewkit import EncoderError, EncoderSettings, SentenceTransformerEncoder
from reviewkit.features.encoder import INT8, REDUCED, _folder_digest, _load, _model_folder, _refuse_reduced
from reviewkit.features.packed_encoder import alike, can_pack, runs
from reviewkit.features.padded_encoder import PaddedModel

HAS_BFLOAT16 = torch.cpu._is_avx512_bf16_supported()
HAS_INT8 = torch.backends.cpu.get_cpu_capability() in {"AVX2", "AVX512"}
PRECISIONS = [
    pytest.param(REDUCED, marks=pytest.mark.skipif(not HAS_BFLOAT16, reason="no bfloat16 on this processor")),
    pytest.param(INT8, marks=pytest.mark.skipif(not HAS_INT8, reason="no int8 on this processor")),
]
DIGESTS = ["161222014c99", "0f7a057bf72b"]


def texts() -> list[str]:
    drawn = random.Random(0)
    words = "pupils lead the routine we counted calls before and after it went quiet because they practised".split()
    short = [" ".join(drawn.choices(words, k=n)) for n in (*range(1, 30), *range(1, 30))]
    return [*short, "word " * 250, "é" * 40, "?", ""]


@pytest.fixture(scope="module", params=["", *PRECISIONS])
def encoder(request: pytest.FixtureRequest) -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder(EncoderSettings(model=f"all-MiniLM-L6-v2{request.param}", device="cpu"))


@pytest.fixture(scope="module")
def together(encoder: SentenceTransformerEncoder) -> NDArray[np.float32]:
    return encoder.encode(texts())


@pytest.fixture
def threads() -> Iterator[None]:
    n_threads = torch.get_num_threads()
    yield
    torch.set_num_threads(n_threads)


class TestTheSameBits:
    def test_alone(self, encoder: SentenceTransformerEncoder, together: NDArray[np.float32]) -> None:
        alone = np.vstack([encoder.encode([text]) for text in texts()])
        assert alone.tobytes() == together.tobytes()

    @pytest.mark.parametrize("seed", range(4))
    def test_in_other_company_and_order(
        self, seed: int, encoder: SentenceTransformerEncoder, together: NDArray[np.float32]
    ) -> None:
        drawn = random.Random(seed)
        rows = drawn.sample(range(len(texts())), k=drawn.choice([2, 5, 30]))
        assert encoder.encode([texts()[row] for row in rows]).tobytes() == together[rows].tobytes()

    @pytest.mark.parametrize("n_threads", [1, 2])
    @pytest.mark.usefixtures("threads")
    def test_on_one_thread_or_two(
        self, n_threads: int, encoder: SentenceTransformerEncoder, together: NDArray[np.float32]
    ) -> None:
        torch.set_num_threads(n_threads)
        assert encoder.encode(texts()).tobytes() == together.tobytes()

    def test_asked_by_eight_threads_at_once(
        self, encoder: SentenceTransformerEncoder, together: NDArray[np.float32]
    ) -> None:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(encoder.encode, [texts()] * 8))
        assert {one.tobytes() for one in found} == {together.tobytes()}


class TestThreadsOfItsOwn:
    @pytest.mark.usefixtures("threads")
    def test_they_leave_other_threads_their_number(self) -> None:
        torch.set_num_threads(2)
        SentenceTransformerEncoder(EncoderSettings(device="cpu")).encode(texts())
        with ThreadPoolExecutor(1) as pool:
            assert (torch.get_num_threads(), pool.submit(torch.get_num_threads).result()) == (2, 2)


class TestAgainstTheModelItself:
    def test_packed_is_padded_but_for_rounding(self) -> None:
        encoder = SentenceTransformerEncoder(EncoderSettings(device="cpu"))
        padded = PaddedModel(_load(_model_folder(encoder.name), device="cpu"))
        tokens = encoder._tokenize(texts())
        assert np.abs(padded.encode(tokens) - encoder.encode(texts())).max() < 1e-6

    def test_a_padded_model_gives_the_same_bits_alone(self) -> None:
        encoder = SentenceTransformerEncoder(EncoderSettings(device="cpu"))
        padded = PaddedModel(_load(_model_folder(encoder.name), device="cpu"))
        tokens = encoder._tokenize(texts()[:12])
        alone = np.vstack([padded.encode([one]) for one in tokens])
        assert alone.tobytes() == padded.encode(tokens).tobytes()

    @pytest.mark.parametrize("precision", PRECISIONS)
    def test_a_lower_precision_is_near_and_another_encoder(self, precision: str) -> None:
        one, other = (
            SentenceTransformerEncoder(EncoderSettings(model=f"all-MiniLM-L6-v2{end}", device="cpu"))
            for end in ("", precision)
        )
        cosines = (one.encode(texts()) * other.encode(texts())).sum(axis=1)
        assert float(cosines.min()) > {REDUCED: 0.999, INT8: 0.97}[precision]
        assert one.digest != other.digest

    def test_bfloat16_is_refused_where_the_processor_has_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("torch.cpu._is_avx512_bf16_supported", lambda: False)
        with pytest.raises(EncoderError, match="does not multiply in bfloat16"):
            SentenceTransformerEncoder(EncoderSettings(model=f"all-MiniLM-L6-v2{REDUCED}", device="cpu"))

    def test_int8_is_refused_where_the_processor_has_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("torch.backends.cpu.get_cpu_capability", lambda: "DEFAULT")
        with pytest.raises(EncoderError, match="int8: needs an x86 processor with AVX2"):
            SentenceTransformerEncoder(EncoderSettings(model=f"all-MiniLM-L6-v2{INT8}", device="cpu"))

    def test_int8_is_refused_for_a_model_whose_ranges_nobody_measured(self) -> None:
        folder = _model_folder("all-MiniLM-L6-v2")
        with pytest.raises(EncoderError, match="were measured for all-MiniLM-L6-v2 alone; use ':bfloat16'"):
            SentenceTransformerEncoder(EncoderSettings(model=f"{folder}{INT8}", device="cpu"))

    def test_int8_is_refused_on_a_gpu(self) -> None:
        on_gpu = SimpleNamespace(device=SimpleNamespace(type="cuda"))
        with pytest.raises(EncoderError, match="not on cuda; use ':bfloat16' there"):
            _refuse_reduced(f"all-MiniLM-L6-v2{INT8}", on_gpu)

    def test_the_default_and_bfloat16_keep_their_digests(self) -> None:
        """Bundles name them."""
        folder = _model_folder("all-MiniLM-L6-v2")
        digests = [_folder_digest(folder, precision=one)[:12] for one in ("", REDUCED)]
        assert digests == DIGESTS

    def test_only_a_plain_bert_is_packed(self) -> None:
        model = _load(_model_folder("all-MiniLM-L6-v2"), device="cpu")
        packable = can_pack(model)
        model[0].auto_model.config.hidden_act = "relu"
        assert (packable, can_pack(model)) == (True, False)


class TestWhereItRuns:
    @pytest.mark.parametrize(("given", "asked"), [(None, "cuda:0"), ("cpu", "cpu")])
    def test_a_gpu_is_taken_where_there_is_one_unless_told_otherwise(
        self, given: str | None, asked: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No GPU is needed: the model's move to it is only written down."""
        devices: list[str] = []
        monkeypatch.setattr("torch.cuda.is_available", lambda: True)
        monkeypatch.setattr("torch.nn.Module.to", lambda self, *to, **options: devices.extend(map(str, to)) or self)
        _load(_model_folder("all-MiniLM-L6-v2"), device=given)
        assert {one for one in devices if one.startswith(("cuda", "cpu"))} == {asked}


class TestShapes:
    def test_texts_of_one_length_stand_side_by_side(self) -> None:
        assert [(one.start, one.n_texts, one.length) for one in alike([3, 3, 5, 7, 7])] == [
            (0, 2, 3), (6, 1, 5), (11, 2, 7),
        ]  # fmt: skip

    def test_runs_hold_every_row_once_and_stay_small(self) -> None:
        lengths = [random.Random(n).randint(3, 500) for n in range(200)]
        found = list(runs(lengths))
        assert sorted(row for rows in found for row in rows) == list(range(200))
        assert max(sum(lengths[row] for row in rows) for rows in found) <= 8192
