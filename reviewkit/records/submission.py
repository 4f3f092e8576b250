"""The submission: what one teacher hands in for one task."""

from datetime import datetime

from pydantic import Field, model_validator

from reviewkit.records.base import Identifier, Json, Record
from reviewkit.records.rubric import REFLECTION


class Artifact(Record):
    """A lesson plan, student work or observation note: its text, or the path of its file.

    Attributes
    ----------
    path : str or None
        Relative to the file that lists the submission; it never leaves that file's folder.

    Examples
    --------
    >>> Artifact(artifact_id="plan-1", kind="lesson-plan", path="files/plan.docx").text is None
    True
    >>> Artifact(artifact_id="plan-1", kind="lesson-plan")
    Traceback (most recent call last):
    ValidationError: ... has neither of text and path; give exactly one
    """

    artifact_id: Identifier
    kind: Identifier
    text: str | None = None
    path: str | None = None

    @model_validator(mode="after")
    def _text_or_path(self) -> "Artifact":
        if (self.text is None) == (self.path is None):
            found = "neither" if self.text is None else "both"
            raise ValueError(f"has {found} of text and path; give exactly one")
        if self.artifact_id == REFLECTION:
            raise ValueError("artifact_id is 'reflection', which names the reflection itself; choose another")
        return self


class Submission(Record):
    """What one teacher hands in for one task: a reflection and its artifacts.

    Examples
    --------
    >>> one = Submission(submission_id="s1", teacher_id="t1", rubric_id="routines", reflection="I changed the entry.")
    >>> one.attempt
    1
    """

    submission_id: Identifier
    teacher_id: Identifier
    rubric_id: Identifier
    reflection: str
    artifacts: tuple[Artifact, ...] = ()
    attempt: int = Field(default=1, ge=1)
    previous_submission_id: Identifier | None = None
    submitted_at: datetime | None = None
    groups: dict[str, str | int | float | bool | None] = Field(default_factory=dict)
    metadata: Json = Field(default_factory=dict)

    @model_validator(mode="after")
    def _artifact_ids_differ(self) -> "Submission":
        ids = [artifact.artifact_id for artifact in self.artifacts]
        twice = sorted({one for one in ids if ids.count(one) > 1}) if len(set(ids)) < len(ids) else []
        if twice:
            raise ValueError(f"artifacts: artifact_id {twice[0]!r} stands twice; give each artifact an id of its own")
        return self
