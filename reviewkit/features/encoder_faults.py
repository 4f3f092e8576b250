"""What an encoder of one's own can get wrong, said before it spreads: vectors of another shape, or no numbers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reviewkit.errors import EncoderError
from reviewkit.features.encoder import Encoder
from reviewkit.features.segmented import SegmentedSubmission


def check_vectors(
    vectors: NDArray[np.float32], encoder: Encoder, texts: Sequence[str], submissions: Sequence[SegmentedSubmission]
) -> None:
    """Hold an encoder's vectors against what an encoder promises.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n_texts, dimension)
    encoder : Encoder
    texts : sequence of str
        Distinct texts of the segments.
    submissions : sequence of SegmentedSubmission
        Where they stand.

    Raises
    ------
    EncoderError
        Naming the encoder, and the place of the first text that it has no vector for.
    """
    wanted = (len(texts), encoder.dimension)
    if np.shape(vectors) != wanted:
        raise EncoderError(
            f"encoder {encoder.name!r}: gave an array of shape {np.shape(vectors)} for {wanted[0]} texts and dimension "
            f"{wanted[1]}; an encoder gives {wanted}."
        )
    if np.isfinite(vectors).all():
        return
    text = texts[int(np.flatnonzero(~np.isfinite(vectors).all(axis=1))[0])]
    name, part, at = next(
        (one.submission_id, segment.part, segment)
        for one in submissions
        for segment in one.segments
        if segment.text == text
    )
    raise EncoderError(
        f"encoder {encoder.name!r}: {name!r}, {part}, characters {at.start} to {at.end}: gave NaN or infinity; every "
        "text needs a vector of finite numbers, so mend the encoder or take this text out."
    )
