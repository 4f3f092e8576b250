"""Ways to say which scores stand without a second look: a certificate, and rules of thumb."""

import warnings
from dataclasses import dataclass

import numpy as np

from benchmarks.essay_reviews import SEED, Bools, Floats, Ints, Unit
from reviewkit import CertificateTerms
from reviewkit.routing.guarantee import certify
from reviewkit.routing.rated_rows import RatedRows
from reviewkit.routing.terms import CertificateSubject, starting_threshold

CONFIDENCE = 0.9
FEWEST_STANDING = 20
_SUBJECT = CertificateSubject(
    criterion_id="score", record_rule="mean-half-up", rubric_digest="0" * 64, bundle_digest="0" * 64
)


@dataclass(frozen=True)
class Standing:
    """What stands of a unit's tested scores."""

    unit: Unit
    stands: Bools
    signed: bool = True


def by_certificate(unit: Unit, level: float) -> Standing:
    """What stands under a certificate, if one is granted; the test starts where the essays to be reviewed say."""
    rows = RatedRows.of(
        confidence=np.maximum(unit.certify.sure, 0),
        error=unit.certify.wrong,
        teacher_ids=unit.certify.essay,
        held=unit.certify.sure < 0,
    )
    terms = CertificateTerms(risk="any-difference", level=level, confidence=CONFIDENCE, seed=SEED)
    first = starting_threshold(unit.test.sure, terms, n_teachers=len(rows.teacher_ids))
    terms = terms.model_copy(update={"first_threshold": first})
    found = certify(rows, terms, subject=_SUBJECT)
    bar = 2.0 if found.threshold is None else found.threshold
    return Standing(unit, unit.test.sure >= bar, found.threshold is not None)


def by_probability(unit: Unit, level: float) -> Standing:
    """What stands if a probability of 1 - level is taken at its word."""
    return Standing(unit, unit.test.sure >= 1 - level)


def by_sets(unit: Unit, level: float) -> Standing:
    """What stands if MAPIE's prediction set (LAC, calibrated on the rows that certify) holds the top level alone."""
    from mapie.classification import SplitConformalClassifier

    known = _Known(unit.test.probabilities.shape[1])
    conformal = SplitConformalClassifier(known, confidence_level=1 - level, conformity_score="lac", prefit=True)
    with warnings.catch_warnings():  # levels that no essay of the fold has
        warnings.simplefilter("ignore", UserWarning)
        conformal.conformalize(unit.certify.probabilities, unit.certify.record)
    inside = conformal.predict_set(unit.test.probabilities)[1][:, :, 0]
    return Standing(unit, (inside.sum(axis=1) == 1) & (unit.test.sure >= 0))


class _Known:
    """A classifier for MAPIE whose rows are the probabilities themselves."""

    def __init__(self, n_levels: int) -> None:
        self.classes_ = np.arange(n_levels)

    def fit(self, rows: Floats, levels: Ints) -> "_Known":
        return self

    def predict_proba(self, rows: Floats) -> Floats:
        return rows

    def predict(self, rows: Floats) -> Ints:
        return rows.argmax(axis=1)

    def __sklearn_is_fitted__(self) -> bool:
        return True


def by_parity(unit: Unit, level: float = 0.0) -> Standing:
    """The laxest threshold at which, on the rows that certify, machine and rater 1 agree as often as the raters do."""
    rows = unit.certify
    order = np.argsort(-rows.sure, kind="stable")
    ahead = np.cumsum((rows.machine == rows.first)[order].astype(int) - (rows.second == rows.first)[order].astype(int))
    last_of_tie = np.append(np.diff(rows.sure[order]) < 0, True)
    good = np.flatnonzero(
        (ahead >= 0) & last_of_tie & (rows.sure[order] >= 0) & (np.arange(len(order)) + 1 >= FEWEST_STANDING)
    )
    bar = rows.sure[order][good[-1]] if good.size else 2.0
    return Standing(unit, unit.test.sure >= bar, bool(good.size))
