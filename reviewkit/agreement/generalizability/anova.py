"""Variance components from mean squares, for designs that are complete and balanced."""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from reviewkit.agreement.generalizability.layout import Layout
from reviewkit.agreement.generalizability.reml import Components
from reviewkit.errors import DesignError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


def anova(layout: Layout, levels: dict[frozenset[str], IntArray], values: FloatArray) -> Components:
    """Solve expected for observed mean squares; a component may come out below 0.

    Source: Brennan (2001), Generalizability theory, chapters 3 and 5; variance of a component from those of its mean
    squares, 2 MS² / (df + 2), section 6.1.

    Raises
    ------
    DesignError
        If the design has gaps or is unbalanced.
    """
    sizes = {effect: int(levels[effect].max()) + 1 for effect in layout.effects}
    _check_balanced(layout, levels, sizes, len(values))
    mean = float(values.mean())
    freedom, squares = _decompose(layout, levels, sizes, values - mean)
    weights = np.zeros((len(layout.effects),) * 2)
    for row, effect in enumerate(layout.effects):
        for column, other in enumerate(layout.effects):
            weights[row, column] = len(values) / sizes[other] if effect <= other else 0.0
    solved = np.linalg.inv(weights)
    variances = solved @ squares
    covariance = solved @ np.diag(2 * squares**2 / (freedom + 2)) @ solved.T
    return Components(variances, covariance, mean, float("nan"))


def _decompose(
    layout: Layout, levels: dict[frozenset[str], IntArray], sizes: dict[frozenset[str], int], values: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Degrees of freedom and mean square of each effect."""
    deviations: dict[frozenset[str], FloatArray] = {}
    freedom: dict[frozenset[str], int] = {}
    for effect in layout.effects:
        index, size = levels[effect], sizes[effect]
        mean = np.bincount(index, values, size) / np.bincount(index, minlength=size)
        parts = [other for other in deviations if other < effect]
        deviations[effect] = mean[index] - np.sum([deviations[one] for one in parts], axis=0)
        freedom[effect] = size - 1 - sum(freedom[one] for one in parts)
    squares = np.array([(deviations[effect] ** 2).sum() / freedom[effect] for effect in layout.effects])
    return np.array([freedom[effect] for effect in layout.effects]), squares


def _check_balanced(
    layout: Layout, levels: dict[frozenset[str], IntArray], sizes: dict[frozenset[str], int], n_ratings: int
) -> None:
    for effect in layout.effects:
        counts = np.bincount(levels[effect])
        if counts.min() != counts.max():
            raise DesignError(
                f"design {layout.text!r}: {layout.name(effect)} has from {counts.min()} to {counts.max()} ratings a "
                "level, but mean squares need the same number in each; use method='reml'."
            )
    for first, second in combinations(layout.effects, 2):
        shared = sizes.get(first & second, 1)
        if sizes[first | second] * shared != sizes[first] * sizes[second]:
            raise DesignError(
                f"design {layout.text!r}: {layout.name(first)} and {layout.name(second)} do not cross completely "
                f"({n_ratings} ratings), but mean squares need every combination; use method='reml'."
            )
