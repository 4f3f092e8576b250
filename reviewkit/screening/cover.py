"""Personal data covered in what a review quotes, character for character, so that spans still hold."""

from collections.abc import Sequence

from reviewkit.records.finding import Finding
from reviewkit.records.score import CriterionScore, Evidence
from reviewkit.screening.personal_data import MASK


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
    told = [one for one in findings if one.code.startswith("personal-data")]
    if not told:
        return tuple(scores)
    return tuple(
        score.model_copy(update={"evidence": tuple(_covered(one, told) for one in score.evidence)}) for score in scores
    )


def _covered(evidence: Evidence, told: Sequence[Finding]) -> Evidence:
    letters = list(evidence.text)
    for one in told:
        if one.part == evidence.part and one.start is not None and one.end is not None:
            for at in range(max(one.start - evidence.start, 0), min(one.end - evidence.start, len(letters))):
                letters[at] = letters[at] if letters[at].isspace() else MASK
    return evidence.model_copy(update={"text": "".join(letters)})
