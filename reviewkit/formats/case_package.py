"""What CASE 1.1 packages hold, as far as it bears on rubrics."""

from typing import Any

from pydantic import Field

from reviewkit.formats.draft import Foreign


class CaseLink(Foreign):
    """A link to another object."""

    title: str | None = None
    identifier: str | None = None
    uri: str | None = None


class CaseLevel(Foreign):
    """A ``CFRubricCriterionLevel``."""

    identifier: str | None = None
    uri: str | None = None
    last_change: str | None = Field(default=None, alias="lastChangeDateTime")
    description: str | None = None
    quality: str | None = None
    score: float | None = None
    feedback: str | None = None
    position: int | None = None
    rubric_criterion_id: str | None = Field(default=None, alias="rubricCriterionId")


class CaseCriterion(Foreign):
    """A ``CFRubricCriterion``."""

    identifier: str | None = None
    uri: str | None = None
    last_change: str | None = Field(default=None, alias="lastChangeDateTime")
    category: str | None = None
    description: str | None = None
    item: CaseLink | None = Field(default=None, alias="CFItemURI")
    weight: float | None = None
    position: int | None = None
    rubric_id: str | None = Field(default=None, alias="rubricId")
    levels: list[CaseLevel] = Field(default=[], alias="CFRubricCriterionLevels")
    extensions: dict[str, Any] = Field(default={})


class CaseRubric(Foreign):
    """A ``CFRubric``."""

    identifier: str | None = None
    uri: str | None = None
    last_change: str | None = Field(default=None, alias="lastChangeDateTime")
    title: str | None = None
    description: str | None = None
    criteria: list[CaseCriterion] = Field(default=[], alias="CFRubricCriteria")
    extensions: dict[str, Any] = Field(default={})


class CaseItem(Foreign):
    """A ``CFItem``: a statement of the framework."""

    identifier: str
    statement: str = Field(default="", alias="fullStatement")


class CaseAssociation(Foreign):
    """A ``CFAssociation`` between two items."""

    kind: str = Field(alias="associationType")
    origin: CaseLink = Field(alias="originNodeURI")
    destination: CaseLink = Field(alias="destinationNodeURI")


class CasePackage(Foreign):
    """The parts of a ``CFPackage`` that bear on rubrics."""

    rubrics: list[CaseRubric] = Field(default=[], alias="CFRubrics")
    items: list[CaseItem] = Field(default=[], alias="CFItems")
    associations: list[CaseAssociation] = Field(default=[], alias="CFAssociations")
