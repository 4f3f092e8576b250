"""Credentials and grade files: scores of record as results, suggestions never as more than suggestions."""

import copy
import json
from datetime import UTC, datetime

import pytest
from review_factory import RUBRIC, review

from reviewkit.errors import RatingsError, SettingsError
from reviewkit.formats import canvas_grades, moodle_grades, open_badges
from reviewkit.formats.record import earns_award, points, points_possible
from reviewkit.records import Rubric

RECORD = {"question": 2, "use": 3}
WHEN = datetime(2030, 1, 2, tzinfo=UTC)
SETTINGS = open_badges.CredentialSettings(
    issuer_id="https://issuer.example.org/",
    issuer_name="A program",
    achievement_id="https://issuer.example.org/exit-tickets",
    credential_id="urn:uuid:6a1f0c52-8d0e-5c0a-9d43-1f7c1f1f0001",
    recipient_email_hash=open_badges.hashed_email("t1@example.org", salt="s"),
    recipient_salt="s",
)
REQUIRED = {
    "AchievementSubject": {"type", "achievement"},
    "Achievement": {"id", "type", "name", "description", "criteria"},
    "ResultDescription": {"id", "type", "name", "resultType"},
    "RubricCriterionLevel": {"id", "type", "name"},
    "Result": {"type"},
    "Profile": {"id", "type"},
    "IdentityObject": {"type", "hashed", "identityHash", "identityType"},
}
ALLOWED = {
    "Achievement": {
        "id",
        "type",
        "name",
        "description",
        "criteria",
        "achievementType",
        "alignment",
        "resultDescription",
        "tag",
        "version",
    },
    "ResultDescription": {
        "id",
        "type",
        "name",
        "resultType",
        "alignment",
        "allowedValue",
        "requiredLevel",
        "requiredValue",
        "rubricCriterionLevel",
        "valueMin",
        "valueMax",
    },
    "RubricCriterionLevel": {"id", "type", "name", "level", "points", "description", "alignment"},
    "Result": {"type", "achievedLevel", "resultDescription", "status", "value", "alignment"},
    "AchievementSubject": {"id", "identifier", "type", "achievement", "result", "narrative", "source"},
    "Profile": {"id", "type", "name", "url", "email"},
    "IdentityObject": {"type", "hashed", "identityHash", "identityType", "salt"},
}


def made(**changes):
    given = {"settings": SETTINGS, "awarded_at": WHEN} | changes
    return open_badges.credential(RUBRIC, given.pop("record", RECORD), **given)


def typed(value):
    """Every object of the credential with its type's name."""
    if isinstance(value, list):
        return [pair for one in value for pair in typed(one)]
    if not isinstance(value, dict):
        return []
    kinds = value.get("type", [])
    own = [(kind, value) for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind in REQUIRED]
    return own + [pair for one in value.values() for pair in typed(one)]


class TestCredential:
    def test_has_what_open_badges_requires_and_nothing_it_does_not_know(self):
        value = made(review=review("s1"))
        faults = [(kind, set(one)) for kind, one in typed(value) if not REQUIRED[kind] <= set(one) <= ALLOWED[kind]]
        assert faults == []
        assert value["type"] == ["VerifiableCredential", "OpenBadgeCredential"]

    def test_is_unsigned(self):
        assert "proof" not in made()

    def test_shows_scores_of_record_as_achieved_levels(self):
        results = made()["credentialSubject"]["result"]
        assert [one["achievedLevel"].rpartition("#")[2] for one in results] == ["question-level-2", "use-level-3"]

    def test_shows_suggestions_only_as_predicted_and_provisional(self):
        subject = made(review=review("s1", use=1))["credentialSubject"]
        kinds = {one["id"]: one["resultType"] for one in subject["achievement"]["resultDescription"]}
        shown = {(kinds[one["resultDescription"]], one["status"], "achievedLevel" in one) for one in subject["result"]}
        assert shown == {("RubricCriterionLevel", "Completed", True), ("PredictedScore", "Provisional", False)}

    def test_lists_levels_from_low_to_high_with_points_as_text(self):
        levels = made()["credentialSubject"]["achievement"]["resultDescription"][0]["rubricCriterionLevel"]
        assert [one["points"] for one in levels] == ["1", "2", "3"]

    def test_links_hold(self):
        assert open_badges.link_faults(made(review=review("s1"))) == []

    def test_links_that_do_not_hold_are_named(self):
        value = copy.deepcopy(made())
        value["credentialSubject"]["result"][0]["achievedLevel"] += "0"
        value["credentialSubject"]["achievement"]["resultDescription"][1]["rubricCriterionLevel"].reverse()
        assert [fault.partition(":")[0] for fault in open_badges.link_faults(value)] == [
            "https",
            "result[0]",
        ]

    def test_does_not_hold_the_address_itself(self):
        assert "t1@example.org" not in json.dumps(made())

    def test_is_the_same_in_its_golden_file(self, golden):
        golden("formats/written/open-badge.json", open_badges.write(made(review=review("s1"))).decode())


class TestWhatIsRefused:
    def test_an_award_that_is_not_earned(self):
        with pytest.raises(SettingsError, match="do not earn the award of exit-tickets"):
            made(record={"question": 1, "use": 3})

    def test_a_criterion_without_a_score_of_record_although_a_suggestion_is_there(self):
        with pytest.raises(RatingsError, match="use: no score of record; a person has to settle it"):
            made(record={"question": 2}, review=review("s1"))

    def test_a_level_that_the_rubric_has_not(self):
        with pytest.raises(RatingsError, match=r"use: level 2.5 is none of 1, 2, 3"):
            made(record={"question": 2, "use": 2.5})

    def test_a_review_of_another_version(self):
        other = RUBRIC.model_copy(update={"version": "2.0.0"})
        with pytest.raises(SettingsError, match="the review of s1 is of another rubric or version"):
            open_badges.credential(other, RECORD, settings=SETTINGS, awarded_at=WHEN, review=review("s1"))

    def test_a_time_without_its_zone(self):
        with pytest.raises(SettingsError, match="without a time zone"):
            made(awarded_at=datetime(2030, 1, 2))

    def test_a_credential_for_nobody(self):
        nobody = SETTINGS.model_copy(update={"recipient_email_hash": None})
        with pytest.raises(SettingsError, match="no recipient is named"):
            made(settings=nobody)


class TestPoints:
    def test_are_the_levels_added_up(self):
        assert (points(RECORD, rubric=RUBRIC), points_possible(RUBRIC)) == (5, 6)

    def test_are_weighted_where_the_award_weighs(self):
        award = {"rule": "weighted-total", "weights": {"question": 2, "use": 0.5}, "cut": 5.5}
        rubric = Rubric.model_validate(RUBRIC.model_dump() | {"award": award})
        assert (points(RECORD, rubric=rubric), points_possible(rubric)) == (5.5, 7.5)
        assert earns_award(RECORD, rubric=rubric)


class TestGradeFiles:
    def test_of_canvas_have_its_columns_and_disarmed_cells(self, golden):
        rows = [
            canvas_grades.CanvasGrade(student_id="4711", points=5, student="=HYPERLINK(1)", section="North"),
            canvas_grades.CanvasGrade(student_id="4712", points=2.5, student="Two, Teacher", sis_user_id="+49"),
        ]
        content = canvas_grades.write(rows, assignment="Exit tickets (88)", points_possible=6)
        golden("formats/written/canvas-grades.csv", content.decode().replace("\r\n", "\n"))

    def test_of_moodle_have_its_columns_and_disarmed_cells(self, golden):
        rows = [moodle_grades.MoodleGrade(participant="31", points=5, feedback="@team: well done\nNext: use")]
        content = moodle_grades.write(rows, points_possible=6)
        golden("formats/written/moodle-grades.csv", content.decode().replace("\r\n", "\n"))

    def test_refuse_a_teacher_twice(self):
        row = canvas_grades.CanvasGrade(student_id="4711", points=5)
        with pytest.raises(SettingsError, match="student 4711 stands twice"):
            canvas_grades.write([row, row], assignment="A (1)", points_possible=6)
