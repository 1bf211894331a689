"""Limits on the records, rows, columns and cells of a file (docs/rules.md, section 2). Each is a setting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from client_import.errors import SourceError
from client_import.reading.row_batch import RowBatch
from client_import.row_errors import Reason, row_errors
from client_import.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """The most records, data rows, columns and cells of a file, bytes of a cell, and MiB of an unpacked file."""

    records: int
    rows: int
    columns: int
    cells: int
    cell_bytes: int
    unpacked_mb: int

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """Return the limits that the settings have."""
        return cls(
            settings.max_records,
            settings.max_rows,
            settings.max_columns,
            settings.max_cells,
            settings.max_cell_bytes,
            settings.max_unpacked_mb,
        )

    def check_columns(self, count: int) -> None:
        """Raise SourceError if ``count`` columns are too many."""
        if count > self.columns:
            raise SourceError(
                f"The file has {count:,} columns; {self.columns:,} is the most an import takes. Take out those that "
                "are not needed, or raise CLIENT_IMPORT_MAX_COLUMNS."
            )

    def check_records(self, count: int, columns: int) -> None:
        """Raise SourceError if ``count`` records, including blank ones, of ``columns`` cells each are too many.

        Short records count with all their cells, because that is the memory they need.
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

    def check_rows(self, count: int) -> None:
        """Raise SourceError if ``count`` data rows are too many."""
        if count > self.rows:
            raise SourceError(
                f"The file has more than {self.rows:,} rows, the most an import takes. Split it, or raise "
                "CLIENT_IMPORT_MAX_ROWS."
            )

    def applied(self, batches: Iterator[RowBatch]) -> Iterator[RowBatch]:
        """Yield ``batches`` with a row error for each row with a cell that is too long.

        Raises SourceError once there are too many rows.
        """
        rows = 0
        for batch in batches:
            rows += len(batch.rows)
            self.check_rows(rows)
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
