import re
from collections.abc import Callable

from review_examples import PARTS, RUBRIC, Page, body, full_review, returned_review, review, score, sure

from reviewkit.records import Finding
from reviewkit.report.review_pages import render_teacher_page

SUSPICION = Finding(code="hidden-text", leads_to="review", message="white text on white ground.", part="reflection")


class TestFeedback:
    def test_shows_no_probability_level_or_route(self) -> None:
        text = Page(render_teacher_page(full_review(), PARTS, rubric=RUBRIC)).text
        names = [level.name for level in RUBRIC.criteria[0].levels]
        assert not re.search(r"\d%|0\.\d|[Ll]evel \d|certificate|suggest|borderline|set", text)
        assert not [name for name in names if name in text]

    def test_holds_no_number_but_the_attempt_and_what_the_teacher_wrote(self) -> None:
        page = Page(render_teacher_page(review(), PARTS, rubric=RUBRIC))
        assert re.findall(r"\d+", page.text) == ["1", "1"]  # submission s-1, attempt 1

    def test_is_the_same_whether_it_stands_or_a_person_looks(self) -> None:
        stands = review(route="suggest", reasons=(), review_probability=0.05, certificate=None, award_probability=0.9)
        pages = {render_teacher_page(one, PARTS, rubric=RUBRIC) for one in (review(), stands)}
        assert len(pages) == 1

    def test_quotes_the_teacher_in_reading_order(self) -> None:
        text = Page(render_teacher_page(full_review(), PARTS, rubric=RUBRIC)).text
        assert text.index("We practised the entry") < text.index("Enter in silence.")

    def test_says_what_to_add_and_that_a_reviewer_decides(self) -> None:
        text = Page(render_teacher_page(review(), PARTS, rubric=RUBRIC)).text
        assert "The routine is practised." in text
        assert "a reviewer decides" in text

    def test_a_criterion_without_evidence_says_where_to_write_it(self) -> None:
        text = Page(render_teacher_page(review(scores=(score(), sure())), PARTS, rubric=RUBRIC)).text
        assert "in reflection and lesson plan" in text

    def test_suspicion_is_not_told(self) -> None:
        pages = {render_teacher_page(one, PARTS, rubric=RUBRIC) for one in (review(), review(findings=(SUSPICION,)))}
        assert len(pages) == 1


class TestReturned:
    def test_says_what_is_missing_and_how_to_hand_in_again(self) -> None:
        text = Page(render_teacher_page(returned_review(), PARTS[:1], rubric=RUBRIC)).text
        assert "Your reflection has 15 words so far; it needs at least 20." in text
        assert "Lesson plan: none came in; one is needed." in text
        assert "What did you change, and why?" in text

    def test_suspicion_that_returns_is_not_told(self) -> None:
        one = returned_review().model_copy(update={"findings": (SUSPICION.model_copy(update={"leads_to": "return"}),)})
        text = Page(render_teacher_page(one, PARTS[:1], rubric=RUBRIC)).text
        assert "white text" not in text
        assert "Please ask your program what to send." in text

    def test_where_a_file_could_not_be_read_the_finding_speaks(self) -> None:
        findings = tuple(one for one in returned_review().findings if one.code != "missing-artifact")
        one = returned_review().model_copy(update={"findings": findings})
        assert "Lesson plan: none" not in render_teacher_page(one, PARTS[:1], rubric=RUBRIC)


class TestGolden:
    def test_feedback(self, golden: Callable[[str, str], None]) -> None:
        golden("report/teacher_page.html", body(render_teacher_page(full_review(), PARTS, rubric=RUBRIC)))

    def test_returned(self, golden: Callable[[str, str], None]) -> None:
        golden("report/returned_page.html", body(render_teacher_page(returned_review(), PARTS[:1], rubric=RUBRIC)))
