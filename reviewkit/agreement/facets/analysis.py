"""Ratings in, a many-facet Rasch analysis out."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reviewkit.agreement.design import FloatArray, IntArray, RatingDesign, check_connected, rating_design
from reviewkit.agreement.facets.assembly import facets_result, grid_fit
from reviewkit.agreement.facets.estimation import NO_SPREAD, WIDE, WIDE_NODES, Estimate, estimate
from reviewkit.agreement.facets.fit import Residuals, residuals
from reviewkit.agreement.facets.model import FacetsData, FacetsSettings, facets_data
from reviewkit.agreement.facets.result import FacetsResult, GridFit
from reviewkit.errors import DesignError
from reviewkit.records.base import level_text
from reviewkit.records.rating import Rating


@dataclass(frozen=True)
class FacetsFit:
    """A fitted model with the arrays that later steps (bias, drift, consensus) need.

    Attributes
    ----------
    everything : RatingDesign
        All ratings that count, those that inform nothing among them.
    data : FacetsData
        The ratings that inform the fit.
    fitted : Estimate
    found : Residuals
    settings : FacetsSettings
    result : FacetsResult
        What there is to read and to write down.

    Examples
    --------
    >>> levels = {"a": [1, 2, 3, 4, 2, 3, 1, 4], "b": [1, 1, 3, 3, 3, 2, 2, 3]}
    >>> ratings = [Rating(submission_id=f"s{n}", criterion_id="taught", rater_id=rater, level=level)
    ...            for rater, given in levels.items() for n, level in enumerate(given)]
    >>> fit = fit_facets(rating_design(ratings))
    >>> fit.everything.n_ratings, fit.result.model
    (16, 'partial-credit')
    """

    everything: RatingDesign
    data: FacetsData
    fitted: Estimate
    found: Residuals
    settings: FacetsSettings
    result: FacetsResult


def many_facet_rasch(
    ratings: Iterable[Rating] | RatingDesign, *, settings: FacetsSettings | None = None, blind_only: bool = True
) -> FacetsResult:
    """Estimate severities, difficulties, thresholds and measures by marginal maximum likelihood.

    The log odds of level ``k`` over the level below it are
    ``location + measure - difficulty - severity - threshold[k]``, with measures normal around 0 with free variance,
    and difficulties, severities and the thresholds of each criterion summing to 0.

    Parameters
    ----------
    ratings : iterable of Rating, or RatingDesign
        Of any number of raters; gaps allowed.
    settings : FacetsSettings, optional
        Model, integration and search.
    blind_only : bool, default True
        Leave out ratings by people who had seen the machine's score.

    Returns
    -------
    FacetsResult
        A rater (or criterion) whose ratings are all at one end of the scale has no finite estimate: ``nan`` with
        the reason, and its ratings say nothing of the others.

    Raises
    ------
    RatingsError
        If no rating counts, or one stands twice.
    DesignError
        If the design falls into islands, or the ratings do not determine the model.

    Notes
    -----
    Source: Linacre (1989), Many-facet Rasch measurement; Masters (1982), Psychometrika 47, 149-174; marginal
    likelihood as Bock and Aitkin (1981), Psychometrika 46, 443-459.

    Examples
    --------
    For the same work, rater b mostly gives the lower level.

    >>> levels = {"a": [1, 2, 3, 4, 2, 3, 1, 4], "b": [1, 1, 3, 3, 3, 2, 2, 3]}
    >>> ratings = [Rating(submission_id=f"s{n}", criterion_id="taught", rater_id=rater, level=level)
    ...            for rater, given in levels.items() for n, level in enumerate(given)]
    >>> result = many_facet_rasch(ratings)
    >>> result.severity("b") > 0 > result.severity("a")
    True
    """
    return fit_facets(rating_design(ratings, blind_only=blind_only), settings=settings).result


def fit_facets(design: RatingDesign, *, settings: FacetsSettings | None = None) -> FacetsFit:
    """Fit a design and keep the arrays; raises and returns as :func:`many_facet_rasch` does.

    Examples
    --------
    >>> levels = {"a": [1, 2, 3, 4, 2, 3], "b": [1, 1, 3, 3, 3, 2]}
    >>> ratings = [Rating(submission_id=f"s{n}", criterion_id="taught", rater_id=rater, level=level)
    ...            for rater, given in levels.items() for n, level in enumerate(given)]
    >>> fit_facets(rating_design(ratings)).result.severity("b") > 0
    True
    """
    settings = settings or FacetsSettings()
    if settings.require_connected:
        check_connected(design)
    shared = settings.model == "rating-scale"
    informing, notes = _informing(design, shared)
    if len(informing.submission_ids) < 2:
        raise DesignError(
            f"{len(informing.submission_ids)} submission has ratings that inform, but the spread of measures needs "
            "two or more; rate more submissions."
        )
    data = facets_data(informing, shared=shared)
    fitted = estimate(data, settings)
    found = residuals(data, fitted)
    result = facets_result(
        design,
        data,
        fitted=fitted,
        found=found,
        settings=settings,
        notes=(*notes, *_merged(data), *_on_spread(fitted, settings)),
    )
    if settings.compare_grids:
        result = result.model_copy(update={"grids": _grids(data, fitted, found, settings)})
    return FacetsFit(design, data, fitted, found, settings, result)


def _grids(data: FacetsData, fitted: Estimate, found: Residuals, settings: FacetsSettings) -> tuple[GridFit, ...]:
    """Fit the other way of integrating too."""
    own = settings.model_copy(update={"compare_grids": False})
    fits = []
    for one in settings.other_grids():
        other = fitted if one == own else estimate(data, one)
        fits.append(grid_fit(other, found if one == own else residuals(data, other), one))
    return tuple(fits)


def _informing(design: RatingDesign, shared: bool) -> tuple[RatingDesign, tuple[str, ...]]:
    """Leave out, until none is left, raters and criteria whose ratings all lie at one end of the scale."""
    notes: list[str] = []
    while True:
        index, n_criteria = design.criterion, len(design.criterion_ids)
        low, high = _ends(design, shared)
        flat = low == high
        extreme = _all_in(design.rater, design.level == low[index], len(design.rater_ids))
        extreme |= _all_in(design.rater, design.level == high[index], len(design.rater_ids))
        keep = ~(flat[index] | extreme[design.rater])
        if keep.all():
            return design, tuple(notes)
        notes += [f"criterion {design.criterion_ids[c]!r} shows one level only" for c in np.flatnonzero(flat)]
        notes += [f"rater {design.rater_ids[r]!r} used one end of the scale only" for r in np.flatnonzero(extreme)]
        if not keep.any():
            raise DesignError(
                f"every one of {design.n_ratings} ratings over {n_criteria} criteria lies at one end of its scale for "
                "its rater or criterion, so that no severity can be estimated; collect ratings that differ."
            )
        design = design.select(keep)


def _on_spread(fitted: Estimate, settings: FacetsSettings) -> tuple[str, ...]:
    if fitted.sigma <= NO_SPREAD:
        return ("the ratings show no spread of measures: their variance is at its bound, 0",)
    if fitted.sigma > WIDE and settings.quadrature == "adaptive":
        return (f"raters hardly ever differ: measures spread so far that {WIDE_NODES} nodes lie from end to end",)
    return ()


def _ends(design: RatingDesign, shared: bool) -> tuple[FloatArray, FloatArray]:
    n_criteria = len(design.criterion_ids)
    group = np.zeros(design.n_ratings, dtype=np.intp) if shared else design.criterion
    low, high = np.full(n_criteria, np.inf), np.full(n_criteria, -np.inf)
    np.minimum.at(low, group, design.level)
    np.maximum.at(high, group, design.level)
    return (np.full(n_criteria, low[0]), np.full(n_criteria, high[0])) if shared else (low, high)


def _all_in(element: IntArray, inside: NDArray[np.bool_], n_elements: int) -> NDArray[np.bool_]:
    outside: IntArray = np.bincount(element[~inside], minlength=n_elements)
    inward: NDArray[np.bool_] = outside == 0
    return inward


def _merged(data: FacetsData) -> tuple[str, ...]:
    return tuple(
        f"criterion {data.design.criterion_ids[c]!r}: no rating between levels "
        f"{level_text(levels[at])} and {level_text(levels[at + 1])}, which stand side by side here"
        for c, levels in enumerate(data.levels)
        for at in np.flatnonzero(np.diff(levels) > 1.5 * np.diff(levels).min())
    )
