"""A failure: a submission that was set aside, with the reason; a line of ``<out>.failures.jsonl``."""

from reviewkit.records.base import Record


class Failure(Record):
    """A submission that was set aside.

    Attributes
    ----------
    line : int or None
        Line of the submissions file, from 1; None where the submission came from memory.
    submission_id : str or None
        None where the line gives none.
    code : str
        Short name of the fault, for machines.
    message : str
        Where, what was found, what holds and what to do.

    Examples
    --------
    >>> message = "submissions.jsonl:3: is not JSON: expecting value at column 1; mend the line."
    >>> Failure(line=3, submission_id=None, code="json", message=message).line
    3
    """

    line: int | None
    submission_id: str | None
    code: str
    message: str
