import re

from hypothesis import given
from hypothesis import strategies as st

from reviewkit.report.page_names import page_name


class TestPageName:
    @given(st.text(min_size=1, max_size=200), st.integers(1, 9))
    def test_holds_only_safe_characters(self, submission_id: str, attempt: int) -> None:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,60}\.html", page_name(submission_id, attempt))

    @given(st.lists(st.text(min_size=1, max_size=50), unique=True, max_size=20))
    def test_keeps_ids_apart_even_where_case_does_not_count(self, ids: list[str]) -> None:
        assert len({page_name(one, 1).lower() for one in ids}) == len(ids)

    def test_keeps_look_alikes_apart(self) -> None:
        names = {page_name(one, 1).lower() for one in ("a/b", "a.b", "a-b", "A-B", "ä-b", "a\u0308-b", "../a-b")}
        assert len(names) == 7

    def test_keeps_attempts_apart(self) -> None:
        assert page_name("s1", 1) != page_name("s1", 2)

    def test_is_the_same_in_every_run(self) -> None:
        assert page_name("cm-demo-1", 1) == "cm-demo-1-542b2d6e6d89175f.html"

    def test_an_id_without_latin_letters_has_a_name(self) -> None:
        assert page_name("提出物", 1).startswith("submission-")
