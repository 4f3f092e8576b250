"""The rating sheet as a reviewer uses it: opened in a browser, filled in, saved, and read back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewkit.review.filled_sheet import store_rating_sheet
from reviewkit.review.ledger import ReviewLedger
from reviewkit.review.queue import ReviewQueue
from reviewkit.review.rating_sheet import write_rating_sheet
from tests.review.browser import CHROMIUM, Browser, browser
from tests.review.program import suggestion

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine to open the sheet in")


@pytest.fixture
def sheet(ledger: ReviewLedger, tmp_path: Path) -> Path:
    ledger.append_all([suggestion("s1"), suggestion("s2", teacher_id="t2", text="A second text.")])
    path = tmp_path / "sheet.html"
    write_rating_sheet(path, ReviewQueue(ledger).lease("r1", n_cases=2), ledger=ledger, reviewer_id="r1")
    return path


@pytest.fixture
def page(sheet: Path, tmp_path: Path) -> Iterator[Browser]:
    with browser(tmp_path) as opened:
        opened.open(sheet)
        yield opened


def saved(page: Browser, folder: Path) -> Path:
    page.click("#save")
    name = page.until("Browser.downloadWillBegin")["suggestedFilename"]
    while page.until("Browser.downloadProgress")["state"] != "completed":
        pass
    return folder / name


class TestInTheBrowser:
    def test_what_is_filled_in_with_mouse_and_keys_comes_back_into_the_ledger(
        self, page: Browser, ledger: ReviewLedger, tmp_path: Path
    ) -> None:
        page.click("#case-1 fieldset:nth-of-type(1) input[value='2']")
        page.click("#case-1 fieldset:nth-of-type(1) textarea")
        page.call("Input.insertText", text="A clear cue, \u201ceyes on me\u201d.")
        page.click("#case-1 fieldset:nth-of-type(2) input[value='1']")
        page.press("4")
        page.click("#case-1 [data-step='1']")
        page.click("#case-2 fieldset:nth-of-type(1) input[value='not-scorable']")
        assert page.evaluate("document.getElementById('progress').textContent") == "1 of 2 rated, not saved yet"
        path = saved(page, tmp_path)
        assert page.evaluate("document.getElementById('progress').textContent") == "1 of 2 rated"
        assert store_rating_sheet(path, ledger=ledger).n_stored == 3
        found = {(one.submission_id, one.criterion_id): one for one in ledger.ratings()}
        assert {key: one.level for key, one in found.items()} == {
            ("s1", "taught"): 2,
            ("s1", "kept"): 4,
            ("s2", "taught"): None,
        }
        assert found["s1", "taught"].rationale == "A clear cue, \u201ceyes on me\u201d."
        assert all(one.blind for one in found.values())

    def test_a_saved_file_fills_the_sheet_again_and_comes_back_without_harm(
        self, page: Browser, ledger: ReviewLedger, sheet: Path, tmp_path: Path
    ) -> None:
        page.click("#case-1 fieldset:nth-of-type(1) input[value='3']")
        first = saved(page, tmp_path)
        store_rating_sheet(first, ledger=ledger)
        page.open(sheet)
        page.evaluate(f"""{{
            const given = new DataTransfer();
            given.items.add(new File([{json.dumps(first.read_text(encoding="utf-8"))}], "saved.json"));
            const input = document.getElementById("load");
            input.files = given.files;
            input.dispatchEvent(new Event("change"));
        }}""")
        shown = "new Promise((done) => setTimeout(() => done(document.getElementById('message').textContent), 200))"
        assert page.evaluate(shown) == "1 of the file\u2019s 1 ratings were filled in."
        again = store_rating_sheet(saved(page, tmp_path), ledger=ledger)
        assert (again.n_stored, again.n_known) == (0, 1)

    def test_it_asks_no_network_for_anything(self, page: Browser) -> None:
        assert page.evaluate("performance.getEntriesByType('resource').length") == 0

    def test_nothing_is_wider_than_a_narrow_screen(self, page: Browser) -> None:
        page.call("Emulation.setDeviceMetricsOverride", width=400, height=900, deviceScaleFactor=1, mobile=True)
        assert page.evaluate("document.documentElement.scrollWidth") == 400

    def test_in_print_every_case_is_there_in_black_whatever_the_screens_colours(self, page: Browser) -> None:
        dark = [{"name": "prefers-color-scheme", "value": "dark"}]
        page.call("Emulation.setEmulatedMedia", media="print", features=dark)
        looks = page.evaluate("""[...document.querySelectorAll(".case")].map((one) => [
            getComputedStyle(one).display, getComputedStyle(one.querySelector(".text")).color,
            getComputedStyle(one.querySelector("fieldset")).backgroundColor,
            getComputedStyle(one.querySelector("input")).accentColor,
        ])""")
        assert looks == [["block", "rgb(0, 0, 0)", "rgb(255, 255, 255)", "rgb(0, 0, 0)"]] * 2
