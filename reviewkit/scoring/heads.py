"""The linear heads: what each view alone, and with how the text is written, says of it, in level indices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from reviewkit.features.featurizer import Views, meaning_of
from reviewkit.scoring.interactions import INTERACTIONS, Interaction, VaryingHead, fit_interaction
from reviewkit.scoring.ridge import STRENGTHS, CrossFit, centred_gram, cross_fit
from reviewkit.scoring.rows import CriterionRows

VIEWS = ("embedding", "ngrams", "presence", "surface", "similarity")
MANY_ROWS_VIEWS = tuple(view for view in VIEWS if view != "ngrams")  # presence reads the same n-grams, and says more
_QUANTILES = (0.1, 0.3, 0.5, 0.7, 0.9)

Arrays = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class HingeBasis:
    """Bends each feature at its quantiles, so that more of it can count for less; beyond what was seen it stays flat.

    Attributes
    ----------
    low, high, mean, sd : ndarray of float64, shape (n_features,)
    knots : ndarray of float64, shape (n_features, n_knots)
        Of the standardised features.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    knots: NDArray[np.float64]

    @classmethod
    def fit(cls, values: NDArray[np.float64]) -> Self:
        """Learn range, scale and knots from rows of shape (n_rows, n_features)."""
        mean, sd = values.mean(axis=0), values.std(axis=0)
        sd = np.where(sd > 1e-9 * np.maximum(1.0, np.abs(mean)), sd, 1.0)
        knots = np.quantile((values - mean) / sd, _QUANTILES, axis=0).T
        return cls(values.min(axis=0), values.max(axis=0), mean, sd, np.ascontiguousarray(knots))

    def transform(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bend features, which stand first as they are: standardised, within the range seen.

        Returns
        -------
        ndarray of float64, shape (n_rows, n_features * (1 + n_knots))
        """
        standard = (np.clip(values, self.low, self.high) - self.mean) / self.sd
        bent = np.maximum(standard[:, :, None] - self.knots[None, :, :], 0.0)
        return np.hstack([standard, bent.reshape(len(values), self.knots.size)])


@dataclass(frozen=True)
class LinearHeads:
    """One linear head a view: weights and intercept, and the basis of the surface features; then what varies.

    Attributes
    ----------
    weights : dict of str to ndarray of float64
    intercepts : ndarray of float64, shape (n_views,)
    strengths : tuple of float
        Ridge strengths chosen, of all heads.
    basis : HingeBasis
    varying : dict of str to VaryingHead
        Heads whose weights change with the text; none where rows are few.
    """

    weights: Arrays
    intercepts: NDArray[np.float64]
    strengths: tuple[float, ...]
    basis: HingeBasis
    varying: dict[str, VaryingHead] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The heads, in the order in which they say something."""
        return (*self.weights, *self.varying)

    @classmethod
    def fit(
        cls,
        rows: CriterionRows,
        folds: NDArray[np.intp],
        *,
        views: Sequence[str] = MANY_ROWS_VIEWS,
        strengths: Sequence[float] = STRENGTHS,
        interactions: Mapping[str, Interaction] = INTERACTIONS,
    ) -> tuple[Self, NDArray[np.float64]]:
        """Fit a head a view, and one an interaction.

        Returns
        -------
        heads : LinearHeads
        out_of_fold : ndarray of float64, shape (n_rows, n_heads)
            What fits that had not seen a row's fold say of it.
        """
        shared, at = rows.shared, rows.at
        basis = HingeBasis.fit(shared.surface[at])
        bent, similarity = basis.transform(shared.surface[at]), rows.similarity
        square = np.ix_(at, at)
        grams = {
            "embedding": shared.embedding_gram[square],
            "meaning": shared.meaning_gram[square],
            "presence": shared.presence_gram[square],
            "surface": bent @ bent.T,
            "similarity": similarity @ similarity.T,
        }
        matrices = {
            "embedding": shared.embedding[at],
            "meaning": meaning_of(shared.embedding[at]),
            "presence": shared.presence[at],
            "surface": bent,
            "similarity": similarity,
        }
        if "ngrams" in views:
            grams["ngrams"], matrices["ngrams"] = shared.ngram_gram[square], shared.ngrams[at]
        fits: dict[str, CrossFit] = {}
        weights, intercepts, varying = {}, [], {}
        for view in views:
            gram, scale = centred_gram(grams[view])
            fits[view] = cross_fit(gram, rows.mean_level, folds, strengths=strengths)
            mean = np.asarray(matrices[view].mean(axis=0)).ravel()
            dual = fits[view].dual
            weights[view] = (np.asarray(matrices[view].T @ dual).ravel() - mean * dual.sum()) / scale
            intercepts.append(fits[view].intercept - float(mean @ weights[view]))
        standard = bent[:, : shared.surface.shape[1]]
        for name, interaction in interactions.items():
            varying[name], fits[name] = fit_interaction(
                interaction,
                standard,
                matrices,
                grams,
                target=rows.mean_level,
                folds=folds,
                strengths=strengths,
            )
        heads = cls(weights, np.asarray(intercepts), tuple(one.strength for one in fits.values()), basis, varying)
        return heads, np.column_stack([one.out_of_fold for one in fits.values()])

    def say(self, views: Views) -> NDArray[np.float64]:
        """What each head says of each text, without matrix products whose rounding depends on the number of rows.

        Returns
        -------
        ndarray of float64, shape (n_texts, n_heads)
            In level indices.
        """
        bent = self.basis.transform(views.surface)
        standard = bent[:, : views.surface.shape[1]]
        said = np.column_stack([_said(view, weights, views, bent) for view, weights in self.weights.items()])
        varied = [head.say(views, standard, bent) for head in self.varying.values()]
        return np.column_stack([said + self.intercepts, *varied])


def _said(view: str, weights: NDArray[np.float64], views: Views, bent: NDArray[np.float64]) -> NDArray[np.float64]:
    if view == "ngrams":
        return views.ngrams.weighed(weights)
    if view == "presence":
        return views.ngrams.present(weights)
    rows: NDArray[np.float64] = bent if view == "surface" else getattr(views, view)
    said: NDArray[np.float64] = (rows * weights).sum(axis=1)
    return said
