"""Personal data covered in what a review quotes, character for character, so that spans still hold."""

from collections.abc import Sequence

from reviewkit.records.finding import Finding
from reviewkit.records.score import CriterionScore, Evidence
from reviewkit.screening.personal_data import MASK, PERSONAL_DATA


def covered_scores(scores: Sequence[CriterionScore], findings: Sequence[Finding]) -> tuple[CriterionScore, ...]:
    """Return scores whose evidence quotes no personal data.

    Parameters
    ----------
    scores : sequence of CriterionScore
    findings : sequence of Finding
        Those with code ``"personal-data"`` say which spans are covered.

    Returns
    -------
    tuple of CriterionScore
        The same, each covered character of their evidence a block; blanks stay.
    """
    told = [one for one in findings if one.code.startswith(PERSONAL_DATA)]
    if not told:
        return tuple(scores)

    def quoted(one: Evidence) -> Evidence:
        return one.model_copy(update={"text": covered(one.text, part=one.part, findings=told, start=one.start)})

    return tuple(score.model_copy(update={"evidence": tuple(map(quoted, score.evidence))}) for score in scores)


def covered(text: str, *, part: str, findings: Sequence[Finding], start: int = 0) -> str:
    """Return a text, or the stretch of a part that begins at ``start``, with the personal data told in it covered.

    Examples
    --------
    >>> told = Finding(code="personal-data", leads_to="note", message="a number", part="reflection", start=5, end=13)
    >>> covered("Call 555 1234.", part="reflection", findings=[told])
    'Call ███ ████.'
    """
    letters = list(text)
    for one in findings:
        if one.code.startswith(PERSONAL_DATA) and one.part == part and one.start is not None and one.end is not None:
            for at in range(max(one.start - start, 0), min(one.end - start, len(letters))):
                letters[at] = letters[at] if letters[at].isspace() else MASK
    return "".join(letters)
