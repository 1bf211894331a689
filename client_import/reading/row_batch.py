"""A batch of rows as read from the file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from client_import.row_errors import Rows


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Consecutive data rows.

    ``rows`` are the row numbers. ``cells`` has one string column for each of ``Layout.headers``, in their order,
    without nulls; the text is decoded and otherwise unchanged. ``records`` is the text of the whole record for rows
    whose record is damaged, and null for all others; ``row_errors`` has their errors. ``read_bytes`` is how much of the
    file has been read. The others are row numbers: ``short`` of rows with too few cells, ``wide`` of rows with
    additional blank cells, ``other_tables`` of the header rows of other tables, ``repeats`` of returned rows that were
    skipped as duplicates before, and ``hidden`` of rows that a sheet hides. ``rejected_rows`` is empty, or has for each
    row the number it had when it was rejected before, or 0.
    """

    rows: Rows
    cells: pa.Table
    records: pa.Array
    row_errors: pa.Table
    read_bytes: int
    short: Rows
    wide: Rows
    other_tables: tuple[int, ...] = ()
    repeats: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    hidden: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    rejected_rows: Rows = field(default_factory=lambda: np.empty(0, np.int64))

    def followed_by(self, later: RowBatch) -> RowBatch:
        """Return these rows and those of ``later``, which follow them in the same file."""
        return replace(
            later,
            rows=np.concatenate([self.rows, later.rows]),
            cells=pa.concat_tables([self.cells, later.cells]).combine_chunks(),
            records=pa.concat_arrays([self.records, later.records]),
            row_errors=pa.concat_tables([self.row_errors, later.row_errors]),
            short=np.concatenate([self.short, later.short]),
            wide=np.concatenate([self.wide, later.wide]),
            other_tables=(*self.other_tables, *later.other_tables),
            repeats=np.concatenate([self.repeats, later.repeats]),
            hidden=np.concatenate([self.hidden, later.hidden]),
            rejected_rows=np.concatenate([self.rejected_rows, later.rejected_rows]),
        )
