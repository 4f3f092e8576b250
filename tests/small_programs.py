"""A small rubric, simulated teachers rated on it, and an encoder that hashes: what tests of the spine share."""

import csv
import hashlib
import io
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewkit.features.moves import MoveSettings, MoveTagger
from reviewkit.records import Rating, Rubric, Submission, level_text
from reviewkit.records.base import Record

LEVELS = ("Not yet", "Developing", "Proficient", "Exemplary")
WEAK = (
    "Pupils were loud and I was tired.",
    "We did the usual lesson again.",
    "It went fine in the end.",
    "I told them to be good.",
)
STRONG = {
    "routines": (
        "Pupils practise the entry routine until they lead it.",
        "We rehearsed the signal because waiting cost minutes.",
        "The class runs the pack-up routine without me.",
    ),
    "evidence": (
        "I counted eleven calls before and three after.",
        "Notes from Monday showed which table waited longest.",
        "The survey data surprised me, so I changed the seats.",
    ),
}
FILLER = ("The room faces the yard.", "It rained that week.", "There are two doors.", "Our clock is slow.")


class HashEncoder:
    """Deterministic vectors without a model: the mean of a vector a word, each drawn from the word's hash."""

    name = "hash"
    digest = hashlib.sha256(b"hash").hexdigest()
    dimension = 24
    max_tokens = 40

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self._vector(text) for text in texts]) if texts else np.zeros((0, 24), dtype=np.float32)

    def _vector(self, text: str) -> NDArray[np.float32]:
        words = text.lower().split() or [""]
        drawn = [np.frombuffer(hashlib.shake_128(word.encode()).digest(24), dtype=np.uint8) for word in words]
        vector: NDArray[np.float32] = ((np.mean(drawn, axis=0) - 127.5) / 73.9).astype(np.float32)
        return vector


class HashLogits(HashEncoder):
    """Logits of nine moves without a model, from the hashes of a sentence's words and its neighbours'."""

    name = "hash-moves"
    digest = hashlib.sha256(b"hash-moves").hexdigest()
    dimension = 9

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return super().encode(texts)[:, :9]


def hash_tagger() -> MoveTagger:
    """A tagger of moves that is quick and says nothing true."""
    return MoveTagger(HashLogits(), settings=MoveSettings(context_tokens=8, temperature=0.2))


def rubric_data(**changes: Any) -> dict[str, Any]:
    """The small rubric as plain data, with changes at its top."""
    criteria = [
        {
            "id": name,
            "title": name.capitalize(),
            "required_level": 3,
            "reads": reads,
            "levels": [
                {"level": level, "name": word, "descriptor": f"The account is {word.lower()} as to {name}."}
                for level, word in enumerate(LEVELS, start=1)
            ],
        }
        for name, reads in (("routines", None), ("evidence", ["reflection"]))
    ]
    data = {
        "format": "reviewkit/rubric/1",
        "id": "small",
        "version": "1.0.0",
        "title": "Small",
        "requirements": {"reflection": {"min_words": 8}},
        "criteria": criteria,
    }
    return {**data, **changes}


def small_rubric(**changes: Any) -> Rubric:
    """The small rubric, with changes at its top."""
    return Rubric.model_validate(rubric_data(**changes))


def written_text(levels: dict[str, int], draw: random.Random) -> str:
    """A reflection whose strong sentences rise with its levels."""
    sentences = [draw.choice(STRONG[name]) for name, level in levels.items() for _ in range(level)]
    sentences += [draw.choice(WEAK) for level in levels.values() for _ in range(4 - level)]
    sentences += draw.sample(FILLER, 2)
    draw.shuffle(sentences)
    return " ".join(sentences)


def simulated(n_submissions: int, *, seed: int = 0, per_teacher: int = 1) -> tuple[list[Submission], list[Rating]]:
    """Submissions of teachers, and the blind ratings of two raters who differ now and then."""
    draw = random.Random(seed)
    submissions, ratings = [], []
    for at in range(n_submissions):
        truth = {name: draw.choice((1, 2, 2, 3, 3, 4)) for name in STRONG}
        submission_id = f"s{seed}-{at:03d}"
        plan = {"artifact_id": "plan", "kind": "lesson-plan", "text": f"Plan {at}. {draw.choice(FILLER)}"}
        submissions.append(
            Submission.model_validate(
                {
                    "submission_id": submission_id,
                    "teacher_id": f"t{seed}-{at // per_teacher:03d}",
                    "rubric_id": "small",
                    "reflection": written_text(truth, draw),
                    "artifacts": [plan],
                }
            )
        )
        for rater in ("r1", "r2"):
            for name, level in truth.items():
                slip = draw.choice((0, 0, 0, 0, 1, -1))
                given = min(4, max(1, level + slip))
                ratings.append(
                    Rating(submission_id=submission_id, criterion_id=name, rater_id=rater, level=float(given))
                )
    return submissions, ratings


def json_lines(records: Sequence[Record]) -> str:
    """Records as JSON Lines, without what was left at its default."""
    rows = [record.model_dump(mode="json", exclude_defaults=True) for record in records]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def ratings_csv(ratings: Sequence[Rating]) -> str:
    """Ratings as the four columns that must be there."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["submission_id", "criterion_id", "rater_id", "level"])
    for one in ratings:
        writer.writerow([one.submission_id, one.criterion_id, one.rater_id, level_text(one.level or 0.0)])
    return file.getvalue()


def write_program(folder: Path, *, n_submissions: int = 48, seed: int = 0) -> None:
    """Write rubric.json, submissions.jsonl and ratings.csv of a small program."""
    submissions, ratings = simulated(n_submissions, seed=seed)
    (folder / "rubric.json").write_text(json.dumps(rubric_data()), encoding="utf-8")
    (folder / "submissions.jsonl").write_text(json_lines(submissions), encoding="utf-8")
    (folder / "ratings.csv").write_text(ratings_csv(ratings), encoding="utf-8")
