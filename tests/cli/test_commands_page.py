"""docs/commands.md names every command there is, and the help stays quick and names them too."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from reviewkit.cli.app import app

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")


def names() -> Iterator[str]:
    command: Any = typer.main.get_command(app)
    for name, one in command.commands.items():
        below = getattr(one, "commands", None)
        yield from (f"{name} {inner}" for inner in below) if below else (name,)


@pytest.mark.parametrize("name", sorted(names()))
class TestEachCommand:
    def test_it_stands_on_the_page_with_its_form(self, name: str) -> None:
        assert f"[`reviewkit {name}`](#" in PAGE
        assert f"\nreviewkit {name} " in PAGE

    def test_its_help_says_what_it_is_for(self, name: str, cli: Callable[..., Any]) -> None:
        done = cli(*name.split(), "--help")
        assert (done.code, done.err) == (0, "")
        assert f"Usage: reviewkit {name} " in done.out
