"""Bundles that were changed, cut, forged or meant for something else: refused, named, and never run."""

import io
import json
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression
from small_programs import HashEncoder, small_rubric

from reviewkit import Bundle, BundleError, ReviewkitError, load_bundle
from reviewkit.bundle.manifest import FORMAT, MANIFEST, Manifest, read_manifest
from reviewkit.scoring.estimator import CumulativeLinkClassifier

FILES = (
    "manifest.json", "rubric.json", "vocabulary.json", "scorers.json", "arrays.npz", "heads.skops", "card.md",
    "reliability.svg",
)  # fmt: skip


def loaded(folder: Path) -> Bundle:
    return load_bundle(folder, encoder=HashEncoder())


@pytest.fixture
def copied(small_bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_bundle, tmp_path / "copied"))


def reseal(folder: Path, name: str, raw: bytes) -> None:
    """Put a file in the bundle as a forger would: digests and seal are made to fit."""
    import hashlib

    manifest = read_manifest(folder)
    (folder / name).write_bytes(raw)
    files = {**manifest.files, name: hashlib.sha256(raw).hexdigest()}
    write_manifest(folder, manifest.model_copy(update={"files": files}))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    (folder / MANIFEST).write_bytes(manifest.sealed().text().encode())


def arrays_with(folder: Path, **changes: Any) -> bytes:
    with np.load(folder / "arrays.npz") as held:
        arrays = {**{name: held[name] for name in held.files}, **changes}
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


class Canary:
    """Unpickling it writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


class TestChangedBytes:
    def test_these_are_all_the_files(self, small_bundle: Path) -> None:
        assert sorted(path.name for path in small_bundle.iterdir()) == sorted(FILES)

    @pytest.mark.parametrize("mask", [0x01, 0x20, 0xFF])
    @pytest.mark.parametrize("share", [0.0, 0.13, 0.5, 0.77, 1.0])
    @pytest.mark.parametrize("name", FILES)
    def test_one_flipped_byte_is_found_and_its_file_named(
        self, copied: Path, name: str, share: float, mask: int
    ) -> None:
        raw = bytearray((copied / name).read_bytes())
        raw[round(share * (len(raw) - 1))] ^= mask
        (copied / name).write_bytes(raw)
        with pytest.raises(BundleError, match=name):
            loaded(copied)

    @pytest.mark.parametrize("name", FILES)
    def test_a_file_cut_short(self, copied: Path, name: str) -> None:
        (copied / name).write_bytes((copied / name).read_bytes()[:-1])
        with pytest.raises(BundleError, match=name):
            loaded(copied)

    @pytest.mark.parametrize("name", FILES)
    def test_a_file_grown_by_a_byte(self, copied: Path, name: str) -> None:
        (copied / name).write_bytes((copied / name).read_bytes() + b"\n")
        with pytest.raises(BundleError, match=name):
            loaded(copied)

    @pytest.mark.parametrize("name", FILES)
    def test_a_file_that_is_gone(self, copied: Path, name: str) -> None:
        (copied / name).unlink()
        with pytest.raises(BundleError, match=name):
            loaded(copied)

    @pytest.mark.parametrize("name", FILES)
    def test_the_command_line_says_so_and_exits_1(self, copied: Path, cli: Callable[..., Any], name: str) -> None:
        raw = bytearray((copied / name).read_bytes())
        raw[len(raw) // 3] ^= 0x04
        (copied / name).write_bytes(raw)
        done = cli("review", copied, copied / "none.jsonl", "--out", copied / "reviews.jsonl")
        assert (done.code, done.out) == (1, "")
        assert name in done.err
        assert "Traceback" not in done.err
        assert not (copied / "reviews.jsonl").exists()


class TestForgedBundles:
    @pytest.mark.parametrize("number", [1, 99, 0, str(FORMAT), None])
    def test_another_format_says_to_upgrade(self, copied: Path, number: object) -> None:
        data = json.loads((copied / MANIFEST).read_text(encoding="utf-8"))
        (copied / MANIFEST).write_text(json.dumps({**data, "format": number}), encoding="utf-8")
        with pytest.raises(
            BundleError, match=f"has format {number!r}, but this reviewkit reads format {FORMAT}; upgrade"
        ):
            loaded(copied)

    def test_an_unknown_type_in_the_heads(self, copied: Path) -> None:
        reseal(copied, "heads.skops", skops.io.dumps({"routines": Canary(copied)}))
        with pytest.raises(BundleError, match=r"heads.skops: holds .*Canary.*do not trust it"):
            loaded(copied)

    @pytest.mark.parametrize("strange", [LogisticRegression(), np.random.default_rng(0), np.float64, {1, 2}, np.add])
    def test_a_type_that_skops_trusts_but_a_bundle_does_not_hold(self, copied: Path, strange: object) -> None:
        model = CumulativeLinkClassifier().fit([[0.0], [1.0]], [0, 1])
        reseal(copied, "heads.skops", skops.io.dumps({"routines": model, "evidence": strange}))
        with pytest.raises(BundleError, match=r"heads.skops: holds .*do not trust it"):
            loaded(copied)

    @pytest.mark.parametrize("raw", [b"", b"PK", pickle.dumps({"a": 1}), skops.io.dumps([1])])
    def test_heads_that_are_something_else(self, copied: Path, raw: bytes) -> None:
        reseal(copied, "heads.skops", raw)
        with pytest.raises(BundleError, match=r"heads.skops"):
            loaded(copied)

    def test_a_pickle_among_the_arrays_is_not_run(self, copied: Path, tmp_path: Path) -> None:
        smuggled = np.empty(1, dtype=object)
        smuggled[0] = Canary(tmp_path / "ran")
        reseal(copied, "arrays.npz", arrays_with(copied, idf=smuggled))
        with pytest.raises(BundleError, match=r"arrays.npz: is no file of plain arrays .*do not trust it"):
            loaded(copied)
        assert not (tmp_path / "ran").exists()

    def test_a_pickle_in_place_of_the_arrays_is_not_run(self, copied: Path, tmp_path: Path) -> None:
        reseal(copied, "arrays.npz", pickle.dumps(Canary(tmp_path / "ran")))
        with pytest.raises(BundleError, match=r"arrays.npz"):
            loaded(copied)
        assert not (tmp_path / "ran").exists()

    def test_a_raw_pickle_as_a_member_of_the_arrays_is_not_run(self, copied: Path, tmp_path: Path) -> None:
        file = io.BytesIO(arrays_with(copied))
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr("routines/prior", pickle.dumps(Canary(tmp_path / "ran")))
        reseal(copied, "arrays.npz", file.getvalue())
        with pytest.raises(BundleError, match=r"arrays.npz"):
            loaded(copied)
        assert not (tmp_path / "ran").exists()

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_numbers_that_are_none(self, copied: Path, value: float) -> None:
        reseal(copied, "arrays.npz", arrays_with(copied, idf=np.full(3, value)))
        with pytest.raises(BundleError, match="finite"):
            loaded(copied)

    def test_another_rubric_inside(self, copied: Path) -> None:
        other = json.dumps(small_rubric(title="Other").model_dump(mode="json")).encode()
        reseal(copied, "rubric.json", other)
        with pytest.raises(BundleError, match="another rubric than its manifest names"):
            loaded(copied)

    @pytest.mark.parametrize("name", ["../rubric.json", "/etc/passwd", "..", "a/b"])
    def test_a_file_outside_the_folder(self, copied: Path, name: str) -> None:
        manifest = read_manifest(copied)
        write_manifest(copied, manifest.model_copy(update={"files": {**manifest.files, name: "0" * 64}}))
        with pytest.raises(BundleError):
            loaded(copied)

    @pytest.mark.parametrize("name", ["rubric.json", "vocabulary.json", "scorers.json", "arrays.npz", "heads.skops"])
    def test_a_file_that_the_manifest_does_not_name(self, copied: Path, name: str) -> None:
        manifest = read_manifest(copied)
        files = {one: digest for one, digest in manifest.files.items() if one != name}
        write_manifest(copied, manifest.model_copy(update={"files": files}))
        with pytest.raises(BundleError):
            loaded(copied)

    @pytest.mark.parametrize("raw", [b"{}", b"[]", b"null", b"{", b"\xff", b'{"criteria": {}, "award_share": 0}'])
    def test_scorers_that_do_not_fit(self, copied: Path, raw: bytes) -> None:
        reseal(copied, "scorers.json", raw)
        with pytest.raises(BundleError):
            loaded(copied)

    def test_nothing_that_loading_reaches_unpickles(self, small_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise AssertionError("unpickled")

        for name in ("load", "loads", "Unpickler"):
            monkeypatch.setattr(pickle, name, refuse)
        assert loaded(small_bundle).digest


class TestWrongUse:
    def test_another_version_of_the_rubric(self, small_bundle: Path) -> None:
        with pytest.raises(BundleError, match=r"was trained for rubric small 1.0.0 .* not for small 1.1.0"):
            load_bundle(small_bundle, rubric=small_rubric(version="1.1.0"), encoder=HashEncoder())

    def test_the_same_rubric_is_taken(self, small_bundle: Path) -> None:
        assert load_bundle(small_bundle, rubric=small_rubric(), encoder=HashEncoder()).rubric == small_rubric()

    def test_another_encoder(self, small_bundle: Path) -> None:
        other = HashEncoder()
        other.digest = "0" * 64
        with pytest.raises(BundleError, match="was trained with an encoder of digest"):
            load_bundle(small_bundle, encoder=other)

    def test_a_folder_that_is_none(self, tmp_path: Path) -> None:
        with pytest.raises(BundleError, match=r"manifest.json: cannot be read .* is this the folder of a bundle\?"):
            loaded(tmp_path / "nowhere")

    def test_a_file_in_place_of_the_folder(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x", encoding="utf-8")
        with pytest.raises(ReviewkitError, match=r"manifest\.json"):
            loaded(tmp_path / "file")
