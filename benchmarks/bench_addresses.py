"""Words to graders and models: what patterns and cues find, and what sentences' vectors add."""

import random
import sys
from collections.abc import Sequence

import numpy as np

from benchmarks import screening_attacks as attacks
from benchmarks.measuring import CHECKOUT, Benchmark, Cell, data_folder
from benchmarks.screening_addresses import ADDRESSES
from benchmarks.screening_texts import ADDRESSES_REPORTED
from reviewkit.features.cached_encoder import with_cache
from reviewkit.features.encoder import EncoderSettings, SentenceTransformerEncoder
from reviewkit.files import read_submissions
from reviewkit.records import Part, Segment
from reviewkit.screening.address import AddressSettings, address_findings
from reviewkit.screening.address_vectors import address_margins, address_vector_findings
from reviewkit.screening.lexed import lexed
from reviewkit.text.segmenter import Segmenter

SEED = 7
AN_ESSAY_SET = 20
N_DIARIES = 150
BOUND = AddressSettings().max_margin
ENCODER = with_cache(SentenceTransformerEncoder(EncoderSettings()))
SEGMENTER = Segmenter()
Cut = tuple[Part, tuple[Segment, ...]]


def cut(text: str) -> Cut:
    part = Part(part="reflection", kind="reflection", text=text)
    return part, tuple(SEGMENTER.segment(part))


def by_cues(taken: Cut) -> bool:
    return any(address_findings([lexed(*taken)]))


def by_vectors(taken: Cut) -> bool:
    vectors = ENCODER.encode([one.text for one in taken[1]])
    return any(address_vector_findings(taken[1], vectors, encoder=ENCODER.name))


def row(name: str, texts: Sequence[str]) -> dict[str, Cell]:
    """Count the texts that either way tells."""
    taken = [cut(text) for text in texts]
    cues, vectors = [by_cues(one) for one in taken], [by_vectors(one) for one in taken]
    both = [one or other for one, other in zip(cues, vectors, strict=True)]
    return {"texts": name, "n": len(texts), "patterns and cues": float(np.mean(cues)),
            "vectors": float(np.mean(vectors)), "either": float(np.mean(both))}  # fmt: skip


def drawn(half: int) -> list[str]:
    """Draw essays of each prompt with even or odd numbers."""
    rows = attacks.essays(data_folder("asap_aes"))
    chance = random.Random(f"{SEED} {half}")
    own = {n: [row[2] for row in rows if row[1] == n and int(row[0]) % 2 == half] for n in "12345678"}
    return [text for texts in own.values() for text in chance.sample(texts, AN_ESSAY_SET)]


def diaries() -> tuple[list[str], list[str]]:
    """Draw stretches of the diaries' second half: those looked at first, and others that share no sentence."""
    own = attacks.honest_stretches(attacks.diary_halves(data_folder("cered"))[1])
    looked_at = random.Random(SEED).sample(own, N_DIARIES)
    seen = {one for text in looked_at for one in attacks.sentences_of(text)}
    fresh = [text for text in own if not seen & set(attacks.sentences_of(text))]
    return looked_at, random.Random(SEED).sample(fresh, min(N_DIARIES, len(fresh)))


def shipped(name: str) -> list[str]:
    """Return the reflections of the shipped anchors or demo submissions."""
    paths = sorted((CHECKOUT / "rubrics").glob(f"*/{name}.jsonl"))
    return [one.reflection for path in paths for one in read_submissions(path)]


def choose() -> None:
    """Print how far honest texts of the chosen half reach, to choose the bound by."""
    highest = []
    for text in drawn(0):
        _, segments = cut(text)
        sentences = [one.text for one in segments]
        highest.append(float(address_margins(sentences, ENCODER.encode(sentences)).max()))
    print({at: round(float(np.quantile(highest, at)), 2) for at in (0.98, 0.99, 0.995, 1.0)}, len(highest))


def main() -> None:
    """Run as a script; with ``choose``, print what the bound is chosen by and stop."""
    if sys.argv[1:] == ["choose"]:
        choose()
        return
    bench = Benchmark("addresses", title="Words to graders and models", seed=SEED)
    host = "We sat down and read the text in pairs. Then I asked two questions."
    note = (
        "Each sentence of the reported list stands behind two honest ones. The list was never read by "
        "`learn_addresses.py`, but it is by the same hand as the learned lists."
    )
    learned = [cut(one) for own in ADDRESSES.values() for one in own]
    by_hand = {"texts": "the lists that the weights were learned from", "n": len(learned),
               "patterns and cues": float(np.mean([by_cues(one) for one in learned]))}  # fmt: skip
    reported = row("the reported list", [f"{host} {one}" for one in ADDRESSES_REPORTED])
    bench.table("Found", [reported, by_hand], note=note)
    note = (
        f"Essays: {AN_ESSAY_SET} with odd numbers a prompt. The bound, {BOUND:g}, was chosen in three steps: -0.5 on "
        "essays with even numbers; 0 after a look at 300 essays with odd numbers, of which 2 % were flagged; and this "
        "one after a look at the diaries named so, where 0 flagged 4 %. The other diaries share no sentence with them."
    )
    looked_at, fresh = diaries()
    honest = {
        "essays": drawn(1),
        "diaries, looked at before": looked_at,
        "diaries": fresh,
        "demo submissions": shipped("demo"),
    }
    bench.table("False alarms", [row(name, texts) for name, texts in honest.items()], note=note)
    bench.write()


if __name__ == "__main__":
    main()
