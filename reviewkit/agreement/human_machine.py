"""How well the machine agrees with people, beside how well people agree with each other, all of it with intervals."""

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from reviewkit.agreement.assemble import DEFAULT_SETTINGS, assembled, undefined
from reviewkit.agreement.estimate import Coefficient, IntervalSettings
from reviewkit.agreement.intervals import Ends
from reviewkit.agreement.moments import (
    Block,
    Moments,
    MomentStatistic,
    continuous_kappa,
    correlation,
    match_block,
    moment_block,
    pooled_smd,
    rater_pairs,
    share,
    unpooled_smd,
)
from reviewkit.agreement.prmse import Prmse, paired_scores, prmse_true
from reviewkit.agreement.subgroups import SubgroupDifferences, subgroup_differences
from reviewkit.agreement.table import FloatArray
from reviewkit.agreement.thresholds import FIELD_THRESHOLDS, Flag, Threshold, flags
from reviewkit.errors import ShapeError
from reviewkit.records.base import Record

Combine = Callable[[FloatArray, FloatArray], FloatArray]
RATIO_BOUNDS: Ends = (-math.inf, math.inf)
KAPPA_BOUNDS: Ends = (-1.0, 1.0)
SHARE_BOUNDS: Ends = (0.0, 1.0)


class HumanMachine(Record):
    """Human-machine agreement on one criterion.

    Attributes
    ----------
    n_submissions : int
    measures : tuple of Coefficient
        ``qwk``, ``pearson``, ``smd`` of human and machine; ``human-human-qwk``, ``-pearson``, ``-smd``, ``-exact``,
        ``-adjacent`` (mean over pairs of raters); ``degradation-qwk``, ``degradation-pearson``;
        ``disattenuated-pearson``.
    prmse : Prmse
    subgroups : tuple of SubgroupDifferences
        One for each way of grouping that was given.
    flags : tuple of Flag
        Measures outside the field's thresholds.
    """

    n_submissions: int
    measures: tuple[Coefficient, ...]
    prmse: Prmse
    subgroups: tuple[SubgroupDifferences, ...] = ()
    flags: tuple[Flag, ...] = ()

    def measure(self, name: str) -> Coefficient:
        """Return a measure by name."""
        return next(one for one in self.measures if one.name == name)


def human_machine(
    human: ArrayLike,
    machine: ArrayLike,
    *,
    ratings: ArrayLike | None = None,
    groups: dict[str, Sequence[str]] | None = None,
    adjacent: float = 1.0,
    thresholds: Iterable[Threshold] = FIELD_THRESHOLDS,
    interval: IntervalSettings = DEFAULT_SETTINGS,
) -> HumanMachine:
    """Compare the machine with people on one criterion.

    Parameters
    ----------
    human : array-like of float, shape (n_submissions,)
        The level to hold the machine against, such as the score of record or the first rater's; ``nan`` where there
        is none.
    machine : array-like of float, shape (n_submissions,)
        Scores on the same scale, continuous (an expected level) or not.
    ratings : array-like of float, shape (n_submissions, n_raters), optional
        Every rater's level, ``nan`` where missing; needed for human-human agreement, degradation, disattenuation and
        PRMSE. Left out, ``human`` is all there is.
    groups : dict of str to sequence of str, optional
        For each way of grouping its name and each submission's group.
    adjacent : float
        How far apart two ratings may be to count as adjacent, in level numbers.
    thresholds : iterable of Threshold
        What to flag.
    interval : IntervalSettings
        ``"default"`` is the jackknife over submissions, and the percentile bootstrap for the subgroups' shares.

    Returns
    -------
    HumanMachine

    Raises
    ------
    ShapeError
        If the rows do not pair.

    References
    ----------
    Williamson, D. M., Xi, X., & Breyer, F. J. (2012). A framework for evaluation and use of automated scoring.

    Examples
    --------
    >>> found = human_machine([8, 4, 6, 3], [9, 4, 5, 12])
    >>> round(found.measure("qwk").value, 4), round(found.measure("smd").value, 4)
    (-0.0921, 1.1717)
    """
    given, scores = paired_scores(human, machine)
    if given.shape[1] != 1:
        raise ShapeError(f"human has {given.shape[1]} columns, but one level a submission; pass raters as ratings.")
    raters = given if ratings is None else paired_scores(ratings, machine)[0]
    grouped = tuple(
        subgroup_differences(given[:, 0], scores, groups=members, name=name, interval=interval)
        for name, members in (groups or {}).items()
    )
    measures = _measures(given[:, 0], scores, raters, adjacent=adjacent, settings=interval)
    flagged = flags((*measures, *(one for group in grouped for one in group.dsm)), thresholds=thresholds)
    return HumanMachine(
        n_submissions=int((~np.isnan(given[:, 0])).sum()),
        measures=measures,
        prmse=prmse_true(raters, scores, interval=interval),
        subgroups=grouped,
        flags=flagged,
    )


def _measures(
    human: FloatArray, machine: FloatArray, raters: FloatArray, *, adjacent: float, settings: IntervalSettings
) -> tuple[Coefficient, ...]:
    known = human[~np.isnan(human)]
    centre = float(known.mean()) if known.size else 0.0

    def block(first: FloatArray, second: FloatArray) -> Block:
        return moment_block(first, second, centre=centre)

    with_machine, pairs = block(human, machine), rater_pairs(raters, block)

    def one(name: str, value: Moments, combine: Combine, bounds: Ends, reason: str = NO_SPREAD) -> Coefficient:
        statistic = MomentStatistic(len(human), with_machine, pairs, value, combine)
        missing = _missing(name, with_machine, pairs)
        if missing:
            return undefined(name, n=len(with_machine.where), reason=missing, settings=settings)
        n = _n_pairs(pairs) if name.startswith("human-human") else len(with_machine.where)
        return assembled(name, statistic, settings=settings, default="jackknife", bounds=bounds, reason=reason, n=n)

    def matched(name: str, within: float) -> Coefficient:
        near = rater_pairs(raters, lambda first, second: match_block(first, second, within=within))
        if not near:
            return undefined(name, n=0, reason=NO_PAIRS, settings=settings)
        statistic = MomentStatistic(len(human), None, near, share, _of_pairs)
        n = _n_pairs(near)
        return assembled(
            name,
            statistic,
            settings=settings,
            default="jackknife",
            bounds=SHARE_BOUNDS,
            reason="",
            n=n,
            n_proportion=n,
        )

    return (
        one("qwk", continuous_kappa, _of_machine, KAPPA_BOUNDS),
        one("pearson", correlation, _of_machine, KAPPA_BOUNDS),
        one(
            "smd", unpooled_smd, _of_machine, RATIO_BOUNDS, "the human levels do not vary; there is no sd to measure in"
        ),
        one("human-human-qwk", continuous_kappa, _of_pairs, KAPPA_BOUNDS),
        one("human-human-pearson", correlation, _of_pairs, KAPPA_BOUNDS),
        one("human-human-smd", pooled_smd, _of_pairs, RATIO_BOUNDS),
        matched("human-human-exact", 0.0),
        matched("human-human-adjacent", adjacent),
        one("degradation-qwk", continuous_kappa, np.subtract, RATIO_BOUNDS),
        one("degradation-pearson", correlation, np.subtract, RATIO_BOUNDS),
        one("disattenuated-pearson", correlation, _disattenuated, RATIO_BOUNDS, NOT_POSITIVE),
    )


NO_SPREAD = "one side gave a single level throughout; nothing varies together"
NO_PAIRS = "no two raters rated the same submission; agreement between people needs such pairs"
NOT_POSITIVE = "raters do not correlate above 0, so there is no reliability to divide by"


def _missing(name: str, machine: Block, pairs: tuple[Block, ...]) -> str | None:
    if not len(machine.where):
        return "there are no human levels to compare the machine with"
    needs_pairs = name.startswith(("human-human", "degradation", "disattenuated"))
    return NO_PAIRS if needs_pairs and not pairs else None


def _n_pairs(pairs: tuple[Block, ...]) -> int:
    return len(np.unique(np.concatenate([one.where for one in pairs]))) if pairs else 0


def _of_machine(machine: FloatArray, pairs: FloatArray) -> FloatArray:
    return machine


def _of_pairs(machine: FloatArray, pairs: FloatArray) -> FloatArray:
    return pairs


def _disattenuated(machine: FloatArray, pairs: FloatArray) -> FloatArray:
    return np.where(pairs > 0, machine / np.sqrt(np.where(pairs > 0, pairs, 1.0)), np.nan)
