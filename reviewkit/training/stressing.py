"""What a model says of texts whose form was changed, for its card and for ``reviewkit stress``."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from reviewkit.bundle.folder import TrainedModel
from reviewkit.features.segmented import segment_parts
from reviewkit.model import ReviewModel
from reviewkit.records import Submission
from reviewkit.screening.stress import StressSettings, stress
from reviewkit.text.parts import submission_parts
from reviewkit.text.segmenter import Segmenter


def expected_levels(
    model: ReviewModel, submissions: Sequence[Submission], *, segmenter: Segmenter, folder: Path | None = None
) -> list[dict[str, float]]:
    """Return the expected level of each submission on each criterion, past any screening and without evidence.

    Parameters
    ----------
    model : ReviewModel
    submissions : sequence of Submission
        Encoded together, so that a sentence that several share is encoded once.
    segmenter : Segmenter, keyword-only
    folder : Path, optional
        Where the paths of artifacts start.

    Returns
    -------
    list of dict of str to float

    Examples
    --------
    >>> from reviewkit import load_bundle, read_submissions, shipped_folder
    >>> engine = load_bundle(shipped_folder("models") / "classroom-management").engine()
    >>> demo = read_submissions(shipped_folder("rubrics") / "classroom-management" / "demo.jsonl")
    >>> levels = expected_levels(engine.model, demo[:1], segmenter=engine.segmenter)
    >>> list(levels[0]), all(1 <= level <= 4 for level in levels[0].values())
    (['routines', 'responses', 'pupil-voice', 'use-of-evidence'], True)
    """
    cut = [segment_parts(one.submission_id, submission_parts(one, folder=folder), segmenter) for one in submissions]
    numbers = {one.id: one.level_numbers for one in model.rubric.criteria}
    return [
        {name: float(row @ numbers[name]) for name, row in model.probabilities(features).items()}
        for features in model.features(cut)
    ]


def stress_trained(
    trained: TrainedModel, submissions: Sequence[Submission], *, folder: Path | None = None, seed: int = 0
) -> TrainedModel:
    """Return a trained model whose card will say how scores move when the form of these submissions changes.

    Parameters
    ----------
    trained : TrainedModel
    submissions : sequence of Submission
        Best such as it has not learned from.
    folder : Path, optional
    seed : int, keyword-only

    Examples
    --------
    >>> import numpy as np
    >>> class LetterCounts:
    ...     name, digest, dimension, max_tokens = "letter-counts", "0" * 64, 26, 254
    ...     def count_tokens(self, text): return len(text.split())
    ...     def encode(self, texts):
    ...         counts = [[text.lower().count(chr(97 + at)) for at in range(26)] for text in texts]
    ...         return np.asarray(counts, dtype=np.float32).reshape(-1, 26)
    >>> from reviewkit import Rating, Submission, read_rubric, shipped_folder, train
    >>> rubric = read_rubric(shipped_folder("rubrics") / "classroom-management.yaml")
    >>> one = Submission(submission_id="s1", teacher_id="t1", rubric_id=rubric.id, reflection="We lined up.")
    >>> rating = Rating(submission_id="s1", criterion_id="routines", rater_id="r1", level=2)
    >>> trained = train(rubric, [one], ratings=[rating], encoder=LetterCounts())
    >>> stress_trained(trained, [one]).stressed[0].change
    'spelling'
    """
    model = trained.model
    segmenter = Segmenter(settings=trained.segmenter, count_tokens=model.encoder.count_tokens)
    rows = stress(
        submissions,
        model.rubric,
        score_all=lambda texts: expected_levels(model, texts, segmenter=segmenter, folder=folder),
        seed=seed,
        settings=StressSettings(),
    )
    return replace(trained, stressed=rows)
