"""What the report of reviewer agreement shows of one criterion, as plain values: the template only sets them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reviewkit.agreement.estimate import Coefficient
from reviewkit.agreement.table import RatingTable
from reviewkit.records import Criterion, level_text
from reviewkit.report.agreement_figures import busiest_raters, level_uses, other_levels, pair_agreements
from reviewkit.report.strips import axis_strip, interval_strip, share_strip
from reviewkit.report.wording import criterion_letter, figure, percent

if TYPE_CHECKING:
    from markupsafe import Markup

N_HUES = 8
MOST_RATERS = 16
MOST_LEVELS = 12
HEAT_STEPS = 8
FORMULAS = {
    "percent": "Percent agreement",
    "adjacent": "Adjacent agreement",
    "cohen": "Cohen’s kappa",
    "conger": "Conger’s kappa",
    "scott": "Scott’s pi",
    "fleiss": "Fleiss’ kappa",
    "brennan-prediger": "Brennan–Prediger",
    "gwet": "Gwet’s AC",
    "krippendorff": "Krippendorff’s alpha",
    "icc": "Intraclass correlation",
    "kendall-w": "Kendall’s W",
    "pearson": "Pearson’s r",
    "spearman": "Spearman’s rho",
    "smd": "Standardized mean difference",
}
METHODS = {
    "analytic": "analytic",
    "fisher": "analytic, on Fisher’s z",
    "jackknife": "jackknife over submissions",
    "jackknife-f": "jackknife or F, the farther end",
    "percentile": "percentile bootstrap",
    "bca": "BCa bootstrap",
}
WEIGHTS = {
    "identity": "unweighted",
    "ordinal-krippendorff": "ordinal weights (Krippendorff)",
    "ordinal-irrcac": "ordinal weights (irrCAC)",
    "own": "weights of one’s own",
}
HEADLINE = (("krippendorff", "ordinal-krippendorff"), ("krippendorff", "quadratic"), ("krippendorff", "identity"))


@dataclass(frozen=True, slots=True)
class CoefficientRow:
    """One coefficient: formula, value, interval, n, and the strip that draws them."""

    formula: str
    detail: str
    strip: "Markup"
    value: str
    interval: str
    method: str
    n: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One cell of a grid: its number, a second line, and its step of colour (0 is none)."""

    text: str
    below: str
    step: int


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row of a grid; a cell is None on the diagonal of a grid of raters."""

    name: str
    n: int
    cells: tuple[HeatCell | None, ...]


@dataclass(frozen=True, slots=True)
class UseRow:
    """How one rater uses the levels."""

    rater: str
    strip: "Markup"
    shares: tuple[str, ...]
    mean: str
    n: int


@dataclass(frozen=True, slots=True)
class CriterionAgreement:
    """One criterion of the report; ``n_left_out`` raters are not in its grids."""

    anchor: str
    letter: str
    hue: str
    title: str
    n_units: int
    n_raters: int
    n_ratings: int
    sentences: tuple[str, ...]
    confidence: str
    coefficients: tuple[CoefficientRow, ...]
    axis: "Markup"
    levels: tuple[str, ...]
    pair_names: tuple[str, ...]
    pairs: tuple[GridRow, ...]
    use: tuple[UseRow, ...]
    confusion: tuple[GridRow, ...]
    n_left_out: int


def criterion_agreement(
    index: int, table: RatingTable, coefficients: Sequence[Coefficient], *, name: str, criterion: Criterion | None
) -> CriterionAgreement:
    """Settle what the report shows of one criterion.

    Parameters
    ----------
    index : int
        Its place in the report, from 0.
    table : RatingTable
    coefficients : sequence of Coefficient
        In the order in which they are shown.
    name : str
        Id of the criterion, shown where the rubric does not name it.
    criterion : Criterion or None
    """
    columns = busiest_raters(table, at_most=MOST_RATERS) if table.raters_known else ()
    scale = _scale(coefficients)
    short = table.n_levels <= MOST_LEVELS
    return CriterionAgreement(
        anchor=f"c{index}",
        letter=criterion_letter(index),
        hue=f"k{index % N_HUES + 1}",
        title=name if criterion is None else criterion.title,
        n_units=table.n_units,
        n_raters=table.n_raters,
        n_ratings=table.n_ratings,
        sentences=_sentences(table, coefficients),
        confidence=percent(coefficients[0].confidence) if coefficients else "",
        coefficients=tuple(_coefficient_row(one, scale) for one in coefficients),
        axis=axis_strip(scale),
        levels=_level_names(table, criterion),
        pair_names=tuple(table.rater_ids[column] for column in columns),
        pairs=_pair_rows(table, columns) if len(columns) > 1 else (),
        use=tuple(_use_rows(table, columns)) if short else (),
        confusion=_confusion_rows(table, criterion) if short else (),
        n_left_out=(table.n_raters - len(columns)) if table.raters_known else 0,
    )


def formula_name(one: Coefficient) -> tuple[str, str]:
    """Return the formula of a coefficient and its form or weights, in words.

    Examples
    --------
    >>> formula_name(Coefficient(name="gwet", weights="quadratic", value=0.8, n=10))
    ('Gwet’s AC2', 'quadratic weights')
    """
    formula = FORMULAS.get(one.name, one.name)
    if one.name == "gwet":
        formula += "1" if one.weights in (None, "identity") else "2"
    if one.form is not None or one.weights is None:
        return formula, one.form or ""
    return formula, WEIGHTS.get(one.weights, f"{one.weights} weights")


def _sentences(table: RatingTable, coefficients: Sequence[Coefficient]) -> tuple[str, ...]:
    defined = {(one.name, one.weights): one for one in coefficients if one.defined}
    sentences = []
    exact = next((one for (name, weights), one in defined.items() if (name, weights) == ("percent", "identity")), None)
    if exact is not None:
        near = next((one for (name, _), one in defined.items() if name == "adjacent"), None)
        more = "" if near is None else f", and in {percent(near.value)} they were at most one level apart"
        sentences.append(f"In {percent(exact.value)} of pairs two raters chose the same level{more}.")
    headline = next((defined[key] for key in HEADLINE if key in defined), None)
    if headline is not None:
        formula, detail = formula_name(headline)
        ends = f"; {percent(headline.confidence)} interval {_interval(headline, 2)}" if _has_interval(headline) else ""
        sentences.append(
            f"Beyond chance, agreement is {figure(headline.value, 2)}, where 0 is chance and 1 is perfect "
            f"({formula}, {detail}, n = {headline.n}{ends})."
        )
    return tuple(sentences) or (f"No agreement can be told: {table.n_ratings} ratings give no two to compare.",)


def _has_interval(one: Coefficient) -> bool:
    return not math.isnan(one.low) and not math.isnan(one.high)


def _interval(one: Coefficient, decimals: int) -> str:
    return f"{figure(one.low, decimals)} to {figure(one.high, decimals)}" if _has_interval(one) else "–"


def _scale(coefficients: Sequence[Coefficient]) -> tuple[float, float]:
    numbers = [number for one in coefficients for number in (one.value, one.low, one.high) if not math.isnan(number)]
    low, high = min([0.0, *numbers]), max([1.0, *numbers])
    return math.floor(low * 5) / 5, math.ceil(high * 5) / 5


def _coefficient_row(one: Coefficient, scale: tuple[float, float]) -> CoefficientRow:
    formula, detail = formula_name(one)
    method = METHODS.get(one.interval_method or "", one.interval_method or "")
    if one.n_undefined:
        method += f", {one.n_undefined} of {one.n_resamples} resamples undefined"
    return CoefficientRow(
        formula=formula,
        detail=detail,
        strip=interval_strip(one.value, one.low, one.high, scale=scale),
        value=figure(one.value, 3),
        interval=_interval(one, 3),
        method=method,
        n=one.n,
        reason=one.reason,
    )


def _level_names(table: RatingTable, criterion: Criterion | None) -> tuple[str, ...]:
    known = {} if criterion is None else {one.level: one.name for one in criterion.levels}
    return tuple(f"{level_text(level)} {known.get(level, '')}".strip() for level in table.levels.tolist())


def _heat(share: float) -> int:
    return 0 if math.isnan(share) or share <= 0 else min(int(share * HEAT_STEPS) + 1, HEAT_STEPS)


def _pair_rows(table: RatingTable, columns: tuple[int, ...]) -> tuple[GridRow, ...]:
    pairs = {(one.first, one.second): one for one in pair_agreements(table, columns=columns)}
    names = [table.rater_ids[column] for column in columns]
    rows = []
    for row in names:
        cells: list[HeatCell | None] = []
        for column in names:
            one = pairs.get((row, column)) or pairs.get((column, row))
            cells.append(None if one is None else HeatCell(figure(one.kappa, 2), f"n {one.n}", _heat(one.kappa)))
        rows.append(GridRow(name=row, n=0, cells=tuple(cells)))
    return tuple(rows)


def _use_rows(table: RatingTable, columns: tuple[int, ...]) -> Sequence[UseRow]:
    return [
        UseRow(
            rater=one.rater_id,
            strip=share_strip(one.shares),
            shares=tuple(percent(share) for share in one.shares),
            mean=figure(one.mean, 2),
            n=one.n,
        )
        for one in level_uses(table, columns=columns)
    ]


def _confusion_rows(table: RatingTable, criterion: Criterion | None) -> tuple[GridRow, ...]:
    rows = []
    for name, counts in zip(_level_names(table, criterion), other_levels(table), strict=True):
        total = counts.sum()
        shares = counts / total if total else counts
        cells = [HeatCell(percent(share) if total else "–", "", _heat(share)) for share in shares.tolist()]
        rows.append(GridRow(name=name, n=int(total), cells=tuple(cells)))
    return tuple(rows)
