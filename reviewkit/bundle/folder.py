"""An engine as a folder on disk: saved whole or not at all; loading parses, audits, then constructs."""

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reviewkit.bundle.card import RELIABILITY, card_picture, card_text
from reviewkit.bundle.manifest import (
    FORMAT,
    MANIFEST,
    CriterionTraining,
    EncoderReference,
    Manifest,
    Seen,
    read_bytes,
    read_manifest,
)
from reviewkit.bundle.moves import tagger_of_bundle
from reviewkit.bundle.parts import MOVES, model_files, model_from_files
from reviewkit.engine import EngineSettings, ReviewEngine
from reviewkit.errors import BundleError, OutputExistsError
from reviewkit.features.cached_encoder import with_cache
from reviewkit.features.encoder import Encoder, EncoderSettings
from reviewkit.features.moves import MoveTagger
from reviewkit.features.opening import open_encoder
from reviewkit.files.writing import refuse_existing
from reviewkit.model import ReviewModel
from reviewkit.records import Certificate, Rubric
from reviewkit.routing.policy import PolicySettings, RoutingPolicy
from reviewkit.screening.screen import Screener
from reviewkit.screening.stress import StressRow
from reviewkit.text.segmenter import Segmenter, SegmenterSettings

CARD = "card.md"
_LIBRARIES = ("reviewkit", "numpy", "scikit-learn", "scipy", "sentence-transformers", "skops", "spacy", "torch")


@dataclass(frozen=True)
class TrainedModel:
    """A fitted model with what its bundle must say of how it came about.

    Attributes
    ----------
    model : ReviewModel
    segmenter : SegmenterSettings
    seed : int
    submission_ids, teacher_ids : tuple of str
        What it learned from, those held out for calibration included.
    note : str
        What the card says of the data, in plain words.
    stressed : tuple of StressRow
        How scores moved when the form of texts changed, for the card; empty where that was not tried.

    Examples
    --------
    :func:`reviewkit.train` makes one; a note may be added before it is saved.

    >>> import numpy as np
    >>> class LetterCounts:
    ...     name, digest, dimension, max_tokens = "letter-counts", "0" * 64, 26, 254
    ...     def count_tokens(self, text): return len(text.split())
    ...     def encode(self, texts):
    ...         counts = [[text.lower().count(chr(97 + at)) for at in range(26)] for text in texts]
    ...         return np.asarray(counts, dtype=np.float32).reshape(-1, 26)
    >>> from dataclasses import replace
    >>> from reviewkit import Rating, Submission, read_rubric, shipped_folder, train
    >>> rubric = read_rubric(shipped_folder("rubrics") / "classroom-management.yaml")
    >>> submission = Submission(
    ...     submission_id="s1", teacher_id="t1", rubric_id=rubric.id, reflection="We practised the line-up all week.")
    >>> rating = Rating(submission_id="s1", criterion_id="routines", rater_id="r1", level=2)
    >>> trained = train(rubric, [submission], ratings=[rating], encoder=LetterCounts())
    >>> replace(trained, note="One account, rated by one of us.").teacher_ids
    ('t1',)
    """

    model: ReviewModel
    segmenter: SegmenterSettings
    seed: int
    submission_ids: tuple[str, ...]
    teacher_ids: tuple[str, ...]
    note: str = ""
    stressed: tuple[StressRow, ...] = ()


@dataclass(frozen=True)
class Bundle:
    """A loaded bundle.

    Attributes
    ----------
    folder : Path
    manifest : Manifest
    model : ReviewModel

    Examples
    --------
    >>> from reviewkit import shipped_folder
    >>> bundle = load_bundle(shipped_folder("models") / "classroom-management")
    >>> bundle.rubric.title, len(bundle.digest)
    ('Classroom management', 64)
    >>> bundle.engine(policy=PolicySettings(audit_share=0.2)).policy.settings.audit_share
    0.2
    """

    folder: Path
    manifest: Manifest
    model: ReviewModel

    @property
    def rubric(self) -> Rubric:
        """The rubric that the bundle was trained for."""
        return self.model.rubric

    @property
    def digest(self) -> str:
        """The bundle's digest."""
        return self.manifest.digest

    def engine(
        self,
        *,
        policy: PolicySettings = PolicySettings(),
        certificates: Sequence[Certificate] = (),
        screener: Screener | None = None,
        settings: EngineSettings = EngineSettings(),
        tagger: MoveTagger | None = None,
    ) -> ReviewEngine:
        """Make an engine of the bundle.

        Parameters
        ----------
        policy : PolicySettings
        certificates : sequence of Certificate
            What the policy promises, for this bundle.
        screener : Screener, optional
            Left out, one with the default settings.
        settings : EngineSettings
        tagger : MoveTagger, optional
            Names the move of each evidence sentence, such as :func:`reviewkit.load_move_tagger` loads; left out, the
            bundle's own does, if moves are features of its model.

        Raises
        ------
        CertificateError
            If a certificate was made for another rubric or bundle, or cannot be kept beside the others.
        """
        return ReviewEngine(
            self.model,
            policy=RoutingPolicy(self.rubric, settings=policy, certificates=certificates, bundle_digest=self.digest),
            segmenter=Segmenter(settings=self.manifest.segmenter, count_tokens=self.model.encoder.count_tokens),
            screener=screener,
            settings=settings,
            tagger=tagger or self.model.tagger,
            bundle_digest=self.digest,
        )


def save_bundle(trained: TrainedModel, folder: Path | str, *, force: bool = False) -> Manifest:
    """Save a trained model as a bundle.

    Parameters
    ----------
    trained : TrainedModel
    folder : Path or str
    force : bool
        Replace a bundle that stands already.

    Returns
    -------
    Manifest

    Raises
    ------
    OutputExistsError
        If the folder stands already and ``force`` is not set, or if what stands there is no bundle.

    Examples
    --------
    Trained on one submission, with an encoder of one's own that only counts letters, to be quick.

    >>> import numpy as np
    >>> class LetterCounts:
    ...     name, digest, dimension, max_tokens = "letter-counts", "0" * 64, 26, 254
    ...     def count_tokens(self, text): return len(text.split())
    ...     def encode(self, texts):
    ...         counts = [[text.lower().count(chr(97 + at)) for at in range(26)] for text in texts]
    ...         return np.asarray(counts, dtype=np.float32).reshape(-1, 26)
    >>> from reviewkit import Rating, Submission, read_rubric, shipped_folder, train
    >>> rubric = read_rubric(shipped_folder("rubrics") / "classroom-management.yaml")
    >>> submission = Submission(
    ...     submission_id="s1", teacher_id="t1", rubric_id=rubric.id, reflection="We practised the line-up all week.")
    >>> rating = Rating(submission_id="s1", criterion_id="routines", rater_id="r1", level=2)
    >>> trained = train(rubric, [submission], ratings=[rating], encoder=LetterCounts(), seed=3)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     manifest = save_bundle(trained, Path(folder) / "mine")
    ...     bundle = load_bundle(Path(folder) / "mine", rubric=rubric, encoder=LetterCounts())
    >>> bundle.digest == manifest.digest, manifest.seed, manifest.training["routines"].n_rated
    (True, 3, 1)
    """
    folder = Path(folder)
    refuse_existing(folder, force=force)
    _refuse_what_is_no_bundle(folder)
    files = model_files(trained.model)
    manifest = _manifest(trained, files)
    files[CARD] = card_text(manifest, trained.model, note=trained.note, stressed=trained.stressed).encode("utf-8")
    if (picture := card_picture(trained.model)) is not None:
        files[RELIABILITY] = picture.encode("utf-8")
    manifest = manifest.model_copy(update={"files": _digests(files)}).sealed()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as unfinished:
        whole = Path(unfinished) / "bundle"
        whole.mkdir()
        for name, raw in {**files, MANIFEST: manifest.text().encode("utf-8")}.items():
            (whole / name).write_bytes(raw)
        if folder.exists():
            folder.rename(Path(unfinished) / "replaced")
        whole.rename(folder)
    return manifest


def load_bundle(folder: Path | str, *, rubric: Rubric | None = None, encoder: Encoder | None = None) -> Bundle:
    """Load a bundle; nothing that loading reaches runs code from it.

    Parameters
    ----------
    folder : Path or str
    rubric : Rubric, optional
        The rubric that you mean to review against; another digest than the bundle's is refused.
    encoder : Encoder, optional
        One that is loaded already; left out, the bundle's own is loaded by name, behind the cache of vectors.

    Returns
    -------
    Bundle

    Raises
    ------
    BundleError
        If a byte changed, a type is unknown, the format is newer, or rubric or encoder are others.
    EncoderError
        If the encoder is not on this disk.

    Examples
    --------
    A bundle scores with the rubric version that it learned, and with no other.

    >>> from reviewkit import read_rubric, shipped_folder
    >>> folder = shipped_folder("models") / "classroom-management"
    >>> rubric = read_rubric(shipped_folder("rubrics") / "classroom-management.yaml")
    >>> load_bundle(folder, rubric=rubric.model_copy(update={"title": "Managing a classroom"}))
    Traceback (most recent call last):
    BundleError: ... a changed rubric needs a bundle trained anew.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    if rubric is not None and rubric.digest != manifest.rubric_digest:
        raise BundleError(
            f"{folder}: was trained for rubric {manifest.rubric_id} {manifest.rubric_version} "
            f"({manifest.rubric_digest[:12]}...), not for {rubric.id} {rubric.version} ({rubric.digest[:12]}...); "
            "a changed rubric needs a bundle trained anew."
        )
    if encoder is None:
        encoder = with_cache(open_encoder(EncoderSettings(model=manifest.encoder.name)))
    if encoder.digest != manifest.encoder.digest:
        raise BundleError(
            f"{folder}: was trained with an encoder of digest {manifest.encoder.digest[:12]}..., but "
            f"{encoder.name!r} on this disk has {encoder.digest[:12]}...; install that encoder, or train anew."
        )
    files = {name: read_bytes(folder / name) for name in manifest.files}
    tagger = tagger_of_bundle(files[MOVES], folder / MOVES) if MOVES in files else None
    model = model_from_files(files, encoder=encoder, settings=manifest.model, tagger=tagger)
    if model.rubric.digest != manifest.rubric_digest:
        raise BundleError(f"{folder}: holds another rubric than its manifest names; take the bundle anew.")
    return Bundle(folder, manifest, model)


def _refuse_what_is_no_bundle(folder: Path) -> None:
    """Replacing deletes; so only a bundle or an empty folder is replaced."""
    if folder.exists() and not (folder / MANIFEST).is_file() and not (folder.is_dir() and not any(folder.iterdir())):
        raise OutputExistsError(f"{folder}: is no bundle, so it is not replaced; name another folder.")


def _manifest(trained: TrainedModel, files: dict[str, bytes]) -> Manifest:
    rubric, encoder = trained.model.rubric, trained.model.encoder
    salt = hashlib.sha256(f"{rubric.digest}\0{trained.seed}".encode()).hexdigest()
    return Manifest(
        format=FORMAT,
        versions=_versions(),
        rubric_id=rubric.id,
        rubric_version=rubric.version,
        rubric_digest=rubric.digest,
        encoder=EncoderReference(name=encoder.name, digest=encoder.digest),
        segmenter=trained.segmenter,
        model=trained.model.settings,
        seed=trained.seed,
        training={
            name: CriterionTraining(
                n_rated=one.n_rated, n_learned=one.n_learned, n_calibrated=one.n_calibrated, cold=one.cold
            )
            for name, one in trained.model.summary_.items()
        },
        seen=Seen.of(trained.submission_ids, trained.teacher_ids, salt=salt),
        files=_digests(files),
    )


def _digests(files: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(raw).hexdigest() for name, raw in files.items()}


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in _LIBRARIES}
