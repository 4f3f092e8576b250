"""The D study: how dependable a score is with so many raters and criteria, and how many are needed."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Literal

import numpy as np

from reviewkit.agreement.figures import Figures
from reviewkit.agreement.generalizability.study import GStudy
from reviewkit.errors import SettingsError

NAN = float("nan")


class DStudy(Figures):
    """Dependability of a mean over so many conditions of each facet.

    Attributes
    ----------
    sizes : dict of str to int
        Conditions of each facet; of a nested facet, in each nest.
    fixed : tuple of str
        Facets whose conditions are all there are (criteria of a rubric, often).
    universe_variance, relative_error, absolute_error : float
        Variances.
    g : float
        Generalizability coefficient: of the order of submissions.
    phi : float
        Dependability: of the level itself.
    phi_cut : float
        Dependability of the decision at ``cut``; nan without a cut.
    sem : float
        Absolute standard error of measurement, in level numbers.
    g_se, phi_se, g_low, g_high, phi_low, phi_high : float
        Standard errors by the delta method, intervals on the logit scale.
    """

    sizes: dict[str, int]
    fixed: tuple[str, ...]
    universe_variance: float
    relative_error: float
    absolute_error: float
    g: float
    g_se: float
    g_low: float
    g_high: float
    phi: float
    phi_se: float
    phi_low: float
    phi_high: float
    phi_cut: float
    sem: float
    confidence: float
    reason: str | None = None


def decision_study(
    study: GStudy,
    sizes: Mapping[str, int],
    *,
    object_of_measurement: str = "p",
    fixed: Iterable[str] = (),
    cut: float | None = None,
    confidence: float = 0.95,
) -> DStudy:
    """Say how dependable the mean over so many raters and criteria is.

    Parameters
    ----------
    study : GStudy
    sizes : mapping of str to int
        Conditions of each facet but the object of measurement, 1 or more.
    object_of_measurement : str, default "p"
    fixed : iterable of str
        Facets over which nothing is generalised: their interaction with ``p`` belongs to what is measured.
    cut : float, optional
        The level that decides; asks for the dependability of the decision.
    confidence : float, default 0.95

    Returns
    -------
    DStudy
        ``nan`` with the reason where submissions do not differ at all.

    Raises
    ------
    SettingsError
        If a size is missing or below 1, or a name is no facet of the design.

    Notes
    -----
    With ``E`` the effects that hold ``p`` and ``n`` the product of an effect's sizes::

        relative error = sum of variance / n over E without p itself
        absolute error = the same over all effects but p
        g = universe / (universe + relative),  phi = universe / (universe + absolute)

    Source: Brennan (2001), Generalizability theory, sections 4.1, 4.4 (mixed models) and 2.4 (cut scores).

    Examples
    --------
    >>> from reviewkit.agreement.generalizability.study import variance_components
    >>> study = variance_components([1, 1, 2, 2, 3, 4, 4, 4, 2, 3], {"p": [0, 0, 1, 1, 2, 2, 3, 3, 4, 4],
    ...                             "r": [0, 1] * 5}, design="p x r")
    >>> round(decision_study(study, {"r": 2}).phi, 3)
    0.931
    """
    facets, held = _checked(study, sizes, object_of_measurement, tuple(fixed))
    point = np.array([max(one.variance, 0.0) for one in study.components])
    universe, relative, absolute = _weights(study, sizes, object_of_measurement, held)
    covariance = np.nan_to_num(np.array(study.covariance))
    true, noise, all_noise = float(universe @ point), float(relative @ point), float(absolute @ point)
    g = _ratio(universe, relative, point=point, covariance=covariance, confidence=confidence)
    phi = _ratio(universe, absolute, point=point, covariance=covariance, confidence=confidence)
    return DStudy(
        sizes={facet: sizes[facet] for facet in facets},
        fixed=held,
        universe_variance=true,
        relative_error=noise,
        absolute_error=all_noise,
        g=g[0],
        g_se=g[1],
        g_low=g[2],
        g_high=g[3],
        phi=phi[0],
        phi_se=phi[1],
        phi_low=phi[2],
        phi_high=phi[3],
        phi_cut=NAN if cut is None else _at_cut(study, absolute=all_noise, true=true, cut=cut),
        sem=all_noise**0.5,
        confidence=confidence,
        reason=None if true > 0 else f"{object_of_measurement} shows no variance: there is nothing to tell apart",
    )


def decision_studies(
    study: GStudy, sizes: Mapping[str, Sequence[int]], *, fixed: Iterable[str] = (), cut: float | None = None
) -> tuple[DStudy, ...]:
    """Run a D study for every combination of sizes, the last facet changing fastest."""
    held = tuple(fixed)
    return tuple(
        decision_study(study, dict(zip(sizes, chosen, strict=True)), fixed=held, cut=cut)
        for chosen in product(*sizes.values())
    )


def conditions_needed(
    study: GStudy,
    wanted: float,
    *,
    facet: str = "r",
    sizes: Mapping[str, int] | None = None,
    coefficient: Literal["g", "phi"] = "phi",
    fixed: Iterable[str] = (),
    at_most: int = 200,
) -> int | None:
    """Find the least number of conditions of a facet that reaches a wanted dependability.

    Parameters
    ----------
    study : GStudy
    wanted : float
        Between 0 and 1.
    facet : str, default "r"
        The facet to add to.
    sizes : mapping of str to int, optional
        The other facets' sizes.
    coefficient : str, default "phi"
    fixed : iterable of str
    at_most : int, default 200

    Returns
    -------
    int or None
        None if even ``at_most`` do not reach it.

    Raises
    ------
    SettingsError
        If ``wanted`` does not lie between 0 and 1.
    """
    if not 0 < wanted < 1:
        raise SettingsError(f"wanted is {wanted:g}, but a coefficient to reach lies between 0 and 1.")
    held = tuple(fixed)
    for count in range(1, at_most + 1):
        found = decision_study(study, {**(sizes or {}), facet: count}, fixed=held)
        if (found.g if coefficient == "g" else found.phi) >= wanted:
            return count
    return None


def _checked(
    study: GStudy, sizes: Mapping[str, int], object_of_measurement: str, fixed: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    every = study.components[-1].facets
    if object_of_measurement not in every:
        raise SettingsError(
            f"object_of_measurement is {object_of_measurement!r}, but the facets are {', '.join(every)}."
        )
    facets = tuple(facet for facet in every if facet != object_of_measurement)
    for facet in facets:
        if sizes.get(facet, 0) < 1:
            raise SettingsError(f"sizes[{facet!r}] is {sizes.get(facet)}, but 1 or more is needed for each facet.")
    unknown = [one for one in (*sizes, *fixed) if one not in facets]
    if unknown:
        raise SettingsError(f"{unknown[0]!r} is no facet to average over; design {study.design!r} has {facets}.")
    return facets, fixed


def _weights(
    study: GStudy, sizes: Mapping[str, int], object_of_measurement: str, fixed: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weight of each component in the universe variance, the relative and the absolute error."""
    universe, relative, absolute = (np.zeros(len(study.components)) for _ in range(3))
    for at, one in enumerate(study.components):
        others = [facet for facet in one.facets if facet != object_of_measurement]
        share = 1 / float(np.prod([sizes[facet] for facet in others])) if others else 1.0
        random = any(facet not in fixed for facet in others)
        with_object = object_of_measurement in one.facets
        universe[at] = share if with_object and not random else 0.0
        relative[at] = share if with_object and random else 0.0
        absolute[at] = share if random else 0.0
    return universe, relative, absolute


def _ratio(
    universe: np.ndarray, error: np.ndarray, *, point: np.ndarray, covariance: np.ndarray, confidence: float
) -> tuple[float, float, float, float]:
    """Coefficient, its standard error by the delta method, and its interval on the logit scale."""
    from scipy.special import expit, logit, ndtri

    true, noise = float(universe @ point), float(error @ point)
    if true <= 0:
        return NAN, NAN, NAN, NAN
    value = true / (true + noise)
    gradient = (universe * noise - error * true) / (true + noise) ** 2
    se = float(np.sqrt(max(gradient @ covariance @ gradient, 0.0)))
    if noise <= 0 or se == 0:
        return value, NAN, NAN, NAN
    reach = ndtri((1 + confidence) / 2) * se / (value * (1 - value))
    return value, se, float(expit(logit(value) - reach)), float(expit(logit(value) + reach))


def _at_cut(study: GStudy, *, absolute: float, true: float, cut: float) -> float:
    """Dependability of deciding at a cut: the distance of the mean from the cut counts as truth."""
    signal = true + (study.mean - cut) ** 2
    return signal / (signal + absolute) if signal + absolute > 0 else NAN
