"""Long forms of the faults: kills at random moments, a worker killed mid-shard, many faulty submissions."""

import os
import random
import signal
import time
from pathlib import Path

import pytest
from batches import contents, run, start, write_submissions
from small_programs import simulated

from reviewkit import json_text

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

    def test_a_disk_that_fills_up_keeps_what_is_done(self, small_bundle: Path, tmp_path: Path) -> None:
        path = write_submissions(tmp_path / "s.jsonl", n_submissions=600, faulty_every=50)
        run(small_bundle, path, tmp_path / "undisturbed")
        sizes = sorted(one.stat().st_size for one in (tmp_path / "undisturbed" / "reviews").iterdir())
        process = start(small_bundle, path, tmp_path / "out", largest_file=sizes[-2])
        said = process.communicate()[1]
        assert (process.returncode, b"what is done stays done" in said) == (1, True)
        run(small_bundle, path, tmp_path / "out")
        assert contents(tmp_path / "out") == contents(tmp_path / "undisturbed")

    def test_of_a_job_that_is_started_three_times_at_once_one_runs(self, small_bundle: Path, tmp_path: Path) -> None:
        path = write_submissions(tmp_path / "s.jsonl", n_submissions=600)
        run(small_bundle, path, tmp_path / "undisturbed")
        processes = [start(small_bundle, path, tmp_path / "out") for _ in range(3)]
        said = [process.communicate()[1] for process in processes]
        refused = [b"another run writes there" in one for one in said]
        assert [process.returncode for process in processes] == [int(one) for one in refused]
        assert (sum(refused), contents(tmp_path / "out")) == (2, contents(tmp_path / "undisturbed"))

    def test_files_cut_short_at_random_are_made_anew(self, small_bundle: Path, tmp_path: Path) -> None:
        path = write_submissions(tmp_path / "s.jsonl", n_submissions=600, faulty_every=50)
        run(small_bundle, path, tmp_path / "out")
        undisturbed, drawn = contents(tmp_path / "out"), random.Random(0)
        for _ in range(10):
            name = drawn.choice(sorted(one for one in undisturbed if "/part-" in one))
            damaged = tmp_path / "out" / name
            damaged.write_bytes(damaged.read_bytes()[: drawn.randrange(1 + len(undisturbed[name]))])
        run(small_bundle, path, tmp_path / "out")
        assert contents(tmp_path / "out") == undisturbed

    def test_twenty_submissions_of_five_megabytes_among_others_are_set_aside(
        self, small_bundle: Path, tmp_path: Path
    ) -> None:
        small = simulated(60)[0]
        rows = [
            one.model_copy(update={"reflection": "We wait. " * 600_000}) if at % 3 == 0 else one
            for at, one in enumerate(small)
        ]
        path = tmp_path / "s.jsonl"
        path.write_text("".join(f"{json_text(one)}\n" for one in rows), "utf-8")
        summary = run(small_bundle, path, tmp_path / "out")
        assert (summary.n_reviews, summary.n_failures) == (40, 20)
