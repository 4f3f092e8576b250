"""Long forms of the faults: kills at random moments, a worker killed mid-shard, many faulty submissions."""

import os
import random
import signal
import time
from pathlib import Path

import pytest
from batches import contents, run, start, write_submissions

pytestmark = pytest.mark.soak


class TestSoak:
    def test_ten_kills_at_random_moments_leave_the_same_bytes(self, small_bundle: Path, tmp_path: Path) -> None:
        path = write_submissions(tmp_path / "s.jsonl", n_submissions=600, faulty_every=50)
        run(small_bundle, path, tmp_path / "undisturbed")
        drawn = random.Random(0)
        for _ in range(10):
            process = start(small_bundle, path, tmp_path / "out")
            time.sleep(drawn.uniform(1.0, 8.0))
            process.kill()
            process.communicate()
        run(small_bundle, path, tmp_path / "out")
        assert contents(tmp_path / "out") == contents(tmp_path / "undisturbed")

    def test_ten_thousand_of_which_every_hundredth_is_faulty(self, small_bundle: Path, tmp_path: Path) -> None:
        path = write_submissions(tmp_path / "s.jsonl", n_submissions=10_000, faulty_every=100)
        summary = run(small_bundle, path, tmp_path / "out", shard_size=256)
        assert (summary.n_reviews, summary.n_failures) == (9_900, 100)

    def test_a_dask_worker_killed_mid_shard_loses_nothing(self, small_bundle: Path, tmp_path: Path) -> None:
        distributed = pytest.importorskip("distributed")
        path = write_submissions(tmp_path / "s.jsonl", n_submissions=600)
        run(small_bundle, path, tmp_path / "undisturbed")
        with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
            process = start(small_bundle, path, tmp_path / "out", scheduler=cluster.scheduler_address)
            while not list((tmp_path / "out").glob("receipts/part-*.json")) and process.poll() is None:
                time.sleep(0.1)
            first = next(iter(cluster.workers.values()))
            os.kill(first.pid, signal.SIGKILL)
            code = process.wait(timeout=600)
        assert (code, contents(tmp_path / "out")) == (0, contents(tmp_path / "undisturbed"))

    def test_a_joblib_worker_killed_mid_shard_loses_nothing(self, small_bundle: Path, tmp_path: Path) -> None:
        psutil = pytest.importorskip("psutil")
        path = write_submissions(tmp_path / "s.jsonl", n_submissions=600)
        run(small_bundle, path, tmp_path / "undisturbed")
        process = start(small_bundle, path, tmp_path / "out", n_jobs=2)
        while not list((tmp_path / "out").glob("receipts/part-*.json")) and process.poll() is None:
            time.sleep(0.1)
        workers = [one for one in psutil.Process(process.pid).children() if "loky" in " ".join(one.cmdline())]
        os.kill(workers[-1].pid, signal.SIGKILL)
        assert (process.wait(timeout=600), contents(tmp_path / "out")) == (0, contents(tmp_path / "undisturbed"))
