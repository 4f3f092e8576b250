"""Measure the ranges of the int8 encoder's inputs, once, on the rubrics and anchors that come with the project.

    python benchmarks/int8_ranges.py        writes reviewkit/features/int8_ranges.npy

No data set is read. The file decides the int8 encoder's every bit: after a change its digest is another.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewkit import (
    EncoderSettings,
    Segmenter,
    SegmenterSettings,
    SentenceTransformerEncoder,
    read_rubric,
    read_submissions,
    shipped_folder,
)
from reviewkit.features.int8_bert import RANGES
from reviewkit.features.packed_encoder import PackedBert
from reviewkit.text.parts import submission_parts

MAPS = ("query_key_value", "attended", "wide")


class Watched(PackedBert):
    """Keeps the lowest and highest value of each input channel."""

    def watch(self) -> None:
        """Begin."""
        self._at = {id(getattr(one, name)): (n, k) for n, one in enumerate(self._layers) for k, name in enumerate(MAPS)}
        shape = (len(self._layers), len(MAPS), self._words.shape[1])
        self.ranges = np.stack([np.full(shape, np.inf, np.float32), np.full(shape, -np.inf, np.float32)])
        self._n_left: dict[int, int] = {}

    def _states(self, tokens: list[list[int]], side_by_side: Any) -> NDArray[np.float32]:
        self._n_left = dict.fromkeys(self._at, sum(map(len, tokens)))  # what fills the last block up is not looked at
        return super()._states(tokens, side_by_side)

    def _linear(self, block: Any, weights: tuple[Any, ...]) -> Any:
        seen = block[: self._n_left.get(id(weights), 0)]
        if len(seen):
            self._n_left[id(weights)] -= len(seen)
            where = self._at[id(weights)]
            np.minimum(self.ranges[0][where], seen.amin(0).numpy(), out=self.ranges[0][where])
            np.maximum(self.ranges[1][where], seen.amax(0).numpy(), out=self.ranges[1][where])
        return super()._linear(block, weights)


def texts(encoder: SentenceTransformerEncoder) -> list[str]:
    """Every third of the descriptors of all rubrics and the segments of all anchor and demo submissions."""
    folder = shipped_folder("rubrics")
    rubrics = [read_rubric(path) for path in sorted(folder.glob("*.yaml"))]
    said = [level.descriptor for one in rubrics for criterion in one.criteria for level in criterion.levels]
    segmenter = Segmenter(settings=SegmenterSettings(max_tokens=encoder.max_tokens), count_tokens=encoder.count_tokens)
    for path in sorted(folder.glob("*/*.jsonl")):
        for one in read_submissions(path):
            said += [
                segment.text
                for part in submission_parts(one, folder=path.parent)
                for segment in segmenter.segment(part)
            ]
    return sorted({one for one in said if one})[::3]


def main() -> None:
    """Run as a command."""
    encoder = SentenceTransformerEncoder(EncoderSettings(device="cpu"))
    watched = encoder._model
    assert isinstance(watched, PackedBert)
    watched.__class__ = Watched
    watched.watch()
    calibration = texts(encoder)
    watched.encode(encoder._tokenize(calibration))
    np.save(RANGES, watched.ranges)
    print(f"{RANGES.name}: {len(calibration)} texts")


if __name__ == "__main__":
    main()
