"""A finding: something that screening saw in a submission before it was scored."""

from typing import Literal

from reviewkit.records.base import Identifier, Number, Record


class Finding(Record):
    """Something that screening saw.

    Attributes
    ----------
    code : str
        Short name, e.g. ``"too-few-words"``.
    leads_to : str
        ``"return"`` (back to the teacher, not scored), ``"review"`` (a person looks) or ``"note"``.
    message : str
        For a person: where, what was found, what holds.
    part, start, end : str, int, int or None
        Where, in code points of the part's text; None where the whole submission is meant.
    value, bound : float or None
        What was measured and what it was held against.

    Examples
    --------
    >>> finding = Finding(
    ...     code="too-few-words", leads_to="return", part="reflection", value=96, bound=150,
    ...     message="The reflection has 96 words, but 150 are asked for.")
    >>> finding.leads_to, finding.value
    ('return', 96.0)
    """

    code: Identifier
    leads_to: Literal["return", "review", "note"]
    message: str
    part: Identifier | None = None
    start: int | None = None
    end: int | None = None
    value: Number | None = None
    bound: Number | None = None
