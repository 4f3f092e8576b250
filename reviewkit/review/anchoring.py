"""Anchoring: how much more often people agree with a suggestion that they were shown."""

import math
from collections.abc import Iterable, Sequence

from reviewkit.agreement.figures import Figures
from reviewkit.agreement.proportion import newcombe_interval, wilson_interval
from reviewkit.records.base import Identifier
from reviewkit.review.entries import Event
from reviewkit.review.ledger import ReviewLedger


class AgreementShare(Figures):
    """How often ratings give the suggested level.

    Attributes
    ----------
    n, n_agree : int
        Ratings, one a submission; those of them that give the suggested level.
    share, low, high : float
        With Wilson's interval; ``nan`` where ``n`` is 0.
    """

    n: int
    n_agree: int
    share: float
    low: float
    high: float


class Anchoring(Figures):
    """Agreement with the suggestion, shown against hidden, on one criterion.

    Attributes
    ----------
    hidden, shown : AgreementShare
        By raters who had not seen the suggestion, and by raters who had before they first rated. A submission counts
        where its first rating stands.
    difference, low, high : float
        Shown less hidden, with Newcombe's interval. It is an effect of showing only where chance decided which
        submissions were shown.
    n_rated_again, n_towards, n_away : int
        Raters who differed from the suggestion while blind and rated again after seeing it; those of them who moved
        towards it, and away from it.

    Examples
    --------
    Where the suggestion was hidden two of four agreed with it, where it was shown three of three.

    >>> hidden = AgreementShare(n=4, n_agree=2, share=0.5, low=0.15, high=0.85)
    >>> shown = AgreementShare(n=3, n_agree=3, share=1, low=0.44, high=1)
    >>> Anchoring(criterion_id="routines", hidden=hidden, shown=shown, difference=0.5, low=-0.12, high=0.85,
    ...           n_rated_again=0, n_towards=0, n_away=0).difference
    0.5
    """

    criterion_id: Identifier
    hidden: AgreementShare
    shown: AgreementShare
    difference: float
    low: float
    high: float
    n_rated_again: int
    n_towards: int
    n_away: int


def anchoring(ledger: ReviewLedger, *, rubric: str | None = None, confidence: float = 0.95) -> list[Anchoring]:
    """Measure anchoring on each criterion that was rated, from the ledger's own record of who saw what.

    Parameters
    ----------
    ledger : ReviewLedger
    rubric : str, optional
        Digest of the rubric; left out, ratings under every rubric count, by their criterion.
    confidence : float
        Of every interval.

    Returns
    -------
    list of Anchoring
        By criterion id. Criteria are never pooled: their ratings come from the same readers and texts.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, ReviewLedger.open(f"{folder}/new.ledger", create=True) as ledger:
    ...     anchoring(ledger)
    []
    """
    with ledger.file.reading() as connection:
        ratings = ledger.journal(connection).events("e.kind = 'rating'")
        scored = [one for one in ratings if one.body["outcome"] == "scored"]
        events = [one for one in scored if rubric in {None, one.body["rubric"]}]
        wanted = {int(one.body["suggestion"]) for one in events}
        suggested = {
            (sequence, score["criterion_id"]): float(score["level"])
            for sequence in wanted
            for score in ledger.journal(connection).body(sequence)["scores"]
        }
    answering = [one for one in events if (one.body["suggestion"], one.criterion_id) in suggested]
    return [
        _on_criterion(criterion_id, answering, suggested, confidence=confidence)
        for criterion_id in sorted({str(one.criterion_id) for one in answering})
    ]


def _on_criterion(
    criterion_id: str, events: Iterable[Event], suggested: dict[tuple[int, str], float], *, confidence: float
) -> Anchoring:
    own = [event for event in events if event.criterion_id == criterion_id]
    first: dict[str | None, Event] = {}
    for event in own:
        first.setdefault(event.submission_id, event)
    hits: dict[bool, list[bool]] = {True: [], False: []}
    for event in first.values():
        hits[event.body["blind"]].append(event.body["level"] == suggested[event.body["suggestion"], criterion_id])
    hidden, shown = (_share(hits[blind], confidence=confidence) for blind in (True, False))
    low, high = newcombe_interval((shown.n_agree, shown.n), (hidden.n_agree, hidden.n), confidence=confidence)
    moves = _moves(own, suggested, criterion_id=criterion_id)
    return Anchoring(
        criterion_id=criterion_id,
        hidden=hidden,
        shown=shown,
        difference=shown.share - hidden.share,
        low=low,
        high=high,
        n_rated_again=len(moves),
        n_towards=sum(move < 0 for move in moves),
        n_away=sum(move > 0 for move in moves),
    )


def _share(hits: Sequence[bool], *, confidence: float) -> AgreementShare:
    n, n_agree = len(hits), sum(hits)
    low, high = wilson_interval(n_agree / n if n else math.nan, n, confidence=confidence)
    return AgreementShare(n=n, n_agree=n_agree, share=n_agree / n if n else math.nan, low=low, high=high)


def _moves(own: Iterable[Event], suggested: dict[tuple[int, str], float], *, criterion_id: str) -> list[float]:
    """By how much each second look changed the distance to the suggestion that was seen: below 0 is towards it."""
    blind: dict[tuple[str | None, str | None], Event] = {}
    again: dict[tuple[str | None, str | None], Event] = {}
    for event in own:
        key = (event.submission_id, event.person_id)
        (blind if event.body["blind"] else again)[key] = event
    moves = []
    for key in blind.keys() & again.keys():
        seen = suggested[again[key].body["suggestion"], criterion_id]
        before, after = (abs(one[key].body["level"] - seen) for one in (blind, again))
        moves += [after - before] if before else []
    return moves
