"""What the index of reviews shows: routes counted, and a row a submission."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from reviewkit.records import ReviewRecord, Route, Rubric, level_text
from reviewkit.report.looks import first_criteria
from reviewkit.report.page_names import page_name
from reviewkit.report.wording import ROUTE_NAMES, in_words, level_range, sentence


@dataclass(frozen=True, slots=True)
class LevelCell:
    """The suggested level on one criterion, with its prediction set where that holds more than one level."""

    level: str
    prediction_set: str
    cold: bool


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One submission; a cell is None where nothing was scored on that criterion."""

    submission_id: str
    attempt: int
    page: str
    route: Route
    route_name: str
    reasons: tuple[str, ...]
    cells: tuple[LevelCell | None, ...]


@dataclass(frozen=True, slots=True)
class IndexView:
    """The whole index."""

    title: str
    version: str
    criteria: tuple[str, ...]
    n_submissions: int
    counts: tuple[tuple[Route, str, int], ...]
    any_cold: bool
    rows: tuple[IndexRow, ...]


def index_row(review: ReviewRecord, rubric: Rubric) -> IndexRow:
    """Settle what the index shows of one submission; the audit is not told here either."""
    scores = {score.criterion_id: score for score in review.scores}
    cells = []
    for criterion in rubric.criteria:
        score = scores.get(criterion.id)
        wide = level_range(score.prediction_set) if score is not None and len(score.prediction_set) > 1 else ""
        cells.append(None if score is None else LevelCell(level_text(score.level), wide, score.cold))
    return IndexRow(
        submission_id=review.submission_id,
        attempt=review.attempt,
        page=page_name(review.submission_id, review.attempt),
        route=review.route,
        route_name=ROUTE_NAMES[review.route],
        reasons=tuple(_reasons(review, rubric)),
        cells=tuple(cells),
    )


def index_view(rows: Iterable[IndexRow], rubric: Rubric) -> IndexView:
    """Count the routes and put the rows together, in the order given."""
    kept = tuple(rows)
    counts = Counter(row.route for row in kept)
    return IndexView(
        title=rubric.title,
        version=rubric.version,
        criteria=tuple(criterion.title for criterion in rubric.criteria),
        n_submissions=len(kept),
        counts=tuple((route, name, counts[route]) for route, name in ROUTE_NAMES.items()),
        any_cold=any(cell is not None and cell.cold for row in kept for cell in row.cells),
        rows=kept,
    )


def _reasons(review: ReviewRecord, rubric: Rubric) -> Iterable[str]:
    if close := first_criteria(review, rubric):
        yield f"Look at {in_words([criterion.title for criterion in close])}"
    codes = {reason.code for reason in review.reasons}
    if "cold" in codes:
        yield "Too few ratings to learn from"
    if "unfamiliar" in codes:
        yield "Unlike the texts learned from"
    if "uncertified" in codes:
        yield "No certificate"
    if "alarm" in codes:
        yield "The alarm is raised"
    yield from (sentence(finding.message) for finding in review.findings if finding.leads_to == review.route)
