"""The layout of a file: everything needed to read its rows (docs/rules.md, section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from client_import.options import Escape
from client_import.reading.grammar import Dialect
from client_import.reading.workbook.sheet import SheetText

RECORD_COLUMN = "import_record"
"""The column that holds the whole record of a row whose record was damaged, until a user clears it."""

IMPORT_COLUMNS = ("import_row", "import_outcome", "import_reason", "import_message", RECORD_COLUMN)
"""The columns that the file of rows not imported has besides those of the source file (docs/rules.md, section 8).

The last one is present only if a row needs it.
"""

_NAMES = {"\t": "tab", "": "none", " ": "blank"}


class Wrapping(StrEnum):
    """Quotes in a file that belong to no dialect: plain ones around whole lines, or curly ones around cells."""

    NONE = ""
    LINES = "lines"
    CURLY = "curly quotes"

    @property
    def note(self) -> str:
        """The note on the wrapping for the user."""
        if self is Wrapping.LINES:
            return "Whole lines are in quotes, as if each were one cell. They are read without these quotes."
        return "The cells are in curly quotes, which are read as plain ones."


@dataclass(frozen=True, slots=True)
class Layout:
    """The encoding, dialect and header row of a file.

    ``labels`` are the unique headers of all columns, including the ``import_*`` ones. ``header_row`` is the row number
    of the header row (of its second record if it has two), or 0 if there is none. ``quote`` is empty if there are no
    quotes; ``escape`` is how a quote is written inside quotes. ``line_ending`` is LF, CRLF, CR, mixed, or empty if the
    file is a single line; ``ends_strictly`` says that no other line ending ends a record. ``header_lines`` are the
    trimmed cells of each record of the header row, and of a repaired one also its labels. ``notes`` are sentences for
    the user. ``choices`` are pairs of an option and its value, from the import that rejected these rows; they apply
    unless the options say otherwise. ``sheet`` is the one of a workbook that is read, out of all its ``sheets``; the
    encoding and the dialect are then those in which its rows are read as text. ``rejected_by`` is the path of the
    folder of the import that rejected these rows, if they are imported again with the same choices, or empty.
    """

    encoding: str
    delimiter: str
    quote: str
    labels: tuple[str, ...]
    header_row: int
    escape: Escape = Escape.DOUBLED
    line_ending: str = ""
    ends_strictly: bool = False
    header_lines: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    wrapping: Wrapping = Wrapping.NONE
    choices: tuple[tuple[str, str | bool], ...] = ()
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    rejected_by: str = ""

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Layout:
        """Return the layout for ``content``, a layout parsed from JSON. Raises ValueError if it is none."""
        layout: Layout = TypeAdapter(cls).validate_python(content)
        return layout

    @property
    def dialect(self) -> Dialect:
        """The dialect of the file."""
        return Dialect(
            self.delimiter,
            self.quote,
            "\\" if self.escape is Escape.BACKSLASH else "",
            self.line_ending if self.ends_strictly else "",
        )

    @property
    def sheet_text(self) -> SheetText | None:
        """The sheet that the rows are read from; None if the file is no workbook."""
        return None if self.sheet is None else SheetText(self.sheet, len(self.labels))

    @property
    def has_header_row(self) -> bool:
        """Whether the file has a header row."""
        return self.header_row > 0

    @property
    def is_not_imported_file(self) -> bool:
        """Whether this is a file of rows not imported, imported again; guards are removed from its cells."""
        return any(label in IMPORT_COLUMNS for label in self.labels)

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers of the user's own columns: all labels except the ``import_*`` ones."""
        return tuple(label for label in self.labels if label not in IMPORT_COLUMNS)

    @property
    def own_positions(self) -> tuple[int, ...]:
        """The index of each of the :attr:`headers` among the labels."""
        return tuple(place for place, label in enumerate(self.labels) if label not in IMPORT_COLUMNS)

    def described(self) -> dict[str, str]:
        """Return what was detected as a dictionary of names and values to show to users."""
        header = {"header": f"row {self.header_row}" if self.header_row else "none"}
        if self.sheet is not None:
            return {"sheet": self.sheet, **header}
        return {
            "encoding": self.encoding,
            "delimiter": _NAMES.get(self.delimiter, self.delimiter),
            "quote": _NAMES.get(self.quote, self.quote),
            "escape": self.escape.value,
            "line ending": self.line_ending or "none",
            **header,
        }


def unique_labels(cells: list[str], width: int) -> tuple[str, ...]:
    """Return a unique label for each of ``width`` columns, made from the ``cells`` of the header row.

    Cells are trimmed. A repeated one becomes ``Label (2)``, and a blank one ``Column3`` if it is the third.
    """
    labels: list[str] = []
    taken = {cell.strip() for cell in cells}
    seen: set[str] = set()
    repeats: dict[str, int] = {}
    for place in range(1, width + 1):
        text = cells[place - 1].strip() if place <= len(cells) else ""
        name = label = text or f"Column{place}"
        while label in seen or (label != text and label in taken):
            repeats[name] = repeats.get(name, 1) + 1  # remembered, because 2,000 columns may have the same name
            label = f"{name} ({repeats[name]})"
        seen.add(label)
        labels.append(label)
    return tuple(labels)
