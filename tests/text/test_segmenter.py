"""Segments: where they begin and end, and that nothing is dropped."""

import itertools
import pickle
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewkit.errors import DependencyError, SettingsError
from reviewkit.records import Part, Segment
from reviewkit.text.segmenter import Segmenter, SegmenterSettings
from reviewkit.text.windows import estimated_tokens

SEGMENTER = Segmenter()
SMALL = Segmenter(settings=SegmenterSettings(max_tokens=5), count_tokens=len)


def part(text: str) -> Part:
    return Part(part="reflection", kind="reflection", text=text)


def texts(text: str, *, segmenter: Segmenter = SEGMENTER) -> list[str]:
    return [segment.text for segment in segmenter.segment(part(text))]


def uncovered(text: str, segments: tuple[Segment, ...]) -> str:
    kept = list(text)
    for segment in segments:
        kept[segment.start : segment.end] = [" "] * segment.n_chars
    return "".join(kept).strip()


class TestSentences:
    @pytest.mark.parametrize(
        "sentence",
        [
            "I used e.g. cards with Mr. Lee and Dr. Who.",
            "It took approx. 3.5 min. on average.",
            "See p. 12, fig. 3 and Yr. 9 notes.",
            "I was... tired.",
            '"Why?" she asked.',
            "We met at 10 a.m. on Monday.",
            "J. Smith wrote it.",
        ],
    )
    def test_stay_whole_where_a_full_stop_ends_none(self, sentence: str) -> None:
        assert texts(sentence) == [sentence]

    def test_end_at_full_stops_and_marks(self) -> None:
        assert texts("I asked. They waited! Why? Because.") == ["I asked.", "They waited!", "Why?", "Because."]

    def test_keep_their_quotation_marks(self) -> None:
        assert texts('He said "Stop." Then "go." Fine.') == ['He said "Stop."', 'Then "go."', "Fine."]

    def test_end_without_a_blank_in_chinese(self) -> None:
        assert texts("我很高兴。学生们笑了。") == ["我很高兴。", "学生们笑了。"]

    def test_are_bounded_by_lines_and_items(self) -> None:
        assert texts("Plan\n1. Ask. Wait.\n- pairs\r\n(b) share") == [
            "Plan",
            "1. Ask.",
            "Wait.",
            "- pairs",
            "(b) share",
        ]

    def test_of_white_space_are_none(self) -> None:
        assert texts(" \n\t\u2003\r\n") == []


class TestCover:
    @given(st.text(alphabet=st.sampled_from(list("ab A.!?\"'()\n\r\t\u2028漢。é\u0301\u200b1-*")), max_size=200))
    @settings(max_examples=150, deadline=None)
    def test_every_character_but_white_space_is_held_once(self, text: str) -> None:
        segments = SEGMENTER.segment(part(text))
        assert uncovered(text, segments) == ""
        assert all(one.end <= two.start for one, two in itertools.pairwise(segments))
        assert all(one.text == text[one.start : one.end] == one.text.strip() != "" for one in segments)

    @given(st.text(max_size=300))
    @settings(max_examples=80, deadline=None)
    def test_any_text_is_covered_within_small_windows(self, text: str) -> None:
        segments = SMALL.segment(part(text))
        assert uncovered(text, segments) == ""
        assert max((one.n_chars for one in segments), default=0) <= 5

    @pytest.mark.parametrize(
        "text",
        ["word " * 600, "漢" * 2000, "x" * 10_000, "a" + "\u0301" * 3000, "." * 5000, "(" * 5000, "a.b?c! " * 900],
        ids=["600 words without a full stop", "2,000 CJK characters", "one word of 10,000 letters", "combining marks",
             "full stops", "brackets", "marks"],
    )  # fmt: skip
    def test_long_stretches_fit_the_window(self, text: str) -> None:
        segments = SEGMENTER.segment(part(text))
        assert uncovered(text, segments) == ""
        assert max(estimated_tokens(one.text) for one in segments) <= 254

    def test_words_are_whole_where_they_fit(self) -> None:
        assert set(" ".join(texts("alpha beta gamma " * 300)).split()) == {"alpha", "beta", "gamma"}

    def test_no_token_is_asked_for_where_the_text_is_short(self) -> None:
        segmenter = Segmenter(count_tokens=lambda text: pytest.fail(f"asked for {text!r}"))
        assert len(texts("Short. Sentences. " * 40, segmenter=segmenter)) == 80

    def test_the_given_counter_decides(self) -> None:
        segmenter = Segmenter(settings=SegmenterSettings(max_tokens=3), count_tokens=lambda text: len(text.split()))
        assert texts("one two three four five six seven", segmenter=segmenter) == [
            "one two three",
            "four five six",
            "seven",
        ]


class TestSegmenter:
    def test_is_the_same_in_threads_and_after_a_pickle(self) -> None:
        text = "I asked Mr. Lee. He waited. " * 20
        again = pickle.loads(pickle.dumps(SEGMENTER))
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(lambda _: SEGMENTER.segment(part(text)), range(16)))
        assert all(one == results[0] for one in results)
        assert again.segment(part(text)) == results[0]

    @pytest.mark.parametrize(
        "text", ["no stop " * 120_000, "a." * 200_000, "\n" * 1_000_000], ids=["words", "stops", "lines"]
    )
    def test_takes_a_huge_text_in_linear_time(self, text: str) -> None:
        begun = time.process_time()
        SEGMENTER.segment(part(text))
        assert time.process_time() - begun < 60  # quadratic time takes many minutes

    def test_says_which_model_is_missing(self) -> None:
        segmenter = Segmenter(settings=SegmenterSettings(model="no_such_model"))
        with pytest.raises(DependencyError, match=r"'no_such_model' is not installed; .* leave model out"):
            segmenter.segment(part("One. Two."))

    def test_says_which_language_is_unknown(self) -> None:
        with pytest.raises(SettingsError, match="language is 'qq'"):
            Segmenter(settings=SegmenterSettings(language="qq")).segment(part("One. Two."))
