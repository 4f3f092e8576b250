"""The certificate: what it promises, what it refuses to promise, and the traps it keeps out of."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError

from reviewkit.errors import CertificateError, SettingsError, ShapeError
from reviewkit.records import Certificate
from reviewkit.routing.guarantee import certify, certify_groups, check_certificate
from reviewkit.routing.proportion import binomial_p_value, exact_interval, upper_bound
from reviewkit.routing.rated_rows import RatedRows
from reviewkit.routing.risks import award_errors, level_errors
from reviewkit.routing.terms import (
    CertificateSubject,
    CertificateTerms,
    standing_needed,
    standing_to_expect,
    starting_threshold,
)

SUBJECT = CertificateSubject(record_rule="mean-half-up", rubric_digest="a" * 64, bundle_digest="b" * 64)
TERMS = CertificateTerms(risk="any-difference", level=0.05)
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def rows_of(confidence: list[float] | NDArray[np.float64], error: list[bool] | NDArray[np.bool_]) -> RatedRows:
    return RatedRows.of(confidence=confidence, error=error, teacher_ids=range(len(error)))


def certificate_of(rows: RatedRows, *, terms: CertificateTerms = TERMS) -> Certificate:
    return certify(rows, terms, subject=SUBJECT, issued_at=WHEN)


class TestTheValueWorkedByHand:
    @pytest.mark.parametrize(("level", "n_standing"), [(0.05, 45), (0.02, 114)])
    def test_so_many_standing_rows_without_an_error_are_just_enough(self, level: float, n_standing: int) -> None:
        terms = CertificateTerms(risk="any-difference", level=level)
        enough = certificate_of(rows_of([0.9] * n_standing, [False] * n_standing), terms=terms)
        one_less = certificate_of(rows_of([0.9] * (n_standing - 1), [False] * (n_standing - 1)), terms=terms)
        assert (enough.n_standing, enough.n_more) == (n_standing, None)
        assert (one_less.threshold, one_less.n_more) == (None, 1)

    def test_without_an_error_the_bound_is_the_root_of_the_tail(self) -> None:
        found = certificate_of(rows_of([0.9] * 50, [False] * 50))
        assert found.bound == pytest.approx(1 - 0.1 ** (1 / 50), abs=1e-6)

    def test_the_laxest_threshold_before_the_first_failure_is_taken(self) -> None:
        confidence = [0.95] * 60 + [0.85] * 60 + [0.70] * 60
        error = [False] * 120 + [True] * 30 + [False] * 30
        found = certificate_of(rows_of(confidence, error))
        assert (found.threshold, found.n_standing, found.share_standing) == (0.71, 120, pytest.approx(2 / 3, abs=1e-6))

    def test_the_share_that_stands_has_its_interval(self) -> None:
        found = certificate_of(rows_of([0.95] * 60 + [0.3] * 60, [False] * 60 + [True] * 60))
        low, high = exact_interval(60, 120, confidence=0.9)
        assert (found.share_low, found.share_high) == (pytest.approx(low, abs=1e-6), pytest.approx(high, abs=1e-6))

    def test_ratings_still_needed_grow_with_what_does_not_stand(self) -> None:
        found = certificate_of(rows_of([0.95] * 15 + [0.3] * 15, [False] * 15 + [True] * 15))
        assert found.n_more == 60

    def test_the_bound_never_rounds_down(self) -> None:
        found = certificate_of(rows_of([0.9] * 77, [True] + [False] * 76))
        exact = float(upper_bound(1, 77, confidence=0.9))
        assert found.bound is not None
        assert exact <= found.bound <= 0.05


class TestTheTraps:
    def test_thresholds_come_from_the_grid_whatever_the_rows(self) -> None:
        confidence = np.random.default_rng(3).uniform(0.4, 1, 300)
        found = certificate_of(rows_of(confidence, confidence < 0.7))
        assert found.threshold in TERMS.grid

    def test_a_pass_beyond_the_first_failure_does_not_count(self) -> None:
        confidence = [0.95] * 100 + [0.55] * 2000
        error = [True] * 10 + [False] * 2090
        assert float(upper_bound(10, 2100, confidence=0.9)) < 0.05
        assert certificate_of(rows_of(confidence, error)).threshold is None

    def test_how_rows_turned_out_has_no_say_in_where_the_test_starts(self) -> None:
        confidence = [0.99] * 20 + [0.9] * 100
        clean = certificate_of(rows_of(confidence, [False] * 120))
        soiled = certificate_of(rows_of(confidence, [False] * 20 + [True] * 50 + [False] * 50))
        assert (clean.threshold, soiled.threshold) == (0.0, None)

    def test_a_start_from_other_rows_is_kept_even_where_too_few_stand(self) -> None:
        terms = CertificateTerms(risk="any-difference", level=0.05, first_threshold=0.97)
        found = certificate_of(rows_of([0.98] * 20 + [0.9] * 100, [False] * 120), terms=terms)
        assert (found.threshold, found.n_more) == (None, 150)

    def test_a_teacher_counts_once_however_often_she_hands_in(self) -> None:
        rows = RatedRows.of(confidence=[0.9] * 400, error=[False] * 400, teacher_ids=[n % 40 for n in range(400)])
        found = certificate_of(rows)
        assert (found.n_rows, found.threshold, found.n_more) == (40, None, 5)

    def test_the_same_seed_draws_the_same_submissions(self) -> None:
        generator = np.random.default_rng(5)
        rows = RatedRows.of(
            confidence=generator.uniform(size=500),
            error=generator.random(500) < 0.02,
            teacher_ids=generator.integers(0, 200, 500),
        )
        assert certificate_of(rows) == certificate_of(rows)

    def test_nothing_standing_is_no_certificate(self) -> None:
        terms = CertificateTerms(risk="any-difference", level=0.05, grid=(0.99, 0.9))
        found = certificate_of(rows_of([0.5] * 500, [False] * 500), terms=terms)
        assert (found.threshold, found.bound, found.share_standing, found.n_standing) == (None, None, None, 0)

    def test_no_rows_at_all_ask_for_the_fewest_that_could_do(self) -> None:
        assert certificate_of(rows_of([], [])).n_more == 45

    def test_what_something_else_sends_to_review_never_stands(self) -> None:
        held = RatedRows.of(confidence=[1.0] * 100, error=[False] * 100, teacher_ids=range(100), held=[True] * 100)
        assert certificate_of(held).threshold is None

    def test_from_a_ledger_only_blind_audit_draws_at_the_drawing_threshold_count(self) -> None:
        n = 200
        rows = RatedRows.from_audits(
            confidence=[0.95] * 100 + [0.5] * 100,
            error=[False] * n,
            teacher_ids=range(n),
            blind=[True] * 90 + [False] * 10 + [True] * 100,
            audited=[False] * 20 + [True] * 180,
            drawn_at=0.9,
        )
        found = certificate_of(rows)
        assert (found.n_rows, found.threshold) == (70, 0.9)

    def test_from_a_ledger_no_laxer_policy_is_certified_and_no_share_is_told(self) -> None:
        rows = RatedRows.from_audits(
            confidence=[0.95] * 100,
            error=[False] * 100,
            teacher_ids=range(100),
            blind=[True] * 100,
            audited=[True] * 100,
            drawn_at=0.9,
        )
        found = certificate_of(rows)
        assert (found.threshold, found.share_standing, found.share_low) == (0.9, None, None)


class TestProperties:
    @given(st.integers(0, 60), st.integers(1, 300), st.floats(0.01, 0.5), st.floats(0.5, 0.99))
    def test_bound_and_p_value_say_the_same(self, n_errors: int, more: int, level: float, confidence: float) -> None:
        n_rows = n_errors + more
        bound = float(upper_bound(n_errors, n_rows, confidence=confidence))
        p_value = float(binomial_p_value(n_errors, n_rows, level=level))
        assert (bound <= level + 1e-9) >= (p_value < 1 - confidence - 1e-9)
        assert (bound > level - 1e-9) >= (p_value > 1 - confidence + 1e-9)

    @given(st.floats(0.01, 0.4), st.floats(0.5, 0.99), st.integers(0, 20))
    def test_standing_needed_is_the_smallest_number_that_does(
        self, level: float, confidence: float, n_errors: int
    ) -> None:
        needed = standing_needed(level=level, confidence=confidence, n_errors=n_errors)
        assert float(binomial_p_value(n_errors, needed, level=level)) <= 1 - confidence + 1e-11
        assert float(binomial_p_value(n_errors, needed - 1, level=level)) > 1 - confidence - 1e-11

    @settings(max_examples=50)
    @given(st.integers(0, 2**31), st.floats(0.0, 0.3), st.integers(0, 400))
    def test_a_certificate_keeps_its_word_on_its_own_rows(self, seed: int, risk: float, n_rows: int) -> None:
        generator = np.random.default_rng(seed)
        found = certificate_of(rows_of(generator.uniform(0.3, 1, n_rows), generator.random(n_rows) < risk))
        assert (found.threshold is None) == (found.n_more is not None)
        assert (found.bound or 0) <= 0.05
        assert found.n_more is None or found.n_more >= 1

    @settings(max_examples=50)
    @given(st.integers(0, 2**31))
    def test_a_stricter_promise_never_lets_more_stand(self, seed: int) -> None:
        generator = np.random.default_rng(seed)
        confidence = generator.uniform(0.3, 1, 400)
        rows = rows_of(confidence, generator.random(400) > confidence + 0.2)
        strict = CertificateTerms(risk="any-difference", level=0.05, first_threshold=0.9)
        lax = strict.model_copy(update={"level": 0.15})
        stands = [certificate_of(rows, terms=terms).n_standing for terms in (strict, lax)]
        assert stands[0] <= stands[1]


class TestGroups:
    def test_every_group_gets_its_own_promise(self) -> None:
        rows = rows_of([0.9] * 150, [False] * 100 + [True] * 50)
        found = certify_groups(rows, TERMS, groups=["a"] * 100 + ["b"] * 50, subject=SUBJECT, issued_at=WHEN)
        assert [(one.group, one.threshold, one.n_rows) for one in found] == [("a", 0.0, 100), ("b", None, 50)]

    def test_promises_that_hold_together_are_tested_more_strictly(self) -> None:
        rows, groups = rows_of([0.9] * 100, [False] * 100), ["a"] * 50 + ["b"] * 50
        found = certify_groups(rows, TERMS, groups=groups, subject=SUBJECT, scope="all", issued_at=WHEN)
        assert [(one.confidence, one.n_more) for one in found] == [(0.95, 9), (0.95, 9)]

    def test_groups_that_do_not_pair_are_refused(self) -> None:
        with pytest.raises(ShapeError, match="groups has 1 rows and rows has 2"):
            certify_groups(rows_of([0.9, 0.9], [False, False]), TERMS, groups=["a"], subject=SUBJECT)


class TestTheRecord:
    def test_it_names_what_it_is_about_and_reads_back(self) -> None:
        subject = SUBJECT.model_copy(update={"criterion_id": "routines"})
        found = certify(rows_of([0.9] * 50, [False] * 50), TERMS, subject=subject, group="primary", issued_at=WHEN)
        assert Certificate.model_validate_json(found.model_dump_json()) == found
        assert (found.criterion_id, found.group, found.risk, found.issued_at) == (
            "routines",
            "primary",
            "any-difference",
            WHEN,
        )

    def test_another_promise_has_another_id(self) -> None:
        rows = rows_of([0.9] * 200, [False] * 200)
        other = TERMS.model_copy(update={"level": 0.1})
        assert certificate_of(rows).certificate_id != certificate_of(rows, terms=other).certificate_id

    @pytest.mark.parametrize(
        ("rubric", "bundle", "message"),
        [
            ("c" * 64, "b" * 64, "was issued for rubric aaaaaaaaaaaa, but this rubric is cccccccccccc"),
            ("a" * 64, "c" * 64, "was issued for bundle bbbbbbbbbbbb, but this bundle is cccccccccccc"),
        ],
    )
    def test_for_another_rubric_or_bundle_it_is_refused(self, rubric: str, bundle: str, message: str) -> None:
        with pytest.raises(CertificateError, match=message):
            check_certificate(certificate_of(rows_of([], [])), rubric_digest=rubric, bundle_digest=bundle)

    def test_for_its_own_it_is_not(self) -> None:
        check_certificate(certificate_of(rows_of([], [])), rubric_digest="a" * 64, bundle_digest="b" * 64)


class TestTheStart:
    def test_it_is_found_on_rows_that_need_no_rating(self) -> None:
        other = [0.99] * 60 + [0.8] * 40
        assert starting_threshold(other, TERMS, n_teachers=200) == 0.99

    def test_it_takes_in_as_many_as_the_test_needs(self) -> None:
        """Of 200 teachers 20 stand at .999: too few for 5 in 100, and with those at .99 enough."""
        other = [0.999] * 10 + [0.99] * 40 + [0.6] * 50
        assert starting_threshold(other, TERMS, n_teachers=200) == 0.99

    def test_where_no_chance_is_good_it_is_the_best(self) -> None:
        """Sixty rows at .97 pass in one case of two, all rows never do."""
        other = [0.97] * 30 + [0.5] * 70
        assert starting_threshold(other, TERMS, n_teachers=200) == 0.97

    def test_with_too_few_teachers_it_is_the_laxest(self) -> None:
        assert starting_threshold([0.9, 0.8], TERMS, n_teachers=10) == 0.0

    @pytest.mark.parametrize("grid", [(0.5, 0.9), (0.9, 0.9), ()])
    def test_a_grid_that_does_not_fall_is_refused(self, grid: tuple[float, ...]) -> None:
        with pytest.raises(ValidationError, match="grid"):
            CertificateTerms(risk="any-difference", level=0.05, grid=grid)


class TestWhichSuggestionIsAnError:
    def test_of_levels(self) -> None:
        suggested, recorded = [0, 1, 2, 3, 3], [0, 2, 0, 1, 3]
        found = {
            risk: level_errors(suggested, recorded, risk=risk, n_levels=4, required=2).tolist()  # type: ignore[arg-type]
            for risk in ("any-difference", "more-than-one-level", "false-meets", "false-not-yet")
        }
        assert found == {
            "any-difference": [False, True, True, True, False],
            "more-than-one-level": [False, False, True, True, False],
            "false-meets": [False, False, True, True, False],
            "false-not-yet": [False, True, False, False, False],
        }

    def test_of_awards(self) -> None:
        assert award_errors([1, 1, 0, 0], [1, 0, 1, 0], risk="false-return").tolist() == [False, False, True, False]

    def test_a_required_level_is_asked_for_where_it_is_needed(self) -> None:
        with pytest.raises(SettingsError, match="'false-meets' speaks of the required level, but required is None"):
            level_errors([0], [0], risk="false-meets", n_levels=3)

    @pytest.mark.parametrize("risk", ["false-award", "wrong"])
    def test_a_risk_of_something_else_is_refused(self, risk: str) -> None:
        with pytest.raises(SettingsError, match="is not one of a level; choose among any-difference"):
            level_errors([0], [0], risk=risk, n_levels=3)  # type: ignore[arg-type]

    def test_a_level_risk_is_refused_for_the_award(self) -> None:
        with pytest.raises(SettingsError, match="is not one of the award"):
            award_errors([True], [True], risk="any-difference")  # type: ignore[arg-type]


class TestBadInput:
    @pytest.mark.parametrize("value", [1.2, -0.1, float("nan")])
    def test_a_confidence_that_is_none_is_named(self, value: float) -> None:
        with pytest.raises(ShapeError, match=r"confidence\[1\] is .*, but it lies from 0 to 1"):
            rows_of([0.5, value], [False, False])

    def test_a_cell_that_is_neither_true_nor_false_is_named(self) -> None:
        with pytest.raises(ShapeError, match=r"error\[1\] is 2, but a row is true or false"):
            RatedRows.of(confidence=[0.5, 0.5], error=[0, 2], teacher_ids=["a", "b"])

    def test_rows_that_do_not_pair_are_refused(self) -> None:
        with pytest.raises(ShapeError, match="confidence has 2 rows and error has 1"):
            RatedRows.of(confidence=[0.5, 0.5], error=[False], teacher_ids=["a"])

    def test_a_missing_teacher_is_named(self) -> None:
        with pytest.raises(ShapeError, match=r"teacher_ids\[1\] is None"):
            RatedRows.of(confidence=[0.5, 0.5], error=[False, False], teacher_ids=["a", None])

    def test_a_matrix_is_refused(self) -> None:
        with pytest.raises(ShapeError, match="confidence has 2 dimensions"):
            RatedRows.of(confidence=[[0.5]], error=[False], teacher_ids=["a"])

    def test_a_drawing_threshold_outside_bounds_is_refused(self) -> None:
        with pytest.raises(SettingsError, match=r"drawn_at is 1\.5"):
            RatedRows.from_audits(confidence=[], error=[], teacher_ids=[], blind=[], audited=[], drawn_at=1.5)


class TestHowManyToPlanFor:
    def test_without_errors_hoped_for_it_is_the_fewest_that_can_do(self) -> None:
        assert standing_to_expect(level=0.05, confidence=0.9, risk=0.0) == 45

    def test_half_the_promised_share_takes_six_times_as_many(self) -> None:
        assert standing_to_expect(level=0.05, confidence=0.9, risk=0.025) == 282

    @pytest.mark.parametrize("risk", [0.05, 0.2])
    def test_no_number_will_do_where_the_hope_is_not_below_the_promise(self, risk: float) -> None:
        assert standing_to_expect(level=0.05, confidence=0.9, risk=risk) is None

    def test_it_is_signed_about_as_often_as_planned(self) -> None:
        n_rows = standing_to_expect(level=0.1, confidence=0.9, risk=0.05)
        assert n_rows is not None
        errors = np.random.default_rng(8).binomial(n_rows, 0.05, size=4000)
        signed = binomial_p_value(errors, np.full(4000, n_rows), level=0.1) <= 0.1
        assert signed.mean() == pytest.approx(0.8, abs=0.05)
