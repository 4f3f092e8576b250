"""Each finding that the code can give stands in docs/screening.md."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKERS = {"Finding", "_finding", "model_validate"}
CODE = re.compile(r"[a-z]+(-[a-z]+)+")


def codes_in(path: Path) -> Iterator[str]:
    """Give the strings in form of a code that stand in calls which make a finding."""
    for call in (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        told = [*call.args, *(one.value for one in call.keywords if one.arg == "code")] if name in MAKERS else []
        constants = (node for one in told for node in ast.walk(one) if isinstance(node, ast.Constant))
        yield from (str(node.value) for node in constants if CODE.fullmatch(str(node.value)))


CODES = sorted(
    {
        code
        for place in ("screening/*.py", "text/*.py", "engine.py")
        for path in (ROOT / "reviewkit").glob(place)
        for code in codes_in(path)
    }
    | {"copied-prompt", "copied-descriptors", "duplicate-of-other-teacher", "resubmitted-text", "padding", "unfamiliar"}
)


class TestEachFinding:
    def test_is_found_in_the_code(self) -> None:
        assert len(CODES) >= 30

    @pytest.mark.parametrize("code", CODES)
    def test_stands_in_the_page_on_screening(self, code: str) -> None:
        page = (ROOT / "docs" / "screening.md").read_text(encoding="utf-8")
        assert f"| `{code}` |" in page
