"""Essays as sentence vectors: how many unfamiliar ones are flagged, and sentences in random order."""

import random

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import Cell
from reviewkit.records import Part
from reviewkit.screening.cohesion import cohesion, cohesion_findings
from reviewkit.screening.unfamiliar import Familiarity, FamiliaritySettings
from reviewkit.text.segmenter import Segmenter, SegmenterSettings

N_LEARNED, N_SHOWN = 300, 150
Vectors = NDArray[np.float32]
Halves = dict[str, tuple[list[Vectors], list[Vectors]]]


def encoded(all_essays: list[tuple[str, str, str]], *, seed: int) -> Halves:
    """Draw essays of each prompt from either half, and return their sentences' vectors."""
    from reviewkit.features.cached_encoder import with_cache
    from reviewkit.features.encoder import EncoderSettings, SentenceTransformerEncoder

    encoder, chance = with_cache(SentenceTransformerEncoder(EncoderSettings())), random.Random(seed)
    fitting = SegmenterSettings(max_tokens=min(SegmenterSettings().max_tokens, encoder.max_tokens))
    segmenter = Segmenter(settings=fitting, count_tokens=encoder.count_tokens)

    def vectors(number: str, half: int) -> list[Vectors]:
        own = [row[2] for row in all_essays if row[1] == number and int(row[0]) % 2 == half]
        drawn = chance.sample(own, min(N_LEARNED if half == 0 else N_SHOWN, len(own)))
        cut = [[one.text for one in segmenter.segment(Part(part="p", kind="p", text=text))] for text in drawn]
        ends = np.cumsum([len(one) for one in cut])
        return np.split(encoder.encode([one for own in cut for one in own]), ends[:-1])

    return {number: (vectors(number, 0), vectors(number, 1)) for number in sorted({row[1] for row in all_essays})}


def unfamiliar(vectors: Halves, *, seed: int) -> list[dict[str, Cell]]:
    """Learn one prompt, and flag essays on the other prompts."""
    settings = FamiliaritySettings(false_alarm_rate=0.05)
    means = {
        number: tuple(np.stack([one.mean(axis=0) for one in half]) for half in halves)
        for number, halves in vectors.items()
    }
    rows: list[dict[str, Cell]] = []
    for number, (learned, own) in means.items():
        fitted = Familiarity(settings=settings).fit(learned, seed=seed)
        flagged = {other: float(np.mean(fitted.distance(half[1]) > fitted.bound_)) for other, half in means.items()}
        others = [share for other, share in flagged.items() if other != number]
        rows.append({"learned prompt": number, "learned": len(learned), "own shown": len(own),
                     "own flagged": flagged[number],
                     "others flagged": float(np.mean(others)), "least of the others": min(others)})  # fmt: skip
    names = ("own flagged", "others flagged", "least of the others")
    return [*rows, {"learned prompt": "mean", **{name: float(np.mean([row[name] for row in rows])) for name in names}}]


def shuffled(vectors: Halves, *, seed: int) -> list[dict[str, Cell]]:
    """Put the sentences of the reported half in random order."""
    chance = np.random.default_rng(seed)
    texts = [one for halves in vectors.values() for one in halves[1]]
    rows: list[dict[str, Cell]] = []
    for low, high in ((8, 14), (15, 24), (25, 29), (30, 39), (40, 200)):
        own = [one for one in texts if low <= len(one) <= high]
        mixed = [chance.permutation(one) for one in own]
        honest, random_order = (np.array([cohesion(one) for one in group]) for group in (own, mixed))
        above = honest[:, None] - random_order[None, :]
        rows.append({"sentences": f"{low} to {high}", "n": len(own),
                     "area under the curve": float(np.mean(above > 0) + np.mean(above == 0) / 2),
                     "found at 1 %": float(np.mean(random_order < np.quantile(honest, 0.01))),
                     "found at 5 %": float(np.mean(random_order < np.quantile(honest, 0.05))),
                     "noted": float(np.mean([any(cohesion_findings(one)) for one in mixed])),
                     "honest noted": float(np.mean([any(cohesion_findings(one)) for one in own]))})  # fmt: skip
    return rows
