"""Essays scored by bundles that had not seen them, criterion by criterion, beside what two people said of them."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.asap import (
    N_FOLDS,
    PROMPT_7,
    PROMPT_8,
    RatedEssays,
    load_holistic,
    load_traits,
    normal_text,
)
from reviewkit import (
    Criterion,
    Encoder,
    PolicySettings,
    Reviewed,
    ReviewRecord,
    Submission,
    load_bundle,
    read_json_lines,
    save_bundle,
    scores_of_record,
    train,
    write_json_lines,
)
from reviewkit.routing.confidence import finding_doubts, level_confidence

SEED = 0
TRAITS = {one.essay_set: one for one in (PROMPT_7, PROMPT_8)}
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class FoldReviews:
    """Reviews of the essays that certify and of those that are tested, by one bundle that saw neither."""

    certify: tuple[ReviewRecord, ...]
    test: tuple[ReviewRecord, ...]


@dataclass(frozen=True)
class Scores:
    """Scores on one criterion, row for row; ``sure`` is below 0 where a finding or a cold start sends it to review."""

    essay: NDArray[np.str_]
    machine: Ints
    record: Ints
    first: Ints
    second: Ints
    sure: Floats
    probabilities: Floats

    @property
    def wrong(self) -> Bools:
        """The suggested level is another than the record's."""
        return np.asarray(self.machine != self.record)


@dataclass(frozen=True)
class Unit:
    """One criterion in one fold: the promise is tested on some essays and met by others."""

    prompt: str
    criterion: Criterion
    certify: Scores
    test: Scores


def load(essay_set: str) -> RatedEssays:
    """Essays of a prompt: holistic scores, or traits where it has them."""
    return load_traits(TRAITS[essay_set]) if essay_set in TRAITS else load_holistic(essay_set, both_raters=True)


def fold_reviews(essays: RatedEssays, fold: int, encoder: Encoder) -> FoldReviews:
    """Train on three folds, review the other two."""
    by_fold: dict[int, list[Submission]] = {at: [] for at in range(N_FOLDS)}
    for one, at in zip(essays.submissions, essays.folds, strict=True):
        by_fold[at].append(one)
    test, held = by_fold[fold], by_fold[(fold + 1) % N_FOLDS]
    unseen = {normal_text(one.reflection) for one in (*test, *held)}
    learn = [one for rows in by_fold.values() for one in rows if normal_text(one.reflection) not in unseen]
    with tempfile.TemporaryDirectory() as folder:
        trained = train(essays.rubric, learn, ratings=essays.ratings_of(learn), encoder=encoder, seed=SEED)
        save_bundle(trained, Path(folder) / "bundle")
        bundle = load_bundle(Path(folder) / "bundle", encoder=encoder)
    engine = bundle.engine(policy=PolicySettings(allow_uncertified=True, audit_share=0.0))
    certifying, tested = (
        tuple(one.review for one in engine.review_many(rows) if isinstance(one, Reviewed)) for rows in (held, test)
    )
    return FoldReviews(certifying, tested)


def kept_reviews(essays: RatedEssays, fold: int, encoder: Encoder, *, folder: Path | None) -> FoldReviews:
    """Review a fold, or read what an earlier run of the same code kept of it."""
    if folder is None:
        return fold_reviews(essays, fold, encoder)
    paths = [folder / f"{essays.rubric.id}-{fold}-{side}.jsonl" for side in ("certify", "test")]
    if not all(path.is_file() for path in paths):
        folder.mkdir(parents=True, exist_ok=True)
        made = fold_reviews(essays, fold, encoder)
        for path, reviews in zip(paths, (made.certify, made.test), strict=True):
            write_json_lines(path, reviews)
    return FoldReviews(*(tuple(read_json_lines(path, ReviewRecord)) for path in paths))


def given_by(rater_id: str, essays: RatedEssays, criterion: Criterion) -> dict[str, int]:
    """Level indices that a rater gave, by essay."""
    mine = (one for one in essays.ratings if (one.criterion_id, one.rater_id) == (criterion.id, rater_id))
    return {one.submission_id: criterion.level_index(one.level or 0.0) for one in mine}


def units_of(essay_set: str, essays: RatedEssays, folds: Sequence[FoldReviews]) -> Iterator[Unit]:
    """Every criterion of a prompt in every fold."""
    records = scores_of_record(essays.ratings, rubric=essays.rubric)
    for criterion in essays.rubric.criteria:
        record = {name: criterion.level_index(levels[criterion.id] or 0.0) for name, levels in records.items()}
        people = (record, given_by("rater-1", essays, criterion), given_by("rater-2", essays, criterion))
        for fold in folds:
            certifying, tested = (scores_of(one, criterion, *people) for one in (fold.certify, fold.test))
            yield Unit(essay_set, criterion, certifying, tested)


def scores_of(
    reviews: Sequence[ReviewRecord],
    criterion: Criterion,
    record: dict[str, int],
    first: dict[str, int],
    second: dict[str, int],
) -> Scores:
    """Reviews as arrays, beside the levels that people gave."""
    scored = [one for one in reviews if one.scores]
    given = [one.score(criterion.id) for one in scored]
    held = [bool(finding_doubts(one.findings)) or score.cold for one, score in zip(scored, given, strict=True)]
    names = [one.submission_id for one in scored]
    return Scores(
        essay=np.asarray(names),
        machine=np.asarray([criterion.level_index(one.level) for one in given]),
        record=np.asarray([record[name] for name in names]),
        first=np.asarray([first[name] for name in names]),
        second=np.asarray([second[name] for name in names]),
        sure=np.where(held, -1.0, [level_confidence(one, criterion, risk="any-difference") for one in given]),
        probabilities=np.asarray([list(one.probabilities.values()) for one in given]),
    )
