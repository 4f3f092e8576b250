"""Arrays become a record: six decimals that still sum to 1, and everything else derived from them."""

import numpy as np
from numpy.typing import NDArray

from reviewkit.records import Criterion, CriterionScore, Evidence, NextLevel, level_text
from reviewkit.records.base import DECIMALS
from reviewkit.scoring.scorer import Scored


def rounded(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round a distribution to six decimals so that it still sums to 1, by largest remainders.

    Examples
    --------
    >>> rounded(np.array([1 / 3, 1 / 3, 1 / 3])).tolist()
    [0.333334, 0.333333, 0.333333]
    """
    units = probabilities * 10**DECIMALS
    whole = np.floor(units).astype(np.int64)
    missing = 10**DECIMALS - int(whole.sum())
    largest = np.argsort(-(units - whole), kind="stable")[: max(missing, 0)]
    whole[largest] += 1
    back: NDArray[np.float64] = whole / 10**DECIMALS
    return back


def criterion_score(
    criterion: Criterion,
    scored: Scored,
    *,
    coverage_level: float,
    cold: bool,
    evidence: tuple[Evidence, ...] = (),
    next_level: NextLevel | None = None,
) -> CriterionScore:
    """Write a score as its record; level, expected level and chances follow from the rounded probabilities."""
    probabilities = rounded(scored.probabilities)
    numbers, required = criterion.level_numbers, criterion.required_index
    at = int(probabilities.argmax())  # rounding can make a tie, and so another level than before: the set takes it in
    inside = [at, *np.flatnonzero(scored.in_set).tolist()]
    return CriterionScore(
        criterion_id=criterion.id,
        level=numbers[at],
        expected_level=float((probabilities * np.asarray(numbers)).sum()),
        probabilities={level_text(level): float(p) for level, p in zip(numbers, probabilities, strict=True)},
        prediction_set=numbers[min(inside) : max(inside) + 1],
        coverage_level=coverage_level,
        p_meets_required=None if required is None else min(1.0, float(probabilities[required:].sum())),
        rater_disagreement=scored.rater_disagreement,
        linked_level=None if scored.linked_index is None else numbers[scored.linked_index],
        stands=False,
        cold=cold,
        evidence=evidence,
        next_level=next_level,
    )
