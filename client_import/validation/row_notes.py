"""Notes on rows that were read as they are, but may have been meant otherwise (docs/rules.md, section 2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from client_import.field_types.artefacts import strip_artefacts
from client_import.field_types.characters import trim
from client_import.field_types.dates import fits_both_orders
from client_import.field_types.hints import Hint
from client_import.field_types.registry import Rules
from client_import.mapping.resolve import MappedColumn, Mapping
from client_import.reading.other_table import MOST_NOTED, note_on_other_table
from client_import.row_errors import Rows
from client_import.validation.validate import ValidatedBatch

MOST_NAMED = 20
"""The most rows that a sentence names; it gives the number of the others."""

_FEW = 10
"""One row in this many may be odd, or two in any file; if there are more, the whole file is like that."""

_WRONG_ORDER = pa.array([Hint.NO_MONTH_AFTER_DAY.value, Hint.NO_MONTH_BEFORE_DAY.value])
"""The hints of dates that are possible only in the other order."""


@dataclass
class NamedRows:
    """Rows to name in a sentence, in file order: the first of them, and their number."""

    first: list[int] = field(default_factory=list)
    count: int = 0

    def add(self, rows: Rows) -> None:
        """Add the row numbers ``rows``."""
        self.first += rows[: MOST_NAMED - len(self.first)].tolist()
        self.count += len(rows)

    def join(self, later: NamedRows) -> None:
        """Add the rows of a later part of the file."""
        self.first += later.first[: MOST_NAMED - len(self.first)]
        self.count += later.count

    def __str__(self) -> str:
        """Return words such as ``rows 2, 3 and 7``."""
        if self.count == 1:
            return f"row {self.first[0]}"
        *others, last = [str(row) for row in self.first]
        if self.count > len(self.first):
            others, last = [*others, last], f"{self.count - len(self.first):,} more"
        return f"rows {', '.join(others)} and {last}"


@dataclass
class OddRows:
    """The rows of a file, or of a part of it, that may be meant otherwise.

    ``total`` counts all rows, ``tables`` are the header rows of other tables, ``wrong_order`` has the rows with dates
    that are possible only in the other order, by the position of their column.
    """

    total: int = 0
    short: NamedRows = field(default_factory=NamedRows)
    wide: NamedRows = field(default_factory=NamedRows)
    people: NamedRows = field(default_factory=NamedRows)
    hidden: NamedRows = field(default_factory=NamedRows)
    tables: list[int] = field(default_factory=list)
    wrong_order: dict[int, NamedRows] = field(default_factory=dict)

    def join(self, later: OddRows) -> None:
        """Add the rows of a later part of the file."""
        self.total += later.total
        self.short.join(later.short)
        self.wide.join(later.wide)
        self.people.join(later.people)
        self.hidden.join(later.hidden)
        self.tables += later.tables[: MOST_NOTED - len(self.tables)]
        for position, rows in later.wrong_order.items():
            self.wrong_order.setdefault(position, NamedRows()).join(rows)


class RowNotes:
    """Collects the odd rows of a file, batch by batch in file order."""

    def __init__(self, mapping: Mapping, rules: Rules) -> None:
        self._rules = rules
        self._mapping = mapping
        self.found = OddRows()
        self._dates = {column.position: column for column in mapping.columns if column.field.type == "date"}

    def add(self, batch: ValidatedBatch) -> None:
        """Collect the odd rows of ``batch``."""
        source = batch.source
        self.found.total += len(source.rows)
        self.found.short.add(source.short)
        self.found.wide.add(source.wide)
        self.found.people.add(batch.people)
        self.found.hidden.add(source.hidden)
        self.found.tables += source.other_tables[: MOST_NOTED - len(self.found.tables)]
        if self._dates and batch.row_errors.num_rows:
            wrong = batch.row_errors.filter(pc.is_in(batch.row_errors.column("detail"), _WRONG_ORDER))
            for position in pc.unique(wrong.column("position")).to_pylist():
                rows = wrong.filter(pc.equal(wrong.column("position"), position)).column("row").to_numpy()
                self.found.wrong_order.setdefault(position, NamedRows()).add(rows)

    def sentences(self, cells: Sequence[Path]) -> tuple[str, ...]:
        """Return the notes; ``cells`` are the files with the cells of all rows, in file order."""
        return (
            *map(note_on_other_table, self.found.tables),
            *self._of_odd(self.found.wide, "more", "the surplus ones are blank", "a delimiter"),
            *self._of_odd(self.found.short, "fewer", "the missing ones are blank", "a line break"),
            *self._of_people(),
            *self._of_hidden(),
            *(self._of_dates(self._dates[position], rows) for position, rows in self._both_orders(cells)),
        )

    def _of_odd(self, rows: NamedRows, cells: str, blank: str, cause: str) -> Iterator[str]:
        """Yield a note on ``rows`` with more or fewer cells than the header, if most rows have as many."""
        if 0 < rows.count < self.found.total and rows.count <= max(2, self.found.total // _FEW):
            have = "has" if rows.count == 1 else "have"
            yield (
                f"{_capital(rows)} {have} {cells} cells than the header, unlike other rows; {blank}. Perhaps a cell "
                f"has {cause} in it and no quotes around it: check that every cell is in its own column."
            )

    def _of_people(self) -> Iterator[str]:
        people = self.found.people
        if people.count:
            is_one = people.count == 1
            first, last = self._mapping.people
            yield (
                f"{_capital(people)} {'has' if is_one else 'have'} no {self._mapping.match_column.header}: "
                f"{'the client is' if is_one else f'{people.count:,} clients are'} named by {first.header} and "
                f"{last.header}."
            )

    def _of_hidden(self) -> Iterator[str]:
        hidden = self.found.hidden
        if hidden.count:
            is_one = hidden.count == 1
            yield (
                f"{_capital(hidden)} {'is' if is_one else 'are'} hidden in the sheet, by a filter or by hand, and read "
                f"like every other row. If {'it is' if is_one else 'they are'} not to be imported, delete "
                f"{'it' if is_one else 'them'} in the workbook."
            )

    def _both_orders(self, cells: Sequence[Path]) -> Iterator[tuple[int, NamedRows]]:
        """Yield the position of each column with dates in the other order, and the rows whose dates fit both orders."""
        found = {position: NamedRows() for position in sorted(self.found.wrong_order)}
        if not found:
            return
        for batch in _batches(cells):
            for position, rows in found.items():
                texts = strip_artefacts(trim(batch.column(position + 1)), self._dates[position].field)
                rows.add(batch.column(0).filter(fits_both_orders(texts)).to_numpy())
        yield from ((position, rows) for position, rows in found.items() if rows.count)

    def _of_dates(self, column: MappedColumn, both: NamedRows) -> str:
        only = self.found.wrong_order[column.position]
        read, other = ("day", "month") if self._rules.day_first else ("month", "day")
        is_one = only.count == 1
        return (
            f"{column.header}: the {'date' if is_one else 'dates'} in {only} can only have the {other} first, and "
            f"{'is' if is_one else 'are'} rejected; those in {both} are possible both ways, and were read with the "
            f"{read} first. If all have the {other} first, import the file with the option {other} first."
        )


def _batches(cells: Sequence[Path]) -> Iterator[pa.RecordBatch]:
    for path in cells:
        with pa.memory_map(str(path)) as file:
            reader = pa.ipc.open_file(file)
            yield from map(reader.get_batch, range(reader.num_record_batches))


def _capital(rows: NamedRows) -> str:
    return str(rows).capitalize()
