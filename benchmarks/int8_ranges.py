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
from reviewkit.features.int8_bert import MAPS, RANGES
from reviewkit.features.packed_encoder import PackedBert
from reviewkit.text.parts import submission_parts


class Watched(PackedBert):
    """Keeps the lowest and highest value of each input channel."""

    def watch(self) -> None:
        """Begin."""
        maps = [getattr(layer, name) for layer in self._layers for name in MAPS]
        self._seen = {id(one): np.full((2, one[0].shape[1]), [[np.inf], [-np.inf]], np.float32) for one in maps}
        self._n_left: dict[int, int] = {}

    def ranges(self) -> NDArray[np.float32]:
        """Lowest and highest value of each channel, shape (2, n_layers, n_channels of all maps)."""
        layers = [np.hstack([self._seen[id(getattr(layer, name))] for name in MAPS]) for layer in self._layers]
        return np.stack(layers, axis=1)

    def _states(self, tokens: list[list[int]], side_by_side: Any) -> NDArray[np.float32]:
        self._n_left = dict.fromkeys(self._seen, sum(map(len, tokens)))  # what fills the last block up is not looked at
        return super()._states(tokens, side_by_side)

    def _linear(self, block: Any, weights: tuple[Any, ...]) -> Any:
        seen = block[: self._n_left.get(id(weights), 0)]
        if len(seen):
            self._n_left[id(weights)] -= len(seen)
            lowest, highest = self._seen[id(weights)]
            np.minimum(lowest, seen.amin(0).numpy(), out=lowest)
            np.maximum(highest, seen.amax(0).numpy(), out=highest)
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
    np.save(RANGES, watched.ranges())
    print(f"{RANGES.name}: {len(calibration)} texts")


if __name__ == "__main__":
    main()
