"""Reviews beside ratings become certificates, and what they would do to each group."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, get_args

from reviewkit.agreement.score_of_record import scores_of_record
from reviewkit.errors import CertificateError, SettingsError
from reviewkit.records import Certificate, Criterion, Rating, ReviewRecord, Rubric, Submission, award_of_record
from reviewkit.routing.confidence import (
    award_confidence,
    finding_doubts,
    level_confidence,
    score_doubts,
    suggested_award,
)
from reviewkit.routing.fairness import GroupRouting, group_routing
from reviewkit.routing.guarantee import certify
from reviewkit.routing.promises import group_names
from reviewkit.routing.rated_rows import RatedRows
from reviewkit.routing.risks import AwardRisk, Risk, award_errors, level_errors
from reviewkit.routing.terms import CertificateSubject, CertificateTerms, starting_threshold

FEWEST_OTHERS = 50
_NEVER = -1.0


class _Case(NamedTuple):
    """A review as a certificate sees it: how sure, below 0 where it never stands; and wrong or not, None if open."""

    teacher_id: str
    confidence: float
    error: bool | None
    groups: Mapping[str, Any]

    def group_of(self, grouping: str | None) -> str | None:
        """The group that a certificate would name."""
        if grouping is None:
            return None
        return next(iter(group_names({grouping: self.groups.get(grouping)})), None)


def certify_reviews(
    reviews: Iterable[ReviewRecord],
    ratings: Iterable[Rating],
    *,
    rubric: Rubric,
    submissions: Iterable[Submission],
    terms: CertificateTerms,
    criterion_id: str | None = None,
    grouping: str | None = None,
    issued_at: datetime | None = None,
) -> tuple[Certificate, ...]:
    """Test a promise on submissions that were reviewed, and rated whatever the review said.

    Parameters
    ----------
    reviews : iterable of ReviewRecord
        By the bundle that the certificate is for, of submissions that it has not learned from.
    ratings : iterable of Rating
        Blind ones and adjudications make the score of record.
    rubric : Rubric
    submissions : iterable of Submission
        Tell each review's teacher and groups.
    terms : CertificateTerms
        Where they name no ``first_threshold``, and 50 or more reviews of other teachers are not rated, the test starts
        where those say (:func:`starting_threshold`).
    criterion_id : str, optional
        What is promised of; left out, the award.
    grouping : str, optional
        Name of a grouping: each of its groups gets a certificate of its own, from its own rows.
    issued_at : datetime, optional
        Now, if left out.

    Returns
    -------
    tuple of Certificate
        One, or one a group, sorted by name; those of whom no group is told get none.

    Raises
    ------
    CertificateError
        If the reviews come from no bundle, several bundles, or another rubric.
    SettingsError
        If the risk is none of the subject.

    Notes
    -----
    Reviews with a finding for a person, and those returned, count among the rows and never stand; so do scores that
    are cold or borderline. On the award all criteria have a say in that.

    Examples
    --------
    >>> from reviewkit import load_bundle, read_submissions, shipped_folder
    >>> engine = load_bundle(shipped_folder("models") / "classroom-management").engine()
    >>> demo = read_submissions(shipped_folder("rubrics") / "classroom-management" / "demo.jsonl")
    >>> certificates = certify_reviews(
    ...     [engine.review(demo[0])], [], rubric=engine.rubric, submissions=demo, criterion_id="routines",
    ...     terms=CertificateTerms(risk="any-difference", level=0.1))
    >>> certificates[0].threshold is None, certificates[0].n_more
    (True, 22)
    """
    every = list(reviews)
    subject = CertificateSubject(
        criterion_id=criterion_id,
        record_rule=rubric.record_rule,
        rubric_digest=rubric.digest,
        bundle_digest=_bundle_of(every, rubric),
    )
    cases = _cases(every, ratings, rubric=rubric, submissions=submissions, risk=terms.risk, criterion_id=criterion_id)
    found = sorted({name for one in cases if (name := one.group_of(grouping))})
    groups = (None,) if grouping is None else found
    return tuple(_certify(cases, terms, subject, group=one, grouping=grouping, issued_at=issued_at) for one in groups)


def certified_groups(
    certificates: Sequence[Certificate],
    reviews: Iterable[ReviewRecord],
    ratings: Iterable[Rating],
    *,
    rubric: Rubric,
    submissions: Iterable[Submission],
    grouping: str,
) -> tuple[GroupRouting, ...]:
    """Say what certificates of one promise would do to each group: share sent to review, error of what stands.

    Parameters
    ----------
    certificates : sequence of Certificate
        Of one subject and one risk: one for everybody, or one a group.
    reviews, ratings, rubric, submissions
        As in :func:`certify_reviews`. On the rows that were tested the errors look a little better than they are.
    grouping : str

    Returns
    -------
    tuple of GroupRouting
        One a group, sorted by name; those of whom none is told are the group ``""``.

    Examples
    --------
    >>> from reviewkit import read_rubric, shipped_folder
    >>> rubric = read_rubric(shipped_folder("rubrics") / "classroom-management.yaml")
    >>> certified_groups([], [], [], rubric=rubric, submissions=[], grouping="region")
    ()
    """
    if not certificates:
        return ()
    promise = certificates[0]
    cases = _cases(
        list(reviews),
        ratings,
        rubric=rubric,
        submissions=submissions,
        risk=promise.risk,  # type: ignore[arg-type]
        criterion_id=promise.criterion_id,
    )
    bar = {one.group: 2.0 if one.threshold is None else one.threshold for one in certificates}
    groups = [one.group_of(grouping) for one in cases]
    return group_routing(
        [one.confidence >= bar.get(name, bar.get(None, 2.0)) for one, name in zip(cases, groups, strict=True)],
        [one.error for one in cases],
        groups=[name or "" for name in groups],
        teacher_ids=[one.teacher_id for one in cases],
    )


def _certify(
    cases: Sequence[_Case],
    terms: CertificateTerms,
    subject: CertificateSubject,
    *,
    group: str | None,
    grouping: str | None,
    issued_at: datetime | None,
) -> Certificate:
    own = [one for one in cases if one.group_of(grouping) == group]
    rated = [one for one in own if one.error is not None]
    tested = {one.teacher_id for one in rated}
    others = [one.confidence for one in own if one.teacher_id not in tested]
    if terms.first_threshold is None and len(others) >= FEWEST_OTHERS:
        first = starting_threshold(others, terms, n_teachers=len(tested))
        terms = terms.model_copy(update={"first_threshold": first})
    rows = RatedRows.of(
        confidence=[max(0.0, one.confidence) for one in rated],
        error=[bool(one.error) for one in rated],
        teacher_ids=[one.teacher_id for one in rated],
        held=[one.confidence < 0 for one in rated],
    )
    return certify(rows, terms, subject=subject, group=group, issued_at=issued_at)


def _bundle_of(reviews: Sequence[ReviewRecord], rubric: Rubric) -> str:
    if other := [one for one in reviews if one.rubric.digest != rubric.digest]:
        raise CertificateError(
            f"the review of {other[0].submission_id!r} was made under rubric {other[0].rubric.digest[:12]}, not under "
            f"{rubric.id} {rubric.digest[:12]}; review with that rubric's bundle."
        )
    digests = {one.bundle_digest for one in reviews}
    digest = digests.pop() if len(digests) == 1 else None
    if digest is None:
        raise CertificateError(
            f"{len(reviews)} reviews come from {len(digests) or 'no'} bundles, but a certificate is for one; "
            "review with the engine of one saved bundle."
        )
    return digest


def _cases(
    reviews: Sequence[ReviewRecord],
    ratings: Iterable[Rating],
    *,
    rubric: Rubric,
    submissions: Iterable[Submission],
    risk: Risk,
    criterion_id: str | None,
) -> list[_Case]:
    told = {one.submission_id: one for one in submissions}
    records = scores_of_record(ratings, rubric=rubric)
    criterion = None if criterion_id is None else rubric.criterion(criterion_id)
    _check_risk(risk, criterion, rubric)
    cases = []
    for review in reviews:
        one, record = told[review.submission_id], records.get(review.submission_id, {})
        if criterion is None:
            sure, error = _on_award(review, record, rubric, risk)
        else:
            sure, error = _on_level(review, record.get(criterion.id), criterion, risk)
        held = finding_doubts(review.findings)
        cases.append(_Case(one.teacher_id, _NEVER if held else sure, error, one.groups))
    return cases


def _check_risk(risk: Risk, criterion: Criterion | None, rubric: Rubric) -> None:
    if (criterion is None) != (risk in get_args(AwardRisk)):
        subject = "the award" if criterion is None else f"criterion {criterion.id!r}"
        raise SettingsError(f"the risk {risk!r} is none of {subject}; false-award and false-return are the award's.")
    if criterion is None and rubric.award is None:
        raise SettingsError(f"rubric {rubric.id} defines no award, so nothing can be promised of it; name a criterion.")


def _on_level(
    review: ReviewRecord, record: float | None, criterion: Criterion, risk: Risk
) -> tuple[float, bool | None]:
    """How sure a suggested level is and whether it is wrong; a submission that was returned has none, and no error."""
    if not review.scores:
        return _NEVER, None if record is None else False
    score = review.score(criterion.id)
    never = bool(score_doubts(score, criterion))
    sure = _NEVER if never else level_confidence(score, criterion, risk=risk)  # type: ignore[arg-type]
    if record is None:
        return sure, None
    wrong = level_errors(
        [criterion.level_index(score.level)],
        [criterion.level_index(record)],
        risk=risk,  # type: ignore[arg-type]
        n_levels=len(criterion.levels),
        required=criterion.required_index,
    )
    return sure, bool(wrong[0])


def _on_award(
    review: ReviewRecord, record: dict[str, float | None], rubric: Rubric, risk: Risk
) -> tuple[float, bool | None]:
    earned, suggested = award_of_record(record, rubric), suggested_award(review.scores, rubric)
    never = any(score_doubts(one, rubric.criterion(one.criterion_id)) for one in review.scores)
    sure = None if never else award_confidence(review.scores, review.award_probability, rubric=rubric)
    if earned is None:
        return _NEVER if sure is None else sure, None
    wrong = suggested is not None and award_errors([suggested], [earned], risk=risk)[0]  # type: ignore[arg-type]
    return _NEVER if sure is None else sure, bool(wrong)
