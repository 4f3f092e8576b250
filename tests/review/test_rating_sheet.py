"""The page to rate on: what it shows, what it never shows, and its way back."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from reviewkit.errors import LedgerError, OutputExistsError, RatingsError
from reviewkit.review.filled_sheet import read_rating_sheet, store_rating_sheet
from reviewkit.review.ledger import ReviewLedger
from reviewkit.review.queue import ReviewQueue
from reviewkit.review.rating_sheet import render_rating_sheet, write_rating_sheet
from tests.review.program import rating, read_through, suggestion

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)> \"'{{ 7*7 }} &lt; 😀 \u202e"


class Page(HTMLParser):
    """Tags, attributes and text of a page, as a browser would find them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.inside = ""
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.inside = tag
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        {"script": self.scripts, "style": self.styles}.get(self.inside, self.texts).append(data)

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.attributes if key == name]


def page_of(ledger: ReviewLedger) -> Page:
    return Page(render_rating_sheet(ReviewQueue(ledger).lease("r1", n_cases=9), ledger=ledger, reviewer_id="r1"))


def filled(page: Page, *ratings: dict[str, Any], **fields: Any) -> str:
    names = {
        name: page.values(f"data-{name.replace('_', '-')}")[0] for name in ("sheet_id", "ledger_id", "reviewer_id")
    }
    sheet = {"schema": "reviewkit/rating-sheet/1", "saved_at": "2026-03-02T10:00:00Z", "ratings": list(ratings)}
    return json.dumps(sheet | names | fields)


def answer(criterion_id: str = "taught", level: float | None = 3, **fields: Any) -> dict[str, Any]:
    return {"submission_id": "s1", "criterion_id": criterion_id, "level": level, "outcome": "scored"} | fields


class TestPage:
    def test_a_hostile_text_stays_text(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion("<s1>", text=HOSTILE))
        page = page_of(ledger)
        assert HOSTILE in page.texts
        assert (page.tags.count("script"), "img" in page.tags, "b" in page.tags) == (1, False, False)
        assert page.values("data-submission-id") == ["<s1>"]

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(text=st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), min_size=1))
    def test_any_text_stands_in_the_page_as_it_is(self, ledger: ReviewLedger, text: str) -> None:
        name = hashlib.sha256(text.encode()).hexdigest()
        ledger.append(suggestion(name, text=text))
        case = [one for one in ReviewQueue(ledger).waiting() if one.submission_id == name]
        page = Page(render_rating_sheet(case, ledger=ledger, reviewer_id="r1"))
        assert text in "".join(page.texts)

    def test_it_fetches_nothing_and_runs_only_its_own_script(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion())
        page = page_of(ledger)
        policy = next(value for value in page.values("content") if "default-src" in value)
        assert policy.startswith("default-src 'none'; ")
        assert [source_hash(page.styles), source_hash(page.scripts)] == re.findall(r"'(sha256-[^']+)'", policy)
        assert page.values("src") == []
        assert all(value.startswith("#") for value in page.values("href"))
        assert not re.search(r"https?://|@import|url\(", "".join(page.styles + page.scripts))

    def test_it_shows_texts_and_descriptors_and_nothing_of_the_score(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion(level=2, reasons=("audit",), review_probability=0.05))
        page = page_of(ledger)
        shown = " ".join(page.texts)
        assert "Text of the reflection." in shown
        assert "Nothing is <b>shown</b>." in shown
        assert not re.search(r"audit|probab|suggest|teacher-1|0\.4|pupils lead", shown)
        assert "checked" not in [name for name, _ in page.attributes]

    def test_two_suggestions_give_the_same_page(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion(level=2))
        before = page_of(ledger).texts
        ledger.append(suggestion(level=4, reasons=("cold", "audit")))
        assert [text for text in page_of(ledger).texts if "sheet " not in text] == [
            text for text in before if "sheet " not in text
        ]

    def test_every_input_has_a_label_and_every_group_a_name(self, ledger: ReviewLedger) -> None:
        ledger.append(suggestion())
        page = page_of(ledger)
        assert page.tags.count("fieldset") == page.tags.count("legend") == 2
        assert len(page.values("id")) == len(set(page.values("id")))
        assert set(page.values("for")) <= set(page.values("id"))
        assert page.values("type").count("radio") == 2 * 5

    def test_no_case_no_page(self, ledger: ReviewLedger) -> None:
        with pytest.raises(LedgerError, match="a rating sheet needs a case, and none was given"):
            render_rating_sheet([], ledger=ledger, reviewer_id="r1")

    def test_a_page_that_stands_is_refused(self, ledger: ReviewLedger, tmp_path: Path) -> None:
        ledger.append(suggestion())
        (tmp_path / "sheet.html").touch()
        with pytest.raises(OutputExistsError):
            write_rating_sheet(tmp_path / "sheet.html", ReviewQueue(ledger).waiting(), ledger=ledger, reviewer_id="r1")


class TestWayBack:
    @pytest.fixture
    def page(self, ledger: ReviewLedger) -> Page:
        ledger.append(suggestion())
        return page_of(ledger)

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "ratings.json"

    def test_ratings_come_back_blind_by_the_sheets_reviewer(self, ledger: ReviewLedger, page: Page, path: Path) -> None:
        path.write_text(filled(page, answer(rationale="Rehearsed."), answer("kept", None, outcome="not-scorable")))
        stored = store_rating_sheet(path, ledger=ledger)
        assert (stored.n_stored, stored.n_known, stored.n_not_blind) == (2, 0, 0)
        assert [(one.rater_id, one.level, one.blind, one.rationale) for one in ledger.ratings()] == [
            ("r1", 3, True, "Rehearsed."),
            ("r1", None, True, None),
        ]
        assert ReviewQueue(ledger).waiting() == []

    def test_the_same_file_twice_adds_nothing(self, ledger: ReviewLedger, page: Page, path: Path) -> None:
        path.write_text(filled(page, answer(), answer("kept")))
        store_rating_sheet(path, ledger=ledger)
        assert store_rating_sheet(path, ledger=ledger).n_known == 2
        assert ledger.counts()["rating"] == 2

    def test_a_file_saved_again_adds_what_changed(self, ledger: ReviewLedger, page: Page, path: Path) -> None:
        path.write_text(filled(page, answer(), answer("kept")))
        store_rating_sheet(path, ledger=ledger)
        path.write_text(filled(page, answer(level=2), answer("kept")))
        assert store_rating_sheet(path, ledger=ledger).n_stored == 1
        assert sorted((one.criterion_id, one.level) for one in ledger.ratings()) == [("kept", 3), ("taught", 2)]

    def test_a_level_changed_back_is_a_change(self, ledger: ReviewLedger, page: Page, path: Path) -> None:
        for level in (3, 2, 3):
            path.write_text(filled(page, answer(level=level)))
            store_rating_sheet(path, ledger=ledger)
        assert [one.level for one in ledger.ratings()] == [3]
        assert ledger.counts()["rating"] == 3

    def test_who_saw_the_suggestion_meanwhile_is_not_blind(self, ledger: ReviewLedger, page: Page, path: Path) -> None:
        ledger.show_suggestion("s1", "r1", reason="shown arm")
        path.write_text(filled(page, answer()))
        assert store_rating_sheet(path, ledger=ledger).n_not_blind == 1
        assert not ledger.ratings()[0].blind

    def test_one_refusal_and_nothing_is_kept(self, ledger: ReviewLedger, page: Page, path: Path) -> None:
        path.write_text(filled(page, answer(), answer("tidy"), answer(submission_id="s9")))
        with pytest.raises(LedgerError, match=r"2 ratings refused, and none kept\n.*'tidy'.*\n.*'s9'"):
            store_rating_sheet(path, ledger=ledger)
        assert ledger.ratings() == []

    def test_a_sheet_of_another_ledger(self, ledger: ReviewLedger, page: Page, path: Path) -> None:
        path.write_text(filled(page, answer(), ledger_id="0" * 32))
        with pytest.raises(LedgerError, match=r"was made from another ledger than .*; name the ledger it came from"):
            store_rating_sheet(path, ledger=ledger)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("", "is not JSON"),
            ('{"schema": "reviewkit/rating-sheet/1", "sheet', "is not JSON"),
            ("[1, 2]", "is no filled rating sheet"),
            ('{"a": 1, "a": 2}', "key 'a' stands twice"),
            ("\ufeff{}", "ratings: is missing; add it"),
        ],
    )
    def test_what_the_page_never_saved(self, path: Path, content: str, message: str) -> None:
        path.write_text(content, encoding="utf-8")
        with pytest.raises(RatingsError, match=message) as caught:
            read_rating_sheet(path)
        assert str(path) in str(caught.value)

    def test_every_fault_is_named(self, page: Page, path: Path) -> None:
        path.write_text(filled(page, answer(level="high"), answer(outcome="maybe"), schema="other/1"))
        with pytest.raises(RatingsError) as caught:
            read_rating_sheet(path)
        assert [fault.split(": ")[1] for fault in caught.value.faults] == [
            "schema",
            "ratings[0].level",
            "ratings[1].outcome",
        ]

    def test_a_level_missing_and_a_rating_twice(self, page: Page, path: Path) -> None:
        path.write_text(filled(page, answer(level=None)))
        with pytest.raises(RatingsError, match="has no level; give one, or set outcome to not-scorable"):
            read_rating_sheet(path)
        path.write_text(filled(page, answer(level=1), answer(level=2)))
        with pytest.raises(RatingsError, match=r"ratings\[1\]: rates what ratings\[0\] rates already; keep one"):
            read_rating_sheet(path)

    def test_not_utf_8_and_no_file(self, path: Path) -> None:
        with pytest.raises(RatingsError, match="cannot be read"):
            read_rating_sheet(path)
        path.write_bytes(b'{"a": "\xff"}')
        with pytest.raises(RatingsError, match="byte 7 is not UTF-8; hand in the file as the page saved it"):
            read_rating_sheet(path)

    def test_ratings_of_other_reviewers_are_left_alone(self, ledger: ReviewLedger, page: Page, path: Path) -> None:
        read_through(ledger, "s1", "r2")
        ledger.append(rating(rater_id="r2", level=1))
        path.write_text(filled(page, answer()))
        store_rating_sheet(path, ledger=ledger)
        assert {(one.rater_id, one.level) for one in ledger.ratings() if one.criterion_id == "taught"} == {
            ("r1", 3),
            ("r2", 1),
        }


def source_hash(sources: list[str]) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256("".join(sources).encode()).digest()).decode()
