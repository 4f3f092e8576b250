"""Promises on the award, and the chance of it: prompts with traits, each with the level that it requires."""

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.asap import RatedEssays
from benchmarks.essay_reviews import Floats, FoldReviews
from benchmarks.measuring import Row
from benchmarks.routing_rules import CONFIDENCE
from reviewkit import (
    CertificateTerms,
    PolicySettings,
    ReviewRecord,
    RoutingPolicy,
    certify_reviews,
    scores_of_record,
)
from reviewkit.records import award_of_record
from reviewkit.routing.confidence import suggested_award


def award_rows(
    essay_set: str, essays: RatedEssays, folds: Sequence[FoldReviews], *, levels: Sequence[float]
) -> Iterator[Row]:
    """False awards and false returns, each certified by itself, with borderline scores sent to review."""
    records = scores_of_record(essays.ratings, rubric=essays.rubric)
    earned = {name: award_of_record(one, essays.rubric) for name, one in records.items()}
    for risk in ("false-award", "false-return"):
        for level in levels:
            terms = CertificateTerms.model_validate({"risk": risk, "level": level, "confidence": CONFIDENCE})
            counts = np.zeros(4)
            for fold in folds:
                counts += _awards(essays, fold, terms, earned)
            n_signed, n_stand, n_wrong, n_rows = counts.tolist()
            yield {
                "prompt": essay_set,
                "risk": risk,
                "promised": level,
                "signed": int(n_signed),
                "of": len(folds),
                "share that stands": n_stand / n_rows,
                "observed": n_wrong / n_stand if n_stand else None,
            }


def _awards(essays: RatedEssays, fold: FoldReviews, terms: CertificateTerms, earned: dict[str, bool | None]) -> Floats:
    """Signed or not; essays that stand, those of them that are wrong, all essays."""
    rubric = essays.rubric
    promises = certify_reviews(fold.certify, essays.ratings, rubric=rubric, submissions=essays.submissions, terms=terms)
    if promises[0].threshold is None:
        return np.asarray([0, 0, 0, len(fold.test)], dtype=float)
    policy = RoutingPolicy(
        rubric,
        settings=PolicySettings(audit_share=0.0),
        certificates=promises,
        bundle_digest=fold.test[0].bundle_digest,
    )
    standing = [one for one in fold.test if _route(policy, one) == "suggest"]
    wrong = [
        suggested_award(one.scores, rubric) is (terms.risk == "false-award")
        and earned[one.submission_id] is not suggested_award(one.scores, rubric)
        for one in standing
    ]
    return np.asarray([1, len(standing), sum(wrong), len(fold.test)], dtype=float)


def _route(policy: RoutingPolicy, review: ReviewRecord) -> str:
    decision, _ = policy.route(
        review.scores,
        review.findings,
        submission_id=review.submission_id,
        attempt=review.attempt,
        award_probability=review.award_probability,
    )
    return str(decision.route)


def chance_row(essay_set: str, essays: RatedEssays, folds: Sequence[FoldReviews]) -> Row:
    """The chance of the award beside the product of the criteria's chances."""
    records = scores_of_record(essays.ratings, rubric=essays.rubric)
    rows = [one for fold in folds for one in fold.test if one.award_probability is not None]
    earned = np.asarray([award_of_record(records[one.submission_id], essays.rubric) for one in rows], dtype=bool)
    said = {
        "award_probability": np.asarray([one.award_probability for one in rows], dtype=float),
        "product": np.asarray([np.prod([score.p_meets_required or 0.0 for score in one.scores]) for one in rows]),
    }
    row: dict[str, str | float | int | None] = {"prompt": essay_set, "n": len(rows), "earned": float(earned.mean())}
    for name, chance in said.items():
        kept = np.clip(chance, 1e-6, 1 - 1e-6)
        row[f"mean {name}"] = float(chance.mean())
        row[f"log loss, {name}"] = float(-np.log(np.where(earned, kept, 1 - kept)).mean())
    return row
