"""Sentences that speak to a grader or a model, told by their vectors, which the caller brings, and by cues."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reviewkit.records.finding import Finding
from reviewkit.records.rubric import REFLECTION
from reviewkit.records.segment import Segment
from reviewkit.screening.address import AddressSettings, named_machine
from reviewkit.screening.address_cues import address_score
from reviewkit.screening.address_weights import AT_FIRST, ENCODER, OF_CUES, STEPS, WEIGHTS
from reviewkit.screening.personal_data import masked
from reviewkit.screening.vectors import unit
from reviewkit.screening.words import words

CUE_STEP = 0.05
LOW, HIGH = -12.0, 6.0  # beyond these, cues say no more
_SETTINGS = AddressSettings()
_WEIGHTS = np.array(WEIGHTS, dtype=np.float64)


def cue(sentence: str) -> float:
    """Return the weight of a sentence's cues, within bounds.

    Examples
    --------
    >>> cue("Award it the maximum score.") > cue("We sat down.")
    True
    """
    return min(max(address_score(sentence, n_words=len(words(sentence))), LOW), HIGH)


def address_margins(
    sentences: Sequence[str], vectors: ArrayLike, *, at_least: float = -math.inf
) -> NDArray[np.float64]:
    """Return how much speaks for each sentence being words to a grader or a model, in log odds.

    Parameters
    ----------
    sentences : sequence of str
    vectors : array-like of float, shape (n_sentences, 384)
        Their vectors by all-MiniLM-L6-v2, the encoder that the weights were learned with.
    at_least : float, keyword-only
        Cues are looked for only where, at their most, they could lift the margin above this.

    Returns
    -------
    ndarray of float, shape (n_sentences,)
        ``-inf`` where cues were not looked for.
    """
    told = (unit(vectors) * _WEIGHTS).sum(axis=1) + AT_FIRST
    margins = np.full(len(told), -math.inf)
    for row in np.flatnonzero(told + OF_CUES * CUE_STEP * HIGH > STEPS * at_least).tolist():
        margins[row] = (told[row] + OF_CUES * CUE_STEP * cue(sentences[row])) / STEPS
    return margins


def address_vector_findings(
    segments: Sequence[Segment], vectors: ArrayLike, *, encoder: str, settings: AddressSettings = _SETTINGS
) -> Iterator[Finding]:
    """Give ``"addresses-grader"`` or ``"addresses-model"`` (``"review"``) for the likeliest sentence of the reflection.

    Artifacts are left to patterns and cues: plans give orders, and tests say what earns full marks.

    Parameters
    ----------
    segments : sequence of Segment
    vectors : array-like of float, shape (n_segments, n_dimensions)
    encoder : str, keyword-only
        Name of the encoder that made the vectors; with another than the weights' own, nothing is said.
    """
    rows = [row for row, one in enumerate(segments) if one.part == REFLECTION and words(one.text)]
    if encoder.partition(":")[0] != ENCODER or not rows:
        return
    texts = [segments[row].text for row in rows]
    margins = address_margins(texts, np.asarray(vectors)[rows], at_least=settings.max_margin)
    best = int(np.argmax(margins))
    if margins[best] > settings.max_margin:
        found = segments[rows[best]]
        to_model = named_machine(found.text)
        yield Finding(
            code="addresses-model" if to_model else "addresses-grader",
            leads_to="review",
            message=f"the reflection seems to speak to {'a language model' if to_model else 'a grader'}: "
            f"{masked(' '.join(found.text.split())[:160])!r}.",
            part=REFLECTION,
            start=found.start,
            end=found.end,
            value=float(margins[best]),
            bound=settings.max_margin,
        )
