"""The folder of a batch: files that appear whole, receipts, a lock, and what is still to do after a kill."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import ValidationError

from reviewkit.batch.job import BatchJob, BatchManifest, Receipt
from reviewkit.batch.worker import ShardBytes
from reviewkit.errors import BatchError, OutputExistsError
from reviewkit.files.writing import json_text

MANIFEST = "manifest.json"
FAILURES = "failures.jsonl"
LOCK = ".lock"
_FOLDERS = ("reviews", "failures", "receipts")


class BatchFolder:
    """Where a batch is written.

    Parameters
    ----------
    path : Path
    job : BatchJob
    """

    def __init__(self, path: Path, job: BatchJob) -> None:
        self.path = path
        self.job = job

    def open(self, *, force: bool) -> dict[int, Receipt]:
        """Begin, or go on: return the receipts of the shards that are done and whole.

        Raises
        ------
        OutputExistsError
            If something else stands there and ``force`` is not set.
        """
        manifest = self._manifest()
        if manifest is None or manifest.job != self.job:
            self._begin(other=manifest is not None, force=force)
        for name in _FOLDERS:
            (self.path / name).mkdir(exist_ok=True)
            for unfinished in (self.path / name).glob(".*.unfinished"):
                unfinished.unlink()
        finished = manifest.shards if manifest is not None and manifest.job == self.job else ()
        return self._whole({one.shard: one for one in finished} | dict(self._receipts()))

    def write(self, done: ShardBytes) -> None:
        """Write a shard's two files, then its receipt; each appears whole or not at all."""
        index = done.receipt.shard
        write_whole(self.reviews(index), done.reviews)
        write_whole(self.failures(index), done.failures)
        write_whole(self._receipt(index), json_text(done.receipt).encode("utf-8") + b"\n")

    def finish(self, receipts: dict[int, Receipt]) -> None:
        """Write all failures as one file, and the manifest with all shards, which takes the place of the receipts."""
        whole = self.path / f".{FAILURES}.unfinished"
        with whole.open("wb") as target:
            for index in sorted(receipts):
                target.write(self.failures(index).read_bytes())
            target.flush()
            os.fsync(target.fileno())
        whole.replace(self.path / FAILURES)
        shards = tuple(receipts[index] for index in sorted(receipts))
        self._write_manifest(BatchManifest(job=self.job, complete=True, shards=shards))
        for path in (self.path / "receipts").glob("part-*.json"):
            path.unlink()
        (self.path / "receipts").rmdir()

    def reviews(self, index: int) -> Path:
        """File of a shard's reviews."""
        return self.path / "reviews" / f"part-{index:06d}.{self.job.output}"

    def failures(self, index: int) -> Path:
        """File of a shard's failures."""
        return self.path / "failures" / f"part-{index:06d}.jsonl"

    def _receipt(self, index: int) -> Path:
        return self.path / "receipts" / f"part-{index:06d}.json"

    def _begin(self, *, other: bool, force: bool) -> None:
        standing = [one for one in self.path.iterdir() if one.name != LOCK and not one.name.endswith(".unfinished")]
        if standing and not force:
            found = (
                "another batch, or one of another input, bundle or policy" if other else "something that is no batch"
            )
            raise OutputExistsError(
                f"{self.path}: holds {found}; name another folder, or replace it with --force (force=True)."
            )
        if standing and not other:
            raise OutputExistsError(f"{self.path}: holds files that no batch wrote; name another folder.")
        for name in _FOLDERS:
            for file in (self.path / name).glob("*part-*"):
                file.unlink()
        with suppress(FileNotFoundError):
            (self.path / FAILURES).unlink()
        self._write_manifest(BatchManifest(job=self.job, complete=False))

    def _manifest(self) -> BatchManifest | None:
        try:
            return BatchManifest.model_validate_json((self.path / MANIFEST).read_bytes())
        except (OSError, ValidationError):
            return None

    def _write_manifest(self, manifest: BatchManifest) -> None:
        write_whole(self.path / MANIFEST, manifest.model_dump_json(indent=1).encode("utf-8") + b"\n")

    def _receipts(self) -> Iterator[tuple[int, Receipt]]:
        for path in sorted((self.path / "receipts").glob("part-*.json")):
            with suppress(OSError, ValidationError):
                one = Receipt.model_validate_json(path.read_bytes())
                yield one.shard, one

    def _whole(self, receipts: dict[int, Receipt]) -> dict[int, Receipt]:
        return {index: one for index, one in receipts.items() if self._is_whole(one)}

    def _is_whole(self, one: Receipt) -> bool:
        return (
            one.shard < self.job.n_shards
            and sha256_of(self.reviews(one.shard)) == one.reviews
            and sha256_of(self.failures(one.shard)) == one.failures
        )


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for this run alone; a run that is killed lets go of it.

    Raises
    ------
    BatchError
        If another run holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # no such lock on this system: starting a job twice is then the caller's care
        yield
        return
    with (folder / LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BatchError(f"{folder}: another run writes there; wait for it, or name another folder.") from None
        yield


def write_whole(path: Path, raw: bytes) -> None:
    """Write a file that appears under its name only when it is complete and on the disk."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync_folder(path.parent)


def sha256_of(path: Path) -> str | None:
    """SHA-256 of a file; None where there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
