from hypothesis import given
from hypothesis import strategies as st

from reviewkit.report.marked_text import Mark, marked_runs


def mark(start: int, end: int, label: str = "A1") -> Mark:
    return Mark(start, end, label, "k1", "e", "q", "")


marks = st.lists(
    st.builds(lambda start, length, label: mark(start, start + length, label), st.integers(-3, 40), st.integers(0, 20),
              st.sampled_from(["A1", "B1", "!1"])),
    max_size=8,
)  # fmt: skip


class TestMarkedRuns:
    def test_overlap_is_a_run_of_its_own(self) -> None:
        runs = marked_runs("abcdef", [mark(0, 4, "A1"), mark(2, 6, "B1")])
        assert [(run.text, "".join(one.label for one in run.marks)) for run in runs] == [
            ("ab", "A1"),
            ("cd", "A1B1"),
            ("ef", "B1"),
        ]

    def test_a_mark_opens_once(self) -> None:
        runs = marked_runs("abcdef", [mark(0, 6, "A1"), mark(2, 4, "B1")])
        assert [[one.label for one in run.opens] for run in runs] == [["A1"], ["B1"], []]

    def test_the_longer_of_two_that_begin_together_lies_outside(self) -> None:
        (first, _) = marked_runs("abcd", [mark(0, 2, "B1"), mark(0, 4, "A1")])
        assert [one.label for one in first.marks] == ["A1", "B1"]

    def test_code_points_are_counted_not_bytes_or_graphemes(self) -> None:
        text = "👩‍🏫 e\u0301 x"
        assert [run.text for run in marked_runs(text, [mark(4, 6)])] == ["👩‍🏫 ", "e\u0301", " x"]

    def test_what_lies_outside_the_text_is_left_out(self) -> None:
        assert marked_runs("ab", [mark(2, 9), mark(-5, 0), mark(1, 1)]) == marked_runs("ab", [])

    def test_an_empty_text_has_no_runs(self) -> None:
        assert marked_runs("", [mark(0, 3)]) == ()

    @given(st.text(max_size=40), marks)
    def test_the_runs_put_together_are_the_text(self, text: str, spans: list[Mark]) -> None:
        assert "".join(run.text for run in marked_runs(text, spans)) == text

    @given(st.text(min_size=1, max_size=40), marks)
    def test_each_code_point_lies_under_just_its_marks(self, text: str, spans: list[Mark]) -> None:
        found = [sorted(one.label for one in run.marks) for run in marked_runs(text, spans) for _ in run.text]
        assert found == [sorted(one.label for one in spans if one.start <= at < one.end) for at in range(len(text))]
