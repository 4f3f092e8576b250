import re
from collections.abc import Callable

import pytest
from review_examples import PARTS, RUBRIC, Page, body, evidence, full_review, returned_review, review, score, sure

from reviewkit.errors import RubricError, SubmissionError
from reviewkit.records import Finding, Part, Reason
from reviewkit.report.review_pages import render_review_sheet

AUDIT = Reason(code="audit")
BORDERLINE = Reason(code="borderline", criterion_id="taught", value=0.45, bound=0.9)
HOSTILE = "</div><script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp; {{ 7*7 }} {% raw %}"


def reflection(text: str) -> tuple[Part, ...]:
    return (Part(part="reflection", kind="reflection", text=text),)


class TestHostileText:
    def test_markup_in_a_reflection_is_shown_as_written(self) -> None:
        parts = reflection(HOSTILE)
        page = Page(render_review_sheet(review(parts), parts, rubric=RUBRIC))
        assert page.shown_parts() == [HOSTILE]

    def test_no_page_has_a_script_an_image_or_an_event_handler(self) -> None:
        parts = reflection(HOSTILE)
        marked = score(evidence=(evidence(parts, "reflection", "<script>alert(1)</script>"),))
        finding = Finding(code="x", leads_to="note", message=HOSTILE)
        one = review(parts, submission_id=HOSTILE[:100], scores=(marked, sure()), findings=(finding,))
        page = Page(render_review_sheet(one, parts, rubric=RUBRIC))
        assert not {tag for tag, _ in page.elements} & {"script", "img", "iframe", "object", "form", "link"}
        assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]

    def test_markup_in_the_rubric_is_escaped(self) -> None:
        rubric = RUBRIC.model_copy(update={"title": HOSTILE})
        one = review(rubric=review().rubric.model_copy(update={"digest": rubric.digest}))
        assert "<script" not in render_review_sheet(one, PARTS, rubric=rubric)

    def test_the_page_may_fetch_and_run_nothing(self) -> None:
        page = Page(render_review_sheet(review(), PARTS, rubric=RUBRIC))
        (policy,) = [a["content"] for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
        assert policy is not None
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy

    def test_links_stay_in_the_page(self) -> None:
        page = Page(render_review_sheet(full_review(), PARTS, rubric=RUBRIC))
        assert all(link.startswith("#") for link in page.attributes("href"))
        assert {link[1:] for link in page.attributes("href")} <= set(page.attributes("id"))
        assert page.attributes("src") == []

    def test_each_id_stands_once(self) -> None:
        ids = Page(render_review_sheet(full_review(), PARTS, rubric=RUBRIC)).attributes("id")
        assert len(ids) == len(set(ids))


class TestAudit:
    def test_the_audit_changes_no_byte(self) -> None:
        audited = review(reasons=(BORDERLINE, AUDIT))
        assert render_review_sheet(audited, PARTS, rubric=RUBRIC) == render_review_sheet(review(), PARTS, rubric=RUBRIC)

    def test_an_audit_alone_cannot_be_told_from_a_close_call(self) -> None:
        stands = (score(stands=True), sure())
        audited = review(reasons=(AUDIT,), scores=stands, review_probability=0.05)
        assert render_review_sheet(audited, PARTS, rubric=RUBRIC) == render_review_sheet(review(), PARTS, rubric=RUBRIC)

    def test_the_word_is_nowhere(self) -> None:
        audited = review(reasons=(AUDIT,))
        assert "audit" not in render_review_sheet(audited, PARTS, rubric=RUBRIC).lower()


class TestMarks:
    def test_the_text_is_shown_whole_and_unchanged(self) -> None:
        page = Page(render_review_sheet(full_review(), PARTS, rubric=RUBRIC))
        assert page.shown_parts() == [part.text for part in PARTS]

    def test_each_criterion_marks_its_own_evidence(self) -> None:
        page = Page(render_review_sheet(full_review(), PARTS, rubric=RUBRIC))
        assert page.marked("k1") == "We practised the entry three times.Enter in silence."
        assert page.marked("k2") == "three times. Then I timed it: ninety seconds."

    def test_a_tagged_sentence_shows_its_move_and_how_probable_it_is(self) -> None:
        tagged = evidence(PARTS, "reflection", "It felt calmer.").model_copy(
            update={"move": "Feeling", "move_probability": 0.62}
        )
        one = review(scores=(score(evidence=(tagged,)), sure()))
        words = " ".join(Page(render_review_sheet(one, PARTS, rubric=RUBRIC)).text.split())
        assert "weight +0.10 · move: feeling (62%)" in words
        assert "Move: what the sentence does" in words

    def test_a_sheet_without_moves_does_not_speak_of_them(self) -> None:
        assert "ove: " not in render_review_sheet(full_review(), PARTS, rubric=RUBRIC)

    def test_a_finding_marks_its_place(self) -> None:
        page = Page(render_review_sheet(full_review(), PARTS, rubric=RUBRIC))
        assert page.marked("k0") == "It felt calmer."

    @pytest.mark.parametrize("quote", ["👩‍🏫 taught.", "e\u0301te\u0301 too.", "\n  indented", "\u202eبعد", "a\tb"])
    def test_spans_count_code_points(self, quote: str) -> None:
        parts = reflection(f"😀 before. {quote} After 🎉.")
        one = review(parts, scores=(score(evidence=(evidence(parts, "reflection", quote),)), sure()))
        page = Page(render_review_sheet(one, parts, rubric=RUBRIC))
        assert page.marked("k1") == quote
        assert page.shown_parts() == [parts[0].text]

    def test_personal_data_is_covered_in_text_and_evidence(self) -> None:
        parts = reflection("Write to ada@example.org today.")
        finding = Finding(code="personal-data-email", leads_to="note", message="m", part="reflection", start=9, end=24)
        found = evidence(parts, "reflection", "Write to ada@example.org today.")
        one = review(parts, findings=(finding,), scores=(score(evidence=(found,)), sure()))
        assert "ada" not in render_review_sheet(one, parts, rubric=RUBRIC)
        assert "ada@example.org" in render_review_sheet(one, parts, rubric=RUBRIC, show_personal_data=True)

    def test_evidence_that_the_engine_covered_is_taken_for_what_it_quotes(self) -> None:
        parts = reflection("Write to ada@example.org today.")
        found = evidence(parts, "reflection", "Write to ada@example.org today.")
        covered = found.model_copy(update={"text": f"Write to {'█' * 15} today."})
        one = review(parts, scores=(score(evidence=(covered,)), sure()))
        assert "today." in Page(render_review_sheet(one, parts, rubric=RUBRIC)).marked("k1")


class TestNumbers:
    def test_each_level_shows_its_probability(self) -> None:
        words = " ".join(Page(render_review_sheet(review(), PARTS, rubric=RUBRIC)).text.split())
        assert "1 Not yet 55% 90% set 2 Developing required 35% in set 3 Proficient 10%" in words

    def test_a_missing_certificate_is_said(self) -> None:
        one = review(certificate=None)
        assert "No guarantee" in render_review_sheet(one, PARTS, rubric=RUBRIC)

    def test_unknown_disagreement_is_said(self) -> None:
        assert "how far raters differ is not known" in render_review_sheet(full_review(), PARTS, rubric=RUBRIC)

    def test_a_long_scale_shows_what_is_likely(self) -> None:
        levels = [{"level": level, "name": f"L{level}"} for level in range(61)]
        criterion = {"id": "taught", "title": "Taught", "required_level": 40, "levels": levels}
        rubric = RUBRIC.model_validate(RUBRIC.model_dump() | {"criteria": [criterion], "award": None})
        far = score(
            level=3, probabilities={str(n): 0.8 if n == 3 else 0.2 if n == 4 else 0.0 for n in range(61)},
            prediction_set=(3, 4), next_level=None,
        )  # fmt: skip
        one = review(rubric=review().rubric.model_copy(update={"digest": rubric.digest}), scores=(far,))
        assert "58 more levels" in render_review_sheet(one, PARTS, rubric=rubric)


class TestBlindSheet:
    def test_says_nothing_that_the_model_said(self) -> None:
        text = Page(render_review_sheet(full_review(), PARTS, rubric=RUBRIC, blind=True)).text
        assert not re.search(r"\d%|Suggested|reviewer\.|guarantee|Evidence|cold|set", text)

    def test_is_the_same_whatever_the_scores_and_the_route(self) -> None:
        other = review(scores=(sure("taught"), score("kept")), route="suggest", reasons=(), certificate=None)
        blind = [render_review_sheet(one, PARTS, rubric=RUBRIC, blind=True) for one in (review(), other)]
        assert blind[0] == blind[1]

    def test_shows_findings_and_every_descriptor(self) -> None:
        text = Page(render_review_sheet(full_review(), PARTS, rubric=RUBRIC, blind=True)).text
        descriptors = [level.descriptor for criterion in RUBRIC.criteria for level in criterion.levels]
        assert all(one in text for one in ("The reflection has 3 sentences.", *descriptors))

    def test_offers_each_level_and_not_scorable(self) -> None:
        page = Page(render_review_sheet(review(), PARTS, rubric=RUBRIC, blind=True))
        assert [a["value"] for tag, a in page.elements if tag == "input"] == ["1", "2", "3", ""] * 2


class TestFaults:
    def test_another_text_is_refused(self) -> None:
        parts = (Part(part="reflection", kind="reflection", text="Another."), PARTS[1])
        with pytest.raises(SubmissionError, match="part 'reflection' has 8 characters"):
            render_review_sheet(review(), parts, rubric=RUBRIC)

    def test_a_missing_part_is_refused(self) -> None:
        with pytest.raises(SubmissionError, match="made of the parts plan-7 and reflection, but the parts given are r"):
            render_review_sheet(review(), PARTS[:1], rubric=RUBRIC)

    def test_evidence_out_of_place_is_refused(self) -> None:
        wrong = evidence(PARTS, "reflection", "It felt calmer.").model_copy(update={"start": 2, "end": 17})
        one = review(scores=(score(evidence=(wrong,)), sure()))
        with pytest.raises(SubmissionError, match="spans count Unicode code points"):
            render_review_sheet(one, PARTS, rubric=RUBRIC)

    def test_another_rubric_is_refused(self) -> None:
        with pytest.raises(RubricError, match="give the rubric that the review was made with"):
            render_review_sheet(review(), PARTS, rubric=RUBRIC.model_copy(update={"version": "2.0.0"}))


class TestGolden:
    def test_sheet(self, golden: Callable[[str, str], None]) -> None:
        golden("report/review_sheet.html", body(render_review_sheet(full_review(), PARTS, rubric=RUBRIC)))

    def test_blind_sheet(self, golden: Callable[[str, str], None]) -> None:
        golden("report/blind_sheet.html", body(render_review_sheet(full_review(), PARTS, rubric=RUBRIC, blind=True)))

    def test_returned_sheet(self, golden: Callable[[str, str], None]) -> None:
        golden("report/returned_sheet.html", body(render_review_sheet(returned_review(), PARTS[:1], rubric=RUBRIC)))
