"""Training: rated submissions become a model; every fault is found before anything is learned."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from reviewkit.bundle.folder import TrainedModel
from reviewkit.errors import RatingsError, ReviewkitError, SettingsError
from reviewkit.features.cached_encoder import with_cache
from reviewkit.features.encoder import Encoder, EncoderSettings, SentenceTransformerEncoder
from reviewkit.features.moves import MoveTagger
from reviewkit.features.segmented import SegmentedSubmission, segment_parts
from reviewkit.files import NumberedSubmission, check_ratings
from reviewkit.model import ModelSettings, ReviewModel
from reviewkit.records import Failure, Rating, Rubric, Submission
from reviewkit.scoring.folds import teacher_order
from reviewkit.text.parts import submission_parts
from reviewkit.text.segmenter import Segmenter, SegmenterSettings


def train(
    rubric: Rubric,
    submissions: Iterable[Submission | NumberedSubmission | Failure],
    *,
    ratings: Sequence[Rating],
    folder: Path | None = None,
    encoder: Encoder | None = None,
    settings: ModelSettings = ModelSettings(),
    seed: int = 0,
    note: str = "",
    hold_back: float = 0.0,
    tagger: MoveTagger | None = None,
) -> TrainedModel:
    """Train a model.

    Parameters
    ----------
    rubric : Rubric
    submissions : iterable of Submission, NumberedSubmission or Failure
        Those without a rating help only the vocabulary's counts; they are left out.
    ratings : sequence of Rating
        Blind ones count, and constructed levels.
    folder : Path, optional
        Where the paths of artifacts start.
    encoder : Encoder, optional
        Left out, the default one is loaded, behind the cache of vectors.
    settings : ModelSettings
    seed : int
        Of folds, held-out teachers and salts; kept in the manifest.
    note : str
        What the card says of the data.
    hold_back : float
        Share of the teachers, from 0 to below 1, whose submissions are left out altogether, drawn by the seed: the
        bundle has not seen them, so that certificates and evaluations may rest on them.
    tagger : MoveTagger, optional
        Makes the shares of reflective moves features: :func:`reviewkit.load_move_tagger`. Every sentence is tagged.

    Returns
    -------
    TrainedModel
        For :func:`reviewkit.save_bundle`.

    Raises
    ------
    RatingsError
        If a submission or a rating is faulty; every fault is listed, and nothing is learned.

    Examples
    --------
    One rated submission is too few to learn from, so each criterion is scored cold, from its descriptors. The encoder
    here only counts letters, to be quick.

    >>> import numpy as np
    >>> class LetterCounts:
    ...     name, digest, dimension, max_tokens = "letter-counts", "0" * 64, 26, 254
    ...     def count_tokens(self, text):
    ...         return len(text.split())
    ...     def encode(self, texts):
    ...         counts = [[text.lower().count(chr(97 + at)) for at in range(26)] for text in texts]
    ...         return np.asarray(counts, dtype=np.float32).reshape(-1, 26)
    >>> from reviewkit import read_rubric, shipped_folder
    >>> rubric = read_rubric(shipped_folder("rubrics") / "classroom-management.yaml")
    >>> submission = Submission(
    ...     submission_id="s1", teacher_id="t1", rubric_id=rubric.id, reflection="We practised the line-up all week.")
    >>> rating = Rating(submission_id="s1", criterion_id="routines", rater_id="r1", level=2)
    >>> trained = train(rubric, [submission], ratings=[rating], encoder=LetterCounts())
    >>> trained.model.summary_["routines"].n_rated, trained.model.summary_["routines"].cold
    (1, True)
    """
    encoder = encoder or default_encoder()
    segmenter = segmenter_for(encoder)
    used, segmented = rated_texts(rubric, submissions, ratings=ratings, folder=folder, segmenter=segmenter)
    out = _held_back([one.teacher_id for one in used], share=hold_back, seed=seed)
    pairs = [(one, text) for one, text in zip(used, segmented, strict=True) if one.teacher_id not in out]
    teachers, texts = [one.teacher_id for one, _ in pairs], [text for _, text in pairs]
    model = ReviewModel(rubric, encoder, settings=settings, tagger=tagger)
    model.fit(texts, ratings, teachers=teachers, seed=seed)
    ids = tuple(one.submission_id for one, _ in pairs)
    return TrainedModel(model, segmenter.settings, seed, ids, tuple(teachers), note)


def _held_back(teachers: Sequence[str], *, share: float, seed: int) -> set[str]:
    if not 0 <= share < 1:
        raise SettingsError(f"hold_back is {share:g}, but it is a share of the teachers from 0 to below 1; name one.")
    order = teacher_order(teachers, seed=seed)
    return set(order[len(order) - round(share * len(order)) :])


def default_encoder() -> Encoder:
    """The encoder that a model is learned with where none is named, behind the cache of vectors."""
    return with_cache(SentenceTransformerEncoder(EncoderSettings()))


def segmenter_for(encoder: Encoder) -> Segmenter:
    """A segmenter whose segments fit the encoder's window."""
    max_tokens = min(SegmenterSettings().max_tokens, encoder.max_tokens)
    return Segmenter(settings=SegmenterSettings(max_tokens=max_tokens), count_tokens=encoder.count_tokens)


def rated_texts(
    rubric: Rubric,
    submissions: Iterable[Submission | NumberedSubmission | Failure],
    *,
    ratings: Sequence[Rating],
    folder: Path | None,
    segmenter: Segmenter,
) -> tuple[list[Submission], list[SegmentedSubmission]]:
    """Take in the submissions that are rated, or list every fault.

    Raises
    ------
    RatingsError
    """
    rows = list(submissions)
    faults = [row.message for row in rows if isinstance(row, Failure)]
    good = [
        row.submission if isinstance(row, NumberedSubmission) else row for row in rows if not isinstance(row, Failure)
    ]
    faults += _rating_faults(ratings, rubric, [one.submission_id for one in good])
    rated = {one.submission_id for one in ratings}
    used = [one for one in good if one.submission_id in rated]
    segmented: list[SegmentedSubmission] = []
    for submission in used:
        faults += _take_in(submission, rubric, folder=folder, segmenter=segmenter, segmented=segmented)
    if faults:
        raise RatingsError(f"{len(faults)} faults, nothing was trained", faults=faults)
    return used, segmented


def _rating_faults(ratings: Sequence[Rating], rubric: Rubric, submission_ids: list[str]) -> tuple[str, ...]:
    try:
        check_ratings(ratings, rubric=rubric, submission_ids=submission_ids)
    except RatingsError as error:
        return error.faults
    return ()


def _take_in(
    submission: Submission,
    rubric: Rubric,
    *,
    folder: Path | None,
    segmenter: Segmenter,
    segmented: list[SegmentedSubmission],
) -> list[str]:
    name = f"submission {submission.submission_id!r}"
    if submission.rubric_id != rubric.id:
        return [f"{name} was handed in for rubric {submission.rubric_id!r}, not for {rubric.id!r}"]
    try:
        one = segment_parts(submission.submission_id, submission_parts(submission, folder=folder), segmenter)
    except ReviewkitError as error:
        return [f"{name}: {error}"]
    if not one.segments:
        return [f"{name} is rated but holds no text; leave its ratings out"]
    segmented.append(one)
    return []
