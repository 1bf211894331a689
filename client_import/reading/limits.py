"""How large a file may be (docs/rules.md, section 2): its records, rows, columns and cells. Each limit is a setting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from client_import.errors import SourceError
from client_import.reading.row_batch import RowBatch
from client_import.row_errors import Reason, row_errors
from client_import.settings import read_settings


@dataclass(frozen=True, slots=True)
class Limits:
    """The most records, data rows, columns and cells a file may have, and the most bytes a cell."""

    records: int
    rows: int
    columns: int
    cells: int
    cell_bytes: int

    @classmethod
    def current(cls) -> Limits:
        """Return the limits that the settings name; raises as :func:`read_settings` does."""
        settings = read_settings()
        return cls(
            settings.max_records,
            settings.max_rows,
            settings.max_columns,
            settings.max_cells,
            settings.max_cell_bytes,
        )

    def check_columns(self, count: int) -> None:
        """Raise SourceError when a file with so many columns is too wide."""
        if count > self.columns:
            raise SourceError(
                f"The file has {count:,} columns; {self.columns:,} is the most an import takes. Take out those that "
                "are not needed, or raise CLIENT_IMPORT_MAX_COLUMNS."
            )

    def check_records(self, count: int, columns: int) -> None:
        """Raise SourceError when so many records, blank ones counted, of a file with so many columns are too many.

        A short record takes the room of all its cells, those that it lacks as well.
        """
        if count > self.records:
            raise SourceError(
                f"The file has more than {self.records:,} records, blank ones counted, the most an import takes. Take "
                "out those that are blank, split the file, or raise CLIENT_IMPORT_MAX_RECORDS."
            )
        if count * columns > self.cells:
            raise SourceError(
                f"The file has more than {self.cells:,} cells, the most an import takes: {columns:,} in each record, "
                "blank ones and those that a short record lacks counted. Take out columns that are not needed, split "
                "the file, or raise CLIENT_IMPORT_MAX_CELLS."
            )

    def applied(self, batches: Iterator[RowBatch]) -> Iterator[RowBatch]:
        """Yield ``batches`` with the rows rejected that have a cell too long; raises SourceError at a row too many."""
        rows = 0
        for batch in batches:
            rows += len(batch.rows)
            if rows > self.rows:
                raise SourceError(
                    f"The file has more than {self.rows:,} rows, the most an import takes. Split it, or raise "
                    "CLIENT_IMPORT_MAX_ROWS."
                )
            yield self._short(batch)

    def _short(self, batch: RowBatch) -> RowBatch:
        too_long = np.zeros(len(batch.rows), bool)
        for column in batch.cells.columns:
            lengths = pc.binary_length(column)
            if (pc.max(lengths).as_py() or 0) > self.cell_bytes:
                too_long |= pc.greater(lengths, self.cell_bytes).to_numpy(zero_copy_only=False)
        if not too_long.any():
            return batch
        rows = batch.rows[too_long]
        found = row_errors(rows, Reason.TOO_LONG, pa.array([f"{self.cell_bytes:,}"] * len(rows)))
        return replace(batch, row_errors=pa.concat_tables([batch.row_errors, found]))
