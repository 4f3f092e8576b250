"""What every record of results shares: frozen, nan where undefined in Python, null in JSON."""

import math
from typing import Any

from pydantic import ConfigDict

from reviewkit.records.base import Record


class Figures(Record):
    """Base of a record of results: frozen, closed to unknown fields; ``nan`` is undefined.

    Examples
    --------
    >>> class Half(Figures):
    ...     value: float
    >>> Half(value=float("nan")).to_json()
    {'value': None}
    """

    model_config = ConfigDict(allow_inf_nan=True)

    def to_json(self) -> dict[str, Any]:
        """Return the record as JSON values, with None where a number is undefined or infinite."""
        cleaned: dict[str, Any] = _finite(self.model_dump(mode="json"))
        return cleaned


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
