"""A page to rate on without a network: written from the queue, saved as a JSON file, and read back."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Literal

from reviewkit.errors import LedgerError
from reviewkit.files import whole_file
from reviewkit.records import Part, Record, Rubric, level_text
from reviewkit.records.base import Identifier
from reviewkit.review.ledger import ReviewLedger
from reviewkit.review.queue import QueueCase

if TYPE_CHECKING:
    from jinja2 import Environment

SHEET_SCHEMA: Literal["reviewkit/rating-sheet/1"] = "reviewkit/rating-sheet/1"
_POLICY = "default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'"


class SheetCase(Record):
    """A submission as it stands on a sheet: texts and rubric, and nothing of the score."""

    submission_id: Identifier
    attempt: int
    due: date | None
    rubric: Rubric
    parts: tuple[Part, ...]


class Sheet(Record):
    """What a sheet shows, and the names by which its ratings find their way back."""

    schema_: Literal["reviewkit/rating-sheet/1"] = SHEET_SCHEMA
    sheet_id: str
    ledger_id: str
    reviewer_id: Identifier
    cases: tuple[SheetCase, ...]


def write_rating_sheet(
    path: Path | str, cases: Sequence[QueueCase], *, ledger: ReviewLedger, reviewer_id: str, force: bool = False
) -> None:
    """Write a self-contained page on which a reviewer rates cases, blind and without a network.

    Parameters
    ----------
    path : Path or str
        An HTML file. It holds the submissions' texts: treat it as you treat them.
    cases : sequence of QueueCase
        As ``ReviewQueue.lease`` gave them.
    ledger : ReviewLedger
    reviewer_id : str
        Who rates.
    force : bool
        Replace a file that stands already.

    Raises
    ------
    LedgerError
        If there is no case, or one that the ledger does not know.
    OutputExistsError
        If the file stands already and ``force`` is not set.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, ReviewLedger.open(f"{folder}/new.ledger", create=True) as ledger:
    ...     write_rating_sheet(f"{folder}/sheet.html", [], ledger=ledger, reviewer_id="r-03")
    Traceback (most recent call last):
    reviewkit.errors.LedgerError: a rating sheet needs a case, and none was given; nothing waits for this reviewer.
    """
    page = render_rating_sheet(cases, ledger=ledger, reviewer_id=reviewer_id)
    with whole_file(path, force=force) as file:
        file.write(page)


def render_rating_sheet(cases: Sequence[QueueCase], *, ledger: ReviewLedger, reviewer_id: str) -> str:
    """Return the page that ``write_rating_sheet`` writes. Every text in it is escaped, and it fetches nothing."""
    if not cases:
        raise LedgerError("a rating sheet needs a case, and none was given; nothing waits for this reviewer.")
    sheet = Sheet(
        sheet_id=token_hex(16),
        ledger_id=ledger.ledger_id,
        reviewer_id=reviewer_id,
        cases=tuple(_sheet_case(case, ledger=ledger) for case in cases),
    )
    style, script, policy = _inlined()
    page = _environment().get_template("rating_sheet.html")
    return page.render(sheet=sheet, style=style, script=script, policy=policy) + "\n"


def _sheet_case(case: QueueCase, *, ledger: ReviewLedger) -> SheetCase:
    return SheetCase(
        submission_id=case.submission_id,
        attempt=case.attempt,
        due=case.due,
        rubric=ledger.rubric(case.submission_id),
        parts=ledger.parts(case.submission_id),
    )


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("reviewkit.review", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["level_text"] = level_text
    return environment


@cache
def _inlined() -> tuple[str, str, str]:
    from markupsafe import Markup

    folder = Path(__file__).parent / "templates"
    style, script = ((folder / f"rating_sheet.{end}").read_text(encoding="utf-8") for end in ("css", "js"))
    return Markup(style), Markup(script), _POLICY.format(style=_source_hash(style), script=_source_hash(script))


def _source_hash(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode("utf-8")).digest()).decode("ascii")
