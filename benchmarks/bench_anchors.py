"""What 24 constructed anchors can teach: the shipped rubrics, each anchor scored by a model that had not seen it.

Two ways with few rows run side by side: the heads averaged, and the heads stacked as with many rows.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import Benchmark
from benchmarks.remembering import RememberingEncoder
from reviewkit import ModelSettings, ScorerSettings, read_ratings, read_rubric, read_submissions, shipped_folder, train

SEED = 0
WAYS = {"averaged": ScorerSettings(), "stacked": ScorerSettings(min_many=2)}
Cell = str | int | float | None


def unseen_rows(rubric_id: str, settings: ScorerSettings, encoder: RememberingEncoder) -> dict[str, tuple]:  # type: ignore[type-arg]
    """Level of record and probabilities of each anchor, by criterion, from models that had not seen it."""
    folder = shipped_folder("rubrics")
    rubric = read_rubric(folder / f"{rubric_id}.yaml")
    submissions = read_submissions(folder / rubric_id / "anchors.jsonl")
    ratings = read_ratings(folder / rubric_id / "anchors.csv", rubric=rubric).ratings
    model = train(
        rubric, submissions, ratings=ratings, encoder=encoder, settings=ModelSettings(scorer=settings), seed=SEED
    ).model
    return {
        name: (np.asarray([level for level, _ in one.out_of_fold]), np.asarray([row for _, row in one.out_of_fold]))
        for name, one in model.summary_.items()
    }


def fisher_interval(correlation: float, n: int) -> tuple[float, float]:
    """95 % interval of a correlation on Fisher's scale."""
    centre, half = np.arctanh(correlation), 1.96 / np.sqrt(n - 3)
    return float(np.tanh(centre - half)), float(np.tanh(centre + half))


def ranked_score(rows: NDArray[np.float64], level: NDArray[np.intp]) -> float:
    """Mean ranked probability score."""
    reached = np.arange(rows.shape[1] - 1)[None, :] >= level[:, None]
    return float(((rows.cumsum(axis=1)[:, :-1] - reached) ** 2).sum(axis=1).mean())


def criterion_row(
    rubric_id: str, name: str, way: str, level: NDArray[np.intp], rows: NDArray[np.float64]
) -> dict[str, Cell]:
    """One line of the table."""
    expected = rows @ np.arange(rows.shape[1])
    correlation = float(np.corrcoef(expected, level)[0, 1])
    low, high = fisher_interval(correlation, len(level))
    apart = np.abs(rows.argmax(axis=1) - level)
    others = [np.bincount(np.delete(level, at), minlength=rows.shape[1]) / (len(level) - 1) for at in range(len(level))]
    return {
        "rubric": rubric_id,
        "criterion": name,
        "way": way,
        "n": len(level),
        "correlation": correlation,
        "low": low,
        "high": high,
        "exact": float((apart == 0).mean()),
        "adjacent": float((apart <= 1).mean()),
        "RPS": ranked_score(rows, level),
        "RPS of the other anchors' shares": ranked_score(np.asarray(others), level),
    }


def main() -> None:
    bench = Benchmark("anchors", title="The shipped rubrics' anchors, each scored unseen", seed=SEED)
    encoder = RememberingEncoder()
    rubrics = sorted(path.parent.name for path in shipped_folder("rubrics").glob("*/anchors.jsonl"))
    rows = [
        criterion_row(rubric_id, name, way, level, probabilities)
        for rubric_id in rubrics
        for way, settings in WAYS.items()
        for name, (level, probabilities) in unseen_rows(rubric_id, settings, encoder).items()
    ]
    means = [
        {
            "way": way,
            **{key: float(np.mean([float(row[key] or 0) for row in rows if row["way"] == way])) for key in FIGURES},
        }
        for way in WAYS
    ]
    bench.table("Mean over criteria", means)
    bench.table(
        "By criterion",
        rows,
        note="Levels were written together with the texts, for this project: these figures say how far texts made "
        "for a level can be told apart by a model of 23 others, not how well anyone's work is scored. Correlation is "
        "between expected level and level, with its 95 % interval on Fisher's scale. RPS: lower is better.",
    )
    bench.write()


FIGURES = ("correlation", "exact", "adjacent", "RPS", "RPS of the other anchors' shares")

if __name__ == "__main__":
    main()
