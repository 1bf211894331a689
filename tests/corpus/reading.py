"""Read a file to its end through the public functions, and hold every batch to what ``RowBatch`` promises."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from client_import.reading.layout import Layout
from client_import.reading.reader import BLOCK_BYTES, read_rows
from tests.support.limits import LIMITS

Cells = tuple[str, ...]
MOST_UTF8_BYTES = 3
"""One byte of windows-1252 is three of UTF-8 at most, and two of UTF-16 are three."""


def read(path: Path, layout: Layout, block_bytes: int = BLOCK_BYTES) -> tuple[dict[int, Cells], dict[int, str]]:
    """The cells of the rows that are not rejected, and the reasons of the others, by row number."""
    rows: dict[int, Cells] = {}
    rejected: dict[int, str] = {}
    last, read_bytes = 0, 0
    for batch in read_rows(path, layout, LIMITS, block_bytes=block_bytes):
        numbers = batch.rows.tolist()
        assert numbers == sorted(set(numbers)), "row numbers go up"
        assert numbers[0] > max(last, layout.header_row), "row numbers go up from batch to batch, from the header on"
        assert tuple(batch.cells.column_names) == layout.headers
        assert batch.cells.num_rows == len(numbers) or not layout.headers
        assert all(column.type == pa.string() for column in batch.cells.columns)
        assert sum(column.null_count for column in batch.cells.columns) == 0
        assert batch.read_bytes >= read_bytes
        last, read_bytes = numbers[-1], batch.read_bytes
        columns = [column.to_pylist() for column in batch.cells.columns]
        assert text_bytes(columns) <= 2 * MOST_UTF8_BYTES * block_bytes, "a batch is of about one block"
        cells = list(zip(*columns, strict=True)) if columns else [()] * len(numbers)
        rows |= dict(zip(numbers, cells, strict=True))
        row_errors = batch.row_errors.select(["row", "reason"]).to_pylist()
        assert {row_error["row"] for row_error in row_errors} <= set(numbers), "an error is of a row of its batch"
        rejected |= {row_error["row"]: row_error["reason"] for row_error in row_errors}
    return {number: row for number, row in rows.items() if number not in rejected}, rejected


def text_bytes(columns: list[list[str]]) -> int:
    return sum(len(cell.encode()) for column in columns for cell in column)
