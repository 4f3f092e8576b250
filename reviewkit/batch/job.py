"""What a batch is: its settings, its identity, and what its folder says of it."""

import hashlib
from typing import Literal

from pydantic import Field

from reviewkit.records import Record
from reviewkit.records.base import Digest

FORMAT = "reviewkit/batch/1"


class BatchSettings(Record):
    """How a batch is cut, written and shared out.

    Attributes
    ----------
    shard_size : int
        Submissions a shard: what is lost at most when a worker dies, and what is held in memory at once.
    output : str
        ``"jsonl"``, a review a line; or ``"parquet"``.
    max_characters : int
        A submission whose reflection and text artifacts are longer together is set aside, so that none takes all
        memory.
    n_jobs : int
        Processes on this machine.
    scheduler : str or None
        Address of a Dask scheduler, ``tcp://HOST:PORT``: its workers are used instead.
    retries : int
        How often workers may die in a row without a shard getting done.

    Examples
    --------
    >>> BatchSettings(n_jobs=4).shard_size
    256
    """

    shard_size: int = Field(default=256, ge=1)
    output: Literal["jsonl", "parquet"] = "jsonl"
    max_characters: int = Field(default=200_000, ge=1)
    n_jobs: int = Field(default=1, ge=1)
    scheduler: str | None = None
    retries: int = Field(default=3, ge=0)


class BatchJob(Record):
    """What decides the bytes of a batch's output: two runs with equal jobs write the same.

    Attributes
    ----------
    input_name : str
        Name of the submissions file, as failures cite it.
    input_digest : str
        SHA-256 of its bytes.
    n_submissions : int
        Lines or rows, faulty ones included.
    bundle_digest : str
    policy_digest : str
        SHA-256 over policy, the engine's settings and certificates; the audit key is not told.
    """

    format: Literal["reviewkit/batch/1"] = "reviewkit/batch/1"
    reviewkit: str
    input_name: str
    input_digest: Digest
    n_submissions: int = Field(ge=0)
    bundle_digest: Digest
    policy_digest: Digest
    shard_size: int
    output: Literal["jsonl", "parquet"]
    max_characters: int

    @property
    def n_shards(self) -> int:
        """Shards that the submissions are cut into."""
        return -(-self.n_submissions // self.shard_size)


class Receipt(Record):
    """What a finished shard holds: it is done when this stands and the files are as it says.

    Attributes
    ----------
    shard : int
        From 0.
    n_reviews, n_failures : int
    routes : dict of str to int
        Reviews by route.
    reviews, failures : str
        SHA-256 of the two files.
    """

    shard: int = Field(ge=0)
    n_reviews: int = Field(ge=0)
    n_failures: int = Field(ge=0)
    routes: dict[str, int]
    reviews: Digest
    failures: Digest


class BatchManifest(Record):
    """``manifest.json``: the job, and once all is done, its shards.

    Attributes
    ----------
    job : BatchJob
    shards : tuple of Receipt
        Empty until the batch is complete.
    """

    job: BatchJob
    complete: bool
    shards: tuple[Receipt, ...] = ()


def digest_of(*records: Record | None) -> str:
    """SHA-256 over records."""
    digest = hashlib.sha256()
    for one in records:
        digest.update((one.model_dump_json() if one is not None else "null").encode("utf-8") + b"\0")
    return digest.hexdigest()
