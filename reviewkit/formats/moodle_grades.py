"""The grading worksheet in which a Moodle assignment takes grades in. Only scores of record belong in it."""

from collections.abc import Iterable, Iterator

from reviewkit.errors import SettingsError
from reviewkit.formats.sheet import Row, write_rows
from reviewkit.records import Record, level_text

HEAD = (
    "Identifier",
    "Full name",
    "Email address",
    "Status",
    "Grade",
    "Maximum Grade",
    "Grade can be changed",
    "Last modified (grade)",
    "Feedback comments",
)


class MoodleGrade(Record):
    """One row: the participant, the points that people gave, and what they say to the teacher.

    Attributes
    ----------
    participant : str
        Moodle's number of the participant in the assignment, as in the names of the submissions zip.
    points : float
        From ``reviewkit.formats.record.points``.
    """

    participant: str
    points: float
    full_name: str = ""
    feedback: str = ""


def write(grades: Iterable[MoodleGrade], *, points_possible: float) -> bytes:
    """Write the offline grading worksheet.

    Parameters
    ----------
    grades : iterable of MoodleGrade
    points_possible : float
        From ``reviewkit.formats.record.points_possible``; the assignment's maximum grade has to be the same.

    Raises
    ------
    SettingsError
        If a participant stands twice.

    Examples
    --------
    >>> rows = write([MoodleGrade(participant="88", points=9.5)], points_possible=12).decode().splitlines()
    >>> rows[1]
    'Participant 88,,,,9.5,12,Yes,-,'
    """
    return write_rows(_rows(list(grades), points_possible=points_possible))


def _rows(grades: list[MoodleGrade], *, points_possible: float) -> Iterator[Row]:
    yield [*HEAD]
    seen: set[str] = set()
    for one in grades:
        if one.participant in seen:
            raise SettingsError(f"participant {one.participant} stands twice; give each participant one grade")
        seen.add(one.participant)
        highest = level_text(points_possible)
        points = level_text(one.points)
        yield [f"Participant {one.participant}", one.full_name, "", "", points, highest, "Yes", "-", one.feedback]
