"""Packed office files: opened only after what they would unpack to is known, and read without entities."""

import zipfile
from pathlib import Path
from typing import Any

from reviewkit.errors import ExtractionError
from reviewkit.text.bounds import ExtractionSettings, fault

CHUNK = 1 << 16
MAX_XML_BYTES = 40_000_000
_REMEDY = "save it again from the program it was made with"


class Package:
    """A packed office file whose members are read within bounds.

    Parameters
    ----------
    path : Path
        The file.
    settings : ExtractionSettings, keyword-only
        Bounds on the number, size and ratio of its members.

    Raises
    ------
    ExtractionError
        With code ``"too-large"`` where it unpacks to more than the bounds, ``"encrypted"``, or ``"damaged"``.
    """

    def __init__(self, path: Path, *, settings: ExtractionSettings) -> None:
        self.path = path
        self._settings = settings
        try:
            self._packed = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise fault(path, f"it cannot be unpacked ({error})", holds=_REMEDY, code="damaged") from None
        self._check(self._packed.infolist())
        self.names = frozenset(self._packed.namelist())
        self._unpacked = 0

    def _check(self, members: list[zipfile.ZipInfo]) -> None:
        bound = self._settings
        if len(members) > bound.max_members:
            self._too_large(f"it packs {len(members):,} members, above the bound of {bound.max_members:,}")
        total = sum(member.file_size for member in members)
        if total > bound.max_unpacked_bytes:
            self._too_large(f"it unpacks to {total:,} bytes, above the bound of {bound.max_unpacked_bytes:,}")
        for member in members:
            if member.flag_bits & 1:
                raise fault(self.path, "it is locked with a password", holds="hand it in without", code="encrypted")
            ratio = member.file_size / max(member.compress_size, 1)
            if ratio > bound.max_ratio and member.file_size > 1_000_000:
                self._too_large(f"{member.filename} unpacks to {ratio:,.0f} times its size ({bound.max_ratio:g} holds)")

    def _too_large(self, found: str) -> None:
        raise fault(self.path, found, holds=f"honest office files stay below; {_REMEDY}", code="too-large")

    def read(self, name: str) -> bytes:
        """Return a member's bytes; what it really unpacks to counts, not what it says."""
        pieces: list[bytes] = []
        try:
            with self._packed.open(name) as stream:
                while piece := stream.read(CHUNK):
                    pieces.append(piece)
                    self._unpacked += len(piece)
                    if self._unpacked > self._settings.max_unpacked_bytes:
                        self._too_large(f"it unpacks to more than {self._settings.max_unpacked_bytes:,} bytes")
        except KeyError:
            raise fault(self.path, f"it lacks {name}", holds=_REMEDY, code="damaged") from None
        except ExtractionError:
            raise
        except Exception as error:  # zipfile and its decompressors raise many kinds on damaged members
            raise fault(self.path, f"{name} cannot be unpacked ({error})", holds=_REMEDY, code="damaged") from None
        return b"".join(pieces)

    def xml(self, name: str) -> Any:
        """Return the root of an XML member; a document type or an entity in it is refused, nothing is fetched.

        Raises
        ------
        ExtractionError
            With code ``"entities"`` or ``"damaged"``.
        """
        from defusedxml import DefusedXmlException
        from defusedxml import ElementTree as SafeTree

        data = self.read(name)
        if len(data) > MAX_XML_BYTES:
            self._too_large(f"{name} unpacks to {len(data):,} bytes, above the bound of {MAX_XML_BYTES:,} for one part")
        try:
            return SafeTree.fromstring(data, forbid_dtd=True)
        except DefusedXmlException:
            found = f"{name} declares a document type or entities, which no office program writes"
            raise fault(self.path, found, holds=_REMEDY, code="entities") from None
        except ExtractionError:
            raise
        except (SyntaxError, ValueError, LookupError) as error:
            raise fault(self.path, f"{name} is not well-formed ({error})", holds=_REMEDY, code="damaged") from None

    def close(self) -> None:
        """Close the file."""
        self._packed.close()

    def __enter__(self) -> "Package":
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()
