"""Kendall's coefficient of concordance: how alike the raters rank the units."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from reviewkit.agreement.assemble import DEFAULT_SETTINGS, assembled, undefined, why_no_pairs, why_raters_are_needed
from reviewkit.agreement.estimate import Coefficient, IntervalSettings
from reviewkit.agreement.patterns import Patterns, distinct_rows, slices
from reviewkit.agreement.table import FloatArray, IntArray, RatingTable, as_table

MAX_LEFT_OUT = 2000
"""Distinct rows left out one by one; beyond it an even selection stands for all."""


@dataclass(frozen=True, eq=False)
class KendallStatistic:
    """Kendall's W of units that every rater rated, as a function of how often each distinct row occurs."""

    patterns: Patterns
    n_levels: int
    correct_ties: bool

    @property
    def counts(self) -> IntArray:
        """Units per distinct row."""
        return self.patterns.counts

    @property
    def width(self) -> int:
        """Numbers per resample."""
        return int(max(len(self.patterns.rows), self.patterns.rows.shape[1] * self.n_levels))

    def of_counts(self, counts: FloatArray) -> FloatArray:
        """Return W for each vector of counts."""
        n_units, n_raters = counts.sum(axis=-1), self.patterns.rows.shape[1]
        rank_sums, ties = np.zeros(counts.shape), np.zeros(n_units.shape)
        for column in self.patterns.rows.T:
            margins = counts @ (column[:, None] == np.arange(self.n_levels))
            midranks = np.cumsum(margins, axis=-1) - (margins - 1) / 2
            rank_sums += midranks[..., column]
            ties += np.sum(margins**3 - margins, axis=-1)
        spread = np.sum(counts * (rank_sums - n_raters * (n_units[..., None] + 1) / 2) ** 2, axis=-1)
        room = n_raters**2 * (n_units**3 - n_units) - (n_raters * ties if self.correct_ties else 0)
        return np.where(room > 1e-9, 12 * spread / np.where(room > 1e-9, room, 1.0), np.nan)

    def left_out(self) -> FloatArray:
        """Return W with one unit of each distinct row left out; of many rows, an even selection is computed."""
        n_patterns = len(self.counts)
        chosen = np.unique(np.linspace(0, n_patterns - 1, min(n_patterns, MAX_LEFT_OUT)).astype(np.int64))
        values = np.empty(len(chosen))
        for part in slices(len(chosen), width=self.width):
            without = np.tile(self.counts.astype(np.float64), (part.stop - part.start, 1))
            without[np.arange(len(without)), chosen[part]] -= 1
            values[part] = self.of_counts(without)
        return values[np.clip(np.searchsorted(chosen, np.arange(n_patterns)), 0, len(chosen) - 1)]


def kendall_w(
    ratings: RatingTable | ArrayLike,
    *,
    correct_ties: bool = True,
    interval: IntervalSettings = DEFAULT_SETTINGS,
) -> Coefficient:
    """Kendall's W over the units that every rater rated.

    Parameters
    ----------
    ratings : RatingTable or array-like of float, shape (n_units, n_raters)
        Level numbers, ``nan`` where missing. Units with a gap are left out: a rank among other
        units means another thing.
    correct_ties : bool
        Correct for tied ranks, of which ratings on few levels are full.
    interval : IntervalSettings

    Returns
    -------
    Coefficient
        ``kendall-w``, from 0 to 1; ``n`` counts the complete units. There is no standard error in the literature
        that holds away from 0, so it is the jackknife's.

    References
    ----------
    Kendall, M. G., & Babington Smith, B. (1939). The problem of m rankings.

    Examples
    --------
    >>> round(kendall_w([[1, 1], [2, 3], [3, 2]]).value, 4)
    0.75
    """
    table = as_table(ratings)
    form = None if correct_ties else "uncorrected"
    indices = table.level_indices()
    indices = indices[:, (indices >= 0).any(axis=0)]
    complete = (indices >= 0).all(axis=1)
    reason = why_no_pairs(table) if table.raters_known else why_raters_are_needed("Kendall's W")
    if reason is None and complete.sum() < 2:
        reason = f"{int(complete.sum())} unit(s) are rated by every rater; ranks need two complete units or more"
    if reason:
        return undefined("kendall-w", n=int(complete.sum()), reason=reason, settings=interval, form=form)
    statistic = KendallStatistic(distinct_rows(indices[complete]), table.n_levels, correct_ties)
    return assembled(
        "kendall-w",
        statistic,
        settings=interval,
        default="jackknife",
        bounds=(0.0, 1.0),
        reason="every rater gave all units one level; there are no ranks",
        form=form,
    )
