"""The policy: what routes a submission, with which reason, value and bound; and what an audit is."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_programs import small_rubric

from reviewkit.errors import CertificateError
from reviewkit.records import Certificate, CriterionScore, Finding, Rubric
from reviewkit.routing.audit import audit_draw
from reviewkit.routing.policy import PolicySettings, RoutingPolicy

RUBRIC = small_rubric()
OPEN = PolicySettings(allow_uncertified=True, audit_share=0.0)


def score(**changes: Any) -> CriterionScore:
    fields = {
        "criterion_id": "routines",
        "level": 4,
        "expected_level": 3.8,
        "probabilities": {"1": 0.0, "2": 0.05, "3": 0.1, "4": 0.85},
        "prediction_set": (3, 4),
        "coverage_level": 0.9,
        "p_meets_required": 0.95,
        "rater_disagreement": 0.3,
        "stands": False,
        "cold": False,
    }
    return CriterionScore.model_validate({**fields, **changes})


def finding(leads_to: str, code: str = "thing") -> Finding:
    return Finding.model_validate({"code": code, "leads_to": leads_to, "message": "m", "value": 3.0, "bound": 5.0})


def routed(
    scores: list[CriterionScore],
    findings: tuple[Finding, ...] = (),
    *,
    settings: PolicySettings = OPEN,
    certificates: Sequence[Certificate] = (),
    rubric: Rubric = RUBRIC,
    award: float | None = None,
    groups: dict[str, str] | None = None,
) -> Any:
    policy = RoutingPolicy(rubric, settings=settings, certificates=certificates, bundle_digest="b" * 64)
    return policy.route(scores, findings, submission_id="s1", attempt=1, award_probability=award, groups=groups)


def both(**changes: Any) -> list[CriterionScore]:
    """Scores on both criteria."""
    return [score(**changes), score(criterion_id="evidence")]


def certificate(**changes: Any) -> Certificate:
    fields = {
        "certificate_id": "c1",
        "risk": "false-award",
        "level": 0.05,
        "confidence": 0.95,
        "threshold": 0.9,
        "bound": 0.04,
        "n_rows": 300,
        "n_standing": 120,
        "record_rule": "mean-half-up",
        "issued_at": datetime(2025, 1, 1, tzinfo=UTC),
        "rubric_digest": RUBRIC.digest,
        "bundle_digest": "b" * 64,
    }
    return Certificate.model_validate({**fields, **changes})


def codes(decision: Any) -> list[str]:
    return [reason.code for reason in decision.reasons]


class TestWhatStands:
    def test_a_clear_score_stands(self) -> None:
        decision, judged = routed([score()])
        assert (decision.route, decision.reasons, decision.review_probability) == ("suggest", (), 0.0)
        assert judged[0].stands

    def test_clearly_below_stands_too(self) -> None:
        below = score(level=1, prediction_set=(1, 2), p_meets_required=0.02, probabilities={"1": 0.98, "3": 0.02})
        assert routed([below])[0].route == "suggest"

    def test_nothing_is_borderline_where_nothing_is_required(self) -> None:
        data = RUBRIC.model_dump(mode="json") | {"award": None}
        for criterion in data["criteria"]:
            criterion["required_level"] = None
        unsure = score(prediction_set=(1, 2, 3, 4), p_meets_required=None)
        assert routed([unsure], rubric=Rubric.model_validate(data))[0].route == "suggest"


class TestWhatIsRouted:
    @pytest.mark.parametrize(
        ("levels", "straddles"), [((2, 3), True), ((1, 2, 3, 4), True), ((3, 4), False), ((1, 2), False)]
    )
    def test_a_set_that_straddles_the_required_level(self, levels: tuple[int, ...], straddles: bool) -> None:
        decision, judged = routed([score(level=levels[0], prediction_set=levels)])
        assert ("borderline" in codes(decision)) is straddles
        assert judged[0].stands is not straddles

    def test_a_borderline_reason_names_its_numbers(self) -> None:
        decision, _ = routed([score(level=3, prediction_set=(2, 3), p_meets_required=0.95)])
        reason = decision.reasons[0]
        assert (reason.code, reason.criterion_id, reason.value, reason.bound) == ("borderline", "routines", 0.95, 0.9)
        assert decision.review_probability == 1.0

    @pytest.mark.parametrize(("meets", "routes"), [(0.79, True), (0.8, False), (0.21, True), (0.2, False), (0.5, True)])
    def test_too_little_probability_on_one_side(self, meets: float, routes: bool) -> None:
        decision, _ = routed([score(p_meets_required=meets)])
        assert ("low-probability" in codes(decision)) is routes

    def test_a_cold_criterion_says_so_and_nothing_else(self) -> None:
        cold = score(cold=True, prediction_set=(1, 2, 3, 4), p_meets_required=0.5)
        decision, judged = routed([score(), cold.model_copy(update={"criterion_id": "evidence"})])
        assert [(reason.code, reason.criterion_id) for reason in decision.reasons] == [("cold", "evidence")]
        assert [one.stands for one in judged] == [True, False]

    def test_a_finding_for_a_person(self) -> None:
        decision, judged = routed([score()], (finding("review"), finding("note")))
        assert [(reason.code, reason.value, reason.bound) for reason in decision.reasons] == [("finding", 3.0, 5.0)]
        assert judged[0].stands

    def test_what_is_incomplete_goes_back_unscored_whatever_else_is_found(self) -> None:
        decision, judged = routed([score(cold=True)], (finding("review"), finding("return")))
        assert (decision.route, codes(decision), judged, decision.review_probability) == (
            "return",
            ["incomplete"],
            (),
            1.0,
        )

    def test_without_a_certificate_all_is_routed(self) -> None:
        decision, judged = routed([score()], settings=PolicySettings(audit_share=0.0))
        assert (decision.route, codes(decision), decision.certificate) == ("review", ["uncertified"], None)
        assert not judged[0].stands


STRICT = PolicySettings(audit_share=0.0)


def on(criterion_id: str, **changes: Any) -> Certificate:
    """A certificate on one criterion, that its levels differ from the record in no more than 5 of 100."""
    fields = {"criterion_id": criterion_id, "risk": "any-difference", "certificate_id": f"of-{criterion_id}"}
    return certificate(**{**fields, **changes})


class TestTheAwardsCertificate:
    def test_it_lets_suggestions_stand_and_is_named(self) -> None:
        decision, judged = routed(both(), settings=STRICT, certificates=[certificate()], award=0.95)
        assert (decision.route, decision.certificate) == ("suggest", "c1")
        assert all(one.stands for one in judged)

    def test_its_threshold_is_held_against_the_chance_of_the_award(self) -> None:
        decision, judged = routed(both(), settings=STRICT, certificates=[certificate()], award=0.85)
        found = [(one.code, one.criterion_id, one.value, one.bound) for one in decision.reasons]
        assert found == [("low-probability", None, 0.85, 0.9)]
        assert not any(one.stands for one in judged)

    def test_where_no_award_is_suggested_against_the_chance_of_none(self) -> None:
        below = both(level=1, prediction_set=(1, 2), p_meets_required=0.02)
        assert routed(below, settings=STRICT, certificates=[certificate()], award=0.05)[0].route == "suggest"
        assert routed(below, settings=STRICT, certificates=[certificate()], award=0.95)[0].route == "review"

    def test_of_two_the_stricter_threshold_decides(self) -> None:
        other = certificate(certificate_id="c2", risk="false-return", threshold=0.97)
        decision, _ = routed(both(), settings=STRICT, certificates=[certificate(), other], award=0.95)
        assert [one.bound for one in decision.reasons] == [0.97]
        assert decision.certificate == "c1 c2"

    def test_without_a_chance_of_the_award_nothing_stands(self) -> None:
        assert codes(routed(both(), settings=STRICT, certificates=[certificate()])[0]) == ["low-probability"]

    def test_a_borderline_set_still_goes_to_a_person(self) -> None:
        scores = both(prediction_set=(2, 3, 4))
        assert codes(routed(scores, settings=STRICT, certificates=[certificate()], award=0.95)[0]) == ["borderline"]


class TestWhatIsRefused:
    @pytest.mark.parametrize("change", [{"rubric_digest": "0" * 64}, {"bundle_digest": "0" * 64}])
    def test_one_for_another_rubric_or_bundle(self, change: dict[str, str]) -> None:
        with pytest.raises(CertificateError, match="a promise does not carry over"):
            routed([score()], certificates=[certificate(**change)])

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"criterion_id": "sums", "risk": "any-difference"}, "is about 'sums', which small has not"),
            ({"risk": "any-difference"}, "bounds 'any-difference' on the award, which has only false-award"),
            ({"criterion_id": "routines"}, "bounds 'false-award' on criterion 'routines', which has only any-diff"),
            ({"group": "North"}, "a group is told as GROUPING=VALUE, as in 'region=North'"),
        ],
    )
    def test_one_that_speaks_of_what_is_not_there(self, change: dict[str, str], message: str) -> None:
        with pytest.raises(CertificateError, match=message):
            routed([score()], certificates=[certificate(**change)])

    def test_one_on_an_award_that_the_rubric_has_not(self) -> None:
        bare = Rubric.model_validate(
            {**RUBRIC.model_dump(mode="json"), "award": None}
            | {"criteria": [{**one, "required_level": None} for one in RUBRIC.model_dump(mode="json")["criteria"]]}
        )
        with pytest.raises(CertificateError, match="small defines none"):
            routed([score()], rubric=bare, certificates=[certificate(rubric_digest=bare.digest)])

    def test_two_that_promise_the_same(self) -> None:
        with pytest.raises(CertificateError, match="of-routines and again both speak of any-difference on routines"):
            routed([score()], certificates=[on("routines"), on("routines", certificate_id="again", level=0.1)])


class TestAudit:
    @given(st.text(min_size=1, max_size=20), st.integers(1, 9), st.floats(0, 1))
    def test_a_submission_is_drawn_where_its_number_lies_below_the_share(
        self, name: str, attempt: int, share: float
    ) -> None:
        settings = PolicySettings(allow_uncertified=True, audit_share=share, audit_key="k")
        decision, judged = RoutingPolicy(RUBRIC, settings=settings).route(
            [score()], [], submission_id=name, attempt=attempt
        )
        drawn = audit_draw("k", name, attempt) < share
        assert (decision.route == "review") is drawn
        assert codes(decision) == ["audit"] * drawn
        assert decision.review_probability == pytest.approx(share, abs=1e-6)
        assert judged[0].stands

    def test_the_share_is_kept_in_the_long_run(self) -> None:
        settings = PolicySettings(allow_uncertified=True, audit_share=0.2)
        policy = RoutingPolicy(RUBRIC, settings=settings)
        routes = [policy.route([score()], [], submission_id=f"s{n}", attempt=1)[0].route for n in range(2000)]
        assert 0.17 < routes.count("review") / 2000 < 0.23

    def test_what_is_routed_for_another_reason_is_not_drawn(self) -> None:
        decision, _ = routed([score(cold=True)], settings=PolicySettings(allow_uncertified=True, audit_share=1.0))
        assert (codes(decision), decision.review_probability) == (["cold"], 1.0)

    @pytest.mark.parametrize("settings", [{"audit_share": 1.1}, {"audit_share": -0.1}, {"min_probability": 0.4}])
    def test_settings_outside_what_holds_are_refused(self, settings: dict[str, float]) -> None:
        with pytest.raises(ValueError, match=r"less than or equal|greater than or equal"):
            PolicySettings.model_validate(settings)


class TestCertificatesOfCriteria:
    def test_one_covers_its_criterion_alone(self) -> None:
        decision, judged = routed(both(), settings=STRICT, certificates=[on("routines", threshold=0.8)])
        assert [one.stands for one in judged] == [True, False]
        assert [(one.code, one.criterion_id) for one in decision.reasons] == [("uncertified", "evidence")]

    def test_with_one_for_each_all_stands_and_all_are_named(self) -> None:
        held = [on("routines", threshold=0.8), on("evidence", threshold=0.8)]
        decision, _ = routed(both(), settings=STRICT, certificates=held)
        assert (decision.route, decision.certificate) == ("suggest", "of-evidence of-routines")

    @pytest.mark.parametrize(
        ("risk", "value"),
        [("any-difference", 0.85), ("more-than-one-level", 0.95), ("false-meets", 0.95), ("false-not-yet", 0.95)],
    )
    def test_each_risk_has_its_own_probability(self, risk: str, value: float) -> None:
        decision, _ = routed([score()], settings=STRICT, certificates=[on("routines", risk=risk, threshold=0.99)])
        assert [(one.code, one.value, one.bound) for one in decision.reasons] == [("low-probability", value, 0.99)]

    def test_the_certified_threshold_takes_the_place_of_the_settings(self) -> None:
        unsure = score(probabilities={"1": 0.0, "2": 0.3, "3": 0.1, "4": 0.6}, p_meets_required=0.7)
        decision, _ = routed([unsure], settings=STRICT, certificates=[on("routines", threshold=0.6)])
        assert decision.route == "suggest"

    def test_the_awards_covers_the_criteria_that_have_none_of_their_own(self) -> None:
        held = [certificate(), on("routines", threshold=0.86)]
        decision, judged = routed(both(), settings=STRICT, certificates=held, award=0.95)
        assert [one.stands for one in judged] == [False, True]
        assert [(one.code, one.criterion_id) for one in decision.reasons] == [("low-probability", "routines")]

    def test_one_that_certified_nothing_lets_nothing_stand(self) -> None:
        nothing = on("routines", threshold=None, bound=None, n_more=80)
        decision, _ = routed(both(), settings=STRICT, certificates=[nothing])
        assert (decision.route, decision.certificate, codes(decision)) == ("review", None, ["uncertified"])

    def test_nor_where_the_awards_would_have_covered_it(self) -> None:
        nothing = on("routines", threshold=None, bound=None, n_more=80)
        decision, judged = routed(both(), settings=STRICT, certificates=[nothing, certificate()], award=0.95)
        assert [one.stands for one in judged] == [False, True]
        assert [(one.code, one.criterion_id) for one in decision.reasons] == [("uncertified", "routines")]

    def test_an_alarm_on_any_of_them_sends_everything_to_review(self) -> None:
        held = [on("routines", threshold=0.8), on("evidence", threshold=0.8)]
        settings = STRICT.model_copy(update={"alarms": ("of-evidence",)})
        decision, judged = routed(both(), settings=settings, certificates=held)
        assert codes(decision) == ["alarm"]
        assert not any(one.stands for one in judged)


class TestCertificatesOfGroups:
    HELD = (
        on("routines", threshold=0.8),
        on("routines", threshold=0.9, group="region=North", certificate_id="north"),
        on("routines", threshold=None, bound=None, n_more=9, group="region=South", certificate_id="south"),
    )

    @pytest.mark.parametrize(
        ("region", "reasons", "named"),
        [
            ("North", [("low-probability", 0.9)], "north"),
            ("South", [("uncertified", None)], None),
            ("West", [], "of-routines"),
            ("", [], "of-routines"),
        ],
    )
    def test_a_groups_own_goes_before_the_one_for_everybody(
        self, region: str, reasons: list[Any], named: str | None
    ) -> None:
        decision, _ = routed([score()], settings=STRICT, certificates=self.HELD, groups={"region": region})
        assert [(one.code, one.bound) for one in decision.reasons] == reasons
        assert decision.certificate == named

    def test_with_groups_alone_the_others_go_to_review(self) -> None:
        decision, _ = routed([score()], settings=STRICT, certificates=self.HELD[1:], groups={"region": "West"})
        assert codes(decision) == ["uncertified"]
