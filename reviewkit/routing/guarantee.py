"""The certificate: of the suggestions that stand, at most so many in a hundred are wrong, at a stated confidence.

Learn-then-test with exact binomial bounds: the thresholds of a fixed grid are tested one after the other, strictest
first, and the first that fails ends the test. ``docs/guarantee-for-statisticians.md`` has the proof and its conditions.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Self

import numpy as np

from reviewkit.errors import CertificateError, ShapeError
from reviewkit.records.base import DECIMALS
from reviewkit.records.decision import Certificate
from reviewkit.routing.proportion import SLACK, IntArray, binomial_p_value, exact_interval, upper_bound
from reviewkit.routing.rated_rows import RatedRows
from reviewkit.routing.terms import CertificateSubject, CertificateTerms, standing_needed


@dataclass(frozen=True)
class _Tests:
    """The eligible thresholds, strictest first, with what stands at each and how far the sequence came."""

    thresholds: tuple[float, ...]
    n_standing: IntArray
    n_errors: IntArray
    passed: int | None
    n_rows: int

    @classmethod
    def run(cls, rows: RatedRows, terms: CertificateTerms) -> Self:
        first, last = terms.first_threshold, rows.drawn_at
        top, floor = 1.0 if first is None else first, 0.0 if last is None else last
        thresholds = tuple(step for step in terms.grid if floor <= step <= top)
        n_standing, n_errors = rows.standing_at(thresholds)
        start = 0 if first is not None else _start(n_standing, terms)
        passes = binomial_p_value(n_errors, n_standing, level=terms.level) <= 1 - terms.confidence + SLACK
        failures = np.flatnonzero(~passes[start:])
        n_passed = int(failures[0]) if failures.size else len(thresholds) - start
        passed = start + n_passed - 1 if n_passed else None
        return cls(thresholds, n_standing, n_errors, passed, len(rows.confidence))


def _start(n_standing: IntArray, terms: CertificateTerms) -> int:
    """Return the first threshold at which enough stand; how they turned out has no say in it."""
    enough = np.flatnonzero(n_standing >= standing_needed(level=terms.level, confidence=terms.confidence))
    return int(enough[0]) if enough.size else len(n_standing)


def certify(
    rows: RatedRows,
    terms: CertificateTerms,
    *,
    subject: CertificateSubject,
    group: str | None = None,
    issued_at: datetime | None = None,
) -> Certificate:
    """Find the laxest threshold at which the promise can be signed.

    Parameters
    ----------
    rows : RatedRows
        Rated submissions that neither the estimator, its calibrator nor the grid was made from.
    terms : CertificateTerms
        What shall be promised.
    subject : CertificateSubject
        What it is about; one certificate a criterion or for the award, never criteria pooled.
    group : str, optional
        The group that the rows belong to, if the promise is for it alone.
    issued_at : datetime, optional
        Now, if left out.

    Returns
    -------
    Certificate
        With ``threshold`` None where nothing can be promised: then everything goes to review, and ``n_more`` is the
        fewest further ratings that could change it, if none of them shows an error.

    Notes
    -----
    One submission a teacher counts, drawn by the terms' seed. Angelopoulos, A. N., Bates, S., Candès, E. J., Jordan,
    M. I. and Lei, L. (2021), Learn then test, arXiv:2110.01052. The share that stands has a two-sided
    Clopper-Pearson interval at the terms' confidence; from audits it is None, for audits see only what stood.

    Examples
    --------
    >>> rows = RatedRows.of(confidence=[0.9] * 50, error=[False] * 50, teacher_ids=range(50))
    >>> terms = CertificateTerms(risk="any-difference", level=0.05)
    >>> subject = CertificateSubject(record_rule="mean-half-up", rubric_digest="0" * 64, bundle_digest="1" * 64)
    >>> certificate = certify(rows, terms, subject=subject)
    >>> certificate.threshold, certificate.bound, certificate.n_standing
    (0.0, 0.045008, 50)
    >>> certify(rows.only([True] * 30 + [False] * 20), terms, subject=subject).n_more
    15
    """
    drawn = rows.one_per_teacher(seed=terms.seed)
    tests = _Tests.run(drawn, terms)
    whole = rows.drawn_at is None
    outcome = _refused(tests, terms) if tests.passed is None else _granted(tests, terms, at=tests.passed, whole=whole)
    promise = {"risk": terms.risk, "level": terms.level, "confidence": terms.confidence, "group": group}
    about = {**subject.model_dump(), **promise, "n_rows": tests.n_rows, **outcome}
    about["issued_at"] = (datetime.now(UTC) if issued_at is None else issued_at).isoformat()
    written = json.dumps(about, sort_keys=True).encode()
    return Certificate(certificate_id=f"certificate-{hashlib.sha256(written).hexdigest()[:16]}", **about)


def _granted(tests: _Tests, terms: CertificateTerms, *, at: int, whole: bool) -> dict[str, float | int | None]:
    """Return what the certificate says of the threshold; ``whole`` if the rows show what does not stand, too."""
    n_errors, n_standing = int(tests.n_errors[at]), int(tests.n_standing[at])
    bound = float(upper_bound(n_errors, n_standing, confidence=terms.confidence))
    low, high = exact_interval(n_standing, tests.n_rows, confidence=terms.confidence)
    share = {"share_standing": n_standing / tests.n_rows, "share_low": low, "share_high": high} if whole else {}
    rounded_up = math.ceil(bound * 10**DECIMALS) / 10**DECIMALS
    return {
        "threshold": tests.thresholds[at],
        "bound": min(terms.level, rounded_up),
        "n_standing": n_standing,
        **share,
    }


def _refused(tests: _Tests, terms: CertificateTerms) -> dict[str, float | int | None]:
    return {"threshold": None, "bound": None, "n_standing": 0, "n_more": _ratings_needed(tests, terms)}


def _ratings_needed(tests: _Tests, terms: CertificateTerms) -> int:
    """Return the fewest further ratings, over the thresholds, that could pass the test if none shows an error."""
    counts = zip(tests.n_standing.tolist(), tests.n_errors.tolist(), strict=True)
    wanted = []
    for n_standing, n_errors in list(counts)[: 1 if terms.first_threshold is not None else None]:
        lacking = standing_needed(level=terms.level, confidence=terms.confidence, n_errors=n_errors) - n_standing
        share = n_standing / tests.n_rows if n_standing else 1 / (tests.n_rows + 1)
        wanted.append(math.ceil(lacking / share - SLACK) if lacking > 0 else None)
    return min((number for number in wanted if number is not None), default=1)


def certify_groups(
    rows: RatedRows,
    terms: CertificateTerms,
    *,
    groups: Sequence[str],
    subject: CertificateSubject,
    scope: Literal["each", "all"] = "each",
    issued_at: datetime | None = None,
) -> tuple[Certificate, ...]:
    """Give every group its own certificate, from its own rows (Mondrian).

    Parameters
    ----------
    rows : RatedRows
    terms : CertificateTerms
    groups : sequence of str, length n_rows
        Group of each row.
    subject : CertificateSubject
    scope : str
        ``"each"``: each promise holds with the terms' confidence, taken alone; ``"all"``: all of them hold together
        with it, for which each is tested more strictly (Bonferroni).
    issued_at : datetime, optional

    Returns
    -------
    tuple of Certificate
        One a group, sorted by its name.

    Examples
    --------
    >>> rows = RatedRows.of(confidence=[0.9] * 60, error=[False] * 60, teacher_ids=range(60))
    >>> terms = CertificateTerms(risk="any-difference", level=0.05)
    >>> subject = CertificateSubject(record_rule="mean-half-up", rubric_digest="0" * 64, bundle_digest="1" * 64)
    >>> found = certify_groups(rows, terms, groups=["primary"] * 50 + ["secondary"] * 10, subject=subject)
    >>> [(one.group, one.threshold, one.n_more) for one in found]
    [('primary', 0.0, None), ('secondary', None, 35)]
    """
    names = np.asarray(groups, dtype=str)
    if len(names) != len(rows.confidence):
        raise ShapeError(f"groups has {len(names)} rows and rows has {len(rows.confidence)}; pass one group a row.")
    found = sorted(set(names.tolist()))
    if scope == "all" and found:
        terms = terms.model_copy(update={"confidence": 1 - (1 - terms.confidence) / len(found)})
    return tuple(
        certify(rows.only(names == name), terms, subject=subject, group=name, issued_at=issued_at) for name in found
    )


def check_certificate(certificate: Certificate, *, rubric_digest: str, bundle_digest: str) -> None:
    """Refuse a certificate that was issued for another rubric or another bundle.

    Raises
    ------
    CertificateError
        With both digests, shortened.
    """
    for name, held, wanted in (
        ("rubric", certificate.rubric_digest, rubric_digest),
        ("bundle", certificate.bundle_digest, bundle_digest),
    ):
        if held != wanted:
            raise CertificateError(
                f"certificate {certificate.certificate_id} was issued for {name} {held[:12]}, but this {name} is "
                f"{wanted[:12]}; a promise does not carry over: certify again on rows rated under this {name}."
            )
