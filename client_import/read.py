"""Read a file's rows as text, in batches (semantics.md, section 2).

The tokenizer is Arrow's: it is fast, keeps blank records, and hands over each record whose number of cells is
not the header's. Those are mended here, one by one; all others are never touched by Python.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from client_import.errors import SourceError
from client_import.faults import NO_FAULTS, Reason, Rows, faults
from client_import.guard import remove_guard
from client_import.layout import IMPORT_COLUMNS, Layout
from client_import.quotes import MARK, QuoteMender
from client_import.source import open_source

BLOCK_BYTES = 4 << 20
"""About 40,000 rows of a dozen columns, and the longest record that can be read."""


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Consecutive data rows.

    ``rows`` are their row numbers, ``cells`` one string column for each of ``Layout.headers`` in their order,
    without nulls, decoded and otherwise untouched; ``faults`` what the records themselves have wrong.
    ``read_bytes`` says how far into the file the reader is.
    """

    rows: Rows
    cells: pa.Table
    faults: pa.Table
    read_bytes: int


@dataclass(frozen=True, slots=True)
class _Ragged:
    """A record whose number of cells is not the header's."""

    number: int
    text: str


def read_rows(path: Path, layout: Layout, block_bytes: int = BLOCK_BYTES) -> Iterator[RowBatch]:
    """Yield the data rows of the file at ``path`` in file order, in batches of about ``block_bytes`` of text.

    Records without a non-blank cell are passed over, but keep their row number. Raises SourceError when the
    bytes cannot be read on.
    """
    if not layout.labels:
        return
    ragged: list[_Ragged] = []
    width = len(layout.labels)
    source = open_source(path)
    if not _extends_ascii(layout.encoding):
        source = cast(BinaryIO, codecs.EncodedFile(source, "utf-8", layout.encoding))
    with QuoteMender(source, layout.delimiter, layout.quote, width, block_bytes) as stream:
        try:
            blocks = _open(stream, layout, ragged, block_bytes)
            last = 0
            for block in blocks:
                table, numbers, last = _number(block, ragged, last, layout)
                yield from _data_rows(table, numbers, layout, stream.count)
            if ragged:
                table, numbers, _ = _number(None, ragged, last, layout)
                yield from _data_rows(table, numbers, layout, stream.count)
        except (pa.ArrowInvalid, UnicodeError, EOFError, OSError) as error:
            raise SourceError(
                f"The file cannot be read to its end ({str(error).splitlines()[0]}). "
                "If a quote is opened and never closed, close it; if the encoding is another, name it with --encoding."
            ) from None


def _open(stream: QuoteMender, layout: Layout, ragged: list[_Ragged], block_bytes: int) -> Any:
    def set_aside(record: Any) -> str:
        ragged.append(_Ragged(record.number, record.text))
        return "skip"

    names = [str(place) for place in range(len(layout.labels))]
    encoding = "utf8" if _is_utf8(layout.encoding) else layout.encoding
    return arrow_csv.open_csv(
        stream,
        read_options=arrow_csv.ReadOptions(
            use_threads=False, block_size=block_bytes, column_names=names, encoding=encoding
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=layout.delimiter,
            quote_char=layout.quote or False,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=set_aside,
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.binary()), strings_can_be_null=False
        ),
    )


def _extends_ascii(encoding: str) -> bool:
    """Whether ASCII text is the same bytes in ``encoding``; it is not in UTF-16 and UTF-32."""
    return "a,".encode(encoding).endswith(b"a,")


def _is_utf8(encoding: str) -> bool:
    """Whether the reader gets UTF-8: the file's own, or what an encoding that does not extend ASCII is made into."""
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig") or not _extends_ascii(encoding)


def _number(
    block: pa.RecordBatch | None, ragged: list[_Ragged], last: int, layout: Layout
) -> tuple[pa.Table, Rows, int]:
    """Number the records of ``block`` and put the ragged ones among them back in their places.

    ``last`` is the number of the last record before; returns the records as binary columns (the surplus of a
    record that is too long in a last column, null for all others), their numbers and the new last number.
    """
    count = block.num_rows if block is not None else 0
    apart = np.array([record.number for record in ragged], np.int64)
    span = np.arange(last + 1, last + 1 + count + len(ragged), dtype=np.int64)
    numbers = span[~np.isin(span, apart)][:count] if len(apart) else span[:count]
    if block is None:
        here, last = list(ragged), ragged[-1].number
    else:
        last = int(numbers[-1]) if count else last
        here = [record for record in ragged if record.number < last]
    del ragged[: len(here)]
    columns = [str(place) for place in range(len(layout.labels))]
    schema = pa.schema([*((name, pa.binary()) for name in columns), ("surplus", pa.binary())])
    whole = (
        pa.Table.from_batches([block]).append_column("surplus", pa.nulls(count, pa.binary()))
        if block is not None
        else schema.empty_table()
    )
    if not here:
        return whole, numbers, last
    mended = [_mend(record.text, layout) for record in here]
    table = pa.concat_tables(
        [
            whole,
            pa.table([pa.array(cells, pa.binary()) for cells in zip(*mended, strict=True)], schema=schema),
        ]
    )
    numbers = np.concatenate([numbers, np.array([record.number for record in here], np.int64)])
    order = np.argsort(numbers, kind="stable")
    return table.take(order), numbers[order], last


def _mend(text: str, layout: Layout) -> list[bytes | None]:
    """Cut a ragged record into as many cells as there are labels, and its surplus."""
    width = len(layout.labels)
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=layout.delimiter,
        quotechar=layout.quote or None,
        quoting=csv.QUOTE_MINIMAL if layout.quote else csv.QUOTE_NONE,
    )
    cells = next(reader, [])
    if cells[:1] == [MARK]:
        whole = cells[1].split(layout.delimiter, width - 1)
        return [*(cell.encode() for cell in whole), *[b""] * (width - len(whole)), MARK.encode()]
    surplus = [cell for cell in cells[width:] if cell.strip()]
    padded = cells[:width] + [""] * (width - len(cells))
    return [*(cell.encode() for cell in padded), layout.delimiter.join(surplus).encode() if surplus else None]


def _data_rows(table: pa.Table, numbers: Rows, layout: Layout, read_bytes: int) -> Iterator[RowBatch]:
    """Decode the records below the header and keep those with a non-blank cell."""
    first = int(np.searchsorted(numbers, layout.header_row, side="right"))
    table, numbers = table.slice(first), numbers[first:]
    surplus = table.column("surplus").combine_chunks()
    columns, undecodable = [], np.zeros(len(numbers), bool)
    for place, label in enumerate(layout.labels):
        if label not in IMPORT_COLUMNS:
            text, bad = _decode(table.column(place))
            columns.append(remove_guard(text) if layout.is_not_imported_file else text)
            undecodable |= bad
    filled = pc.is_valid(surplus).to_numpy(zero_copy_only=False) | undecodable
    for column in columns:
        if filled.all():
            break
        filled |= ~pc.fill_null(pc.utf8_is_space(column), False).to_numpy(zero_copy_only=False) & (
            pc.binary_length(column).to_numpy(zero_copy_only=False) > 0
        )
    cells = pa.table(columns, names=list(layout.headers))
    if not filled.all():
        keep = pa.array(filled)
        cells, surplus = cells.filter(keep), surplus.filter(keep)
        numbers, undecodable = numbers[filled], undecodable[filled]
    if not len(numbers):
        return
    found = NO_FAULTS
    if undecodable.any():
        found = faults(numbers[undecodable], Reason.BAD_ENCODING, [""] * int(undecodable.sum()))
    if surplus.null_count < len(surplus):
        is_open = pc.fill_null(pc.equal(surplus, MARK.encode()), False).to_numpy(zero_copy_only=False)
        is_long = pc.is_valid(surplus).to_numpy(zero_copy_only=False) & ~is_open
        left_over = surplus.filter(pa.array(is_long)).cast(pa.string())
        unclosed = faults(numbers[is_open], Reason.UNCLOSED_QUOTE, [""] * int(is_open.sum()))
        found = pa.concat_tables([found, unclosed, faults(numbers[is_long], Reason.TOO_MANY_CELLS, left_over)])
    yield RowBatch(numbers, cells, found, read_bytes)


def _decode(column: pa.ChunkedArray) -> tuple[pa.Array, Any]:
    """Return the UTF-8 column as text, and which cells were not UTF-8 (they have U+FFFD in the place of it)."""
    cells = column.combine_chunks()
    try:
        return cells.cast(pa.string()), np.zeros(len(cells), bool)
    except pa.ArrowInvalid:
        texts = [cell.decode(errors="replace") for cell in cells.to_pylist()]
        bad = np.array([text.encode() != cell for text, cell in zip(texts, cells.to_pylist(), strict=True)])
        return pa.array(texts, pa.string()), bad
