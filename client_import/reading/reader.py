"""Read the rows of a file as text cells, in batches (docs/rules.md, section 2).

Arrow's tokenizer does the work: it is fast, keeps blank records, and hands over each record with too few or too many
cells. Only those are handled here one by one.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from client_import.field_types.characters import has_text, trim_text
from client_import.reading.chunks import as_array
from client_import.reading.encoding import UNDECODABLE, UNDECODABLE_BYTE, DecodedSource
from client_import.reading.formula_escape import remove_guard
from client_import.reading.grammar import Grammar, Record
from client_import.reading.layout import Layout
from client_import.reading.limits import Limits
from client_import.reading.part import WHOLE, Part, open_part
from client_import.reading.quote_repair import Block, RepairedSource
from client_import.reading.record_blocks import RecordBlocks
from client_import.reading.record_text import with_damaged_records
from client_import.reading.repeated_header import repeats_header
from client_import.reading.returned import rejected_rows, returned_errors, returned_records, returned_repeats
from client_import.reading.row_batch import RowBatch
from client_import.reading.source import UNREADABLE, cannot_be_read
from client_import.reading.unwrap import UnwrappedSource
from client_import.reading.workbook.sheet_text import SheetReader
from client_import.row_errors import NO_ERRORS, Reason, Rows, row_errors

BLOCK_BYTES = 8 << 20
"""The size of a block: about 60,000 rows of a dozen columns. It also limits the length of a record."""

_PARTIAL_RECORDS = 1_000_000
_PARTIAL_BYTES = 64 << 20

_MANY_RAGGED = 1_000
"""If more records of a block than this are short or long, later blocks are filled before Arrow cuts them."""

_BOM = codecs.BOM_UTF8
"""Added to a block that starts with this character, because Arrow drops it although it belongs to a cell."""

_OPEN = "\0open"
"""The surplus of a record whose quote is never closed."""


class _Ragged(NamedTuple):
    """A record with too few or too many cells, or the marker of a record that bypassed Arrow.

    ``number`` is its position in the block, from 1.
    """

    number: int
    text: str


class _Widths(NamedTuple):
    """The row numbers of ragged records, and how many cells each has; 0 if its quote is never closed.

    One that was filled has 1.
    """

    numbers: Rows
    cells: Rows

    def and_(self, others: _Widths) -> _Widths:
        """Return these and those of ``others``, in file order."""
        if not len(self.numbers):
            return others
        numbers, cells = (np.concatenate(pair) for pair in zip(self, others, strict=True))
        order = np.argsort(numbers)
        return _Widths(numbers[order], cells[order])

    def among(self, rows: Rows, is_odd: npt.NDArray[np.bool_]) -> Rows:
        """Return those of the sorted row numbers ``rows`` whose record is selected by the boolean array ``is_odd``."""
        odd = self.numbers[is_odd]
        places = np.searchsorted(rows, odd)
        places, odd = places[places < len(rows)], odd[places < len(rows)]
        return np.asarray(odd[rows[places] == odd], np.int64)


def read_first_rows(path: Path, layout: Layout, limits: Limits, block_bytes: int = BLOCK_BYTES) -> Iterator[RowBatch]:
    """Yield rows like :func:`read_rows`, but only from about the first million records or 64 MiB of the file.

    This bounds the time to get a few rows if millions of blank records precede them.
    """
    return _read(path, layout, limits, block_bytes, WHOLE, is_partial=True)


def read_rows(
    path: Path, layout: Layout, limits: Limits, block_bytes: int = BLOCK_BYTES, part: Part = WHOLE
) -> Iterator[RowBatch]:
    """Yield the data rows of the file at ``path`` in file order, in batches of about ``block_bytes`` of text.

    Blank records are skipped, but count for the row numbers. Only the ``part`` is read; all parts of the file together
    give what the whole gives. Raises SourceError if the file cannot be read to its end or has more records or cells
    than ``limits`` allow.
    """
    return _read(path, layout, limits, block_bytes, part, is_partial=False)


def _read(
    path: Path, layout: Layout, limits: Limits, block_bytes: int, part: Part, *, is_partial: bool
) -> Iterator[RowBatch]:
    if not layout.labels:
        return
    opened = open_part(path, part, limits, layout.sheet_text)
    with closing(DecodedSource(opened, layout.encoding, is_at_start=part.start == 0)) as decoded:
        text = UnwrappedSource(decoded, layout.wrapping) if layout.wrapping else decoded
        source = RepairedSource(RecordBlocks(text, Grammar(layout.dialect), len(layout.labels), block_bytes))
        before = part.before
        try:
            for block in source.blocks():
                table, ragged = _cut(block.text, layout)
                if len(ragged) > _MANY_RAGGED:
                    source.fill_short_records()
                table, numbers, widths = _number(table, ragged, before, layout, source, block)
                before += len(numbers)
                if not is_partial:
                    limits.check_records(before, len(layout.labels))
                for batch in _data_rows(table, numbers, widths, layout, decoded):
                    yield _with_hidden(batch, opened) if isinstance(opened, SheetReader) else batch
                if is_partial and (before >= _PARTIAL_RECORDS or decoded.count >= _PARTIAL_BYTES):
                    return
        except (pa.ArrowInvalid, *UNREADABLE) as error:
            raise cannot_be_read(error) from None


def _cut(records: bytes, layout: Layout) -> tuple[pa.Table, list[_Ragged]]:
    """Return the records as a table of string columns, and the ragged ones separately."""
    ragged: list[_Ragged] = []

    def set_aside(record: Any) -> str:
        ragged.append(_Ragged(record.number, record.text))
        return "skip"

    # Arrow can read batches from a stream itself, but then it reads up to 32 blocks ahead.
    text = pa.BufferReader(_BOM + records if records.startswith(_BOM) else records)
    names = [str(place) for place in range(len(layout.labels))]
    table = arrow_csv.read_csv(
        text,
        read_options=arrow_csv.ReadOptions(use_threads=False, block_size=text.size() + 1, column_names=names),
        parse_options=arrow_csv.ParseOptions(
            delimiter=layout.delimiter,
            quote_char=layout.quote or False,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=set_aside,
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
        ),
    )
    return table, ragged


def _number(
    table: pa.Table, ragged: list[_Ragged], before: int, layout: Layout, source: RepairedSource, block: Block
) -> tuple[pa.Table, Rows, _Widths]:
    """Number the records of a block, and put the ragged ones back into their positions.

    ``before`` is the number of records in earlier blocks. Return three things: the records as string columns, with two
    more columns ``surplus`` and ``record`` that hold the surplus cells and the text of a record that is too long (null
    for all others); the row numbers; and the row numbers and widths of the records that were ragged in the file.
    """
    count = table.num_rows
    table = table.append_column("surplus", pa.nulls(count, pa.string()))
    table = table.append_column("record", pa.nulls(count, pa.string()))
    numbers = np.arange(before + 1, before + 1 + count + len(ragged), dtype=np.int64)
    filled = _Widths(numbers[block.filled], np.ones(len(block.filled), np.int64))
    if not ragged:
        return table, numbers, filled
    records = [source.record(each.text) for each in ragged]
    widths = np.array([0 if record.is_open else len(record.cells) for record, _ in records], np.int64)
    repaired = zip(*(_fit(record, text, layout) for record, text in records), strict=True)
    apart = pa.table([pa.array(cells, pa.binary()).view(pa.string()) for cells in repaired], schema=table.schema)
    is_apart = np.zeros(len(numbers), np.bool_)
    is_apart[[each.number - 1 for each in ragged]] = True
    places = np.empty(len(numbers), np.int64)
    places[~is_apart] = np.arange(count)
    places[is_apart] = np.arange(count, len(numbers))
    return pa.concat_tables([table, apart]).take(places), numbers, filled.and_(_Widths(numbers[is_apart], widths))


def _fit(record: Record, text: bytes, layout: Layout) -> list[bytes | None]:
    """Return one cell for each label, then the surplus of the record and its ``text``, or None and None."""
    width = len(layout.labels)
    if record.is_open:
        cells = record.cells[0].split(layout.delimiter.encode(), width - 1)
        return [*cells, *[b""] * (width - len(cells)), _OPEN.encode(), text]
    cells = record.cells
    surplus = [cell for cell in cells[width:] if trim_text(cell.decode(errors="replace"))]
    if not surplus:
        return [*cells[:width], *[b""] * (width - len(cells)), None, None]
    return [*cells[:width], layout.delimiter.encode().join(surplus), text]


def _data_rows(
    table: pa.Table, numbers: Rows, widths: _Widths, layout: Layout, source: DecodedSource
) -> Iterator[RowBatch]:
    """Yield a batch of the records below the header row that are not blank, with the errors of their records."""
    first = int(np.searchsorted(numbers, layout.header_row, side="right"))
    table, numbers = table.slice(first), numbers[first:]
    surplus, records = as_array(table.column("surplus")), as_array(table.column("record"))
    columns = [as_array(table.column(place)) for place in layout.own_positions]
    damaged = np.zeros(len(numbers), bool)
    if source.is_damaged:
        for column in columns:
            damaged |= pc.match_substring(column, UNDECODABLE).to_numpy(zero_copy_only=False)
        records = with_damaged_records(records, columns, pa.array(damaged), layout)
        surplus = pc.replace_substring_regex(surplus, UNDECODABLE_BYTE, "\ufffd")
        columns = [pc.replace_substring_regex(column, UNDECODABLE_BYTE, "\ufffd") for column in columns]
    filled = surplus.is_valid().to_numpy(zero_copy_only=False)
    returned, repeats = returned_records(table, layout), returned_repeats(table, layout)
    before = rejected_rows(table, layout) if layout.is_not_imported_file else numbers[:0]
    if layout.is_not_imported_file:
        columns = [remove_guard(column) for column in columns]
    if returned is not None:
        kept = as_array(returned.column("record"))
        records = pc.coalesce(records, kept)
        filled |= kept.is_valid().to_numpy(zero_copy_only=False)
    for column in columns:
        if filled.all():
            break
        filled |= has_text(column)
    cells = pa.table(columns, names=list(layout.headers))
    if not filled.all():
        keep = pa.array(filled)
        cells, surplus, records = cells.filter(keep), surplus.filter(keep), records.filter(keep)
        returned = None if returned is None else returned.filter(keep)
        numbers, damaged, repeats = numbers[filled], damaged[filled], repeats[filled]
        before = before[filled] if len(before) else before
    if len(numbers):
        found = [_row_errors(cells, surplus, numbers, damaged, layout)]
        if returned is not None:
            found += returned_errors(numbers, returned)
        short = widths.among(numbers, (widths.cells > 0) & (widths.cells < len(layout.labels)))
        fits = surplus.is_null().to_numpy(zero_copy_only=False) if surplus.null_count < len(surplus) else slice(None)
        wide = widths.among(numbers[fits], widths.cells > len(layout.labels))
        found_errors, repeated = pa.concat_tables(found), numbers[repeats]
        yield RowBatch(
            numbers, cells, records, found_errors, source.count, short, wide, repeats=repeated, rejected_rows=before
        )


def _with_hidden(batch: RowBatch, sheet: SheetReader) -> RowBatch:
    return replace(batch, hidden=np.intersect1d(sheet.hidden_until(int(batch.rows[-1])), batch.rows))


def _row_errors(
    cells: pa.Table, surplus: pa.Array, numbers: Rows, damaged: npt.NDArray[np.bool_], layout: Layout
) -> pa.Table:
    found = [NO_ERRORS]

    def add(reason: Reason, bad: npt.NDArray[np.bool_], values: pa.Array | None = None) -> None:
        if bad.any():
            blank = pa.repeat("", int(bad.sum()))
            found.append(row_errors(numbers[bad], reason, blank if values is None else values.filter(pa.array(bad))))

    add(Reason.BAD_ENCODING, damaged)
    add(Reason.REPEATED_HEADER, repeats_header(cells, layout))
    if surplus.null_count < len(surplus):
        is_open = pc.fill_null(pc.equal(surplus, _OPEN), False).to_numpy(zero_copy_only=False)
        is_long = pc.is_valid(surplus).to_numpy(zero_copy_only=False) & ~is_open
        add(Reason.UNCLOSED_QUOTE, is_open)
        add(Reason.TOO_MANY_CELLS, is_long, surplus)
    return pa.concat_tables(found)
