"""The card of a bundle: what it was learned from, what was measured, what it can and cannot promise."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reviewkit.bundle.manifest import Manifest
from reviewkit.evaluation.calibration import ReliabilityBin, ranked_probability_score, reliability
from reviewkit.model import ReviewModel
from reviewkit.report.reliability_plot import reliability_svg
from reviewkit.scoring.estimator_choice import TriedEstimator
from reviewkit.scoring.summary import CriterionSummary
from reviewkit.screening.stress import StressRow

RELIABILITY = "reliability.svg"
_FEW = 100
_BINS = tuple((at / 10, f"{at / 10:g} to {(at + 1) / 10:g}") for at in range(10))


def card_text(manifest: Manifest, model: ReviewModel, *, note: str = "", stressed: Sequence[StressRow] = ()) -> str:
    """Write the card in Markdown."""
    rubric = model.rubric
    lines = [
        f"# {rubric.title}: a reviewkit bundle",
        "",
        f"Suggests a level on each criterion of the rubric `{rubric.id}` {rubric.version} for a teacher's submission, "
        "with calibrated probabilities and evidence. People decide: a suggestion is never a decision.",
        "",
        *([note, ""] if note else []),
        "## What it was learned from",
        "",
        "| criterion | rated submissions | learned from | calibrated on | state |",
        "|---|---|---|---|---|",
        *(_training_row(model, name, one) for name, one in model.summary_.items()),
        "",
        "## What was measured",
        "",
        "Each row was scored by a model that had not seen its teacher.",
        "",
        "| criterion | rows | exact | at most one level apart | ranked probability score | same, base rate |",
        "|---|---|---|---|---|---|",
        *(_measured_row(name, one) for name, one in model.summary_.items()),
        "",
        *_beside_baselines(model),
        *_estimators(model),
        *_calibration(model),
        *_stressed(stressed),
        "## What it can and cannot promise",
        "",
        *_promises(model),
        "",
        "## How it was made",
        "",
        f"Encoder `{manifest.encoder.name}`; seed {manifest.seed}; "
        + ", ".join(f"{name} {version}" for name, version in manifest.versions.items())
        + f". Rubric digest `{manifest.rubric_digest}`.",
        "",
    ]
    return "\n".join(lines)


def _stressed(rows: Sequence[StressRow]) -> list[str]:
    if not rows:
        return []
    table = [
        f"| {one.change} | {one.criterion_id} | {one.n} | {one.mean_move:+.2f} | {one.mean_absolute_move:.2f} | "
        f"{one.largest_rise:+.2f} | {one.bound:g} | {'passed' if one.passed else 'FAILED'} |"
        for one in rows
    ]
    return [
        "## What a change of form does to its scores",
        "",
        "Moves of the expected level. Filler and pasted descriptors must not raise it, others hardly move it.",
        "",
        "| change | criterion | texts | mean | mean absolute | largest rise | bound | verdict |",
        "|---|---|---|---|---|---|---|---|",
        *table,
        "",
    ]


def card_picture(model: ReviewModel) -> str | None:
    """Draw the reliability diagrams that the card shows; None where every criterion is cold."""
    panels = _reliability(model)
    return (
        reliability_svg({model.rubric.criterion(name).title: bins for name, bins in panels.items()}) if panels else None
    )


def _training_row(model: ReviewModel, name: str, one: CriterionSummary) -> str:
    state = "cold: from descriptors, always to a person" if one.cold else "trained"
    title = model.rubric.criterion(name).title
    return f"| {title} | {one.n_rated} | {one.n_learned} | {one.n_calibrated} | {state} |"


def _measured_row(name: str, one: CriterionSummary) -> str:
    if not one.out_of_fold:
        return f"| {name} | 0 | - | - | - | - |"
    probabilities, level = _unseen(one)
    apart = np.abs(probabilities.argmax(axis=1) - level)
    base = np.bincount(level, minlength=probabilities.shape[1]) / len(level)
    cells = [
        f"{(apart == 0).mean():.2f}",
        f"{(apart <= 1).mean():.2f}",
        f"{ranked_probability_score(probabilities, level):.3f}",
        f"{ranked_probability_score(np.tile(base, (len(level), 1)), level):.3f}",
    ]
    return f"| {name} | {len(level)} | " + " | ".join(cells) + " |"


def _beside_baselines(model: ReviewModel) -> list[str]:
    """Set agreement beside what length and surface counts alone reach, and say where they are not clearly beaten."""
    beside = [(name, other) for name, one in model.summary_.items() for other in one.baselines]
    if not beside:
        return []
    return [
        "Agreement (QWK) beside what knows only the texts' length, or only surface counts, on the same rows:",
        "",
        "| criterion | baseline | its QWK | the model's | gain, 95 % interval |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {one.name} | {one.qwk:.2f} | {one.qwk + one.gain:.2f} "
            f"| {one.gain:+.2f} ({one.low:.2f} to {one.high:.2f}) |"
            for name, one in beside
        ),
        "",
        *(f"**{name}:** {one.warning}.\n" for name, one in beside if not one.is_beaten),
    ]


def _estimators(model: ReviewModel) -> list[str]:
    """Say which estimators were compared, and what lost."""
    compared = {name: one.estimators for name, one in model.summary_.items() if one.estimators}
    if not compared:
        return []
    return [
        "Estimators, each fitted whole and scored by log score on rows that it had not seen; the first within one "
        "standard error of the best was taken:",
        "",
        "| criterion | estimator | log score | behind the best ± standard error | |",
        "|---|---|---|---|---|",
        *(_estimator_row(name, one) for name, tried in compared.items() for one in tried),
        "",
    ]


def _estimator_row(name: str, one: TriedEstimator) -> str:
    if np.isnan(one.loss):
        return f"| {name} | {one.name} | - | - | not tried: the time given was up |"
    taken = "taken" if one.chosen else "lost"
    return f"| {name} | {one.name} | {one.loss:.3f} | {one.behind:+.3f} ± {one.standard_error:.3f} | {taken} |"


def _calibration(model: ReviewModel) -> list[str]:
    """Say how honest the chances are, and which calibrators were compared."""
    panels = _reliability(model)
    if not panels:
        return []
    return [
        "Chances given, on the same rows, of reaching each level but the lowest, and how often it was reached. In the "
        "table, by tenths of the chance given: its mean / the share that came true, how many chances.",
        "",
        f"![Reliability diagrams: on the diagonal, what was said came true as often as was said]({RELIABILITY})",
        "",
        "| criterion | " + " | ".join(name for _, name in _BINS) + " |",
        "|---" * (len(_BINS) + 1) + "|",
        *(f"| {name} | " + " | ".join(_bin_cells(bins)) + " |" for name, bins in panels.items()),
        "",
        "Calibrators, each scored by log score on rows that it was not fitted on; the simplest within one standard "
        "error of the best was taken:",
        "",
        "| criterion | taken | compared: log score (behind the best ± standard error) |",
        "|---|---|---|",
        *(_calibrator_row(model, name) for name in panels),
        "",
    ]


def _reliability(model: ReviewModel) -> dict[str, tuple[ReliabilityBin, ...]]:
    return {name: reliability(*_unseen(one)) for name, one in model.summary_.items() if one.out_of_fold}


def _unseen(one: CriterionSummary) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    rows = np.asarray([row for _, row in one.out_of_fold])
    return rows, np.asarray([index for index, _ in one.out_of_fold], dtype=np.intp)


def _bin_cells(bins: tuple[ReliabilityBin, ...]) -> list[str]:
    cells = {min(int(one.said * 10), 9): f"{one.said:.2f} / {one.happened:.2f}, {one.n}" for one in bins}
    return [cells.get(at, "-") for at in range(len(_BINS))]


def _calibrator_row(model: ReviewModel, name: str) -> str:
    calibrator, tried = model.scorers_[name].calibrator_, model.summary_[name].tried
    compared = "; ".join(f"{one.name} {one.loss:.3f} ({one.behind:+.3f} ± {one.standard_error:.3f})" for one in tried)
    none = "too few rows for another" if model.settings.scorer.calibrator == "auto" else "as the settings ask"
    return f"| {name} | {calibrator.name if calibrator else '-'} | {compared or none} |"


def _promises(model: ReviewModel) -> list[str]:
    coverage = model.settings.scorer.coverage_level
    few = [one for one in model.summary_.values() if one.n_rated < _FEW]
    over = "at every level that had rows enough" if model.settings.scorer.coverage == "per-level" else "on average"
    lines = [
        f"- Prediction sets are made to hold the score of record {coverage:.0%} of the time, {over}, on submissions "
        f"like these. {_guarantee(model)}",
        "- No certificate comes with this bundle: unless uncertified suggestions are allowed, all goes to review.",
        "- It speaks of the score of record under the rubric's rule, not of any one rater.",
    ]
    if few:
        lines.append(
            f"- It was learned from {min(one.n_rated for one in few)} rated submissions on some criteria. That is "
            "enough to show how the parts work together and to rank clear cases; it is too few to trust a single "
            "suggestion, to compare groups, or to certify anything. Rate your own submissions and train anew."
        )
    return lines


def _guarantee(model: ReviewModel) -> str:
    """Say what of the coverage is proved."""
    settings = model.settings.scorer
    if settings.sets == "cross":
        proved = max(0.0, 1 - 2 * (1 - settings.coverage_level))
        return (
            f"Proved is {proved:.0%}, less what few rows take: every row calibrated, by a model that had not seen it."
        )
    if all(one.n_learned + one.n_calibrated == one.n_rated for one in model.summary_.values() if not one.cold):
        return "Proved for submissions drawn like those: rows apart calibrated the sets."
    return "Expected and not proved: the rows that calibrated the sets taught the model too."
