from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from review_examples import PARTS, RUBRIC, Page, body, full_review, returned_review, review, score, sure

from reviewkit.errors import RubricError, SubmissionError
from reviewkit.records import Part, Reason, ReviewRecord
from reviewkit.report.review_pages import render_index, write_review_pages

HOSTILE_IDS = ("../../etc/passwd", "..", "a/b", "A/B", "CON", "提出物", "x" * 200, "<script>", "a\u202eb", "%2e%2e%2f")


def standing() -> ReviewRecord:
    return review(submission_id="s-3", route="suggest", reasons=(), scores=(sure("taught"), sure()))


def external(html: str) -> list[str]:
    page = Page(html)
    links = page.attributes("href") + page.attributes("src")
    return [link for link in links if "//" in link or link.startswith(("/", "javascript:", "data:"))]


class TestIndex:
    def test_counts_each_route(self) -> None:
        page = Page(render_index([review(), returned_review(), standing(), full_review()], rubric=RUBRIC))
        words = " ".join(page.text.split())
        assert "Suggestion stands 1 For a reviewer 2 Back to the teacher 1" in words

    def test_keeps_the_order_given(self) -> None:
        text = Page(render_index([standing(), returned_review(), review()], rubric=RUBRIC)).text
        assert text.index("s-3") < text.index("s-2") < text.index("s-1")

    def test_an_audit_looks_like_a_close_call(self) -> None:
        audited = review(reasons=(Reason(code="audit"),), scores=(score(stands=True), sure()), review_probability=0.05)
        assert render_index([audited], rubric=RUBRIC) == render_index([review()], rubric=RUBRIC)

    def test_of_nothing_says_so(self) -> None:
        assert "No submissions." in render_index([], rubric=RUBRIC)

    def test_of_another_rubric_is_refused(self) -> None:
        with pytest.raises(RubricError, match="review of 's-1'"):
            render_index([review()], rubric=RUBRIC.model_copy(update={"version": "2"}))

    def test_golden(self, golden: Callable[[str, str], None]) -> None:
        golden("report/index.html", body(render_index([full_review(), returned_review(), standing()], rubric=RUBRIC)))


class TestWriteReviewPages:
    def test_hostile_ids_stay_in_the_folder(self, tmp_path: Path) -> None:
        folder = tmp_path / "deep" / "pages"
        write_review_pages(folder, [(review(submission_id=one), PARTS) for one in HOSTILE_IDS], rubric=RUBRIC)
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert len(files) == 2 * len(HOSTILE_IDS) + 1
        assert all(path.is_relative_to(folder) for path in files)

    def test_every_link_of_the_index_leads_to_a_page(self, tmp_path: Path) -> None:
        write_review_pages(tmp_path, [(review(submission_id=one), PARTS) for one in HOSTILE_IDS], rubric=RUBRIC)
        links = Page((tmp_path / "index.html").read_text(encoding="utf-8")).attributes("href")
        assert len(links) == 2 * len(HOSTILE_IDS)
        assert all((tmp_path / link).is_file() for link in links)

    def test_no_page_names_another_place(self, tmp_path: Path) -> None:
        pages: list[tuple[ReviewRecord, Sequence[Part]]] = [(full_review(), PARTS), (returned_review(), PARTS[:1])]
        write_review_pages(tmp_path, pages, rubric=RUBRIC)
        found = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.html")]
        assert len(found) == 5
        assert not [link for html in found for link in external(html)]
        assert not [html for html in found if "http://" in html or "https://" in html or "url(" in html]

    def test_takes_reviews_one_by_one(self, tmp_path: Path) -> None:
        def reviews() -> Iterator[tuple[ReviewRecord, Sequence[Part]]]:
            yield review(submission_id="first"), PARTS
            assert len(list((tmp_path / "review").iterdir())) == 1
            yield review(submission_id="second"), PARTS

        write_review_pages(tmp_path, reviews(), rubric=RUBRIC)
        assert len(list((tmp_path / "review").iterdir())) == 2

    def test_the_same_attempt_twice_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(SubmissionError, match="submission 's-1', attempt 1: its review comes twice"):
            write_review_pages(tmp_path, [(review(), PARTS), (review(), PARTS)], rubric=RUBRIC)

    def test_a_second_run_writes_the_same_bytes(self, tmp_path: Path) -> None:
        for _ in range(2):
            write_review_pages(tmp_path, [(full_review(), PARTS)], rubric=RUBRIC)
        first = {path.name: path.read_bytes() for path in tmp_path.rglob("*.html")}
        write_review_pages(tmp_path, [(full_review(), PARTS)], rubric=RUBRIC)
        assert first == {path.name: path.read_bytes() for path in tmp_path.rglob("*.html")}
