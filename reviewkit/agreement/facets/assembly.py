"""A fitted model written out as records, element by element."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from reviewkit.agreement.design import FloatArray, IntArray, RatingDesign
from reviewkit.agreement.facets.estimation import NO_SPREAD, Estimate
from reviewkit.agreement.facets.fit import (
    Residuals,
    eap_reliability,
    expected_levels,
    mean_squares,
    separation,
    teacher_separation,
)
from reviewkit.agreement.facets.model import FacetsData, FacetsSettings
from reviewkit.agreement.facets.result import (
    CriterionMeasure,
    FacetsResult,
    GridFit,
    RaterMeasure,
    StepMeasure,
    TeacherMeasure,
)

NAN = float("nan")
ONE_END = "used one end of the scale only: no finite severity fits"
ONE_LEVEL = "shows one level only, or only ratings that inform nothing"
UNINFORMED = "has only ratings that inform nothing"


def facets_result(
    everything: RatingDesign,
    data: FacetsData,
    *,
    fitted: Estimate,
    found: Residuals,
    settings: FacetsSettings,
    notes: tuple[str, ...],
) -> FacetsResult:
    """Write a fitted model out; names that inform nothing stand there with nan and the reason."""
    errors = standard_errors(fitted)
    raters, criteria = data.slices["raters"], data.slices["criteria"]
    deviance, n_submissions = -2 * fitted.log_likelihood, len(data.design.submission_ids)
    return FacetsResult(
        model=settings.model,
        quadrature=settings.quadrature,
        n_nodes=settings.n_nodes,
        deviance=deviance,
        n_parameters=fitted.n_parameters,
        aic=deviance + 2 * fitted.n_parameters,
        bic=deviance + float(np.log(n_submissions)) * fitted.n_parameters,
        n_ratings=data.design.n_ratings,
        n_submissions=n_submissions,
        location=float(fitted.parameters[0]),
        variance=fitted.sigma**2,
        variance_se=2 * fitted.sigma**2 * float(errors[-1]) if fitted.sigma > NO_SPREAD else NAN,
        eap_reliability=eap_reliability(found.mean, found.sd),
        converged=fitted.converged,
        raters=_raters(everything, data, fitted, found),
        criteria=_criteria(everything, data, fitted, found),
        steps=_steps(data, fitted),
        teachers=_teachers(everything, data, fitted, found),
        separations=(
            separation("raters", fitted.parameters[raters], errors[raters]),
            separation("criteria", fitted.parameters[criteria], errors[criteria]),
            teacher_separation(found.mean, found.sd),
        ),
        notes=notes,
    )


def grid_fit(fitted: Estimate, found: Residuals, settings: FacetsSettings) -> GridFit:
    """Say what one way of integrating gives."""
    return GridFit(
        quadrature=settings.quadrature,
        n_nodes=settings.n_nodes,
        bound=settings.bound if settings.quadrature == "fixed" else None,
        deviance=-2 * fitted.log_likelihood,
        variance=fitted.sigma**2,
        eap_reliability=eap_reliability(found.mean, found.sd),
        converged=fitted.converged,
    )


def standard_errors(fitted: Estimate) -> FloatArray:
    """Return the standard error of each full parameter and, last, of the log of sigma."""
    errors: FloatArray = np.sqrt(np.maximum(np.diag(fitted.covariance), 0.0))
    return errors


def _raters(everything: RatingDesign, data: FacetsData, fitted: Estimate, found: Residuals) -> tuple[RaterMeasure, ...]:
    here = data.slices["raters"]
    severity = fitted.parameters[here]
    infit, outfit = mean_squares(found, data.design.rater, len(severity))
    fair = expected_levels(data, fitted.parameters, np.zeros_like(severity), severity).mean(axis=1)
    columns = {"severity": severity, "se": standard_errors(fitted)[here], "infit": infit, "outfit": outfit,
               "fair_average": fair}  # fmt: skip
    rows = _elements(
        everything.rater_ids,
        everything.rater,
        level=everything.level,
        informing=data.design.rater_ids,
        columns=columns,
        reason=ONE_END,
    )
    return tuple(RaterMeasure(rater_id=name, **row) for name, row in rows)


def _criteria(
    everything: RatingDesign, data: FacetsData, fitted: Estimate, found: Residuals
) -> tuple[CriterionMeasure, ...]:
    here = data.slices["criteria"]
    difficulty = fitted.parameters[here]
    infit, outfit = mean_squares(found, data.design.criterion, len(difficulty))
    fair = expected_levels(data, fitted.parameters, np.zeros(1), np.zeros(1))[0]
    columns = {"difficulty": difficulty, "se": standard_errors(fitted)[here], "infit": infit, "outfit": outfit,
               "fair_average": fair}  # fmt: skip
    rows = _elements(
        everything.criterion_ids,
        everything.criterion,
        level=everything.level,
        informing=data.design.criterion_ids,
        columns=columns,
        reason=ONE_LEVEL,
    )
    return tuple(CriterionMeasure(criterion_id=name, **row) for name, row in rows)


def _teachers(
    everything: RatingDesign, data: FacetsData, fitted: Estimate, found: Residuals
) -> tuple[TeacherMeasure, ...]:
    infit, outfit = mean_squares(found, data.design.submission, len(found.mean))
    fair = expected_levels(data, fitted.parameters, found.mean, np.zeros_like(found.mean)).mean(axis=1)
    columns = {"measure": found.mean, "se": found.sd, "infit": infit, "outfit": outfit, "fair_average": fair}
    rows = _elements(
        everything.submission_ids,
        everything.submission,
        level=everything.level,
        informing=data.design.submission_ids,
        columns=columns,
        reason=UNINFORMED,
    )
    return tuple(TeacherMeasure(submission_id=name, **row) for name, row in rows)


def _elements(
    names: tuple[str, ...],
    element: IntArray,
    *,
    level: FloatArray,
    informing: tuple[str, ...],
    columns: dict[str, FloatArray],
    reason: str,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Fields of each element of a facet: its columns, or nan and the reason, with its count and average."""
    n = np.bincount(element, minlength=len(names))
    average = np.bincount(element, level, len(names)) / n
    at = {name: index for index, name in enumerate(informing)}
    for index, name in enumerate(names):
        row: dict[str, Any] = {"n_ratings": int(n[index]), "observed_average": float(average[index])}
        here = at.get(name)
        row |= {key: NAN if here is None else float(values[here]) for key, values in columns.items()}
        yield name, row | ({"reason": reason} if here is None else {})


def _steps(data: FacetsData, fitted: Estimate) -> tuple[StepMeasure, ...]:
    here = data.slices["steps"]
    threshold, se = fitted.parameters[here], standard_errors(fitted)[here]
    found = []
    for criterion, row in enumerate(data.steps[:1] if data.shared else data.steps):
        mine = np.ones(data.design.n_ratings, dtype=bool) if data.shared else data.design.criterion == criterion
        for category, at in enumerate(row[row >= 0], start=1):
            found.append(
                StepMeasure(
                    criterion_id=None if data.shared else data.design.criterion_ids[criterion],
                    level=float(data.levels[criterion][category]),
                    threshold=float(threshold[at]),
                    se=float(se[at]),
                    n_ratings=int((data.category[mine] == category).sum()),
                )
            )
    return tuple(found)
