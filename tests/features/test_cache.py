"""The cache of sentence vectors: the same bits as without it, whatever happens to its file."""

import sqlite3
import subprocess
import sys
import textwrap
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from reviewkit import CachedEncoder, CacheSettings, CacheWarning, EmbeddingCache, forget_texts, with_cache
from reviewkit.features.cache import FILE, cache_folder


class CountingEncoder:
    """Vectors from code points; it counts what it is asked."""

    name, digest, dimension, max_tokens = "counting", "c" * 64, 3, 100

    def __init__(self, *, place: str = "here") -> None:
        self.place = place
        self.asked: list[str] = []

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return np.asarray([vector_of(text) for text in texts], dtype=np.float32).reshape(-1, 3)


def vector_of(text: str) -> list[float]:
    return [len(text) / 7, sum(map(ord, text)) / 3, text.count("a") + 0.1]


def cached(folder: Path, *, place: str = "here", max_entries: int = 1000) -> CachedEncoder:
    cache = EmbeddingCache(folder, settings=CacheSettings(max_entries=max_entries))
    return CachedEncoder(CountingEncoder(place=place), cache)


def asked(encoder: CachedEncoder) -> list[str]:
    assert isinstance(encoder.encoder, CountingEncoder)
    return encoder.encoder.asked


class TestWhatItGives:
    @settings(max_examples=25, deadline=None)
    @given(texts=st.lists(st.text(st.characters(), max_size=12), max_size=8))
    def test_the_bits_are_those_of_the_encoder_the_first_time_and_the_second(
        self, texts: list[str], tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        folder = tmp_path_factory.mktemp("cache")
        plain = CountingEncoder().encode(texts)
        assert [cached(folder).encode(texts).tobytes() for _ in range(2)] == [plain.tobytes()] * 2

    def test_each_distinct_text_is_encoded_once(self, tmp_path: Path) -> None:
        encoder = cached(tmp_path)
        for texts in (["a", "b", "a"], ["b", "c"], []):
            encoder.encode(texts)
        assert asked(encoder) == ["a", "b", "c"]

    def test_another_process_finds_it(self, tmp_path: Path) -> None:
        cached(tmp_path).encode(["a"])
        later = cached(tmp_path)
        later.encode(["a"])
        assert asked(later) == []

    def test_another_kind_of_machine_does_not(self, tmp_path: Path) -> None:
        cached(tmp_path).encode(["a"])
        elsewhere = cached(tmp_path, place="there")
        elsewhere.encode(["a"])
        assert asked(elsewhere) == ["a"]

    def test_texts_that_differ_in_a_blank_are_two(self, tmp_path: Path) -> None:
        encoder = cached(tmp_path)
        encoder.encode(["a b", "a  b"])
        assert len(encoder.cache.get(encoder._who, ["a b", "a  b"], dimension=3)) == 2

    def test_more_texts_than_one_question_holds_are_all_found(self, tmp_path: Path) -> None:
        encoder = cached(tmp_path, max_entries=5000)
        texts = [f"text {n}" for n in range(1201)]
        encoder.encode(texts)
        encoder.encode(texts)
        assert len(asked(encoder)) == 1201


class TestItsBounds:
    def test_the_oldest_leave_where_it_is_full(self, tmp_path: Path) -> None:
        encoder = cached(tmp_path, max_entries=2)
        for text in "abc":
            encoder.encode([text])
        assert sorted(encoder.cache.get(encoder._who, ["a", "b", "c"], dimension=3)) == ["b", "c"]

    def test_the_file_stops_growing(self, tmp_path: Path) -> None:
        encoder = cached(tmp_path, max_entries=50)
        sizes = []
        for n in range(12):
            encoder.encode([f"{n} {m}" for m in range(50)])
            encoder.cache.close()
            sizes.append((tmp_path / FILE).stat().st_size)
        assert max(sizes[2:]) == min(sizes[2:])


class TestDamage:
    def test_a_damaged_entry_is_dropped_and_made_anew(self, tmp_path: Path) -> None:
        encoder = cached(tmp_path)
        good = encoder.encode(["a", "b"])
        encoder.cache.close()
        with sqlite3.connect(tmp_path / FILE) as connection:
            connection.execute("UPDATE vectors SET entry = CAST(x'00' || substr(entry, 2) AS BLOB)")
        again = cached(tmp_path)
        assert (again.encode(["a", "b"]) == good).all()
        assert asked(again) == ["a", "b"]

    @pytest.mark.parametrize("raw", [b"no database" * 400, b"SQLite format 3\0" + b"\xff" * 5000])
    def test_a_file_that_is_no_database_is_removed_after_one_warning(self, raw: bytes, tmp_path: Path) -> None:
        (tmp_path / FILE).write_bytes(raw)
        encoder = cached(tmp_path)
        with pytest.warns(CacheWarning, match="Results are the same") as told:
            assert encoder.encode(["a"]).tolist() == CountingEncoder().encode(["a"]).tolist()
            encoder.encode(["b"])
        assert len(told) == 1
        cached(tmp_path).encode(["a"])
        later = cached(tmp_path)
        later.encode(["a"])
        assert asked(later) == []

    def test_a_file_cut_short_gives_no_wrong_vector(self, tmp_path: Path) -> None:
        texts = [f"text {n}" for n in range(300)]
        first = cached(tmp_path)
        first.encode(texts)
        first.cache.close()
        raw = (tmp_path / FILE).read_bytes()
        (tmp_path / FILE).write_bytes(raw[: len(raw) // 2])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CacheWarning)
            found = cached(tmp_path).encode(texts)
        assert found.tobytes() == CountingEncoder().encode(texts).tobytes()

    def test_a_folder_that_cannot_be_made_costs_one_warning(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        encoder = cached(tmp_path / "file" / "cache")
        with pytest.warns(CacheWarning) as told:
            encoder.encode(["a"])
            encoder.encode(["a"])
        assert (len(told), asked(encoder)) == (1, ["a", "a"])

    @pytest.mark.parametrize("says", ["database or disk is full", "attempt to write a readonly database"])
    def test_a_full_disk_or_a_read_only_cache_costs_one_warning(
        self, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(path: Path) -> sqlite3.Connection:
            raise sqlite3.OperationalError(says)

        monkeypatch.setattr("reviewkit.features.cache._opened", refuse)
        encoder = cached(tmp_path)
        with pytest.warns(CacheWarning, match=says) as told:
            vectors = [encoder.encode(["a"]).tolist() for _ in range(3)]
        assert (len(told), vectors) == (1, [CountingEncoder().encode(["a"]).tolist()] * 3)

    def test_a_writer_that_is_killed_leaves_what_it_had_finished(self, tmp_path: Path) -> None:
        code = """
            import os, signal, sys
            import numpy as np
            from reviewkit.features.cache import EmbeddingCache
            cache = EmbeddingCache(sys.argv[1])
            for n in range(50):
                cache.put(b"e", {f"text {n}": np.float32([n, n, n])})
            os.kill(os.getpid(), signal.SIGKILL)
        """
        done = subprocess.run([sys.executable, "-c", textwrap.dedent(code), str(tmp_path)], check=False)
        found = EmbeddingCache(tmp_path).get(b"e", [f"text {n}" for n in range(50)], dimension=3)
        assert (done.returncode, [found[f"text {n}"][0] for n in range(50)]) == (-9, list(range(50)))


class TestForgetting:
    def test_a_text_is_gone_whoever_encoded_it(self, tmp_path: Path) -> None:
        for place in ("here", "there"):
            cached(tmp_path, place=place).encode(["a", "b"])
        assert (EmbeddingCache(tmp_path).forget(["a"]), EmbeddingCache(tmp_path).forget(["a"])) == (2, 0)

    def test_whole_texts_are_cut_as_they_were(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("REVIEWKIT_CACHE", str(tmp_path))
        with_cache(CountingEncoder()).encode(["a.", "b.", "c."])
        assert forget_texts(["a. b."], cut=str.split) == 2

    def test_what_it_took_is_overwritten(self, tmp_path: Path) -> None:
        encoder = cached(tmp_path)
        vector = encoder.encode(["secret"]).tobytes()
        encoder.cache.forget(["secret"])
        left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert vector not in left


class TestWhereItLies:
    def test_off_disables_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("REVIEWKIT_CACHE", "off")
        encoder = CountingEncoder()
        assert with_cache(encoder) is encoder

    def test_the_environment_names_the_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("REVIEWKIT_CACHE", str(tmp_path / "mine"))
        assert cache_folder() == tmp_path / "mine"

    def test_left_out_it_lies_among_the_users_caches(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("REVIEWKIT_CACHE", raising=False)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        assert cache_folder() == tmp_path / "reviewkit"
