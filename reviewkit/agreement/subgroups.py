"""Does the machine treat groups alike: DSM for each group, and how much of the machine's error the groups explain."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from reviewkit.agreement.assemble import DEFAULT_SETTINGS, assembled, undefined
from reviewkit.agreement.estimate import Coefficient, IntervalSettings
from reviewkit.agreement.patterns import SumStatistic
from reviewkit.agreement.prmse import paired_scores
from reviewkit.agreement.table import FloatArray
from reviewkit.errors import ShapeError
from reviewkit.records.base import Record


class SubgroupDifferences(Record):
    """Differences between the groups of one grouping.

    Attributes
    ----------
    name : str
        Name of the grouping.
    sizes : dict of str to int
        Submissions in each group.
    dsm : tuple of Coefficient
        ``dsm`` of each group (``form`` is the group): its mean machine z-score minus its mean human z-score, both
        standardized over all submissions (ddof 0).
    osa, osd, csd : Coefficient
        Adjusted share of variance that the groups explain: of the squared error (overall score accuracy), of the error
        (overall score difference), and of the error beyond the human level (conditional score difference). Their
        ``p_value`` is that of the F test.
    """

    name: str
    sizes: dict[str, int]
    dsm: tuple[Coefficient, ...]
    osa: Coefficient
    osd: Coefficient
    csd: Coefficient


def subgroup_differences(
    human: ArrayLike,
    machine: ArrayLike,
    *,
    groups: Sequence[str],
    name: str = "group",
    interval: IntervalSettings = DEFAULT_SETTINGS,
) -> SubgroupDifferences:
    """Compare how the machine scores groups of submissions.

    Parameters
    ----------
    human : array-like of float, shape (n_submissions,)
        Level by people; ``nan`` where there is none (such submissions are left out).
    machine : array-like of float, shape (n_submissions,)
        Scores on the same scale.
    groups : sequence of str, length n_submissions
        Each submission's group.
    name : str
        Name of the grouping.
    interval : IntervalSettings
        ``"default"`` is the jackknife for DSM and the percentile bootstrap for the shares.

    Returns
    -------
    SubgroupDifferences

    Raises
    ------
    ShapeError
        If the rows do not pair.

    References
    ----------
    Loukina, A., Madnani, N., & Zechner, K. (2019). The many dimensions of algorithmic fairness in educational
    applications. DSM: RSMTool documentation.

    Examples
    --------
    >>> found = subgroup_differences([1, 2, 3, 1, 2, 3], [1, 2, 3, 2, 3, 4], groups=list("aaabbb"))
    >>> [round(one.value, 3) for one in found.dsm], round(found.osd.value, 3)
    ([-0.522, 0.522], 1.0)
    """
    levels, scores = paired_scores(human, machine)
    if len(groups) != len(scores):
        raise ShapeError(f"groups has {len(groups)} entries and machine {len(scores)}; pass one group a submission.")
    kept = ~np.isnan(levels[:, 0])
    given, made = levels[kept, 0], scores[kept]
    names, member = np.unique(np.asarray(groups, dtype=str)[kept], return_inverse=True)
    belongs = np.eye(len(names))[member] if len(names) else np.zeros((0, 0))
    error, everything = made - given, np.ones((len(given), 1))
    levels_given = (given[:, None] == np.unique(given)).astype(np.float64)
    return SubgroupDifferences(
        name=name,
        sizes={str(one): int(n) for one, n in zip(names, belongs.sum(axis=0), strict=True)},
        dsm=tuple(_dsm(given, made, belongs[:, at], form=str(one), settings=interval) for at, one in enumerate(names)),
        osa=_share("osa", error**2, belongs, everything, settings=interval),
        osd=_share("osd", error, belongs, everything, settings=interval),
        csd=_share("csd", error, belongs, levels_given, settings=interval),
    )


def dsm_value(
    human: ArrayLike, machine: ArrayLike, *, human_mean: float, human_sd: float, machine_mean: float, machine_sd: float
) -> float:
    """Difference of standardized means of one group, given means and sds of the whole population.

    Returns
    -------
    float
        ``nan`` if a population sd is 0.

    Examples
    --------
    >>> whole = {"human_mean": 4.5, "human_sd": 1.2, "machine_mean": 5.1, "machine_sd": 1.8}
    >>> round(dsm_value([8, 4, 6, 3], [9, 4, 5, 12], **whole), 4)
    0.7083
    """
    if human_sd < 1e-7 or machine_sd < 1e-7:
        return math.nan
    given, made = np.asarray(human, dtype=np.float64), np.asarray(machine, dtype=np.float64)
    return float(np.mean((made - machine_mean) / machine_sd) - np.mean((given - human_mean) / human_sd))


def _dsm(
    human: FloatArray, machine: FloatArray, inside: FloatArray, *, form: str, settings: IntervalSettings
) -> Coefficient:
    x, y = human - human.mean(), machine - machine.mean()
    rows = np.column_stack([np.ones(len(x)), x, y, x**2, y**2, inside, inside * x, inside * y])
    statistic = SumStatistic(rows, np.ones(len(x), dtype=np.int64), _dsm_of_sums)
    return assembled(
        "dsm",
        statistic,
        settings=settings,
        default="jackknife",
        bounds=(-math.inf, math.inf),
        reason="the human levels or the machine's scores do not vary",
        n=int(inside.sum()),
        form=form,
    )


def _dsm_of_sums(sums: FloatArray) -> FloatArray:
    n, x, y, xx, yy, inside, inside_x, inside_y = (sums[..., i] for i in range(8))
    spread_x, spread_y = np.sqrt(np.maximum(xx / n - (x / n) ** 2, 0)), np.sqrt(np.maximum(yy / n - (y / n) ** 2, 0))
    known = (inside > 0) & (spread_x > 1e-7) & (spread_y > 1e-7)
    human = (inside_x / inside - x / n) / spread_x
    machine = (inside_y / inside - y / n) / spread_y
    return np.where(known, machine - human, np.nan)


def _share(
    name: str, outcome: FloatArray, belongs: FloatArray, given: FloatArray, *, settings: IntervalSettings
) -> Coefficient:
    """Return the gain in adjusted R² from adding the groups to what is given, both as categories."""
    n, n_groups = belongs.shape
    if n_groups < 2 or n < n_groups + 2:
        reason = "one group only, or too few submissions; differences need two groups and more rows than groups"
        return undefined(name, n=n, reason=reason, settings=settings)
    cells = (belongs[:, :, None] * given[:, None, :]).reshape(n, -1)
    rows = np.column_stack([outcome**2, cells, cells * outcome[:, None]])

    def fit(sums: FloatArray) -> _Fit:
        counts, totals = np.moveaxis(sums[..., 1:].reshape(*sums.shape[:-1], 2, n_groups, -1), -3, 0)
        return _fit(sums[..., 0], counts, totals)

    found = assembled(
        name,
        SumStatistic(rows, np.ones(n, dtype=np.int64), lambda sums: _gain(fit(sums))),
        settings=settings,
        default="percentile",
        bounds=(-math.inf, math.inf),
        reason="the machine's error does not vary, or the groups coincide with the human levels",
    )
    return found.model_copy(update={"p_value": _f_test(fit(rows.sum(axis=0)))})


class _Fit(NamedTuple):
    """Sums of squares of two categories: in all, of what is given, and of the groups adjusted for it."""

    n: FloatArray
    total: FloatArray
    explained: FloatArray
    added: FloatArray
    given_degrees: FloatArray
    group_degrees: FloatArray


def _fit(squares: FloatArray, counts: FloatArray, totals: FloatArray) -> _Fit:
    """Fit both categories from counts and totals of shape (..., n_groups, n_given)."""
    n, of_given = counts.sum(axis=(-2, -1)), counts.sum(axis=-2)
    correction = totals.sum(axis=(-2, -1)) ** 2 / n
    inverse = np.divide(1.0, of_given, out=np.zeros_like(of_given), where=of_given > 0)
    means = totals.sum(axis=-2) * inverse
    left = totals.sum(axis=-1) - np.sum(counts * means[..., None, :], axis=-1)
    system = np.eye(counts.shape[-2]) * counts.sum(axis=-1)[..., None] - (
        (counts * inverse[..., None, :]) @ np.swapaxes(counts, -1, -2)
    )
    values, vectors = np.linalg.eigh(system)
    known = values > 1e-9 * np.maximum(values[..., -1:], 1.0)
    along = np.sum(vectors * left[..., :, None], axis=-2)
    return _Fit(
        n=n,
        total=squares - correction,
        explained=np.sum(means**2 * of_given, axis=-1) - correction,
        added=np.sum(np.divide(along**2, values, out=np.zeros_like(along), where=known), axis=-1),
        given_degrees=(of_given > 0).sum(axis=-1) - 1.0,
        group_degrees=known.sum(axis=-1).astype(np.float64),
    )


def _gain(fit: _Fit) -> FloatArray:
    before = (fit.total - fit.explained) / (fit.n - 1 - fit.given_degrees)
    rest = fit.n - 1 - fit.given_degrees - fit.group_degrees
    after = (fit.total - fit.explained - fit.added) / rest
    whole = fit.total / (fit.n - 1)
    known = (whole > 1e-12) & (fit.group_degrees > 0) & (rest > 0)
    return np.where(known, (before - after) / np.where(known, whole, 1.0), np.nan)


def _f_test(fit: _Fit) -> float:
    from scipy.special import fdtrc

    rest = float(fit.n - 1 - fit.given_degrees - fit.group_degrees)
    error = float(fit.total - fit.explained - fit.added)
    if not rest > 0 or not fit.group_degrees > 0 or not error > 1e-12:
        return math.nan
    return float(fdtrc(fit.group_degrees, rest, fit.added / fit.group_degrees / (error / rest)))
