"""What benchmarks write: tables that a person reads, the same rows for machines, and what they were measured with."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.measuring import Benchmark, Row, cell_text, data_folder, find_data, markdown_table, timed

CHECKOUT = Path(__file__).resolve().parents[1]


class TestTable:
    def test_numbers_stand_to_the_right_and_gaps_are_dashes(self) -> None:
        rows: list[Row] = [{"peer": "a|b", "qwk": 0.71234}, {"peer": "c", "seconds": 12345.6}]
        assert list(markdown_table(rows)) == [
            "| peer | qwk | seconds |",
            "|---|---:|---:|",
            "| a\\|b | 0.712 | – |",
            "| c | – | 12,346 |",
        ]

    @pytest.mark.parametrize(
        ("cell", "text"), [(None, "–"), (math.nan, "–"), (True, "yes"), (3, "3"), (-2000.4, "-2,000")]
    )
    def test_a_cell_is_written_for_a_reader(self, cell: float | None, text: str) -> None:
        assert cell_text(cell) == text


class TestResults:
    def test_both_files_hold_the_rows_and_the_seed(self, tmp_path: Path) -> None:
        bench = Benchmark("sorting", title="Sorting", seed=7, packages=("no-such-package",))
        bench.table("By size", [{"numbers": 10, "seconds": math.nan}], note="Best of five.")
        page = bench.write(folder=tmp_path)
        data = json.loads(page.with_suffix(".json").read_text("utf-8"))
        assert data["tables"][0]["rows"] == [{"numbers": 10, "seconds": None}]
        assert (data["measured"]["seed"], data["measured"]["versions"]["no-such-package"]) == (7, "not installed")
        assert "| 10 | – |\n\nBest of five." in page.read_text("utf-8")

    def test_the_first_call_is_not_counted(self) -> None:
        calls: list[int] = []
        seconds = timed(lambda: calls.append(1), repeats=3)
        assert (len(calls), 0 <= seconds.best <= seconds.median) == (4, True)


class TestData:
    def test_a_set_is_found_below_the_folder_that_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "cered").mkdir()
        monkeypatch.setenv("REVIEWKIT_DATA", str(tmp_path))
        assert (find_data("cered"), find_data("sight")) == (tmp_path / "cered", None)

    def test_a_script_ends_and_says_what_to_set(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("REVIEWKIT_DATA", str(tmp_path))
        with pytest.raises(
            SystemExit, match=r"'cered' is not here.*set REVIEWKIT_DATA to the folder that holds cered/"
        ):
            data_folder("cered")

    def test_a_script_in_the_folder_can_import_it(self) -> None:
        code = "import runpy; runpy.run_path('benchmarks/bench_import.py', run_name='imported')"
        done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=False)
        assert done.stderr == ""
