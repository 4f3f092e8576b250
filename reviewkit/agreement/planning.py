"""Planning: how many submissions and raters make a coefficient as sure as it must be, by simulation."""

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from reviewkit.agreement.agreement_plan import AgreementPlan, PlannedPrecision
from reviewkit.agreement.chance import brennan_prediger, fleiss_kappa, gwet_ac
from reviewkit.agreement.coefficients import cohen_kappa
from reviewkit.agreement.conger import conger_kappa
from reviewkit.agreement.estimate import Coefficient, IntervalSettings
from reviewkit.agreement.icc import intraclass_correlation
from reviewkit.agreement.krippendorff import krippendorff_alpha
from reviewkit.agreement.observed import percent_agreement
from reviewkit.agreement.simulate import latent_normal_levels
from reviewkit.agreement.table import RatingTable, table_of_array
from reviewkit.errors import SettingsError

WEIGHTED = {
    "percent": percent_agreement,
    "cohen": cohen_kappa,
    "conger": conger_kappa,
    "fleiss": fleiss_kappa,
    "brennan-prediger": brennan_prediger,
    "gwet": gwet_ac,
    "krippendorff": krippendorff_alpha,
}
POPULATION = 20_000
FEWEST, MOST = 5, 200_000


def expected_precision(
    plan: AgreementPlan, *, value: float, n_submissions: int, at_least: float = math.nan
) -> PlannedPrecision:
    """Say how long the interval of a study of one size will be, and how likely it lies above a bound.

    Studies are drawn from a model in which each rater cuts a normal judgement into levels with the shares planned
    for; the judgements' correlation is the one that gives the coefficient its value.

    Parameters
    ----------
    plan : AgreementPlan
    value : float
        The coefficient hoped for, in the population.
    n_submissions : int
    at_least : float, optional
        Asks for the power: the chance that the whole interval lies above it.

    Returns
    -------
    PlannedPrecision

    Raises
    ------
    SettingsError
        If no correlation gives the coefficient that value, or the plan cannot be drawn.

    Examples
    --------
    >>> plan = AgreementPlan(coefficient="percent", shares=(0.5, 0.5), n_replications=50)
    >>> found = expected_precision(plan, value=0.8, n_submissions=100)
    >>> 0.06 < found.half_width < 0.1
    True
    """
    _check(plan, value, n_submissions)
    correlation = _correlation(plan, value)
    found = [_one_study(plan, correlation, n_submissions, number=number) for number in range(plan.n_replications)]
    ends = np.array([(one.low, one.high) for one in found])
    ends = ends[np.isfinite(ends).all(axis=1)]
    return _precision(plan, ends, value=value, correlation=correlation, n_submissions=n_submissions, at_least=at_least)


def submissions_needed(plan: AgreementPlan, *, value: float, half_width: float) -> PlannedPrecision:
    """Find the fewest submissions whose mean half-width is no longer than wanted, to about 3 %.

    Parameters
    ----------
    plan : AgreementPlan
    value : float
        The coefficient hoped for.
    half_width : float
        Wanted half of the interval's length.

    Returns
    -------
    PlannedPrecision
        Of the size found.

    Raises
    ------
    SettingsError
        If the half-width lies outside 0 to 1, or more than 200,000 submissions would be needed.
    """
    if not 0 < half_width < 1:
        raise SettingsError(f"half_width is {half_width:g}, but half of an interval's length lies between 0 and 1.")
    size, found = 100, None
    for _ in range(8):
        found = expected_precision(plan, value=value, n_submissions=size)
        ratio = found.half_width / half_width if math.isfinite(found.half_width) else 2.0
        if 0.97 <= ratio <= 1.0 or (ratio < 1 and size == FEWEST):
            return found
        size = max(math.ceil(size * min(max(ratio * 1.005, 0.1), 20.0) ** 2), FEWEST)
        if size > MOST:
            raise SettingsError(
                f"a half-width of {half_width:g} takes more than {MOST} submissions; allow a longer interval, "
                "or take more raters."
            )
    return found  # type: ignore[return-value]


def plan_raters(
    plan: AgreementPlan, *, value: float, half_width: float, n_raters: Sequence[int] = (2, 3, 4, 5)
) -> tuple[PlannedPrecision, ...]:
    """Find the submissions needed for each number of raters; the product is the reading to pay for."""
    return tuple(
        submissions_needed(plan.model_copy(update={"n_raters": count}), value=value, half_width=half_width)
        for count in n_raters
    )


def submissions_for_power(
    plan: AgreementPlan, *, value: float, at_least: float, power: float = 0.8
) -> PlannedPrecision:
    """Find about the fewest submissions at which the interval lies above a bound often enough.

    Raises
    ------
    SettingsError
        If the bound is not below the value, the power not between 0 and 1, or 200,000 submissions do not suffice.
    """
    if not at_least < value:
        raise SettingsError(f"at_least is {at_least:g}, but a bound to stay above lies below the value {value:g}.")
    if not 0 < power < 1:
        raise SettingsError(f"power is {power:g}, but it lies between 0 and 1.")
    low, high = 0, 2 * FEWEST
    found = expected_precision(plan, value=value, n_submissions=high, at_least=at_least)
    while found.power < power:
        low, high = high, 2 * high
        if high > MOST:
            raise SettingsError(f"even {MOST} submissions do not reach power {power:g}; widen the gap to the bound.")
        found = expected_precision(plan, value=value, n_submissions=high, at_least=at_least)
    while high - low > max(1, 0.04 * high):
        middle = (low + high) // 2
        trial = expected_precision(plan, value=value, n_submissions=middle, at_least=at_least)
        low, high, found = (low, middle, trial) if trial.power >= power else (middle, high, found)
    return found


def _check(plan: AgreementPlan, value: float, n_submissions: int) -> None:
    if n_submissions < 2:
        raise SettingsError(f"n_submissions is {n_submissions}, but agreement takes 2 or more.")
    if not 0 < value < 1:
        raise SettingsError(f"value is {value:g}, but a coefficient to plan for lies between 0 and 1.")
    if plan.coefficient == "cohen" and plan.n_raters != 2:
        raise SettingsError(
            f"cohen is of two raters, but n_raters is {plan.n_raters}; plan for conger or krippendorff."
        )


def _measure(plan: AgreementPlan, table: RatingTable, *, interval: IntervalSettings) -> Coefficient:
    if plan.coefficient == "icc":
        return intraclass_correlation(table, interval=interval)
    return WEIGHTED[plan.coefficient](table, weights=plan.weights, interval=interval)


def _drawn(plan: AgreementPlan, correlation: float, n_submissions: int, *, seed: Sequence[int]) -> RatingTable:
    generator = np.random.default_rng(seed)
    levels = latent_normal_levels(
        n_submissions, plan.n_raters, correlation=correlation, shares=plan.shares, seed=generator
    ).astype(np.float64)
    levels[generator.random(levels.shape) < plan.missing] = np.nan
    return table_of_array(levels, levels=np.arange(len(plan.shares)))


def _one_study(plan: AgreementPlan, correlation: float, n_submissions: int, *, number: int) -> Coefficient:
    table = _drawn(plan, correlation, n_submissions, seed=(plan.seed, number, n_submissions))
    settings = IntervalSettings(confidence=plan.confidence, seed=number)
    return _measure(plan, table, interval=settings)


@cache
def _correlation(plan: AgreementPlan, value: float) -> float:
    """Correlation at which a large made population has the value."""
    from scipy.optimize import brentq

    none = IntervalSettings(method="none")
    complete = plan.model_copy(update={"missing": 0.0})

    def gap(correlation: float) -> float:
        table = _drawn(complete, correlation, POPULATION, seed=(plan.seed, 0, POPULATION))
        return _measure(plan, table, interval=none).value - value

    lowest, highest = gap(0.0), gap(1.0)
    if lowest > 0 or highest < 0:
        raise SettingsError(
            f"{plan.coefficient} runs from {value + lowest:.3f} (chance) to {value + highest:.3f} with these shares, "
            f"and {value:g} lies outside; plan for a value between."
        )
    return float(brentq(gap, 0.0, 1.0, xtol=1e-4))


def _precision(
    plan: AgreementPlan,
    ends: NDArray[np.float64],
    *,
    value: float,
    correlation: float,
    n_submissions: int,
    at_least: float,
) -> PlannedPrecision:
    count = len(ends)
    half = (ends[:, 1] - ends[:, 0]) / 2
    asked = math.isfinite(at_least) and count > 0
    power = float((ends[:, 0] > at_least).sum()) / plan.n_replications if asked else math.nan
    return PlannedPrecision(
        n_submissions=n_submissions,
        n_raters=plan.n_raters,
        n_ratings=n_submissions * plan.n_raters * (1 - plan.missing),
        value=value,
        correlation=correlation,
        half_width=float(half.mean()) if count else math.nan,
        half_width_90=float(np.quantile(half, 0.9)) if count else math.nan,
        coverage=float(((ends[:, 0] <= value) & (value <= ends[:, 1])).mean()) if count else math.nan,
        at_least=at_least,
        power=power,
        power_se=math.sqrt(power * (1 - power) / plan.n_replications) if asked else math.nan,
        n_replications=plan.n_replications,
        n_undefined=plan.n_replications - count,
    )
