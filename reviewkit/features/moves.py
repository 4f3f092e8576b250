"""Reflective moves: what a sentence of a reflection does, one of nine things, with calibrated probabilities.

A sentence is read in its place, with a little of the text on either side, so the same sentence can be another move
elsewhere. The same sentence in the same place gets the same move, bit for bit, alone and in any batch.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reviewkit.errors import EncoderError
from reviewkit.features.encoder import DEFAULT_ENCODER_SHA256, Encoder, default_folder, place_of
from reviewkit.features.marked_bert import MarkedBert
from reviewkit.features.move_weights import Arrays, full_precision, members
from reviewkit.features.segmented import SegmentedSubmission
from reviewkit.records import MOVES, CriterionScore, Evidence, Move, Part, Record, Segment
from reviewkit.records.base import DECIMALS
from reviewkit.records.rubric import REFLECTION

CONTEXT_CHARACTERS: Final = 400
_APART: Final = "\x1f"
_CLS, _SEP = 101, 102


class MoveSettings(Record):
    """How a sentence is shown to the tagger, and how its answers are made probabilities.

    Attributes
    ----------
    context_tokens : int
        Tokens read on either side of the sentence, at most.
    temperature : float
        What the ensemble's mean logits are divided by.
    encoder_sha256 : str
        Digest of the weights whose word vectors it reads.

    Examples
    --------
    >>> MoveSettings(context_tokens=8, temperature=0.8).context_tokens
    8
    """

    context_tokens: int
    temperature: float
    encoder_sha256: str = DEFAULT_ENCODER_SHA256


@dataclass(frozen=True)
class SentenceInContext:
    """A sentence and what stands before and after it.

    Examples
    --------
    >>> SentenceInContext("Next time I will wait.", before="Nobody answered.").after
    ''
    """

    text: str
    before: str = ""
    after: str = ""

    @classmethod
    def of(cls, segment: Segment | Evidence, part: Part) -> "SentenceInContext":
        """Take a segment with the text around it in its part."""
        start, end = segment.start, segment.end
        before = part.text[max(0, start - CONTEXT_CHARACTERS) : start]
        return cls(segment.text, before, part.text[end : end + CONTEXT_CHARACTERS])


@dataclass(frozen=True)
class TaggedMove:
    """The most probable move of a sentence.

    Attributes
    ----------
    move : str
        One of ``MOVES``; ties go to the first.
    probability : float
    probabilities : dict of str to float
        Of all nine; they sum to 1.

    Examples
    --------
    >>> others = {move: 0.05 for move in MOVES}
    >>> TaggedMove("Feeling", 0.6, {**others, "Feeling": 0.6}).move
    'Feeling'
    """

    move: Move
    probability: float
    probabilities: dict[Move, float]


class MoveEncoder:
    """Reads marked sentences and gives nine logits each: an ``Encoder``, so that the cache can stand before it.

    Parameters
    ----------
    weights : mapping of str to ndarray
        As :func:`reviewkit.features.move_weights.members` reads them.
    weights_sha256 : str, keyword-only
        Of the weights' file.
    settings : MoveSettings, keyword-only

    Raises
    ------
    EncoderError
        If the word vectors on this disk are not the ones it learned with.
    """

    def __init__(self, weights: Arrays, *, weights_sha256: str, settings: MoveSettings) -> None:
        from tokenizers import Tokenizer

        folder = default_folder()
        if settings.encoder_sha256 != DEFAULT_ENCODER_SHA256:
            raise EncoderError(
                f"the tagger of moves learned with word vectors of SHA-256 {settings.encoder_sha256[:12]}..., but "
                f"{folder} has {DEFAULT_ENCODER_SHA256[:12]}...; take the tagger that came with this reviewkit."
            )
        told = f"{weights_sha256}\0{settings.context_tokens}\0{settings.encoder_sha256}"
        self.digest = hashlib.sha256(told.encode()).hexdigest()
        self.name, self.dimension, self.settings = "reflective-moves", len(MOVES), settings
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        words = _word_vectors(folder)
        full = [full_precision(one) for one in members(weights)]
        self._berts = [MarkedBert(one, words=words) for one in full]
        self._heads = [(one["head.weight"], one["head.bias"]) for one in full]
        self._n_words = len(words)
        self.max_tokens = len(full[0]["places"]) - 2 - 2 * settings.context_tokens
        self.place = place_of(self._berts[0].device)

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, special tokens not counted."""
        return len(self._tokens([text])[0])

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Logits of marked sentences, as :func:`marked` writes them.

        Returns
        -------
        ndarray of float32, shape (n_texts, 9)
            The ensemble's mean.

        Raises
        ------
        EncoderError
            If a sentence is longer than the window.
        """
        tokens = self._marked_tokens(texts)
        logits = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for bert, (weight, bias) in zip(self._berts, self._heads, strict=True):
            for row, vector in enumerate(bert.encode(tokens)):
                logits[row] += (weight * vector).sum(axis=1) + bias
        return logits / np.float32(len(self._berts))

    def _marked_tokens(self, texts: Sequence[str]) -> list[list[int]]:
        pieces = self._tokens([piece for text in texts for piece in text.split(_APART)])
        width, marked_tokens = self.settings.context_tokens, []
        for row, (before, own, after) in enumerate(zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True)):
            if not 1 <= len(own) <= self.max_tokens:
                raise EncoderError(
                    f"texts[{row}] has {len(own)} tokens, but a sentence to tag has 1 to {self.max_tokens}; "
                    "tag segments, or leave out what holds no word."
                )
            marks = [one + self._n_words for one in own]
            marked_tokens.append([_CLS, *before[max(0, len(before) - width) :], *marks, *after[:width], _SEP])
        return marked_tokens

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        return [one.ids for one in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]


def marked(sentence: SentenceInContext) -> str:
    """Write a sentence and its neighbours as one text that says where it begins and ends."""
    return _APART.join(piece.replace(_APART, " ") for piece in (sentence.before, sentence.text, sentence.after))


class MoveTagger:
    """Names the move that each sentence makes.

    Parameters
    ----------
    encoder : Encoder
        A :class:`MoveEncoder`, perhaps behind the cache.
    settings : MoveSettings, keyword-only
        The encoder's.

    Examples
    --------
    >>> from reviewkit import load_move_tagger
    >>> tagger = load_move_tagger()
    >>> tagged = tagger.tag([SentenceInContext("Next time I will give them more time to answer.")])
    >>> tagged[0].move
    'Intention'
    """

    def __init__(self, encoder: Encoder, *, settings: MoveSettings) -> None:
        self.encoder = encoder
        self.settings = settings

    @property
    def digest(self) -> str:
        """SHA-256 over weights, word vectors and how much context is read."""
        return self.encoder.digest

    def probabilities(self, sentences: Sequence[SentenceInContext]) -> NDArray[np.float64]:
        """Calibrated probabilities.

        Parameters
        ----------
        sentences : sequence of SentenceInContext

        Returns
        -------
        ndarray of float64, shape (n_sentences, 9)
            Columns in the order of ``MOVES``; rows sum to 1.

        Raises
        ------
        EncoderError
            If a sentence holds no token, or more than the window.
        """
        logits = self.encoder.encode([marked(one) for one in sentences]).astype(np.float64)
        scaled = logits / self.settings.temperature
        odds = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        probabilities: NDArray[np.float64] = odds / odds.sum(axis=1, keepdims=True)
        return probabilities

    def tag(self, sentences: Sequence[SentenceInContext]) -> list[TaggedMove]:
        """Name the most probable move of each sentence."""
        rows = self.probabilities(sentences)
        return [
            TaggedMove(MOVES[at], float(row[at]), dict(zip(MOVES, map(float, row), strict=True)))
            for row, at in zip(rows, rows.argmax(axis=1), strict=True)
        ]


def with_moves(
    scores: tuple[CriterionScore, ...], parts: Sequence[Part], *, tagger: MoveTagger
) -> tuple[CriterionScore, ...]:
    """Give each evidence sentence of the reflection its move; one that several criteria rest on is tagged once.

    Parameters
    ----------
    scores : tuple of CriterionScore
    parts : sequence of Part
        The texts that the evidence stands in.
    tagger : MoveTagger
    """
    text_of = {part.part: part for part in parts}
    evidence = {
        (one.part, one.start): one for score in scores for one in score.evidence if text_of[one.part].kind == REFLECTION
    }
    tagged = tagger.tag([SentenceInContext.of(one, text_of[one.part]) for one in evidence.values()])
    move_of = dict(zip(evidence, tagged, strict=True))

    def told(one: Evidence) -> Evidence:
        found = move_of.get((one.part, one.start))
        if found is None:
            return one
        return one.model_copy(update={"move": found.move, "move_probability": round(found.probability, DECIMALS)})

    return tuple(score.model_copy(update={"evidence": tuple(map(told, score.evidence))}) for score in scores)


def sentences_of(submission: SegmentedSubmission) -> list[SentenceInContext]:
    """Every segment of a submission, in its place."""
    part_of = {part.part: part for part in submission.parts}
    return [SentenceInContext.of(one, part_of[one.part]) for one in submission.segments]


def _word_vectors(folder: Path) -> NDArray[np.float32]:
    from safetensors import safe_open

    with safe_open(folder / "model.safetensors", framework="numpy") as file:
        words: NDArray[np.float32] = file.get_tensor("embeddings.word_embeddings.weight")
    return words
