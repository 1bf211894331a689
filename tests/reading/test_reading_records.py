"""Records of any shape (docs/rules.md, section 2): each keeps its number and its cells, wherever the blocks are cut.

The bytes are read in blocks, and records that do not fit the header are repaired apart from the others. Here the
blocks are small enough to be cut anywhere between two records.
"""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client_import.reading.layout import Layout
from client_import.reading.reader import read_rows
from tests.support.limits import LIMITS

WIDTH = 3
LABELS = ("a", "b", "c")

cells = st.sampled_from(
    ["", "", " ", "x", "yy", '"', 'q"q', "1\n2", "1\r\n2", ",", "é", "\ufeffz", "longer than the others"]
)
records = st.lists(cells, min_size=0, max_size=WIDTH + 2)
Read = list[tuple[int, tuple[str, ...]]]


def text_of(rows: list[list[str]], end: str, *, ends: bool) -> str:
    """The rows as CSV below a header; a record of no cells is an empty line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end)
    for row in [list(LABELS), *rows]:
        writer.writerow(row) if row != [""] else text.write('""' + end)
    return text.getvalue() if ends else text.getvalue().removesuffix(end)


def expected(rows: list[list[str]]) -> tuple[Read, list[int]]:
    """The data rows by number, filled up or cut to the header's width, and the numbers of those with too many cells."""
    read, surplus = [], []
    for number, row in enumerate(rows, start=2):
        if any(cell.strip() for cell in row):
            read.append((number, tuple((row + [""] * WIDTH)[:WIDTH])))
        if any(cell.strip() for cell in row[WIDTH:]):
            surplus.append(number)
    return read, surplus


def actual(text: str, block_bytes: int) -> tuple[Read, list[int]]:
    """The same, as the program reads the text."""
    layout = Layout("utf-8", ",", '"', LABELS, 1)
    read: Read = []
    surplus: list[int] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "source"
        path.write_bytes(text.encode())
        for batch in read_rows(path, layout, LIMITS, block_bytes):
            columns = [column.to_pylist() for column in batch.cells.columns]
            read += zip(batch.rows.tolist(), zip(*columns, strict=True), strict=True)
            surplus += batch.row_errors.column("row").to_pylist()
    return read, surplus


@pytest.mark.slow
@settings(deadline=None, max_examples=200)
@given(
    st.lists(records, max_size=40),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.sampled_from([128, 200, 1 << 20]),
)
def test_every_record_keeps_its_number_and_its_cells(rows: list[list[str]], end: str, ends: bool, block: int) -> None:
    assert actual(text_of(rows, end, ends=ends), block) == expected(rows)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_no_row_is_lost_wherever_the_blocks_are_cut(end: str) -> None:
    rows = [[str(number), "x" * (number * 7 % 19), "y"] for number in range(60)]
    data = text_of(rows, end, ends=True)
    counts = {block: len(actual(data, block)[0]) for block in range(64, 192)}
    assert {block: count for block, count in counts.items() if count != len(rows)} == {}


@pytest.mark.parametrize("block_bytes", [16, 64, 1 << 20])
def test_a_byte_order_mark_inside_the_file_is_text(block_bytes: int) -> None:
    rows = [["\ufeffx", "\ufeff", "y"]] * 9
    assert actual(text_of(rows, "\n", ends=True), block_bytes) == expected(rows)
