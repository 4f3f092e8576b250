"""The form of reviewkit itself, ``reviewkit/rubric/1``, as YAML or JSON: the one that holds everything."""

import json
import re
from typing import Any

import yaml

from reviewkit.errors import RubricError
from reviewkit.files.documents import parse_document
from reviewkit.formats.draft import bounded, read_report, validated
from reviewkit.formats.loss import LossReport, measured
from reviewkit.formats.plain import decode, load_json
from reviewkit.records import Rubric

NAME = "reviewkit"
DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
NEXT_LINE = "\x85"
MARK = re.compile(rb"""["']?format["']?\s*:\s*["']?reviewkit/rubric/""")


def matches(content: bytes) -> bool:
    """Say whether the content names this form."""
    return MARK.search(content.replace(b"\x00", b"")) is not None


def read(content: bytes, *, name: str) -> tuple[Rubric, LossReport]:
    """Read YAML or JSON of the form ``reviewkit/rubric/1``.

    Raises
    ------
    RubricError
        If it is not; every fault is listed with its line or key path.
    """
    bounded(content, name=name)
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        value = load_json(content, name=name, error=RubricError)
    else:
        text, _ = decode(content, name=name, error=RubricError, unicode_only=True)
        value = parse_document(text, name=name, error=RubricError)
    if not isinstance(value, dict):
        raise RubricError(f"{name}: holds a {type(value).__name__}, but a rubric is an object of keys and values")
    return validated(value, name=name), read_report(NAME, ())


def write(rubric: Rubric, *, as_json: bool = False) -> tuple[bytes, LossReport]:
    """Write the rubric whole, as YAML or as JSON; what was left out stays out."""
    value = _slim(rubric.model_dump(mode="json", exclude_none=True))
    if as_json:
        text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    else:
        escaped = NEXT_LINE in rubric.model_dump_json()  # PyYAML writes this one bare and reads it as a line break
        text = yaml.dump(value, Dumper=DUMPER, sort_keys=False, allow_unicode=not escaped, width=110)
    content = text.encode("utf-8")
    back, _ = read(content, name="rubric")
    return content, measured(rubric, back, format_name=NAME, reasons={})


def _slim(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _slim(one) for key, one in value.items() if one not in ("", [], {}) and _slim(one) != {}}
    return [_slim(one) for one in value] if isinstance(value, list) else value
