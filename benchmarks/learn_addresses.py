"""Learn which sentences speak to a grader or a model, and write the weights that screening tells them by.

It reads the lists of `screening_addresses.py` and, as honest sentences, the chosen half of CEReD's English diaries
(CC BY 4.0; see `screening_attacks.diary_halves`) and the project's own anchors, and writes
``reviewkit/screening/address_weights.py``: weights on a sentence's vector, no text. What `screening_texts.py` reports
with is never read.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks import screening_attacks as attacks
from benchmarks.measuring import CHECKOUT, data_folder
from benchmarks.screening_addresses import ADDRESSES, HONEST
from benchmarks.screening_texts import ADDRESSES_CHOSEN
from reviewkit.features.encoder import DEFAULT_ENCODER, EncoderSettings, SentenceTransformerEncoder
from reviewkit.files import read_submissions
from reviewkit.records import Part
from reviewkit.screening.address_vectors import CUE_STEP, cue
from reviewkit.text.segmenter import Segmenter

STRENGTH = 2.0  # of the regression: its C
TRUSTED = 3.0  # an honest sentence written to be near to the others counts for so many
STEPS = 50  # of one
HEAD = f'''"""How much each direction of a sentence's vector speaks for words to a grader or a model.

Learned by `benchmarks/learn_addresses.py`: weights alone, no text.
"""

ENCODER = "{DEFAULT_ENCODER}"
'''
Encode = Callable[[Sequence[str]], NDArray[np.float32]]


def honest() -> list[str]:
    """Return honest sentences: of diaries of the chosen half, and of anchors."""
    segmenter = Segmenter()
    texts = attacks.honest_stretches(attacks.diary_halves(data_folder("cered"))[0])
    for path in sorted(Path(CHECKOUT, "rubrics").glob("*/anchors.jsonl")):
        for one in read_submissions(path):
            texts += [one.reflection, *(artifact.text or "" for artifact in one.artifacts)]
    parts = [Part(part="p", kind="p", text=text) for text in texts if text.strip()]
    return [segment.text for part in parts for segment in segmenter.segment(part)]


def learn(encode: Encode) -> tuple[NDArray[np.int64], int, int]:
    """Return the weights of the vector, of the cues and for the beginning, in steps."""
    spoken = [one for own in ADDRESSES.values() for one in own] + list(ADDRESSES_CHOSEN)
    others = honest()
    sentences = [*spoken, *HONEST, *others]
    rows = np.c_[encode(sentences), [CUE_STEP * cue(one) for one in sentences]]
    says = np.repeat([1, 0], [len(spoken), len(HONEST) + len(others)])
    counts = np.repeat([1.0, TRUSTED, 1.0], [len(spoken), len(HONEST), len(others)])
    fitted = LogisticRegression(C=STRENGTH, max_iter=2000).fit(rows, says, sample_weight=counts)
    steps = np.round(fitted.coef_[0] * STEPS).astype(int)
    print(f"{len(spoken)} sentences to graders and models, {len(HONEST) + len(others)} honest ones")
    return steps[:-1], int(steps[-1]), round(float(fitted.intercept_[0]) * STEPS)


def write(weights: NDArray[np.int64], of_cues: int, at_first: int) -> None:
    """Write the table."""
    lines = "".join(f'    "{" ".join(map(str, row))} "\n' for row in np.array_split(weights, 16))
    first = f"STEPS = {STEPS}\nOF_CUES = {of_cues}\nAT_FIRST = {at_first}\n_WEIGHTS = (\n"
    tail = ")\nWEIGHTS = tuple(map(int, _WEIGHTS.split()))\n"
    path = Path(CHECKOUT, "reviewkit", "screening", "address_weights.py")
    path.write_text(HEAD + first + lines + tail, encoding="utf-8")
    print(path.relative_to(CHECKOUT))


def main() -> None:
    """Run as a script."""
    write(*learn(SentenceTransformerEncoder(EncoderSettings()).encode))


if __name__ == "__main__":
    main()
