"""Ratings in the form that training reads."""

from pathlib import Path

import pytest

from reviewkit.errors import LedgerError, OutputExistsError
from reviewkit.files import read_ratings
from reviewkit.review.export import export_ratings
from reviewkit.review.ledger import ReviewLedger
from tests.review.program import RUBRIC, rating, suggestion


@pytest.fixture
def rated(ledger: ReviewLedger) -> ReviewLedger:
    ledger.append_all([suggestion(), suggestion("s2", reasons=("audit",), review_probability=0.05)])
    ledger.append_all([rating(level=1, rationale='She said "later", then,\nlater'), rating(rater_id="r2", level=4)])
    ledger.append(rating(rater_id="r3", level=2, role="adjudication"))
    ledger.append(rating("s2", level=None, outcome="not-scorable", blind=False))
    return ledger


class TestExport:
    def test_what_goes_out_reads_back_the_same(self, rated: ReviewLedger, tmp_path: Path) -> None:
        assert export_ratings(rated, tmp_path / "T.csv") == 4
        found = read_ratings(tmp_path / "T.csv", rubric=RUBRIC, submission_ids={"s1", "s2"})
        assert found.ratings == rated.ratings()
        assert found.warnings == []

    def test_blind_is_the_ledgers_word(self, rated: ReviewLedger, tmp_path: Path) -> None:
        export_ratings(rated, tmp_path / "T.csv")
        blind = [one.blind for one in read_ratings(tmp_path / "T.csv").ratings]
        assert blind == [True, True, True, False]

    def test_only_blind_ones_on_request(self, rated: ReviewLedger, tmp_path: Path) -> None:
        assert export_ratings(rated, tmp_path / "T.csv", blind_only=True) == 3

    def test_audit_draws_keep_their_review_probability_on_request(self, rated: ReviewLedger, tmp_path: Path) -> None:
        export_ratings(rated, tmp_path / "T.csv", draws=True)
        last = (tmp_path / "T.csv").read_text().splitlines()[-1]
        assert last.startswith("s2,taught,r1,,false,rating,not-scorable,,2026-03-02T09:00:00+00:00,")
        assert last.endswith("teacher-1,true,0.05")

    def test_a_corrected_rating_goes_out_once(self, ledger: ReviewLedger, tmp_path: Path) -> None:
        ledger.append_all([suggestion(), rating(level=1), rating(level=2)])
        export_ratings(ledger, tmp_path / "T.csv")
        assert [one.level for one in read_ratings(tmp_path / "T.csv").ratings] == [2]

    def test_nothing_to_export(self, ledger: ReviewLedger, tmp_path: Path) -> None:
        with pytest.raises(LedgerError, match="holds no rating to export; rate cases first"):
            export_ratings(ledger, tmp_path / "T.csv")
        assert not (tmp_path / "T.csv").exists()

    def test_a_file_that_stands_is_refused(self, rated: ReviewLedger, tmp_path: Path) -> None:
        (tmp_path / "T.csv").touch()
        with pytest.raises(OutputExistsError, match="stands already"):
            export_ratings(rated, tmp_path / "T.csv")
