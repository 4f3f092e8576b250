"""A filled rating sheet on its way back into the ledger."""

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from reviewkit.errors import LedgerError, RatingsError
from reviewkit.files.documents import strict_json
from reviewkit.files.faults import validation_faults
from reviewkit.records import Level, Rating, Record
from reviewkit.records.base import Identifier
from reviewkit.review.journal import Journal
from reviewkit.review.ledger import ReviewLedger

_LARGEST_FILE = 64 * 2**20


class SheetRating(Record):
    """One rating as the page saves it; the reviewer is the sheet's."""

    submission_id: Identifier
    criterion_id: Identifier
    level: Level | None
    outcome: Literal["scored", "not-scorable"]
    rationale: str | None = None
    rated_at: datetime | None = None


class FilledSheet(Record):
    """What the page saved."""

    schema_: Literal["reviewkit/rating-sheet/1"] = Field(alias="schema")
    sheet_id: Identifier
    ledger_id: Identifier
    reviewer_id: Identifier
    saved_at: datetime
    ratings: tuple[SheetRating, ...]


class StoredSheet(Record):
    """What became of a filled sheet.

    Attributes
    ----------
    n_stored, n_known : int
        Ratings appended; ratings that the ledger held already, word for word.
    n_not_blind : int
        Of those appended, ratings by a reviewer who had seen the suggestion meanwhile.
    """

    n_stored: int
    n_known: int
    n_not_blind: int


def read_rating_sheet(path: Path | str) -> tuple[FilledSheet, list[Rating]]:
    """Read the file that a rating sheet saved.

    Returns
    -------
    tuple of FilledSheet and list of Rating
        The sheet, and its ratings by its reviewer, in the sheet's order.

    Raises
    ------
    RatingsError
        If the file is no such file, or a rating in it is faulty or stands twice; every fault is listed.
    """
    path = Path(path)
    text = _text_of(path)
    try:
        sheet = FilledSheet.model_validate(strict_json(text))
        ratings = [Rating(rater_id=sheet.reviewer_id, **dict(one)) for one in sheet.ratings]
    except ValidationError as faulty:
        faults = [f"{path}: {fault}" for fault in validation_faults(faulty)]
        raise RatingsError(f"{path}: is no filled rating sheet", faults=faults) from None
    except ValueError as faulty:
        raise RatingsError(f"{path}: {faulty}.") from None
    _refuse_twice(path, ratings)
    return sheet, ratings


def store_rating_sheet(path: Path | str, *, ledger: ReviewLedger) -> StoredSheet:
    """Read a filled sheet into the ledger: all of its ratings, or none.

    The same file read twice adds nothing the second time; a file saved again later adds what was changed.

    Raises
    ------
    RatingsError
        If the file is no filled sheet.
    LedgerError
        If the sheet was made from another ledger, or the ledger refuses a rating; every refusal is listed.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, ReviewLedger.open(f"{folder}/new.ledger", create=True) as ledger:
    ...     store_rating_sheet(f"{folder}/none.json", ledger=ledger)
    Traceback (most recent call last):
    reviewkit.errors.RatingsError: ...none.json: cannot be read ...
    """
    sheet, ratings = read_rating_sheet(path)
    if sheet.ledger_id != ledger.ledger_id:
        raise LedgerError(f"{path}: was made from another ledger than {ledger.path}; name the ledger it came from.")
    n_known = n_not_blind = 0
    refused: list[str] = []
    with ledger.together() as connection:
        journal = ledger.journal(connection)
        for rating in ratings:
            try:
                if _is_known(journal, rating):
                    n_known += 1
                else:
                    ledger.append(rating)
                    n_not_blind += not ledger.is_blind(rating.submission_id, rating.rater_id)
            except LedgerError as fault:
                refused.append(str(fault))
        if refused:
            raise LedgerError("\n  ".join((f"{path}: {len(refused)} ratings refused, and none kept", *refused)))
    return StoredSheet(n_stored=len(ratings) - n_known, n_known=n_known, n_not_blind=n_not_blind)


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise RatingsError(f"{path}: is larger than any rating sheet saves; check the path.")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as faulty:
        raise RatingsError(f"{path}: cannot be read ({faulty.strerror}); check the path.") from None
    except UnicodeDecodeError as faulty:
        raise RatingsError(
            f"{path}: byte {faulty.start} is not UTF-8; hand in the file as the page saved it."
        ) from None


def _refuse_twice(path: Path, ratings: list[Rating]) -> None:
    seen: dict[tuple[str, str], int] = {}
    faults = []
    for at, rating in enumerate(ratings):
        first = seen.setdefault((rating.submission_id, rating.criterion_id), at)
        if first != at:
            faults.append(f"{path}: ratings[{at}]: rates what ratings[{first}] rates already; keep one")
    if faults:
        raise RatingsError(f"{path}: {len(faults)} ratings stand twice", faults=faults)


def _is_known(journal: Journal, rating: Rating) -> bool:
    """Whether the reviewer's latest rating there says the same."""
    submission = journal.submission(rating.submission_id)
    where = "e.submission_key = ? AND e.kind = 'rating' AND e.criterion_id = ? AND p.person_id = ?"
    own = list(journal.events(where, (submission.submission_key, rating.criterion_id, rating.rater_id)))
    if not own:
        return False
    latest, rationale = own[-1].body, (own[-1].private or {}).get("rationale")
    return (latest["level"], latest["outcome"], rationale) == (rating.level, rating.outcome, rating.rationale)
