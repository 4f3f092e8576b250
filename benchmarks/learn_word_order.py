"""Learn which kinds of words stand side by side, and write the table that screening tells scrambled text by.

It reads the chosen half of CEReD's English diaries (CC BY 4.0; see `screening_attacks.diary_halves`) and writes
``reviewkit/screening/word_pairs.py``: counts made into weights, no text.
"""

from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks import screening_attacks as attacks
from benchmarks.measuring import CHECKOUT, data_folder
from reviewkit.screening.plain_words import PLAIN_WORDS
from reviewkit.screening.word_order import BREAK, MOST, NUMBER, OTHER, STEPS, SUFFIXES, SYMBOLS, tokens, word_class
from reviewkit.screening.words import word_spans

MIN_COUNT = 50
PRIOR = 0.25
HEAD = '''"""How much likelier two kinds of words stand side by side than by chance.

Counted in CEReD (Czech-English Reflective Dataset, MUNI; CC BY 4.0), its English diaries: weights alone, no text.
Made by `benchmarks/learn_word_order.py`.
"""
# ruff: noqa: E501 (a table)

'''


def main() -> None:
    """Run as a script."""
    chosen, _ = attacks.diary_halves(data_folder("cered"))
    sentences = sorted({one for text in chosen for one in attacks.sentences_of(text)})
    taken = [tokens(one, tuple(word_spans(one))) for one in sentences]
    counts = Counter(word for one in taken for word in one)
    own = sorted(word for word in PLAIN_WORDS if counts[word] >= MIN_COUNT)
    classes = [BREAK, NUMBER, OTHER, *sorted({name for _, name in SUFFIXES}), *own]
    at = {name: number for number, name in enumerate(classes)}
    pairs = np.zeros((len(classes), len(classes)))
    for one in taken:
        rows = [at[word_class(word, at)] for word in one]
        np.add.at(pairs, (rows[:-1], rows[1:]), 1)
    expected = pairs.sum(axis=1, keepdims=True) * pairs.sum(axis=0, keepdims=True) / pairs.sum()
    weights = np.clip(np.log((pairs + PRIOR) / (expected + PRIOR)), -MOST, MOST)
    steps = np.round((weights + MOST) * STEPS).astype(int)
    rows = "".join(f'    "{"".join(SYMBOLS[one] for one in row)}",\n' for row in steps)
    path = Path(CHECKOUT, "reviewkit", "screening", "word_pairs.py")
    path.write_text(f'{HEAD}CLASSES = (\n    "{" ".join(classes)}"\n).split()\nROWS = (\n{rows})\n', encoding="utf-8")
    print(f"{len(classes)} kinds of words from {len(sentences)} sentences: {path.relative_to(CHECKOUT)}")


if __name__ == "__main__":
    main()
