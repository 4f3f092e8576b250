"""A folder or a zip, read member by member: bounded, and never a step outside."""

import os
import re
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict, Field

from reviewkit.errors import SubmissionError

IGNORED = frozenset({".ds_store", "thumbs.db", "desktop.ini", "__macosx", ".git"})


class ArchiveSettings(BaseModel):
    """How much of a folder or zip is taken in.

    Attributes
    ----------
    max_members : int
        Files at most; more is a fault.
    max_member_bytes, max_total_bytes : int
        Bytes of one file, unpacked (a larger one is left out), and of all (what comes after is left out).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_members: int = Field(default=50_000, ge=1)
    max_member_bytes: int = Field(default=100 * 1024 * 1024, ge=1)
    max_total_bytes: int = Field(default=4 * 1024 * 1024 * 1024, ge=1)


class Member(BaseModel):
    """One file found, or the reason why it is left out."""

    model_config = ConfigDict(frozen=True)

    path: str
    fault: str | None = None


class Archive:
    """A folder or a zip file, opened for reading.

    Parameters
    ----------
    source : Path
        The folder or the zip.
    settings : ArchiveSettings, keyword-only

    Raises
    ------
    SubmissionError
        If it is neither, or holds more files than allowed.
    """

    def __init__(self, source: Path, *, settings: ArchiveSettings = ArchiveSettings()) -> None:
        self.source = source
        self._settings = settings
        self._taken = 0
        self._zip = None if source.is_dir() else _opened(source)
        self.members = tuple(self._found())
        if len(self.members) > settings.max_members:
            raise SubmissionError(f"{source}: holds more than {settings.max_members} files; split it")

    def _found(self) -> Iterator[Member]:
        seen: set[str] = set()
        for member in self._in_folder() if self._zip is None else self._in_zip(self._zip):
            parts = PurePosixPath(member.path).parts
            if any(part.lower() in IGNORED or part.startswith("._") for part in parts):
                continue
            if len(seen) > self._settings.max_members:
                raise SubmissionError(f"{self.source}: holds more than {self._settings.max_members} files; split it")
            key = member.path.casefold()
            yield member if key not in seen else Member(path=member.path, fault="stands twice; the first is read")
            seen.add(key)

    def _in_folder(self) -> Iterator[Member]:
        for folder, folders, names in os.walk(self.source, followlinks=False):
            folders.sort()
            for name in sorted([*names, *(one for one in folders if Path(folder, one).is_symlink())]):
                path = Path(folder, name)
                inner = path.relative_to(self.source).as_posix()
                regular = stat.S_ISREG(path.lstat().st_mode)
                size = path.lstat().st_size
                yield Member(path=inner, fault=self._size_fault(size) if regular else "is a link or no plain file")

    def _in_zip(self, archive: zipfile.ZipFile) -> Iterator[Member]:
        for info in sorted(archive.infolist(), key=lambda one: one.filename):
            if not info.filename.endswith("/"):
                yield Member(path=info.filename, fault=_zip_fault(info) or self._size_fault(info.file_size))

    def _size_fault(self, size: int) -> str | None:
        if size <= self._settings.max_member_bytes:
            return None
        return f"has {size} bytes, more than {self._settings.max_member_bytes}"

    def read(self, path: str) -> bytes:
        """Return a member's bytes.

        Raises
        ------
        SubmissionError
            If it unpacks to more than it says or than is allowed, or is damaged.
        """
        if self._taken > self._settings.max_total_bytes:
            most = self._settings.max_total_bytes
            raise SubmissionError(f"{self.source}: {path}: more than {most} bytes were read by now; split the archive")
        try:
            content = self._from_folder(path) if self._zip is None else self._from_zip(self._zip, path)
        except Exception as fault:  # zipfile raises whatever a damaged member happens to cause
            raise SubmissionError(f"{self.source}: {path}: cannot be read ({fault}); hand it in again") from None
        self._taken += len(content)
        return content

    def _from_folder(self, path: str) -> bytes:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(self.source / path, flags), "rb") as file:
            return self._bounded(file.read(self._settings.max_member_bytes + 1))

    def _from_zip(self, archive: zipfile.ZipFile, path: str) -> bytes:
        with archive.open(path) as file:
            return self._bounded(file.read(self._settings.max_member_bytes + 1))

    def _bounded(self, content: bytes) -> bytes:
        if len(content) > self._settings.max_member_bytes:
            raise ValueError(f"has more than {self._settings.max_member_bytes} bytes")
        return content


def _opened(source: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(source)
    except FileNotFoundError:
        raise SubmissionError(f"{source}: there is no such folder or file; check the path") from None
    except Exception:  # zipfile raises whatever a damaged directory happens to cause
        raise SubmissionError(f"{source}: is neither a folder nor a whole zip; export it again") from None


def _zip_fault(info: zipfile.ZipInfo) -> str | None:
    name = info.filename
    path = PurePosixPath(name)
    odd = any(mark in info.orig_filename for mark in ("\\", "\x00")) or re.match("[A-Za-z]:", name)
    if not name:
        return "has no name"
    if path.is_absolute() or ".." in path.parts or odd:
        return "its path leads out of the archive"
    if info.flag_bits & 0x1:
        return "is encrypted"
    mode = info.external_attr >> 16
    if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
        return "is a link or no plain file"
    return None
