"""ASAP-AES as rubric, submissions and ratings: real essays, two raters; research only, so none of it stands here."""

import csv
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.measuring import data_folder
from reviewkit import Rating, Rubric, Submission

N_FOLDS = 5


@dataclass(frozen=True)
class TraitPrompt:
    """A prompt with analytic scores: its traits as its own rubric names them, their levels, the level required."""

    essay_set: str
    traits: tuple[str, ...]
    levels: tuple[int, ...]
    required: int


PROMPT_7 = TraitPrompt("7", ("Ideas", "Organization", "Style", "Conventions"), (0, 1, 2, 3), 2)
PROMPT_8 = TraitPrompt(
    "8",
    ("Ideas and Content", "Organization", "Voice", "Word Choice", "Sentence Fluency", "Conventions"),
    (1, 2, 3, 4, 5, 6),
    4,
)


@dataclass(frozen=True)
class RatedEssays:
    """Essays of one prompt as the public records, and the fold in which each is tested."""

    rubric: Rubric
    submissions: tuple[Submission, ...]
    ratings: tuple[Rating, ...]
    folds: tuple[int, ...]

    def split(self, fold: int) -> tuple[list[Submission], list[Submission]]:
        """Training and test essays of a fold; texts that are tested too are left out of training."""
        test = [one for one, at in zip(self.submissions, self.folds, strict=True) if at == fold]
        tested = {normal_text(one.reflection) for one in test}
        rest = [one for one, at in zip(self.submissions, self.folds, strict=True) if at != fold]
        return [one for one in rest if normal_text(one.reflection) not in tested], test

    def ratings_of(self, submissions: Sequence[Submission]) -> list[Rating]:
        """Ratings of some of the essays."""
        ids = {one.submission_id for one in submissions}
        return [one for one in self.ratings if one.submission_id in ids]


def normal_text(text: str) -> str:
    """A text without what does not tell it from its copy."""
    return " ".join(text.lower().split())


def essay_rows(essay_set: str) -> list[dict[str, str]]:
    """Rows of one prompt."""
    path = data_folder("asap_aes") / "asap_aes.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["essay_set"] == essay_set]


def load_traits(prompt: TraitPrompt) -> RatedEssays:
    """Read a prompt with analytic scores."""
    rows = essay_rows(prompt.essay_set)
    names = [_slug(trait) for trait in prompt.traits]
    ratings = [
        Rating(
            submission_id=row["essay_id"],
            criterion_id=name,
            rater_id=f"rater-{rater}",
            level=float(row[f"rater{rater}_trait{at}"]),
        )
        for row in rows
        for at, name in enumerate(names, start=1)
        for rater in (1, 2)
    ]
    rubric = _rubric(prompt, names)
    submissions = tuple(
        Submission(
            submission_id=row["essay_id"],
            teacher_id=f"writer-{row['essay_id']}",
            rubric_id=rubric.id,
            reflection=row["essay"],
        )
        for row in rows
    )
    return RatedEssays(rubric, submissions, tuple(ratings), tuple(int(row["nea_test_fold"]) for row in rows))


def _rubric(prompt: TraitPrompt, names: list[str]) -> Rubric:
    folder = data_folder("asap_aes") / "prompts"
    text = (folder / f"Essay Set #{prompt.essay_set}--ReadMeFirst.txt").read_text(encoding="utf-8", errors="replace")
    descriptors = dict(_descriptors(text, prompt))
    return Rubric.model_validate(
        {
            "format": "reviewkit/rubric/1",
            "id": f"asap-{prompt.essay_set}",
            "version": "1.0.0",
            "title": f"ASAP-AES prompt {prompt.essay_set}",
            "record_rule": "mean-half-up",
            "criteria": [
                {
                    "id": name,
                    "title": trait,
                    "required_level": prompt.required,
                    "levels": [
                        {"level": level, "name": f"Score {level}", "descriptor": descriptors.get((trait, level), "")}
                        for level in prompt.levels
                    ],
                }
                for name, trait in zip(names, prompt.traits, strict=True)
            ],
        }
    )


def _descriptors(text: str, prompt: TraitPrompt) -> Iterator[tuple[tuple[str, int], str]]:
    """Read what each trait's level asks off the prompt's own rubric."""
    trait, key, lines = "", ("", -1), list[str]()
    for line in (*text.splitlines(), "Score 99:"):
        heading = re.sub(r"\s*\(.*\)$", "", line.strip())
        score = re.match(r"Score (\d+):\s*(.*)", line.strip())
        if (score or heading in prompt.traits) and lines:
            yield key, " ".join(lines)
            lines = []
        if score:
            key, lines = (trait, int(score[1])), [score[2]]
        elif heading in prompt.traits:
            trait = heading
        elif lines:
            lines.append(line.strip())


def _slug(trait: str) -> str:
    return trait.lower().replace(" ", "-")


_RESOLVED_BY_SUM = ("1", "7", "8")
HOLISTIC_LEVELS = {
    "1": range(2, 13),
    "2": range(1, 7),
    "3": range(4),
    "4": range(4),
    "5": range(5),
    "6": range(5),
    "7": range(2, 25),
    "8": range(10, 61),
}


def load_holistic(essay_set: str, *, both_raters: bool = False) -> RatedEssays:
    """Read a prompt with its resolved score, the one that the published systems are held against, as the record.

    With ``both_raters`` the two raters' scores stand where they are on the resolved score's own scale, and the resolved
    one is an adjudication where the mean, a half rounded up, is another level. The record is the same.
    """
    rows = essay_rows(essay_set)
    levels = [{"level": level, "name": f"Score {level}"} for level in HOLISTIC_LEVELS[essay_set]]
    rubric = Rubric.model_validate(
        {
            "format": "reviewkit/rubric/1",
            "id": f"asap-{essay_set}",
            "version": "1.0.0",
            "title": f"ASAP-AES prompt {essay_set}",
            "criteria": [{"id": "score", "title": "Score", "levels": levels}],
        }
    )
    one_scale = both_raters and essay_set not in _RESOLVED_BY_SUM
    ratings = tuple(rating for row in rows for rating in _holistic_ratings(row, by_rater=one_scale))
    submissions = tuple(
        Submission(
            submission_id=row["essay_id"],
            teacher_id=f"writer-{row['essay_id']}",
            rubric_id=rubric.id,
            reflection=row["essay"],
        )
        for row in rows
    )
    return RatedEssays(rubric, submissions, ratings, tuple(int(row["nea_test_fold"]) for row in rows))


def _holistic_ratings(row: dict[str, str], *, by_rater: bool) -> list[Rating]:
    first, second, resolved = (float(row[name]) for name in ("rater1_domain1", "rater2_domain1", "domain1_score"))
    given = {"rater-1": first, "rater-2": second} if by_rater else {}
    said = {"submission_id": row["essay_id"], "criterion_id": "score"}
    ratings = [Rating(**said, rater_id=rater, level=level) for rater, level in given.items()]
    if given and math.floor((first + second) / 2 + 0.5) == resolved:
        return ratings
    return [*ratings, Rating(**said, rater_id="resolved", level=resolved, role="adjudication" if given else "rating")]


def resolved_scores(essay_set: str) -> dict[str, float]:
    """The resolved score of each essay of a prompt."""
    return {row["essay_id"]: float(row["domain1_score"]) for row in essay_rows(essay_set)}


def rater_scores(essay_set: str) -> tuple[list[int], list[int]]:
    """The two raters' own scores of a prompt, row for row."""
    rows = essay_rows(essay_set)
    return [int(row["rater1_domain1"]) for row in rows], [int(row["rater2_domain1"]) for row in rows]
