"""What all records share: they are frozen, closed to unknown fields, and write levels and numbers in one way."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

DECIMALS = 6
Json = dict[str, Any]


def _summary_only(schema: Json) -> None:
    """Keep the first paragraph of a docstring as a schema's description."""
    if "description" in schema:
        schema["description"] = schema["description"].split("\n\n")[0]


class Record(BaseModel):
    """Base of every record: frozen, closed to unknown fields, never NaN."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, ser_json_inf_nan="null", json_schema_extra=_summary_only
    )


def level_text(level: float) -> str:
    """Write a level as the shortest decimal that gives it back.

    Examples
    --------
    >>> level_text(3.0), level_text(1.5)
    ('3', '1.5')
    """
    return str(int(level)) if float(level).is_integer() else repr(float(level))


def shortest(level: float) -> int | float:
    """Return a whole level as int, any other as float, so that JSON shows ``3`` and ``1.5``.

    Examples
    --------
    >>> shortest(3.0), shortest(1.5)
    (3, 1.5)
    """
    return int(level) if float(level).is_integer() else float(level)


def _six_decimals(value: float) -> float:
    return round(value, DECIMALS) + 0.0


Level = Annotated[float, PlainSerializer(shortest, return_type=int | float, when_used="json")]
Number = Annotated[float, AfterValidator(_six_decimals)]
Probability = Annotated[Number, Field(ge=0, le=1)]
Identifier = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[^\s\x00-\x1f](?:[^\x00-\x1f]*[^\s\x00-\x1f])?$"),
]
Identifiers = Annotated[str, StringConstraints(pattern=r"^[^\s\x00-\x1f](?:[^\x00-\x1f]*[^\s\x00-\x1f])?$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
