"""A segment: a stretch of a part's text, with its character span."""

from pydantic import Field, model_validator

from reviewkit.records.base import Identifier, Record


class Part(Record):
    """The text of one part of a submission: the reflection, or an artifact after extraction.

    Attributes
    ----------
    part : str
        ``"reflection"``, or the artifact's id.
    kind : str
        ``"reflection"``, or the artifact's kind.

    Examples
    --------
    >>> part = Part(part="plan-1", kind="lesson-plan", text="1. Model the signal. 2. Practise it.")
    >>> part.text[3:20]
    'Model the signal.'
    """

    part: Identifier
    kind: Identifier
    text: str


class Segment(Record):
    """A stretch of a part's text.

    Attributes
    ----------
    start, end : int
        Span in Unicode code points of the extracted text, end exclusive.

    Examples
    --------
    >>> Segment(part="reflection", start=0, end=9, text="I listen.").n_chars
    9
    """

    part: Identifier
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str

    @model_validator(mode="after")
    def _span_holds_text(self) -> "Segment":
        if self.end - self.start != len(self.text):
            raise ValueError(
                f"span {self.start} to {self.end} does not hold the {len(self.text)} characters of its text"
            )
        return self

    @property
    def n_chars(self) -> int:
        """Length in code points."""
        return self.end - self.start
