"""Mutated files: each gives a text or a clear refusal, within its bounds."""

import io
import random
import time
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from reviewkit.errors import ExtractionError
from reviewkit.text.bounds import ExtractionSettings
from reviewkit.text.extract import extract
from reviewkit.text.worker import START_SECONDS
from tests.text.fuzz_seeds import seed

N_SHORT, N_LONG = 60, 20_000
KINDS = ["txt", "md", "csv", "html", "rtf", "pdf", "docx", "pptx", "odt", "xlsx"]
LONG = ExtractionSettings(timeout_s=5, max_memory_mib=512)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return the data with bytes flipped, cut out, doubled or replaced by what often breaks readers."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(len(out) + 1)
        length = chance.choice((1, 2, 8, 64, 512))
        piece = out[at : at + length]
        hostile = [
            b"\x00",
            b"\xff" * 8,
            b"<" * 40,
            b"(" * 60,
            b"{" * 60,
            b"\\u-1?",
            b"999999999999",
            b"&#xD800;",
            b"-1",
        ]
        out[at : at + length] = chance.choice((
            bytes(one ^ (1 << chance.randrange(8)) for one in piece), b"", bytes(piece) * chance.choice((2, 40)),
            chance.choice(hostile), chance.randbytes(length),
        ))  # fmt: skip
    return bytes(out)


def mutated_file(data: bytes, chance: random.Random) -> bytes:
    """Return a mutated file; of a packed one half the time a member is mutated before it is packed."""
    if not data.startswith(b"PK") or chance.random() < 0.5:
        return mutated(data, chance)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        names = [name for name in source.namelist() if name.endswith((".xml", ".rels"))]
        struck = chance.choice([name for name in names if "slide1.xml" in name or "Layout" not in name])
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, mutated(content, chance) if name == struck else content)
    return out.getvalue()


def outcome(path: Path, settings: ExtractionSettings) -> str:
    """Return ``"text"``, why there is none, or ``"ended"`` where the reading process broke down."""
    try:
        extract(path, settings=settings)
    except ExtractionError as error:
        assert str(error).startswith(path.name)
        return "ended" if "ended the reading process" in str(error) else error.code
    return "text"


def run(kind: str, folder: Path, *, n_files: int, settings: ExtractionSettings) -> tuple[Counter[str], float]:
    """Read mutated files and return how often each outcome came, and the longest time."""
    data, chance, path = seed(kind, folder), random.Random(f"fuzz {kind}"), folder / f"mutated.{kind}"
    longest, outcomes = 0.0, Counter[str]()
    for _ in range(n_files):
        path.write_bytes(mutated_file(data, chance))
        begun = time.perf_counter()
        outcomes[outcome(path, settings)] += 1
        longest = max(longest, time.perf_counter() - begun)
    return outcomes, longest


class TestMutatedFiles:
    @pytest.mark.parametrize("kind", KINDS)
    def test_give_text_or_a_refusal(self, tmp_path: Path, kind: str) -> None:
        outcomes, longest = run(kind, tmp_path, n_files=N_SHORT, settings=ExtractionSettings(supervised=False))
        assert outcomes.total() == N_SHORT
        assert outcomes["text"] > 0
        assert longest < 60

    @pytest.mark.fuzz
    @pytest.mark.parametrize("kind", KINDS)
    def test_hold_their_bounds_in_the_long_run(self, tmp_path: Path, kind: str) -> None:
        outcomes, longest = run(kind, tmp_path, n_files=N_LONG, settings=LONG)
        assert outcomes.total() == N_LONG
        assert longest < LONG.timeout_s + START_SECONDS
