"""Where sentences start by rule: what a tokenizer and the full stops say together, asked only around the stops.

A sentence ends at a stop, and the next one starts at the first token after it that is no punctuation. A tokenizer cuts
each word between blanks by itself; so only words that hold a stop, and what follows them, need to be cut at all.
"""

import re
from collections.abc import Callable, Sequence

STOPS = frozenset((*".!?", "...", "\u2026", "!!", "??", "?!", "!?"))
Token = tuple[int, bool, bool]
_WORDS_KEPT = 50_000
_PLAIN: Sequence[Token] = ((0, False, False),)
_STOP = re.compile(r"[.!?\u2026]")
_RUN = re.compile(r"\s+|\S+")
_BLANK = re.compile(r"\s|\Z")


class StopRule:
    """Finds where the sentences of a line start.

    Parameters
    ----------
    tokens_of : callable
        From a word to its tokens: where each begins in it, whether it is a stop, whether it is punctuation alone.

    Examples
    --------
    >>> rule = StopRule(lambda word: [(0, False, False), (len(word) - 1, word[-1] in STOPS, word[-1] in STOPS)])
    >>> rule.starts("We wait. They lead.")
    [0, 9]
    """

    def __init__(self, tokens_of: Callable[[str], Sequence[Token]]) -> None:
        self._tokens_of = tokens_of
        self._kept: dict[str, Sequence[Token]] = {}

    def starts(self, line: str) -> list[int]:
        """Return where sentences start, the first at 0."""
        starts, at, stopped = [0], 0, False
        while (run := _run(line, at) if stopped else _stopping_word(line, at)) is not None:
            for begin, is_stop, is_punctuation in self._tokens(line[run[0] : run[1]]):
                if is_stop:
                    stopped = True
                elif stopped and not is_punctuation:
                    starts.append(run[0] + begin)
                    stopped = False
            at = run[1]
        return starts

    def _tokens(self, run: str) -> Sequence[Token]:
        if run.isspace() or (run[0].isalnum() and _STOP.search(run) is None):
            return _PLAIN
        kept = self._kept.get(run)
        if kept is None:
            if len(self._kept) >= _WORDS_KEPT:
                self._kept.clear()
            kept = self._kept[run] = self._tokens_of(run)
        return kept


def _stopping_word(line: str, at: int) -> tuple[int, int] | None:
    stop = _STOP.search(line, at)
    if stop is None:
        return None
    begin = stop.start()
    while begin > at and not line[begin - 1].isspace():
        begin -= 1
    return begin, _end(line, stop.end())


def _run(line: str, at: int) -> tuple[int, int] | None:
    """Return the next word, or the blanks before it where they are more than the one that parts two words."""
    run = _RUN.search(line, at + (line[at : at + 1] == " " and at > 0))
    return run and run.span()


def _end(line: str, at: int) -> int:
    blank = _BLANK.search(line, at)
    return len(line) if blank is None else blank.start()
