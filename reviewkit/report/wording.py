"""How the pages say things: probabilities, levels, routes and kinds of parts in plain words."""

import math
from collections.abc import Sequence

from reviewkit.records import Criterion, Evidence, Finding, Part, Route, level_text
from reviewkit.records.rubric import REFLECTION

ROUTE_NAMES: dict[Route, str] = {
    "suggest": "Suggestion stands",
    "review": "For a reviewer",
    "return": "Back to the teacher",
}
ROUTE_SENTENCES: dict[Route, str] = {
    "suggest": "The suggestions stand without a second look, unless you want one.",
    "review": "A person decides here; the levels below are suggestions.",
    "return": "Something required is missing. Nothing was scored.",
}
FINDING_NAMES = {"return": "sends it back", "review": "needs a person", "note": "to note"}
COMPLETENESS_CODES = frozenset(
    {
        "empty-artifact",
        "empty-reflection",
        "missing-artifact",
        "too-few-words",
        "too-many-words",
        "unanswered-prompt",
    }
)


def percent(probability: float) -> str:
    """Write a probability as a whole percentage that never claims certainty by rounding.

    Examples
    --------
    >>> percent(0.624), percent(0.998), percent(0.002), percent(1.0), percent(0.0)
    ('62%', '>99%', '<1%', '100%', '0%')
    """
    if 0 < probability < 0.01:
        return "<1%"
    if 0.99 < probability < 1:
        return ">99%"
    return f"{100 * probability:.0f}%"


def figure(value: float, decimals: int) -> str:
    """Write a number with a true minus sign; the undefined as a dash.

    Examples
    --------
    >>> figure(-0.1249, 2), figure(float("nan"), 2), figure(-0.001, 2)
    ('−0.12', '–', '0.00')
    """
    if not math.isfinite(value):
        return "–"
    return f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", "−")


def in_words(items: Sequence[str], *, last: str = "and") -> str:
    """Join items as a person would.

    Examples
    --------
    >>> in_words(["2", "3", "4"]), in_words(["2", "3"], last="or")
    ('2, 3 and 4', '2 or 3')
    """
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def level_name(criterion: Criterion, level: float) -> str:
    """Write a level with its number and its name.

    Examples
    --------
    >>> levels = [{"level": 1, "name": "Not yet"}, {"level": 2.5, "name": "Proficient"}]
    >>> level_name(Criterion.model_validate({"id": "a", "title": "A", "levels": levels}), 2.5)
    '2.5 Proficient'
    """
    return f"{level_text(level)} {criterion.levels[criterion.level_index(level)].name}"


def level_range(levels: Sequence[float]) -> str:
    """Write neighbouring levels as a range.

    Examples
    --------
    >>> level_range([3]), level_range([2, 3]), level_range([1.5, 2, 2.5])
    ('3', '2 to 3', '1.5 to 2.5')
    """
    ends = sorted({min(levels), max(levels)})
    return " to ".join(level_text(level) for level in ends)


def sentence(message: str) -> str:
    """Begin a message with a capital letter, as it stands alone on a page.

    Examples
    --------
    >>> sentence("the reflection has 51 words.")
    'The reflection has 51 words.'
    """
    return message[:1].upper() + message[1:]


def kind_words(kind: str) -> str:
    """Write a kind of part as words.

    Examples
    --------
    >>> kind_words("lesson-plan")
    'lesson plan'
    """
    return kind.replace("-", " ").replace("_", " ")


def part_names(parts: Sequence[Part]) -> dict[str, str]:
    """Name each part after its kind; a second one of a kind gets a number.

    Examples
    --------
    >>> part_names([Part(part="reflection", kind="reflection", text=""), Part(part="a7", kind="lesson-plan", text="")])
    {'reflection': 'reflection', 'a7': 'lesson plan'}
    """
    kinds = [part.kind for part in parts]
    names = {}
    for position, part in enumerate(parts):
        number = kinds[: position + 1].count(part.kind)
        names[part.part] = kind_words(part.kind) + (f" {number}" if kinds.count(part.kind) > 1 else "")
    return names


def criterion_letter(index: int) -> str:
    """Letter of a criterion: A to Z, then AA, AB and so on.

    Examples
    --------
    >>> criterion_letter(0), criterion_letter(25), criterion_letter(26)
    ('A', 'Z', 'AA')
    """
    return (criterion_letter(index // 26 - 1) if index >= 26 else "") + chr(ord("A") + index % 26)


def move_words(evidence: Evidence) -> str | None:
    """Say what a sentence does in the reflection, and how probable that is; None where it was not tagged.

    Examples
    --------
    >>> evidence = Evidence(part="reflection", start=0, end=10, text="I'll wait.", weight=0.1)
    >>> move_words(evidence.model_copy(update={"move": "Intention", "move_probability": 0.62}))
    'intention (62%)'
    """
    if evidence.move is None or evidence.move_probability is None:
        return None
    name = "none of the eight moves" if evidence.move == "Other" else evidence.move.lower()
    return f"{name} ({percent(evidence.move_probability)})"


def reads_words(criterion: Criterion) -> str:
    """Say which parts speak to a criterion."""
    if criterion.reads is None:
        return "everything handed in"
    return in_words(["reflection" if kind == REFLECTION else kind_words(kind) for kind in criterion.reads])


def is_completeness(finding: Finding) -> bool:
    """Tell whether a finding says that something is missing or too long, which the teacher may read."""
    return finding.code in COMPLETENESS_CODES
