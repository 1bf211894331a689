"""What every kind of workbook has: sheets, and their rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from client_import.errors import SourceError

PASSWORD = (
    "The workbook is protected by a password, so it cannot be read. Open it, take the password away, save it and "
    "import that."
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet with rows: its name, and whether it is hidden."""

    name: str
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class SheetText:
    """Which sheet of a workbook is read as text, and how many cells each of its records has at least."""

    name: str
    width: int = 0


class SheetRow(NamedTuple):
    """A row with at least one cell that is not empty.

    ``number`` is the one that a spreadsheet shows, from 1. ``cells`` are texts, the last of them not empty.
    """

    number: int
    cells: list[str]
    is_hidden: bool


class Workbook(Protocol):
    """An open workbook. Its methods raise SourceError if it is broken, or larger than the limits."""

    def sheets(self) -> list[Sheet]:
        """Return the sheets in the order of their tabs; charts and the like are none."""
        ...

    def rows(self, name: str) -> Iterator[SheetRow]:
        """Yield the rows of the sheet ``name``, in order; there are none if there is no such sheet."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


def broken(cause: object) -> SourceError:
    """Return the error for a workbook that cannot be read because of ``cause``."""
    said = (str(cause).splitlines() or ["its contents are damaged"])[0].rstrip(".")
    return SourceError(
        f"The workbook cannot be read to its end ({said}). Open it in Excel or LibreOffice, save it again and import "
        "that."
    )


def without_blank_end(cells: list[str]) -> list[str]:
    """Return ``cells``, from which those that are empty are removed at the end."""
    while cells and not cells[-1]:
        cells.pop()
    return cells
