"""``reviewkit agreement``: how far reviewers agree, every coefficient with its interval or the reason for none."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

import reviewkit
from reviewkit.cli.facets import drift_of
from reviewkit.cli.talk import interval, json_result, number, result, say, table

SHOWN = {
    ("percent", "identity"),
    ("adjacent", None),
    ("cohen", "quadratic"),
    ("gwet", "quadratic"),
    ("krippendorff", "ordinal-krippendorff"),
    ("icc", "ICC(2,1)"),
}


def agreement(
    ratings: Annotated[Path, typer.Argument(help="Ratings, CSV or Parquet, in long or wide form.")],
    *,
    rubric: Annotated[Path | None, typer.Option(help="The rubric; left out, the levels are those seen.")] = None,
    criterion: Annotated[str, typer.Option(help="Id of the criterion of a wide file.")] = "ratings",
    interval_method: Annotated[
        Literal["default", "analytic", "fisher", "jackknife", "percentile", "bca", "none"],
        typer.Option("--interval", help="How intervals are found."),
    ] = "default",
    confidence: Annotated[float, typer.Option(help="Confidence of the intervals.", min=0.5, max=0.999)] = 0.95,
    seed: Annotated[int, typer.Option(help="Of the bootstrap.", min=0)] = 0,
    with_unblinded: Annotated[
        bool, typer.Option("--with-unblinded", help="Count ratings by people who had seen the score, too.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="Print every coefficient.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    html: Annotated[Path | None, typer.Option(help="Where the page goes.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a page that stands already.")] = False,
) -> None:
    """Compute how far reviewers agree, criterion by criterion."""
    if html:
        reviewkit.refuse_existing(html, force=force)
    held_to = reviewkit.read_rubric(rubric) if rubric else None
    how = reviewkit.IntervalSettings(method=interval_method, confidence=confidence, seed=seed)
    tables = reviewkit.read_tables(ratings, rubric=held_to, criterion_id=criterion, blind_only=not with_unblinded)
    found = reviewkit.agreement_summary(tables, settings=reviewkit.SummarySettings(interval=how))
    if html:
        facets, drift, reason = _severity(ratings, rubric=held_to, criterion=criterion, blind_only=not with_unblinded)
        page = reviewkit.render_agreement_page(
            tables,
            {name: one.coefficients for name, one in found.criteria.items()},
            rubric=held_to,
            facets=facets,
            facets_reason=reason,
            drift=drift,
        )
        with reviewkit.whole_file(html, force=force) as file:
            file.write(page)
        say(f"Page: {html}")
    if json:
        json_result(found.to_json())
        return
    for one in found.criteria.values():
        _print(one, everything=everything)


def _severity(
    ratings: Path, *, rubric: "reviewkit.Rubric | None", criterion: str, blind_only: bool
) -> "tuple[reviewkit.FacetsResult | None, Sequence[reviewkit.SeverityDrift], str | None]":
    """Severity and its drift, or the reason why it cannot be told."""
    try:
        design = reviewkit.read_design(ratings, rubric=rubric, criterion_id=criterion, blind_only=blind_only)
        fit = reviewkit.fit_facets(design)
    except (reviewkit.DesignError, reviewkit.RatingsError) as error:
        return None, (), str(error)
    return fit.result, drift_of(fit), None


def _print(found: "reviewkit.CriterionAgreement", *, everything: bool) -> None:
    rows = [one for one in found.coefficients if everything or (one.name, one.weights or one.form) in SHOWN]
    table(
        f"{found.criterion_id}: {found.n_units} submissions, {found.n_raters} raters, {found.n_ratings} ratings",
        ["coefficient", "weights or form", "value", "interval", "how", "n", "in words", "note"],
        ([*_row(one), _word(found, one), one.reason or ""] for one in rows),
    )
    if not everything:
        result(f"{len(rows)} of {len(found.coefficients)} coefficients; --all prints every one.")


def _row(one: "reviewkit.Coefficient") -> list[str]:
    ends = interval(one.low, one.high)
    how = one.interval_method or "-"
    return [one.name, one.weights or one.form or "", number(one.value), ends, how, str(one.n)]


def _word(found: "reviewkit.CriterionAgreement", one: "reviewkit.Coefficient") -> str:
    benchmark = found.benchmarks.get(f"{one.name}/{one.weights}")
    return (benchmark and benchmark.word) or ""
