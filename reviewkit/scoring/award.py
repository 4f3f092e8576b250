"""Probability of the award, with the dependence among criteria estimated and not assumed away.

A one-factor Gaussian copula: each criterion keeps its own distribution over levels, and one hidden factor, shared by
all criteria of a submission, ties them together. Given the factor the criteria are independent. What the copula says
of the award is then calibrated by a line on the log odds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from reviewkit.records import Rubric, WeightedTotal, award_of_record

N_NODES = 41
_LARGEST = 0.98
_EDGE = 1e-9
_MANY_TOTALS = 5_000
_PRIOR_SD = 0.5

Unseen = Mapping[int, tuple[NDArray[np.float64], int]]


@dataclass(frozen=True)
class AwardCalibrator:
    """Moves what the copula says of the award towards how often it was earned: a line on the log odds.

    Attributes
    ----------
    intercept : float
        Above 0: awards are more frequent than was said.
    slope : float
        Below 1 softens, above 1 sharpens; never below 0, so that the order stays.

    References
    ----------
    Platt, J. (1999). Probabilistic outputs for support vector machines. Advances in Large Margin Classifiers, 61-74.
    Here with normal priors around 0 and 1 (standard deviation .5): few rows leave the probabilities nearly as they are.

    Examples
    --------
    Half of those at 90 % earned it.

    >>> fitted = AwardCalibrator.fit(np.full(400, 0.9), np.arange(400) % 2 == 0)
    >>> round(fitted.transform(0.9), 2)
    0.5
    """

    intercept: float = 0.0
    slope: float = 1.0

    @classmethod
    def fit(cls, probabilities: NDArray[np.float64], earned: NDArray[np.bool_]) -> Self:
        """Learn the line by penalised maximum likelihood.

        Parameters
        ----------
        probabilities : ndarray of float64, shape (n_rows,)
            Each from criterion scorers that had not seen the row.
        earned : ndarray of bool, shape (n_rows,)
        """
        from scipy.optimize import minimize

        odds, sign = _log_odds(probabilities), np.where(earned, 1.0, -1.0)

        def loss(line: NDArray[np.float64]) -> float:
            distance = ((line - (0.0, 1.0)) ** 2).sum() / (2 * _PRIOR_SD**2)
            return float(distance + np.logaddexp(0.0, -sign * (line[0] + line[1] * odds)).sum())

        intercept, slope = minimize(loss, np.array([0.0, 1.0]), method="L-BFGS-B", bounds=[(None, None), (0, None)]).x
        return cls(float(intercept), float(slope))

    def transform(self, probability: float) -> float:
        """Calibrate a probability; one that certainty leaves no room for stays as it is."""
        if probability in (0.0, 1.0):
            return probability
        return float(1 / (1 + np.exp(-(self.intercept + self.slope * _log_odds(probability)))))


def _log_odds(probability: NDArray[np.float64] | float) -> NDArray[np.float64]:
    kept = np.clip(np.asarray(probability, dtype=np.float64), _EDGE, 1 - _EDGE)
    return np.asarray(np.log(kept) - np.log1p(-kept))


def fit_dependence(probabilities: Sequence[NDArray[np.float64]], level_indices: Sequence[NDArray[np.intp]]) -> float:
    """Share of the hidden factor in each criterion's latent variance, by maximum likelihood.

    Parameters
    ----------
    probabilities : sequence of ndarray of float64, shape (n_rows, n_levels)
        One a criterion, row for row of the same submissions, given by fits that had not seen the rows.
    level_indices : sequence of ndarray of intp, shape (n_rows,)
        Levels of record.

    Returns
    -------
    float
        From 0 (independent) to .98; 0 where there is one criterion or no row.

    References
    ----------
    Joe, H. (2014). Dependence modeling with copulas, section 3.10. CRC Press.
    """
    from scipy.optimize import minimize_scalar

    if len(probabilities) < 2 or not len(level_indices[0]):
        return 0.0

    def loss(share: float) -> float:
        given = np.stack(
            [
                np.take_along_axis(conditional(rows, share), levels[None, :, None], axis=2)[:, :, 0]
                for rows, levels in zip(probabilities, level_indices, strict=True)
            ]
        )
        likelihood = _nodes()[1] @ np.exp(np.log(np.maximum(given, 1e-300)).sum(axis=0))
        return -float(np.log(np.maximum(likelihood, 1e-300)).sum())

    found = float(minimize_scalar(loss, bounds=(0.0, _LARGEST), method="bounded").x)
    return found if loss(found) < loss(0.0) else 0.0


def conditional(probabilities: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Distributions over levels given each value of the hidden factor.

    Parameters
    ----------
    probabilities : ndarray of float64, shape (n_rows, n_levels)
    share : float
        From 0 to below 1.

    Returns
    -------
    ndarray of float64, shape (N_NODES, n_rows, n_levels)
    """
    from scipy.special import ndtr, ndtri

    below = np.clip(np.cumsum(probabilities, axis=1)[:, :-1], _EDGE, 1 - _EDGE)
    nodes = _nodes()[0][:, None, None]
    edges = ndtr((ndtri(below)[None, :, :] - np.sqrt(share) * nodes) / np.sqrt(1 - share))
    ends = np.ones((*edges.shape[:2], 1))
    levels: NDArray[np.float64] = np.diff(np.concatenate([0 * ends, edges, ends], axis=2), axis=2)
    return levels


def award_probability(rubric: Rubric, probabilities: dict[str, NDArray[np.float64]], *, share: float) -> float | None:
    """Probability that the score of record earns the award.

    Parameters
    ----------
    rubric : Rubric
    probabilities : dict of str to ndarray of float64, shape (n_levels,)
        By criterion.
    share : float
        Of the hidden factor, from :func:`fit_dependence`.

    Returns
    -------
    float or None
        None where the rubric has no award.
    """
    if rubric.award is None:
        return None
    given: dict[str, NDArray[np.float64]] = {}
    for n_levels in {len(row) for row in probabilities.values()}:
        alike = [name for name, row in probabilities.items() if len(row) == n_levels]
        rows = conditional(np.stack([probabilities[name] for name in alike]), share)
        given |= {name: rows[:, at, :] for at, name in enumerate(alike)}
    if isinstance(rubric.award, WeightedTotal):
        met = _total_reaches_cut(rubric, rubric.award, given)
    else:
        required = {one.id: one.required_index for one in rubric.criteria if one.required_index is not None}
        met = np.prod([given[name][:, index:].sum(axis=1) for name, index in required.items()], axis=0)
    return float(np.clip(_nodes()[1] @ met, 0.0, 1.0))


def learn_award(rubric: Rubric, unseen: Mapping[str, Unseen]) -> tuple[float, AwardCalibrator]:
    """Learn how the criteria hang together, then calibrate what they say of the award.

    Parameters
    ----------
    rubric : Rubric
    unseen : mapping of str to mapping of int to (ndarray of float64, int)
        By criterion and submission: distribution over levels, by a scorer that had not seen it, and index of the
        level of record. Submissions that every criterion has count.

    Returns
    -------
    share : float
        Of the hidden factor; 0 where there is no award, or nothing to learn from.
    calibrator : AwardCalibrator
    """
    common = sorted(set.intersection(*(set(rows) for rows in unseen.values())))
    if not common or rubric.award is None:
        return 0.0, AwardCalibrator()
    probabilities = [np.stack([rows[at][0] for at in common]) for rows in unseen.values()]
    levels = [np.asarray([rows[at][1] for at in common], dtype=np.intp) for rows in unseen.values()]
    share = fit_dependence(probabilities, levels)
    said, earned = [], []
    for at in common:
        chances = {name: rows[at][0] for name, rows in unseen.items()}
        record = {one.id: one.level_numbers[unseen[one.id][at][1]] for one in rubric.criteria}
        said.append(award_probability(rubric, chances, share=share))
        earned.append(award_of_record(dict(record), rubric))
    return share, AwardCalibrator.fit(np.asarray(said, np.float64), np.asarray(earned, np.bool_))


def _total_reaches_cut(
    rubric: Rubric, award: WeightedTotal, given: dict[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    totals = {0.0: np.ones(N_NODES)}
    for name, weight in award.weights.items():
        grown: dict[float, NDArray[np.float64]] = {}
        for total, mass in totals.items():
            for index, level in enumerate(rubric.criterion(name).level_numbers):
                key = round(total + weight * level, 9 if len(totals) < _MANY_TOTALS else 3)
                grown[key] = grown.get(key, 0.0) + mass * given[name][:, index]
        totals = grown
    reaching = [mass for total, mass in totals.items() if total >= award.cut - _EDGE]
    return np.sum(reaching, axis=0) if reaching else np.zeros(N_NODES)


@cache
def _nodes() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(N_NODES)
    return nodes, weights / weights.sum()
