"""What screening counts as a word."""

import re

_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0e7f]"
    r"|[^\W_\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0e7f]+"
    r"(?:['\u2019\u02bc.@-](?=\w)[^\W_]+)*"
)


def words(text: str) -> list[str]:
    """Return the words of a text; in scripts written without blanks each character counts as one.

    Examples
    --------
    >>> words("Pupils don't re-read: 3.5 times, 25 %!")
    ['Pupils', "don't", 're-read', '3.5', 'times', '25']
    >>> len(words("我很高兴。"))
    4
    """
    return _WORD.findall(text)


def word_spans(text: str) -> list[tuple[int, int]]:
    """Return the spans of the words of a text.

    Examples
    --------
    >>> word_spans("I ask.")
    [(0, 1), (2, 5)]
    """
    return [match.span() for match in _WORD.finditer(text)]
