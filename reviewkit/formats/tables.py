"""Lists of any record to and from Arrow, pandas and polars, with columns that stay the same.

A column a field, in the record's order and under its name in files. Texts, numbers and truth values are columns of
their kind; times are ISO 8601 text; everything nested is JSON text. So a table goes to CSV or Parquet and back.
"""

import json
import math
import types
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from reviewkit.errors import DependencyError, FileFormatError
from reviewkit.files.faults import validation_faults
from reviewkit.records import Record

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

AnyRecord = TypeVar("AnyRecord", bound=Record)
Kind = Literal["text", "float", "int", "bool", "json"]
KINDS: dict[type, Kind] = {str: "text", float: "float", int: "int", bool: "bool", datetime: "text"}
PANDAS: dict[Kind, str] = {"text": "string", "float": "Float64", "int": "Int64", "bool": "boolean", "json": "string"}


def columns(record: type[Record]) -> dict[str, Kind]:
    """Return name and kind of each column of a table of that record.

    Examples
    --------
    >>> from reviewkit.records import PartDigest
    >>> columns(PartDigest)
    {'part': 'text', 'n_chars': 'int', 'sha256': 'text'}
    """
    return {info.alias or name: _kind(info.annotation) for name, info in record.model_fields.items()}


def _kind(annotation: Any) -> Kind:
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        kinds = {_kind(one) for one in get_args(annotation) if one is not type(None)}
        return kinds.pop() if len(kinds) == 1 else "json"
    if origin is Literal:
        return "text" if all(isinstance(one, str) for one in get_args(annotation)) else "json"
    if origin is not None and hasattr(annotation, "__metadata__"):
        return _kind(get_args(annotation)[0])
    return KINDS.get(annotation, "json")


def to_rows(records: Iterable[Record], *, record: type[Record]) -> dict[str, list[Any]]:
    """Return the columns as lists, the absent as None."""
    kinds = columns(record)
    dumped = [one.model_dump(mode="json", by_alias=True) for one in records]
    return {name: [_cell(row[name], kind) for row in dumped] for name, kind in kinds.items()}


def _cell(value: Any, kind: Kind) -> Any:
    if value is None:
        return None
    if kind == "json":
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return float(value) if kind == "float" else value


def from_rows(rows: Mapping[str, Sequence[Any]], *, record: type[AnyRecord]) -> list[AnyRecord]:
    """Return the records of columns given as lists; columns may be missing where the record has a default.

    Raises
    ------
    FileFormatError
        If a column is none of the record's, or rows break its form; each is listed.
    """
    kinds = columns(record)
    unknown = [name for name in rows if name not in kinds]
    if unknown:
        raise FileFormatError(f"column {unknown[0]!r} is none of a {record.__name__}'s, which are {', '.join(kinds)}")
    required = {info.alias or name: info for name, info in record.model_fields.items()}
    length = len(next(iter(rows.values()), ()))
    found, faults = [], list[str]()
    for at in range(length):
        try:
            cells = {name: _value(values[at], kinds[name]) for name, values in rows.items()}
            found.append(record.model_validate({k: v for k, v in cells.items() if _stays(v, required[k])}))
        except ValidationError as fault:
            faults += [f"row {at}: {one}" for one in validation_faults(fault)]
        except json.JSONDecodeError as fault:
            faults.append(f"row {at}: holds text that is no JSON ({fault.msg}); nested fields are JSON text")
    if faults:
        raise FileFormatError(f"{len(faults)} faults in the rows of a {record.__name__} table", faults=faults)
    return found


def _stays(value: Any, info: FieldInfo) -> bool:
    return value is not None or info.is_required()


def _value(cell: Any, kind: Kind) -> Any:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)) or type(cell).__name__ in ("NAType", "NaTType"):
        return None
    return json.loads(cell) if kind == "json" else cell


def to_arrow(records: Iterable[Record], *, record: type[Record]) -> "pyarrow.Table":
    """Return an Arrow table.

    Parameters
    ----------
    records : iterable of Record
    record : type of Record
        Their type: its fields are the columns, also where there is no record.

    Raises
    ------
    DependencyError
        If pyarrow is not installed.
    """
    arrow = _needed("pyarrow", extra="parquet")
    types_of = {"text": arrow.string(), "float": arrow.float64(), "int": arrow.int64(), "bool": arrow.bool_()}
    fields = [(name, types_of.get(kind, arrow.string())) for name, kind in columns(record).items()]
    return arrow.table(to_rows(records, record=record), schema=arrow.schema(fields))


def from_arrow(table: "pyarrow.Table", *, record: type[AnyRecord]) -> list[AnyRecord]:
    """Return the records of an Arrow table; see ``from_rows`` for its errors."""
    return from_rows(table.to_pydict(), record=record)


def to_pandas(records: Iterable[Record], *, record: type[Record]) -> "pandas.DataFrame":
    """Return a pandas DataFrame whose columns may hold ``NA``.

    Parameters
    ----------
    records, record
        As for ``to_arrow``.

    Raises
    ------
    DependencyError
        If pandas is not installed.
    """
    pandas = _needed("pandas", extra="pandas")
    kinds = columns(record)
    rows = to_rows(records, record=record)
    return pandas.DataFrame({name: pandas.array(rows[name], dtype=PANDAS[kind]) for name, kind in kinds.items()})


def from_pandas(frame: "pandas.DataFrame", *, record: type[AnyRecord]) -> list[AnyRecord]:
    """Return the records of a pandas DataFrame; see ``from_rows`` for its errors."""
    plain = frame.astype(object)
    return from_rows({str(name): plain[name].tolist() for name in plain.columns}, record=record)


def to_polars(records: Iterable[Record], *, record: type[Record]) -> "polars.DataFrame":
    """Return a polars DataFrame.

    Parameters
    ----------
    records, record
        As for ``to_arrow``.

    Raises
    ------
    DependencyError
        If polars is not installed.
    """
    polars = _needed("polars", extra="polars")
    types_of = {"text": polars.String, "float": polars.Float64, "int": polars.Int64, "bool": polars.Boolean}
    schema = {name: types_of.get(kind, polars.String) for name, kind in columns(record).items()}
    return polars.DataFrame(to_rows(records, record=record), schema=schema)


def from_polars(frame: "polars.DataFrame", *, record: type[AnyRecord]) -> list[AnyRecord]:
    """Return the records of a polars DataFrame; see ``from_rows`` for its errors."""
    return from_rows(frame.to_dict(as_series=False), record=record)


def _needed(package: str, *, extra: str) -> Any:
    import importlib

    try:
        return importlib.import_module(package)
    except ImportError:
        raise DependencyError(
            f"this table needs {package}, which is not installed; run pip install 'reviewkit[{extra}]'"
        ) from None
