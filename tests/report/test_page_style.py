import base64
import hashlib
import re
from importlib.resources import files

import pytest
from review_examples import PARTS, RUBRIC, Page, full_review, review

from reviewkit.report.review_pages import render_index, render_review_sheet, render_teacher_page

STYLE = files("reviewkit.report").joinpath("templates", "style.css").read_text(encoding="utf-8")
SCHEMES = re.findall(r":root \{(.*?)\}", STYLE, flags=re.DOTALL)
COLOURS = [dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6})", scheme)) for scheme in SCHEMES]
READ = [f"k{number}" for number in range(9)] + ["ink", "quiet", "link"]


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * one for one in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


class TestContrast:
    @pytest.mark.parametrize("name", READ)
    @pytest.mark.parametrize("ground", ["paper", "sheet"])
    def test_is_at_least_what_wcag_aa_asks_of_text(self, name: str, ground: str) -> None:
        assert len(COLOURS) == 3  # light, dark, print
        assert min(contrast(scheme[name], scheme[ground]) for scheme in COLOURS) >= 4.5


class TestStyle:
    def test_is_the_one_that_the_policy_names(self) -> None:
        page = render_review_sheet(review(), PARTS, rubric=RUBRIC)
        inline = page[page.index("<style>") + 7 : page.index("</style>")]
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert f"&#39;sha256-{digest}&#39;" in page

    def test_no_element_carries_a_style_of_its_own(self) -> None:
        assert Page(render_review_sheet(full_review(), PARTS, rubric=RUBRIC)).attributes("style") == []

    def test_fetches_nothing(self) -> None:
        assert not re.search(r"url\(|@import|http", STYLE)


class TestPages:
    @pytest.mark.parametrize(
        "page",
        [
            render_review_sheet(full_review(), PARTS, rubric=RUBRIC),
            render_review_sheet(full_review(), PARTS, rubric=RUBRIC, blind=True),
            render_teacher_page(full_review(), PARTS, rubric=RUBRIC),
            render_index([full_review()], rubric=RUBRIC),
        ],
        ids=["sheet", "blind", "teacher", "index"],
    )
    def test_have_a_language_a_title_one_main_and_one_first_heading(self, page: str) -> None:
        tags = [tag for tag, _ in Page(page).elements]
        assert [tags.count(one) for one in ("title", "main", "h1")] == [1, 1, 1]
        assert page.startswith('<!doctype html>\n<html lang="en">')
