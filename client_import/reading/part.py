"""A part of a file, which is read alone and gives the rows that the whole file has there."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from client_import.reading.encoding import ByteSource
from client_import.reading.limits import Limits
from client_import.reading.source import open_source
from client_import.reading.workbook.sheet import SheetText


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes from ``start`` up to ``end`` of a file (None: its end), which are whole records.

    ``before`` is how many records stand before them. ``number`` counts the parts of a file from 0. ``follows_blank``
    says that the record before is probably blank.
    """

    number: int
    start: int
    end: int | None
    before: int
    follows_blank: bool = False


WHOLE = Part(0, 0, None, 0)
"""All of a file."""


def open_part(path: Path, part: Part, limits: Limits, sheet: SheetText | None = None) -> ByteSource:
    """Open the ``part`` of the source file; raises as :func:`client_import.reading.source.open_source` does.

    A ``sheet`` of a workbook is opened as a whole.
    """
    if sheet is not None or part == WHOLE:
        return open_source(path, limits, sheet)
    return _PartSource(open_source(path, limits), part)


class _PartSource:
    """Reads the bytes of ``part`` from ``stream``.

    The whole file is read in pieces of one size, and what is left of a record at the end of a piece is put before the
    next. Here the pieces end at the same bytes, so a part is cut into the same blocks of records as the whole.
    """

    def __init__(self, stream: gzip.GzipFile | BufferedReader, part: Part) -> None:
        self._stream = stream
        self._place = part.start
        self._end = part.end
        self._stream.seek(part.start)

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, up to the end of the piece of ``size`` bytes after the one that was begun."""
        to = -(-self._place // size) * size + size
        block = self._stream.read((to if self._end is None else min(to, self._end)) - self._place)
        self._place += len(block)
        return block

    def peek(self, size: int, /) -> bytes:
        """Return some of the next bytes, and none only at the end of the part."""
        return b"" if self._place == self._end else self._stream.peek(size)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
