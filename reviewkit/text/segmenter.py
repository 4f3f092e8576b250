"""Parts are cut into segments: sentences and list items that fit the encoder's window."""

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from reviewkit.errors import DependencyError, SettingsError
from reviewkit.records.segment import Part, Segment
from reviewkit.text.stops import STOPS, StopRule, Token
from reviewkit.text.windows import estimated_tokens, windows

Span = tuple[int, int]
STRETCH_CHARS = 20_000  # spaCy gets no more at once, so that time stays linear and its own bound is never met
WORD_CHARS = 500  # a longer run without blanks is no word; spaCy sees it masked, because its rules are slow on it
STRINGS_KEPT = 400_000  # spaCy remembers each word it saw; beyond this many it starts afresh
CLOSING = "\"'\u201d\u2019\u00bb)]}"

_LINE = re.compile(r"[^\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]+")
_MARK = re.compile(
    r"\s*(?:[-*+\u2022\u2023\u25aa\u25cf\u25cb\u25e6\u2043\uf0b7\u00b7\u2013\u2014>]+|#{1,6}"
    r"|[(\[]?(?:\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[ivxIVX]{1,5})[.):\]]+|Q\d{1,2}[.:)])(?=\s)"
)
_STOP_WITHOUT_BLANK = re.compile(
    r"[\u3002\uff01\uff1f\uff61\u0964\u0965\u1362\u104b][\u300d\u300f\u201d\u2019\uff09)\"']*"
)
_LONG_WORD = re.compile(rf"\S{{{WORD_CHARS},}}")
_LAST_WORD = re.compile(r"(?:^|[\s(\[\"'\u201c\u2018])([^\W\d_][\w.]*)\.$")
_OPENING_AT_END = re.compile(r"(?<=\s)[\"'\u201c\u2018(\[\u00ab]+$")


class SegmenterSettings(BaseModel):
    """How text is cut.

    Attributes
    ----------
    max_tokens : int
        Tokens in a segment at most: the encoder's window, less its own marks.
    language : str
        Code of the language whose rules of words spaCy uses; ``"xx"`` for none in particular.
    model : str or None
        Name or path of an installed spaCy model that cuts sentences; None: by rule.
    abbreviations : tuple of str
        Words before a full stop that do not end a sentence where a small letter or a digit follows.
    never_last : tuple of str
        Words before a full stop that never end a sentence.

    Examples
    --------
    A sentence that exceeds the window is cut between words; nothing of it is lost.

    >>> part = Part(part="reflection", kind="reflection", text="We practised the line-up until it took a minute.")
    >>> segmenter = Segmenter(settings=SegmenterSettings(max_tokens=6), count_tokens=lambda text: len(text.split()))
    >>> [segment.text for segment in segmenter.segment(part)]
    ['We practised the line-up until it', 'took a minute.']
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_tokens: int = Field(default=254, ge=1)
    language: str = "en"
    model: str | None = None
    abbreviations: tuple[str, ...] = (
        "etc", "no", "nos", "p", "pp", "min", "mins", "sec", "secs", "hr", "hrs", "ch", "vol", "ed", "eds", "al",
        "a.m", "p.m", "ext", "max", "inc", "ltd", "co", "st", "ms", "am", "pm", "e.g", "i.e", "u.s", "u.k", "approx",
    )  # fmt: skip
    never_last: tuple[str, ...] = (
        "mr", "mrs", "dr", "prof", "yr", "gr", "vs", "cf", "fig", "figs", "approx", "incl", "excl", "resp", "e.g",
        "i.e", "viz", "esp", "sr", "jr", "rev", "hon", "eq", "sect",
    )  # fmt: skip


_SETTINGS = SegmenterSettings()


class Segmenter:
    r"""Cuts the text of a part into segments.

    Line breaks and list items bound segments; within a line spaCy cuts sentences. Segments carry no white space at
    their ends, never overlap, and together hold every other character. One that exceeds the window is cut at a word
    boundary, and inside a word only where that word alone exceeds it: no token is dropped. Threads may share one.

    Parameters
    ----------
    settings : SegmenterSettings, keyword-only
    count_tokens : callable or None, keyword-only
        Tokens that the encoder makes of a text, without its own marks. None: an estimate that errs to too many.

    Raises
    ------
    DependencyError
        If the model named in the settings is not installed.
    SettingsError
        If spaCy has no rules for the language.

    Examples
    --------
    >>> part = Part(part="reflection", kind="reflection", text="I asked Mr. Lee. He waited 2.5 min.\n- Next: pairs")
    >>> [segment.text for segment in Segmenter().segment(part)]
    ['I asked Mr. Lee.', 'He waited 2.5 min.', '- Next: pairs']
    """

    def __init__(
        self, *, settings: SegmenterSettings = _SETTINGS, count_tokens: Callable[[str], int] | None = None
    ) -> None:
        self.settings = settings
        self.count_tokens = count_tokens if count_tokens is not None else estimated_tokens
        self._abbreviations = frozenset(settings.abbreviations)
        self._never_last = frozenset(settings.never_last)
        self._lock = threading.Lock()
        self._pipeline: Any = None
        self._rule: StopRule | None = None
        self._n_strings = 0

    def segment(self, part: Part) -> tuple[Segment, ...]:
        """Return the segments of a part, in order; none where its text is only white space."""
        text = part.text
        spans = (window for sentence in self._sentences(text) for window in self._windows(text, sentence))
        return tuple(
            Segment(part=part.part, start=start, end=end, text=text[start:end])
            for start, end in (_stripped(text, span) for span in spans)
            if start < end
        )

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key not in {"_lock", "_pipeline", "_rule"}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.Lock(), _pipeline=None, _rule=None)

    def _windows(self, text: str, sentence: Span) -> Iterator[Span]:
        return windows(text, sentence, max_tokens=self.settings.max_tokens, count_tokens=self.count_tokens)

    def _sentences(self, text: str) -> Iterator[Span]:
        for match in _LINE.finditer(text):
            for start, end in _stretches(text, match.span()):
                line = text[start:end]
                mark = _MARK.match(line)
                body = mark.end() if mark and mark.end() < len(line) else 0
                bounds = self._bounds(line, body)
                yield from ((start + a, start + b) for a, b in zip(bounds, [*bounds[1:], len(line)], strict=True))

    def _bounds(self, line: str, body: int) -> list[int]:
        """Return where the sentences of a line begin, the first at 0."""
        candidates = self._candidates(line, body)
        bounds = [0]
        for at in (_before_opening(line, one) for one in sorted(candidates)):
            if bounds[-1] < at < len(line) and self._ends_sentence(line, bounds[-1], at):
                bounds.append(at)
        return bounds

    def _candidates(self, line: str, body: int) -> set[int]:
        masked = _LONG_WORD.sub(_masked, line) if len(line) > WORD_CHARS else line
        found = {body + start for start in self._spacy_starts(masked[body:])} - {body}
        if not line.isascii():
            found.update(match.end() for match in _STOP_WITHOUT_BLANK.finditer(line, body))
        return found

    def _spacy_starts(self, line: str) -> list[int]:
        if not any(stop in line[:-1] for stop in ".!?\u2026") and self.settings.model is None and line.isascii():
            return [0]
        with self._lock:
            pipeline = self._ready()
            if self._rule is not None:
                return self._rule.starts(line)
            return [sentence.start_char for sentence in pipeline(line).sents]

    def _ends_sentence(self, line: str, start: int, at: int) -> bool:
        """Say whether a sentence ends before ``at``: not after an abbreviation, nor inside what a quotation frames."""
        before, following = line[start:at].rstrip(), line[at:].lstrip()
        if not before or not following or not any(map(str.isalnum, before)) or not any(map(str.isalnum, following)):
            return False
        small = following[0].islower()
        if small and (before[-1] in CLOSING or before.endswith(("...", "\u2026"))):
            return False
        word = _LAST_WORD.search(before[-20:])
        if word is None:
            return True
        name = word[1].lower()
        return name not in self._never_last and not (name in self._abbreviations and (small or following[0].isdigit()))

    def _ready(self) -> Any:
        if self._pipeline is None or len(self._pipeline.vocab.strings) > self._n_strings + STRINGS_KEPT:
            self._pipeline = _pipeline(self.settings)
            self._n_strings = len(self._pipeline.vocab.strings)
            self._rule = _stop_rule(self._pipeline) if self.settings.model is None else None
        return self._pipeline


def _pipeline(settings: SegmenterSettings) -> Any:
    import spacy

    if settings.model is not None:
        return _installed_model(settings.model)
    try:
        pipeline = spacy.blank(settings.language)
    except ImportError:
        raise SettingsError(
            f"language is {settings.language!r}, which spaCy has no rules for; use 'xx' for rules of no one language."
        ) from None
    pipeline.add_pipe("sentencizer", config={"punct_chars": sorted(STOPS)})
    return pipeline


def _stop_rule(pipeline: Any) -> StopRule | None:
    """Return the pipeline's rule without the pipeline, where its tokenizer cuts each word by itself."""
    import spacy

    tokenizer = pipeline.tokenizer
    across_blanks = any(len(rule.split()) > 1 for rule in getattr(tokenizer, "rules", None) or ())
    if type(tokenizer) is not spacy.tokenizer.Tokenizer or across_blanks:
        return None

    def tokens_of(word: str) -> list[Token]:
        return [(token.idx, token.text in STOPS, token.is_punct) for token in tokenizer(word)]

    return StopRule(tokens_of)


def _installed_model(name: str) -> Any:
    import spacy

    try:
        pipeline = spacy.load(name, exclude=["ner", "lemmatizer", "attribute_ruler", "textcat"])
    except OSError:
        raise DependencyError(
            f"spaCy model {name!r} is not installed; install it beside reviewkit, give its folder, "
            "or leave model out to cut sentences by rule."
        ) from None
    if not any(pipe in pipeline.pipe_names for pipe in ("parser", "senter", "sentencizer")):
        pipeline.add_pipe("sentencizer")
    return pipeline


def _stretches(text: str, line: Span) -> Iterator[Span]:
    """Cut a very long line, after a full stop or blank if there is one in the last half of the stretch."""
    start, end = line
    while end - start > STRETCH_CHARS:
        stop = start + STRETCH_CHARS
        half = start + STRETCH_CHARS // 2
        cut = text.rfind(". ", half, stop) + 1 or text.rfind(" ", half, stop) + 1 or stop
        yield start, cut
        start = cut
    yield start, end


def _masked(match: re.Match[str]) -> str:
    word = match[0]
    return "x" * (len(word) - 1) + (word[-1] if word[-1] in ".!?" else "x")


def _before_opening(line: str, at: int) -> int:
    """Return where the next sentence begins if an opening quotation mark was left behind with the last one."""
    opening = (
        _OPENING_AT_END.search(line, max(0, at - 8), at) if at and line[at - 1] in "\"'\u201c\u2018([\u00ab" else None
    )
    return opening.start() if opening else at


def _stripped(text: str, span: Span) -> Span:
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end
