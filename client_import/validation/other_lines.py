"""Reject rows that do not belong to the table of clients: those of another table, and the lines of a report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from client_import.mapping.resolve import Mapping
from client_import.reading.chunks import as_array
from client_import.reading.footers import ROWS_AT_END, find_footers
from client_import.reading.layout import RECORD_COLUMN, Layout
from client_import.reading.other_table import OtherTables
from client_import.reading.record_text import with_records
from client_import.reading.row_batch import RowBatch
from client_import.reading.titles import start_of_title
from client_import.row_errors import Reason, row_errors


@dataclass(frozen=True, slots=True)
class RowsBefore:
    """What is known of the rows before others: the last row number, and the header row of the other table there.

    ``other_table`` is 0 if there is none.
    """

    last_row: int
    other_table: int = 0


def without_other_lines(
    batches: Iterator[RowBatch], layout: Layout, lines: OtherLines, *, is_end: bool = True
) -> Iterator[RowBatch]:
    """Yield the ``batches`` of a file with the rows rejected that do not belong to its table, as ``lines`` finds them.

    Each batch is yielded when the next one has been read, because the last one is searched for footers if ``is_end``
    says that nothing follows these batches. A file of rows not imported that has ``import_record`` is passed through:
    the first import has told its clients from other lines.
    """
    if RECORD_COLUMN in layout.labels:
        yield from batches
        return
    batches = _with_whole_end(batches)
    waiting = next(batches, None)
    while waiting is not None:
        following = next(batches, None)
        yield lines.rejected(waiting, is_end=is_end and following is None)
        waiting = following


def _with_whole_end(batches: Iterator[RowBatch]) -> Iterator[RowBatch]:
    """Yield the ``batches``, the last together with the one before it if it has few rows.

    A line below the clients is known by the rows above it, wherever a block of the file ends.
    """
    held: list[RowBatch] = []
    for batch in batches:
        if len(batch.rows) >= ROWS_AT_END:
            yield from held
            held = []
        elif len(held) > 1:
            yield held.pop(0)
        held.append(batch)
    if len(held) > 1:
        held = [held[0].followed_by(held[1])]
    yield from held


class OtherLines:
    """Rejects rows batch by batch, in file order.

    ``first_row`` is the number of the first row that was looked at, or 0.
    """

    def __init__(self, layout: Layout, mapping: Mapping, before: RowsBefore) -> None:
        self._layout = layout
        key = mapping.column_of(mapping.match_field)
        self._key = key.position if key and key.field_name != "Name" else None  # a number is no name
        self._tables = None
        if layout.has_header_row and len(layout.headers) > 1:
            self._tables = OtherTables(layout.headers, before.last_row, before.other_table)
        self._last_row = before.last_row
        self.first_row = 0

    @property
    def after(self) -> RowsBefore:
        """What is known of the rows so far."""
        return RowsBefore(self._last_row, self._tables.header_row if self._tables else 0)

    def rejected(self, batch: RowBatch, *, is_end: bool) -> RowBatch:
        """Return the batch with the errors and records of rows that do not belong to the table."""
        rows, found, other_tables = batch.rows, [batch.row_errors], ()
        headers = np.zeros(len(rows), np.int64)
        self.first_row = self.first_row or int(rows[0])
        if self._tables is not None:
            headers = self._tables.header_rows(batch.cells, rows)
        its = headers > 0
        footers = find_footers(batch.cells, rows, its, self._last_row, is_end=is_end, key=self._key)
        footers |= self._titles(batch, footers) & ~its
        self._last_row = int(rows[-1])
        if not (its.any() or footers.any()):
            return batch
        if its.any():
            found.append(row_errors(rows[its], Reason.ANOTHER_TABLE, pa.array(headers[its]).cast(pa.string())))
            other_tables = tuple(rows[its & (headers == rows)].tolist())
        columns = [as_array(column) for column in batch.cells.columns]
        if footers.any():
            kept = pa.array(footers)
            texts = [pc.utf8_trim_whitespace(column.filter(kept)) for column in columns]
            blank = pa.scalar(None, pa.string())
            texts = [pc.if_else(pc.equal(text, ""), blank, text) for text in texts]
            found.append(
                row_errors(rows[footers], Reason.FOOTER, pc.binary_join_element_wise(*texts, " ", null_handling="skip"))
            )
        records = with_records(batch.records, columns, pa.array(its | footers), self._layout)
        others = rows[its | footers]
        return replace(
            batch,
            records=records,
            row_errors=pa.concat_tables(found),
            short=np.setdiff1d(batch.short, others, assume_unique=True),
            wide=np.setdiff1d(batch.wide, others, assume_unique=True),
            other_tables=other_tables,
        )

    def _titles(self, batch: RowBatch, footers: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Return which rows are titles of a page: below a blank record or footer, and above a repeated header."""
        titles = np.zeros(len(batch.rows), np.bool_)
        repeats = batch.row_errors.filter(pc.equal(batch.row_errors["reason"], Reason.REPEATED_HEADER))[
            "row"
        ].to_numpy()
        if not len(repeats) or len(self._layout.headers) < 2:
            return titles
        columns = [as_array(column) for column in batch.cells.columns]
        after_gap = np.diff(batch.rows, prepend=self._last_row) > 1
        after_footer = np.append(False, footers[:-1])
        separated = set(np.flatnonzero(after_gap | after_footer).tolist())
        for place in np.searchsorted(batch.rows, repeats).tolist():
            titles[start_of_title(columns, separated, place) : place] = True
        return titles
