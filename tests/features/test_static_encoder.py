"""The encoder that needs no torch: fixed vectors of tokens, averaged."""

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from reviewkit import EncoderError, EncoderSettings, StaticEncoder, open_encoder
from reviewkit.features.static_encoder import ABOUT, TABLE, TOKENIZER, static_folder

TEXTS = ["Pupils lead the routine.", "", "We wait.", "Ünï 名前 😀", "word " * 900, "x" * 400, "It rained."]


@pytest.fixture(scope="module")
def encoder() -> StaticEncoder:
    return StaticEncoder()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(static_folder(), tmp_path / "static"))


class TestVectors:
    def test_they_have_the_same_bits_alone_and_in_any_order(self, encoder: StaticEncoder) -> None:
        together = encoder.encode(TEXTS)
        order = random.Random(0).sample(range(len(TEXTS)), len(TEXTS))
        assert encoder.encode([TEXTS[at] for at in order]).tobytes() == together[order].tobytes()
        assert np.vstack([encoder.encode([one]) for one in TEXTS]).tobytes() == together.tobytes()

    def test_they_are_the_mean_of_the_tokens_brought_to_unit_length(self, encoder: StaticEncoder) -> None:
        whole, first, second = encoder.encode(["calm pupils", "calm", "pupils"])
        sizes = [np.linalg.norm(encoder._vectors[one] * encoder._steps[one]) for one in (ids(encoder, "calm pupils"))]
        mean = first * sizes[0] + second * sizes[1]
        np.testing.assert_allclose(whole, mean / np.linalg.norm(mean), atol=1e-6)

    def test_a_text_without_tokens_is_zeros_and_no_text_is_no_row(self, encoder: StaticEncoder) -> None:
        assert not encoder.encode([""]).any()
        assert encoder.encode([]).shape == (0, encoder.dimension)

    def test_no_token_is_dropped_from_a_long_text(self, encoder: StaticEncoder) -> None:
        assert encoder.count_tokens("word " * 900) == 900

    def test_likeness_of_meaning_shows(self, encoder: StaticEncoder) -> None:
        one, near, far = encoder.encode(["Pupils lead the routine.", "Students run the procedure.", "It rained."])
        assert one @ near > one @ far + 0.1


def ids(encoder: StaticEncoder, text: str) -> list[int]:
    found: list[int] = encoder._tokenizer.encode(text, add_special_tokens=False).ids
    return found


class TestItsFiles:
    def test_its_name_opens_it(self, encoder: StaticEncoder) -> None:
        assert open_encoder(EncoderSettings(model="static-minilm")).digest == encoder.digest

    def test_it_loads_neither_torch_nor_transformers(self) -> None:
        code = (
            "import sys; from reviewkit import EncoderSettings, open_encoder;"
            "open_encoder(EncoderSettings(model='static-minilm')).encode(['Pupils lead.']);"
            "sys.exit(str(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules))))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.stderr.strip() == "[]"

    def test_a_changed_table_is_refused(self, folder: Path) -> None:
        (folder / TABLE).write_bytes(b"no table")
        with pytest.raises(
            EncoderError, match=r"table\.npz: has SHA-256 .* but about\.json says .* take the folder anew"
        ):
            StaticEncoder(folder)

    @pytest.mark.parametrize("name", [ABOUT, TABLE, TOKENIZER])
    def test_a_missing_file_is_told(self, name: str, folder: Path) -> None:
        (folder / name).unlink()
        with pytest.raises(EncoderError, match="is no static encoder"):
            StaticEncoder(folder)

    @pytest.mark.parametrize("about", ["[]", "{", "{}", '{"sha256": 1}', json.dumps({"sha256": {"../x": "0"}})])
    def test_a_broken_description_is_told(self, about: str, folder: Path) -> None:
        (folder / ABOUT).write_text(about, encoding="utf-8")
        with pytest.raises(EncoderError, match="is no static encoder"):
            StaticEncoder(folder)
