"""Store the source file byte for byte, and open it: unpacked, or a sheet as text (docs/rules.md, sections 2, 12)."""

from __future__ import annotations

import gzip
import os
import shutil
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from client_import.errors import SourceError
from client_import.reading.limits import Limits
from client_import.reading.workbook.sheet import SheetText
from client_import.reading.workbook.sheet_text import SheetReader, open_sheet

UNREADABLE = (OSError, EOFError, zlib.error)
"""The exceptions that reading a file, packed or not, can raise."""

_GZIP = b"\x1f\x8b"

_FAR = 256 << 20

_SIGNATURES = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "a Microsoft Office document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
)


def keep_source(stream: BinaryIO, destination: Path) -> None:
    """Copy all bytes of ``stream`` to ``destination`` and flush them to the disk. Raises OSError."""
    with destination.open("wb") as kept:
        shutil.copyfileobj(stream, kept, 1 << 20)
        kept.flush()
        os.fsync(kept.fileno())


def cannot_be_read(error: Exception) -> SourceError:
    """Return the error for a file that ``error`` keeps from being read on."""
    return SourceError(
        f"The file cannot be read to its end ({str(error).splitlines()[0]}). Export it again; if it is packed, unpack "
        "it and import what is inside."
    )


class _Unpacked(gzip.GzipFile):
    """A gzip file that raises SourceError if it unpacks to more than ``most_mb`` MiB."""

    def __init__(self, path: Path, most_mb: int) -> None:
        super().__init__(path)
        self._most_mb = most_mb

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        if self.tell() > self._most_mb << 20:
            raise SourceError(
                f"The file unpacks to more than {self._most_mb:,} MiB, the most an import takes. Split it, or raise "
                "CLIENT_IMPORT_MAX_UNPACKED_MB."
            )
        return data


def is_packed(path: Path) -> bool:
    """Return whether the file is gzip. Raises OSError."""
    with path.open("rb") as stream:
        return stream.read(len(_GZIP)) == _GZIP


def open_source(
    path: Path, limits: Limits, sheet: SheetText | None = None
) -> gzip.GzipFile | BufferedReader | SheetReader:
    """Open the source file for reading, unpack it if it is gzip, and read the ``sheet`` as text if it is a workbook.

    Raises SourceError if it cannot be opened. Reading raises SourceError if it unpacks to more than ``limits`` allow.
    """
    try:
        if sheet is not None:
            return open_sheet(path, sheet, limits)
        return _Unpacked(path, limits.unpacked_mb) if is_packed(path) else path.open("rb")
    except OSError as error:
        raise SourceError(f"The file {path} cannot be read ({error.strerror}).") from None


def read_sample(path: Path, size: int, limits: Limits, sheet: SheetText | None = None) -> tuple[bytes, bool]:
    """Return at most ``size`` bytes from the start of the unpacked file, and whether that is the whole file.

    Of a workbook they are those of the ``sheet``. Raises SourceError if they have the signature of another format, such
    as PDF, or cannot be unpacked.
    """
    try:
        with open_source(path, limits, sheet) as stream:
            sample = stream.read(size + 1)
    except UNREADABLE as error:
        raise SourceError(f"The file looks like gzip but cannot be unpacked ({error}). Send it again.") from None
    for signature, kind in _SIGNATURES:
        if sheet is None and sample.startswith(signature):
            raise SourceError(
                f"The file looks like {kind}, neither a CSV file nor a workbook. Save it as one and import that."
            )
    return sample[:size], len(sample) <= size


def read_beyond_ascii(path: Path, size: int, limits: Limits) -> bytes:
    """Return one or two blocks of ``size`` bytes of the unpacked file, from the first that has bytes beyond ASCII.

    Return no bytes if the first 256 MiB are ASCII. Raises SourceError if the file cannot be read.
    """
    blocks = read_blocks(path, size, limits)
    return next((block + next(blocks, b"") for block in blocks if not block.isascii()), b"")


def read_blocks(path: Path, size: int, limits: Limits) -> Iterator[bytes]:
    """Yield at most the first 256 MiB of the unpacked file, in blocks of ``size`` bytes.

    Raises SourceError if the file cannot be read.
    """
    try:
        with open_source(path, limits) as stream:
            for _ in range(_FAR // size):
                block = stream.read(size)
                if not block:
                    return
                yield block
    except UNREADABLE as error:
        raise SourceError(f"The file looks like gzip but cannot be unpacked ({error}). Send it again.") from None
