"""A batch from end to end: take inventory, share the shards out, write them whole, go on where a run stopped."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from reviewkit.batch.folder import BatchFolder, locked
from reviewkit.batch.job import BatchJob, BatchSettings, Receipt, digest_of
from reviewkit.batch.reading import Inventory, shards_of, take_inventory
from reviewkit.batch.worker import ShardBytes, Task
from reviewkit.batch.workers import WorkersDiedError, done_shards
from reviewkit.bundle.manifest import read_manifest
from reviewkit.engine import EngineSettings
from reviewkit.errors import BatchError, ReviewkitError
from reviewkit.features.encoder import Encoder
from reviewkit.records import Certificate
from reviewkit.routing.policy import PolicySettings


@dataclass(frozen=True)
class BatchProgress:
    """How far a batch is.

    Attributes
    ----------
    n_done, n_submissions : int
        Those that an earlier run did are done.
    per_second : float
        Submissions a second in this run.
    seconds_left : float
        At that rate; ``nan`` while nothing was done in this run.

    Examples
    --------
    >>> now = BatchProgress(n_done=512, n_submissions=2048, per_second=32.0, seconds_left=48.0)
    >>> f"{now.n_done / now.n_submissions:.0%} done, {now.seconds_left:.0f} s left"
    '25% done, 48 s left'
    """

    n_done: int
    n_submissions: int
    per_second: float
    seconds_left: float


@dataclass(frozen=True)
class BatchSummary:
    """What a batch came to.

    Attributes
    ----------
    n_submissions, n_reviews, n_failures : int
        Each submission is in exactly one of the last two.
    n_resumed : int
        Shards that an earlier run had done.
    routes : dict of str to int
        Reviews by route.

    Examples
    --------
    >>> summary = BatchSummary(
    ...     n_submissions=6, n_reviews=5, n_failures=1, n_resumed=0, routes={"return": 1, "review": 4})
    >>> summary.n_submissions == summary.n_reviews + summary.n_failures
    True
    """

    n_submissions: int
    n_reviews: int
    n_failures: int
    n_resumed: int
    routes: dict[str, int]


def review_batch(
    bundle: Path | str,
    submissions: Path | str,
    *,
    out: Path | str,
    settings: BatchSettings = BatchSettings(),
    policy: PolicySettings = PolicySettings(),
    certificates: Sequence[Certificate] = (),
    engine: EngineSettings = EngineSettings(),
    encoder: Encoder | None = None,
    force: bool = False,
    progress: Callable[[BatchProgress], object] | None = None,
) -> BatchSummary:
    """Review many submissions into a folder; called again after a kill, it goes on and ends with the same bytes.

    Parameters
    ----------
    bundle : Path or str
    submissions : Path or str
        JSON Lines, or Parquet where the name ends in ``.parquet``. Paths of artifacts start in its folder.
    out : Path or str
        Folder of the output: ``reviews/part-000000.jsonl`` and on, ``failures.jsonl``, ``manifest.json``.
    settings : BatchSettings
    policy : PolicySettings
    certificates : sequence of Certificate
    engine : EngineSettings
    encoder : Encoder, optional
        One that is loaded already; workers get a copy. Left out, each loads the bundle's own once.
    force : bool
        Replace another batch that stands in the folder.
    progress : callable, optional
        Called after each shard.

    Returns
    -------
    BatchSummary

    Raises
    ------
    BatchError
        If another run writes there, the disk is full, or workers keep dying; what is done stays.
    OutputExistsError
        If the folder holds another job.
    SubmissionError
        If the file cannot be read; a faulty submission is set aside and stops nothing.

    Examples
    --------
    The encoder here only counts letters, to be quick. The second run finds its one shard done.

    >>> import numpy as np
    >>> class LetterCounts:
    ...     name, digest, dimension, max_tokens = "letter-counts", "0" * 64, 26, 254
    ...     def count_tokens(self, text):
    ...         return len(text.split())
    ...     def encode(self, texts):
    ...         counts = [[text.lower().count(chr(97 + at)) for at in range(26)] for text in texts]
    ...         return np.asarray(counts, dtype=np.float32).reshape(-1, 26)
    >>> from tempfile import TemporaryDirectory
    >>> from reviewkit import Rating, Submission, read_rubric, save_bundle, shipped_folder, train, write_json_lines
    >>> rubric = read_rubric(shipped_folder("rubrics") / "classroom-management.yaml")
    >>> submission = Submission(
    ...     submission_id="s1", teacher_id="t1", rubric_id=rubric.id, reflection="We practised the line-up all week.")
    >>> rating = Rating(submission_id="s1", criterion_id="routines", rater_id="r1", level=2)
    >>> encoder = LetterCounts()
    >>> with TemporaryDirectory() as name:
    ...     bundle, source, out = (Path(name) / part for part in ("bundle", "submissions.jsonl", "reviews"))
    ...     _ = save_bundle(train(rubric, [submission], ratings=[rating], encoder=encoder), bundle)
    ...     _ = write_json_lines(source, [submission])
    ...     first = review_batch(bundle, source, out=out, encoder=encoder)
    ...     again = review_batch(bundle, source, out=out, encoder=encoder)
    >>> first.n_reviews, first.routes, first.n_resumed, again.n_resumed
    (1, {'return': 1}, 0, 1)
    """
    source, target = Path(submissions), Path(out)
    inventory = take_inventory(source)
    promised = digest_of(policy, engine, *certificates)
    job = _job(Path(bundle), source, inventory, settings=settings, policy_digest=promised)
    task = Task(
        job=digest_of(job),
        bundle=Path(bundle).resolve(),
        name=source.name,
        folder=source.resolve().parent,
        output=settings.output,
        max_characters=settings.max_characters,
        policy=policy,
        certificates=tuple(certificates),
        settings=engine,
        encoder=encoder,
    )
    try:
        with locked(target):
            folder = BatchFolder(target, job)
            receipts = folder.open(force=force)
            n_resumed, pace = len(receipts), _Pace(job, receipts)
            for done in _until_done(task, source, inventory, settings, receipts):
                folder.write(done)
                receipts[done.receipt.shard] = done.receipt
                if progress is not None:
                    progress(pace.now(receipts))
            folder.finish(receipts)
            return _summary(receipts, n_resumed=n_resumed)
    except ReviewkitError:
        raise
    except OSError as error:
        raise BatchError(
            f"{target}: cannot be written ({error.strerror or error}); free the disk and run the same command again: "
            "what is done stays done."
        ) from error


def _job(bundle: Path, source: Path, inventory: Inventory, *, settings: BatchSettings, policy_digest: str) -> BatchJob:
    return BatchJob(
        reviewkit=version("reviewkit"),
        input_name=source.name,
        input_digest=inventory.digest,
        n_submissions=inventory.n_rows,
        bundle_digest=read_manifest(bundle).digest,
        policy_digest=policy_digest,
        shard_size=settings.shard_size,
        output=settings.output,
        max_characters=settings.max_characters,
    )


def _until_done(
    task: Task, source: Path, inventory: Inventory, settings: BatchSettings, receipts: dict[int, Receipt]
) -> Iterator[ShardBytes]:
    """Yield shards until all are done; workers that die are replaced, but not for ever."""
    deaths = 0
    n_shards = -(-inventory.n_rows // settings.shard_size)
    while len(receipts) < n_shards:
        n_before = len(receipts)
        shards = shards_of(source, inventory, size=settings.shard_size, skip=set(receipts).__contains__)
        try:
            yield from done_shards(task, shards, settings=settings)
        except WorkersDiedError as error:
            deaths = deaths + 1 if len(receipts) == n_before else 0
            if deaths > settings.retries:
                raise BatchError(
                    f"{source.name}: workers died {deaths} times in a row and no shard got done ({error}); give them "
                    "more memory, or take a smaller shard_size (--shard-size). What is done stays done."
                ) from error


class _Pace:
    """Rate and time left, of this run alone."""

    def __init__(self, job: BatchJob, receipts: dict[int, Receipt]) -> None:
        self._n_submissions = job.n_submissions
        self._n_before = _n_done(receipts)
        self._start = time.monotonic()

    def now(self, receipts: dict[int, Receipt]) -> BatchProgress:
        n_done = _n_done(receipts)
        per_second = (n_done - self._n_before) / max(time.monotonic() - self._start, 1e-9)
        left = (self._n_submissions - n_done) / per_second if per_second else float("nan")
        return BatchProgress(n_done, self._n_submissions, per_second, left)


def _n_done(receipts: dict[int, Receipt]) -> int:
    return sum(one.n_reviews + one.n_failures for one in receipts.values())


def _summary(receipts: dict[int, Receipt], *, n_resumed: int) -> BatchSummary:
    routes: Counter[str] = Counter()
    for one in receipts.values():
        routes.update(one.routes)
    n_reviews = sum(one.n_reviews for one in receipts.values())
    n_failures = sum(one.n_failures for one in receipts.values())
    return BatchSummary(n_reviews + n_failures, n_reviews, n_failures, n_resumed, dict(sorted(routes.items())))
