"""Writing: a file is there whole, or it is not there."""

from pathlib import Path

import pytest

from reviewkit import OutputExistsError, json_text, whole_file, write_json_lines
from reviewkit.records import Reason


class TestWholeFile:
    def test_it_appears_when_it_is_complete(self, tmp_path: Path) -> None:
        with whole_file(tmp_path / "new" / "out.txt") as file:
            file.write("é\n")
            assert not (tmp_path / "new" / "out.txt").exists()
        assert (tmp_path / "new" / "out.txt").read_bytes() == "é\n".encode()

    def test_nothing_is_left_when_the_writer_fails(self, tmp_path: Path) -> None:
        with pytest.raises(ZeroDivisionError), whole_file(tmp_path / "out.txt") as file:
            file.write(str(1 / 0))
        assert list(tmp_path.iterdir()) == []

    def test_what_stands_is_left_as_it_was_when_the_writer_fails(self, tmp_path: Path) -> None:
        (tmp_path / "out.txt").write_text("old", encoding="utf-8")
        with pytest.raises(ZeroDivisionError), whole_file(tmp_path / "out.txt", force=True) as file:
            file.write(str(1 / 0))
        assert (tmp_path / "out.txt").read_text(encoding="utf-8") == "old"

    def test_what_stands_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "out.txt").touch()
        with (
            pytest.raises(OutputExistsError, match=r"out\.txt: stands already; .* --force \(force=True\)"),
            whole_file(tmp_path / "out.txt"),
        ):
            pass

    def test_records_are_lines_and_counted(self, tmp_path: Path) -> None:
        records = [Reason(code="cold"), Reason(code="audit", value=0.5)]
        assert write_json_lines(tmp_path / "r.jsonl", records) == 2
        assert (tmp_path / "r.jsonl").read_text(encoding="utf-8").splitlines() == [json_text(one) for one in records]

    def test_letters_are_written_as_they_are(self) -> None:
        record = Reason(code="cold", criterion_id="führung")
        assert "führung" in json_text(record)
