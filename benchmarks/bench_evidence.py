"""Is the evidence faithful? Deleting it beside deleting as many random sentences, and the longest ones.

Essays: a model trained on four folds, measured on the fifth. Anchors: the shipped bundles, on what they learned from
and on the demonstration submissions, which they have not seen.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.asap import N_FOLDS, PROMPT_7, PROMPT_8, TraitPrompt, load_traits
from benchmarks.measuring import Benchmark, Row
from reviewkit import (
    DeletionSettings,
    EncoderSettings,
    SentenceTransformerEncoder,
    evidence_faithfulness,
    load_bundle,
    read_submissions,
    save_bundle,
    shipped_folder,
    train,
    with_cache,
)
from reviewkit.evaluation.deletion import EvidenceFaithfulness

SEED = 0
N_ESSAYS = 150
SETTINGS = DeletionSettings(n_draws=5, seed=SEED)


def essay_rows(prompt: TraitPrompt, folder: Path, *, fold: int = N_FOLDS - 1) -> Iterator[Row]:
    """One line a trait, by a model trained on the other folds."""
    encoder = with_cache(SentenceTransformerEncoder(EncoderSettings()))
    essays = load_traits(prompt)
    learn, test = essays.split(fold)
    trained = train(essays.rubric, learn, ratings=essays.ratings_of(learn), encoder=encoder, seed=SEED)
    save_bundle(trained, folder / essays.rubric.id)
    engine = load_bundle(folder / essays.rubric.id, encoder=encoder).engine()
    taken = [engine.take_in(one).segmented for one in test[:N_ESSAYS]]
    yield from table_rows(essays.rubric.id, evidence_faithfulness(engine.model, taken, settings=SETTINGS))


def anchor_rows(rubric_id: str, name: str) -> Iterator[Row]:
    """One line a criterion, by the shipped bundle."""
    engine = load_bundle(shipped_folder("models") / rubric_id).engine()
    submissions = read_submissions(shipped_folder("rubrics") / rubric_id / name)
    taken = [engine.take_in(one, folder=shipped_folder("rubrics") / rubric_id) for one in submissions]
    whole = [one.segmented for one in taken if one.is_complete]
    yield from table_rows(f"{rubric_id}, {name}", evidence_faithfulness(engine.model, whole, settings=SETTINGS))


def table_rows(texts: str, found: Sequence[EvidenceFaithfulness]) -> Iterator[Row]:
    """Lines of the table."""
    for one in found:
        yield {
            "texts": texts,
            "criterion": one.criterion_id,
            "n": one.n,
            "without evidence": one.n_without,
            **{f"area, {choice}": one.area[choice].value for choice in one.area},
            **{f"gain on {other}": one.gain[other].value for other in one.gain},
            **{f"interval, {other}": f"{one.gain[other].low:.3f} to {one.gain[other].high:.3f}" for other in one.gain},
            **{f"move, {choice}": one.move[choice].value for choice in one.move},
            **{f"fall after 3, {choice}": one.fall[choice][-1] for choice in one.fall},
        }


def main() -> None:
    import tempfile

    bench = Benchmark("evidence", title="What deleting the evidence does to the score", seed=SEED)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for prompt in (PROMPT_8, PROMPT_7):
            rows += essay_rows(prompt, Path(folder))
    for path in sorted(shipped_folder("rubrics").glob("*/anchors.jsonl")):
        for name in ("anchors.jsonl", "demo.jsonl"):
            rows += anchor_rows(path.parent.name, name)
    bench.table(
        "By criterion",
        rows,
        note="Area over the deletion curve: mean fall of the probability of the suggested level or a higher one (of "
        "the lowest level itself, where that is suggested) after deleting one, two and three sentences, as many as the "
        "evidence has. Random: mean of five draws. Gain: paired by submission, 95 % bootstrap interval over "
        "submissions. Move: the same area of the absolute move of the expected level, in levels. Essays: the fifth "
        f"fold, {N_ESSAYS} at most. The anchors are texts that their bundle learned from; the demo ones are not.",
    )
    bench.write()


if __name__ == "__main__":
    main()
