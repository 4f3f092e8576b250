"""Reviews beside ratings become certificates: which rows count, how sure each is, what never stands."""

from collections.abc import Sequence
from typing import Any

import pytest
from small_programs import small_rubric

from reviewkit.errors import CertificateError, SettingsError
from reviewkit.records import Certificate, Rating, ReviewRecord, Submission
from reviewkit.routing.certifying import certified_groups, certify_reviews
from reviewkit.routing.terms import CertificateTerms

RUBRIC = small_rubric()
TERMS = CertificateTerms(risk="any-difference", level=0.1)
AWARD = CertificateTerms(risk="false-award", level=0.1)


def review(at: int, *, sure: float = 0.9, award: float = 0.9, **changes: Any) -> ReviewRecord:
    """A review that suggests level 4 on both criteria."""
    score = {
        "level": 4, "expected_level": 3.8, "prediction_set": (3, 4), "coverage_level": 0.9, "p_meets_required": sure,
        "probabilities": {"1": 0.0, "2": 0.0, "3": 1 - sure, "4": sure},
        "rater_disagreement": None, "stands": False, "cold": False,
    }  # fmt: skip
    fields = {
        "submission_id": f"s{at}", "attempt": 1, "bundle_digest": "b" * 64, "certificate": None,
        "rubric": {"id": RUBRIC.id, "version": RUBRIC.version, "digest": RUBRIC.digest},
        "route": "review", "review_probability": 1, "reasons": (), "findings": (), "parts": (),
        "award_probability": award, "scores": [{"criterion_id": name, **score} for name in RUBRIC.criterion_ids],
    }  # fmt: skip
    return ReviewRecord.model_validate({**fields, **changes})


def submission(at: int, *, teacher: int | None = None, **groups: str) -> Submission:
    return Submission(
        submission_id=f"s{at}",
        teacher_id=f"t{at if teacher is None else teacher}",
        rubric_id=RUBRIC.id,
        reflection="We practised the line-up.",
        groups=groups,
    )


def ratings(levels: Sequence[int], **changes: Any) -> list[Rating]:
    """One rating a criterion, the same level on both."""
    return [
        Rating.model_validate(
            {"submission_id": f"s{at}", "criterion_id": name, "rater_id": "r1", "level": level, **changes}
        )
        for at, level in enumerate(levels)
        for name in RUBRIC.criterion_ids
    ]


def certified(
    reviews: Sequence[ReviewRecord], given: Sequence[Rating], submissions: Sequence[Submission], **changes: Any
) -> Certificate:
    options = {"terms": TERMS, "criterion_id": "routines", **changes}
    (found,) = certify_reviews(reviews, given, rubric=RUBRIC, submissions=submissions, **options)
    return found


def of(n: int) -> list[Submission]:
    return [submission(at) for at in range(n)]


class TestWhatCounts:
    def test_a_promise_on_a_criterion(self) -> None:
        found = certified([review(at) for at in range(30)], ratings([4] * 30), of(30))
        assert (found.criterion_id, found.n_rows, found.n_standing, found.threshold) == ("routines", 30, 30, 0.0)
        assert (found.rubric_digest, found.bundle_digest) == (RUBRIC.digest, "b" * 64)

    def test_levels_that_differ_from_the_record_are_errors(self) -> None:
        rows = [review(at, sure=0.9 if at < 30 else 0.6) for at in range(40)]
        found = certified(rows, ratings([4] * 30 + [3] * 10), of(40))
        assert (found.n_rows, found.n_standing, found.threshold) == (40, 30, 0.61)

    def test_on_the_award_it_is_the_chance_of_the_award_that_is_tested(self) -> None:
        rows = [review(at, award=0.9 if at < 30 else 0.6) for at in range(40)]
        found = certified(rows, ratings([4] * 30 + [2] * 10), of(40), terms=AWARD, criterion_id=None)
        assert (found.criterion_id, found.n_standing, found.threshold) == (None, 30, 0.61)

    def test_what_nobody_rated_blind_is_no_row(self) -> None:
        rows = [review(at) for at in range(3)]
        given = [*ratings([4, 4]), *ratings([4, 4, 4], blind=False)]
        assert certified(rows, given, of(3)).n_rows == 2

    def test_a_teacher_counts_once(self) -> None:
        rows = [review(at) for at in range(30)]
        assert certified(rows, ratings([4] * 30), [submission(at, teacher=at // 3) for at in range(30)]).n_rows == 10


class TestWhatNeverStands:
    @pytest.mark.parametrize("change", [{"cold": True}, {"prediction_set": (2, 3, 4)}])
    def test_a_score_that_is_cold_or_borderline(self, change: dict[str, Any]) -> None:
        data = review(30).model_dump(mode="json", by_alias=True)
        data["scores"] = [{**one, **change} for one in data["scores"]]
        rows = [*(review(at) for at in range(30)), ReviewRecord.model_validate(data)]
        found = certified(rows, ratings([4] * 31), of(31))
        assert (found.n_rows, found.n_standing) == (31, 30)

    def test_a_submission_with_a_finding_or_sent_back(self) -> None:
        finding = {"code": "copied", "leads_to": "review", "message": "m", "value": None, "bound": None}
        rows = [review(at) for at in range(30)]
        rows += [review(30, findings=[finding]), review(31, route="return", scores=(), award_probability=None)]
        for terms, name in ((TERMS, "routines"), (AWARD, None)):
            found = certified(rows, ratings([4] * 32), of(32), terms=terms, criterion_id=name)
            assert (found.n_rows, found.n_standing) == (32, 30)


class TestTheStart:
    @pytest.mark.parametrize(("n_others", "threshold"), [(0, None), (49, None), (50, 0.0)])
    def test_unrated_work_of_other_teachers_says_where_the_test_starts(
        self, n_others: int, threshold: float | None
    ) -> None:
        """At .99 stand 22, just enough, and one is wrong: a test that starts there fails. The others start it at .9."""
        tested = [review(at, sure=0.99 if at < 22 else 0.9) for at in range(100)]
        others = [review(at) for at in range(100, 100 + n_others)]
        found = certified([*tested, *others], ratings([3] + [4] * 99), of(150))
        assert found.threshold == threshold


class TestGroups:
    ROWS = tuple(review(at) for at in range(41))
    PEOPLE = tuple(
        submission(at, **({"region": "North" if at < 30 else "South"} if at < 40 else {})) for at in range(41)
    )

    def test_each_gets_its_own(self) -> None:
        found = certify_reviews(
            self.ROWS, ratings([4] * 41), rubric=RUBRIC, submissions=self.PEOPLE, terms=TERMS,
            criterion_id="routines", grouping="region",
        )  # fmt: skip
        assert [(one.group, one.n_rows, one.threshold) for one in found] == [
            ("region=North", 30, 0.0),
            ("region=South", 10, None),
        ]

    def test_they_are_set_side_by_side_under_the_certificates(self) -> None:
        given, common = ratings([4] * 41), {"rubric": RUBRIC, "submissions": self.PEOPLE}
        own = certify_reviews(self.ROWS, given, **common, terms=TERMS, criterion_id="routines", grouping="region")
        for certificates, shares in ((own, [1.0, 0.0, 1.0]), ((certified(self.ROWS, given, self.PEOPLE),), [0.0] * 3)):
            found = certified_groups(certificates, self.ROWS, given, **common, grouping="region")
            assert [one.group for one in found] == ["", "region=North", "region=South"]
            assert [one.review.value for one in found] == shares


class TestBadInput:
    def test_reviews_of_two_bundles_are_refused(self) -> None:
        with pytest.raises(CertificateError, match="2 reviews come from 2 bundles"):
            certified([review(0), review(1, bundle_digest="c" * 64)], [], of(2))

    def test_reviews_of_no_bundle_are_refused(self) -> None:
        with pytest.raises(CertificateError, match="a certificate is for one"):
            certified([review(0, bundle_digest=None)], [], of(1))

    def test_reviews_under_another_rubric_are_refused(self) -> None:
        other = {"id": RUBRIC.id, "version": "2.0.0", "digest": "0" * 64}
        with pytest.raises(CertificateError, match="the review of 's0' was made under rubric 000000000000"):
            certified([review(0, rubric=other)], [], of(1))

    @pytest.mark.parametrize(("terms", "name"), [(TERMS, None), (AWARD, "routines")])
    def test_a_risk_of_something_else_is_refused(self, terms: CertificateTerms, name: str | None) -> None:
        with pytest.raises(SettingsError, match="false-award and false-return are the award's"):
            certified([review(0)], [], of(1), terms=terms, criterion_id=name)
