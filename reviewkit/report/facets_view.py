"""What a page shows of a many-facet Rasch analysis: severity ladder, Wright map, drift; as plain values."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewkit.agreement.facets.drift import SeverityDrift, WindowSeverity
from reviewkit.agreement.facets.result import CriterionMeasure, FacetsResult, RaterMeasure
from reviewkit.records import Rubric, level_text
from reviewkit.report.strips import axis_strip, bar_strip, interval_strip, path_strip
from reviewkit.report.wording import criterion_letter, figure, percent

if TYPE_CHECKING:
    from markupsafe import Markup

NORMAL_95 = 1.96
MOST_RUNGS = 22
RUNG_WIDTHS = (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
MOST_NAMES = 12


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One rater or criterion: its measure with its interval, fit and averages."""

    name: str
    strip: "Markup"
    measure: str
    se: str
    infit: str
    outfit: str
    observed: str
    fair: str
    n: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the Wright map: all that stands within its stretch of logits."""

    logit: str
    n_teachers: int
    teachers: "Markup"
    raters: str
    criteria: str
    steps: str


@dataclass(frozen=True, slots=True)
class DriftRow:
    """One rater over time."""

    rater: str
    strip: "Markup"
    slope: str
    p_value: str
    verdict: str
    windows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FacetsView:
    """The part of a page that speaks of severity."""

    sentences: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    raters: tuple[MeasureRow, ...]
    rater_axis: "Markup"
    criteria: tuple[MeasureRow, ...]
    criterion_axis: "Markup"
    rungs: tuple[Rung, ...]
    letters: tuple[tuple[str, str], ...]
    drift: tuple[DriftRow, ...]
    notes: tuple[str, ...]


def facets_view(result: FacetsResult, *, drift: Sequence[SeverityDrift], rubric: Rubric | None) -> FacetsView:
    """Settle what a page shows of a many-facet Rasch analysis.

    Parameters
    ----------
    result : FacetsResult
    drift : sequence of SeverityDrift
        Empty where it was not asked for.
    rubric : Rubric or None
        For the criteria's titles.
    """
    titles = {} if rubric is None else {one.id: one.title for one in rubric.criteria}
    letters = {one.criterion_id: criterion_letter(index) for index, one in enumerate(result.criteria)}
    raters = sorted(result.raters, key=lambda one: -one.severity if not math.isnan(one.severity) else math.inf)
    rater_scale = _scale([(one.severity, one.se) for one in result.raters])
    criterion_scale = _scale([(one.difficulty, one.se) for one in result.criteria])
    return FacetsView(
        sentences=_sentences(result),
        facts=_facts(result),
        raters=tuple(_row(one, one.rater_id, one.severity, scale=rater_scale) for one in raters),
        rater_axis=axis_strip(rater_scale),
        criteria=tuple(
            _row(one, titles.get(one.criterion_id, one.criterion_id), one.difficulty, scale=criterion_scale)
            for one in result.criteria
        ),
        criterion_axis=axis_strip(criterion_scale),
        rungs=_rungs(result, letters),
        letters=tuple((letter, titles.get(one, one)) for one, letter in letters.items()),
        drift=_drift_rows(drift),
        notes=result.notes,
    )


def _sentences(result: FacetsResult) -> tuple[str, ...]:
    known = [one for one in result.raters if not math.isnan(one.severity)]
    if len(known) < 2:
        return ("Fewer than two raters have a severity that can be estimated: there is nothing to compare.",)
    severe = max(known, key=lambda one: one.severity)
    lenient = min(known, key=lambda one: one.severity)
    gap = severe.fair_average - lenient.fair_average
    raters = result.separation("raters")
    sentences = [
        f"{severe.rater_id} is the most severe rater and {lenient.rater_id} the most lenient: for the same average "
        f"work they would give {figure(severe.fair_average, 2)} and {figure(lenient.fair_average, 2)}, "
        f"{figure(abs(gap), 2)} of a level apart."
    ]
    if not math.isnan(raters.p_value):
        differ = "differ" if raters.p_value < 0.05 else "cannot be shown to differ"
        p_value = _p_value(raters.p_value)
        sentences.append(
            f"Raters {differ} in severity (χ²({raters.df:g}) = {figure(raters.chi_square, 1)}, "
            f"p {p_value if p_value.startswith('<') else f'= {p_value}'}; reliability of their differences "
            f"{figure(raters.reliability, 2)})."
        )
    return tuple(sentences)


def _facts(result: FacetsResult) -> tuple[tuple[str, str], ...]:
    integration = f"{result.quadrature} quadrature, {result.n_nodes} nodes"
    return (
        ("Model", f"many-facet Rasch, {result.model.replace('-', ' ')}; marginal maximum likelihood, {integration}"),
        ("Ratings", f"{result.n_ratings} of {result.n_submissions} submissions"),
        ("Deviance", f"{figure(result.deviance, 2)}; {result.n_parameters} parameters, AIC {figure(result.aic, 1)}"),
        ("Variance of measures", f"{figure(result.variance, 3)}, standard error {figure(result.variance_se, 3)}"),
        ("EAP reliability", figure(result.eap_reliability, 3)),
        ("Converged", "yes" if result.converged else "no: do not use these numbers"),
    )


def _scale(measures: Sequence[tuple[float, float]]) -> tuple[float, float]:
    reach = [abs(value) + NORMAL_95 * (0.0 if math.isnan(se) else se) for value, se in measures if math.isfinite(value)]
    end = math.ceil(2 * max([0.5, *reach])) / 2
    return -end, end


def _row(one: RaterMeasure | CriterionMeasure, name: str, measure: float, *, scale: tuple[float, float]) -> MeasureRow:
    half = NORMAL_95 * one.se
    return MeasureRow(
        name=name,
        strip=interval_strip(measure, measure - half, measure + half, scale=scale),
        measure=figure(measure, 2),
        se=figure(one.se, 2),
        infit=figure(one.infit, 2),
        outfit=figure(one.outfit, 2),
        observed=figure(one.observed_average, 2),
        fair=figure(one.fair_average, 2),
        n=one.n_ratings,
        reason=one.reason,
    )


def _rungs(result: FacetsResult, letters: Mapping[str, str]) -> tuple[Rung, ...]:
    teachers = [("", one.measure) for one in result.teachers]
    raters = [(one.rater_id, one.severity) for one in result.raters]
    criteria = [(letters[one.criterion_id], one.difficulty) for one in result.criteria]
    steps = _steps(result, letters)
    known = [value for _, value in (*teachers, *raters, *criteria, *steps) if math.isfinite(value)]
    if not known:
        return ()
    width = next((one for one in RUNG_WIDTHS if (max(known) - min(known)) / one <= MOST_RUNGS), RUNG_WIDTHS[-1])
    rungs = range(math.floor(max(known) / width + 0.5), math.floor(min(known) / width + 0.5) - 1, -1)
    on = {kind: _by_rung(found, width) for kind, found in
          (("teachers", teachers), ("raters", raters), ("criteria", criteria), ("steps", steps))}  # fmt: skip
    most = max([1, *(len(names) for names in on["teachers"].values())])
    return tuple(
        Rung(
            logit=figure(rung * width, 2 if width < 0.5 else 1),
            n_teachers=len(on["teachers"].get(rung, ())),
            teachers=bar_strip(len(on["teachers"].get(rung, ())) / most),
            raters=_names(on["raters"].get(rung, []), "raters"),
            criteria=_names(on["criteria"].get(rung, []), "criteria"),
            steps=_names(on["steps"].get(rung, []), "steps"),
        )
        for rung in rungs
    )


def _steps(result: FacetsResult, letters: Mapping[str, str]) -> list[tuple[str, float]]:
    """Place each step where an average rater is as likely to give its level as the one below it."""
    difficulty = {one.criterion_id: one.difficulty for one in result.criteria}
    return [
        (
            f"{letters.get(one.criterion_id or '', '')} {level_text(one.level)}".strip(),
            difficulty.get(one.criterion_id or "", 0.0) + one.threshold - result.location,
        )
        for one in result.steps
    ]


def _by_rung(found: Sequence[tuple[str, float]], width: float) -> dict[int, list[str]]:
    rungs: dict[int, list[str]] = {}
    for name, value in found:
        if math.isfinite(value):
            rungs.setdefault(math.floor(value / width + 0.5), []).append(name)
    return rungs


def _names(names: Sequence[str], kind: str) -> str:
    return f"{len(names)} {kind}" if len(names) > MOST_NAMES else ", ".join(names)


def _drift_rows(drift: Sequence[SeverityDrift]) -> tuple[DriftRow, ...]:
    windows = [window for one in drift for window in one.windows]
    if not windows:
        return ()
    ends = [end for window in windows for end in _ends(window)]
    scale = (math.floor(4 * min([0.0, *ends])) / 4, math.ceil(4 * max([0.25, *ends])) / 4)
    first = min(window.start for window in windows)
    whole = (max(window.end for window in windows) - first).total_seconds() or 1.0
    return tuple(_drift_row(one, scale=scale, first=first.timestamp(), whole=whole) for one in drift)


def _ends(window: WindowSeverity) -> tuple[float, ...]:
    half = 0.0 if math.isnan(window.se) else NORMAL_95 * window.se
    return () if math.isnan(window.severity) else (window.severity - half, window.severity + half)


def _drift_row(one: SeverityDrift, *, scale: tuple[float, float], first: float, whole: float) -> DriftRow:
    points = [
        (((w.start.timestamp() + w.end.timestamp()) / 2 - first) / whole, w.severity, NORMAL_95 * w.se)
        for w in one.windows
    ]
    verdicts = {True: "moved", False: "no movement shown", None: one.reason or "nothing to compare"}
    return DriftRow(
        rater=one.rater_id,
        strip=path_strip(points, scale=scale),
        slope="–"
        if math.isnan(one.slope_per_30_days)
        else f"{figure(one.slope_per_30_days, 2)} ± {figure(NORMAL_95 * one.slope_se, 2)}",
        p_value=_p_value(one.p_value),
        verdict=verdicts[one.drifts],
        windows=tuple(
            f"{w.start:%d %b %Y} to {w.end:%d %b %Y}: {figure(w.severity, 2)} (n {w.n_ratings})" for w in one.windows
        ),
    )


def _p_value(value: float) -> str:
    return "< 0.001" if value < 0.001 else figure(value, 3)


def share_of_raters_that_drift(rows: Sequence[SeverityDrift]) -> str:
    """Say how many of the raters that can be followed over time move."""
    known = [one for one in rows if one.drifts is not None]
    if not known:
        return "No rater rated in two windows of time: nothing to compare."
    moving = sum(bool(one.drifts) for one in known)
    return f"{moving} of {len(known)} raters ({percent(moving / len(known))}) moved in severity over time."
