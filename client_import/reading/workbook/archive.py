"""The parts of a workbook that is a zip archive, unpacked piece by piece up to a limit."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from client_import.errors import SourceError
from client_import.reading.limits import Limits
from client_import.reading.workbook.sheet import PASSWORD, broken

DAMAGED = (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error)
"""The exceptions that reading an archive can raise."""

_PIECE = 1 << 16
_MOST_DIRECTORY_BYTES = 4 << 20
"""The size of the list of all parts; that of a workbook with a hundred sheets is 20 KB."""

_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_END_64_PLACE = struct.Struct("<4sLQL")
_LONGEST_COMMENT = 0xFFFF
_IS_ENCRYPTED = 1


class Archive:
    """The zip archive at ``path``. Raises SourceError if it is broken, or if its list of parts is out of proportion.

    What is unpacked is counted, and reading raises SourceError once it is more than ``limits`` allow.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self._unpacked = 0
        self._most_mb = limits.unpacked_mb
        self._file = path.open("rb")
        try:
            if _directory_bytes(self._file) > _MOST_DIRECTORY_BYTES:
                raise broken("it has far more parts than a workbook has")
            self._zip = zipfile.ZipFile(self._file)
        except BaseException as error:
            self._file.close()
            if isinstance(error, DAMAGED):
                raise broken(error) from None
            raise
        self._parts = {_normal(info.filename): info for info in self._zip.infolist()}

    def close(self) -> None:
        """Close the file, also where parts of it are still being read."""
        self._zip.close()
        self._file.close()

    def has(self, part: str) -> bool:
        """Return whether there is such a part; letter case does not matter."""
        return _normal(part) in self._parts

    def pieces(self, part: str) -> Iterator[bytes]:
        """Yield the content of the part in pieces of 64 KiB."""
        info = self._parts.get(_normal(part))
        if info is None:
            raise broken(f"it has no {part}")
        if info.flag_bits & _IS_ENCRYPTED:
            raise SourceError(PASSWORD)
        try:
            with self._zip.open(info) as stream:
                while piece := stream.read(_PIECE):
                    self._unpacked += len(piece)
                    if self._unpacked > self._most_mb << 20:
                        raise SourceError(
                            f"The workbook unpacks to more than {self._most_mb:,} MiB, the most an import takes. Split "
                            "it, or raise CLIENT_IMPORT_MAX_UNPACKED_MB."
                        )
                    yield piece
        except DAMAGED as error:
            raise broken(error) from None


def _normal(part: str) -> str:
    return part.replace("\\", "/").lstrip("/").casefold()


def _directory_bytes(file: BinaryIO) -> int:
    """Return the size of the list of parts, which zipfile reads into memory as a whole; 0 if it cannot be found."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END.size - _LONGEST_COMMENT - _END_64_PLACE.size))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < _END.size:
        return 0
    of_all = int(_END.unpack_from(tail, place)[5])
    before = place - _END_64_PLACE.size
    if before >= 0 and tail[before:].startswith(b"PK\x06\x07"):
        file.seek(min(_END_64_PLACE.unpack_from(tail, before)[2], size))
        end = file.read(_END_64.size)
        if len(end) == _END_64.size:
            return int(_END_64.unpack(end)[8])
    return of_all
