"""One record a file: YAML or JSON."""

import json
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from reviewkit.errors import FileFormatError, RubricError
from reviewkit.files.faults import validation_faults
from reviewkit.records import Record, Rubric

AnyRecord = TypeVar("AnyRecord", bound=Record)
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_rubric(path: Path | str) -> Rubric:
    """Read a rubric from YAML or JSON.

    Parameters
    ----------
    path : Path or str
        A file of the form ``reviewkit/rubric/1``.

    Returns
    -------
    Rubric

    Raises
    ------
    RubricError
        If the file is not UTF-8, not YAML, or not such a rubric; every fault is listed with its key path.

    Examples
    --------
    >>> from reviewkit import shipped_folder
    >>> rubric = read_rubric(shipped_folder("rubrics") / "classroom-management.yaml")
    >>> rubric.criterion_ids
    ('routines', 'responses', 'pupil-voice', 'use-of-evidence')
    >>> rubric.criterion("routines").required_level
    3.0
    """
    return read_document(path, Rubric, error=RubricError)


def read_document(
    path: Path | str, record: type[AnyRecord], *, error: type[FileFormatError] = FileFormatError
) -> AnyRecord:
    """Read one record from a YAML or JSON file.

    Raises
    ------
    FileFormatError
        Or the given subclass: the file cannot be read, or breaks the record's form.

    Examples
    --------
    >>> from reviewkit import Rubric, shipped_folder
    >>> read_document(shipped_folder("rubrics") / "classroom-management.yaml", Rubric).id
    'classroom-management'
    """
    path = Path(path)
    data = parse_document(text_of(path, error), name=str(path), error=error)
    try:
        return record.model_validate(data)
    except ValidationError as faulty:
        faults = [f"{path}: {fault}" for fault in validation_faults(faulty)]
        if len(faults) == 1:
            raise error(faults[0]) from None
        raise error(f"{path}: {len(faults)} faults", faults=faults) from None


def parse_document(text: str, *, name: str, error: type[FileFormatError] = FileFormatError) -> Any:
    """Parse YAML or JSON text whose keys are unique; faults carry ``name`` and the line."""
    try:
        return yaml.load(text, Loader=_UniqueKeys)
    except yaml.MarkedYAMLError as faulty:
        line = faulty.problem_mark.line + 1 if faulty.problem_mark else 1
        raise error(f"{name}:{line}: is not YAML: {faulty.problem or faulty.context}; mend that line.") from None
    except (yaml.YAMLError, RecursionError, ValueError) as faulty:
        raise error(f"{name}: is not YAML ({faulty}); mend it.") from None


def text_of(path: Path, error: type[FileFormatError]) -> str:
    """Read a file as UTF-8, or say why that cannot be."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise error(f"{path}: there is no such file; check the path.") from None
    except UnicodeDecodeError as faulty:
        raise error(f"{path}: byte {faulty.start} is not UTF-8; save the file as UTF-8.") from None
    except OSError as faulty:
        raise error(f"{path}: cannot be read ({faulty.strerror}).") from None


class _UniqueKeys(_Loader):  # type: ignore[misc]
    """A safe loader that refuses a key that stands twice and leaves dates as text."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key is no plain text", key.start_mark)
            if key.value in seen and isinstance(key.value, str):
                raise yaml.constructor.ConstructorError(None, None, f"key {key.value!r} stands twice", key.start_mark)
            if isinstance(key.value, str):
                seen.add(key.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


_UniqueKeys.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}


def strict_json(text: str) -> Any:
    """Parse JSON that has no NaN, no key twice and no half of a surrogate pair.

    Raises
    ------
    ValueError
        Saying what was found.

    Examples
    --------
    >>> strict_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ValueError: key 'a' stands twice; keep one
    """
    try:
        value = json.loads(text, object_pairs_hook=_unique_pairs, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("is nested too deeply; flatten it") from None
    except json.JSONDecodeError as faulty:
        raise ValueError(f"is not JSON: {faulty.msg.lower()} at column {faulty.colno}; mend the line") from None
    if "\\ud" in text.lower():
        _refuse_surrogates(value)
    return value


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"key {twice!r} stands twice; keep one")
    return mapping


def _no_constant(name: str) -> float:
    raise ValueError(f"holds {name}, which JSON does not know; write a number or null")


def _refuse_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("holds half of a surrogate pair, which is no character; write the whole pair") from None
