"""What is known of a word by itself: whether a dictionary lists it, and how frequent it is in English."""

from functools import cache, lru_cache
from math import log10
from typing import Final

_RARE: Final = 4.0
_BRITISH: Final = (
    ("isation", "ization"), ("ise", "ize"), ("isi", "izi"), ("yse", "yze"), ("ysi", "yzi"), ("our", "or"),
    ("ll", "l"), ("tre", "ter"), ("ogue", "og"), ("ence", "ense"), ("programme", "program"), ("aeo", "eo"),
)  # fmt: skip


@lru_cache(maxsize=100_000)
def zipf_frequency(word: str) -> float | None:
    """Frequency of a word on the Zipf scale: the common logarithm of its occurrences in a billion words.

    Parameters
    ----------
    word : str
        In small letters.

    Returns
    -------
    float or None
        About 3 for a rare word and 7 for "the"; None where the dictionary does not list the word, its British
        spelling's American one, or what stands before an apostrophe.

    References
    ----------
    van Heuven, W. J. B., Mandera, P., Keuleers, E., & Brysbaert, M. (2014). SUBTLEX-UK. Quarterly Journal of
    Experimental Psychology, 67, 1176-1190. The dictionary is that of the package pyspellchecker.

    Examples
    --------
    >>> zipf_frequency("the") > 7, zipf_frequency("organisation") > 4, zipf_frequency("becuase")
    (True, True, None)
    """
    listed, total = _listed_words()
    counts = [listed.get(one, 0) for one in _spellings(word)]
    return log10(max(counts) / total * 1e9) if max(counts) else None


def is_rare(zipf: float) -> bool:
    """Whether a listed word is rarer than one in a hundred thousand.

    Examples
    --------
    >>> is_rare(3.2), is_rare(5.0)
    (True, False)
    """
    return zipf < _RARE


def _spellings(word: str) -> list[str]:
    stem = word.partition("'")[0]
    american = [word.replace(british, other) for british, other in _BRITISH if british in word]
    return [word, *american, *([stem] if stem and stem != word else [])]


@cache
def _listed_words() -> tuple[dict[str, int], int]:
    from spellchecker import SpellChecker

    frequency = SpellChecker(language="en").word_frequency
    return dict(frequency.dictionary), int(frequency.total_words)
