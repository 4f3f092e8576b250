"""Heads whose weights change with the text: what is said counts for more in one kind of text than in another.

A varying-coefficient model (Hastie and Tibshirani 1993) as ridge regression on the products of two sets of features, in
its dual form: with Gram matrices ``A`` of what varies the weights and ``B`` of what is weighed, its own is
``(1 + A) * (1 + B)``, entry by entry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from reviewkit.features.featurizer import Views
from reviewkit.features.products import row_products
from reviewkit.features.surface import SURFACE_FEATURES
from reviewkit.scoring.ridge import CrossFit, centred_gram, cross_fit

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interaction:
    """What is weighed, and the surface features by which its weights vary.

    Attributes
    ----------
    weighed : tuple of str
        Among ``"meaning"``, ``"presence"`` and ``"surface"``.
    varied_by : tuple of str
        All surface features where none is named.
    """

    weighed: tuple[str, ...]
    varied_by: tuple[str, ...] = ()

    def columns(self, n_surface: int) -> list[int]:
        """Columns of the surface view that vary the weights."""
        return [SURFACE_FEATURES.index(name) for name in self.varied_by] or list(range(n_surface))


_ORDER: Final[dict[str, Any]] = {"presence": "F"}  # all weights of an n-gram lie together, as they are read
LENGTH: Final = ("log_words", "distinct_words")
BUILD: Final = tuple(name for name in SURFACE_FEATURES if not name.endswith("_rate"))
INTERACTIONS: Final = {
    "meaning-by-surface": Interaction(("meaning",)),
    "wording-by-build": Interaction(("presence",), varied_by=BUILD),
    "text-by-length": Interaction(("meaning", "presence", "surface"), varied_by=LENGTH),
}


@dataclass(frozen=True)
class VaryingHead:
    """Weights of each view, and how they change with each standardised surface feature.

    Attributes
    ----------
    columns : ndarray of intp, shape (n_varying,)
        Of the standardised surface features.
    constants : ndarray of float64, shape (1 + n_varying,)
    weights : dict of str to ndarray of float64, shape (1 + n_varying, n_features of the view)
        The first row is what holds at the mean of the features.
    """

    columns: NDArray[np.intp]
    constants: Floats
    weights: dict[str, Floats]

    def say(self, views: Views, standard: Floats, bent: Floats) -> Floats:
        """What the head says of each text, in level indices.

        Parameters
        ----------
        views : Views
        standard : ndarray of float64, shape (n_texts, n_surface)
            Standardised surface features.
        bent : ndarray of float64, shape (n_texts, n_bent)
            The same, bent.

        Returns
        -------
        ndarray of float64, shape (n_texts,)
        """
        told = self.constants
        for view, rows in self.weights.items():
            if view == "presence":
                told = told + views.ngrams.present(rows)
            else:
                told = told + row_products(bent if view == "surface" else views.meaning, rows)
        said: Floats = (told * _with_one(standard[:, self.columns])).sum(axis=1)
        return said


def fit_interaction(
    interaction: Interaction,
    standard: Floats,
    matrices: Mapping[str, Any],
    grams: Mapping[str, Floats],
    *,
    target: Floats,
    folds: NDArray[np.intp],
    strengths: Sequence[float],
) -> tuple[VaryingHead, CrossFit]:
    """Fit a head.

    Parameters
    ----------
    interaction : Interaction
    standard : ndarray of float64, shape (n_rows, n_surface)
        Standardised surface features.
    matrices : mapping of str to array, shape (n_rows, n_features of the view)
        Dense or sparse, by view.
    grams : mapping of str to ndarray of float64, shape (n_rows, n_rows)
        Products of each view's rows.
    target : ndarray of float64, shape (n_rows,)
        Mean rating, in level indices.
    folds : ndarray of intp, shape (n_rows,)
    strengths : sequence of float

    Returns
    -------
    VaryingHead, CrossFit
    """
    columns = interaction.columns(standard.shape[1])
    varying, varying_scale = centred_gram(standard[:, columns] @ standard[:, columns].T)
    scaled = {view: centred_gram(grams[view]) for view in interaction.weighed}
    weighed = sum(gram for gram, _ in scaled.values())
    gram, scale = centred_gram((1.0 + varying) * (1.0 + weighed))
    fit = cross_fit(gram, target, folds, strengths=strengths)

    root = np.concatenate([[1.0], np.full(len(columns), np.sqrt(varying_scale))])
    factors = _with_one(standard[:, columns]) / root
    dual = (fit.dual - fit.dual.mean()) / scale
    spread = factors.T * dual
    constants, weights = spread.sum(axis=1), {}
    for view, (_, view_scale) in scaled.items():
        matrix = matrices[view]
        mean = np.asarray(matrix.mean(axis=0)).ravel()
        weights[view] = (np.asarray(matrix.T @ spread.T).T - np.outer(spread.sum(axis=1), mean)) / view_scale
        constants = constants - weights[view] @ mean
    said = constants + sum(np.asarray(matrices[view] @ rows.T) for view, rows in weights.items())
    constants[0] += fit.intercept - float((factors * said).sum(axis=1).mean())
    by_feature = {view: np.asarray(rows / root[:, None], order=_ORDER.get(view, "C")) for view, rows in weights.items()}
    return VaryingHead(np.asarray(columns, dtype=np.intp), constants / root, by_feature), fit


def _with_one(features: Floats) -> Floats:
    return np.hstack([np.ones((len(features), 1)), features])
