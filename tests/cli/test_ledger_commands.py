"""``ledger``, ``queue``, ``rate`` and ``monitor``: reviews in, readings done, ratings out, and a watch over it."""

import csv
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_programs import HashEncoder, json_lines, rubric_data, simulated, small_rubric

from reviewkit import Certificate, Rating, ReviewLedger, ReviewRecord, json_text, load_bundle

N = 12


def review_of(submission: Any, *, audited: bool, level: int = 3, sure: float = 1) -> ReviewRecord:
    """A review whose texts are the submission's own; an audited one would have stood."""
    rubric = small_rubric()
    texts = {"reflection": submission.reflection, **{one.artifact_id: one.text for one in submission.artifacts}}
    score = {
        "level": level, "expected_level": level, "probabilities": {"1": 0, "2": 0, "3": 0, "4": 0} | {str(level): 1},
        "prediction_set": [level], "coverage_level": 0.9, "p_meets_required": sure, "rater_disagreement": None,
        "stands": audited, "cold": False,
    }  # fmt: skip
    return ReviewRecord.model_validate(
        {
            "submission_id": submission.submission_id,
            "attempt": 1,
            "bundle_digest": "1" * 64,
            "certificate": "spring",
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


def differ(path: Path) -> None:
    """Two raters lie three levels apart on the routines of the first submission."""
    with ReviewLedger.open(path) as opened:
        opened.append_all(
            Rating(submission_id="s0-000", criterion_id=name, rater_id=rater, level=level)
            for rater, level in (("r1", 1), ("r2", 4))
            for name, level in (("routines", level), ("evidence", 3))
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

    def test_a_lease_does_not_say_how_many_are_to_read_a_case(self, ledger: Path, cli: Callable[..., Any]) -> None:
        leased = json.loads(cli("queue", ledger, "--reviewer", "r1", "--json").out)
        assert {(one["n_wanted"], one["n_read"]) for one in leased} == {(None, None)}
        assert "of 1" not in cli("queue", ledger, "--reviewer", "r1").out

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
        assert (done.code, done.out.strip()) == (0, "1 of 1 case rated")
        assert "'9' is none of" in done.err
        assert done.err.index("Level (n:") < done.err.index("What was suggested:")
        with ReviewLedger.open(ledger) as opened:
            given = [(one.level, one.rationale, one.blind) for one in opened.ratings()]
        assert given == [(2, "clear cue", True), (4, None, True)]

    def test_stopping_keeps_nothing_and_gives_the_case_back(
        self, ledger: Path, cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.answers(monkeypatch, "2\n\nq\n")
        assert "0 of 1 case rated" in cli("rate", ledger, "--reviewer", "r1").out
        with ReviewLedger.open(ledger) as opened:
            assert opened.ratings() == []
        assert len(json.loads(cli("queue", ledger, "--reviewer", "r2", "-n", N, "--json").out)) == N

    def test_shown_first_the_ratings_are_not_blind(
        self, ledger: Path, cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.answers(monkeypatch, "2\n\n4\n\n")
        done = cli("rate", ledger, "--reviewer", "r1", "--shown", "drawn into the shown arm")
        assert done.err.index("What was suggested:") < done.err.index("Level (n:")
        with ReviewLedger.open(ledger) as opened:
            assert [one.blind for one in opened.ratings()] == [False, False]

    def test_a_difference_is_settled_by_a_third_person(
        self, ledger: Path, cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        differ(ledger)
        assert "0 of 0 cases" in cli("rate", ledger, "--reviewer", "r1", "--kind", "adjudication").out
        self.answers(monkeypatch, "3\nthe plan shows it\n")
        done = cli("rate", ledger, "--reviewer", "r3", "--kind", "adjudication")
        assert (done.code, done.out.strip()) == (0, "1 of 1 case rated")
        assert "What was suggested" not in done.err
        with ReviewLedger.open(ledger) as opened:
            settled = [(one.criterion_id, one.level) for one in opened.ratings() if one.role == "adjudication"]
        assert settled == [("routines", 3)]
        assert json.loads(cli("queue", ledger, "--kind", "adjudication", "--json").out) == []

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
        assert (found["alarms"], found["shift"]) == ([], None)
        assert found["drift_reason"]

    def test_no_alarm_while_the_promise_holds(self, ledger: Path, folder: Path, cli: Callable[..., Any]) -> None:
        rated(ledger)
        done = cli("monitor", ledger, "--certificate", certificate(folder))
        assert done.code == 0
        assert f"Certificate spring: no alarm: 0 errors in {N // 2} audits, 5% promised" in done.out

    def test_six_errors_in_six_audits_raise_it(self, ledger: Path, folder: Path, cli: Callable[..., Any]) -> None:
        rated(ledger, level=1)
        done = cli("monitor", ledger, "--certificate", certificate(folder))
        assert done.code == 1
        assert "Certificate spring: ALARM at audit 5: 6 errors in 6 audits" in done.out
        assert "Nothing stands until there is a new one" in done.out

    def test_a_certificate_that_lets_nothing_stand_has_nothing_to_watch(
        self, ledger: Path, folder: Path, cli: Callable[..., Any]
    ) -> None:
        done = cli("monitor", ledger, "--certificate", certificate(folder, threshold=None, bound=None))
        assert done.code == 0
        assert "nothing stands under it, so there is nothing to watch" in done.out

    def test_texts_are_held_against_others(
        self, ledger: Path, folder: Path, small_bundle: Path, cli: Callable[..., Any]
    ) -> None:
        others, _ = simulated(9, seed=5)
        renamed = [one.model_copy(update={"teacher_id": f"u{at}"}) for at, one in enumerate(others)]
        (folder / "R.jsonl").write_text(json_lines(renamed), encoding="utf-8")
        texts = ("--bundle", small_bundle, "--reference", folder / "R.jsonl")
        found = json.loads(cli("monitor", ledger, "--json", *texts).out)["shift"]
        assert (found["n_reference"], found["n_current"], found["reason"]) == (9, N, None)
        assert "Texts: distance " in cli("monitor", ledger, *texts).out

    def test_texts_cannot_be_compared_with_nothing(
        self, ledger: Path, small_bundle: Path, cli: Callable[..., Any]
    ) -> None:
        assert cli("monitor", ledger, "--bundle", small_bundle).code == 2
        assert cli("monitor", ledger, "--since", "2030-01-01").code == 2


class TestTheAlarm:
    @pytest.mark.parametrize("command", ["review", "batch"])
    def test_raised_it_sends_everything_to_review(
        self, ledger: Path, folder: Path, small_bundle: Path, cli: Callable[..., Any], command: str
    ) -> None:
        rated(ledger, level=1)
        digest = load_bundle(small_bundle, encoder=HashEncoder()).digest
        promise = certificate(folder, bundle_digest=digest, threshold=0)
        asked = (command, small_bundle, folder / "S.jsonl", "--certificate", promise, "--allow-uncertified")
        before = cli(*asked, "--audit-share", 0, "--out", folder / "before")
        after = cli(*asked, "--audit-share", 0, "--out", folder / "after", "--ledger", ledger)
        assert (before.code, after.code) == (0, 0)
        assert not before.out.startswith("suggest: 0")
        assert after.out.startswith("suggest: 0")
        assert "Certificate spring: ALARM at audit 5" in after.err
        assert '"code":"alarm"' in written(folder / "after").replace(" ", "")

    def test_not_raised_it_changes_nothing(
        self, ledger: Path, folder: Path, small_bundle: Path, cli: Callable[..., Any]
    ) -> None:
        rated(ledger)
        promise = certificate(folder, bundle_digest=load_bundle(small_bundle, encoder=HashEncoder()).digest)
        done = cli(
            "review", small_bundle, folder / "S.jsonl", "--certificate", promise, "--out", folder / "after",
            "--ledger", ledger,
        )  # fmt: skip
        assert done.code == 0
        assert '"alarm"' not in written(folder / "after")


def written(out: Path) -> str:
    """Every review that a command wrote, to a file or a folder."""
    files = sorted(out.rglob("part-*.jsonl")) if out.is_dir() else [out]
    return "".join(path.read_text(encoding="utf-8") for path in files)


class TestCases:
    def test_an_override_is_kept_with_its_reason(self, ledger: Path, cli: Callable[..., Any]) -> None:
        told = ("--submission", "s0-000", "--criterion", "routines", "--reviewer", "lead", "--reason", "Misread.")
        done = cli("ledger", "override", ledger, *told, "--level", 2)
        assert (done.code, done.out.split(": ", 1)[1].strip()) == (0, "s0-000, routines: level 2")
        assert "level 9 is none of 1, 2, 3, 4" in cli("ledger", "override", ledger, *told, "--level", 9).err

    def test_an_appeal_opens_the_case_for_one_more_reader(self, ledger: Path, cli: Callable[..., Any]) -> None:
        rated(ledger)
        assert json.loads(cli("queue", ledger, "--json").out) == []
        told = ("--submission", "s0-003", "--by", "t0-003", "--text", "Please look at the plan again.")
        assert cli("ledger", "appeal", ledger, *told).code == 0
        waiting = json.loads(cli("queue", ledger, "--json").out)
        assert [(one["submission_id"], one["n_wanted"], one["n_read"]) for one in waiting] == [("s0-003", 2, 1)]
        assert json.loads(cli("queue", ledger, "--reviewer", "r1", "--json").out) == []

    def test_attempts_stand_side_by_side_and_earlier_levels_only_on_request(
        self, ledger: Path, folder: Path, cli: Callable[..., Any]
    ) -> None:
        rated(ledger)
        first = simulated(1)[0][0]
        text = first.reflection + "\n\nNow pupils lead the routine."
        again = first.model_copy(
            update={"submission_id": "again", "attempt": 2, "previous_submission_id": "s0-000", "reflection": text}
        )
        review = review_of(again, audited=False).model_copy(update={"attempt": 2})
        (folder / "S2.jsonl").write_text(json_lines([again]), encoding="utf-8")
        (folder / "reviews2.jsonl").write_text(json_text(review) + "\n", encoding="utf-8")
        cli(
            "ledger", "add", ledger, folder / "reviews2.jsonl", "--rubric", folder / "rubric.json", "--submissions",
            folder / "S2.jsonl",
        )  # fmt: skip
        hidden = cli("ledger", "attempts", ledger, "--submission", "again", "--reviewer", "r9")
        assert (hidden.code, "suggested" in hidden.out) == (0, False)
        assert "again: attempt 2, after s0-000" in hidden.out
        assert "+ [reflection] Now pupils lead the routine." in hidden.out
        shown = cli("ledger", "attempts", ledger, "--submission", "again", "--reviewer", "r9", "--show-scores")
        assert "attempt 1: suggested 3; rated 3" in shown.out
        assert "not blind" in shown.err
        with ReviewLedger.open(ledger) as opened:
            assert not opened.is_blind("again", "r9")

    def test_anchoring_sets_shown_against_hidden(self, ledger: Path, cli: Callable[..., Any]) -> None:
        with ReviewLedger.open(ledger) as opened:
            for at in range(4):
                opened.show_suggestion(f"s0-{at:03d}", "r1", reason="drawn")
        rated(ledger, level=3)
        found = json.loads(cli("ledger", "anchoring", ledger, "--json").out)
        assert [(one["criterion_id"], one["shown"]["n"], one["hidden"]["n"]) for one in found] == [
            ("evidence", 4, N - 4),
            ("routines", 4, N - 4),
        ]
        assert "Agreement with the suggestion" in cli("ledger", "anchoring", ledger).out

    def test_a_second_reader_is_asked_for_where_it_pays(
        self, folder: Path, ledger: Path, cli: Callable[..., Any]
    ) -> None:
        close = [review_of(one, audited=False, sure=0.5) for one in simulated(2)[0]]
        (folder / "close.jsonl").write_text("".join(json_text(one) + "\n" for one in close), encoding="utf-8")
        cli(
            "ledger", "add", ledger, folder / "close.jsonl", "--rubric", folder / "rubric.json", "--submissions",
            folder / "S.jsonl",
        )  # fmt: skip
        assert cli("ledger", "second", ledger).out.strip() == "2 second readings asked for: near-cut: 2"
        again = cli("ledger", "second", ledger)
        assert again.out.strip() == "0 second readings asked for"
        assert "severities cannot be estimated yet" in again.err
