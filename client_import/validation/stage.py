"""Read, check and stage a file's rows: from its bytes to columnar files in the job's folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from client_import.failpoints import failpoint
from client_import.field_types.registry import VALUE_TYPES, Rules
from client_import.fields.catalogue import FIELDS, Field
from client_import.mapping.resolve import Mapping
from client_import.options import ImportOptions
from client_import.paths import JobFolder, whole, write_whole
from client_import.reading.layout import RECORD_COLUMN, Layout
from client_import.reading.limits import Limits
from client_import.reading.reader import read_rows
from client_import.reading.row_batch import RowBatch
from client_import.row_errors import ROW_ERROR_SCHEMA
from client_import.system.parallel import in_order
from client_import.validation.other_lines import without_other_lines
from client_import.validation.row_notes import RowNotes
from client_import.validation.validate import ValidatedBatch, Validator

NO_DATA_ROWS = "The file has no data rows, so there was nothing to import."

_AHEAD = 1
"""Batches that are checked while an earlier one is written; each costs its size in memory."""


_SURELY_NOTHING = 2
"""Cells that say nothing of which a column needs this many to be blank; a single one may be somebody's name."""


@dataclass(frozen=True, slots=True)
class Staged:
    """What staging counted.

    ``rejected`` are rows. ``cleared_cells`` are those that say ``#N/A`` in a field that can be emptied;
    ``keeps_records`` says whether any row is rejected for what its record is. The columns ``saying_nothing`` have
    ``NULL``, ``N/A`` and the like in two cells or more, and nothing else: they are blank. ``row_notes`` are sentences
    about rows that may be meant otherwise. With ``has_repeats`` there are rows that ``was_repeat`` is true of.
    """

    total_items: int
    rejected: int
    cleared_cells: int
    keeps_records: bool
    saying_nothing: tuple[str, ...] = ()
    row_notes: tuple[str, ...] = ()
    has_repeats: bool = False

    @property
    def clears(self) -> bool:
        """Whether any cell said ``#N/A``."""
        return self.cleared_cells > 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of the rows as a whole, in sentences."""
        return tuple(self.row_notes) if self.total_items else (NO_DATA_ROWS,)

    @classmethod
    def load(cls, path: Path) -> Staged:
        """Read what :meth:`save` wrote; raises StoreError when it is damaged."""
        with whole(path):
            return cls(**json.loads(path.read_text("utf-8")))

    def save(self, path: Path) -> None:
        """Write the counts as JSON."""
        write_whole(path, json.dumps(asdict(self)))


@dataclass(frozen=True, slots=True)
class StagingProgress:
    """How far staging has come: rows handled, rows rejected, bytes of the (unpacked) file read."""

    rows: int
    rejected: int
    read_bytes: int


def stage(
    folder: JobFolder,
    layout: Layout,
    mapping: Mapping,
    options: ImportOptions,
    limits: Limits,
    threads: int,
    report: Callable[[StagingProgress], None],
) -> Staged:
    """Read the source in ``folder``, check every row, and write ``cells``, ``rows`` and ``row_errors`` beside it.

    Batches are checked in ``threads`` threads while others are read and written, and written in file order.
    ``report`` is called after each; what it raises ends the staging. Raises SourceError when the file cannot be
    read on or has more rows than ``limits`` allow, and OSError when the disk is full.
    """
    folder.drop_working_files()  # a process that was taken for dead may still write to them
    rules = Rules(day_first=options.day_first)
    validator, notes = Validator(mapping, rules), RowNotes(mapping, rules)
    batches = without_other_lines(limits.applied(read_rows(folder.source, layout, limits)), layout)
    total = rejected = surely_rejected = 0
    cleared_cells = 0
    keeps_records = has_repeats = False
    nothing = dict.fromkeys((column.field.column for column in mapping.columns if column.field.type == "text"), 0)
    with ExitStack() as files, ThreadPoolExecutor(threads) as pool:
        # Opened here, and so closed whatever happens: a writer that fails leaves its own file open, which keeps the
        # room on a full disk when the file is deleted.
        sinks = [
            files.enter_context(pa.OSFile(str(path), "wb")) for path in (folder.cells, folder.rows, folder.row_errors)
        ]
        cells = files.enter_context(pa.ipc.new_file(sinks[0], _cells_schema(layout), options=_packing(layout)))
        rows = files.enter_context(pq.ParquetWriter(sinks[1], _rows_schema(mapping), **_PLAIN))
        row_errors = files.enter_context(pq.ParquetWriter(sinks[2], ROW_ERROR_SCHEMA, **_PACKED))
        for batch in in_order(pool, validator.validate, batches, threads + _AHEAD):
            cells.write_table(_numbered(batch.source))
            rows.write_table(batch.clean)
            if batch.row_errors.num_rows:
                row_errors.write_table(batch.row_errors, _ERRORS_TOGETHER)
            notes.add(batch)
            total += len(batch.source.rows)
            rejected += _rejected(batch)
            cleared_cells += batch.cleared_cells
            keeps_records = keeps_records or batch.source.records.null_count < len(batch.source.records)
            has_repeats = has_repeats or len(batch.source.repeats) > 0
            nothing = {name: nothing[name] + count for name, count in batch.saying_nothing.items() if name in nothing}
            surely_rejected += _surely_rejected(batch)
            report(StagingProgress(total, surely_rejected, batch.source.read_bytes))
            failpoint("batch staged")
    pa.default_memory_pool().release_unused()
    saying_nothing = tuple(name for name, count in nothing.items() if count >= _SURELY_NOTHING)
    row_notes = notes.sentences(folder.cells)
    staged = Staged(total, rejected, cleared_cells, keeps_records, saying_nothing, row_notes, has_repeats)
    staged.save(folder.staged)
    failpoint("staged")
    return staged


_PLAIN = {"compression": "none", "use_dictionary": False, "write_statistics": ["row"]}
"""How rows are written: packing them takes as long as writing them does, and they are read once."""

_PACKED = {**_PLAIN, "compression": "lz4"}

_ERRORS_TOGETHER = 65_536
"""Errors in one group of the file, so that those of some rows are found without reading those of many others."""


_WIDE = 100
"""With so many columns, most cells are blank, and packed: four bytes each otherwise, which are more than their text."""


def _packing(layout: Layout) -> pa.ipc.IpcWriteOptions:
    return pa.ipc.IpcWriteOptions(compression="lz4" if len(layout.headers) >= _WIDE else None)


def clean_type(field: Field) -> pa.DataType:
    """Return the Arrow type of the field's clean values."""
    return VALUE_TYPES[field.type].arrow_type


def _rows_schema(mapping: Mapping) -> pa.Schema:
    columns = [(column.field.column, clean_type(column.field)) for column in mapping.columns]
    return pa.schema(
        [
            ("row", pa.int64()),
            ("rejected", pa.bool_()),
            ("key", pa.string()),
            ("cleared", pa.string()),
            ("was_repeat", pa.bool_()),
            *columns,
        ]
    )


def _cells_schema(layout: Layout) -> pa.Schema:
    columns = [(header, pa.string()) for header in layout.headers]
    return pa.schema([("import_row", pa.int64()), *columns, (RECORD_COLUMN, pa.string())])


def _numbered(batch: RowBatch) -> pa.Table:
    return batch.cells.add_column(0, "import_row", pa.array(batch.rows)).append_column(RECORD_COLUMN, batch.records)


def _rejected(batch: ValidatedBatch) -> int:
    return int(batch.clean.column("rejected").to_numpy().sum())


_POST_CODES = pa.array([field.name for field in FIELDS if field.type == "post_code"])


def _surely_rejected(batch: ValidatedBatch) -> int:
    """Return how many rows have another error than a post code, which
    :mod:`client_import.merge.stored_values` may drop.

    A count of errors never goes down (law L5).
    """
    maybe = pc.is_in(batch.row_errors.column("field"), value_set=_POST_CODES)
    if not pc.any(maybe, min_count=0).as_py():
        return _rejected(batch)
    return int(pc.count_distinct(batch.row_errors.filter(pc.invert(maybe)).column("row")).as_py())
