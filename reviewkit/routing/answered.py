"""A ledger's suggestions that people answered blind, each beside its score of record: what a watch starts from."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from reviewkit.agreement.score_of_record import scores_of_record
from reviewkit.records import Certificate, Rating, Rubric, award_of_record
from reviewkit.review.ledger import ReviewLedger
from reviewkit.review.rated import RatedSuggestion, rubric_rated
from reviewkit.routing.risks import award_errors, level_errors

Levels = dict[str, float | None]


class AnsweredCase(NamedTuple):
    """A suggestion that somebody answered blind.

    Attributes
    ----------
    suggested : dict of str to float
        The machine's levels, by criterion.
    sent : bool
        The route sent it to a person; a case that stood and was read for an appeal alone was not drawn by chance, and
        speaks for no other.
    settled_at : int
        Sequence of the last blind rating or adjudication on it.
    """

    submission_id: str
    teacher_id: str
    suggested: Levels
    sent: bool
    audited: bool
    review_probability: float
    certificate: str | None
    settled_at: int

    def stood_under(self, certificate: Certificate) -> bool:
        """Whether the policy that let it stand held that certificate; a review names several with a space between."""
        return f" {certificate.certificate_id} " in f" {self.certificate} "


class AnsweredCases:
    """Reads rated suggestions once and keeps what a watch needs of them, and no text.

    Parameters
    ----------
    rated : iterable of RatedSuggestion
        Under one rubric.
    rubric : Rubric or None
        None where nothing was rated.
    """

    def __init__(self, rated: Iterable[RatedSuggestion], *, rubric: Rubric | None) -> None:
        self.rubric = rubric
        self.ratings: list[Rating] = []
        cases: dict[str, AnsweredCase] = {}
        for one in rated:
            self.ratings.append(one.rating.model_copy(update={"rationale": None}))
            if one.rating.blind:
                known = cases.get(one.rating.submission_id) or _case(one)
                cases[known.submission_id] = known._replace(settled_at=one.sequence)
        self.cases = sorted(cases.values(), key=lambda case: case.settled_at)
        blind = (one for one in self.ratings if one.blind)
        self.records = scores_of_record(blind, rubric=rubric) if rubric else {}

    def record(self, case: AnsweredCase) -> Levels:
        """Score of record by criterion; None where it is open."""
        return self.records.get(case.submission_id, {})

    def pairs(self, criterion_id: str) -> Iterator[tuple[AnsweredCase, bool]]:
        """Cases sent to a person, whose score on a criterion has a record, and whether the two agree."""
        for case in self.cases:
            recorded = self.record(case).get(criterion_id)
            if case.sent and recorded is not None and criterion_id in case.suggested:
                yield case, case.suggested[criterion_id] == recorded

    def error(self, case: AnsweredCase, certificate: Certificate) -> bool | None:
        """Whether a suggestion is the error that a certificate bounds; None where that is open."""
        if self.rubric is None:
            return None
        recorded = self.record(case)
        if certificate.criterion_id is None:
            pair = award_of_record(case.suggested, self.rubric), award_of_record(recorded, self.rubric)
            if None in pair:
                return None
            return bool(award_errors([pair[0]], [pair[1]], risk=certificate.risk)[0])  # type: ignore[arg-type]
        criterion = self.rubric.criterion(certificate.criterion_id)
        levels, name = criterion.level_numbers, criterion.id
        machine, human = case.suggested.get(name), recorded.get(name)
        if machine is None or human is None:
            return None
        found = level_errors(
            [levels.index(machine)],
            [levels.index(human)],
            risk=certificate.risk,  # type: ignore[arg-type]
            n_levels=len(levels),
            required=criterion.required_index,
        )
        return bool(found[0])


def answered_cases(ledger: ReviewLedger, *, rubric: str | None) -> AnsweredCases:
    """Read a ledger's cases under the rubric of that digest, or the one that its ratings speak of."""
    with ledger.file.reading() as connection:
        known = rubric_rated(ledger.journal(connection), rubric=rubric)
    return AnsweredCases(ledger.rated(rubric=known.digest) if known else (), rubric=known)


def _case(one: RatedSuggestion) -> AnsweredCase:
    review = one.review
    return AnsweredCase(
        submission_id=one.rating.submission_id,
        teacher_id=one.teacher_id,
        suggested={score.criterion_id: score.level for score in review.scores},
        sent=review.route == "review",
        audited=one.audited,
        review_probability=one.review_probability,
        certificate=review.certificate,
        settled_at=one.sequence,
    )
