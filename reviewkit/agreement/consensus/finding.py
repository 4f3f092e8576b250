"""Several raters' levels in, one level a submission out, by rule or by model."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from reviewkit.agreement.consensus.dawid_skene import LatentTruth, dawid_skene, ordinal_truth
from reviewkit.agreement.consensus.result import (
    ConsensusLevel,
    ConsensusMethod,
    ConsensusResult,
    ConsensusSettings,
    RaterReliability,
)
from reviewkit.agreement.consensus.rules import levels_by_rule, raters_by_rule, rule_of
from reviewkit.agreement.consensus.severity import settled_probabilities
from reviewkit.agreement.design import FloatArray, IntArray, RatingDesign, rating_design
from reviewkit.agreement.facets import FacetsSettings, fit_facets
from reviewkit.errors import RatingsError
from reviewkit.records import Rubric
from reviewkit.records.base import level_text
from reviewkit.records.rating import Rating

MODELS = ("dawid-skene", "ordinal", "severity-adjusted")


def find_consensus(
    ratings: Iterable[Rating] | RatingDesign,
    *,
    method: ConsensusMethod = "majority",
    rubric: Rubric | None = None,
    settings: ConsensusSettings | None = None,
    blind_only: bool = True,
) -> ConsensusResult:
    """Merge raters' levels into one level a submission and criterion, and keep how sure that is.

    Parameters
    ----------
    ratings : iterable of Rating, or RatingDesign
        Any number of raters, with gaps. Adjudications and constructed levels are left out.
    method : str
        ``"majority"``; ``"median-low"``, ``"median-high"``, ``"mean-half-up"``, ``"mean-half-down"`` or
        ``"adjudicate"``, as the rubric's ``record_rule`` names them; ``"dawid-skene"``; ``"ordinal"``; or
        ``"severity-adjusted"``. Models take each criterion alone, but severities come from all criteria.
    rubric : Rubric, optional
        Its levels count, used or not. Left out, those seen.
    settings : ConsensusSettings, optional
    blind_only : bool, default True

    Returns
    -------
    ConsensusResult

    Raises
    ------
    RatingsError
        If no rating counts, or a level is not the rubric's.
    DesignError
        If severities cannot be estimated (``"severity-adjusted"`` only).

    Examples
    --------
    >>> ratings = [Rating(submission_id="s1", criterion_id="taught", rater_id=rater, level=level)
    ...            for rater, level in (("a", 2), ("b", 3), ("c", 3))]
    >>> one = find_consensus(ratings).levels[0]
    >>> one.level, round(one.probability, 3), one.probabilities["2"]
    (3.0, 0.667, 0.3333333333333333)
    """
    settings = settings or ConsensusSettings()
    design = rating_design(ratings, blind_only=blind_only)
    numbers = level_numbers(design, rubric)
    if method == "severity-adjusted":
        return _severity_adjusted(design, numbers, settings)
    if method in MODELS:
        return _by_latent_truth(design, numbers, method=method, settings=settings)
    levels: list[ConsensusLevel] = []
    raters: list[RaterReliability] = []
    for criterion, own in enumerate(numbers):
        rule = rule_of(method, own.tolist())
        levels += levels_by_rule(design, criterion, numbers=own, rule=rule)
        raters += raters_by_rule(design, criterion, rule=rule)
    return ConsensusResult(method=method, levels=tuple(levels), raters=tuple(raters))


def level_numbers(design: RatingDesign, rubric: Rubric | None) -> list[FloatArray]:
    """Level numbers of each criterion of a design: the rubric's, or those seen.

    Raises
    ------
    RatingsError
        If a criterion or a level is not the rubric's.
    """
    seen = [np.unique(design.level[design.criterion == at]) for at in range(len(design.criterion_ids))]
    if rubric is None:
        return seen
    found = []
    for name, own in zip(design.criterion_ids, seen, strict=True):
        if name not in rubric.criterion_ids:
            raise RatingsError(f"criterion {name!r} is not in rubric {rubric.id!r}, which has {rubric.criterion_ids}.")
        numbers = np.array(rubric.criterion(name).level_numbers)
        wrong = own[~np.isin(own, numbers)]
        if len(wrong):
            shown = ", ".join(map(level_text, numbers))
            raise RatingsError(
                f"criterion {name!r} has a rating of {level_text(wrong[0])}, but its levels are {shown}."
            )
        found.append(numbers)
    return found


@dataclass(frozen=True)
class _Part:
    """The ratings on one criterion, indices packed."""

    name: str
    unit_ids: tuple[str, ...]
    rater_ids: tuple[str, ...]
    unit: IntArray
    rater: IntArray
    level: IntArray
    numbers: FloatArray


def _part(design: RatingDesign, criterion: int, numbers: FloatArray) -> _Part:
    own = design.select(design.criterion == criterion)
    index = np.searchsorted(numbers, own.level).astype(np.intp)
    return _Part(
        design.criterion_ids[criterion], own.submission_ids, own.rater_ids, own.submission, own.rater, index, numbers
    )


def _by_latent_truth(
    design: RatingDesign, numbers: list[FloatArray], *, method: str, settings: ConsensusSettings
) -> ConsensusResult:
    parts = [_part(design, criterion, own) for criterion, own in enumerate(numbers)]
    fits = [_fitted(part, method, settings) for part in parts]
    return ConsensusResult(
        method=method,
        levels=tuple(one for part, fit in zip(parts, fits, strict=True) for one in _levels(part, fit.probabilities)),
        raters=tuple(one for part, fit in zip(parts, fits, strict=True) for one in _modelled_raters(part, fit)),
        log_likelihood={part.name: fit.log_likelihood for part, fit in zip(parts, fits, strict=True)},
        converged=all(fit.converged for fit in fits),
    )


def _fitted(part: _Part, method: str, settings: ConsensusSettings) -> LatentTruth:
    if method == "ordinal":
        return ordinal_truth(
            part.unit,
            part.rater,
            levels=part.level,
            n_levels=len(part.numbers),
            max_iterations=settings.max_iterations,
        )
    return dawid_skene(
        part.unit,
        part.rater,
        levels=part.level,
        n_levels=len(part.numbers),
        smoothing=settings.smoothing,
        max_iterations=settings.max_iterations,
        tolerance=settings.tolerance,
    )


def _levels(part: _Part, probabilities: FloatArray) -> list[ConsensusLevel]:
    counts = np.bincount(part.unit, minlength=len(part.unit_ids))
    best = probabilities.argmax(axis=1)
    return [
        ConsensusLevel(
            submission_id=name,
            criterion_id=part.name,
            level=float(part.numbers[best[at]]),
            probability=float(probabilities[at, best[at]]),
            probabilities={level_text(n): float(p) for n, p in zip(part.numbers, probabilities[at], strict=True)},
            expected_level=float(probabilities[at] @ part.numbers),
            n_ratings=int(counts[at]),
            tie=bool(np.isclose(probabilities[at], probabilities[at, best[at]]).sum() > 1),
        )
        for at, name in enumerate(part.unit_ids)
    ]


def _modelled_raters(part: _Part, fit: LatentTruth) -> list[RaterReliability]:
    given = fit.confusion @ part.numbers
    return [
        RaterReliability(
            rater_id=name,
            criterion_id=part.name,
            reliability=float(fit.shares @ np.diag(fit.confusion[at])),
            bias=float(fit.shares @ (given[at] - part.numbers)),
            n_ratings=int((part.rater == at).sum()),
            confusion=tuple(tuple(map(float, row)) for row in fit.confusion[at]),
        )
        for at, name in enumerate(part.rater_ids)
    ]


def _severity_adjusted(design: RatingDesign, numbers: list[FloatArray], settings: ConsensusSettings) -> ConsensusResult:
    fit = fit_facets(design, settings=FacetsSettings())
    informed = {name: at for at, name in enumerate(fit.data.design.criterion_ids)}
    at_submission = {name: at for at, name in enumerate(fit.data.design.submission_ids)}
    levels: list[ConsensusLevel] = []
    raters: list[RaterReliability] = []
    for criterion, own in enumerate(numbers):
        part = _part(design, criterion, own)
        if part.name not in informed:
            rule = rule_of("majority", own.tolist())
            levels += levels_by_rule(design, criterion, numbers=own, rule=rule)
            raters += raters_by_rule(design, criterion, rule=rule)
            continue
        chance = settled_probabilities(fit, informed[part.name], numbers=own, pooled=settings.pooled)
        kept = np.array([chance[at_submission[n]] if n in at_submission else _shares(part, n) for n in part.unit_ids])
        levels += _levels(part, kept)
        raters += _adjusted_raters(part, kept)
    return ConsensusResult(
        method="severity-adjusted", levels=tuple(levels), raters=tuple(raters), converged=fit.fitted.converged
    )


def _shares(part: _Part, name: str) -> FloatArray:
    mine = part.level[part.unit == part.unit_ids.index(name)]
    return np.bincount(mine, minlength=len(part.numbers)) / len(mine)


def _adjusted_raters(part: _Part, chance: FloatArray) -> list[RaterReliability]:
    expected = chance @ part.numbers
    found = []
    for at, name in enumerate(part.rater_ids):
        mine = part.rater == at
        given, unit = part.level[mine], part.unit[mine]
        found.append(
            RaterReliability(
                rater_id=name,
                criterion_id=part.name,
                reliability=float(chance[unit, given].mean()),
                bias=float((part.numbers[given] - expected[unit]).mean()),
                n_ratings=int(mine.sum()),
            )
        )
    return found
