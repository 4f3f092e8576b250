"""What the commands say: results on stdout, talk and progress on stderr."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

Item = TypeVar("Item")


def say(text: str) -> None:
    """Talk, on stderr."""
    sys.stderr.write(text + "\n")


def result(text: str) -> None:
    """Print a result, on stdout."""
    sys.stdout.write(text + "\n")


def followed(items: Iterable[Item], *, label: str, total: int | None = None) -> Iterator[Item]:
    """Yield items behind a progress bar on stderr, where stderr is a terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield from progress.track(items, description=label, total=total)


def table(title: str, columns: list[str], rows: Iterable[list[str]]) -> None:
    """Print a table, on stdout."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(title=title, title_justify="left")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    console = Console() if sys.stdout.isatty() else Console(width=120)
    console.print(shown)


def count_lines(path: Path) -> int | None:
    """Count the lines of a file, for the progress bar; None where nobody looks or it is no plain file."""
    if not sys.stderr.isatty() or not path.is_file():
        return None
    with path.open("rb") as file:
        return sum(1 for _ in file)


def json_result(value: Mapping[str, Any] | list[Any]) -> None:
    """Print plain data as JSON, on stdout; undefined numbers are null in it already."""
    result(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2))


def number(value: float | int | None, *, digits: int = 3) -> str:
    """Write a number for a table; a dash where it is undefined or absent."""
    if value is None or value != value:  # noqa: PLR0124
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.{digits}f}"


def interval(low: float | None, high: float | None, *, digits: int = 3) -> str:
    """Write an interval for a table; a dash where it has no ends."""
    ends = number(low, digits=digits), number(high, digits=digits)
    return "-" if "-" in ends else f"{ends[0]} to {ends[1]}"
