"""Reviewer agreement as a page: what agrees how far, criterion by criterion, and who is severe."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reviewkit.agreement.estimate import Coefficient
from reviewkit.agreement.facets.drift import SeverityDrift
from reviewkit.agreement.facets.result import FacetsResult
from reviewkit.agreement.table import RatingTable
from reviewkit.records import Rubric
from reviewkit.report.agreement_view import CriterionAgreement, criterion_agreement
from reviewkit.report.facets_view import FacetsView, facets_view, share_of_raters_that_drift
from reviewkit.report.page_template import render


@dataclass(frozen=True, slots=True)
class AgreementView:
    """The whole report; ``facets`` is None where severity was not estimated, and ``facets_reason`` may say why."""

    title: str
    about: str
    criteria: tuple[CriterionAgreement, ...]
    facets: FacetsView | None
    facets_reason: str | None
    drift_sentence: str


def render_agreement_page(
    tables: Mapping[str, RatingTable],
    coefficients: Mapping[str, Sequence[Coefficient]],
    *,
    rubric: Rubric | None = None,
    facets: FacetsResult | None = None,
    facets_reason: str | None = None,
    drift: Sequence[SeverityDrift] = (),
) -> str:
    """Set the report of reviewer agreement.

    For each criterion: a summary in words, the coefficients with their intervals, how each two raters agree, how each
    rater uses the levels, and which levels are taken for one another. Then severity and its drift, where given.

    Parameters
    ----------
    tables : mapping of str to RatingTable
        By criterion, in the order shown.
    coefficients : mapping of str to sequence of Coefficient
        By criterion; a criterion without any shows its counts alone.
    rubric : Rubric, optional
        For titles and names of levels.
    facets : FacetsResult, optional
        A many-facet Rasch analysis of all criteria together.
    facets_reason : str, optional
        Why there is none, e.g. that the design falls into islands; shown in its place.
    drift : sequence of SeverityDrift, optional
        Severity over time.

    Returns
    -------
    str
        A self-contained HTML page.

    Examples
    --------
    >>> from reviewkit import Rating, agreement_summary, tables_of_ratings
    >>> ratings = [Rating(submission_id=f"s{n}", criterion_id="taught", rater_id=rater, level=level)
    ...            for rater, given in (("a", [1, 2, 3, 4, 2, 3]), ("b", [1, 1, 3, 3, 3, 2]))
    ...            for n, level in enumerate(given)]
    >>> tables = tables_of_ratings(ratings)
    >>> found = agreement_summary(tables)
    >>> page = render_agreement_page(tables, {name: one.coefficients for name, one in found.criteria.items()})
    >>> page[:15], "Krippendorff" in page
    ('<!doctype html>', True)
    """
    known = {} if rubric is None else {one.id: one for one in rubric.criteria}
    criteria = tuple(
        criterion_agreement(index, table, coefficients.get(name, ()), name=name, criterion=known.get(name))
        for index, (name, table) in enumerate(tables.items())
    )
    view = AgreementView(
        title="Reviewer agreement",
        about=_about(rubric),
        criteria=criteria,
        facets=None if facets is None else facets_view(facets, drift=drift, rubric=rubric),
        facets_reason=facets_reason,
        drift_sentence=share_of_raters_that_drift(drift),
    )
    return render("agreement_page.html", view=view)


def render_facets_page(
    facets: FacetsResult, *, rubric: Rubric | None = None, drift: Sequence[SeverityDrift] = ()
) -> str:
    """Set a many-facet Rasch analysis alone: severity ladder, Wright map, criteria, and drift where given.

    Parameters
    ----------
    facets : FacetsResult
    rubric : Rubric, optional
        For the criteria's titles.
    drift : sequence of SeverityDrift, optional
        Severity over time.

    Returns
    -------
    str
        A self-contained HTML page.

    Examples
    --------
    >>> from reviewkit import Rating, many_facet_rasch
    >>> ratings = [Rating(submission_id=f"s{n}", criterion_id="taught", rater_id=rater, level=level)
    ...            for rater, given in (("a", [1, 2, 3, 4, 2, 3]), ("b", [1, 1, 3, 3, 3, 2]))
    ...            for n, level in enumerate(given)]
    >>> page = render_facets_page(many_facet_rasch(ratings))
    >>> page[:15]
    '<!doctype html>'
    """
    view = AgreementView(
        title="Raters’ severity",
        about=_about(rubric),
        criteria=(),
        facets=facets_view(facets, drift=drift, rubric=rubric),
        facets_reason=None,
        drift_sentence=share_of_raters_that_drift(drift),
    )
    return render("agreement_page.html", view=view)


def _about(rubric: Rubric | None) -> str:
    return "" if rubric is None else f"{rubric.title}, version {rubric.version}"
