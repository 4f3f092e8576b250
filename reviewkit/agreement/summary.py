"""All coefficients of all criteria at once: the table that a researcher publishes, and the form of its JSON."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, get_args

from pydantic import Field

from reviewkit.agreement.chance import brennan_prediger, fleiss_kappa, gwet_ac
from reviewkit.agreement.coefficients import cohen_kappa, pearson, rater_smd, scott_pi, spearman, specific_agreement
from reviewkit.agreement.conger import conger_kappa
from reviewkit.agreement.estimate import Coefficient, IntervalSettings
from reviewkit.agreement.icc import ICC_FORMS, intraclass_correlation
from reviewkit.agreement.kendall import kendall_w
from reviewkit.agreement.krippendorff import krippendorff_alpha
from reviewkit.agreement.observed import adjacent_agreement, percent_agreement
from reviewkit.agreement.scales import Benchmark, ScaleName, benchmark
from reviewkit.agreement.table import RatingTable
from reviewkit.agreement.weights import ORDINAL_KRIPPENDORFF, WeightName
from reviewkit.errors import SettingsError
from reviewkit.records.base import Record, shortest

CoefficientName = Literal[
    "percent",
    "adjacent",
    "cohen",
    "conger",
    "scott",
    "fleiss",
    "brennan-prediger",
    "gwet",
    "krippendorff",
    "icc",
    "kendall-w",
    "pearson",
    "spearman",
    "smd",
]
COEFFICIENT_NAMES: tuple[CoefficientName, ...] = get_args(CoefficientName)
_WEIGHTED: dict[CoefficientName, Callable[..., Coefficient]] = {
    "cohen": cohen_kappa,
    "conger": conger_kappa,
    "scott": scott_pi,
    "fleiss": fleiss_kappa,
    "brennan-prediger": brennan_prediger,
    "gwet": gwet_ac,
    "krippendorff": krippendorff_alpha,
}
_PLAIN: dict[CoefficientName, Callable[..., Coefficient]] = {
    "percent": percent_agreement,
    "adjacent": adjacent_agreement,
    "kendall-w": kendall_w,
    "pearson": pearson,
    "spearman": spearman,
    "smd": rater_smd,
}


class SummarySettings(Record):
    """What a summary holds.

    Attributes
    ----------
    names : tuple of str
        Coefficients, in the order of the summary.
    weights : tuple of str
        Schemes under which chance-corrected coefficients are computed.
    interval : IntervalSettings
    scale : str or None
        Scale on which chance-corrected coefficients are benchmarked; None for no words.
    bar : float
        Probability with which a band of the scale must be reached.

    Examples
    --------
    >>> SummarySettings(names=("gwet", "icc"), weights=("quadratic",)).scale
    'landis-koch'
    """

    names: tuple[CoefficientName, ...] = COEFFICIENT_NAMES
    weights: tuple[WeightName, ...] = ("identity", "linear", "quadratic", "ordinal-krippendorff")
    interval: IntervalSettings = IntervalSettings()
    scale: ScaleName | None = "landis-koch"
    bar: float = Field(default=0.95, gt=0, lt=1)


class CriterionAgreement(Record):
    """Agreement on one criterion.

    Attributes
    ----------
    criterion_id : str
    n_units, n_raters, n_ratings : int
        Units and raters with one rating or more, and ratings.
    n_not_scorable : int
        Ratings that said "not scorable"; they enter no coefficient.
    levels : tuple of float
        Level numbers of the criterion.
    coefficients : tuple of Coefficient
    specific : tuple of Coefficient
        Specific agreement, one a level.
    benchmarks : dict of str to Benchmark
        By ``name/weights``, of the chance-corrected coefficients.

    Examples
    --------
    >>> from reviewkit.agreement.table import table_of_array
    >>> found = agreement_summary({"routines": table_of_array([[1, 1], [2, 1], [2, 2]])}).criteria["routines"]
    >>> round(found.coefficient("percent").value, 3)
    0.667
    """

    criterion_id: str
    n_units: int
    n_raters: int
    n_ratings: int
    n_not_scorable: int = 0
    levels: tuple[float, ...]
    coefficients: tuple[Coefficient, ...]
    specific: tuple[Coefficient, ...] = ()
    benchmarks: dict[str, Benchmark] = Field(default_factory=dict)

    def coefficient(self, name: CoefficientName, *, weights: str | None = None, form: str | None = None) -> Coefficient:
        """Return a coefficient by name, and by weights or form where there are several.

        Raises
        ------
        SettingsError
            If the summary does not hold it.
        """
        for one in self.coefficients:
            if one.name == name and weights in {None, one.weights} and form in {None, one.form}:
                return one
        held = ", ".join(sorted({one.name for one in self.coefficients}))
        raise SettingsError(f"there is no {name} (weights {weights}, form {form}) in this summary, which holds {held}.")


class AgreementSummary(Record):
    """Agreement on all criteria.

    Attributes
    ----------
    criteria : dict of str to CriterionAgreement
        By criterion.
    settings : SummarySettings
    """

    criteria: dict[str, CriterionAgreement]
    settings: SummarySettings

    def to_json(self) -> dict[str, object]:
        """Return the object that ``reviewkit agreement --json`` prints; undefined numbers are null with a reason.

        Examples
        --------
        >>> from reviewkit.agreement.table import table_of_array
        >>> table = table_of_array([[1, 1], [2, 1], [2, 2]])
        >>> found = agreement_summary({"routines": table}, settings=SummarySettings(names=("kendall-w",)))
        >>> criterion = found.to_json()["criteria"]["routines"]
        >>> criterion["n_units"], criterion["coefficients"][0]["name"], criterion["coefficients"][0]["weights"]
        (3, 'kendall-w', None)
        """
        return {"criteria": {name: _criterion_json(one) for name, one in self.criteria.items()}}


def agreement_summary(
    tables: Mapping[str, RatingTable], *, settings: SummarySettings | None = None
) -> AgreementSummary:
    """Compute every coefficient on every criterion.

    Parameters
    ----------
    tables : mapping of str to RatingTable
        One a criterion, as :func:`read_tables` and :func:`tables_of_ratings` return them.
    settings : SummarySettings, optional

    Returns
    -------
    AgreementSummary
        Undefined coefficients are in it too, each with its reason.

    Examples
    --------
    >>> from reviewkit.agreement.table import table_of_array
    >>> tables = {"routines": table_of_array([[1, 1], [2, 2], [3, 2], [4, 4], [2, 1], [3, 3]], levels=[1, 2, 3, 4])}
    >>> found = agreement_summary(tables).criteria["routines"]
    >>> round(found.coefficient("gwet", weights="quadratic").value, 3)
    0.873
    """
    chosen = settings or SummarySettings()
    found = {name: criterion_agreement(name, table, settings=chosen) for name, table in tables.items()}
    return AgreementSummary(criteria=found, settings=chosen)


def criterion_agreement(criterion_id: str, table: RatingTable, *, settings: SummarySettings) -> CriterionAgreement:
    """Compute every coefficient on one criterion."""
    coefficients = tuple(one for name in settings.names for one in _coefficients(name, table, settings=settings))
    return CriterionAgreement(
        criterion_id=criterion_id,
        n_units=table.n_units,
        n_raters=table.n_raters,
        n_ratings=table.n_ratings,
        n_not_scorable=table.n_not_scorable,
        levels=tuple(table.levels.tolist()),
        coefficients=coefficients,
        specific=specific_agreement(table, interval=settings.interval),
        benchmarks=_benchmarks(coefficients, settings=settings),
    )


def _coefficients(name: CoefficientName, table: RatingTable, *, settings: SummarySettings) -> Iterator[Coefficient]:
    if name in _WEIGHTED:
        for weights in settings.weights:
            if weights == ORDINAL_KRIPPENDORFF and name != "krippendorff":
                continue
            yield _WEIGHTED[name](table, weights=weights, interval=settings.interval)
    elif name == "icc":
        for form in ICC_FORMS:
            yield intraclass_correlation(table, form=form, interval=settings.interval)
    else:
        yield _PLAIN[name](table, interval=settings.interval)


def _benchmarks(coefficients: Sequence[Coefficient], *, settings: SummarySettings) -> dict[str, Benchmark]:
    if settings.scale is None:
        return {}
    return {
        f"{one.name}/{one.weights}": benchmark(one, scale=settings.scale, bar=settings.bar)
        for one in coefficients
        if one.name in _WEIGHTED
    }


def _criterion_json(found: CriterionAgreement) -> dict[str, object]:
    return {
        "n_units": found.n_units,
        "n_raters": found.n_raters,
        "n_ratings": found.n_ratings,
        "n_not_scorable": found.n_not_scorable,
        "levels": [shortest(level) for level in found.levels],
        "coefficients": [_coefficient_json(one) for one in found.coefficients if one.name != "smd"],
        "differences": [_coefficient_json(one) for one in found.coefficients if one.name == "smd"],
        "specific": [_coefficient_json(one) for one in found.specific],
        "benchmarks": {key: one.model_dump(mode="json") for key, one in found.benchmarks.items()},
    }


def _coefficient_json(one: Coefficient) -> dict[str, object]:
    return {key: _without_nan(value) for key, value in one.model_dump(mode="python").items()}


def _without_nan(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
