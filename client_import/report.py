"""Write the file of rows not imported (semantics.md, section 8)."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv as arrow_csv

from client_import.export import quoted
from client_import.folders import JobFolder, put_in_place, unfinished
from client_import.guard import add_guard
from client_import.interruption_points import point
from client_import.layout import IMPORT_COLUMNS
from client_import.side_by_side import in_order

_THREADS = 2
"""Threads that make text of cells; each costs the memory of a piece."""

_PIECE_BYTES = 4 << 20
"""Cells and sentences that are made into text at once."""

_OUTCOMES_AT_ONCE = 8_192


def write_not_imported(folder: JobFolder) -> None:
    """Write ``not_imported.csv`` from the staged cells and the rows that the plan does not apply.

    UTF-8 with BOM, commas, CRLF; the cells as they were, guarded, then the four ``import_*`` columns. Streams:
    the memory it takes is that of a batch and some megabytes. Written beside its place and moved there, so it is
    whole or absent.
    """
    written = unfinished(folder.not_imported)
    rows = _Cursor(pq.ParquetFile(folder.not_applied).iter_batches(_OUTCOMES_AT_ONCE))
    with pa.ipc.open_file(str(folder.cells)) as cells, written.open("wb") as file:
        headers = cells.schema.names[1:]
        file.write(codecs.BOM_UTF8)
        file.write((",".join(quoted(name) for name in [*headers, *IMPORT_COLUMNS]) + "\r\n").encode())
        with ThreadPoolExecutor(_THREADS, "report") as pool:
            for lines in in_order(pool, _lines, _parts(cells, rows), _THREADS + 1):
                file.write(lines)
                point("report half written")
    put_in_place(written, folder.not_imported)
    point("reported")


def _parts(cells: pa.RecordBatchFileReader, rows: _Cursor) -> Iterator[tuple[pa.RecordBatch, pa.Table]]:
    """Yield cells of rows that are not imported, and what is said of these rows, some megabytes at a time."""
    for place in range(cells.num_record_batches):
        batch = cells.get_batch(place)
        numbers = batch.column(0).to_numpy()
        first = 0
        while first < len(numbers):
            last = min(first + _OUTCOMES_AT_ONCE, len(numbers))
            outcomes = rows.take_until(int(numbers[last - 1]))
            yield from _pieces(batch.slice(first, last - first), outcomes)
            first = last


def _pieces(batch: pa.RecordBatch, outcomes: pa.Table) -> Iterator[tuple[pa.RecordBatch, pa.Table]]:
    if not outcomes.num_rows:
        return
    pieces = (batch.nbytes + outcomes.nbytes) // _PIECE_BYTES + 1
    rows = -(-outcomes.num_rows // pieces)
    for start in range(0, outcomes.num_rows, rows):
        yield batch, outcomes.slice(start, rows)


def _lines(part: tuple[pa.RecordBatch, pa.Table]) -> pa.Buffer:
    """Return the lines of the file for the rows of ``outcomes``, whose cells are in the batch."""
    batch, outcomes = part
    kept = batch
    if outcomes.num_rows < batch.num_rows:
        kept = batch.take(pa.array(np.searchsorted(batch.column(0).to_numpy(), outcomes.column("row").to_numpy())))
    columns = [add_guard(column) for column in kept.columns[1:]]
    reported = [outcomes.column(name).combine_chunks() for name in ("row", "outcome", "reason", "message")]
    table = pa.table([*columns, *reported], names=[str(place) for place in range(len(columns) + len(reported))])
    options = arrow_csv.WriteOptions(include_header=False, eol="\r\n", quoting_style="needed")
    lines = pa.BufferOutputStream()
    arrow_csv.write_csv(table, lines, options)
    return lines.getvalue()


class _Cursor:
    """Rows in row order, taken a stretch at a time."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self._rest: pa.Table | None = None

    def take_until(self, last_row: int) -> pa.Table:
        """Return the rows not yet taken up to and including ``last_row``."""
        taken = []
        while True:
            if self._rest is None:
                batch = next(self._batches, None)
                if batch is None:
                    break
                self._rest = pa.Table.from_batches([batch])
            numbers = self._rest.column("row").to_numpy()
            count = int(np.searchsorted(numbers, last_row, side="right"))
            taken.append(self._rest.slice(0, count))
            if count < len(numbers):
                self._rest = self._rest.slice(count)
                break
            self._rest = None
        return pa.concat_tables(taken) if taken else pa.table({"row": pa.array([], pa.int64())})
