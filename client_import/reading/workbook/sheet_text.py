"""The rows of a sheet as the bytes of a CSV file, made while they are read."""

from __future__ import annotations

import io
import re
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from client_import.errors import SourceError
from client_import.reading.limits import Limits
from client_import.reading.workbook.opened import open_workbook
from client_import.reading.workbook.sheet import SheetRow, SheetText, Workbook, broken
from client_import.row_errors import Rows

_LINE_END = "\r\n"
_QUOTED = re.compile(r'[",\r\n]')
_PIECE_CHARACTERS = 1 << 16
_BLANK_AT_ONCE = 1 << 15


def open_sheet(path: Path, sheet: SheetText, limits: Limits) -> SheetReader:
    """Open the ``sheet`` of the workbook at ``path``; raises SourceError if it is broken or no workbook any more.

    Reading raises SourceError, too, also where the sheet is larger than the ``limits``.
    """
    workbook = open_workbook(path, limits)
    if workbook is None:
        raise broken("it is no workbook any more")
    return SheetReader(workbook, sheet, limits)


class SheetReader(io.BufferedReader):
    """Reads a sheet as UTF-8, with commas, quotes and CRLF. A row without cells is a blank record.

    So the number of a record is that of its row.
    """

    def __init__(self, workbook: Workbook, sheet: SheetText, limits: Limits) -> None:
        self._text = _Text(workbook, sheet, limits)
        super().__init__(self._text, _PIECE_CHARACTERS)

    def hidden_until(self, row: int) -> Rows:
        """Return the hidden rows up to the row ``row`` that were read and not returned before."""
        found = np.array(self._text.hidden, np.int64)
        until = found[found <= row]
        del self._text.hidden[: len(until)]
        return until


class _Text(io.RawIOBase):
    def __init__(self, workbook: Workbook, sheet: SheetText, limits: Limits) -> None:
        super().__init__()
        self.hidden = array("q")
        self._workbook = workbook
        self._pieces = self._encoded(workbook.rows(sheet.name), sheet.width)
        self._rest = memoryview(b"")
        self._count = 0
        self._most_mb = limits.unpacked_mb

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
            self._count += len(self._rest)
            if self._count > self._most_mb << 20:
                raise SourceError(
                    f"The sheet has more than {self._most_mb:,} MiB of text, the most an import takes. Split it, or "
                    "raise CLIENT_IMPORT_MAX_UNPACKED_MB."
                )
        into = memoryview(buffer)
        size = min(len(into), len(self._rest))
        into[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def close(self) -> None:
        self._workbook.close()
        super().close()

    def _encoded(self, rows: Iterator[SheetRow], width: int) -> Iterator[bytes]:
        piece, length, before = list[str](), 0, 0
        for row in rows:
            for missing in _runs(row.number - before - 1):
                yield "".join(piece).encode(errors="replace") + (_LINE_END * missing).encode()
                piece, length = [], 0
            before = row.number
            if row.is_hidden:
                self.hidden.append(row.number)
            piece.append(_record(row.cells, width))
            length += len(piece[-1])
            if length > _PIECE_CHARACTERS:
                yield "".join(piece).encode(errors="replace")
                piece, length = [], 0
        if piece:
            yield "".join(piece).encode(errors="replace")


def _runs(count: int) -> Iterator[int]:
    while count > 0:
        yield min(count, _BLANK_AT_ONCE)
        count -= _BLANK_AT_ONCE


def _record(cells: list[str], width: int) -> str:
    text = ",".join(cells)
    if text.count(",") >= len(cells) or _QUOTED.search(text.replace(",", "")):
        text = ",".join(_quoted(cell) for cell in cells)
    return text + "," * (width - len(cells)) + _LINE_END


def _quoted(cell: str) -> str:
    return f'"{cell.replace(chr(34), chr(34) * 2)}"' if _QUOTED.search(cell) else cell
