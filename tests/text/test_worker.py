"""The reading process: it is re-used, bounded, and replaced after a fault."""

import os
import signal
import time
import zipfile
from pathlib import Path

import pytest

from reviewkit.errors import ExtractionError
from reviewkit.text.bounds import ExtractionSettings
from reviewkit.text.worker import ReadingWorker
from tests.text.documents import docx, paragraph

SLOW_PAGE = "<html><body>" + "<p style='color:red' class='a b c'>x</p>" * 400_000


@pytest.fixture()
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note.txt"
    path.write_text("I asked.", encoding="utf-8")
    return path


def pid(worker: ReadingWorker) -> int:
    return worker._running(Path("note.txt")).pid


class TestReadingWorker:
    def test_is_used_again(self, note: Path) -> None:
        worker = ReadingWorker(settings=ExtractionSettings())
        first = pid(worker)
        assert [worker.read(note).text for _ in range(3)] == ["I asked."] * 3
        assert pid(worker) == first
        worker.close()

    def test_is_replaced_after_a_number_of_files(self, note: Path) -> None:
        worker = ReadingWorker(settings=ExtractionSettings(files_per_worker=2))
        first = pid(worker)
        assert [worker.read(note).text for _ in range(3)] == ["I asked."] * 3
        assert pid(worker) != first
        worker.close()

    def test_is_replaced_where_it_died(self, note: Path) -> None:
        worker = ReadingWorker(settings=ExtractionSettings())
        worker.read(note)
        os.kill(pid(worker), signal.SIGKILL)
        assert worker.read(note).text == "I asked."
        worker.close()

    def test_ends_a_slow_reading_and_goes_on(self, tmp_path: Path, note: Path) -> None:
        slow = tmp_path / "slow.html"
        slow.write_text(SLOW_PAGE, encoding="utf-8")
        worker = ReadingWorker(settings=ExtractionSettings(timeout_s=0.3))
        begun = time.perf_counter()
        with pytest.raises(ExtractionError, match=r"slow\.html: reading it took more than 0\.3 seconds") as caught:
            worker.read(slow)
        assert caught.value.code == "too-slow"
        assert time.perf_counter() - begun < 60
        assert worker.read(note).text == "I asked."
        worker.close()

    def test_bounds_memory_and_goes_on(self, tmp_path: Path, note: Path) -> None:
        path = tmp_path / "wide.docx"
        docx(path, "<w:p><w:r/></w:p>" * 1_500_000)
        worker = ReadingWorker(settings=ExtractionSettings(max_memory_mib=256, max_ratio=10_000, timeout_s=300))
        with pytest.raises(ExtractionError) as caught:
            worker.read(path)
        assert caught.value.code in {"too-large", "damaged"}
        assert worker.read(note).text == "I asked."
        worker.close()

    def test_carries_hidden_text_and_refusals_over(self, tmp_path: Path) -> None:
        worker = ReadingWorker(settings=ExtractionSettings())
        read = worker.read(docx(tmp_path / "a.docx", paragraph("seen") + paragraph("gone", "<w:vanish/>")))
        assert (read.text, read.hidden[0].text) == ("seen", "gone")
        with pytest.raises(ExtractionError, match=r"none\.pdf: there is no such file") as caught:
            worker.read(tmp_path / "none.pdf")
        assert caught.value.code == "missing"
        worker.close()

    def test_cannot_be_made_to_write(self, tmp_path: Path) -> None:
        path = tmp_path / "a.docx"
        docx(path, paragraph("x"))
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("../../../../tmp/escaped.txt", "x")
        worker = ReadingWorker(settings=ExtractionSettings())
        assert worker.read(path).text == "x"
        assert not Path("/tmp/escaped.txt").exists()
        worker.close()
