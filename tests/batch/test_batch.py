"""A batch: each submission once, in order, whoever does the work and whatever happens on the way."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from batches import N_SUBMISSIONS, SHARD, contents, run, start, write_submissions
from small_programs import HashEncoder, simulated

import reviewkit
from reviewkit import (
    BatchError,
    BatchSettings,
    CachedEncoder,
    CacheWarning,
    EmbeddingCache,
    OutputExistsError,
    PolicySettings,
    ReviewEngine,
    json_text,
)
from reviewkit.batch import folder as batch_folder
from reviewkit.batch.reading import take_inventory
from reviewkit.batch.worker import _engine, review_shard
from reviewkit.batch.workers import WorkersDiedError


def reviews_in(files: dict[str, bytes]) -> list[dict[str, Any]]:
    parts = sorted(name for name in files if name.startswith("reviews/"))
    return [json.loads(line) for name in parts for line in files[name].splitlines()]


def failures_in(files: dict[str, bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files["failures.jsonl"].splitlines()]


class TestWhatItWrites:
    def test_each_submission_is_reviewed_or_set_aside_once(self, undisturbed: dict[str, bytes]) -> None:
        reviewed = [one["submission_id"] for one in reviews_in(undisturbed)]
        lines = [one["line"] for one in failures_in(undisturbed)]
        assert (len(reviewed), len(set(reviewed)), lines) == (54, 54, [10, 20, 30, 40, 50, 60])

    def test_reviews_are_those_that_the_engine_gives_alone(
        self, undisturbed: dict[str, bytes], small_bundle: Path, submissions: Path
    ) -> None:
        engine = reviewkit.load_bundle(small_bundle, encoder=HashEncoder()).engine(policy=PolicySettings())
        rows = [one for one in reviewkit.iter_submissions(submissions) if not isinstance(one, reviewkit.Failure)]
        alone = [json.loads(json_text(engine.review(one.submission))) for one in rows]
        assert reviews_in(undisturbed) == alone

    def test_the_manifest_names_every_shard(self, undisturbed: dict[str, bytes]) -> None:
        manifest = json.loads(undisturbed["manifest.json"])
        assert (manifest["complete"], len(manifest["shards"])) == (True, -(-N_SUBMISSIONS // SHARD))

    def test_a_repeated_id_is_set_aside_where_it_stands_again(self, small_bundle: Path, tmp_path: Path) -> None:
        one = json_text(simulated(1)[0][0])
        path = tmp_path / "s.jsonl"
        path.write_text("\n".join([one[:-3], one, "", one]) + "\n", "utf-8")
        run(small_bundle, path, tmp_path / "out", shard_size=1)
        messages = [failure["message"] for failure in failures_in(contents(tmp_path / "out"))]
        assert messages[-1].endswith("stands on line 2 already; give each its own.")

    def test_it_sets_aside_what_review_sets_aside(self, undisturbed: dict[str, bytes], submissions: Path) -> None:
        rows = [one for one in reviewkit.iter_submissions(submissions) if isinstance(one, reviewkit.Failure)]
        assert [(one.line, one.code) for one in rows] == [(f["line"], f["code"]) for f in failures_in(undisturbed)]

    def test_no_submission_is_no_shard(self, small_bundle: Path, tmp_path: Path) -> None:
        (tmp_path / "s.jsonl").write_text("")
        summary = run(small_bundle, tmp_path / "s.jsonl", tmp_path / "out")
        assert (summary.n_submissions, json.loads((tmp_path / "out" / "manifest.json").read_text())["shards"]) == (
            0,
            [],
        )

    def test_parquet_in_and_out_say_the_same(
        self, undisturbed: dict[str, bytes], small_bundle: Path, submissions: Path, tmp_path: Path
    ) -> None:
        pyarrow = pytest.importorskip("pyarrow")
        parquet = pytest.importorskip("pyarrow.parquet")
        rows = [one for one in reviewkit.iter_submissions(submissions) if not isinstance(one, reviewkit.Failure)]
        table = [{**one.submission.model_dump(mode="json"), "metadata": "{}", "groups": "{}"} for one in rows]
        parquet.write_table(pyarrow.Table.from_pylist(table), tmp_path / "s.parquet")
        run(small_bundle, tmp_path / "s.parquet", tmp_path / "out", output="parquet")
        parts = sorted((tmp_path / "out" / "reviews").iterdir())
        whole = [json.loads(text) for part in parts for text in parquet.read_table(part)["review"].to_pylist()]
        assert whole == reviews_in(undisturbed)

    def test_progress_ends_with_all_done(self, small_bundle: Path, submissions: Path, tmp_path: Path) -> None:
        seen: list[reviewkit.BatchProgress] = []
        settings = BatchSettings(shard_size=30)
        reviewkit.review_batch(
            small_bundle,
            submissions,
            out=tmp_path / "o",
            settings=settings,
            encoder=HashEncoder(),
            progress=seen.append,
        )
        assert [(one.n_done, one.n_submissions) for one in seen] == [(30, 60), (60, 60)]
        assert (seen[0].per_second > 0, seen[1].seconds_left) == (True, 0)


class TestWhatIsTooMuch:
    def test_a_submission_of_five_megabytes_is_set_aside_with_the_reason(
        self, small_bundle: Path, tmp_path: Path
    ) -> None:
        small, large = simulated(2)[0]
        large = large.model_copy(update={"reflection": "We wait. " * 600_000})
        (tmp_path / "s.jsonl").write_text(f"{json_text(small)}\n{json_text(large)}\n", "utf-8")
        summary = run(small_bundle, tmp_path / "s.jsonl", tmp_path / "out")
        failure = failures_in(contents(tmp_path / "out"))[0]
        assert (summary.n_reviews, failure["code"], failure["line"]) == (1, "too-long", 2)

    def test_what_breaks_on_one_submission_costs_no_other(
        self, small_bundle: Path, submissions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = ReviewEngine.take_in
        third = simulated(3)[0][2].submission_id

        def breaks(self: ReviewEngine, one: reviewkit.Submission, **given: Any) -> Any:
            return 1 / 0 if one.submission_id == third else whole(self, one, **given)

        monkeypatch.setattr(ReviewEngine, "take_in", breaks)
        run(small_bundle, submissions, tmp_path / "out")
        codes = [failure["code"] for failure in failures_in(contents(tmp_path / "out"))]
        assert sorted(codes) == ["error", *["json"] * 6]


class TestWorkers:
    def test_two_processes_write_the_same_bytes(
        self, undisturbed: dict[str, bytes], small_bundle: Path, submissions: Path, tmp_path: Path
    ) -> None:
        run(small_bundle, submissions, tmp_path / "out", n_jobs=2)
        assert contents(tmp_path / "out") == undisturbed

    def test_the_workers_of_a_scheduler_write_the_same_bytes(
        self, undisturbed: dict[str, bytes], small_bundle: Path, submissions: Path, tmp_path: Path
    ) -> None:
        distributed = pytest.importorskip("distributed")
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tcp"
        ) as cluster:
            run(small_bundle, submissions, tmp_path / "out", scheduler=cluster.scheduler_address)
        assert contents(tmp_path / "out") == undisturbed

    def test_workers_that_die_are_replaced(
        self,
        undisturbed: dict[str, bytes],
        small_bundle: Path,
        submissions: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        done: list[int] = []

        def mortal(task: Any, shards: Any, *, settings: BatchSettings) -> Any:
            for shard in shards:
                yield review_shard(task, shard)
                done.append(shard.index)
                if len(done) % 3 == 0:
                    raise WorkersDiedError("killed")

        monkeypatch.setattr("reviewkit.batch.run.done_shards", mortal)
        run(small_bundle, submissions, tmp_path / "out", retries=0)
        assert (contents(tmp_path / "out") == undisturbed, sorted(done)) == (True, list(range(8)))

    def test_workers_that_keep_dying_end_it_with_the_remedy(
        self, small_bundle: Path, submissions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def stillborn(*given: Any, **settings: Any) -> Any:
            raise WorkersDiedError("killed")

        monkeypatch.setattr("reviewkit.batch.run.done_shards", stillborn)
        with pytest.raises(BatchError, match=r"died 2 times in a row .* smaller shard_size"):
            run(small_bundle, submissions, tmp_path / "out", retries=1)


@pytest.fixture
def finished(small_bundle: Path, submissions: Path, tmp_path: Path) -> tuple[Path, Callable[[], object]]:
    """A batch that is done, and how to run it again."""
    run(small_bundle, submissions, tmp_path / "out")
    return tmp_path / "out", lambda: run(small_bundle, submissions, tmp_path / "out")


class TestGoingOn:
    @pytest.mark.parametrize("after", [0.0, 0.6])
    def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(
        self, after: float, undisturbed: dict[str, bytes], small_bundle: Path, submissions: Path, tmp_path: Path
    ) -> None:
        out = tmp_path / "out"
        process = start(small_bundle, submissions, out)
        while not (out / "receipts").is_dir() and process.poll() is None:
            time.sleep(0.05)
        time.sleep(after)
        process.kill()
        process.communicate()
        run(small_bundle, submissions, out)
        assert contents(out) == undisturbed

    @pytest.mark.parametrize("keep", [0, 10])
    @pytest.mark.parametrize("damage", ["reviews/part-000002.jsonl", "failures/part-000001.jsonl"])
    def test_a_file_cut_short_is_made_anew(
        self, damage: str, keep: int, undisturbed: dict[str, bytes], finished: tuple[Path, Callable[[], object]]
    ) -> None:
        out, again = finished
        (out / damage).write_bytes((out / damage).read_bytes()[:keep])
        again()
        assert contents(out) == undisturbed

    def test_a_finished_batch_is_not_done_again(
        self, small_bundle: Path, submissions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = run(small_bundle, submissions, tmp_path / "out")
        monkeypatch.setattr("reviewkit.batch.workers.review_shard", lambda *given: 1 / 0)
        again = run(small_bundle, submissions, tmp_path / "out")
        assert (first.n_resumed, again.n_resumed, again.routes) == (0, 8, first.routes)

    def test_a_full_disk_keeps_what_is_done(
        self,
        undisturbed: dict[str, bytes],
        small_bundle: Path,
        submissions: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        write = batch_folder.write_whole

        def full(path: Path, raw: bytes) -> None:
            if path.name == "part-000003.jsonl":
                raise OSError(28, "No space left on device")
            write(path, raw)

        monkeypatch.setattr(batch_folder, "write_whole", full)
        with pytest.raises(BatchError, match=r"No space left on device.*what is done stays done"):
            run(small_bundle, submissions, tmp_path / "out")
        monkeypatch.setattr(batch_folder, "write_whole", write)
        assert run(small_bundle, submissions, tmp_path / "out").n_resumed == 3
        assert contents(tmp_path / "out") == undisturbed

    def test_a_cache_that_cannot_be_written_changes_no_byte(
        self, undisturbed: dict[str, bytes], small_bundle: Path, submissions: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_text("no folder")
        encoder = CachedEncoder(HashEncoder(), EmbeddingCache(tmp_path / "file"))
        _engine.cache_clear()  # it keeps the engine of a job, whichever copy of its encoder comes along
        with pytest.warns(CacheWarning, match="cache of sentence vectors is not used"):
            run(small_bundle, submissions, tmp_path / "out", encoder=encoder)
        assert contents(tmp_path / "out") == undisturbed


class TestOneRunAFolder:
    def test_the_same_job_started_twice_is_refused(self, small_bundle: Path, submissions: Path, tmp_path: Path) -> None:
        with (
            batch_folder.locked(tmp_path / "out"),
            pytest.raises(BatchError, match="another run writes there"),
        ):
            run(small_bundle, submissions, tmp_path / "out")

    def test_another_job_is_refused_and_force_replaces_it(
        self, undisturbed: dict[str, bytes], small_bundle: Path, submissions: Path, tmp_path: Path
    ) -> None:
        other = write_submissions(tmp_path / "s.jsonl", n_submissions=90)
        run(small_bundle, other, tmp_path / "out")
        with pytest.raises(OutputExistsError, match="another batch"):
            run(small_bundle, submissions, tmp_path / "out")
        run(small_bundle, submissions, tmp_path / "out", force=True)
        assert contents(tmp_path / "out") == undisturbed

    def test_a_folder_with_other_files_is_left_alone_even_by_force(
        self, small_bundle: Path, submissions: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "thesis.docx").write_text("years of work")
        with pytest.raises(OutputExistsError, match="no batch wrote"):
            run(small_bundle, submissions, tmp_path, force=True)
        assert (tmp_path / "thesis.docx").exists()


class TestInventory:
    def test_it_keeps_few_bytes_a_submission(self, tmp_path: Path) -> None:
        path = write_submissions(tmp_path / "s.jsonl")
        inventory = take_inventory(path)
        assert (inventory.n_rows, inventory.first_lines) == (N_SUBMISSIONS, {})

    def test_hashes_that_collide_set_nothing_aside(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = write_submissions(tmp_path / "s.jsonl")
        monkeypatch.setattr("reviewkit.batch.reading._lines_alike", lambda hashes, lines: set(lines.tolist()))
        assert take_inventory(path).first_lines == {}


class TestCommand:
    def test_it_says_routes_and_what_was_set_aside(
        self, cli: Callable[..., Any], small_bundle: Path, submissions: Path, tmp_path: Path
    ) -> None:
        done = cli("batch", str(small_bundle), str(submissions), "--out", str(tmp_path / "out"))
        assert (done[0], "review: 54" in done[1], "6 submissions were set aside" in done[2]) == (1, True, True)
