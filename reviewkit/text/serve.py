"""The reading process: it reads the files that it is told of, within its own bounds, and answers in JSON."""

import json
import os
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

from reviewkit.errors import ExtractionError
from reviewkit.text.bounds import ExtractionSettings
from reviewkit.text.reading import read_file

LENGTH = struct.Struct(">I")


def write_message(stream: BinaryIO, message: dict[str, Any]) -> None:
    """Write a message: the length of its JSON, then its JSON."""
    data = json.dumps(message).encode("ascii")
    stream.write(LENGTH.pack(len(data)) + data)
    stream.flush()


def read_message(stream: BinaryIO, *, max_bytes: int) -> dict[str, Any] | None:
    """Return the next message; None where the other side has gone or says what is no message."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size or LENGTH.unpack(head)[0] > max_bytes:
        return None
    data = stream.read(LENGTH.unpack(head)[0])
    try:
        message = json.loads(data)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def bound_process(settings: ExtractionSettings) -> None:
    """Bound this process's memory and keep it from writing files; where the system knows no bounds, only time holds."""
    try:
        import resource
    except ImportError:
        return
    memory = settings.max_memory_mib * 2**20
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        hard = resource.getrlimit(limit)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (bound, bound))


def answer(path: Path, *, settings: ExtractionSettings) -> dict[str, Any]:
    """Return what a file yields, or how it failed, as a message."""
    try:
        read = read_file(path, settings=settings)
    except ExtractionError as error:
        return {"message": str(error), "code": error.code}
    except MemoryError:
        return {"message": f"{path.name}: reading it took more memory than the bound.", "code": "too-large"}
    return {"text": read.text, "kind": read.kind, "hidden": [list(one) for one in read.hidden]}


def serve() -> None:
    """Answer until the other side closes; the process's own output goes nowhere."""
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    first = read_message(questions, max_bytes=1_000_000)
    if first is None:
        return
    settings = ExtractionSettings.model_validate(first)
    sys.setrecursionlimit(2_000)
    bound_process(settings)
    write_message(answers, {"ready": True})
    while (question := read_message(questions, max_bytes=1_000_000)) is not None:
        write_message(answers, answer(Path(question["path"]), settings=settings))


if __name__ == "__main__":
    serve()
