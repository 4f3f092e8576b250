"""Stops: the rule says where sentences start as spaCy's own sentencizer says of the whole line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewkit.text.segmenter import SegmenterSettings, _pipeline, _stop_rule
from reviewkit.text.stops import STOPS, StopRule

PIPELINE = _pipeline(SegmenterSettings())
PIECES = ["ab", "A", "We", "wait", " ", "  ", "\t", "\u00a0", ".", "!", "?", "...", "\u2026", '"', "'", "(", ")", "-",
          "1", "Mr.", "e.g.", "a.m.", "don't", "3.5", "http://a.org/b", "\u6f22", "\u3002", "\u00e9"]  # fmt: skip


def by_pipeline(line: str) -> list[int]:
    return [sentence.start_char for sentence in PIPELINE(line).sents]


class TestStopRule:
    @given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=15).map("".join))
    @settings(max_examples=300, deadline=None)
    def test_starts_are_those_of_the_whole_pipeline(self, line: str) -> None:
        rule = _stop_rule(PIPELINE)
        assert rule is not None
        assert rule.starts(line) == by_pipeline(line)

    def test_a_start_skips_what_closes_the_sentence_before(self) -> None:
        rule = StopRule(lambda word: [(at, letter in STOPS, not letter.isalnum()) for at, letter in enumerate(word)])
        assert rule.starts('So?" (He left.) We') == [0, 6, 16]

    def test_only_words_around_stops_are_cut(self) -> None:
        rule = StopRule(lambda word: pytest.fail(f"asked for {word!r}"))
        assert rule.starts("nothing ends here, and nothing starts") == [0]

    def test_a_language_whose_words_are_not_parted_by_blanks_has_no_such_rule(self) -> None:
        assert _stop_rule(_pipeline(SegmenterSettings(language="zh"))) is None
