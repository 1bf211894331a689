"""Read .ods: OpenDocument spreadsheets (ISO/IEC 26300, part 1, section 9)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from client_import.errors import SourceError
from client_import.reading.limits import Limits
from client_import.reading.workbook.archive import Archive
from client_import.reading.workbook.number_format import GENERAL, shown_number
from client_import.reading.workbook.sheet import PASSWORD, Sheet, SheetRow, without_blank_end
from client_import.reading.workbook.styles import number
from client_import.reading.workbook.xml_events import Attributes, Done, collected, ignore, local, read_all

_CONTENT, _MANIFEST = "content.xml", "META-INF/manifest.xml"
_TIME = re.compile(r"-?PT(\d+)H(\d+)M(\d+)(?:[.,]\d*)?S")
_ABBREVIATED = re.compile(r"[-+]?[\d.,]+E[-+]\d+", re.IGNORECASE)
_NO_CELLS = ("annotation", "shapes", "frame", "custom-shape", "tracked-changes", "dde-links")
"""Elements whose text is not in a cell: comments and drawings."""


def is_open_document(archive: Archive) -> bool:
    """Return whether the archive is a spreadsheet of this kind."""
    if not archive.has("mimetype") or not archive.has(_CONTENT):
        return False
    return b"".join(archive.pieces("mimetype")).startswith(b"application/vnd.oasis.opendocument.spreadsheet")


class OpenDocumentWorkbook:
    """The workbook in ``archive``; see :class:`.sheet.Workbook`. Raises SourceError if it is broken or encrypted."""

    def __init__(self, archive: Archive, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        if archive.has(_MANIFEST) and b"encryption-data" in b"".join(archive.pieces(_MANIFEST)):
            raise SourceError(PASSWORD)

    def sheets(self) -> list[Sheet]:
        """Return all sheets. The whole content is read for that, but nothing is kept."""
        found = _Sheets()
        read_all(self._archive.pieces(_CONTENT), found)
        return [Sheet(name, style in found.hidden) for name, style in found.sheets]

    def rows(self, name: str) -> Iterator[SheetRow]:
        """Yield the rows of the sheet ``name``."""
        for row, repeated in collected(self._archive.pieces(_CONTENT), _Rows(name, self._limits)):
            for place in range(repeated):
                yield row._replace(number=row.number + place)

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()


class _Sheets:
    """Collects the names and styles of all sheets, and the styles of hidden ones."""

    text = staticmethod(ignore)

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str]] = []
        self.hidden: set[str] = set()
        self._tables = self._skipped = 0
        self._style = ""
        self.starts = {
            "table": self._start_table,
            "style": self._start_style,
            "table-properties": self._add_properties,
            **dict.fromkeys(_NO_CELLS, self._start_skipped),
        }
        self.ends = {"table": self._end_table, **dict.fromkeys(_NO_CELLS, self._end_skipped)}

    def _start_table(self, attributes: Attributes) -> None:
        if not self._tables and not self._skipped:
            its = local(attributes)
            self.sheets.append((its.get("name", ""), its.get("style-name", "")))
        self._tables += 1

    def _end_table(self) -> None:
        self._tables -= 1

    def _start_style(self, attributes: Attributes) -> None:
        self._style = local(attributes).get("name", "")

    def _add_properties(self, attributes: Attributes) -> None:
        if local(attributes).get("display") == "false":
            self.hidden.add(self._style)

    def _start_skipped(self, _attributes: Attributes) -> None:
        self._skipped += 1

    def _end_skipped(self) -> None:
        self._skipped -= 1


class _Rows:
    """Collects the rows of the sheet ``name``, each with how often it is repeated."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        self._rows: list[tuple[SheetRow, int]] = []
        self._tables = self._skipped = self._paragraphs = 0
        self._is_inside = False
        self._number = 0
        self._repeated = 1
        self._is_hidden = False
        self._cells: list[str] = []
        self._column = 0
        self._cell: Attributes = {}
        self._lines: list[list[str]] = []
        self._room = 0
        self.starts = {
            "table": self._start_table,
            "table-row": self._start_row,
            "table-cell": self._start_cell,
            "covered-table-cell": self._start_cell,
            "p": self._start_paragraph,
            "s": self._add_blanks,
            "tab": lambda _: self.text("\t"),
            "line-break": lambda _: self.text("\n"),
            **dict.fromkeys(_NO_CELLS, self._start_skipped),
        }
        self.ends = {
            "table": self._end_table,
            "table-row": self._end_row,
            "table-cell": self._end_cell,
            "covered-table-cell": self._end_covered_cell,
            "p": self._end_paragraph,
            **dict.fromkeys(_NO_CELLS, self._end_skipped),
        }

    def taken(self) -> list[tuple[SheetRow, int]]:
        rows, self._rows = self._rows, []
        return rows

    def text(self, text: str) -> None:
        if self._paragraphs and self._is_in_cell and self._room > 0:
            self._lines[-1].append(text[: self._room])
            self._room -= len(text)

    @property
    def _is_in_cell(self) -> bool:
        """Whether what is read belongs to the sheet: not to a comment, a drawing, or a table in a cell."""
        return self._is_inside and self._tables == 1 and not self._skipped

    def _start_skipped(self, _attributes: Attributes) -> None:
        self._skipped += 1

    def _end_skipped(self) -> None:
        self._skipped -= 1

    def _start_table(self, attributes: Attributes) -> None:
        if not self._tables and not self._skipped:
            self._is_inside = local(attributes).get("name", "") == self._name
        self._tables += 1

    def _end_table(self) -> None:
        self._tables -= 1
        if self._is_inside and not self._tables and not self._skipped:
            raise Done

    def _start_cell(self, attributes: Attributes) -> None:
        if self._is_in_cell:
            self._cell, self._lines, self._paragraphs = local(attributes), [], 0
            self._room = self._limits.cell_bytes + 1

    def _start_paragraph(self, _attributes: Attributes) -> None:
        if self._is_in_cell:
            if not self._paragraphs:
                self._lines.append([])
            self._paragraphs += 1

    def _end_paragraph(self) -> None:
        if self._is_in_cell:
            self._paragraphs -= 1

    def _add_blanks(self, attributes: Attributes) -> None:
        self.text(" " * min(max(number(local(attributes).get("c")), 1), self._limits.cell_bytes))

    def _start_row(self, attributes: Attributes) -> None:
        if self._is_in_cell:
            its = local(attributes)
            self._number += 1
            self._repeated = max(number(its.get("number-rows-repeated")), 1)
            self._is_hidden = its.get("visibility", "visible") != "visible"
            self._cells, self._column = [], 0

    def _end_row(self) -> None:
        cells = without_blank_end(self._cells)
        if self._is_in_cell and cells:
            self._limits.check_records(self._number + self._repeated - 1, len(cells))
            self._rows.append((SheetRow(self._number, cells, self._is_hidden), self._repeated))
        if self._is_in_cell:
            self._number += self._repeated - 1

    def _end_cell(self) -> None:
        if self._is_in_cell:
            self._put(_shown(self._cell, "\n".join(map("".join, self._lines))))

    def _end_covered_cell(self) -> None:
        if self._is_in_cell:
            self._put("")

    def _put(self, text: str) -> None:
        repeated = max(number(self._cell.get("number-columns-repeated")), 1)
        if text:
            self._limits.check_columns(self._column + repeated)
            self._cells.extend([""] * (self._column - len(self._cells)))
            self._cells.extend([text] * repeated)
        self._column += repeated


def _shown(cell: dict[str, str], text: str) -> str:
    """Return what is shown of a cell: its ``text``, but dates and times in ISO and every digit of a number."""
    kind = cell.get("value-type", "")
    if kind == "date":
        return cell.get("date-value", text).replace("T", " ").partition(".")[0].removesuffix(" 00:00:00")
    if kind == "time":
        match = _TIME.fullmatch(cell.get("time-value", ""))
        return ":".join(part.zfill(2) for part in match.groups()) if match else text
    if kind == "float" and (not text or _ABBREVIATED.fullmatch(text.strip())):
        return shown_number(cell.get("value", text), GENERAL, since_1904=False)
    if kind == "boolean" and not text:
        return cell.get("boolean-value", "").upper()
    return text
