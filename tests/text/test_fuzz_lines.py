"""Mutated submission lines: each becomes a submission or a failure with its line, never a crash, and none is lost."""

import json
import random
import time
from pathlib import Path

import pytest

from reviewkit.files import iter_submissions
from reviewkit.records import Failure
from reviewkit.text.parts import read_parts
from tests.text.test_fuzz import mutated

LINE = json.dumps(
    {
        "submission_id": "s1",
        "teacher_id": "t1",
        "rubric_id": "routines",
        "reflection": "I asked.\nThey waited. \u00e9",
        "artifacts": [
            {"artifact_id": "a", "kind": "plan", "text": "Ask."},
            {"artifact_id": "b", "kind": "note", "path": "x/y.txt"},
        ],
        "attempt": 1,
        "submitted_at": "2026-01-02T03:04:05Z",
        "groups": {"g": 1},
        "metadata": {"deep": [[[1.5, None]]]},
    }
).encode()


def run(path: Path, *, n_lines: int) -> float:
    """Read mutated lines and return the seconds it took; fails if a line is lost."""
    chance = random.Random("lines")
    lines = [mutated(LINE, chance).replace(b"\n", b" ").replace(b"\r", b" ") for _ in range(n_lines)]
    path.write_bytes(b"\n".join(lines) + b"\n")
    begun = time.perf_counter()
    rows = list(iter_submissions(path))
    seconds = time.perf_counter() - begun
    assert len(rows) == sum(bool(line.strip()) for line in lines)
    assert all(row.line > 0 and (not isinstance(row, Failure) or row.message) for row in rows)
    return seconds


class TestMutatedLines:
    def test_become_submissions_or_failures(self, tmp_path: Path) -> None:
        assert run(tmp_path / "s.jsonl", n_lines=400) < 60

    @pytest.mark.fuzz
    def test_hold_in_the_long_run(self, tmp_path: Path) -> None:
        assert run(tmp_path / "s.jsonl", n_lines=20_000) < 300

    @pytest.mark.parametrize("text", ["\x00", "\ud800", "\u202e", "a" * 100_000, "\r\n" * 1_000], ids=ascii)
    def test_keep_odd_texts_as_they_are(self, tmp_path: Path, text: str) -> None:
        record = json.loads(LINE) | {"reflection": text, "artifacts": []}
        (tmp_path / "s.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
        (row,) = iter_submissions(tmp_path / "s.jsonl")
        kept = None if isinstance(row, Failure) else read_parts(row.submission).parts[0].text
        assert kept in {None, text}
