"""A submission cut into segments: what the featurizer reads."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reviewkit.records import Criterion, Part, Segment
from reviewkit.text.segmenter import Segmenter


@dataclass(frozen=True)
class SegmentedSubmission:
    """The parts of a submission and their segments, in order.

    Attributes
    ----------
    submission_id : str
    parts : tuple of Part
        The reflection first, then the artifacts.
    segments : tuple of Segment
        Of all parts, in the parts' order.
    """

    submission_id: str
    parts: tuple[Part, ...]
    segments: tuple[Segment, ...]

    def rows_read(self, criterion: Criterion) -> NDArray[np.intp]:
        """Rows of the segments that speak to a criterion, by the kinds of part that it reads.

        Returns
        -------
        ndarray of intp, shape (n_rows,)
        """
        if criterion.reads is None:
            return np.arange(len(self.segments))
        read = {part.part for part in self.parts if part.kind in criterion.reads}
        return np.asarray([row for row, one in enumerate(self.segments) if one.part in read], dtype=np.intp)


def segment_parts(submission_id: str, parts: tuple[Part, ...], segmenter: Segmenter) -> SegmentedSubmission:
    """Cut the parts of a submission into segments."""
    return SegmentedSubmission(submission_id, parts, tuple(one for part in parts for one in segmenter.segment(part)))
