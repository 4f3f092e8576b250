"""What a fault looks like: where, what was found, what holds, what to do."""

from collections.abc import Sequence
from reprlib import Repr

from pydantic import ValidationError

_LONGEST_FOUND = 60
_SHORT = Repr()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother = 3, _LONGEST_FOUND, _LONGEST_FOUND
_KIND_TAGS = {"all-criteria", "weighted-total"}


def key_path(location: Sequence[int | str]) -> str:
    """Write a key path as a person reads it.

    Examples
    --------
    >>> key_path(("criteria", 0, "levels", 2, "level"))
    'criteria[0].levels[2].level'
    """
    path = ""
    for key in location:
        if isinstance(key, int):
            path += f"[{key}]"
        elif key not in _KIND_TAGS:
            path += f".{key}" if path else key
    return path


def validation_faults(error: ValidationError) -> list[str]:
    """Turn pydantic's findings into faults, a line each, in the order of the data.

    Examples
    --------
    >>> from reviewkit.records import Artifact
    >>> try:
    ...     Artifact.model_validate({"artifact_id": "a", "kind": 3, "text": "", "size": 1})
    ... except ValidationError as error:
    ...     validation_faults(error)
    ['kind: found 3, but it must be text', 'size: is no known field; remove it, or mend its name']
    """
    faults = []
    errors = error.errors(include_url=False)
    for one in errors:
        if one["type"] == "too_short" and any(_lies_within(other["loc"], one["loc"]) for other in errors):
            continue  # pydantic counts only the items that hold: the faults of the others say more
        where = key_path(one["loc"])
        what = _what_holds(one["type"], str(one["msg"]), found(one.get("input")))
        faults.append(f"{where}: {what}" if where else what)
    return faults


def _lies_within(inner: Sequence[int | str], outer: Sequence[int | str]) -> bool:
    return len(inner) > len(outer) and tuple(inner[: len(outer)]) == tuple(outer)


def found(value: object) -> str:
    """Quote what was found, cut to a length that a line can hold, however large or deep it is."""
    text = repr(value[: _LONGEST_FOUND + 1]) if isinstance(value, str) else _SHORT.repr(value)
    return text if len(text) <= _LONGEST_FOUND else text[: _LONGEST_FOUND - 3] + "..."


def _what_holds(kind: str, message: str, value: str) -> str:
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    plain = {
        "missing": "is missing; add it",
        "extra_forbidden": "is no known field; remove it, or mend its name",
        "string_type": f"found {value}, but it must be text",
        "tuple_type": f"found {value}, but it must be a list",
        "dict_type": f"found {value}, but it must be an object of keys and values",
        "model_type": f"found {value}, but it must be an object of keys and values",
        "union_tag_invalid": f"found {value}, but {message[:1].lower()}{message[1:]}",
        "literal_error": f"found {value}, but it must be {message.removeprefix('Input should be ')}",
    }
    if kind in plain:
        return plain[kind]
    return f"found {value}, but it {message.removeprefix('Input ').replace('should', 'must')}"
