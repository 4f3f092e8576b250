"""A resubmission beside the attempts before it, criterion by criterion; earlier scores stay hidden unless asked for."""

import difflib
import re
from typing import Literal

from reviewkit.records import Criterion, Part, Record
from reviewkit.records.base import Identifier, Level
from reviewkit.review.case_state import standing_ratings
from reviewkit.review.journal import Journal, SubmissionRow
from reviewkit.review.ledger import ReviewLedger
from reviewkit.review.opinions import append_view
from reviewkit.review.suggestions import join_review, parts_of

_PARAGRAPHS = re.compile(r"\n\s*\n")
_MOST_EARLIER = 100


class Passage(Record):
    """A run of paragraphs of a part: the same in both attempts, only in the earlier one, or only in the new one."""

    part: Identifier
    change: Literal["same", "earlier-only", "new-only"]
    text: str


class EarlierLevels(Record):
    """What was said of an earlier attempt on one criterion.

    Attributes
    ----------
    suggested : float or None
        The machine's level.
    rated : tuple of float or None
        Levels of the ratings that stand, in the order they came; None is not scorable.
    settled : float or None
        By override, or else by adjudication; None where there is neither.
    """

    submission_id: Identifier
    attempt: int
    suggested: Level | None
    rated: tuple[Level | None, ...]
    settled: Level | None


class AttemptRow(Record):
    """One criterion: what changed in the texts it reads, and, where asked for, the levels of earlier attempts."""

    criterion_id: Identifier
    passages: tuple[Passage, ...]
    earlier: tuple[EarlierLevels, ...] | None


class AttemptComparison(Record):
    """A submission beside the attempts before it.

    Attributes
    ----------
    earlier_ids : tuple of str
        Earlier attempts, the latest first. Texts are compared with the first of them.
    rows : tuple of AttemptRow
        In the rubric's order.

    Examples
    --------
    >>> passage = Passage(part="reflection", change="new-only", text="Now pupils lead.")
    >>> row = AttemptRow(criterion_id="routines", passages=(passage,), earlier=None)
    >>> AttemptComparison(submission_id="s2", attempt=2, earlier_ids=("s1",), rows=(row,)).rows[0].earlier is None
    True
    """

    submission_id: Identifier
    attempt: int
    earlier_ids: tuple[Identifier, ...]
    rows: tuple[AttemptRow, ...]


def compare_attempts(
    ledger: ReviewLedger, submission_id: str, *, reviewer_id: str, show_scores: bool = False
) -> AttemptComparison:
    """Put a submission beside its earlier attempts.

    Parameters
    ----------
    ledger : ReviewLedger
    submission_id : str
        The new attempt; the ledger knows the earlier ones by ``previous_submission_id``.
    reviewer_id : str, keyword-only
        Who looks.
    show_scores : bool
        Show the levels of earlier attempts too. They anchor as the score itself does: it is kept as a view of every
        attempt shown and of the new one, and the reviewer's ratings from then on are not blind.

    Returns
    -------
    AttemptComparison
        Without earlier attempts, ``earlier_ids`` is empty and every passage is new.

    Raises
    ------
    LedgerError
        If the ledger does not know the submission.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, ReviewLedger.open(f"{folder}/new.ledger", create=True) as ledger:
    ...     compare_attempts(ledger, "s2", reviewer_id="r-03")
    Traceback (most recent call last):
    reviewkit.errors.LedgerError: submission 's2': the ledger holds no suggestion for it; ...
    """
    with ledger.file.writing() if show_scores else ledger.file.reading() as connection:
        journal = ledger.journal(connection)
        new = journal.submission(submission_id)
        earlier = _earlier(journal, new)
        if show_scores and earlier:
            for one in (new, *earlier):
                append_view(journal, one, reviewer_id=reviewer_id, shown="earlier-attempt")
        texts = parts_of(journal, earlier[0]) if earlier else (), parts_of(journal, new)
        rows = [
            AttemptRow(
                criterion_id=criterion.id,
                passages=tuple(_passages(*texts, criterion=criterion)),
                earlier=tuple(_levels(journal, one, criterion.id) for one in earlier) if show_scores else None,
            )
            for criterion in journal.rubric_of(new).criteria
        ]
    earlier_ids = tuple(one.submission_id for one in earlier)
    return AttemptComparison(
        submission_id=submission_id, attempt=new.attempt, earlier_ids=earlier_ids, rows=tuple(rows)
    )


def _earlier(journal: Journal, submission: SubmissionRow) -> list[SubmissionRow]:
    found: list[SubmissionRow] = []
    while submission.previous_key is not None and len(found) < _MOST_EARLIER:
        submission = journal.submission_of_key(submission.previous_key)
        found.append(submission)
    return found


def _passages(earlier: tuple[Part, ...], new: tuple[Part, ...], *, criterion: Criterion) -> list[Passage]:
    read = [{part.part: part for part in parts if _reads(criterion, part)} for parts in (earlier, new)]
    names = dict.fromkeys((*read[1], *read[0]))
    return [
        passage
        for name in names
        for passage in _changes(name, *(_paragraphs(parts[name].text) if name in parts else [] for parts in read))
    ]


def _reads(criterion: Criterion, part: Part) -> bool:
    return criterion.reads is None or part.kind in criterion.reads


def _paragraphs(text: str) -> list[str]:
    return [one.strip() for one in _PARAGRAPHS.split(text) if one.strip()]


def _changes(part: str, earlier: list[str], new: list[str]) -> list[Passage]:
    passages = []
    matcher = difflib.SequenceMatcher(None, earlier, new, autojunk=False)
    for change, start, end, new_start, new_end in matcher.get_opcodes():
        if change == "equal":
            passages.append(Passage(part=part, change="same", text="\n\n".join(new[new_start:new_end])))
            continue
        if end > start:
            passages.append(Passage(part=part, change="earlier-only", text="\n\n".join(earlier[start:end])))
        if new_end > new_start:
            passages.append(Passage(part=part, change="new-only", text="\n\n".join(new[new_start:new_end])))
    return passages


def _levels(journal: Journal, submission: SubmissionRow, criterion_id: str) -> EarlierLevels:
    about = list(
        journal.events("e.submission_key = ? AND e.criterion_id = ?", (submission.submission_key, criterion_id))
    )
    review = join_review(journal.event(submission.suggestion))
    suggested = [score.level for score in review.scores if score.criterion_id == criterion_id]
    settled = [one.body["level"] for one in about if one.kind == "override"] or [
        one.body["level"] for one in about if one.kind == "adjudication"
    ]
    return EarlierLevels(
        submission_id=submission.submission_id,
        attempt=submission.attempt,
        suggested=suggested[0] if suggested else None,
        rated=tuple(one.body["level"] for one in standing_ratings(one for one in about if one.kind == "rating")),
        settled=settled[-1] if settled else None,
    )
