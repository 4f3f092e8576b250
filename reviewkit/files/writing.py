"""Files written whole or not at all."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from reviewkit.errors import OutputExistsError
from reviewkit.records import Record


def json_text(record: Record) -> str:
    """Write a record as one line of JSON, in its contract's field names.

    Examples
    --------
    >>> from reviewkit.records import Reason
    >>> json_text(Reason(code="cold", criterion_id="routines"))
    '{"code": "cold", "criterion_id": "routines", "value": null, "bound": null}'
    """
    return json.dumps(record.model_dump(mode="json", by_alias=True), ensure_ascii=False, allow_nan=False)


@contextmanager
def whole_file(path: Path | str, *, force: bool = False) -> Iterator[IO[str]]:
    """Open a text file that appears under its name only when it is complete.

    Parameters
    ----------
    path : Path or str
    force : bool
        Replace a file that stands already.

    Raises
    ------
    OutputExistsError
        If the file stands already and ``force`` is not set.

    Examples
    --------
    What fails half-way leaves nothing behind.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with whole_file(f"{folder}/notes.txt") as file:
    ...         _ = file.write("whole")
    ...     try:
    ...         with whole_file(f"{folder}/half.txt") as file:
    ...             _ = file.write("ha") and 1 / 0
    ...     except ZeroDivisionError:
    ...         pass
    ...     sorted(path.name for path in Path(folder).iterdir())
    ['notes.txt']
    """
    with (
        _unfinished(Path(path), force=force) as unfinished,
        unfinished.open("w", encoding="utf-8", newline="\n") as file,
    ):
        yield file
        file.flush()
        os.fsync(file.fileno())


def write_whole(path: Path | str, content: bytes, *, force: bool = False) -> None:
    """Write bytes to a file that appears under its name only when it is complete.

    Parameters
    ----------
    path : Path or str
    content : bytes
    force : bool
        Replace a file that stands already.

    Raises
    ------
    OutputExistsError
        If the file stands already and ``force`` is not set.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_whole(f"{folder}/rubric.xlsx", b"PK")
    ...     Path(f"{folder}/rubric.xlsx").read_bytes()
    b'PK'
    """
    with _unfinished(Path(path), force=force) as unfinished, unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _unfinished(path: Path, *, force: bool) -> Iterator[Path]:
    refuse_existing(path, force=force)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def refuse_existing(path: Path, *, force: bool) -> None:
    """Refuse to write where something stands already, before work is done for it.

    Parameters
    ----------
    path : Path
        A file or a folder.
    force : bool
        Let it be replaced.

    Raises
    ------
    OutputExistsError
        If something stands at ``path`` and ``force`` is not set.

    Examples
    --------
    >>> refuse_existing(Path("no-such-file.jsonl"), force=False)
    >>> refuse_existing(Path("."), force=False)
    Traceback (most recent call last):
    OutputExistsError: .: stands already; name another output, or replace it with --force (force=True).
    """
    if path.exists() and not force:
        raise OutputExistsError(
            f"{path}: stands already; name another output, or replace it with --force (force=True)."
        )


def write_json_lines(path: Path | str, records: Iterable[Record], *, force: bool = False) -> int:
    """Write records as JSON Lines, whole or not at all, and return how many.

    Parameters
    ----------
    path : Path or str
    records : iterable of Record
        Taken one by one.
    force : bool
        Replace a file that stands already.

    Returns
    -------
    int
        Records written.

    Raises
    ------
    OutputExistsError
        If the file stands already and ``force`` is not set.

    Examples
    --------
    >>> from reviewkit import Reason
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_json_lines(f"{folder}/reasons.jsonl", [Reason(code="cold"), Reason(code="uncertified")])
    2
    """
    n_records = 0
    with whole_file(path, force=force) as file:
        for record in records:
            file.write(json_text(record) + "\n")
            n_records += 1
    return n_records
