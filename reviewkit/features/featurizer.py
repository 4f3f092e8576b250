"""Segments become feature views; ``transform`` beside ``fit``, so that serving and training cannot drift apart.

Every view of one submission is computed from that submission alone, without matrix products whose rounding depends on
how many rows they have: the same text has the same features in any batch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from reviewkit.errors import NotFittedError
from reviewkit.features.encoder import Encoder
from reviewkit.features.encoder_faults import check_vectors
from reviewkit.features.lexical import LexicalSettings, NgramVocabulary, Sparse
from reviewkit.features.moves import MoveTagger, sentences_of
from reviewkit.features.ngrams import Ngrams, NgramsWithoutEach
from reviewkit.features.products import row_products
from reviewkit.features.segmented import SegmentedSubmission
from reviewkit.features.surface import segment_counts, surface_features, words_of
from reviewkit.records import Criterion, Rubric

NEAREST = 3
_SHORTEST_ASK = 3


@dataclass(frozen=True)
class Views:
    """What the scorers read of one criterion's text, a row a text.

    Attributes
    ----------
    embedding : ndarray of float64, shape (n_texts, 2 * dimension)
        Sum of the sentence vectors over the root of their number, which grows with what is said, and their standard
        deviation.
    surface : ndarray of float64, shape (n_texts, n_surface_features)
        With the shares of moves behind them, where those are features.
    similarity : ndarray of float64, shape (n_texts, 2 * n_levels)
        To each level's descriptor: the nearest sentence, and the mean of the nearest three.
    ngrams : Ngrams or NgramsWithoutEach
    """

    embedding: NDArray[np.float64]
    surface: NDArray[np.float64]
    similarity: NDArray[np.float64]
    ngrams: Ngrams | NgramsWithoutEach

    @property
    def meaning(self) -> NDArray[np.float64]:
        """The embedding without the vectors' spread, shape (n_texts, dimension)."""
        return meaning_of(self.embedding)

    @property
    def whole(self) -> "Views":
        """The first row alone."""
        ngrams = self.ngrams if isinstance(self.ngrams, Ngrams) else self.ngrams.whole
        return Views(self.embedding[:1], self.surface[:1], self.similarity[:1], ngrams)


@dataclass(frozen=True)
class SegmentFeatures:
    """The features of one submission's segments, from which any view of it is added up.

    Attributes
    ----------
    vectors : ndarray of float64, shape (n_segments, dimension)
    counts : ndarray of float64, shape (n_segments, n_counts)
    words : ndarray of float64, shape (n_segments, n_distinct_words)
    ngrams : csr_array of float64, shape (n_segments, n_ngrams)
    moves : ndarray of float64, shape (n_segments, 9)
        Probabilities of the moves; no column where they are no features.
    """

    submission: SegmentedSubmission
    vectors: NDArray[np.float64]
    counts: NDArray[np.float64]
    words: NDArray[np.float64]
    ngrams: Sparse
    moves: NDArray[np.float64]

    @cached_property
    def unit(self) -> NDArray[np.float64]:
        """The vectors, each of length one."""
        return _unit(self.vectors)


@dataclass(frozen=True)
class Asks:
    """What one level's descriptor asks, thing by thing.

    Attributes
    ----------
    texts : tuple of str
    vectors : ndarray of float64, shape (n_asks, dimension)
        Unit vectors.
    """

    texts: tuple[str, ...]
    vectors: NDArray[np.float64]


class Featurizer:
    """Turns segmented submissions into views, criterion by criterion.

    Parameters
    ----------
    encoder : Encoder
    settings : LexicalSettings, keyword-only
    tagger : MoveTagger or None, keyword-only
        Makes the shares of moves surface features.

    Attributes
    ----------
    vocabulary_ : NgramVocabulary
    descriptors_ : dict of str to ndarray of float64, shape (n_levels, dimension)
        Unit vectors of each criterion's descriptors.
    asks_ : dict of str to tuple of Asks
        What each level's descriptor asks.
    """

    def __init__(
        self, encoder: Encoder, *, settings: LexicalSettings = LexicalSettings(), tagger: MoveTagger | None = None
    ) -> None:
        self.encoder = encoder
        self.settings = settings
        self.tagger = tagger

    def fit(self, submissions: Sequence[SegmentedSubmission], rubric: Rubric) -> Self:
        """Learn the vocabulary from submissions, and encode the rubric's descriptors."""
        self.vocabulary_ = NgramVocabulary(self.settings).fit([[s.text for s in one.segments] for one in submissions])
        return self.describe(rubric)

    def describe(self, rubric: Rubric) -> Self:
        """Encode the rubric's descriptors."""
        self.asks_ = {criterion.id: self._asks(criterion) for criterion in rubric.criteria}
        self.descriptors_ = {
            name: _unit(np.stack([level.vectors.mean(axis=0) for level in levels]))
            for name, levels in self.asks_.items()
        }
        return self

    def transform(self, submissions: Sequence[SegmentedSubmission]) -> list[SegmentFeatures]:
        """Compute the features of each submission's segments; each distinct sentence is encoded once."""
        if not hasattr(self, "vocabulary_"):
            raise NotFittedError("Featurizer: has no vocabulary yet; call fit, or load a bundle.")
        distinct = list(dict.fromkeys(segment.text for one in submissions for segment in one.segments))
        vectors = self.encoder.encode(distinct)
        check_vectors(vectors, self.encoder, distinct, submissions)
        row_of = {text: row for row, text in enumerate(distinct)}
        moves = self._moves(submissions)
        return [self._segment_features(one, vectors, row_of, moves=next(moves)) for one in submissions]

    def views(
        self, features: SegmentFeatures, criteria: Sequence[Criterion], *, without_each: bool = False
    ) -> dict[str, Views]:
        """Views of the text that each criterion reads; criteria that read the same parts share them.

        Parameters
        ----------
        features : SegmentFeatures
        criteria : sequence of Criterion
        without_each : bool
            Below the row of the text one a segment read, with that segment taken out; nothing is encoded again.

        Returns
        -------
        dict of str to Views
            By criterion id.
        """
        reading: dict[bytes, list[Criterion]] = {}
        for criterion in criteria:
            reading.setdefault(features.submission.rows_read(criterion).tobytes(), []).append(criterion)
        views: dict[str, Views] = {}
        for read, alike in reading.items():
            rows = np.frombuffer(read, dtype=np.intp)
            shared = self._shared_views(features, rows, without_each=without_each)
            descriptors = [self.descriptors_[one.id] for one in alike]
            similar = row_products(features.unit[rows], np.concatenate(descriptors))
            ends = np.cumsum([len(one) for one in descriptors])[:-1]
            nearest = (np.split(one, ends, axis=1) for one in _nearest(similar, without_each=without_each))
            for criterion, first, mean in zip(alike, *nearest, strict=True):
                views[criterion.id] = replace(shared, similarity=np.hstack([first, mean]))
        return {criterion.id: views[criterion.id] for criterion in criteria}

    def support(self, features: SegmentFeatures, criterion: Criterion, level_index: int) -> NDArray[np.float64]:
        """Similarity of the nearest sentence to each thing that a level's descriptor asks.

        Returns
        -------
        ndarray of float64, shape (n_asks,)
            Cosine, from -1 to 1; -1 where nothing is read.
        """
        rows = features.submission.rows_read(criterion)
        asked = self.asks_[criterion.id][level_index].vectors
        if not len(rows):
            return np.full(len(asked), -1.0)
        nearest: NDArray[np.float64] = row_products(features.unit[rows], asked).max(axis=0)
        return nearest

    def _moves(self, submissions: Sequence[SegmentedSubmission]) -> Iterator[NDArray[np.float64]]:
        lengths = [len(one.segments) for one in submissions]
        if self.tagger is None:
            return (np.zeros((length, 0)) for length in lengths)
        moves = self.tagger.probabilities([sentence for one in submissions for sentence in sentences_of(one)])
        return iter(np.split(moves, np.cumsum(lengths)[:-1]))

    def _segment_features(
        self,
        one: SegmentedSubmission,
        vectors: NDArray[np.float32],
        row_of: dict[str, int],
        *,
        moves: NDArray[np.float64],
    ) -> SegmentFeatures:
        texts = [segment.text for segment in one.segments]
        spoken = [words_of(text) for text in texts]
        counts, words = segment_counts(texts, spoken)
        rows = np.asarray([row_of[text] for text in texts], dtype=np.intp)
        ngrams = self.vocabulary_.counts(texts, spoken)
        return SegmentFeatures(one, vectors[rows].astype(np.float64), counts, words, ngrams, moves)

    def _shared_views(self, features: SegmentFeatures, rows: NDArray[np.intp], *, without_each: bool) -> Views:
        def pooled(values: NDArray[np.float64]) -> NDArray[np.float64]:
            total: NDArray[np.float64] = values.sum(axis=0, keepdims=True)
            return np.concatenate([total, total - values]) if without_each else total

        vectors, n_left = features.vectors[rows], np.maximum(pooled(np.ones((len(rows), 1))), 1.0)
        mean = pooled(vectors) / n_left
        spread = np.sqrt(np.maximum(pooled(vectors * vectors) / n_left - mean * mean, 0.0))
        ngrams = features.ngrams if len(rows) == len(features.vectors) else features.ngrams[rows]
        cohesion = _cohesion(features.unit[rows], without_each=without_each)
        surface = surface_features(pooled(features.counts[rows]), pooled(features.words[rows]), cohesion=cohesion)
        return Views(
            embedding=np.hstack([mean * np.sqrt(n_left), spread]),
            surface=np.hstack([surface, pooled(features.moves[rows]) / n_left]),
            similarity=np.zeros((len(mean), 0)),
            ngrams=self.vocabulary_.without_each(ngrams) if without_each else self.vocabulary_.whole(ngrams),
        )

    def _asks(self, criterion: Criterion) -> tuple[Asks, ...]:
        texts = [asks_of(level.descriptor.strip() or level.name) for level in criterion.levels]
        vectors = self.encoder.encode([self._within_window(text) for level in texts for text in level])
        ends = np.cumsum([len(level) for level in texts])
        unit = np.split(_unit(vectors.astype(np.float64)), ends[:-1])
        return tuple(Asks(tuple(level), rows) for level, rows in zip(texts, unit, strict=True))

    def _within_window(self, text: str) -> str:
        within = " ".join(text.split())
        while self.encoder.count_tokens(within) > self.encoder.max_tokens:
            words = within.split()
            within = " ".join(words[: len(words) // 2]) if len(words) > 1 else within[: len(within) // 2]
        return within


def meaning_of(embedding: NDArray[np.float64]) -> NDArray[np.float64]:
    """The first half of an embedding's columns: the sentence vectors' sum over the root of their number."""
    return embedding[:, : embedding.shape[1] // 2]


def asks_of(descriptor: str) -> list[str]:
    """Split a descriptor into the things it asks: its sentences and the clauses between semicolons.

    Examples
    --------
    >>> asks_of("Routines are taught; pupils practise them. Notes show it.")
    ['Routines are taught', 'pupils practise them', 'Notes show it']
    """
    pieces = [piece.strip() for line in descriptor.replace(";", ". ").splitlines() for piece in line.split(". ")]
    asks = [piece.rstrip(".") for piece in pieces if len(piece.split()) >= _SHORTEST_ASK]
    return asks or [descriptor.strip()]


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    norm = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
    unit: NDArray[np.float64] = vectors / np.where(norm > 0, norm, 1.0)
    return unit


def _cohesion(unit: NDArray[np.float64], *, without_each: bool) -> NDArray[np.float64]:
    """Mean cosine of neighbouring sentences; without each in turn, its neighbours become neighbours. 0 for fewer."""
    n_rows = len(unit)
    near = (unit[1:] * unit[:-1]).sum(axis=1)
    whole = np.asarray([near.sum() / max(1, n_rows - 1)])
    if not without_each:
        return whole
    lost = np.concatenate([[0.0], near]) + np.concatenate([near, [0.0]])
    bridged = np.zeros(n_rows)
    bridged[1:-1] = (unit[2:] * unit[:-2]).sum(axis=1)
    return np.concatenate([whole, (near.sum() - lost + bridged)[:n_rows] / max(1, n_rows - 2)])


def _nearest(similar: NDArray[np.float64], *, without_each: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The nearest row's similarity to each column, and the mean of the nearest three; then without each row in turn."""
    n_rows, n_levels = similar.shape
    ordered = -np.sort(-similar, axis=0)
    whole = _nearest_of(ordered[None, :, :], n_levels)
    if not without_each:
        return whole
    place = (-similar).argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    kept = np.arange(NEAREST)[None, :, None]
    shifted = kept + (kept >= place[:, None, :])
    padded = np.vstack([ordered, np.full((NEAREST + 1, n_levels), np.nan)])
    left = _nearest_of(np.take_along_axis(padded[None, :, :], np.minimum(shifted, n_rows), axis=1), n_levels)
    return np.concatenate([whole[0], left[0]]), np.concatenate([whole[1], left[1]])


def _nearest_of(ordered: NDArray[np.float64], n_levels: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    top = ordered[:, :NEAREST, :]
    known = ~np.isnan(top)
    mean = np.where(known, top, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    first = np.where(known[:, 0, :], top[:, 0, :], 0.0) if top.shape[1] else np.zeros((len(top), n_levels))
    return first, mean
