"""Scores of record, as people settled them: held against the rubric, added up, and whether they earn the award."""

from collections.abc import Mapping

from reviewkit.errors import RatingsError
from reviewkit.records import Rubric, WeightedTotal, award_of_record, level_text


def checked_record(record: Mapping[str, float], *, rubric: Rubric) -> dict[str, float]:
    """Return the scores of record in the rubric's order.

    Parameters
    ----------
    record : mapping of str to float
        Level that stands, by criterion id: settled by people under the rubric's record rule, never a suggestion.
    rubric : Rubric
        Whose criteria they are.

    Raises
    ------
    RatingsError
        If a criterion has no score of record, is unknown, or has no such level; every fault is listed.
    """
    faults = [
        f"{one}: no score of record; a person has to settle it" for one in rubric.criterion_ids if one not in record
    ]
    for criterion_id, level in record.items():
        if criterion_id not in rubric.criterion_ids:
            faults.append(f"{criterion_id}: no criterion of {rubric.id}, which has {', '.join(rubric.criterion_ids)}")
        elif level not in rubric.criterion(criterion_id).level_numbers:
            numbers = ", ".join(map(level_text, rubric.criterion(criterion_id).level_numbers))
            faults.append(f"{criterion_id}: level {level_text(level)} is none of {numbers}")
    if faults:
        raise RatingsError(f"the scores of record do not fit rubric {rubric.id}", faults=faults)
    return {one: record[one] for one in rubric.criterion_ids}


def earns_award(record: Mapping[str, float], *, rubric: Rubric) -> bool:
    """Say whether the scores of record earn the award; False where the rubric has none.

    Examples
    --------
    >>> levels = [{"level": 1, "name": "Not yet"}, {"level": 2, "name": "Proficient"}]
    >>> rubric = Rubric.model_validate({
    ...     "format": "reviewkit/rubric/1", "id": "routines", "version": "1.0.0", "title": "Routines",
    ...     "criteria": [{"id": "taught", "title": "Taught", "required_level": 2, "levels": levels}]})
    >>> earns_award({"taught": 2}, rubric=rubric), earns_award({"taught": 1}, rubric=rubric)
    (True, False)
    """
    return bool(award_of_record(checked_record(record, rubric=rubric), rubric))


def points(record: Mapping[str, float], *, rubric: Rubric) -> float:
    """Return the levels added up, weighted where the award weighs them.

    Raises
    ------
    RatingsError
        As ``checked_record``.
    """
    levels = checked_record(record, rubric=rubric)
    return sum(weight * levels[one] for one, weight in _weights(rubric).items())


def points_possible(rubric: Rubric) -> float:
    """Return the points of a submission at the highest level throughout."""
    return sum(weight * rubric.criterion(one).level_numbers[-1] for one, weight in _weights(rubric).items())


def _weights(rubric: Rubric) -> Mapping[str, float]:
    return rubric.award.weights if isinstance(rubric.award, WeightedTotal) else dict.fromkeys(rubric.criterion_ids, 1.0)
