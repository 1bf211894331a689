"""The layout of a file: what must be known of its text before its rows can be read (docs/rules.md, section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from client_import.options import Escape
from client_import.reading.grammar import Dialect

RECORD_COLUMN = "import_record"
"""Has the whole record of a row that was rejected for what the record is, as long as nobody has corrected it."""

IMPORT_COLUMNS = ("import_row", "import_outcome", "import_reason", "import_message", RECORD_COLUMN)
"""The columns that the file of rows not imported has beside the source's own (docs/rules.md, section 8).

The last is there only when a row of the file needs it.
"""

_NAMES = {"\t": "tab", "": "none", " ": "blank"}


class Wrapping(StrEnum):
    """What stands around the cells, or the lines, of a file beside the quotes of its dialect."""

    NONE = ""
    LINES = "lines"
    CURLY = "curly quotes"

    @property
    def note(self) -> str:
        """What a user should know of it."""
        if self is Wrapping.LINES:
            return "Whole lines stand in quotes, as if each were one cell. They are taken off, and the cells are read."
        return "The cells stand in curly quotes, which are read as plain ones."


@dataclass(frozen=True, slots=True)
class Layout:
    """Encoding, dialect and header of a file.

    ``labels`` has one unique label for each column of the file; ``header_row`` is the row number of the header, of
    its second line when it has two, and 0 when the file has none. ``quote`` is empty when no character quotes;
    ``escape`` is how a quote stands inside quotes. ``line_ending`` is LF, CRLF, CR or mixed, as seen, and empty in a
    file of one line; with ``ends_strictly`` no other ends a record. ``header_lines`` are the lines of the header, each
    with the cells it has in the file, trimmed, and where the header was repaired, also as it is read. ``notes`` are
    sentences for the user about what was seen besides; ``wrapping`` is what stands around whole lines or cells.
    ``choices`` are options, by name, of the import that rows come back from: they hold again where nothing else is
    said.
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

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Layout:
        """Return the layout that ``dataclasses.asdict`` and JSON made ``content`` of."""
        lists = {name: tuple(content[name]) for name in ("labels", "notes")}
        lines = tuple(tuple(line) for line in content["header_lines"])
        choices = {"escape": Escape(content["escape"]), "wrapping": Wrapping(content["wrapping"])}
        before = tuple((name, value) for name, value in content["choices"])
        return cls(**{**content, **lists, **choices, "header_lines": lines, "choices": before})

    @property
    def dialect(self) -> Dialect:
        """How cells and records are separated."""
        return Dialect(
            self.delimiter,
            self.quote,
            "\\" if self.escape is Escape.BACKSLASH else "",
            self.line_ending if self.ends_strictly else "",
        )

    @property
    def has_header_row(self) -> bool:
        """Whether the labels come from the file."""
        return self.header_row > 0

    @property
    def is_not_imported_file(self) -> bool:
        """Whether this is a file of rows not imported, come back: its guards are to be removed."""
        return any(label in IMPORT_COLUMNS for label in self.labels)

    @property
    def headers(self) -> tuple[str, ...]:
        """The labels of the columns that are the user's own: all but the ``import_*`` ones."""
        return tuple(label for label in self.labels if label not in IMPORT_COLUMNS)

    @property
    def own_places(self) -> tuple[int, ...]:
        """The places of the :attr:`headers` among the labels."""
        return tuple(place for place, label in enumerate(self.labels) if label not in IMPORT_COLUMNS)

    def described(self) -> dict[str, str]:
        """Return what was detected, each thing under its name, in words."""
        return {
            "encoding": self.encoding,
            "delimiter": _NAMES.get(self.delimiter, self.delimiter),
            "quote": _NAMES.get(self.quote, self.quote),
            "escape": self.escape.value,
            "line ending": self.line_ending or "none",
            "header": f"row {self.header_row}" if self.header_row else "none",
        }


def unique_labels(cells: list[str], width: int) -> tuple[str, ...]:
    """Return a label for each of ``width`` columns.

    Trimmed; a repeated label becomes ``Label (2)``, a blank one ``Column3`` after its place.
    """
    labels: list[str] = []
    taken = {cell.strip() for cell in cells}
    seen: set[str] = set()
    repeats: dict[str, int] = {}
    for place in range(1, width + 1):
        text = cells[place - 1].strip() if place <= len(cells) else ""
        name = label = text or f"Column{place}"
        while label in seen or (label != text and label in taken):
            repeats[name] = repeats.get(name, 1) + 1  # goes on where it stopped: 2,000 columns may have one name
            label = f"{name} ({repeats[name]})"
        seen.add(label)
        labels.append(label)
    return tuple(labels)
