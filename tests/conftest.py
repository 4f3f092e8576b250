"""What every test may use: golden files that are rewritten only when asked."""

from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite the files in tests/golden; read the change in the diff"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """A function (name under tests/golden, text found) that fails where the golden file says something else."""
    update = bool(request.config.getoption("--update-golden"))

    def check(name: str, found: str) -> None:
        path = GOLDEN / name
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(found, encoding="utf-8", newline="\n")
        assert path.exists(), f"{path}: there is no such golden file; write it with --update-golden."
        assert found == path.read_text(encoding="utf-8"), f"{path}: differs; read the diff, then --update-golden."

    return check
