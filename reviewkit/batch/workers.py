"""Who does the shards: this process, processes of joblib, or the workers of a Dask scheduler."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from reviewkit.batch.job import BatchSettings
from reviewkit.batch.reading import Shard
from reviewkit.batch.worker import ShardBytes, Task, review_shard
from reviewkit.errors import BatchError, DependencyError

_WAITING_PER_WORKER = 2


class WorkersDiedError(BatchError):
    """Workers died before all shards were done; those that are not done can be asked for again."""


def done_shards(task: Task, shards: Iterable[Shard], *, settings: BatchSettings) -> Iterator[ShardBytes]:
    """Review shards, in whatever order they get done; few wait in memory at once.

    Raises
    ------
    WorkersDiedError
        If workers died; shards that were yielded are done, the others may be asked for again.
    """
    if settings.scheduler is not None:
        yield from _by_dask(task, shards, address=settings.scheduler, retries=settings.retries)
    elif settings.n_jobs > 1:
        yield from _by_joblib(task, shards, n_jobs=settings.n_jobs)
    else:
        yield from (review_shard(task, shard) for shard in shards)


def _by_joblib(task: Task, shards: Iterable[Shard], *, n_jobs: int) -> Iterator[ShardBytes]:
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import BrokenProcessPool

    pool = Parallel(
        n_jobs=n_jobs,
        backend="loky",
        batch_size=1,
        pre_dispatch=f"{_WAITING_PER_WORKER}*n_jobs",
        return_as="generator_unordered",
    )
    try:
        yield from pool(delayed(review_shard)(task, shard) for shard in shards)
    except BrokenProcessPool as error:
        raise WorkersDiedError(f"a worker died ({error})") from error


def _by_dask(task: Task, shards: Iterable[Shard], *, address: str, retries: int) -> Iterator[ShardBytes]:
    try:
        import distributed
    except ImportError:
        raise DependencyError(
            f"{address}: a scheduler needs dask distributed; install reviewkit with the extra 'dask'."
        ) from None
    dask: Any = distributed  # its calls have no types
    try:
        client = dask.Client(address, timeout=30)
    except OSError as error:
        raise BatchError(f"{address}: no Dask scheduler answers there ({error}); check address and port.") from None
    with client:
        n_waiting = _WAITING_PER_WORKER * max(1, len(client.scheduler_info()["workers"]))
        rest = iter(shards)

        def submit(shard: Shard) -> Any:
            return client.submit(review_shard, task, shard, pure=False, retries=retries)

        waiting = dask.as_completed([submit(shard) for shard in islice(rest, n_waiting)])
        try:
            for future in waiting:
                yield future.result()
                future.release()
                for shard in islice(rest, 1):
                    waiting.add(submit(shard))
        except dask.KilledWorker as error:
            raise WorkersDiedError(f"a Dask worker died ({error})") from error
