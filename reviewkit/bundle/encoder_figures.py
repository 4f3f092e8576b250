"""What an encoder costs, and what scores would move if it stood in for the one that a bundle was trained with."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reviewkit.agreement.two_raters import quadratic_weighted_kappa
from reviewkit.bundle.folder import Bundle
from reviewkit.bundle.manifest import read_bytes
from reviewkit.bundle.parts import model_from_files
from reviewkit.errors import SubmissionError
from reviewkit.features.encoder import Encoder, EncoderSettings
from reviewkit.features.opening import open_encoder
from reviewkit.features.segmented import SegmentedSubmission, segment_parts
from reviewkit.records import Record, Submission
from reviewkit.records.base import Number
from reviewkit.text.parts import read_parts
from reviewkit.text.segmenter import Segmenter

Floats = NDArray[np.float64]
_MIB = 2**20
_FRESH = (
    "import sys; from reviewkit import EncoderSettings, open_encoder;"
    "open_encoder(EncoderSettings(model=sys.argv[1])).encode(['Pupils lead the routine.'] * 64);"
    "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
)


class ScoreChange(Record):
    """What scores move where another encoder stands in, over all criteria and submissions.

    Attributes
    ----------
    n : int
        Scores compared.
    cosine_min, cosine_median : float
        Of a sentence's vector and its vector from the bundle's own encoder.
    mean_probability, max_probability : float
        Absolute change of a level's probability.
    mean_expected_level : float
        Absolute change of the expected level, in steps from level to level.
    same_level : float
        Share whose likeliest level stays.
    qwk : float or None
        Quadratic weighted kappa of likeliest levels, mean over criteria where it is defined.

    Examples
    --------
    >>> ScoreChange(n=64, cosine_min=0.999, cosine_median=0.9999, mean_probability=0.001, max_probability=0.02,
    ...             mean_expected_level=0.002, same_level=1.0, qwk=1.0).same_level
    1.0
    """

    n: int
    cosine_min: float
    cosine_median: float
    mean_probability: float
    max_probability: float
    mean_expected_level: float
    same_level: float
    qwk: Number | None


class EncoderFigures(Record):
    """What one encoder costs on this machine.

    Attributes
    ----------
    name : str
    dimension : int
    sentences_per_second, tokens_per_second : float
        Distinct sentences, nothing cached, tokens counted without special ones.
    disk_mib : float
        Its files.
    peak_mib : float or None
        Peak resident memory of a process that loads it and encodes 64 sentences; None where the system
        does not tell.
    change : ScoreChange or None
        None where it cannot stand in for the bundle's encoder, as vectors of another length cannot.

    Examples
    --------
    >>> EncoderFigures(name="mine", dimension=256, sentences_per_second=20000, tokens_per_second=400000,
    ...                disk_mib=8, peak_mib=90, change=None).peak_mib
    90.0
    """

    name: str
    dimension: int
    sentences_per_second: float
    tokens_per_second: float
    disk_mib: float
    peak_mib: float | None
    change: ScoreChange | None


def compare_encoders(
    bundle: Bundle, submissions: Sequence[Submission], *, names: Sequence[str], folder: Path | None = None
) -> tuple[EncoderFigures, ...]:
    """Measure encoders on the sentences of submissions, and how a bundle's scores move with each.

    The bundle's scorers are not trained anew: the figures say what happens where one encoder takes the other's place
    unasked, which :func:`reviewkit.load_bundle` refuses.

    Parameters
    ----------
    bundle : Bundle
    submissions : sequence of Submission
    names : sequence of str
        As in ``EncoderSettings.model``.
    folder : Path, optional
        Where the submissions' files are.

    Returns
    -------
    tuple of EncoderFigures
        In the order of the names.

    Raises
    ------
    EncoderError
        If an encoder cannot be loaded here.
    SubmissionError
        If there is no text.

    Examples
    --------
    >>> from reviewkit import load_bundle, read_submissions, shipped_folder
    >>> bundle = load_bundle(shipped_folder("models") / "classroom-management")
    >>> demo = read_submissions(shipped_folder("rubrics") / "classroom-management" / "demo.jsonl")
    >>> (figures,) = compare_encoders(bundle, demo[:1], names=["static-minilm"])
    >>> figures.dimension, figures.change
    (256, None)
    """
    segmenter = Segmenter(settings=bundle.manifest.segmenter, count_tokens=bundle.model.encoder.count_tokens)
    segmented = [
        segment_parts(one.submission_id, read_parts(one, folder=folder).parts, segmenter) for one in submissions
    ]
    texts = list(dict.fromkeys(segment.text for one in segmented for segment in one.segments))
    if not texts:
        raise SubmissionError("the submissions have no text, so there is nothing to measure; give others.")
    return tuple(_figures(name, bundle, segmented, texts) for name in names)


def _figures(name: str, bundle: Bundle, segmented: list[SegmentedSubmission], texts: list[str]) -> EncoderFigures:
    encoder = open_encoder(EncoderSettings(model=name))
    encoder.encode(texts[:8])
    start = time.perf_counter()
    vectors = encoder.encode(texts)
    seconds = time.perf_counter() - start
    fits = encoder.dimension == bundle.model.encoder.dimension
    return EncoderFigures(
        name=name,
        dimension=encoder.dimension,
        sentences_per_second=len(texts) / seconds,
        tokens_per_second=sum(map(encoder.count_tokens, texts)) / seconds,
        disk_mib=size_on_disk(getattr(encoder, "folder", None)) / _MIB,
        peak_mib=peak_mib(name),
        change=_change(bundle, encoder, segmented, (texts, vectors)) if fits else None,
    )


def _change(
    bundle: Bundle, encoder: Encoder, segmented: list[SegmentedSubmission], made: tuple[list[str], NDArray[np.float32]]
) -> ScoreChange:
    files = {name: read_bytes(bundle.folder / name) for name in bundle.manifest.files}
    other = model_from_files(files, encoder=encoder, settings=bundle.manifest.model, tagger=bundle.model.tagger)
    pairs = [
        (bundle.model.probabilities(mine), other.probabilities(theirs))
        for mine, theirs in zip(bundle.model.features(segmented), other.features(segmented), strict=True)
    ]
    criteria = [
        (np.stack([mine[name] for mine, _ in pairs]), np.stack([theirs[name] for _, theirs in pairs]))
        for name in (one.id for one in bundle.rubric.criteria)
    ]
    cosines = _cosines(bundle.model.encoder.encode(made[0]), made[1])
    moved = np.concatenate([np.abs(mine - theirs).ravel() for mine, theirs in criteria])
    steps = np.concatenate([np.abs((mine - theirs) @ np.arange(mine.shape[1])) for mine, theirs in criteria])
    same = np.concatenate([mine.argmax(axis=1) == theirs.argmax(axis=1) for mine, theirs in criteria])
    return ScoreChange(
        n=len(same),
        cosine_min=float(cosines.min()),
        cosine_median=float(np.median(cosines)),
        mean_probability=float(moved.mean()),
        max_probability=float(moved.max()),
        mean_expected_level=float(steps.mean()),
        same_level=float(same.mean()),
        qwk=_mean_kappa(criteria),
    )


def _cosines(mine: NDArray[np.float32], theirs: NDArray[np.float32]) -> Floats:
    lengths = np.linalg.norm(mine, axis=1) * np.linalg.norm(theirs, axis=1)
    return np.asarray((mine * theirs).sum(axis=1) / np.maximum(lengths, 1e-12), dtype=float)


def _mean_kappa(criteria: list[tuple[Floats, Floats]]) -> float | None:
    kappas = [
        quadratic_weighted_kappa(mine.argmax(axis=1), theirs.argmax(axis=1), n_levels=mine.shape[1])
        for mine, theirs in criteria
    ]
    defined = [one for one in kappas if np.isfinite(one)]
    return float(np.mean(defined)) if defined else None


def size_on_disk(folder: Path | None) -> int:
    """Bytes of the files below a folder."""
    return 0 if folder is None else sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def peak_mib(name: str) -> float | None:
    """Peak memory of a process that loads an encoder: what this one has imported is not the encoder's."""
    try:
        done = subprocess.run([sys.executable, "-c", _FRESH, name], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return int(done.stdout) / 1024
