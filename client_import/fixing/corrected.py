"""Put what is typed into rejected rows, and write them as a file of rows not imported that can be imported again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from client_import.errors import StoreError
from client_import.fixing.typed import Replacement, TypedCell, TypedStore
from client_import.reading.chunks import as_array
from client_import.reading.formula_escape import add_guard, remove_guard
from client_import.reading.layout import IMPORT_COLUMNS, RECORD_COLUMN, Layout
from client_import.reports.rejects_file import written_lines
from client_import.row_errors import Rows

_READ_AT_ONCE = 16 << 20

_ROW, _OUTCOME = IMPORT_COLUMNS[:2]


@dataclass(frozen=True, slots=True)
class ReturnedFile:
    """How a file of rows not imported of ours is written: its ``labels``, and those of the columns that may be typed.

    ``editable`` are the headers of the source file, and ``import_record`` if the file has it.
    """

    labels: tuple[str, ...]
    editable: tuple[str, ...]

    @classmethod
    def of(cls, headers: tuple[str, ...], *, keeps_records: bool) -> ReturnedFile:
        """Return that of a job whose source file has these ``headers``."""
        added = IMPORT_COLUMNS if keeps_records else IMPORT_COLUMNS[:-1]
        return cls((*headers, *added), (*headers, RECORD_COLUMN) if keeps_records else headers)

    @property
    def layout(self) -> Layout:
        """The layout of such a file."""
        return Layout("utf-8", ",", '"', self.labels, 1, header_lines=(self.labels,), line_ending="CRLF")

    def parsed(self, lines: bytes) -> pa.Table:
        """Return the records in ``lines``, without a header, as a table of text with the ``labels``.

        Raises StoreError if they are none of such a file.
        """
        try:
            table = arrow_csv.read_csv(pa.BufferReader(lines), self._names(len(lines) + 1), *self._how())
        except pa.ArrowInvalid as error:
            raise StoreError(f"The rejected rows cannot be read ({str(error).splitlines()[0]}).") from None
        return self._unguarded(table)

    def read(self, path: Path) -> Iterator[pa.Table]:
        """Yield the rows of the file at ``path`` some megabytes at a time, as :meth:`parsed` does."""
        options = self._names(_READ_AT_ONCE)
        options.skip_rows = 1
        try:
            with arrow_csv.open_csv(path, options, *self._how()) as batches:
                for batch in batches:
                    yield self._unguarded(pa.Table.from_batches([batch]))
        except (pa.ArrowInvalid, OSError) as error:
            raise StoreError(f"The file {path} cannot be read ({str(error).splitlines()[0]}).") from None

    def lines(self, table: pa.Table) -> pa.Buffer:
        """Return the rows of ``table`` as :meth:`parsed` reads them."""
        guarded = {name: add_guard(as_array(table.column(name))) for name in self.editable}
        if RECORD_COLUMN in guarded:  # a file of ours has no quotes where there is no record
            record = guarded[RECORD_COLUMN]
            guarded[RECORD_COLUMN] = pc.if_else(pc.equal(record, ""), pa.scalar(None, pa.string()), record)
        columns = {name: guarded.get(name, table.column(name)) for name in self.labels}
        return written_lines(pa.table({**columns, _ROW: pa.array(row_numbers(table))}))

    def _unguarded(self, table: pa.Table) -> pa.Table:
        for name in self.editable:
            cells = remove_guard(as_array(table.column(name)))
            table = table.set_column(table.schema.get_field_index(name), name, cells)
        return table

    def _names(self, block: int) -> arrow_csv.ReadOptions:
        return arrow_csv.ReadOptions(use_threads=False, block_size=block, column_names=list(self.labels))

    def _how(self) -> tuple[arrow_csv.ParseOptions, arrow_csv.ConvertOptions]:
        types = dict.fromkeys(self.labels, pa.string())
        return (
            arrow_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            arrow_csv.ConvertOptions(column_types=types, strings_can_be_null=False),
        )


def row_numbers(table: pa.Table) -> Rows:
    """Return the row numbers of a table of :class:`ReturnedFile`."""
    return np.asarray(pc.cast(as_array(table.column(_ROW)), pa.int64()).to_numpy(), np.int64)


def corrected(table: pa.Table, typed: Sequence[TypedCell], replacements: Sequence[Replacement]) -> pa.Table:
    """Return the ``table`` of a :class:`ReturnedFile` with what is typed, and with the values that are replaced.

    A replacement holds in rejected rows alone, which are those that its user saw, and for a cell that was typed before
    it, not for one that was typed after it.
    """
    by_header, after = defaultdict(list), defaultdict(list)
    for cell in typed:
        by_header[cell.header].append(cell)
    for replacement in replacements:
        after[replacement.header].append(replacement)
    numbers = row_numbers(table) if by_header else np.empty(0, np.int64)
    is_rejected = pc.equal(as_array(table.column(_OUTCOME)), "error")
    for header in {*by_header, *after}:
        column = as_array(table.column(header))
        steps = np.zeros(len(column), np.int64)
        if cells := sorted(by_header[header], key=lambda cell: cell.row):
            rows = np.array([cell.row for cell in cells])
            places = np.searchsorted(numbers, rows)
            steps[places] = [cell.step for cell in cells]
            column = pc.replace_with_mask(column, steps > 0, pa.array([cell.text for cell in cells], pa.string()))
        for replacement in after[header]:
            is_older = pa.array(steps < replacement.step)
            says_old = pc.and_(pc.and_(pc.equal(column, replacement.old), is_older), is_rejected)
            column = pc.if_else(says_old, replacement.new, column)
        table = table.set_column(table.schema.get_field_index(header), header, column)
    return table


def corrected_batches(file: ReturnedFile, source: Path, store: TypedStore) -> Iterator[pa.Table]:
    """Yield the rows of ``source``, a file of rows not imported, with everything that is typed, batch by batch."""
    replacements = store.replacements()
    for table in file.read(source):
        numbers = row_numbers(table)
        typed = store.between(int(numbers[0]), int(numbers[-1])) if len(numbers) else ()
        yield corrected(table, typed, replacements)


def write_corrected(file: ReturnedFile, header: bytes, source: Path, store: TypedStore, target: Path) -> None:
    """Write ``source`` with everything that is typed to ``target``. Memory does not grow with the rows.

    ``header`` is the header record of the files of rows not imported.
    """
    with target.open("wb") as written:
        written.write(header)
        for table in corrected_batches(file, source, store):
            written.write(file.lines(table))
