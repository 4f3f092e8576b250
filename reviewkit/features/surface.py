"""Surface features: counts that a rater would recognise, added up over segments, then turned into rates.

Counts are kept per segment so that the features of a text without one of its sentences cost no second reading.
"""

import re
from collections.abc import Sequence
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reviewkit.features.words import is_rare, zipf_frequency

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")  # in texts whose apostrophes are straight
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LONG, _VERY_LONG = 6, 8

LEXICONS: Final[dict[str, frozenset[str]]] = {
    "first_person_singular": frozenset("i me my mine myself i'm i've i'd i'll".split()),
    "first_person_plural": frozenset("we us our ours ourselves we're we've we'd we'll".split()),
    "learners": frozenset(
        "pupil pupils student students child children learner learners class group groups they them their".split()
    ),
    "cause": frozenset("because since so therefore thus hence why reason reasons caused led result results".split()),
    "contrast": frozenset("but however although though while yet instead whereas despite unless rather".split()),
    "insight": frozenset(
        "learned learnt learn realised realized realise realize noticed notice understand understood saw see "
        "found discovered thought think know knew wondered question questioned surprised".split()
    ),
    "intention": frozenset("will next plan planned going intend future again would should shall try".split()),
    "evidence": frozenset(
        "observed observation notes data showed shows evidence counted measured survey quiz test compared "
        "before after percent fewer more most half".split()
    ),
    "feeling": frozenset(
        "feel felt feeling worried nervous glad happy proud frustrated anxious enjoyed afraid difficult hard".split()
    ),
    "subordination": frozenset(
        "that which who whom whose where when while if unless until after before because since although as than "
        "whether once".split()
    ),
    "prepositions": frozenset(
        "of in on at by to from with without about into onto over under between among through during toward towards "
        "within across against around beyond for".split()
    ),
    "auxiliaries": frozenset(
        "am is are was were be been being have has had do does did can could may might must shall should will "
        "would".split()
    ),
    "hedge": frozenset("perhaps maybe might may could seem seemed seems probably possibly quite somewhat".split()),
}
_MARKS: Final[dict[str, str]] = {
    "commas": ",",
    "clause_marks": ";:",
    "exclamations": "!",
    "questions": "?",
    "quotation_marks": '"“”',
}
_COUNTED: Final = (
    "segments", "words", "letters", "letters_squared", "long_words", "very_long_words", "segment_words_squared",
    "characters", "numbers", "capitals", "small_starts", *_MARKS, *LEXICONS,
    "looked_up", "unlisted", "rare", "zipf",
)  # fmt: skip
_AT: Final = {name: column for column, name in enumerate(_COUNTED)}
_RATES: Final = (
    "long_words", "very_long_words", "numbers", "capitals", *_MARKS, *LEXICONS,
)  # fmt: skip

SURFACE_FEATURES: Final = (
    "log_words", "root_words", "distinct_words", "distinct_per_root_word", "mean_word_length", "sd_word_length",
    "log_segments", "words_per_segment", "sd_words_per_segment", "characters_per_word", "small_start_share",
    "diversity", "mean_zipf_frequency", "rare_word_share", "unlisted_word_share", "root_unlisted_words", "cohesion",
    *(f"{name}_rate" for name in _RATES),
)  # fmt: skip


_LEXICONS_OF: Final = {
    word: [at for at, one in enumerate(LEXICONS.values()) if word in one]
    for word in frozenset().union(*LEXICONS.values())
}
_OF_A_WORD: Final = ("words", "letters", "letters_squared", "long_words", "very_long_words", *LEXICONS)
_OF_A_TEXT: Final = (
    "segments", "characters", "numbers", "capitals", "small_starts", *_MARKS, "looked_up", "unlisted", "rare", "zipf",
)  # fmt: skip
_WORD_COLUMNS: Final = [_AT[name] for name in _OF_A_WORD]
_TEXT_COLUMNS: Final = [_AT[name] for name in _OF_A_TEXT]


def words_of(text: str) -> list[str]:
    """Words of a text in small letters.

    Examples
    --------
    >>> words_of("We didn't stop: 3 pupils led.")
    ['we', "didn't", 'stop', 'pupils', 'led']
    """
    return _WORD.findall(text.lower().replace("’", "'"))


def segment_counts(
    texts: Sequence[str], spoken: Sequence[Sequence[str]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count each segment, and which of the distinct words it holds.

    Parameters
    ----------
    texts : sequence of str
        Segments of one submission.
    spoken : sequence of sequence of str
        The words of each, as :func:`words_of` gives them.

    Returns
    -------
    counts : ndarray of float64, shape (n_segments, n_counts)
    words : ndarray of float64, shape (n_segments, n_distinct_words)
        How often each distinct word of the submission stands in each segment.
    """
    column_of = {word: column for column, word in enumerate(dict.fromkeys(chain.from_iterable(spoken)))}
    row = np.repeat(np.arange(len(texts)), [len(words) for words in spoken])
    cells = row * len(column_of) + np.fromiter(map(column_of.__getitem__, chain.from_iterable(spoken)), np.intp)
    shape = (len(texts), len(column_of))
    held = np.bincount(cells, weights=np.ones(len(cells)), minlength=shape[0] * shape[1])
    distinct = np.asarray(held, dtype=np.float64).reshape(shape)
    counts = np.zeros((len(texts), len(_COUNTED)))
    counts[:, _WORD_COLUMNS] = np.einsum("ij,jk->ik", distinct, _of_words(tuple(column_of)))
    counts[:, _AT["segment_words_squared"]] = counts[:, _AT["words"]] ** 2
    counts[:, _TEXT_COLUMNS] = np.asarray([_of_text(text) for text in texts]).reshape(-1, len(_OF_A_TEXT))
    return counts, distinct


def surface_features(
    counts: NDArray[np.float64], words: NDArray[np.float64], *, cohesion: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Turn added-up counts into features.

    Parameters
    ----------
    counts : ndarray of float64, shape (n_texts, n_counts)
        Sums of :func:`segment_counts` over the segments of each text.
    words : ndarray of float64, shape (n_texts, n_distinct_words)
        How often each word stands in each text.
    cohesion : ndarray of float64, shape (n_texts,)
        Mean cosine of neighbouring segments.

    Returns
    -------
    ndarray of float64, shape (n_texts, len(SURFACE_FEATURES))
        Finite, also for a text without words.
    """
    n_distinct = (words > 0).sum(axis=1).astype(np.float64)
    at = {name: counts[:, column] for name, column in _AT.items()}
    n_words, segments = np.maximum(at["words"], 1.0), np.maximum(at["segments"], 1.0)
    word_length, segment_words = at["letters"] / n_words, at["words"] / segments
    looked_up = np.maximum(at["looked_up"], 1.0)
    columns = [
        np.log(n_words),
        np.sqrt(n_words),
        n_distinct,
        n_distinct / np.sqrt(n_words),
        word_length,
        np.sqrt(np.maximum(at["letters_squared"] / n_words - word_length**2, 0.0)),
        np.log(segments),
        segment_words,
        np.sqrt(np.maximum(at["segment_words_squared"] / segments - segment_words**2, 0.0)),
        at["characters"] / n_words,
        at["small_starts"] / segments,
        simpson_diversity(words),
        at["zipf"] / np.maximum(at["looked_up"] - at["unlisted"], 1.0),
        at["rare"] / looked_up,
        at["unlisted"] / looked_up,
        np.sqrt(at["unlisted"]),
        cohesion,
        *(at[name] / n_words for name in _RATES),
    ]
    return np.column_stack(columns)


def simpson_diversity(words: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chance that two words drawn from a text differ: lexical diversity that does not fall with length.

    Parameters
    ----------
    words : ndarray of float64, shape (n_texts, n_distinct_words)
        How often each word stands in each text.

    Returns
    -------
    ndarray of float64, shape (n_texts,)
        0 to 1; 1 for a text of fewer than two words.

    References
    ----------
    Simpson, E. H. (1949). Measurement of diversity. Nature, 163, 688.

    Examples
    --------
    >>> simpson_diversity(np.array([[1.0, 1.0], [2.0, 0.0], [2.0, 2.0]])).round(3).tolist()
    [1.0, 0.0, 0.667]
    """
    n_words = words.sum(axis=1)
    same = (words * (words - 1)).sum(axis=1) / np.maximum(n_words * (n_words - 1), 1.0)
    return np.asarray(1.0 - same)


def _of_words(words: tuple[str, ...]) -> NDArray[np.float64]:
    """What each word counts for, shape (n_words, len(_OF_A_WORD))."""
    length = np.fromiter(map(len, words), dtype=np.intp)
    in_lexicons = np.zeros((len(words), len(LEXICONS)))
    for row, word in enumerate(words):
        if word in _LEXICONS_OF:
            in_lexicons[row, _LEXICONS_OF[word]] = 1
    return np.column_stack([np.ones(len(words)), length, length**2, length > _LONG, length > _VERY_LONG, in_lexicons])


def _of_text(text: str) -> tuple[float, ...]:
    start = next((letter for letter in text if letter.isalpha()), "")
    marks = (sum(map(text.count, marks)) for marks in _MARKS.values())
    capitals = sum(map(str.isupper, text))
    return (1, len(text), len(_NUMBER.findall(text)), capitals, start.islower(), *marks, *_looked_up(text))


def _looked_up(text: str) -> tuple[float, float, float, float]:
    """Words looked up, unlisted ones, rare ones, and the listed ones' Zipf frequencies; names are not looked up."""
    words = list(filter(str.islower, _WORD.findall(text.replace("’", "'"))))
    zipf = [frequency for frequency in map(zipf_frequency, words) if frequency is not None]
    return len(words), len(words) - len(zipf), sum(map(is_rare, zipf)), sum(zipf)
