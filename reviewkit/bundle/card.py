"""The card of a bundle: what it was learned from, what was measured, what it can and cannot promise."""

import numpy as np
from numpy.typing import NDArray

from reviewkit.bundle.manifest import Manifest
from reviewkit.model import CriterionSummary, ReviewModel

_FEW = 100


def card_text(manifest: Manifest, model: ReviewModel, *, note: str = "") -> str:
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


def _training_row(model: ReviewModel, name: str, one: CriterionSummary) -> str:
    state = "cold: from descriptors, always to a person" if one.cold else "trained"
    title = model.rubric.criterion(name).title
    return f"| {title} | {one.n_rated} | {one.n_learned} | {one.n_calibrated} | {state} |"


def _measured_row(name: str, one: CriterionSummary) -> str:
    if not one.out_of_fold:
        return f"| {name} | 0 | - | - | - | - |"
    level = np.asarray([index for index, _ in one.out_of_fold])
    probabilities = np.asarray([row for _, row in one.out_of_fold])
    apart = np.abs(probabilities.argmax(axis=1) - level)
    base = np.bincount(level, minlength=probabilities.shape[1]) / len(level)
    cells = [
        f"{(apart == 0).mean():.2f}",
        f"{(apart <= 1).mean():.2f}",
        f"{_ranked_score(probabilities, level):.3f}",
        f"{_ranked_score(np.tile(base, (len(level), 1)), level):.3f}",
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


def _ranked_score(probabilities: NDArray[np.float64], level: NDArray[np.intp]) -> float:
    above = np.arange(probabilities.shape[1] - 1)[None, :] >= level[:, None]
    return float(((probabilities.cumsum(axis=1)[:, :-1] - above) ** 2).sum(axis=1).mean())


def _promises(model: ReviewModel) -> list[str]:
    coverage = model.settings.scorer.coverage_level
    few = [one for one in model.summary_.values() if one.n_rated < _FEW]
    lines = [
        f"- Prediction sets are made to hold the score of record {coverage:.0%} of the time on submissions like these.",
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
