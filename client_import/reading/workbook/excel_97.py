"""Read .xls, the workbooks of Excel 95 to 2003, with xlrd.

They have 65,536 rows at most, and xlrd reads a sheet as a whole.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import xlrd

from client_import.errors import SourceError
from client_import.reading.limits import Limits
from client_import.reading.workbook.number_format import GENERAL, shown_number
from client_import.reading.workbook.sheet import PASSWORD, Sheet, SheetRow, broken, without_blank_end

_MOST_MB = 256
"""The largest file; xlrd needs about ten times as much memory."""

_NOT_A_WORKBOOK = (
    "The file looks like an old Excel workbook or another Microsoft Office document, but it has no sheets. Open it in "
    "the program it came from, save the clients as an Excel workbook (.xlsx) or as CSV and import that."
)


class Excel97Workbook:
    """The workbook at ``path``; see :class:`.sheet.Workbook`.

    Raises SourceError if it is broken, encrypted, or another document.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        if path.stat().st_size > min(_MOST_MB, limits.unpacked_mb) << 20:
            raise SourceError("The workbook is too large for an .xls file. Save it as .xlsx or CSV and import that.")
        if _mentions(path, "EncryptedPackage"):
            raise SourceError(PASSWORD)
        if not _mentions(path, "Workbook") and not _mentions(path, "Book"):
            raise SourceError(_NOT_A_WORKBOOK)
        try:
            with Path(os.devnull).open("w", encoding="utf-8") as log:
                self._book = xlrd.open_workbook(str(path), logfile=log, formatting_info=True, on_demand=True)
        except Exception as error:  # a broken file makes xlrd raise whatever comes
            raise SourceError(PASSWORD) if "encrypted" in str(error) else broken(error) from None

    def sheets(self) -> list[Sheet]:
        """Return the sheets with cells."""
        try:
            return [Sheet(name, self._is_hidden(name)) for name in self._book.sheet_names()]
        except Exception as error:  # as above
            raise broken(error) from None

    def rows(self, name: str) -> Iterator[SheetRow]:
        """Yield the rows of the sheet ``name``."""
        if name not in self._book.sheet_names():
            return
        try:
            sheet = self._book.sheet_by_name(name)
            self._limits.check_columns(sheet.ncols)
            for place in range(sheet.nrows):
                cells = without_blank_end([self._shown(cell) for cell in sheet.row(place)])
                info = sheet.rowinfo_map.get(place)
                if cells:
                    yield SheetRow(place + 1, cells, bool(info is not None and info.hidden))
        except SourceError:
            raise
        except Exception as error:  # as above
            raise broken(error) from None

    def close(self) -> None:
        """Close the file."""
        self._book.release_resources()

    def _is_hidden(self, name: str) -> bool:
        sheet = self._book.sheet_by_name(name)
        self._book.unload_sheet(name)
        return bool(sheet.visibility)

    def _shown(self, cell: Any) -> str:
        kind, value = cell.ctype, cell.value
        if kind in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
            text = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
            return shown_number(text, self._code(cell.xf_index), since_1904=bool(self._book.datemode))
        if kind == xlrd.XL_CELL_BOOLEAN:
            return "TRUE" if value else "FALSE"
        if kind == xlrd.XL_CELL_ERROR:
            return str(xlrd.error_text_from_code.get(value, "#VALUE!"))
        return str(value)

    def _code(self, style: int | None) -> str:
        if style is None or not 0 <= style < len(self._book.xf_list):
            return GENERAL
        found = self._book.format_map.get(self._book.xf_list[style].format_key)
        return str(found.format_str) if found else GENERAL


def _mentions(path: Path, stream: str) -> bool:
    """Return whether the compound document at ``path`` has a stream of that name."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(stream.encode("utf-16-le")) >= 0
