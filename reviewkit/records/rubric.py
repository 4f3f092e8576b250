"""The rubric: criteria, their performance levels, what a submission must hold, and the rule of the award."""

import hashlib
import json
import unicodedata
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from reviewkit.records.base import Identifier, Level, Record, level_text

RUBRIC_FORMAT = "reviewkit/rubric/1"
REFLECTION = "reflection"

RecordRule = Literal["mean-half-up", "mean-half-down", "median-low", "median-high", "adjudicate"]
Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class PerformanceLevel(Record):
    """One level of a criterion: its number, its name, and the descriptor that says what earns it.

    Examples
    --------
    >>> PerformanceLevel(level=1.5, name="Emerging", descriptor="Names a routine.").level
    1.5
    """

    level: Level
    name: Line
    descriptor: str = ""


class Criterion(Record):
    """One thing that the rubric looks at, with its performance levels, lowest first.

    Attributes
    ----------
    reads : tuple of str or None
        Parts that speak to the criterion: ``"reflection"`` and kinds of artifact. ``None``: everything.
    required_level : float or None
        The level that earns the award. ``None``: nothing is borderline here.
    levels : tuple of PerformanceLevel
        2 to 61, numbers rising.

    Examples
    --------
    >>> levels = [{"level": 0, "name": "Not yet"}, {"level": 2, "name": "Proficient"}]
    >>> criterion = Criterion(id="taught", title="Taught", required_level=2, levels=levels)
    >>> criterion.level_numbers, criterion.required_index, criterion.level_index(0)
    ((0.0, 2.0), 1, 0)
    """

    id: Slug
    title: Line
    description: str = ""
    reads: tuple[Identifier, ...] | None = None
    required_level: Level | None = None
    levels: tuple[PerformanceLevel, ...] = Field(min_length=2, max_length=61)

    @model_validator(mode="after")
    def _levels_rise(self) -> "Criterion":
        for lower, upper in zip(self.levels, self.levels[1:], strict=False):
            if upper.level <= lower.level:
                raise ValueError(
                    f"level {level_text(upper.level)} ({upper.name}) follows level {level_text(lower.level)} "
                    f"({lower.name}); list levels from lowest to highest, each number once"
                )
        if self.required_level is not None and self.required_level not in self.level_numbers:
            raise ValueError(
                f"required_level is {level_text(self.required_level)}, but the levels are "
                f"{', '.join(map(level_text, self.level_numbers))}; name one of them"
            )
        if self.reads is not None and not self.reads:
            raise ValueError("reads is empty; name a part, or leave it out to read everything")
        return self

    @property
    def level_numbers(self) -> tuple[float, ...]:
        """The rubric's own level numbers, lowest first."""
        return tuple(one.level for one in self.levels)

    @property
    def required_index(self) -> int | None:
        """Index of the required level among the levels, or None."""
        return None if self.required_level is None else self.level_numbers.index(self.required_level)

    def level_index(self, level: float) -> int:
        """Index of a level number.

        Raises
        ------
        ValueError
            If the criterion has no such level.
        """
        if level not in self.level_numbers:
            raise ValueError(
                f"level {level_text(level)} is none of criterion {self.id!r}, which has "
                f"{', '.join(map(level_text, self.level_numbers))}"
            )
        return self.level_numbers.index(level)


class ReflectionRequirement(Record):
    """What the reflection must hold: words at least and at most, and the prompts it answers."""

    min_words: int | None = Field(default=None, ge=0)
    max_words: int | None = Field(default=None, ge=1)
    prompts: tuple[Line, ...] = ()

    @model_validator(mode="after")
    def _bounds_hold(self) -> "ReflectionRequirement":
        if self.min_words is not None and self.max_words is not None and self.min_words > self.max_words:
            raise ValueError(f"min_words is {self.min_words}, above max_words {self.max_words}; swap or mend them")
        return self


class ArtifactRequirement(Record):
    """A kind of artifact that must be handed in, and how many of it.

    Examples
    --------
    >>> ArtifactRequirement(kind="student-work", min_count=2).description
    ''
    """

    kind: Identifier
    min_count: int = Field(default=1, ge=0)
    description: str = ""


class Requirements(Record):
    """What a submission must hold before anyone reads it."""

    reflection: ReflectionRequirement = ReflectionRequirement()
    artifacts: tuple[ArtifactRequirement, ...] = ()


class AllCriteria(Record):
    """The award is earned where every criterion with a required level meets it.

    Examples
    --------
    >>> AllCriteria().rule
    'all-criteria'
    """

    rule: Literal["all-criteria"] = "all-criteria"


class WeightedTotal(Record):
    """The award is earned where the weighted total of the levels reaches the cut.

    Attributes
    ----------
    weights : dict of str to float
        By criterion id; a criterion that is left out does not count.
    cut : float
        Total, in weights times level numbers, that earns the award.

    Examples
    --------
    >>> award = WeightedTotal(weights={"taught": 2, "evidence": 1}, cut=8)
    >>> levels = {"taught": 3, "evidence": 2}
    >>> sum(weight * levels[name] for name, weight in award.weights.items()) >= award.cut
    True
    """

    rule: Literal["weighted-total"] = "weighted-total"
    weights: dict[str, float] = Field(min_length=1)
    cut: float


Award = Annotated[AllCriteria | WeightedTotal, Field(discriminator="rule")]


class Rubric(Record):
    """A rubric: what a reviewer holds a submission against.

    Attributes
    ----------
    record_rule : str
        How blind ratings become the score of record, over level numbers, then the nearest level:
        ``"mean-half-up"``, ``"mean-half-down"``, ``"median-low"``, ``"median-high"`` or ``"adjudicate"``
        (two raters who differ wait for an adjudication).
    award : AllCriteria, WeightedTotal or None
        Left out, it is ``all-criteria`` where any criterion has a required level.

    Examples
    --------
    >>> levels = [{"level": 1, "name": "Not yet"}, {"level": 2, "name": "Proficient"}]
    >>> rubric = Rubric.model_validate({
    ...     "format": "reviewkit/rubric/1", "id": "routines", "version": "1.0.0", "title": "Routines",
    ...     "criteria": [{"id": "taught", "title": "Taught", "required_level": 2, "levels": levels}]})
    >>> rubric.criterion("taught").level_numbers
    (1.0, 2.0)
    >>> len(rubric.digest)
    64
    """

    format: Literal["reviewkit/rubric/1"]
    id: Slug
    version: Line
    title: Line
    competency: str = ""
    record_rule: RecordRule = "mean-half-up"
    requirements: Requirements = Requirements()
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    award: Award | None = None

    @model_validator(mode="before")
    @classmethod
    def _award_from_required_levels(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("award") is None:
            criteria = data.get("criteria")
            rows = criteria if isinstance(criteria, list | tuple) else ()
            if any(_required_level(row) is not None for row in rows):
                return {**data, "award": {"rule": "all-criteria"}}
        return data

    @model_validator(mode="after")
    def _parts_fit(self) -> "Rubric":
        ids = [criterion.id for criterion in self.criteria]
        twice = sorted({one for one in ids if ids.count(one) > 1}) if len(set(ids)) < len(ids) else []
        if twice:
            raise ValueError(f"criteria: id {twice[0]!r} stands twice; give each criterion an id of its own")
        if isinstance(self.award, WeightedTotal):
            unknown = sorted(set(self.award.weights) - set(ids))
            if unknown:
                raise ValueError(f"award.weights names {unknown[0]!r}, but the criteria are {', '.join(ids)}")
        if isinstance(self.award, AllCriteria) and all(c.required_level is None for c in self.criteria):
            raise ValueError(
                "award is all-criteria, but no criterion has a required_level; give one, or leave award out"
            )
        return self

    @property
    def criterion_ids(self) -> tuple[str, ...]:
        """Ids of the criteria, in the rubric's order."""
        return tuple(criterion.id for criterion in self.criteria)

    def criterion(self, criterion_id: str) -> Criterion:
        """Return the criterion of that id; KeyError if there is none."""
        for criterion in self.criteria:
            if criterion.id == criterion_id:
                return criterion
        raise KeyError(f"rubric {self.id!r} has no criterion {criterion_id!r}; it has {', '.join(self.criterion_ids)}")

    @property
    def digest(self) -> str:
        """SHA-256 of the rubric's meaning, hex: layout, key order and defaults written out do not change it."""
        return hashlib.sha256(canonical_json(_meaning(self.model_dump(mode="json")))).hexdigest()


def _required_level(row: object) -> object:
    return row.get("required_level") if isinstance(row, dict) else getattr(row, "required_level", None)


def canonical_json(value: Any) -> bytes:
    """Write a JSON value in its one canonical form: sorted keys, no blanks, UTF-8.

    Examples
    --------
    >>> canonical_json({"b": 1, "a": [True]})
    b'{"a":[true],"b":1}'
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def _meaning(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", value).split())
    if isinstance(value, dict):
        return {key: _meaning(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_meaning(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
