"""What a worker does: a shard of rows in, the bytes of its two files out; nothing is written here."""

import hashlib
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from reviewkit.batch.job import Receipt
from reviewkit.batch.reading import Shard, read_shard
from reviewkit.bundle.folder import load_bundle
from reviewkit.engine import EngineSettings, Reviewed, ReviewEngine
from reviewkit.errors import DependencyError
from reviewkit.features.encoder import Encoder
from reviewkit.files import NumberedSubmission, json_text
from reviewkit.records import Certificate, Failure, ReviewRecord
from reviewkit.routing.policy import PolicySettings


@dataclass(frozen=True)
class Task:
    """What all shards of a job have in common; two of the same job are equal.

    Attributes
    ----------
    job : str
        Digest of the job: a worker loads the bundle once for it.
    name : str
        Name of the submissions file, for messages.
    """

    job: str
    bundle: Path = field(compare=False)
    name: str = field(compare=False)
    folder: Path = field(compare=False)
    output: Literal["jsonl", "parquet"] = field(compare=False)
    max_characters: int = field(compare=False)
    policy: PolicySettings = field(compare=False)
    certificates: tuple[Certificate, ...] = field(compare=False)
    settings: EngineSettings = field(compare=False)
    encoder: Encoder | None = field(compare=False)


@dataclass(frozen=True)
class ShardBytes:
    """The two files of a shard, and their receipt."""

    reviews: bytes
    failures: bytes
    receipt: Receipt


def review_shard(task: Task, shard: Shard) -> ShardBytes:
    """Review one shard: a pure function of task and shard."""
    reviewed: list[ReviewRecord] = []
    failed: list[Failure] = []
    for one in _reviewed(_engine(task), list(_bounded(task, shard)), folder=task.folder):
        if isinstance(one, Failure):
            failed.append(one)
        else:
            reviewed.append(one.review)
    reviews = parquet_bytes(reviewed) if task.output == "parquet" else _lines(reviewed)
    failures = _lines(failed)
    receipt = Receipt(
        shard=shard.index,
        n_reviews=len(reviewed),
        n_failures=len(failed),
        routes=dict(sorted(Counter(one.route for one in reviewed).items())),
        reviews=hashlib.sha256(reviews).hexdigest(),
        failures=hashlib.sha256(failures).hexdigest(),
    )
    return ShardBytes(reviews, failures, receipt)


def parquet_bytes(reviews: list[ReviewRecord]) -> bytes:
    """Write reviews as Parquet: what is asked for most as columns, and each review whole in ``review``.

    Raises
    ------
    DependencyError
        If pyarrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow.parquet import write_table
    except ImportError:
        raise DependencyError("Parquet needs pyarrow; install reviewkit with the extra 'parquet'.") from None
    text, number = pyarrow.string(), pyarrow.float64()
    score = [("criterion_id", text), ("level", number), ("p_meets_required", number), ("stands", pyarrow.bool_())]
    columns = [
        ("submission_id", text), ("attempt", pyarrow.int64()), ("route", text), ("review_probability", number),
        ("award_probability", number), ("scores", pyarrow.list_(pyarrow.struct(score))), ("review", text),
    ]  # fmt: skip
    table = pyarrow.Table.from_pylist([_columns(one) for one in reviews], schema=pyarrow.schema(columns))
    sink = io.BytesIO()
    write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _columns(one: ReviewRecord) -> dict[str, Any]:
    whole = one.model_dump(mode="json", by_alias=True)
    keys = ("submission_id", "attempt", "route", "review_probability", "award_probability")
    names = ("criterion_id", "level", "p_meets_required", "stands")
    scores = [{name: score[name] for name in names} for score in whole["scores"]]
    return {**{key: whole[key] for key in keys}, "scores": scores, "review": json_text(one)}


@lru_cache(maxsize=1)
def _engine(task: Task) -> ReviewEngine:
    bundle = load_bundle(task.bundle, encoder=task.encoder)
    return bundle.engine(policy=task.policy, certificates=task.certificates, settings=task.settings)


def _bounded(task: Task, shard: Shard) -> Iterator[NumberedSubmission | Failure]:
    for row in read_shard(shard, name=task.name):
        yield row if isinstance(row, Failure) else _within(row, task)


def _within(row: NumberedSubmission, task: Task) -> NumberedSubmission | Failure:
    one = row.submission
    n_characters = len(one.reflection) + sum(len(artifact.text or "") for artifact in one.artifacts)
    if n_characters <= task.max_characters:
        return row
    message = (
        f"{task.name}:{row.line}: holds {n_characters} characters, but a batch reads {task.max_characters}; "
        "shorten it, or raise max_characters (--max-characters)."
    )
    return Failure(line=row.line, submission_id=one.submission_id, code="too-long", message=message)


def _reviewed(
    engine: ReviewEngine, rows: list[NumberedSubmission | Failure], *, folder: Path
) -> list[Reviewed | Failure]:
    """Review rows together; where something unforeseen breaks that, one by one, so that only its cause is set aside."""
    try:
        return list(engine.review_many(rows, folder=folder))
    except Exception:
        return [_reviewed_alone(engine, row, folder=folder) for row in rows]


def _reviewed_alone(engine: ReviewEngine, row: NumberedSubmission | Failure, *, folder: Path) -> Reviewed | Failure:
    try:
        return next(engine.review_many([row], folder=folder))
    except Exception as error:
        line, name = (row.line, row.submission.submission_id) if isinstance(row, NumberedSubmission) else (None, None)
        message = f"line {line}: cannot be reviewed ({type(error).__name__}: {error}); report it with the submission."
        return Failure(line=line, submission_id=name, code="error", message=message)


def _lines(records: list[ReviewRecord] | list[Failure]) -> bytes:
    return "".join(f"{json_text(one)}\n" for one in records).encode("utf-8")
