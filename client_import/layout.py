"""The layout of a file: what must be known of its text before its rows can be read (semantics.md, section 2)."""

from __future__ import annotations

from dataclasses import dataclass

IMPORT_COLUMNS = ("import_row", "import_outcome", "import_reason", "import_message")
"""The columns that the file of rows not imported has beside the source's own (semantics.md, section 8)."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Encoding, dialect and header of a file.

    ``labels`` has one unique label for each column of the file; ``header_row`` is the row number of the header,
    0 when the file has none. ``quote`` is empty when no character quotes.
    """

    encoding: str
    delimiter: str
    quote: str
    labels: tuple[str, ...]
    header_row: int

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


def unique_labels(cells: list[str], width: int) -> tuple[str, ...]:
    """Return a label for each of ``width`` columns.

    Trimmed; a repeated label becomes ``Label (2)``, a blank one ``Column3`` after its place.
    """
    labels: list[str] = []
    taken = {cell.strip() for cell in cells}
    seen: set[str] = set()
    for place in range(1, width + 1):
        text = cells[place - 1].strip() if place <= len(cells) else ""
        label = text or f"Column{place}"
        repeat = 2
        while label in seen or (label != text and label in taken):
            label = f"{text or f'Column{place}'} ({repeat})"
            repeat += 1
        seen.add(label)
        labels.append(label)
    return tuple(labels)
