"""Stage a part of a file: read and validate its rows, and write them to columnar files of its own.

Any process that sees the folder of the job can do this, on any machine. It says what it counted, and the process that
asked for it puts the parts together (:mod:`client_import.validation.stage`). Nothing else is shared, so a part may be
staged any number of times at once: each attempt writes to files of its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from client_import.failpoints import failpoint
from client_import.field_types.registry import VALUE_TYPES, Rules
from client_import.fields.catalogue import FIELDS, Field
from client_import.mapping.resolve import Mapping
from client_import.paths import CELLS, ROW_ERRORS, ROWS, JobFolder
from client_import.reading.layout import RECORD_COLUMN, Layout
from client_import.reading.limits import Limits
from client_import.reading.part import Part
from client_import.reading.reader import BLOCK_BYTES, read_rows
from client_import.reading.row_batch import RowBatch
from client_import.row_errors import ROW_ERROR_SCHEMA
from client_import.system.parallel import in_order
from client_import.validation.other_lines import OtherLines, RowsBefore, without_other_lines
from client_import.validation.row_notes import OddRows, RowNotes
from client_import.validation.validate import ValidatedBatch, Validator

_AHEAD = 1
"""Batches that are checked while an earlier one is written; each costs its size in memory."""


@dataclass(frozen=True, slots=True)
class Staging:
    """What is the same for all parts of a file: where it is, and how it is read and validated."""

    folder: JobFolder
    layout: Layout
    mapping: Mapping
    rules: Rules
    limits: Limits
    block_bytes: int = BLOCK_BYTES


@dataclass(frozen=True, slots=True)
class PartTask:
    """A part to be staged, what is taken to be known of the rows before it, and whether no rows are behind it."""

    part: Part
    before: RowsBefore
    is_end: bool


@dataclass(frozen=True, slots=True)
class StagedPart:
    """What an attempt to stage a part counted; its files begin with ``stem`` in the attempts of the job.

    ``before`` and ``is_end`` are those of the task, ``after`` is what is known behind the part, and ``first_row`` the
    first row for which they matter, or 0. ``surely_rejected`` are the rejected rows that stay so, ``saying_nothing``
    how many cells of each text column say only that there is nothing, in columns where no other cell says anything. The
    others are as in :class:`client_import.validation.stage.Staged`.
    """

    number: int
    stem: str
    before: RowsBefore
    is_end: bool
    first_row: int
    after: RowsBefore
    total: int
    rejected: int
    surely_rejected: int
    cleared_cells: int
    keeps_records: bool
    has_repeats: bool
    saying_nothing: dict[str, int]
    odd_rows: OddRows

    def fits(self, before: RowsBefore, *, is_end: bool) -> bool:
        """Return whether the part would be staged alike if ``before`` and ``is_end`` were those of its task."""
        if not self.first_row:
            return True
        follows_gap = [self.first_row - each.last_row > 1 for each in (self.before, before)]
        is_same_table = self.before.other_table == before.other_table
        return is_same_table and follows_gap[0] == follows_gap[1] and self.is_end == is_end


Run = Callable[[Sequence[PartTask]], Iterable[StagedPart]]
"""Stages parts, anywhere, in any order and any number of times."""


@dataclass(frozen=True, slots=True)
class StagingProgress:
    """How far staging has come: rows handled, rows rejected, bytes of the (unpacked) file read."""

    rows: int
    rejected: int
    read_bytes: int


def stage_part(staging: Staging, task: PartTask, threads: int, report: Callable[[StagingProgress], None]) -> StagedPart:
    """Read the part of the source, check every row, and write ``cells``, ``rows`` and ``row_errors`` to an attempt.

    Batches are checked in ``threads`` threads while others are read and written, and written in file order.
    ``report`` is called after each; what it raises ends the staging. Raises SourceError when the file cannot be
    read on or has more rows than the limits allow, and OSError when the disk is full or the folder of the attempts is
    gone.
    """
    folder, layout, mapping, limits = staging.folder, staging.layout, staging.mapping, staging.limits
    stem = f"{task.part.number:06}-{secrets.token_hex(4)}"
    validator, notes = Validator(mapping, staging.rules), RowNotes(mapping, staging.rules)
    lines = OtherLines(layout, mapping, task.before)
    read = limits.applied(read_rows(folder.source, layout, limits, staging.block_bytes, task.part))
    batches = without_other_lines(read, layout, lines, is_end=task.is_end)
    total = rejected = surely_rejected = 0
    cleared_cells = 0
    keeps_records = has_repeats = False
    nothing = dict.fromkeys((column.field.column for column in mapping.columns if column.field.type == "text"), 0)
    with ExitStack() as files, ThreadPoolExecutor(threads) as pool:
        # Opened here, and so closed whatever happens: a writer that fails leaves its own file open, which keeps the
        # room on a full disk when the file is deleted.
        sinks = [
            files.enter_context(pa.OSFile(str(folder.attempts / f"{stem}.{kind}"), "wb"))
            for kind in (CELLS, ROWS, ROW_ERRORS)
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
    return StagedPart(
        task.part.number,
        stem,
        task.before,
        task.is_end,
        lines.first_row,
        lines.after,
        total,
        rejected,
        surely_rejected,
        cleared_cells,
        keeps_records,
        has_repeats,
        nothing,
        notes.found,
    )


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
            ("rejected_row", pa.int64()),
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
