"""The program view: counts worked by hand, small cells hidden, and a page that shows no more than the numbers."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewkit.errors import SettingsError
from reviewkit.evaluation.cohort import cohort
from reviewkit.evaluation.shares import CohortSettings, share_of, spread
from reviewkit.records import CriterionScore, NextLevel, Rating, ReviewRecord, Rubric, RubricReference, Submission
from reviewkit.report.cohort_page import render_cohort_page

SETTINGS = CohortSettings(min_cell=3)
START = datetime(2030, 1, 1, tzinfo=UTC)
RUBRIC = Rubric.model_validate(
    {
        "format": "reviewkit/rubric/1",
        "id": "exit-tickets",
        "version": "1.0.0",
        "title": "Exit <tickets>",
        "criteria": [
            {
                "id": one,
                "title": one.capitalize(),
                "required_level": 2,
                "levels": [{"level": n, "name": f"L{n}", "descriptor": f"{one} {n}"} for n in (0, 2, 3)],
            }
            for one in ("question", "use")
        ],
    }
)


def score(criterion_id: str, level: int) -> CriterionScore:
    return CriterionScore(
        criterion_id=criterion_id,
        level=level,
        expected_level=level,
        probabilities={str(n): float(n == level) for n in (0, 2, 3)},
        prediction_set=(level,),
        coverage_level=0.9,
        p_meets_required=float(level >= 2),
        rater_disagreement=None,
        stands=True,
        cold=False,
        next_level=NextLevel(level=3, missing=(f"says what follows from the {criterion_id}",)) if level < 3 else None,
    )


def review(number: int, *, level: int = 2, attempt: int = 1, route: str = "review") -> ReviewRecord:
    return ReviewRecord(
        schema="reviewkit/review/1",
        submission_id=f"s{number}",
        attempt=attempt,
        rubric=RubricReference(id=RUBRIC.id, version=RUBRIC.version, digest=RUBRIC.digest),
        bundle_digest=None,
        route=route,
        review_probability=1,
        certificate=None,
        reasons=(),
        findings=(),
        parts=(),
        award_probability=None if route == "return" else 0.5,
        scores=() if route == "return" else (score("question", level), score("use", level)),
    )


def rated(number: int, question: int, use: int, *, rater: str = "r1", after_days: float = 2, **more) -> list[Rating]:
    when = START + timedelta(days=after_days)
    return [
        Rating(submission_id=f"s{number}", criterion_id=one, rater_id=rater, level=level, rated_at=when, **more)
        for one, level in (("question", question), ("use", use))
    ]


def submission(number: int, *, teacher: str | None = None, region: str = "North", attempt: int = 1) -> Submission:
    return Submission(
        submission_id=f"s{number}",
        teacher_id=teacher or f"t{number}",
        rubric_id=RUBRIC.id,
        reflection="x",
        attempt=attempt,
        submitted_at=START,
        groups={"region": region},
    )


def twelve():
    """Twelve teachers: eight earn the award, four have 0 on use; four are of the South, all of them among the eight."""
    reviews = [review(n, route="suggest" if n < 6 else "review") for n in range(12)]
    ratings = [one for n in range(12) for one in rated(n, 3, 2 if n < 8 else 0, after_days=n)]
    submissions = [submission(n, region="South" if n < 4 else "North") for n in range(12)]
    return reviews, ratings, submissions


def summed(settings=SETTINGS, **changes):
    reviews, ratings, submissions = twelve()
    given_rows = {"rubric": RUBRIC, "ratings": ratings, "submissions": submissions} | changes
    return cohort(reviews, settings=settings, **given_rows)


class TestSmallCells:
    def test_a_total_below_the_bound_is_hidden(self):
        assert share_of(2, 2, settings=SETTINGS).model_dump() == {
            "count": None,
            "of": None,
            "share": None,
            "low": None,
            "high": None,
            "hidden": True,
        }

    def test_a_cell_whose_rest_is_small_is_hidden(self):
        assert share_of(28, 30, settings=SETTINGS, cell=True).hidden

    @given(counts=st.dictionaries(st.text("abc", min_size=1), st.integers(0, 20), max_size=6))
    def test_a_hidden_count_cannot_be_worked_out_from_the_others(self, counts):
        hidden = [key for key, one in spread(counts, settings=SETTINGS).items() if one.hidden]
        others = [key for key, count in counts.items() if count and key not in hidden]
        assert len(hidden) != 1 or not others

    @given(counts=st.dictionaries(st.text("abc", min_size=1), st.integers(0, 20), max_size=6))
    def test_no_small_count_is_shown(self, counts):
        shown = [one.count for one in spread(counts, settings=SETTINGS).values() if not one.hidden]
        assert [count for count in shown if 0 < count < SETTINGS.min_cell] == []


class TestAwards:
    def test_are_counted_by_teacher_over_scores_of_record(self):
        award = summed().award
        assert (award.count, award.of) == (8, 12)

    def test_count_a_teacher_once_who_earned_it_at_a_later_attempt(self):
        reviews, ratings, submissions = twelve()
        reviews.append(review(20, attempt=2))
        ratings += rated(20, 3, 3)
        submissions.append(submission(20, teacher="t11", attempt=2))
        found = cohort(reviews, rubric=RUBRIC, ratings=ratings, submissions=submissions, settings=SETTINGS)
        assert (found.award.count, found.award.of, found.n_units) == (9, 12, 12)
        assert found.attempts["2"].hidden

    def test_need_people(self):
        found = summed(ratings=())
        assert found.award is None
        assert found.award_reason == "no submission has a score of record on what the award asks"
        assert found.expected_award_rate == 0.5

    def test_need_the_rubric(self):
        found = summed(rubric=None)
        assert (found.award, found.award_reason, found.title) == (None, "no rubric was given", "exit-tickets")
        assert found.criteria[0].suggested_levels["2"].count == 12

    def test_leave_constructed_and_sighted_levels_out(self):
        seen = [one for n in range(12) for one in rated(n, 3, 3, blind=False)]
        written = [one for n in range(12) for one in rated(n, 3, 3, role="constructed")]
        assert summed(ratings=[*seen, *written]).award is None


class TestCriteria:
    def test_count_the_levels_that_people_gave(self):
        use = summed().criteria[1]
        assert {key: one.count for key, one in use.record_levels.items()} == {"0": 4, "2": 8, "3": 0}

    def test_measure_difficulty_by_places_on_the_scale(self):
        question, use = summed().criteria
        assert (question.difficulty, use.difficulty) == (0, pytest.approx(1 - (8 * 1 / 2) / 12))

    def test_say_how_often_one_alone_stands_in_the_way(self):
        question, use = summed().criteria
        assert (question.below.count, use.below.count, use.alone.count) == (0, 4, 4)

    def test_count_a_level_of_zero_as_below(self):
        assert summed().criteria[1].below.share == pytest.approx(1 / 3)

    def test_tell_what_the_next_level_asks_most_often(self):
        asked = summed().criteria[0].asked[0]
        assert (asked.text, asked.share.count) == ("says what follows from the question", 12)


class TestReviewers:
    def test_are_listed_with_load_and_turnaround(self):
        ratings = [one for n in range(12) for one in rated(n, 3, 3, rater="r1" if n < 8 else "r2", after_days=n)]
        first, second = summed(ratings=ratings).reviewers
        assert (first.rater_id, first.n_submissions, first.share) == ("r1", 8, pytest.approx(2 / 3, abs=1e-6))
        assert (second.turnaround.n, second.turnaround.median_days) == (4, 9.5)

    def test_wait_from_handing_in_to_the_first_rating(self):
        assert summed().turnaround.median_days == 5.5

    def test_times_without_a_zone_beside_times_with_one_are_left_out(self):
        ratings = [one.model_copy(update={"rated_at": datetime(2030, 1, 3)}) for one in twelve()[1]]
        assert summed(ratings=ratings).turnaround.n == 0


class TestGroups:
    def test_have_their_intervals(self):
        north, south = summed(settings=CohortSettings(min_cell=4)).groups
        assert (north.value, north.award.count, north.award.of) == ("North", 4, 8)
        assert (south.value, south.award.share) == ("South", 1)
        assert south.award.low < 1

    def test_that_are_small_are_hidden_with_the_next_one(self):
        north, south = summed(settings=CohortSettings(min_cell=5)).groups
        assert (north.award.hidden, south.award.hidden) == (True, True)


class TestWhatIsRefused:
    def test_reviews_of_two_rubrics(self):
        other = RubricReference(id="other", version="2", digest="0" * 64)
        mixed = [review(1), review(2).model_copy(update={"rubric": other})]
        with pytest.raises(SettingsError, match=r"the reviews are of exit-tickets 1\.0\.0, other 2"):
            cohort(mixed)

    def test_another_version_of_the_rubric(self):
        with pytest.raises(SettingsError, match="are of another exit-tickets than the rubric given"):
            cohort([review(1)], rubric=RUBRIC.model_copy(update={"title": "New"}))

    def test_no_review(self):
        with pytest.raises(SettingsError, match="there is no review"):
            cohort([])


class TestPage:
    def test_escapes_what_people_wrote(self):
        page = render_cohort_page(summed(), rubric=RUBRIC)
        assert "Exit &lt;tickets&gt;" in page
        assert "<tickets>" not in page

    def test_fetches_nothing(self):
        page = render_cohort_page(summed(), rubric=RUBRIC)
        assert "http" not in page.replace("http-equiv", "")
        assert "<script" not in page

    def test_shows_no_hidden_count(self):
        page = render_cohort_page(summed(settings=CohortSettings(min_cell=50)), rubric=RUBRIC)
        assert "8 of 12" not in page
        assert "hidden" in page

    def test_is_the_same_in_its_golden_file(self, golden):
        golden("formats/written/cohort.html", render_cohort_page(summed(), rubric=RUBRIC))

    def test_is_whole_without_a_rubric_or_ratings(self):
        assert "No award rate: no rubric was given." in render_cohort_page(
            summed(rubric=None, ratings=(), submissions=())
        )
