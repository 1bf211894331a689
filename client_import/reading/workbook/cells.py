"""The rows of a sheet of Office Open XML, as the texts that are shown in their cells."""

from __future__ import annotations

from client_import.reading.limits import Limits
from client_import.reading.workbook.number_format import GENERAL, is_general, shown_number
from client_import.reading.workbook.shared_strings import SharedStrings, unescaped
from client_import.reading.workbook.sheet import SheetRow, broken, without_blank_end
from client_import.reading.workbook.styles import number
from client_import.reading.workbook.xml_events import Attributes

NO_RESULT = "#VALUE!"
"""Stands for the result of a formula that was saved without it, so that its row is rejected."""

_TRUE = ("1", "true")
_LONGEST_COLUMN = 3
_COLUMNS_KEPT = 20_000


class SheetCells:
    """Collects the rows of the elements ``row``; ``styles`` are codes of number formats."""

    def __init__(self, strings: SharedStrings, styles: list[str], limits: Limits, *, since_1904: bool) -> None:
        self._strings = strings
        self._since_1904 = since_1904
        self._formats: dict[str, str | None] = {"": None}
        self._formats |= {str(place): None if is_general(code) else code for place, code in enumerate(styles)}
        self._limits = limits
        self._columns: dict[str, int] = {}
        self._rows: list[SheetRow] = []
        self._number = self._column = 0
        self._is_hidden = False
        self._cells: list[str] = []
        self._type = self._style = ""
        self._value: list[str] = []
        self._room = 0
        self._is_value = self._has_formula = False
        self._inside_phonetic = 0
        self.starts = {
            "row": self._start_row,
            "c": self._start_cell,
            "v": self._start_value,
            "t": self._start_value,
            "f": self._start_formula,
            "rPh": self._start_phonetic,
        }
        self.ends = {
            "row": self._end_row,
            "c": self._end_cell,
            "v": self._end_value,
            "t": self._end_value,
            "rPh": self._end_phonetic,
        }

    def taken(self) -> list[SheetRow]:
        """Return the rows that have ended since the last time."""
        rows, self._rows = self._rows, []
        return rows

    def text(self, text: str) -> None:
        """Take the text of a value, as far as it is not too long."""
        if self._is_value and self._room > 0:
            self._value.append(text[: self._room])
            self._room -= len(text)

    def _start_row(self, attributes: Attributes) -> None:
        place = attributes.get("r")
        row = number(place) if place else self._number + 1
        if row <= self._number:
            raise broken(f"row {place} does not follow row {self._number}")
        self._limits.check_records(row, 1)
        self._number, self._column = row, 0
        self._is_hidden = attributes.get("hidden") in _TRUE

    def _end_row(self) -> None:
        cells = without_blank_end(self._cells)
        if cells:
            self._rows.append(SheetRow(self._number, cells, self._is_hidden))
        self._cells = []

    def _start_cell(self, attributes: Attributes) -> None:
        get = attributes.get
        reference = get("r")
        self._column = self._column_of(reference) if reference else self._column + 1
        self._type, self._style = get("t", "n"), get("s", "")
        self._value, self._room = [], self._limits.cell_bytes + 1
        self._has_formula = False

    def _column_of(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        column = self._columns.get(letters)
        if column is None:
            column = column_of(letters)
            if len(self._columns) < _COLUMNS_KEPT:
                self._columns[letters] = column
        return column

    def _end_cell(self) -> None:
        value = "".join(self._value)
        text = self._shown(value) if value or self._has_formula else ""
        if text:
            cells, place = self._cells, self._column - 1
            if place >= len(cells):
                self._limits.check_columns(self._column)
                cells.extend([""] * (place - len(cells)))
                cells.append(text)
            else:
                cells[place] = text

    def _start_value(self, _attributes: Attributes) -> None:
        self._is_value = not self._inside_phonetic

    def _end_value(self) -> None:
        self._is_value = False

    def _start_formula(self, _attributes: Attributes) -> None:
        self._has_formula = True

    def _start_phonetic(self, _attributes: Attributes) -> None:
        self._inside_phonetic += 1

    def _end_phonetic(self) -> None:
        self._inside_phonetic -= 1

    def _shown(self, value: str) -> str:
        kind = self._type
        if kind == "s":
            return self._strings[number(value.strip())] if value else ""
        if kind == "n":
            return self._shown_number(value.strip())
        if kind == "b":
            return "TRUE" if value.strip() in _TRUE else "FALSE" if value else ""
        if kind == "d":
            return value.strip().replace("T", " ").removesuffix("Z").removesuffix(".000").removesuffix(" 00:00:00")
        return unescaped(value)

    def _shown_number(self, value: str) -> str:
        if not value:
            return NO_RESULT
        code = self._formats.get(self._style)
        if code is None and value.isdecimal():
            return value
        return shown_number(value, code or GENERAL, since_1904=self._since_1904)


def column_of(letters: str) -> int:
    """Return the number of the column that is called ``letters``: 1 for A, 28 for AB. Raises SourceError for none."""
    if not 0 < len(letters) <= _LONGEST_COLUMN or not letters.isascii() or not letters.isalpha():
        raise broken("a cell does not say in which column it is")
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return column
