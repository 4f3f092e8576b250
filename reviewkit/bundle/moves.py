"""The tagger of reflective moves as a folder on disk: weights, and a manifest that holds them to their digest."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from reviewkit.bundle.manifest import MANIFEST, read_bytes
from reviewkit.bundle.shipped import shipped_folder
from reviewkit.errors import BundleError
from reviewkit.features.cached_encoder import with_cache
from reviewkit.features.moves import MoveEncoder, MoveSettings, MoveTagger
from reviewkit.files.documents import strict_json
from reviewkit.files.faults import validation_faults
from reviewkit.records import MOVES, Record
from reviewkit.records.base import Digest

FORMAT = 1
WEIGHTS = "weights.safetensors"
SHIPPED = "reflective-moves"


class MoveManifest(Record):
    """What the folder of a tagger holds.

    Attributes
    ----------
    format : int
    moves : tuple of str
        In the order of the weights' rows.
    settings : MoveSettings
    weights_sha256 : str
    """

    format: int
    moves: tuple[str, ...]
    settings: MoveSettings
    weights_sha256: Digest


def load_move_tagger(folder: Path | str | None = None) -> MoveTagger:
    """Load a tagger of reflective moves; nothing that loading reaches runs code from its folder.

    Parameters
    ----------
    folder : Path or str, optional
        Left out, the one that comes with reviewkit.

    Returns
    -------
    MoveTagger
        Behind the cache, as encoders are.

    Raises
    ------
    BundleError
        If a byte changed, the form is newer, or the moves are others.
    EncoderError
        If the encoder whose word vectors it reads is not on this disk.

    Examples
    --------
    >>> tagger = load_move_tagger()
    >>> len(tagger.digest)
    64
    """
    folder = shipped_folder("models") / SHIPPED if folder is None else Path(folder)
    manifest = _read_manifest(folder / MANIFEST)
    raw = read_bytes(folder / WEIGHTS)
    found = hashlib.sha256(raw).hexdigest()
    if found != manifest.weights_sha256:
        raise BundleError(
            f"{folder / WEIGHTS}: has SHA-256 {found[:12]}..., but the manifest says "
            f"{manifest.weights_sha256[:12]}...; take the tagger anew from where it was made."
        )
    try:
        encoder = MoveEncoder(_arrays(raw), weights_sha256=found, settings=manifest.settings)
    except (KeyError, IndexError) as error:
        raise BundleError(f"{folder / WEIGHTS}: is no tagger of moves ({error!r}); take it anew.") from error
    return MoveTagger(with_cache(encoder), settings=manifest.settings)


def tagger_of_bundle(raw: bytes, path: Path) -> MoveTagger:
    """Load the tagger whose moves a bundle's model reads: the shipped one, if it is the one that it learned with."""
    found = strict_json(raw.decode("utf-8"))
    wanted = found.get("tagger") if isinstance(found, dict) else None
    tagger = load_move_tagger()
    if wanted != tagger.digest:
        raise BundleError(
            f"{path}: the bundle learned with a tagger of moves of digest {str(wanted)[:12]}..., but reviewkit's has "
            f"{tagger.digest[:12]}...; train the bundle anew."
        )
    return tagger


def save_move_tagger(weights: Mapping[str, NDArray[Any]], folder: Path, *, settings: MoveSettings) -> MoveManifest:
    """Write a tagger's weights and manifest into a folder; the same weights give the same bytes."""
    from safetensors.numpy import save

    raw = save({name: np.ascontiguousarray(weights[name]) for name in sorted(weights)})
    manifest = MoveManifest(
        format=FORMAT, moves=MOVES, settings=settings, weights_sha256=hashlib.sha256(raw).hexdigest()
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / WEIGHTS).write_bytes(raw)
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return manifest


def _read_manifest(path: Path) -> MoveManifest:
    try:
        data = strict_json(read_bytes(path).decode("utf-8"))
    except ValueError as error:
        raise BundleError(f"{path}: is damaged ({error}); take the tagger anew from where it was made.") from None
    found = data.get("format") if isinstance(data, dict) else None
    if found != FORMAT:
        raise BundleError(f"{path}: has format {found!r}, but this reviewkit reads format {FORMAT}; upgrade reviewkit.")
    try:
        manifest = MoveManifest.model_validate(data)
    except ValidationError as error:
        raise BundleError(f"{path}: {'; '.join(validation_faults(error))}; take the tagger anew.") from None
    if manifest.moves != MOVES:
        raise BundleError(
            f"{path}: names the moves {', '.join(manifest.moves)}, but reviewkit knows {', '.join(MOVES)}."
        )
    return manifest


def _arrays(raw: bytes) -> dict[str, NDArray[Any]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays: dict[str, NDArray[Any]] = load(raw)
    except SafetensorError as error:
        raise BundleError(f"{WEIGHTS}: is no safetensors file ({error}); do not trust it.") from None
    strange = sorted(name for name, one in arrays.items() if one.dtype.kind not in "fi" or not np.isfinite(one).all())
    if strange:
        raise BundleError(f"{WEIGHTS}: {strange[0]!r} is no array of finite numbers; do not trust it.")
    return arrays
