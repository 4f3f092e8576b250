"""Reviews as pages: a sheet for the reviewer, a page for the teacher, and an index of them."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from reviewkit.errors import SubmissionError
from reviewkit.files import whole_file
from reviewkit.records import Part, ReviewRecord, Rubric
from reviewkit.report.index_view import IndexRow, index_row, index_view
from reviewkit.report.page_names import page_name
from reviewkit.report.page_template import render
from reviewkit.report.reviewed_texts import check_rubric, reviewed_texts
from reviewkit.report.sheet_view import sheet_view
from reviewkit.report.teacher_view import teacher_view


def render_review_sheet(
    review: ReviewRecord,
    parts: Sequence[Part],
    *,
    rubric: Rubric,
    blind: bool = False,
    show_personal_data: bool = False,
) -> str:
    """Set the review sheet of one submission: findings and reasons first, then the criteria, then the texts.

    The page stands alone: it fetches nothing and runs nothing. The sheet of an audited submission is that of any other
    routed one: neither the audit, nor which criteria stand, nor the probability of a review is on it.

    Parameters
    ----------
    review : ReviewRecord
    parts : sequence of Part
        The parts that the review was made of, with the same texts.
    rubric : Rubric
        The rubric that the review was made with.
    blind : bool
        Leave out suggestions, probabilities, evidence, route and reasons, and give the reviewer a place to write a
        level for each criterion. The blind sheets of two reviews of one submission differ in nothing but findings.
    show_personal_data : bool
        Show what screening found to be personal data. Otherwise it is covered by blocks of the same length.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    RubricError
        If the review was made with another rubric.
    SubmissionError
        If the parts are not those reviewed, or evidence does not stand where the review says.
    """
    check_rubric(review, rubric)
    texts = reviewed_texts(review, parts, show_personal_data=show_personal_data)
    view = sheet_view(review, texts, parts=parts, rubric=rubric, blind=blind)
    return render("review_sheet.html", view=view)


def render_teacher_page(
    review: ReviewRecord, parts: Sequence[Part], *, rubric: Rubric, show_personal_data: bool = False
) -> str:
    """Set the teacher's page: feedback only, with no level, probability or route that could be read as a decision.

    A returned submission gets what is missing and how to hand in again; any other one gets, for each criterion, the
    sentences that spoke to it and what to add. It is the same page whether a suggestion stands or a person looks.

    Parameters
    ----------
    review : ReviewRecord
    parts : sequence of Part
        The parts that the review was made of, with the same texts.
    rubric : Rubric
        The rubric that the review was made with.
    show_personal_data : bool
        Show what screening found to be personal data. Otherwise it is covered by blocks of the same length.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    RubricError
        If the review was made with another rubric.
    SubmissionError
        If the parts are not those reviewed, or evidence does not stand where the review says.
    """
    check_rubric(review, rubric)
    texts = reviewed_texts(review, parts, show_personal_data=show_personal_data)
    return render("teacher_page.html", view=teacher_view(review, texts, parts=parts, rubric=rubric))


def render_index(reviews: Iterable[ReviewRecord], *, rubric: Rubric) -> str:
    """Set the index: routes counted on top, then a row a submission, in the order given, with links to its pages.

    Parameters
    ----------
    reviews : iterable of ReviewRecord
    rubric : Rubric
        The rubric that the reviews were made with.

    Returns
    -------
    str
        HTML; its links fit the folder that ``write_review_pages`` makes.

    Raises
    ------
    RubricError
        If a review was made with another rubric.
    """
    return _index_page(_checked_rows(reviews, rubric), rubric)


def write_review_pages(
    folder: Path,
    reviews_with_parts: Iterable[tuple[ReviewRecord, Sequence[Part]]],
    *,
    rubric: Rubric,
    show_personal_data: bool = False,
) -> None:
    """Write ``index.html`` and, for each submission, ``review/NAME.html`` and ``teacher/NAME.html``.

    Reviews are taken one by one; of each, only its row of the index is kept. The index is written last.

    Parameters
    ----------
    folder : Path
        Made where it does not stand. Pages of the same names are replaced, others left alone.
    reviews_with_parts : iterable of (ReviewRecord, sequence of Part)
    rubric : Rubric
        The rubric that the reviews were made with.
    show_personal_data : bool
        Show what screening found to be personal data. Otherwise it is covered by blocks of the same length.

    Raises
    ------
    RubricError
        If a review was made with another rubric.
    SubmissionError
        If parts are not those reviewed, or a submission's attempt comes twice.

    Examples
    --------
    >>> from hashlib import sha256
    >>> from tempfile import TemporaryDirectory
    >>> from reviewkit import read_rubric, shipped_folder
    >>> rubric = read_rubric(shipped_folder("rubrics") / "classroom-management.yaml")
    >>> part = Part(part="reflection", kind="reflection", text="I listen.")
    >>> review = ReviewRecord.model_validate({
    ...     "submission_id": "s1", "attempt": 1, "bundle_digest": None, "certificate": None,
    ...     "rubric": {"id": rubric.id, "version": rubric.version, "digest": rubric.digest},
    ...     "route": "return", "review_probability": 1, "reasons": [{"code": "incomplete"}], "findings": [],
    ...     "parts": [{"part": "reflection", "n_chars": 9, "sha256": sha256(b"I listen.").hexdigest()}],
    ...     "award_probability": None, "scores": []})
    >>> with TemporaryDirectory() as folder:
    ...     write_review_pages(Path(folder), [(review, [part])], rubric=rubric)
    ...     pages = sorted(Path(folder).rglob("*.html"))
    ...     [page.relative_to(folder).parts[0] for page in pages]
    ['index.html', 'review', 'teacher']
    """
    rows: dict[str, IndexRow] = {}
    for review, parts in reviews_with_parts:
        name = page_name(review.submission_id, review.attempt)
        if name in rows:
            raise SubmissionError(
                f"submission {review.submission_id!r}, attempt {review.attempt}: its review comes twice, but a page is "
                "for one; leave one of them out."
            )
        sheet = render_review_sheet(review, parts, rubric=rubric, show_personal_data=show_personal_data)
        page = render_teacher_page(review, parts, rubric=rubric, show_personal_data=show_personal_data)
        _write(folder / "review" / name, sheet)
        _write(folder / "teacher" / name, page)
        rows[name] = index_row(review, rubric)
    with whole_file(folder / "index.html", force=True) as file:
        file.write(_index_page(rows.values(), rubric))


def _checked_rows(reviews: Iterable[ReviewRecord], rubric: Rubric) -> Iterator[IndexRow]:
    for review in reviews:
        check_rubric(review, rubric)
        yield index_row(review, rubric)


def _index_page(rows: Iterable[IndexRow], rubric: Rubric) -> str:
    return render("index.html", view=index_view(rows, rubric))


def _write(path: Path, page: str) -> None:
    """Write a page that can be made again at any time: without waiting for the disk, as the index does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8", newline="\n")
