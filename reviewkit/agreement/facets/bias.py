"""Bias interactions: where a rater is more severe than that rater's own severity says."""

from collections.abc import Mapping, Sequence

import numpy as np

from reviewkit.agreement.design import FloatArray
from reviewkit.agreement.facets.analysis import FacetsFit
from reviewkit.agreement.facets.cells import Shift, posterior_weights, shift_of
from reviewkit.agreement.figures import Figures
from reviewkit.errors import RatingsError


class Bias(Figures):
    """One rater's bias in one cell.

    Attributes
    ----------
    within : str
        The criterion, or the group of submissions.
    bias : float
        Logits; above 0, the rater is more severe here than elsewhere.
    z, p_value : float
        ``bias / se`` and its two-sided normal probability.
    q_value : float
        Least false discovery rate at which the cell counts as biased (Benjamini and Hochberg).
    observed_average, expected_average : float
        Mean level given in the cell, and the one that the model expects.
    """

    rater_id: str
    within: str
    bias: float
    se: float
    z: float
    p_value: float
    q_value: float
    n_ratings: int
    observed_average: float
    expected_average: float
    reason: str | None = None


def bias_interactions(fit: FacetsFit, *, groups: Mapping[str, str] | None = None) -> tuple[Bias, ...]:
    """Estimate each rater's bias on each criterion, or toward each group of submissions.

    Each cell's shift is estimated by marginal maximum likelihood with all else held at its estimate.

    Parameters
    ----------
    fit : FacetsFit
        From :func:`fit_facets`.
    groups : mapping of str to str, optional
        Group of each submission, by submission id; left out, cells are rater by criterion.

    Returns
    -------
    tuple of Bias
        By rater, then by criterion or group; only cells with ratings.

    Raises
    ------
    RatingsError
        If a submission has no group.

    Notes
    -----
    Source: Linacre (1989), Many-facet Rasch measurement, section 5.5; Benjamini and Hochberg (1995), Journal of the
    Royal Statistical Society B 57, 289-300.
    """
    design = fit.data.design
    names, inside = _groups(fit, groups)
    weights = posterior_weights(fit)
    cells = np.unique(np.column_stack([design.rater, inside]), axis=0)
    shifts = [
        shift_of(fit, np.flatnonzero((design.rater == rater) & (inside == within)), weights=weights)
        for rater, within in cells
    ]
    return _biases([(design.rater_ids[rater], names[within]) for rater, within in cells], shifts)


def _groups(fit: FacetsFit, groups: Mapping[str, str] | None) -> tuple[tuple[str, ...], np.ndarray]:
    design = fit.data.design
    if groups is None:
        return design.criterion_ids, design.criterion
    absent = [one for one in design.submission_ids if one not in groups]
    if absent:
        raise RatingsError(
            f"{len(absent)} submissions have no group, the first {absent[0]!r}; name a group for each rated submission."
        )
    names, index = np.unique(np.array([groups[one] for one in design.submission_ids]), return_inverse=True)
    return tuple(str(one) for one in names), index[design.submission]


def _biases(cells: Sequence[tuple[str, str]], shifts: Sequence[Shift]) -> tuple[Bias, ...]:
    from scipy.stats import norm

    z = np.array([one.value / one.se for one in shifts])
    p_value = 2 * norm.sf(np.abs(z))
    return tuple(
        Bias(
            rater_id=rater,
            within=within,
            bias=one.value,
            se=one.se,
            z=float(z[at]),
            p_value=float(p_value[at]),
            q_value=float(q_value),
            n_ratings=one.n_ratings,
            observed_average=one.observed_average,
            expected_average=one.expected_average,
            reason=one.reason,
        )
        for at, ((rater, within), one, q_value) in enumerate(
            zip(cells, shifts, false_discovery_rates(p_value), strict=True)
        )
    )


def false_discovery_rates(p_values: FloatArray) -> FloatArray:
    """Least false discovery rate at which each test counts; ``nan`` stays ``nan``.

    Examples
    --------
    >>> false_discovery_rates(np.array([0.01, 0.04, 0.03])).round(2)
    array([0.03, 0.04, 0.04])
    """
    rates = np.full(len(p_values), np.nan)
    known = np.flatnonzero(np.isfinite(p_values))
    order = known[np.argsort(p_values[known])][::-1]
    scaled = p_values[order] * len(order) / np.arange(len(order), 0, -1)
    rates[order] = np.minimum(np.minimum.accumulate(scaled), 1.0)
    return rates
