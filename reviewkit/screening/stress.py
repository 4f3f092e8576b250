"""How scores move when a text changes and its meaning does not."""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from reviewkit.errors import ShapeError
from reviewkit.records.rubric import Rubric
from reviewkit.records.submission import Submission

Scores = Mapping[str, float]
ScoreAll = Callable[[Sequence[Submission]], Sequence[Scores]]
FILLER = (
    "There is a lot that could be said about this, and I have tried to say it as well as I can.",
    "As we all know, teaching is important, and it is important to think about teaching.",
    "All in all it was an experience, and every experience is something to think about.",
)
SYNONYMS = {
    "pupils": "learners", "students": "learners", "children": "pupils", "kids": "children", "teacher": "educator",
    "lesson": "session", "lessons": "sessions", "began": "started", "started": "began", "showed": "demonstrated",
    "noticed": "observed", "saw": "noticed", "asked": "requested", "helped": "supported", "wanted": "wished",
    "big": "large", "small": "little", "quickly": "fast", "often": "frequently", "because": "since", "but": "yet",
    "task": "exercise", "tasks": "exercises", "groups": "teams", "group": "team", "wrote": "noted",
    "changed": "altered", "tried": "attempted", "finished": "completed", "difficult": "hard", "easy": "simple",
    "talk": "speak", "talked": "spoke", "afterwards": "later", "nearly": "almost",
}  # fmt: skip
_CONTRACTIONS = {
    "did not": "didn't", "do not": "don't", "does not": "doesn't", "was not": "wasn't", "were not": "weren't",
    "could not": "couldn't", "would not": "wouldn't", "is not": "isn't", "are not": "aren't", "it is": "it's",
    "I have": "I've", "I had": "I'd", "I am": "I'm", "they are": "they're", "we are": "we're", "cannot": "can't",
}  # fmt: skip
_SENTENCE_END = re.compile(r"(?<=[.!?])[ \t]+")
_WORD = re.compile(r"[A-Za-z']+")


class StressSettings(BaseModel):
    """What is tried, and how much of a move is too much.

    Attributes
    ----------
    max_move : float
        Mean absolute move of the expected level that a change of form may cause.
    max_rise : float
        Mean rise of the expected level that pasting descriptors or filler may cause.
    share_of_words : float
        Share of words that misspelling changes.

    Examples
    --------
    >>> StressSettings(max_rise=0.1).max_move
    0.25
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_move: float = Field(default=0.25, ge=0)
    max_rise: float = Field(default=0.05, ge=0)
    share_of_words: float = Field(default=0.03, ge=0, le=1)


_SETTINGS = StressSettings()


class StressRow(NamedTuple):
    """How one change moved the scores on one criterion.

    Attributes
    ----------
    change, criterion_id : str
    n : int
        Submissions scored both ways.
    mean_move, mean_absolute_move, largest_rise : float
        Of the expected level, after less before.
    share_of_levels_changed : float
        Share of submissions whose nearest whole step of 0.5 moved.
    bound : float
        What the judged number is held against.
    passed : bool
    """

    change: str
    criterion_id: str
    n: int
    mean_move: float
    mean_absolute_move: float
    largest_rise: float
    share_of_levels_changed: float
    bound: float
    passed: bool


def misspelt(text: str, *, chance: random.Random, share: float = 0.03) -> str:
    """Swap two neighbouring letters inside a share of the longer words.

    Examples
    --------
    >>> misspelt("pupils waited", chance=random.Random(1), share=1)
    'ppuils watied'
    """

    def swapped(match: re.Match[str]) -> str:
        word = match[0]
        if len(word) < 5 or chance.random() >= share:
            return word
        at = chance.randrange(1, len(word) - 2)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    return _WORD.sub(swapped, text)


def with_synonyms(text: str) -> str:
    """Replace common words of teachers' texts by others that mean the same.

    Examples
    --------
    >>> with_synonyms("Pupils began the task.")
    'Learners started the exercise.'
    """

    def other(match: re.Match[str]) -> str:
        word = match[0]
        found = SYNONYMS.get(word.lower())
        if found is None:
            return word
        return found.capitalize() if word[0].isupper() else found

    return _WORD.sub(other, text)


def reworded(text: str) -> str:
    """Contract what can be contracted, and take apart what is.

    Examples
    --------
    >>> reworded("They did not wait. I didn't ask.")
    "They didn't wait. I did not ask."
    """
    both = _CONTRACTIONS | {short: long for long, short in _CONTRACTIONS.items()}
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, both))})\b")
    return pattern.sub(lambda match: both[match[0]], text)


def reordered(text: str, *, chance: random.Random) -> str:
    """Swap neighbouring sentences, line by line, one pair in three.

    Examples
    --------
    >>> reordered("One. Two.", chance=random.Random(1))
    'Two. One.'
    """
    return "\n".join(_swapped_pairs(line, chance) for line in text.split("\n"))


def _swapped_pairs(line: str, chance: random.Random) -> str:
    sentences = _SENTENCE_END.split(line)
    at = 0
    while at + 1 < len(sentences):
        if chance.random() < 1 / 3:
            sentences[at], sentences[at + 1] = sentences[at + 1], sentences[at]
            at += 1
        at += 1
    return " ".join(sentences)


def with_filler(text: str) -> str:
    """Append sentences that say nothing."""
    return f"{text}\n\n{' '.join(FILLER)}"


def with_descriptors(text: str, rubric: Rubric) -> str:
    """Append the descriptors of each criterion's highest level."""
    return f"{text}\n\n{' '.join(one.levels[-1].descriptor for one in rubric.criteria)}"


def stressed(
    submission: Submission, rubric: Rubric, *, seed: int = 0, settings: StressSettings = _SETTINGS
) -> dict[str, Submission]:
    """Return a submission under each change, the change made to its reflection.

    Parameters
    ----------
    submission : Submission
    rubric : Rubric
    seed : int, keyword-only
    settings : StressSettings, keyword-only

    Returns
    -------
    dict of str to Submission
        By name of the change: ``"spelling"``, ``"synonyms"``, ``"rewording"``, ``"sentence-order"``,
        ``"appended-filler"`` and ``"pasted-descriptors"``.
    """
    text = submission.reflection
    chance = random.Random(f"{seed} {submission.submission_id}")
    changed = {
        "spelling": misspelt(text, chance=chance, share=settings.share_of_words),
        "synonyms": with_synonyms(text),
        "rewording": reworded(text),
        "sentence-order": reordered(text, chance=chance),
        "appended-filler": with_filler(text),
        "pasted-descriptors": with_descriptors(text, rubric),
    }
    return {name: submission.model_copy(update={"reflection": new}) for name, new in changed.items()}


AT_ONCE = 32
RISES = frozenset({"appended-filler", "pasted-descriptors"})


def stress(
    submissions: Sequence[Submission],
    rubric: Rubric,
    *,
    score_all: ScoreAll,
    seed: int = 0,
    settings: StressSettings = _SETTINGS,
) -> tuple[StressRow, ...]:
    """Score submissions before and after each change, and judge the moves.

    Parameters
    ----------
    submissions : sequence of Submission
    rubric : Rubric
    score_all : callable, keyword-only
        Gives the expected levels of submissions, in order, by criterion id; it is handed a submission and its changes
        for 32 at a time. It must score whatever it is handed, past any screening: what is asked is what the model would
        have said.
    seed : int, keyword-only
    settings : StressSettings, keyword-only

    Returns
    -------
    tuple of StressRow
        A row a change and criterion. Filler and pasted descriptors pass where the mean rise stays at the bound; the
        other changes where the mean absolute move does.

    Raises
    ------
    ShapeError
        If there is no submission.

    Examples
    --------
    >>> levels = [{"level": 1, "name": "Not yet"},
    ...           {"level": 2, "name": "Proficient", "descriptor": "Each cue is taught."}]
    >>> rubric = Rubric.model_validate({
    ...     "format": "reviewkit/rubric/1", "id": "routines", "version": "1.0.0", "title": "Routines",
    ...     "criteria": [{"id": "taught", "title": "Taught", "levels": levels}]})
    >>> one = Submission(submission_id="s1", teacher_id="t1", rubric_id="routines", reflection="I asked. They waited.")
    >>> rows = stress([one], rubric, score_all=lambda texts: [{"taught": 1 + ("cue" in t.reflection)} for t in texts])
    >>> [row.change for row in rows if not row.passed]
    ['pasted-descriptors']
    """
    if not submissions:
        raise ShapeError("submissions is empty, but a stress test needs one at least; hand some in.")
    before: list[Scores] = []
    after: list[dict[str, Scores]] = []
    for at in range(0, len(submissions), AT_ONCE):
        chunk = submissions[at : at + AT_ONCE]
        changed = [stressed(one, rubric, seed=seed, settings=settings) for one in chunk]
        scored = iter(score_all([*chunk, *(new for changes in changed for new in changes.values())]))
        before += [next(scored) for _ in chunk]
        after += [{name: next(scored) for name in changes} for changes in changed]
    return tuple(
        _row(name, criterion_id, before, [one[name] for one in after], settings)
        for name in after[0]
        for criterion_id in rubric.criterion_ids
        if criterion_id in before[0]
    )


def _row(
    name: str, criterion_id: str, before: Sequence[Scores], after: Sequence[Scores], settings: StressSettings
) -> StressRow:
    moves = [new[criterion_id] - old[criterion_id] for old, new in zip(before, after, strict=True)]
    changed = [
        round(2 * new[criterion_id]) != round(2 * old[criterion_id]) for old, new in zip(before, after, strict=True)
    ]
    n = len(moves)
    mean, absolute = sum(moves) / n, sum(map(abs, moves)) / n
    bound = settings.max_rise if name in RISES else settings.max_move
    judged = mean if name in RISES else absolute
    return StressRow(name, criterion_id, n, mean, absolute, max(moves), sum(changed) / n, bound, judged <= bound)
