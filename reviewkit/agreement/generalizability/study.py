"""The G study: how much of the differences among ratings each facet brings."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from reviewkit.agreement.design import RatingDesign, rating_design
from reviewkit.agreement.figures import Figures
from reviewkit.agreement.generalizability.anova import anova
from reviewkit.agreement.generalizability.layout import Layout, parse_design
from reviewkit.agreement.generalizability.reml import Components, FloatArray, IntArray, reml
from reviewkit.errors import DesignError, RatingsError, ShapeError
from reviewkit.records.rating import Rating

Method = Literal["reml", "anova"]
AT_BOUND = "the estimate lies at its bound, 0"


class VarianceComponent(Figures):
    """Variance that one effect brings.

    Attributes
    ----------
    effect : str
        In the usual notation, such as ``pr``; the last is confounded with what is left over.
    facets : tuple of str
        The facets in the effect.
    variance, se : float
        ``se`` is nan, with the reason, where the variance lies at 0.
    share : float
        Of the sum of the variances, those below 0 counted as 0.
    """

    effect: str
    facets: tuple[str, ...]
    variance: float
    se: float
    share: float
    n_levels: int
    reason: str | None = None


class GStudy(Figures):
    """Variance components of a design.

    Attributes
    ----------
    design : str
    method : str
        ``"reml"`` or ``"anova"``.
    mean : float
        Grand mean, in the rubric's level numbers.
    deviance : float
        REML deviance; nan for mean squares.
    components : tuple of VarianceComponent
        Fewest facets first, the residual last.
    covariance : tuple of tuple of float
        Sampling covariance of the components; nan where one lies at its bound.
    """

    design: str
    method: Method
    n_ratings: int
    mean: float
    deviance: float
    components: tuple[VarianceComponent, ...]
    covariance: tuple[tuple[float, ...], ...]
    reason: str | None = None

    def variance(self, effect: str) -> float:
        """Variance of one effect, by its name; KeyError if there is none."""
        for one in self.components:
            if one.effect == effect:
                return one.variance
        raise KeyError(f"design {self.design!r} has no effect {effect!r}; it has {[c.effect for c in self.components]}")


def generalizability_study(
    ratings: Iterable[Rating] | RatingDesign,
    *,
    design: str | None = None,
    criterion_id: str | None = None,
    method: Method = "reml",
    blind_only: bool = True,
) -> GStudy:
    """Estimate the variance that submissions, criteria and raters bring.

    Parameters
    ----------
    ratings : iterable of Rating, or RatingDesign
    design : str, optional
        In the letters ``p`` (submission), ``c`` (criterion) and ``r`` (rater), such as ``"p x r"``, ``"p x c x r"``,
        ``"p x (r:c)"`` (raters have criteria of their own) or ``"(r:p) x c"`` (raters have submissions of their
        own). Left out: ``"p x r"`` for one criterion, else ``"p x c x r"``.
    criterion_id : str, optional
        Keep the ratings on one criterion.
    method : str, default "reml"
        ``"anova"`` solves mean squares, for complete balanced designs.
    blind_only : bool, default True

    Returns
    -------
    GStudy

    Raises
    ------
    DesignError
        If an effect cannot be told from another: a facet with one level, or no repetition to tell it by.
    RatingsError
        If no rating counts.

    Examples
    --------
    >>> levels = {"a": [1, 2, 3, 4, 2], "b": [1, 2, 4, 4, 3]}
    >>> ratings = [Rating(submission_id=f"s{n}", criterion_id="taught", rater_id=rater, level=level)
    ...            for rater, given in levels.items() for n, level in enumerate(given)]
    >>> study = generalizability_study(ratings)
    >>> [(one.effect, round(one.variance, 3)) for one in study.components]
    [('p', 1.35), ('r', 0.05), ('pr', 0.15)]
    """
    laid = rating_design(ratings, blind_only=blind_only)
    if criterion_id is not None:
        if criterion_id not in laid.criterion_ids:
            raise RatingsError(
                f"no rating is on criterion {criterion_id!r}; there are {', '.join(laid.criterion_ids)}."
            )
        laid = laid.select(laid.criterion == laid.criterion_ids.index(criterion_id))
    text = design or ("p x r" if len(laid.criterion_ids) == 1 else "p x c x r")
    facets = {"p": laid.submission, "c": laid.criterion, "r": laid.rater}
    layout = parse_design(text)
    unknown = [facet for facet in layout.facets if facet not in facets]
    if unknown:
        raise DesignError(f"design {text!r} names {unknown[0]!r}, but ratings have p (submission), c and r only.")
    if "c" not in layout.facets and len(laid.criterion_ids) > 1:
        raise DesignError(
            f"design {text!r} has no criteria, but the ratings are on {len(laid.criterion_ids)}; "
            "name one with criterion_id, or add c to the design."
        )
    return variance_components(laid.level, {one: facets[one] for one in layout.facets}, design=text, method=method)


def variance_components(
    values: ArrayLike, facets: Mapping[str, Sequence[object] | ArrayLike], *, design: str, method: Method = "reml"
) -> GStudy:
    """Estimate the variance components of any design, from values and the facets' labels.

    Parameters
    ----------
    values : array-like of float, shape (n_ratings,)
    facets : mapping of str to array-like, each of shape (n_ratings,)
        Label of each rating on each facet that the design names. A nested facet's labels may be used again in
        another nest.
    design : str
        As :func:`parse_design` reads it.
    method : str, default "reml"

    Returns
    -------
    GStudy

    Raises
    ------
    ShapeError
        If the arrays do not pair, or a value is missing.
    DesignError
        If an effect cannot be told from another.

    Notes
    -----
    Source: Brennan (2001), Generalizability theory; Cronbach, Gleser, Nanda and Rajaratnam (1972), The dependability
    of behavioral measurements.
    """
    layout = parse_design(design)
    numbers = np.asarray(values, dtype=np.float64)
    levels = _levels(layout, facets, numbers)
    _check_estimable(layout, levels, len(numbers))
    if np.ptp(numbers) == 0:
        zero = np.zeros(len(layout.effects))
        found = Components(zero, np.full((len(zero),) * 2, np.nan), float(numbers[0]), float("nan"))
        return _study(layout, levels, found, method=method, n=len(numbers), reason="all ratings are the same")
    found = anova(layout, levels, numbers) if method == "anova" else _restricted(layout, levels, numbers)
    return _study(layout, levels, found, method=method, n=len(numbers), reason=None)


def _restricted(layout: Layout, levels: dict[frozenset[str], IntArray], values: FloatArray) -> Components:
    """Estimate by restricted likelihood, with blocks by the facet that has most levels."""
    outer = [facet for facet in layout.facets if not layout.inside[facet]]
    block = max(outer, key=lambda facet: int(levels[frozenset({facet})].max()))
    effects = layout.effects[:-1]
    inside = [effect for effect in effects if block in effect]
    across = [effect for effect in effects if block not in effect]
    found = reml(
        [levels[one] for one in inside],
        [levels[one] for one in across],
        block=levels[frozenset({block})],
        values=values,
    )
    order = [[*inside, *across, layout.effects[-1]].index(effect) for effect in layout.effects]
    return Components(found.variances[order], found.covariance[np.ix_(order, order)], found.mean, found.deviance)


def _levels(
    layout: Layout, facets: Mapping[str, Sequence[object] | ArrayLike], values: FloatArray
) -> dict[frozenset[str], IntArray]:
    """Number the levels of each effect."""
    if values.ndim != 1 or not np.all(np.isfinite(values)):
        raise ShapeError("values must be one finite number a rating; leave missing ratings out.")
    absent = [facet for facet in layout.facets if facet not in facets]
    if absent:
        raise ShapeError(f"facets lacks {absent[0]!r}, which design {layout.text!r} names; give its labels.")
    codes = {}
    for facet in layout.facets:
        labels = np.asarray(facets[facet])
        if labels.shape != values.shape:
            raise ShapeError(f"facets[{facet!r}] has shape {labels.shape}, but values has {values.shape}; pair them.")
        codes[facet] = np.unique(labels, return_inverse=True)[1]
    return {
        effect: np.unique(
            np.column_stack([codes[facet] for facet in layout.facets if facet in effect]), axis=0, return_inverse=True
        )[1].ravel()
        for effect in layout.effects
    }


def _check_estimable(layout: Layout, levels: dict[frozenset[str], IntArray], n_ratings: int) -> None:
    sizes = {effect: int(levels[effect].max()) + 1 if n_ratings else 0 for effect in layout.effects}
    last = layout.effects[-1]
    if sizes[last] != n_ratings or not n_ratings:
        raise DesignError(
            f"design {layout.text!r}: {n_ratings} ratings stand in {sizes[last]} cells, but a cell holds one rating; "
            "add the facet that tells them apart."
        )
    single = [effect for effect in layout.effects if sizes[effect] < 2]
    if single:
        raise DesignError(
            f"design {layout.text!r}: {layout.name(single[0])} has one level, so its variance is unknown; "
            "rate with two or more, or leave the facet out."
        )
    for at, effect in enumerate(layout.effects):
        for other in layout.effects[at + 1 :]:
            if effect < other and sizes[effect] == sizes[other]:
                raise DesignError(
                    f"design {layout.text!r}: {layout.name(effect)} cannot be told from {layout.name(other)}, for "
                    f"each of its {sizes[effect]} levels holds one of it; nest the facet instead, or leave it out."
                )


def _study(
    layout: Layout,
    levels: dict[frozenset[str], IntArray],
    found: Components,
    *,
    method: Method,
    n: int,
    reason: str | None,
) -> GStudy:
    total = float(np.maximum(found.variances, 0).sum())
    errors = np.sqrt(np.diag(found.covariance))
    components = tuple(
        VarianceComponent(
            effect=layout.name(effect),
            facets=tuple(facet for facet in layout.facets if facet in effect),
            variance=float(found.variances[at]),
            se=float(errors[at]),
            share=max(float(found.variances[at]), 0.0) / total if total > 0 else float("nan"),
            n_levels=int(levels[effect].max()) + 1,
            reason=reason or (None if np.isfinite(errors[at]) else AT_BOUND),
        )
        for at, effect in enumerate(layout.effects)
    )
    return GStudy(
        design=layout.text,
        method=method,
        n_ratings=n,
        mean=found.mean,
        deviance=found.deviance,
        components=components,
        covariance=tuple(tuple(map(float, row)) for row in found.covariance),
        reason=reason,
    )
