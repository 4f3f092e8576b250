"""The door of the gradebooks: scores of record, as people settled them, in the file that a system takes grades from."""

from collections.abc import Mapping
from typing import Literal

from reviewkit.formats import canvas_grades, moodle_grades
from reviewkit.formats.record import points, points_possible
from reviewkit.records import Rubric

Gradebook = Literal["canvas", "moodle"]


def write_grades(
    records: Mapping[str, Mapping[str, float]],
    *,
    rubric: Rubric,
    system: Gradebook,
    assignment: str | None = None,
) -> bytes:
    """Write scores of record as points for a gradebook.

    Parameters
    ----------
    records : mapping of str to (mapping of str to float)
        Levels that stand by criterion, by the system's own number of the user or participant. Never suggestions.
    rubric : Rubric
        Whose levels they are; where its award weighs criteria, points are weighted.
    system : str
        ``"canvas"`` or ``"moodle"``.
    assignment : str, optional
        Column of Canvas's gradebook as it exports it, with its number; left out, the rubric's title.

    Returns
    -------
    bytes
        CSV in UTF-8.

    Raises
    ------
    RatingsError
        If levels do not fit the rubric, or one lacks.

    Examples
    --------
    >>> from reviewkit import read_rubric, shipped_folder
    >>> rubric = read_rubric(shipped_folder("rubrics") / "classroom-management.yaml")
    >>> content = write_grades({"4711": dict.fromkeys(rubric.criterion_ids, 3)}, rubric=rubric, system="moodle")
    >>> content.decode().splitlines()[1]
    'Participant 4711,,,,12,16,Yes,-,'
    """
    highest = points_possible(rubric)
    given = {name: points(record, rubric=rubric) for name, record in records.items()}
    if system == "canvas":
        rows = [canvas_grades.CanvasGrade(student_id=name, points=one) for name, one in given.items()]
        return canvas_grades.write(rows, assignment=assignment or rubric.title, points_possible=highest)
    participants = [moodle_grades.MoodleGrade(participant=name, points=one) for name, one in given.items()]
    return moodle_grades.write(participants, points_possible=highest)
