"""Texts for the tests of screening."""

from typing import Any

from reviewkit.records import Finding, Part, Rubric, Segment, Submission
from reviewkit.screening.lexed import LexedPart, lexed
from reviewkit.screening.screen import Screener
from reviewkit.text.segmenter import Segmenter

SEGMENTER = Segmenter()
DESCRIPTOR = "Routines are taught, practised and kept, and each pupil can say what the next step of the routine is."
PROMPT = "What did you change in your routines this term, and what did the pupils do differently because of it?"
HONEST = (
    "In September the start of my lessons took nine minutes. I drew a floor plan and marked where the pupils "
    "stood when they waited. Most of them queued at the one tray of books by the door. I moved the books to four "
    "tables and wrote the first question on the board before they came in. We practised coming in on Monday and "
    "again on Tuesday, and I timed it with the kitchen clock. On Friday it took three minutes and ten seconds. "
    "Two boys still walked the long way round, so I asked them why. They said that they like to greet their "
    "friend, and I let them do that on the way out instead."
)


def rubric(**requirements: Any) -> Rubric:
    """Return a rubric with one criterion."""
    levels = [{"level": 1, "name": "Not yet"}, {"level": 2, "name": "Proficient", "descriptor": DESCRIPTOR}]
    criteria = [{"id": "taught", "title": "Taught routines", "levels": levels}]
    return Rubric.model_validate(
        {"format": "reviewkit/rubric/1", "id": "routines", "version": "1", "title": "R", "criteria": criteria,
         "requirements": requirements}
    )  # fmt: skip


def part(text: str, name: str = "reflection") -> Part:
    """Return a part of that text."""
    return Part(part=name, kind=name, text=text)


def taken(text: str, name: str = "reflection") -> LexedPart:
    """Return a part taken apart."""
    return lexed(part(text, name), SEGMENTER.segment(part(text, name)))


def screened(reflection: str, *, screener: Screener | None = None, **artifacts: str) -> tuple[Finding, ...]:
    """Return the findings on a submission, the note on names left out."""
    one = submission(reflection, **artifacts)
    parts = [part(reflection), *(part(text, name) for name, text in artifacts.items())]
    segments: list[Segment] = [segment for each in parts for segment in SEGMENTER.segment(each)]
    found = (screener or Screener(rubric())).screen(one, parts, segments)
    return tuple(finding for finding in found if finding.code != "names-not-searched")


def submission(reflection: str, *, submission_id: str = "s1", teacher_id: str = "t1", **artifacts: str) -> Submission:
    """Return a submission of these texts."""
    rows = [{"artifact_id": name, "kind": name, "text": text} for name, text in artifacts.items()]
    return Submission(
        submission_id=submission_id, teacher_id=teacher_id, rubric_id="routines", reflection=reflection, artifacts=rows
    )


def codes(reflection: str, *, screener: Screener | None = None, **artifacts: str) -> list[str]:
    """Return the codes of the findings on a submission."""
    return [finding.code for finding in screened(reflection, screener=screener, **artifacts)]
