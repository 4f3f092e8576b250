"""``reviewkit calibrate-rater``: a new reviewer against the record, by the program's bar."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RECORD = [1, 2, 3, 4, 3]
GIVEN = [1, 2, 3, 4, 1]


def anchors(rater: str, levels: list[int], *, more: str = "") -> str:
    header = "submission_id,criterion_id,rater_id,level" + (",rationale" if more else "")
    rows = [f"a{n},routines,{rater},{level}" + (f",{more}" if more else "") for n, level in enumerate(levels)]
    return "\n".join([header, *rows]) + "\n"


@pytest.fixture
def calibrate(tmp_path: Path, cli: Callable[..., Any]) -> Callable[..., Any]:
    def run(*more: object, given: str = anchors("new", GIVEN)) -> Any:
        (tmp_path / "T.csv").write_text(given, encoding="utf-8")
        (tmp_path / "R.csv").write_text(anchors("lead", RECORD, more="names the routine"), encoding="utf-8")
        return cli("calibrate-rater", tmp_path / "T.csv", "--record", tmp_path / "R.csv", *more)

    return run


class TestTheReport:
    def test_four_of_five_reach_a_bar_of_80_percent(self, calibrate: Callable[..., Any]) -> None:
        found = json.loads(calibrate("--json").out)["raters"][0]
        assert (found["rater_id"], found["passes"]) == ("new", True)
        assert (found["overall"]["exact"], found["overall"]["n_anchors"]) == (0.8, 5)
        assert found["overall"]["bias"] == pytest.approx(-0.4)
        assert found["criteria"][0]["exact_low"] == pytest.approx(0.376, abs=5e-4)  # Wilson, 4 of 5

    def test_a_higher_bar_is_missed(self, calibrate: Callable[..., Any]) -> None:
        done = calibrate("--bar", "0.9")
        assert done.code == 0
        assert "new does not pass yet: 90% exact agreement wanted" in done.out

    def test_by_the_low_end_luck_on_few_anchors_passes_nobody(self, calibrate: Callable[..., Any]) -> None:
        done = calibrate("--by", "low", "--json", given=anchors("new", RECORD))
        assert json.loads(done.out)["raters"][0]["passes"] is False

    def test_misses_are_told_with_the_records_rationale(self, calibrate: Callable[..., Any]) -> None:
        assert "a4, routines: gave 1, the record is 3: names the routine" in calibrate().out

    def test_anchors_left_out_are_named_on_stderr(self, calibrate: Callable[..., Any]) -> None:
        done = calibrate("--min-anchors", "4", given=anchors("new", GIVEN[:4]))
        assert "new left 1 out: a4 / routines" in done.err

    def test_too_few_anchors_pass_nobody(self, calibrate: Callable[..., Any]) -> None:
        assert "too few anchors" in calibrate(given=anchors("new", GIVEN[:4])).out


class TestRefusals:
    def test_files_that_never_meet_are_refused(self, calibrate: Callable[..., Any]) -> None:
        done = calibrate(given=anchors("new", GIVEN).replace("routines", "evidence"))
        assert (done.code, done.out) == (1, "")
        assert "none of the reviewers' ratings meets one of the record's 5 anchors" in done.err

    def test_the_record_has_to_be_named(self, tmp_path: Path, cli: Callable[..., Any]) -> None:
        assert cli("calibrate-rater", tmp_path / "T.csv").code == 2
