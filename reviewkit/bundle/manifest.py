"""The manifest: what a bundle holds, what it was learned from, and the digests that bind it together."""

import hashlib
import hmac
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from reviewkit.errors import BundleError
from reviewkit.files.documents import strict_json
from reviewkit.files.faults import validation_faults
from reviewkit.model import ModelSettings
from reviewkit.records import Record, canonical_json
from reviewkit.records.base import Digest
from reviewkit.text.segmenter import SegmenterSettings

FORMAT = 2
MANIFEST = "manifest.json"


class EncoderReference(Record):
    """The encoder that the model was learned with: its name, and the digest that it must have."""

    name: str
    digest: Digest


class CriterionTraining(Record):
    """What one criterion was learned from."""

    n_rated: int
    n_learned: int
    n_calibrated: int
    cold: bool


class Seen(Record):
    """Salted hashes of the submissions and teachers that a model learned from, so that evaluation can leave them out.

    Examples
    --------
    >>> seen = Seen.of(["s1"], ["t1"], salt="a")
    >>> seen.holds("s1", "t9"), seen.holds("s2", "t1"), seen.holds("s2", "t2")
    (True, True, False)
    """

    salt: str
    submissions: tuple[str, ...]
    teachers: tuple[str, ...]

    @classmethod
    def of(cls, submission_ids: Iterable[str], teacher_ids: Iterable[str], *, salt: str) -> "Seen":
        """Hash ids."""
        return cls(
            salt=salt,
            submissions=tuple(sorted({_salted(salt, "submission", one) for one in submission_ids})),
            teachers=tuple(sorted({_salted(salt, "teacher", one) for one in teacher_ids})),
        )

    def holds(self, submission_id: str, teacher_id: str) -> bool:
        """Say whether the model learned from this submission or from another of this teacher."""
        submission = _salted(self.salt, "submission", submission_id)
        return submission in self.submissions or _salted(self.salt, "teacher", teacher_id) in self.teachers


class Manifest(Record):
    """What a bundle holds.

    Attributes
    ----------
    format : int
        Number of the form; each has a recipe of its own.
    versions : dict of str to str
        Of the libraries that wrote it.
    files : dict of str to str
        SHA-256 of each file.
    digest : str
        SHA-256 of the manifest's canonical form without this field: the bundle's digest.
    """

    format: int
    versions: dict[str, str]
    rubric_id: str
    rubric_version: str
    rubric_digest: Digest
    encoder: EncoderReference
    segmenter: SegmenterSettings
    model: ModelSettings
    seed: int
    training: dict[str, CriterionTraining]
    seen: Seen
    files: dict[str, Digest]
    digest: str = ""

    def sealed(self) -> "Manifest":
        """Return the manifest with its digest."""
        return self.model_copy(update={"digest": _sealed(self.model_dump(mode="json"))["digest"]})

    def text(self) -> str:
        """Write the manifest in its one form."""
        return _text(self.model_dump(mode="json"))


def read_manifest(folder: Path) -> Manifest:
    """Read and audit a bundle's manifest and hold every file against it.

    Raises
    ------
    BundleError
        Naming the file, what was found, what holds and what to do.
    """
    path = folder / MANIFEST
    raw = read_bytes(path)
    try:
        data = strict_json(raw.decode("utf-8"))
    except ValueError as error:
        raise BundleError(f"{path}: is damaged ({error}); take the bundle anew from where it was made.") from None
    found = data.get("format") if isinstance(data, dict) else None
    if found != FORMAT:
        raise BundleError(
            f"{path}: has format {found!r}, but this reviewkit reads format {FORMAT}; "
            "upgrade reviewkit, or train the bundle anew."
        )
    try:
        manifest = Manifest.model_validate(data)
    except ValidationError as error:
        raise BundleError(f"{path}: {'; '.join(validation_faults(error))}; take the bundle anew.") from None
    if _text(_sealed(data)).encode() != raw:  # as written, so that settings that came later change nothing
        raise BundleError(f"{path}: is not the manifest that its digest seals; take the bundle anew.")
    for name, digest in manifest.files.items():
        _check_file(folder, name, digest)
    return manifest


def _check_file(folder: Path, name: str, digest: str) -> None:
    if Path(name).name != name:
        raise BundleError(f"{folder / MANIFEST}: names {name!r}, but files lie in the bundle's folder itself.")
    found = hashlib.sha256(read_bytes(folder / name)).hexdigest()
    if found != digest:
        raise BundleError(
            f"{folder / name}: has SHA-256 {found[:12]}..., but the manifest says {digest[:12]}...; "
            "take the bundle anew from where it was made."
        )


def read_bytes(path: Path) -> bytes:
    """Read a file of a bundle, or say that it is missing."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror}); is this the folder of a bundle?") from None


def _sealed(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "digest": hashlib.sha256(canonical_json({**data, "digest": ""})).hexdigest()}


def _text(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _salted(salt: str, kind: str, name: str) -> str:
    return hmac.new(salt.encode(), f"{kind}\0{name}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
