"""The way back: the ledger's ratings in the form that training reads."""

import csv
from pathlib import Path

from reviewkit.errors import LedgerError
from reviewkit.files import whole_file
from reviewkit.records import Rating, level_text
from reviewkit.review.ledger import ReviewLedger
from reviewkit.review.rated import RatedSuggestion

_COLUMNS = (
    "submission_id",
    "criterion_id",
    "rater_id",
    "level",
    "blind",
    "role",
    "outcome",
    "rationale",
    "rated_at",
)
_DRAW_COLUMNS = ("teacher_id", "audited", "review_probability")


def export_ratings(
    ledger: ReviewLedger,
    path: Path | str,
    *,
    rubric: str | None = None,
    blind_only: bool = False,
    forgotten: bool = False,
    draws: bool = False,
    force: bool = False,
) -> int:
    """Write the ratings that stand as CSV, whole or not at all.

    Parameters
    ----------
    ledger : ReviewLedger
    path : Path or str
    rubric : str, optional
        Digest of the rubric; needed where the ledger holds ratings under several.
    blind_only : bool
        Leave out ratings by people who had seen the suggestion. Left in, their ``blind`` cell says false.
    forgotten : bool
        Keep ratings of forgotten submissions; training would miss their texts.
    draws : bool
        Add the columns ``teacher_id``, ``audited`` and ``review_probability``, by which estimates over the whole
        stream are weighted. Training leaves them alone, with a warning each.
    force : bool
        Replace a file that stands already.

    Returns
    -------
    int
        Ratings written.

    Raises
    ------
    LedgerError
        If there is no rating to write, or ratings speak of several rubrics and none was named.
    OutputExistsError
        If the file stands already and ``force`` is not set.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, ReviewLedger.open(f"{folder}/new.ledger", create=True) as ledger:
    ...     export_ratings(ledger, f"{folder}/T.csv")
    Traceback (most recent call last):
    reviewkit.errors.LedgerError: ...: holds no rating to export; rate cases first, or take those not blind too.
    """
    rated = (one for one in ledger.rated(rubric=rubric, forgotten=forgotten) if one.rating.blind or not blind_only)
    n_written = 0
    with whole_file(path, force=force) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS + _DRAW_COLUMNS if draws else _COLUMNS)
        for one in rated:
            writer.writerow(_cells(one.rating) + (_draw_cells(one) if draws else []))
            n_written += 1
        if not n_written:
            raise LedgerError(
                f"{ledger.path}: holds no rating to export; rate cases first, or take those not blind too."
            )
    return n_written


def _cells(rating: Rating) -> list[str]:
    return [
        rating.submission_id,
        rating.criterion_id,
        rating.rater_id,
        "" if rating.level is None else level_text(rating.level),
        "true" if rating.blind else "false",
        rating.role,
        rating.outcome,
        rating.rationale or "",
        "" if rating.rated_at is None else rating.rated_at.isoformat(),
    ]


def _draw_cells(one: RatedSuggestion) -> list[str]:
    return [one.teacher_id, "true" if one.audited else "false", f"{one.review_probability:g}"]
