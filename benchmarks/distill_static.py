"""Distil the static encoder's table from the default encoder: one vector for each token of its vocabulary.

    python benchmarks/distill_static.py        writes models/static-minilm/

Each token is encoded alone; the vectors are turned to their principal axes, of which the first are kept, and weighted
so that frequent tokens count less (the vocabulary stands roughly by falling frequency, which stands in for counts).
No text is read. The method is that of Tulkens and van Dongen's Model2Vec (2024), written anew.
"""

import hashlib
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewkit import EncoderSettings, SentenceTransformerEncoder, shipped_folder
from reviewkit.features.encoder import DEFAULT_ENCODER, DEFAULT_ENCODER_SHA256, default_folder
from reviewkit.features.static_encoder import ABOUT, STATIC_ENCODER, TABLE, TOKENIZER

DIMENSION = 256
SMOOTHING = 1e-5


def main() -> None:
    """Run as a command."""
    encoder = SentenceTransformerEncoder(EncoderSettings(device="cpu"))
    start, end = encoder._tokenize([""])[0]
    n_tokens = len(json.loads((default_folder() / TOKENIZER).read_text(encoding="utf-8"))["model"]["vocab"])
    alone = encoder._model.encode([[start, token, end] for token in range(n_tokens)])
    vectors = principal(alone.astype(np.float64)) * weights(n_tokens)[:, None]
    steps = np.maximum(np.abs(vectors).max(axis=1), 1e-12) / 127
    folder = shipped_folder("models") / STATIC_ENCODER
    folder.mkdir(exist_ok=True)
    np.savez(
        folder / TABLE,
        vectors=np.rint(vectors / steps[:, None]).astype(np.int8),
        steps=steps.astype(np.float32),
    )
    (folder / TOKENIZER).write_bytes((default_folder() / TOKENIZER).read_bytes())
    about: dict[str, Any] = {
        "from": DEFAULT_ENCODER,
        "from_sha256": DEFAULT_ENCODER_SHA256,
        "max_tokens": encoder.max_tokens,
        "sha256": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (TABLE, TOKENIZER)},
    }
    (folder / ABOUT).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def principal(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coordinates on the first principal axes."""
    centred = vectors - vectors.mean(axis=0)
    axes = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :DIMENSION]
    turned: NDArray[np.float64] = centred @ (axes * np.sign(axes[np.abs(axes).argmax(axis=0), range(DIMENSION)]))
    return turned


def weights(n_tokens: int) -> NDArray[np.float64]:
    """Smooth inverse frequency, of frequencies that fall as one over the rank."""
    rank = 1 / np.arange(2, n_tokens + 2)
    return SMOOTHING / (SMOOTHING + rank / rank.sum())


if __name__ == "__main__":
    main()
