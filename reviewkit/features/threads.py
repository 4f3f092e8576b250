"""Work shared out to threads that each compute alone: threads that share one small product wait more than they work."""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Done = TypeVar("Done")


class LoneThreads:
    """Threads that torch computes in without helpers of its own. Made at first use, anew in a forked process.

    Examples
    --------
    >>> LoneThreads().map(sorted, [[2, 1], [4, 3]], n_threads=2)
    [[1, 2], [3, 4]]
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._made_for = (0, 0)

    def map(self, work: Callable[[Part], Done], parts: Sequence[Part], *, n_threads: int) -> list[Done]:
        """Do the work on each part, in order; one part, or one thread, needs no other."""
        if min(len(parts), n_threads) < 2:
            return [work(part) for part in parts]
        return list(self._pool_of(n_threads).map(work, parts))

    def _pool_of(self, n_threads: int) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None or self._made_for != (os.getpid(), n_threads):
                self._pool, self._made_for = _lone_pool(n_threads), (os.getpid(), n_threads)
            return self._pool


def _lone_pool(n_threads: int) -> ThreadPoolExecutor:
    import torch

    together = threading.Barrier(n_threads + 1)

    def alone() -> None:
        torch.get_num_threads()  # takes the number over that holds for new threads; only then is its own kept
        torch.set_num_threads(1)
        together.wait()

    pool = ThreadPoolExecutor(n_threads, thread_name_prefix="reviewkit-encoder", initializer=alone)
    for _ in range(n_threads):
        pool.submit(int)
    together.wait()
    torch.set_num_threads(n_threads)  # for threads to come, which took over the last number set anywhere
    return pool
