"""``reviewkit encoder compare``: what encoders cost, and what scores they move."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from small_programs import HashEncoder

import reviewkit
from reviewkit import EncoderSettings, compare_encoders, load_bundle, read_submissions


class NoisyEncoder(HashEncoder):
    """The encoder that hashes, a little off."""

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        vectors = super().encode(texts)
        return np.asarray(vectors + 0.001 * vectors[:, ::-1], dtype=np.float32)


def opened(settings: EncoderSettings) -> Any:
    if settings.model == "broken":
        raise reviewkit.EncoderError("broken: is not on this disk.")
    return NoisyEncoder() if settings.model == "noisy" else HashEncoder()


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewkit.bundle.encoder_figures.open_encoder", opened)
    monkeypatch.setattr("reviewkit.bundle.encoder_figures.peak_mib", lambda name: None)
    monkeypatch.setattr(reviewkit, "OWN_ENCODERS", ("same", "noisy", "broken"), raising=False)


@pytest.mark.usefixtures("fakes")
class TestCompare:
    def test_an_encoder_beside_itself_moves_nothing(self, small_bundle: Path, program: Path) -> None:
        bundle = load_bundle(small_bundle, encoder=HashEncoder())
        (same,) = compare_encoders(bundle, read_submissions(program / "submissions.jsonl")[:6], names=["same"])
        assert same.change is not None
        assert (same.change.max_probability, same.change.same_level, same.change.mean_expected_level) == (0.0, 1.0, 0.0)
        assert same.change.cosine_min == pytest.approx(1.0)

    def test_another_one_moves_a_little(self, small_bundle: Path, program: Path) -> None:
        bundle = load_bundle(small_bundle, encoder=HashEncoder())
        (noisy,) = compare_encoders(bundle, read_submissions(program / "submissions.jsonl")[:6], names=["noisy"])
        assert noisy.change is not None
        assert 0 < noisy.change.mean_probability <= noisy.change.max_probability < 0.2

    def test_no_text_is_told(self, small_bundle: Path) -> None:
        with pytest.raises(reviewkit.SubmissionError, match="nothing to measure"):
            compare_encoders(load_bundle(small_bundle, encoder=HashEncoder()), [], names=["same"])

    def test_the_command_prints_tables_and_says_what_it_left_out(
        self, cli: Callable[..., Any], small_bundle: Path, program: Path
    ) -> None:
        done = cli("encoder", "compare", small_bundle, "--submissions", program / "submissions.jsonl")
        assert (done.code, "What it costs" in done.out, "noisy" in done.out) == (0, True, True)
        assert "left out: broken: is not on this disk." in done.err

    def test_json_holds_the_same(self, cli: Callable[..., Any], small_bundle: Path, program: Path) -> None:
        done = cli("encoder", "compare", small_bundle, "--submissions", program / "submissions.jsonl", "--json")
        assert [one["name"] for one in json.loads(done.out)] == ["same", "noisy"]
