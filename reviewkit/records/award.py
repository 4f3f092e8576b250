"""The award rule: whether scores of record earn the microcredential."""

from collections.abc import Mapping

from reviewkit.records.rubric import AllCriteria, Rubric

_TIE = 1e-9


def award_of_record(records: Mapping[str, float | None], rubric: Rubric) -> bool | None:
    """Say whether scores of record earn the award; None where one is open or the rubric has no award.

    Parameters
    ----------
    records : mapping of str to (float or None)
        Level of record by criterion.
    rubric : Rubric

    Examples
    --------
    >>> levels = [{"level": 1, "name": "Not yet"}, {"level": 2, "name": "Proficient"}]
    >>> rubric = Rubric.model_validate({
    ...     "format": "reviewkit/rubric/1", "id": "routines", "version": "1.0.0", "title": "Routines",
    ...     "criteria": [{"id": "taught", "title": "Taught", "required_level": 2, "levels": levels}]})
    >>> [award_of_record({"taught": level}, rubric) for level in (2, 1, None)]
    [True, False, None]
    """
    if rubric.award is None:
        return None
    if isinstance(rubric.award, AllCriteria):
        needed = {one.id: one.required_level for one in rubric.criteria if one.required_level is not None}
    else:
        needed = rubric.award.weights
    levels = {name: level for name in needed if (level := records.get(name)) is not None}
    if len(levels) < len(needed):
        return None
    if isinstance(rubric.award, AllCriteria):
        return all(level >= needed[name] for name, level in levels.items())
    return sum(needed[name] * level for name, level in levels.items()) >= rubric.award.cut - _TIE
