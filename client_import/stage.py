"""Read, check and stage a file's rows: from its bytes to columnar files in the job's folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from client_import.catalogue import Field
from client_import.check import CheckedBatch, Checker
from client_import.faults import FAULT_SCHEMA
from client_import.folders import JobFolder, put_in_place, unfinished, whole
from client_import.interruption_points import point
from client_import.layout import Layout
from client_import.limits import Limits
from client_import.mapping import Mapping
from client_import.options import ImportOptions
from client_import.read import RowBatch, read_rows
from client_import.side_by_side import in_order
from client_import.values import VALUE_TYPES, Rules

_AHEAD = 1
"""Batches that are checked while an earlier one is written; each costs its size in memory."""


@dataclass(frozen=True, slots=True)
class Staged:
    """What staging counted. ``clears`` says whether any cell said ``#N/A``."""

    total_items: int
    refused: int
    clears: bool

    @classmethod
    def load(cls, path: Path) -> Staged:
        """Read what :meth:`save` wrote; raises StoreError when it is damaged."""
        with whole(path):
            return cls(**json.loads(path.read_text("utf-8")))

    def save(self, path: Path) -> None:
        """Write the counts as JSON."""
        written = unfinished(path)
        written.write_text(json.dumps(asdict(self)), "utf-8")
        put_in_place(written, path)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far staging has come: rows handled, rows refused, bytes of the (unpacked) file read."""

    rows: int
    refused: int
    read_bytes: int


def stage(
    folder: JobFolder,
    layout: Layout,
    mapping: Mapping,
    options: ImportOptions,
    threads: int,
    report: Callable[[Progress], None],
) -> Staged:
    """Read the source in ``folder``, check every row, and write ``cells``, ``rows`` and ``faults`` beside it.

    Batches are checked in ``threads`` threads while others are read and written, and written in file order.
    ``report`` is called after each; what it raises ends the staging. Raises SourceError when the file cannot be
    read on or has too many rows, and OSError when the disk is full.
    """
    folder.drop_working_files()  # a process that was taken for dead may still write to them
    checker = Checker(mapping, Rules(day_first=options.day_first))
    batches = Limits.current().applied(read_rows(folder.source, layout))
    total = refused = 0
    clears = False
    with ExitStack() as files, ThreadPoolExecutor(threads) as pool:
        # Opened here, and so closed whatever happens: a writer that fails leaves its own file open, which keeps the
        # room on a full disk when the file is deleted.
        sinks = [files.enter_context(pa.OSFile(str(path), "wb")) for path in (folder.cells, folder.rows, folder.faults)]
        cells = files.enter_context(pa.ipc.new_file(sinks[0], _cells_schema(layout)))
        rows = files.enter_context(pq.ParquetWriter(sinks[1], _rows_schema(mapping), **_PLAIN))
        faults = files.enter_context(pq.ParquetWriter(sinks[2], FAULT_SCHEMA, **_PACKED))
        for batch in in_order(pool, checker.check, batches, threads + _AHEAD):
            cells.write_table(_numbered(batch.source))
            rows.write_table(batch.clean)
            if batch.faults.num_rows:
                faults.write_table(batch.faults)
            total += len(batch.source.rows)
            refused += _refused(batch)
            clears = clears or batch.clean.column("cleared").null_count < batch.clean.num_rows
            report(Progress(total, refused, batch.source.read_bytes))
            point("batch staged")
    pa.default_memory_pool().release_unused()
    staged = Staged(total, refused, clears)
    staged.save(folder.staged)
    point("staged")
    return staged


_PLAIN = {"compression": "none", "use_dictionary": False, "write_statistics": ["row"]}
"""How rows are written: packing them takes as long as writing them does, and they are read once."""

_PACKED = {**_PLAIN, "compression": "lz4"}


def clean_type(field: Field) -> pa.DataType:
    """Return the Arrow type of the field's clean values."""
    return VALUE_TYPES[field.type].arrow_type


def _rows_schema(mapping: Mapping) -> pa.Schema:
    columns = [(column.field.column, clean_type(column.field)) for column in mapping.columns]
    return pa.schema(
        [
            ("row", pa.int64()),
            ("refused", pa.bool_()),
            ("key", pa.string()),
            ("cleared", pa.string()),
            *columns,
        ]
    )


def _cells_schema(layout: Layout) -> pa.Schema:
    return pa.schema([("import_row", pa.int64()), *((header, pa.string()) for header in layout.headers)])


def _numbered(batch: RowBatch) -> pa.Table:
    return batch.cells.add_column(0, "import_row", pa.array(batch.rows))


def _refused(batch: CheckedBatch) -> int:
    return int(batch.clean.column("refused").to_numpy().sum())
