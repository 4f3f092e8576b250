"""The screener: every finding that needs no model, in one pass."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from reviewkit.records.finding import Finding
from reviewkit.records.rubric import Rubric
from reviewkit.records.segment import Part, Segment
from reviewkit.records.submission import Submission
from reviewkit.screening.completeness import completeness_findings


class ScreeningSettings(BaseModel):
    """What is looked for, and the bounds of each finding."""

    model_config = ConfigDict(frozen=True, extra="forbid")


_SETTINGS = ScreeningSettings()


class Screener:
    """Says what is wrong with a submission before it is scored.

    Parameters
    ----------
    rubric : Rubric
        What submissions are held against.
    settings : ScreeningSettings, keyword-only
    """

    def __init__(self, rubric: Rubric, *, settings: ScreeningSettings = _SETTINGS) -> None:
        self.rubric = rubric
        self.settings = settings

    def screen(self, submission: Submission, parts: Sequence[Part], segments: Sequence[Segment]) -> tuple[Finding, ...]:
        """Return the findings on one submission: a pure function, without a model.

        Parameters
        ----------
        submission : Submission
        parts : sequence of Part
            Its parts, as `submission_parts` gives them.
        segments : sequence of Segment
            The segments of all its parts.

        Returns
        -------
        tuple of Finding
            Those that lead to ``"return"`` first, then ``"review"``, then ``"note"``.
        """
        found = [*completeness_findings(submission, parts, self.rubric)]
        return tuple(sorted(found, key=lambda one: ("return", "review", "note").index(one.leads_to)))
