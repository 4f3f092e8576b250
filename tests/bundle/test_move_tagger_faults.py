"""A folder of a tagger that was altered, or is of another form, is refused with what to do."""

import json
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from reviewkit import BundleError, MoveSettings, load_move_tagger, shipped_folder
from reviewkit.bundle.moves import save_move_tagger

SETTINGS = MoveSettings(context_tokens=8, temperature=1.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(copytree(shipped_folder("models") / "reflective-moves", tmp_path / "moves"))


def alter(folder: Path, **changes: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), encoding="utf-8")


class TestFaults:
    def test_a_changed_byte(self, folder: Path) -> None:
        raw = bytearray((folder / "weights.safetensors").read_bytes())
        raw[-1] ^= 1
        (folder / "weights.safetensors").write_bytes(raw)
        with pytest.raises(BundleError, match=r"weights.safetensors: has SHA-256 .* take the tagger anew"):
            load_move_tagger(folder)

    def test_missing_weights(self, folder: Path) -> None:
        (folder / "weights.safetensors").unlink()
        with pytest.raises(BundleError, match="cannot be read"):
            load_move_tagger(folder)

    def test_a_newer_form(self, folder: Path) -> None:
        alter(folder, format=2)
        with pytest.raises(BundleError, match="has format 2, but this reviewkit reads format 1"):
            load_move_tagger(folder)

    def test_other_moves(self, folder: Path) -> None:
        alter(folder, moves=["Story"])
        with pytest.raises(BundleError, match="names the moves Story, but reviewkit knows Experience"):
            load_move_tagger(folder)

    def test_a_strange_field(self, folder: Path) -> None:
        alter(folder, colour="blue")
        with pytest.raises(BundleError, match="colour"):
            load_move_tagger(folder)

    def test_weights_that_are_none(self, tmp_path: Path) -> None:
        save_move_tagger({"0/kinds": np.float32([[1, 2]])}, tmp_path, settings=SETTINGS)
        with pytest.raises(BundleError, match="is no tagger of moves"):
            load_move_tagger(tmp_path)

    def test_numbers_that_are_not_finite(self, tmp_path: Path) -> None:
        save_move_tagger({"0/kinds": np.float32([[1, np.nan]])}, tmp_path, settings=SETTINGS)
        with pytest.raises(BundleError, match="'0/kinds' is no array of finite numbers"):
            load_move_tagger(tmp_path)


class TestRoundTrip:
    def test_the_same_weights_give_the_same_bytes(self, tmp_path: Path) -> None:
        arrays = {"0/b": np.float32([1]), "0/a": np.float32([2])}
        first = save_move_tagger(arrays, tmp_path / "one", settings=SETTINGS)
        second = save_move_tagger(dict(reversed(arrays.items())), tmp_path / "two", settings=SETTINGS)
        assert first == second
        names = [
            sorted((path.name, path.read_bytes()) for path in (tmp_path / one).iterdir()) for one in ("one", "two")
        ]
        assert names[0] == names[1]
