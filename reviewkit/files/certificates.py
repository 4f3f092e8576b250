"""Certificates in files: one record, or a list of them."""

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from reviewkit.errors import FileFormatError
from reviewkit.files.documents import parse_document, text_of
from reviewkit.files.faults import validation_faults
from reviewkit.files.writing import json_text, write_whole
from reviewkit.records import Certificate


def read_certificates(path: Path | str) -> tuple[Certificate, ...]:
    """Read the certificates of a JSON file: one record, or a list of them.

    Parameters
    ----------
    path : Path or str

    Returns
    -------
    tuple of Certificate

    Raises
    ------
    FileFormatError
        If the file cannot be read or holds anything else; every fault is listed.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "certificates.json"
    ...     _ = path.write_text('{"certificate_id": "spring"}', encoding="utf-8")
    ...     read_certificates(path)
    Traceback (most recent call last):
    reviewkit.errors.FileFormatError: .../certificates.json: 10 faults
    ...
    """
    path = Path(path)
    data = parse_document(text_of(path, FileFormatError), name=str(path))
    found, faults = [], []
    for at, one in enumerate(data if isinstance(data, list) else [data]):
        try:
            found.append(Certificate.model_validate(one))
        except ValidationError as faulty:
            where = f"{path}: [{at}]" if isinstance(data, list) else str(path)
            faults += [f"{where}: {fault}" for fault in validation_faults(faulty)]
    if faults:
        raise FileFormatError(f"{path}: {len(faults)} faults", faults=faults)
    return tuple(found)


def write_certificates(path: Path | str, certificates: Sequence[Certificate], *, force: bool = False) -> None:
    """Write one certificate as a record, several as a list, for :func:`read_certificates`.

    Parameters
    ----------
    path : Path or str
    certificates : sequence of Certificate
    force : bool
        Replace a file that stands already.

    Raises
    ------
    OutputExistsError
        If the file stands already and ``force`` is not set.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_certificates(f"{folder}/none.json", [])
    ...     read_certificates(f"{folder}/none.json")
    ()
    """
    rows = [json.loads(json_text(one)) for one in certificates]
    text = json.dumps(rows[0] if len(rows) == 1 else rows, ensure_ascii=False, indent=1)
    write_whole(path, f"{text}\n".encode(), force=force)
