"""The rows that a criterion is learned from: views stacked, with the products of their rows kept for all criteria."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from reviewkit.features.featurizer import Views, meaning_of
from reviewkit.features.lexical import Sparse
from reviewkit.features.ngrams import Ngrams


@dataclass(frozen=True)
class SharedRows:
    """What criteria that read the same parts share: embedding and n-grams, and the products of their rows.

    Attributes
    ----------
    embedding : ndarray of float64, shape (n_rows, n_embedding)
    ngrams : csr_array of float64, shape (n_rows, n_ngrams)
    surface : ndarray of float64, shape (n_rows, n_surface)
    """

    embedding: NDArray[np.float64]
    ngrams: Sparse
    surface: NDArray[np.float64]

    @classmethod
    def stack(cls, views: Sequence[Views], *, n_ngrams: int) -> Self:
        """Stack one-row views."""
        from scipy.sparse import csr_array

        held = [one.ngrams for one in views if isinstance(one.ngrams, Ngrams)]
        ends = np.concatenate([[0], np.cumsum([len(one.columns) for one in held])])
        columns, values = (np.concatenate([getattr(one, name) for one in held]) for name in ("columns", "values"))
        ngrams: Any = csr_array((values, columns, ends), shape=(len(views), n_ngrams))
        return cls(np.vstack([one.embedding for one in views]), ngrams, np.vstack([one.surface for one in views]))

    @cached_property
    def meaning_gram(self) -> NDArray[np.float64]:
        """Products of the embedding's rows without the spread, centred first for the sake of precision."""
        return _centred_products(meaning_of(self.embedding))

    @cached_property
    def embedding_gram(self) -> NDArray[np.float64]:
        """Products of the embedding's rows, centred first for the sake of precision."""
        return _centred_products(self.embedding)

    @cached_property
    def presence(self) -> Sparse:
        """Which n-grams each row holds, 1 or 0: unlike the weighed ones, longer texts hold more of them."""
        held = self.ngrams.copy()
        held.data = np.ones_like(held.data)
        return held

    @cached_property
    def presence_gram(self) -> NDArray[np.float64]:
        """How many n-grams each two rows share."""
        gram: NDArray[np.float64] = (self.presence @ self.presence.T).toarray()
        return gram

    @cached_property
    def ngram_gram(self) -> NDArray[np.float64]:
        """Products of the n-grams' rows."""
        gram: NDArray[np.float64] = (self.ngrams @ self.ngrams.T).toarray()
        return gram


@dataclass(frozen=True)
class CriterionRows:
    """The rows of one criterion that have a score of record.

    Attributes
    ----------
    shared : SharedRows
    at : ndarray of intp, shape (n_rows,)
        Rows of ``shared``.
    similarity : ndarray of float64, shape (n_rows, n_similarity)
    mean_level : ndarray of float64, shape (n_rows,)
        Mean of the ratings in level indices: finer than the record, it is what the views are fitted to.
    level_index : ndarray of intp, shape (n_rows,)
        Score of record: what the probabilities speak of.
    teachers : tuple of str, shape (n_rows,)
    """

    shared: SharedRows
    at: NDArray[np.intp]
    similarity: NDArray[np.float64]
    mean_level: NDArray[np.float64]
    level_index: NDArray[np.intp]
    teachers: tuple[str, ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.at)

    def take(self, rows: NDArray[np.intp]) -> "CriterionRows":
        """Some of the rows."""
        return CriterionRows(
            self.shared,
            self.at[rows],
            self.similarity[rows],
            self.mean_level[rows],
            self.level_index[rows],
            tuple(self.teachers[row] for row in rows),
        )

    def views(self, row: int) -> Views:
        """One row as the views it was stacked from."""
        ngrams = self.shared.ngrams[[self.at[row]]]
        return Views(
            embedding=self.shared.embedding[[self.at[row]]],
            surface=self.shared.surface[[self.at[row]]],
            similarity=self.similarity[[row]],
            ngrams=Ngrams(ngrams.indices.astype(np.intp), ngrams.data),
        )


def _centred_products(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = rows - rows.mean(axis=0)
    products: NDArray[np.float64] = centred @ centred.T
    return products
