"""The CSV in which Canvas's gradebook takes grades in. Only scores of record belong in it."""

from collections.abc import Iterable, Iterator

from reviewkit.errors import SettingsError
from reviewkit.formats.sheet import Row, write_rows
from reviewkit.records import Record, level_text

HEAD = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


class CanvasGrade(Record):
    """One row: whom Canvas knows by which id, and the points that people gave.

    Attributes
    ----------
    student_id : str
        Canvas's own number of the user; it alone decides who gets the points.
    points : float
        From ``reviewkit.formats.record.points``.
    """

    student_id: str
    points: float
    student: str = ""
    sis_user_id: str = ""
    sis_login_id: str = ""
    section: str = ""


def write(grades: Iterable[CanvasGrade], *, assignment: str, points_possible: float) -> bytes:
    """Write the gradebook CSV: its header, the row of points possible, a row a student.

    Parameters
    ----------
    grades : iterable of CanvasGrade
    assignment : str
        The column as Canvas exports it, with its number: ``Classroom management (4711)``.
    points_possible : float
        From ``reviewkit.formats.record.points_possible``.

    Raises
    ------
    SettingsError
        If a student stands twice.

    Examples
    --------
    >>> print(write([CanvasGrade(student_id="17", points=9)], assignment="Routines (4)", points_possible=12).decode())
    Student,ID,SIS User ID,SIS Login ID,Section,Routines (4)
    Points Possible,,,,,12
    ,17,,,,9
    """
    return write_rows(_rows(list(grades), assignment=assignment, points_possible=points_possible))


def _rows(grades: list[CanvasGrade], *, assignment: str, points_possible: float) -> Iterator[Row]:
    yield [*HEAD, assignment]
    yield ["    Points Possible", "", "", "", "", level_text(points_possible)]
    seen: set[str] = set()
    for one in grades:
        if one.student_id in seen:
            raise SettingsError(f"student {one.student_id} stands twice; give each student one grade")
        seen.add(one.student_id)
        yield [one.student, one.student_id, one.sis_user_id, one.sis_login_id, one.section, level_text(one.points)]
