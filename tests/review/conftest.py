"""A ledger of a small program, its clock and its bytes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reviewkit.review.ledger import ReviewLedger
from tests.review.program import RUBRIC, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger_path(tmp_path: Path) -> Path:
    return tmp_path / "program.ledger"


@pytest.fixture
def ledger(ledger_path: Path, clock: Clock) -> Iterator[ReviewLedger]:
    with ReviewLedger.open(ledger_path, create=True, clock=clock) as opened:
        opened.add_rubric(RUBRIC)
        yield opened


@pytest.fixture
def on_disk(ledger_path: Path) -> Callable[[], bytes]:
    """A function that gives every byte of the ledger's files."""
    return lambda: b"".join(path.read_bytes() for path in sorted(ledger_path.parent.glob(f"{ledger_path.name}*")))
