"""``reviewkit certify``: what may be promised of the suggestions that stand, tested on rated submissions."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import typer

import reviewkit
from reviewkit.cli.talk import followed, interval, number, result, say, table

AWARD_RISKS = {"false-award", "false-return"}


def certify(
    bundle: Annotated[Path, typer.Argument(help="Folder of the bundle.")],
    submissions: Annotated[Path, typer.Argument(help="Submissions, JSON Lines.")],
    ratings: Annotated[Path, typer.Argument(help="Ratings, CSV.")],
    *,
    risk: Annotated[
        Literal["any-difference", "more-than-one-level", "false-meets", "false-not-yet", "false-award", "false-return"],
        typer.Option(help="The mistake that is bounded; the last two are of the award, the others of criteria."),
    ],
    level: Annotated[float, typer.Option(help="Share of such mistakes among what stands, at most.")],
    out: Annotated[Path, typer.Option(help="Where the certificates go, JSON.")],
    confidence: Annotated[float, typer.Option(help="How sure the test must be to let you sign.")] = 0.9,
    criterion: Annotated[list[str] | None, typer.Option(help="Left out, every criterion gets its own.")] = None,
    group_by: Annotated[
        str | None, typer.Option(help="A grouping: each of its groups gets its own, from its own ratings.")
    ] = None,
    groups: Annotated[
        Path | None, typer.Option(help="Groups, CSV: submission_id or teacher_id, then a column a grouping.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Draws the one submission of a teacher that counts.", min=0)] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that stands already.")] = False,
) -> None:
    """Test a promise on ratings that the bundle has not learned from; too few, and all still goes to review."""
    reviewkit.refuse_existing(out, force=force)
    terms = _terms(risk=risk, level=level, confidence=confidence, seed=seed)
    if criterion and risk in AWARD_RISKS:
        raise typer.BadParameter(f"{risk} is of the award; leave --criterion out")
    tested = _reviewed(bundle, submissions, ratings, groups=groups)
    names = [None] if risk in AWARD_RISKS else criterion or list(tested.rubric.criterion_ids)
    found = [certificates for name in names if (certificates := tested.certify(terms, name, grouping=group_by))]
    flat = [one for certificates in found for one in certificates]
    if not flat:
        raise reviewkit.SettingsError(
            f"no submission tells a group of {group_by!r}; pass --groups, or leave --group-by out."
        )
    reviewkit.write_certificates(out, flat, force=force)
    _print(flat)
    for certificates in found if group_by else ():
        _print_groups(certificates, tested.groups(certificates, grouping=group_by or ""), grouping=group_by or "")
    n_granted = sum(one.threshold is not None for one in flat)
    result(f"{out}: {n_granted} of {len(flat)} promises can be signed")


class _Tested(NamedTuple):
    """Reviews by the bundle of what it has not seen, beside their ratings."""

    rubric: "reviewkit.Rubric"
    reviews: list["reviewkit.ReviewRecord"]
    ratings: Sequence["reviewkit.Rating"]
    submissions: list["reviewkit.Submission"]

    def certify(
        self, terms: "reviewkit.CertificateTerms", criterion_id: str | None, *, grouping: str | None
    ) -> tuple["reviewkit.Certificate", ...]:
        found: tuple[reviewkit.Certificate, ...] = reviewkit.certify_reviews(
            self.reviews,
            self.ratings,
            rubric=self.rubric,
            submissions=self.submissions,
            terms=terms,
            criterion_id=criterion_id,
            grouping=grouping,
        )
        return found

    def groups(
        self, certificates: Sequence["reviewkit.Certificate"], *, grouping: str
    ) -> tuple["reviewkit.GroupRouting", ...]:
        found: tuple[reviewkit.GroupRouting, ...] = reviewkit.certified_groups(
            certificates,
            self.reviews,
            self.ratings,
            rubric=self.rubric,
            submissions=self.submissions,
            grouping=grouping,
        )
        return found


def _terms(*, risk: str, level: float, confidence: float, seed: int) -> "reviewkit.CertificateTerms":
    for name, value in (("--level", level), ("--confidence", confidence)):
        if not 0 < value < 1:
            raise typer.BadParameter(f"{name} is {value:g}, but it lies between 0 and 1")
    return reviewkit.CertificateTerms.model_validate(
        {"risk": risk, "level": level, "confidence": confidence, "seed": seed}
    )


def _reviewed(bundle: Path, submissions: Path, ratings: Path, *, groups: Path | None) -> _Tested:
    loaded = reviewkit.load_bundle(bundle)
    rows = reviewkit.read_submissions(submissions)
    given = reviewkit.read_ratings(ratings, rubric=loaded.rubric, submission_ids=[one.submission_id for one in rows])
    for warning in given.warnings:
        say(warning)
    seen = loaded.manifest.seen
    fresh = [one for one in rows if not seen.holds(one.submission_id, one.teacher_id)]
    if len(fresh) < len(rows):
        say(f"{len(rows) - len(fresh)} of {len(rows)} submissions were left out: the bundle learned from them")
    if not fresh:
        raise reviewkit.SubmissionError(
            f"{submissions}: holds nothing that the bundle has not learned from; certify on other submissions, "
            "or train with --hold-back."
        )
    if groups:
        fresh = reviewkit.add_groups(fresh, groups)
    done = loaded.engine().review_many(fresh, folder=submissions.parent)
    reviewed = list(followed(done, label="reviewing", total=len(fresh)))
    faults = [one.message for one in reviewed if isinstance(one, reviewkit.Failure)]
    if faults:
        raise reviewkit.SubmissionError(f"{len(faults)} submissions are faulty, nothing was certified", faults=faults)
    reviews = [one.review for one in reviewed if isinstance(one, reviewkit.Reviewed)]
    return _Tested(loaded.rubric, reviews, given.ratings, fresh)


def _print(certificates: Sequence["reviewkit.Certificate"]) -> None:
    first = certificates[0]
    table(
        f"{first.risk}: at most {first.level:.0%} of what stands, at {first.confidence:.0%} confidence",
        ["about", "group", "teachers", "stand", "share that stands", "threshold", "bound", "ratings still needed"],
        (_row(one) for one in certificates),
    )


def _row(one: "reviewkit.Certificate") -> list[str]:
    share = f"{number(one.share_standing, digits=2)} ({interval(one.share_low, one.share_high, digits=2)})"
    return [
        one.criterion_id or "the award",
        one.group or "everybody",
        str(one.n_rows),
        str(one.n_standing),
        "-" if one.share_standing is None else share,
        number(one.threshold),
        number(one.bound),
        "-" if one.n_more is None else f"at least {one.n_more}",
    ]


def _print_groups(
    certificates: Sequence["reviewkit.Certificate"], found: Sequence["reviewkit.GroupRouting"], *, grouping: str
) -> None:
    table(
        f"{certificates[0].criterion_id or 'the award'}, by {grouping} (*: too few teachers to read anything into it)",
        ["group", "sent to review", "gap to all others", "wrong among what stands", "gap to all others"],
        ([*_group_row(one)] for one in found),
    )


def _group_row(one: "reviewkit.GroupRouting") -> Iterator[str]:
    yield one.group or "(not told)"
    for share, gap in ((one.review, one.review_gap), (one.error, one.error_gap)):
        span = f"{number(share.value, digits=2)} ({interval(share.low, share.high, digits=2)})"
        yield f"{span if share.n_rows else '-'}{'*' if share.small else ''}"
        yield number(gap, digits=2)
