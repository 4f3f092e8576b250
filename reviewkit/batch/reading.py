"""Submissions in shards, from JSON Lines or Parquet, in constant memory."""

import hashlib
import json
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from reviewkit.errors import DependencyError, SubmissionError
from reviewkit.files.faults import validation_faults
from reviewkit.files.json_lines import NumberedSubmission, duplicate_id, numbered_lines, submission_of_line
from reviewkit.records import Failure, Submission

_JSON_COLUMNS = ("artifacts", "groups", "metadata")
_ROWS_AT_ONCE = 256
Raw = bytes | dict[str, Any]


@dataclass(frozen=True)
class Shard:
    """Some submissions that stand side by side, as they were found.

    Attributes
    ----------
    index : int
        From 0.
    rows : list of (line, raw)
    first_lines : dict of int to int
        For a line whose id stands earlier already: where.
    """

    index: int
    rows: list[tuple[int, Raw]]
    first_lines: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Inventory:
    """What one look at the whole file says.

    Attributes
    ----------
    digest : str
        SHA-256 of its bytes.
    n_rows : int
    first_lines : dict of int to int
        Lines whose submission_id stands on an earlier line, and that line.
    """

    digest: str
    n_rows: int
    first_lines: dict[int, int]


def take_inventory(path: Path) -> Inventory:
    """Look at a whole submissions file once: 16 bytes a submission are kept in memory.

    Raises
    ------
    SubmissionError
        If the file cannot be read.
    """
    lines, hashes = array("Q"), array("Q")
    n_rows = 0
    for number, raw in raw_rows(path):
        n_rows += 1
        name = _id_of(raw)
        if name is not None:
            lines.append(number)
            hashes.append(
                int.from_bytes(hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest())
            )
    twice = _lines_alike(np.frombuffer(hashes, dtype=np.uint64), np.frombuffer(lines, dtype=np.uint64))
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Inventory(digest, n_rows, _first_lines(path, twice) if twice else {})


def shards_of(path: Path, inventory: Inventory, *, size: int, skip: Callable[[int], bool]) -> Iterator[Shard]:
    """Yield the shards that ``skip`` does not name."""
    rows = raw_rows(path)
    index = 0
    while chunk := list(islice(rows, size)):
        if not skip(index):
            first = {line: inventory.first_lines[line] for line, _ in chunk if line in inventory.first_lines}
            yield Shard(index, chunk, first)
        index += 1


def raw_rows(path: Path) -> Iterator[tuple[int, Raw]]:
    """Rows of a submissions file with their numbers from 1, unread."""
    if path.suffix.lower() == ".parquet":
        yield from _parquet_rows(path)
    else:
        yield from numbered_lines(path)


def read_row(number: int, raw: Raw, *, name: str) -> NumberedSubmission | Failure:
    """Read a row; a faulty one becomes a Failure."""
    if isinstance(raw, bytes):
        return submission_of_line(raw, number, name=name)
    given = raw.get("submission_id")
    known = given if isinstance(given, str) else None
    try:
        return NumberedSubmission(number, Submission.model_validate(_from_columns(raw)))
    except ValidationError as faulty:
        message = f"{name}:{number}: " + "; ".join(validation_faults(faulty))
    except ValueError as faulty:
        message = f"{name}:{number}: {faulty}; mend that row."
    return Failure(line=number, submission_id=known, code="form", message=message)


def read_shard(shard: Shard, *, name: str) -> Iterator[NumberedSubmission | Failure]:
    """Read the rows of a shard; ids that stood earlier are set aside."""
    for number, raw in shard.rows:
        row = read_row(number, raw, name=name)
        first = shard.first_lines.get(number)
        known = isinstance(row, NumberedSubmission) and first is not None
        yield duplicate_id(row, first, name=name) if known else row  # type: ignore[arg-type]


def _id_of(raw: Raw) -> str | None:
    data: Any = raw
    if isinstance(raw, bytes):
        try:
            data = json.loads(raw)
        except (ValueError, RecursionError):
            return None
    found = data.get("submission_id") if isinstance(data, dict) else None
    return found if isinstance(found, str) else None


def _lines_alike(hashes: Any, lines: Any) -> set[int]:
    order = np.argsort(hashes, kind="stable")
    same = hashes[order[1:]] == hashes[order[:-1]]
    return {int(line) for line in lines[order[1:][same]]} | {int(line) for line in lines[order[:-1][same]]}


def _first_lines(path: Path, suspects: set[int]) -> dict[int, int]:
    """Hold the ids themselves against each other; only a submission without faults claims its id."""
    seen: dict[str, int] = {}
    first_lines: dict[int, int] = {}
    for number, raw in raw_rows(path):
        row = read_row(number, raw, name=path.name) if number in suspects else None
        if isinstance(row, NumberedSubmission):
            first = seen.setdefault(row.submission.submission_id, number)
            if first != number:
                first_lines[number] = first
    return first_lines


def _parquet_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise DependencyError(
            f"{path}: Parquet needs pyarrow; install reviewkit with the extra 'parquet', or hand in JSON Lines."
        ) from None
    try:
        number = 0
        with ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
    except (OSError, ArrowException) as faulty:
        raise SubmissionError(f"{path}: cannot be read as Parquet ({faulty}); check the file.") from None


def _from_columns(row: dict[str, Any]) -> dict[str, Any]:
    data = {name: value for name, value in row.items() if value is not None}
    for name in _JSON_COLUMNS:
        if isinstance(data.get(name), str):
            data[name] = json.loads(data[name])
    return data
