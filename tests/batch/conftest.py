"""An input and an undisturbed run of it, once for all tests of batches."""

from pathlib import Path

import pytest
from batches import contents, run, write_submissions


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test of batches touches the user's cache."""
    monkeypatch.setenv("REVIEWKIT_CACHE", "off")


@pytest.fixture(scope="session")
def submissions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty submissions, of which each tenth is faulty."""
    return write_submissions(tmp_path_factory.mktemp("input") / "s.jsonl", faulty_every=10)


@pytest.fixture(scope="session")
def undisturbed(small_bundle: Path, submissions: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Every file of a run that nothing disturbed."""
    out = tmp_path_factory.mktemp("batches") / "out"
    run(small_bundle, submissions, out)
    return contents(out)
