"""Consensus by rule, without a model of raters: majority, and the rules of the score of record."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from reviewkit.agreement.consensus.result import ConsensusLevel, RaterReliability
from reviewkit.agreement.design import FloatArray, RatingDesign
from reviewkit.agreement.score_of_record import level_of_record
from reviewkit.records import RecordRule
from reviewkit.records.base import level_text

Rule = Callable[[Sequence[float]], float | None]

OPEN = "raters differ; the level waits for an adjudication"


def majority_level(levels: Sequence[float]) -> float | None:
    """Return the level that most raters gave, the lowest of several; None where there is no level.

    Examples
    --------
    >>> majority_level([3, 2, 3]), majority_level([3, 2])
    (3.0, 2.0)
    """
    if not len(levels):
        return None
    values, counts = np.unique(np.asarray(levels, dtype=np.float64), return_counts=True)
    return float(values[counts.argmax()])


def rule_of(method: RecordRule | str, numbers: Sequence[float]) -> Rule:
    """Turn a rule's name into a function of several raters' levels."""
    if method == "majority":
        return majority_level
    return partial(level_of_record, rule=method, level_numbers=numbers)  # type: ignore[arg-type]


def levels_by_rule(design: RatingDesign, criterion: int, *, numbers: FloatArray, rule: Rule) -> list[ConsensusLevel]:
    """Apply a rule to each submission's ratings on one criterion."""
    found = []
    rows = np.flatnonzero(design.criterion == criterion)
    for mine in np.split(rows, np.flatnonzero(np.diff(design.submission[rows])) + 1):
        level = rule(design.level[mine].tolist())
        shares = (design.level[mine][:, None] == numbers).mean(axis=0)
        own = float("nan") if level is None else float(shares[numbers == level].sum())
        found.append(
            ConsensusLevel(
                submission_id=design.submission_ids[design.submission[mine[0]]],
                criterion_id=design.criterion_ids[criterion],
                level=float("nan") if level is None else level,
                probability=own,
                probabilities={level_text(one): float(share) for one, share in zip(numbers, shares, strict=True)},
                expected_level=float(design.level[mine].mean()),
                n_ratings=len(mine),
                tie=bool((np.isclose(shares, own)).sum() > 1),
                reason=OPEN if level is None else None,
            )
        )
    return found


def raters_by_rule(design: RatingDesign, criterion: int, *, rule: Rule) -> list[RaterReliability]:
    """Hold each rater against the consensus of the others."""
    mine = design.criterion == criterion
    others = [
        (rater, level, rule([float(one) for one in rest]))
        for rater, level, rest in _left_out(design, np.flatnonzero(mine))
    ]
    found = []
    for rater in np.unique(design.rater[mine]):
        pairs = [(level, other) for who, level, other in others if who == rater and other is not None]
        gaps = np.array([level - other for level, other in pairs])
        found.append(
            RaterReliability(
                rater_id=design.rater_ids[rater],
                criterion_id=design.criterion_ids[criterion],
                reliability=float((gaps == 0).mean()) if pairs else float("nan"),
                bias=float(gaps.mean()) if pairs else float("nan"),
                n_ratings=int((design.rater[mine] == rater).sum()),
                reason=None if pairs else "no submission with a consensus of other raters",
            )
        )
    return found


def _left_out(design: RatingDesign, rows: np.ndarray) -> list[tuple[int, float, FloatArray]]:
    found = []
    for mine in np.split(rows, np.flatnonzero(np.diff(design.submission[rows])) + 1):
        for at, row in enumerate(mine):
            found.append((int(design.rater[row]), float(design.level[row]), np.delete(design.level[mine], at)))
    return found
