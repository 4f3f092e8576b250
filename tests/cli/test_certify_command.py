"""From ratings to what stands: ``train --hold-back``, ``certify``, and ``review`` and ``batch`` under certificates."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_programs import write_program

OPEN = ("--risk", "more-than-one-level", "--level", "0.9")


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Forty submissions that the small bundle has not seen, with their ratings, and each teacher's region."""
    write_program(tmp_path, n_submissions=40, seed=3)
    rows = [json.loads(line) for line in (tmp_path / "submissions.jsonl").read_text(encoding="utf-8").splitlines()]
    regions = [f"{one['teacher_id']},{'North' if at % 2 else 'South'}" for at, one in enumerate(rows)]
    (tmp_path / "groups.csv").write_text("\n".join(["teacher_id,region", *regions]) + "\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def certify(fresh: Path, small_bundle: Path, cli: Callable[..., Any]) -> Callable[..., Any]:
    """Run certify on the forty; returns the run and what the file holds."""

    def run(*more: object) -> Any:
        out = fresh / "certificates.json"
        done = cli(
            "certify", small_bundle, fresh / "submissions.jsonl", fresh / "ratings.csv", "--out", out, "--force", *more
        )
        return done, json.loads(out.read_text(encoding="utf-8")) if out.exists() else None

    return run


def reviews(cli: Callable[..., Any], bundle: Path, fresh: Path, *more: object) -> Any:
    done = cli("review", bundle, fresh / "submissions.jsonl", "--out", fresh / "reviews.jsonl", "--force", *more)
    lines = (fresh / "reviews.jsonl").read_text(encoding="utf-8").splitlines() if done.code == 0 else []
    return done, [json.loads(line) for line in lines]


class TestCertify:
    def test_every_criterion_gets_a_certificate_of_its_own(self, certify: Callable[..., Any]) -> None:
        done, found = certify(*OPEN)
        assert (done.code, done.err) == (0, "")
        assert [one["criterion_id"] for one in found] == ["routines", "evidence"]
        assert {one["n_rows"] for one in found} == {40}
        assert done.out.rstrip().endswith("2 of 2 promises can be signed")

    def test_one_certificate_is_one_record(self, certify: Callable[..., Any]) -> None:
        _, found = certify(*OPEN, "--criterion", "evidence")
        assert (found["criterion_id"], found["risk"], found["level"]) == ("evidence", "more-than-one-level", 0.9)

    @pytest.mark.parametrize("risk", ["false-award", "false-return"])
    def test_the_award_has_risks_of_its_own(self, certify: Callable[..., Any], risk: str) -> None:
        done, found = certify("--risk", risk, "--level", "0.5")
        assert (done.code, found["criterion_id"], found["risk"]) == (0, None, risk)

    def test_too_few_ratings_are_told_with_the_number_needed(self, certify: Callable[..., Any]) -> None:
        done, found = certify("--risk", "any-difference", "--level", "0.02", "--criterion", "routines")
        assert (done.code, found["threshold"], found["bound"]) == (0, None, None)
        assert found["n_more"] >= 74
        assert "0 of 1 promises can be signed" in done.out

    def test_each_group_gets_its_own_and_is_set_beside_the_others(
        self, certify: Callable[..., Any], fresh: Path
    ) -> None:
        more = ("--criterion", "routines", "--group-by", "region", "--groups", fresh / "groups.csv")
        done, found = certify(*OPEN, *more)
        assert [(one["group"], one["n_rows"]) for one in found] == [("region=North", 20), ("region=South", 20)]
        assert "routines, by region" in done.out

    def test_a_grouping_that_nobody_tells_is_refused(self, certify: Callable[..., Any]) -> None:
        done, _ = certify(*OPEN, "--group-by", "region")
        assert (done.code, done.out) == (1, "")
        assert "no submission tells a group of 'region'" in done.err

    def test_what_the_bundle_learned_from_is_left_out(
        self, program: Path, small_bundle: Path, cli: Callable[..., Any]
    ) -> None:
        files = (program / "submissions.jsonl", program / "ratings.csv")
        done = cli("certify", small_bundle, *files, *OPEN, "--out", program / "c.json")
        assert done.code == 1
        assert "48 of 48 submissions were left out" in done.err
        assert "train with --hold-back" in done.err
        assert not (program / "c.json").exists()

    @pytest.mark.parametrize("wrong", [("--level", "0"), ("--level", "1"), ("--confidence", "1")])
    def test_a_promise_of_nothing_is_refused(self, certify: Callable[..., Any], wrong: tuple[str, str]) -> None:
        done, _ = certify(*OPEN, *wrong)
        assert done.code == 2
        assert "lies between 0 and 1" in done.err


class TestHoldBack:
    def test_what_was_held_back_certifies_the_bundle(self, program: Path, cli: Callable[..., Any]) -> None:
        files = (program / "submissions.jsonl", program / "ratings.csv")
        options = ("--rubric", program / "rubric.json", "--submissions", files[0], "--ratings", files[1])
        done = cli("train", *options, "--out", program / "out", "--hold-back", "0.25")
        assert (done.code, done.err) == (0, "12 of 48 rated submissions were held back, for certify\n")
        done = cli("certify", program / "out", *files, *OPEN, "--out", program / "c.json")
        assert done.code == 0
        assert "36 of 48 submissions were left out" in done.err
        assert json.loads((program / "c.json").read_text(encoding="utf-8"))[0]["n_rows"] == 12


class TestUse:
    def test_under_certificates_suggestions_stand_and_name_them(
        self, certify: Callable[..., Any], cli: Callable[..., Any], small_bundle: Path, fresh: Path
    ) -> None:
        _, found = certify(*OPEN)
        done, made = reviews(
            cli, small_bundle, fresh, "--certificate", fresh / "certificates.json", "--audit-share", "0"
        )
        named = " ".join(sorted(one["certificate_id"] for one in found))
        assert done.code == 0
        assert {one["certificate"] for one in made} == {named}
        assert any(score["stands"] for one in made for score in one["scores"])

    def test_what_stands_is_what_was_counted(
        self, certify: Callable[..., Any], cli: Callable[..., Any], small_bundle: Path, fresh: Path
    ) -> None:
        _, found = certify(*OPEN)
        _, made = reviews(cli, small_bundle, fresh, "--certificate", fresh / "certificates.json")
        n_standing = {
            one["criterion_id"]: sum(
                score["stands"]
                for review in made
                for score in review["scores"]
                if score["criterion_id"] == one["criterion_id"]
                and not any(finding["leads_to"] == "review" for finding in review["findings"])
            )
            for one in found
        }
        assert n_standing == {one["criterion_id"]: one["n_standing"] for one in found}

    def test_a_batch_writes_the_same_reviews(
        self, certify: Callable[..., Any], cli: Callable[..., Any], small_bundle: Path, fresh: Path
    ) -> None:
        certify(*OPEN)
        promise = ("--certificate", fresh / "certificates.json")
        _, made = reviews(cli, small_bundle, fresh, *promise, "--no-moves")
        done = cli("batch", small_bundle, fresh / "submissions.jsonl", "--out", fresh / "batch", *promise)
        assert done.code == 0
        part = next((fresh / "batch" / "reviews").iterdir()).read_text(encoding="utf-8")
        assert [json.loads(line) for line in part.splitlines()] == made

    def test_a_certificate_of_another_bundle_is_refused(
        self, certify: Callable[..., Any], cli: Callable[..., Any], small_bundle: Path, fresh: Path
    ) -> None:
        _, found = certify(*OPEN)
        changed = [{**one, "bundle_digest": "0" * 64} for one in found]
        (fresh / "certificates.json").write_text(json.dumps(changed), encoding="utf-8")
        done, _ = reviews(cli, small_bundle, fresh, "--certificate", fresh / "certificates.json")
        assert done.code == 1
        assert "a promise does not carry over" in done.err

    def test_a_file_that_is_no_certificate_is_refused(
        self, cli: Callable[..., Any], small_bundle: Path, fresh: Path
    ) -> None:
        (fresh / "c.json").write_text('[{"level": 2}]', encoding="utf-8")
        done, _ = reviews(cli, small_bundle, fresh, "--certificate", fresh / "c.json")
        assert done.code == 1
        assert "c.json: [0]" in done.err
