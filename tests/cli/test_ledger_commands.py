"""``ledger``, ``queue``, ``rate`` and ``monitor``: reviews in, readings done, ratings out, and a watch over it."""

import csv
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_programs import json_lines, rubric_data, simulated, small_rubric

from reviewkit import Certificate, Rating, ReviewLedger, ReviewRecord, json_text

N = 12


def review_of(submission: Any, *, audited: bool, level: int = 3) -> ReviewRecord:
    """A review whose texts are the submission's own; an audited one would have stood."""
    rubric = small_rubric()
    texts = {"reflection": submission.reflection, **{one.artifact_id: one.text for one in submission.artifacts}}
    score = {
        "level": level, "expected_level": level, "probabilities": {"1": 0, "2": 0, "3": 0, "4": 0} | {str(level): 1},
        "prediction_set": [level], "coverage_level": 0.9, "p_meets_required": 1, "rater_disagreement": None,
        "stands": audited, "cold": False,
    }  # fmt: skip
    return ReviewRecord.model_validate(
        {
            "submission_id": submission.submission_id,
            "attempt": 1,
            "bundle_digest": "1" * 64,
            "certificate": None,
            "rubric": {"id": rubric.id, "version": rubric.version, "digest": rubric.digest},
            "route": "review",
            "review_probability": 0.1 if audited else 1,
            "reasons": [{"code": "audit" if audited else "borderline"}],
            "findings": [],
            "parts": [
                {"part": name, "n_chars": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest()}
                for name, text in texts.items()
            ],
            "award_probability": None,
            "scores": [{"criterion_id": name, **score} for name in rubric.criterion_ids],
        }
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve submissions and their reviews, every second one an audit."""
    submissions, _ = simulated(N)
    reviews = [review_of(one, audited=at % 2 == 0) for at, one in enumerate(submissions)]
    (tmp_path / "rubric.json").write_text(json.dumps(rubric_data()), encoding="utf-8")
    (tmp_path / "S.jsonl").write_text(json_lines(submissions), encoding="utf-8")
    (tmp_path / "reviews.jsonl").write_text("".join(json_text(one) + "\n" for one in reviews), encoding="utf-8")
    return tmp_path


@pytest.fixture
def ledger(folder: Path, cli: Callable[..., Any]) -> Path:
    """The ledger of those reviews, due on 9 March 2030."""
    path = folder / "program.ledger"
    done = cli(
        "ledger", "add", path, folder / "reviews.jsonl", "--rubric", folder / "rubric.json", "--submissions",
        folder / "S.jsonl", "--due", "2030-03-09",
    )  # fmt: skip
    assert (done.code, done.out) == (0, f"{path}: {N} reviews added\n"), done.err
    return path


def rated(path: Path, *, level: int = 3, raters: tuple[str, ...] = ("r1",)) -> None:
    with ReviewLedger.open(path) as opened:
        opened.append_all(
            Rating(submission_id=f"s0-{at:03d}", criterion_id=name, rater_id=rater, level=level)
            for at in range(N)
            for rater in raters
            for name in small_rubric().criterion_ids
        )


def certificate(folder: Path, **changes: Any) -> Path:
    fields = {
        "certificate_id": "spring", "risk": "any-difference", "level": 0.05, "confidence": 0.9,
        "criterion_id": "routines", "threshold": 0.9, "bound": 0.05, "n_rows": 100, "n_standing": 60,
        "record_rule": "mean-half-up", "issued_at": "2030-01-02T00:00:00Z", "rubric_digest": small_rubric().digest,
        "bundle_digest": "1" * 64,
    }  # fmt: skip
    path = folder / "certificate.json"
    path.write_text(json_text(Certificate.model_validate({**fields, **changes})), encoding="utf-8")
    return path


class TestLedger:
    def test_reviews_without_their_submission_are_refused_and_named(
        self, folder: Path, cli: Callable[..., Any]
    ) -> None:
        first = (folder / "S.jsonl").read_text(encoding="utf-8").splitlines()[0]
        (folder / "S.jsonl").write_text(first + "\n", encoding="utf-8")
        done = cli(
            "ledger", "add", folder / "new.ledger", folder / "reviews.jsonl", "--rubric", folder / "rubric.json",
            "--submissions", folder / "S.jsonl",
        )  # fmt: skip
        assert (done.code, (folder / "new.ledger").exists()) == (1, False)
        assert f"{N - 1} reviewed submissions are not in it" in done.err

    def test_what_was_rated_is_exported_for_training(self, ledger: Path, folder: Path, cli: Callable[..., Any]) -> None:
        rated(ledger)
        done = cli("ledger", "export", ledger, "--ratings", folder / "T.csv")
        rows = list(csv.DictReader((folder / "T.csv").open(encoding="utf-8", newline="")))
        assert (done.code, len(rows)) == (0, 2 * N)
        assert {(row["level"], row["blind"]) for row in rows} == {("3", "true")}
        assert cli("ledger", "export", ledger, "--ratings", folder / "T.csv").code == 1

    def test_an_empty_ledger_has_nothing_to_export(self, ledger: Path, folder: Path, cli: Callable[..., Any]) -> None:
        done = cli("ledger", "export", ledger, "--ratings", folder / "T.csv")
        assert (done.code, done.out) == (1, "")
        assert "holds no rating to export" in done.err

    def test_verify_prints_the_head_and_holds_a_later_ledger_to_it(self, ledger: Path, cli: Callable[..., Any]) -> None:
        head = cli("ledger", "verify", ledger).out.splitlines()[-1].removeprefix("head ")
        rated(ledger)
        assert cli("ledger", "verify", ledger, "--head", head).code == 0
        other = head.partition(":")[0] + ":" + "0" * 64
        done = cli("ledger", "verify", ledger, "--head", other)
        assert done.code == 1
        assert "is not the one of the head given" in done.err
        assert cli("ledger", "verify", ledger, "--head", "yesterday").code == 2

    def test_forgetting_removes_names_and_texts_and_keeps_the_counts(
        self, ledger: Path, cli: Callable[..., Any]
    ) -> None:
        rated(ledger)
        done = cli("ledger", "forget", ledger, "--teacher", "t0-003")
        assert done.code == 0
        assert done.out.startswith("1 submissions and ")
        with ReviewLedger.open(ledger) as opened:
            assert len(opened.ratings()) == 2 * N
            assert "s0-003" not in {one.submission_id for one in opened.reviews()}
        assert cli("ledger", "verify", ledger).code == 0

    def test_an_unknown_teacher_is_said(self, ledger: Path, cli: Callable[..., Any]) -> None:
        done = cli("ledger", "forget", ledger, "--teacher", "nobody")
        assert done.code == 1
        assert "the ledger knows no such teacher" in done.err

    def test_a_ledger_that_is_not_there_is_said(self, tmp_path: Path, cli: Callable[..., Any]) -> None:
        for command in (("queue",), ("monitor",), ("ledger", "verify")):
            done = cli(*command, tmp_path / "none.ledger")
            assert (done.code, done.out) == (1, "")
            assert "none.ledger" in done.err


class TestQueue:
    def test_it_names_cases_and_nothing_of_their_scores(self, ledger: Path, cli: Callable[..., Any]) -> None:
        done = cli("queue", ledger, "--json")
        cases = json.loads(done.out)
        assert len(cases) == N
        assert {one["due"] for one in cases} == {"2030-03-09"}
        assert set(cases[0]) == {"submission_id", "kind", "due", "attempt", "criterion_ids", "n_wanted", "n_read"}

    def test_two_reviewers_are_leased_different_cases(self, ledger: Path, cli: Callable[..., Any]) -> None:
        leased = [
            {one["submission_id"] for one in json.loads(cli("queue", ledger, "--reviewer", who, "-n", 5, "--json").out)}
            for who in ("r1", "r2")
        ]
        assert (len(leased[0]), len(leased[1]), leased[0] & leased[1]) == (5, 5, set())

    def test_the_table_is_for_people(self, ledger: Path, cli: Callable[..., Any]) -> None:
        out = cli("queue", ledger, "-n", 1).out
        assert "2030-03-09" in out
        assert "0 of 1" in out


class TestRate:
    def answers(self, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))

    def test_levels_are_stored_blind_and_the_suggestion_shown_after(
        self, ledger: Path, cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.answers(monkeypatch, "2\nclear cue\n9\n4\n\n")
        done = cli("rate", ledger, "--reviewer", "r1")
        assert (done.code, done.out.strip()) == (0, "1 of 1 cases rated")
        assert "'9' is none of" in done.err
        assert done.err.index("Level (n:") < done.err.index("What was suggested:")
        with ReviewLedger.open(ledger) as opened:
            given = [(one.level, one.rationale, one.blind) for one in opened.ratings()]
        assert given == [(2, "clear cue", True), (4, None, True)]

    def test_stopping_keeps_nothing_and_gives_the_case_back(
        self, ledger: Path, cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.answers(monkeypatch, "2\n\nq\n")
        assert "0 of 1 cases rated" in cli("rate", ledger, "--reviewer", "r1").out
        with ReviewLedger.open(ledger) as opened:
            assert opened.ratings() == []
        assert len(json.loads(cli("queue", ledger, "--reviewer", "r2", "-n", N, "--json").out)) == N

    def test_a_page_holds_the_texts_and_no_score(self, ledger: Path, folder: Path, cli: Callable[..., Any]) -> None:
        done = cli("rate", ledger, "--reviewer", "r1", "-n", 2, "--sheet", folder / "sheet.html")
        page = (folder / "sheet.html").read_text(encoding="utf-8")
        assert done.out.splitlines()[-1].endswith("2 cases")
        assert "s0-0" in page
        assert "expected_level" not in page

    def test_who_rates_or_what_is_stored_has_to_be_said(self, ledger: Path, cli: Callable[..., Any]) -> None:
        assert cli("rate", ledger).code == 2

    def test_a_file_that_is_no_filled_page_is_said(self, ledger: Path, folder: Path, cli: Callable[..., Any]) -> None:
        done = cli("rate", ledger, "--store", folder / "rubric.json")
        assert (done.code, done.out) == (1, "")
        assert "rubric.json" in done.err


class TestMonitor:
    def test_audits_alone_speak_of_what_stands_and_weights_of_the_stream(
        self, ledger: Path, cli: Callable[..., Any]
    ) -> None:
        rated(ledger)
        found = json.loads(cli("monitor", ledger, "--json").out)
        first = found["criteria"][0]
        assert (first["criterion_id"], first["standing"]["value"], first["stream"]["value"]) == ("routines", 1, 1)
        assert (first["standing"]["n_ratings"], first["stream"]["n_ratings"]) == (N // 2, N)
        assert (found["alarm"], found["alarm_reason"]) == (None, "no certificate was given")
        assert found["drift_reason"]

    def test_no_alarm_while_the_promise_holds(self, ledger: Path, folder: Path, cli: Callable[..., Any]) -> None:
        rated(ledger)
        done = cli("monitor", ledger, "--certificate", certificate(folder))
        assert done.code == 0
        assert f"No alarm: 0 errors in {N // 2} audits, 5% promised" in done.out

    def test_six_errors_in_six_audits_raise_it(self, ledger: Path, folder: Path, cli: Callable[..., Any]) -> None:
        rated(ledger, level=1)
        done = cli("monitor", ledger, "--certificate", certificate(folder))
        assert done.code == 1
        assert "ALARM at audit 5: 6 errors in 6 audits" in done.out
        assert "Send everything to review" in done.out

    def test_a_certificate_that_lets_nothing_stand_has_nothing_to_watch(
        self, ledger: Path, folder: Path, cli: Callable[..., Any]
    ) -> None:
        done = cli("monitor", ledger, "--certificate", certificate(folder, threshold=None, bound=None))
        assert (done.code, done.out) == (1, "")
        assert "holds no threshold" in done.err
