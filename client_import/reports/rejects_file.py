"""Write the file of rows not imported and the file of rejected rows (docs/rules.md, section 8)."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv as arrow_csv

from client_import.errors import StoreError
from client_import.failpoints import failpoint
from client_import.paths import JobFolder, put_in_place, unfinished
from client_import.reading.formula_escape import add_guard
from client_import.reading.layout import IMPORT_COLUMNS
from client_import.reports.export import quoted
from client_import.system.parallel import in_order
from client_import.validation.stage import Staged

_THREADS = 2
"""Threads that turn cells into CSV; each needs memory for one piece."""

_PIECE_BYTES = 4 << 20
"""The size of the cells and messages that are turned into CSV at once."""

_OUTCOMES_AT_ONCE = 8_192

_READ_AT_ONCE = 1 << 20
"""Bytes of a written file that are read at once to count its rows."""

_QUOTE, _LINE_END = b'"\n'


def write_rejects(folder: JobFolder) -> None:
    """Write ``rejected.csv`` and ``not_imported.csv`` from the staged cells and the rows that the plan does not apply.

    They are UTF-8 with BOM, commas, CRLF, and have the cells as they were, guarded, then the ``import_*`` columns, the
    last of them only if a row needs it. Memory is bounded by one batch and some megabytes. Each file is written under
    another name and then moved, so it is whole or absent; ``not_imported.csv`` is moved last. Raises FileNotFoundError
    if the cells of a part are gone.
    """
    staged, parts = Staged.load(folder.staged), folder.cells
    if len(parts) != staged.parts:
        raise FileNotFoundError(f"{folder.parts} has {len(parts)} of the {staged.parts} parts")
    names = IMPORT_COLUMNS if staged.keeps_records else IMPORT_COLUMNS[:-1]
    places = (folder.rejected, folder.not_imported)
    written = [unfinished(place) for place in places]
    rows = _Cursor(pq.ParquetFile(folder.not_applied).iter_batches(_OUTCOMES_AT_ONCE))
    with ExitStack() as open_files, ThreadPoolExecutor(_THREADS, "report") as pool:
        rejected, not_imported = (open_files.enter_context(path.open("wb")) for path in written)
        with pa.ipc.open_file(str(parts[0])) as cells:
            headers = add_guard(pa.array(cells.schema.names[1:-1], pa.string())).to_pylist()
        for file in (rejected, not_imported):
            file.write(codecs.BOM_UTF8)
            file.write((",".join(quoted(name) for name in [*headers, *names]) + "\r\n").encode())
        write = partial(_lines, keeps_records=names is IMPORT_COLUMNS)
        for lines in in_order(pool, write, _batches(parts, rows), _THREADS + 1):
            rejected.write(lines.rejected)
            not_imported.write(lines.all)
            failpoint("report half written")
    for path, place in zip(written, places, strict=True):
        put_in_place(path, place)
    failpoint("reported")


def count_rows(path: Path) -> int:
    """Return how many rows the file of rows not imported at ``path`` has: its lines that end outside quotes.

    A file that is not there has none. Raises StoreError when it ends within a row.
    """
    if not path.exists():
        return 0
    lines, quotes, last = 0, 0, b""
    with path.open("rb") as file:
        while block := file.read(_READ_AT_ONCE):
            data = np.frombuffer(block, np.uint8)
            at_quotes, at_ends = np.flatnonzero(data == _QUOTE), np.flatnonzero(data == _LINE_END)
            lines += int(np.count_nonzero((quotes + np.searchsorted(at_quotes, at_ends)) % 2 == 0))
            quotes += len(at_quotes)
            last = block[-1:]
    if quotes % 2 or last != b"\n":
        raise StoreError(f"The file {path} is damaged (it ends within a row).")
    return lines - 1


def _batches(parts: Sequence[Path], rows: _Cursor) -> Iterator[tuple[pa.RecordBatch, pa.Table]]:
    """Yield batches of the cells of all parts with the outcomes of their rows not imported, some megabytes each."""
    for part in parts:
        with pa.ipc.open_file(str(part)) as cells:
            for place in range(cells.num_record_batches):
                yield from _with_outcomes(cells.get_batch(place), rows)


def _with_outcomes(batch: pa.RecordBatch, rows: _Cursor) -> Iterator[tuple[pa.RecordBatch, pa.Table]]:
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


class _Lines(NamedTuple):
    """The lines of both files for the rows of one piece."""

    all: pa.Buffer
    rejected: pa.Buffer


def _lines(part: tuple[pa.RecordBatch, pa.Table], *, keeps_records: bool) -> _Lines:
    """Return the lines for the rows of the outcomes in ``part``, whose cells are in its batch."""
    batch, outcomes = part
    kept = batch
    if outcomes.num_rows < batch.num_rows:
        kept = batch.take(pa.array(np.searchsorted(batch.column(0).to_numpy(), outcomes.column("row").to_numpy())))
    *cells, records = [add_guard(column) for column in kept.columns[1:]]
    reported = [outcomes.column(name).combine_chunks() for name in ("row", "outcome", "reason", "message")]
    columns = [*cells, *reported, *([records] if keeps_records else [])]
    table = pa.table(columns, names=[str(place) for place in range(len(columns))])
    is_rejected = pc.equal(outcomes.column("outcome"), "error")
    lines = written_lines(table)
    return _Lines(lines, lines if pc.all(is_rejected).as_py() else written_lines(table.filter(is_rejected)))


def written_lines(table: pa.Table) -> pa.Buffer:
    """Return the rows of ``table``, whose columns are text or numbers, as lines of CSV without a header."""
    options = arrow_csv.WriteOptions(include_header=False, eol="\r\n", quoting_style="needed")
    lines = pa.BufferOutputStream()
    arrow_csv.write_csv(table, lines, options)
    return lines.getvalue()


class _Cursor:
    """Rows in row order, taken a block at a time."""

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
