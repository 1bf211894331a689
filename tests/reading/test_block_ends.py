"""Covers that lines which are no clients are found wherever a block of the file ends: as where it is one block."""

from __future__ import annotations

from pathlib import Path

import pytest

from client_import.mapping.resolve import MappedColumn, Mapping
from client_import.options import ImportOptions
from client_import.reading.cut import cut
from client_import.reading.detect import detect_layout
from client_import.reading.layout import Layout
from client_import.reading.reader import BLOCK_BYTES, read_rows
from client_import.validation.other_lines import OtherLines, RowsBefore, without_other_lines
from tests.support.limits import LIMITS

HEADER = "Code,Name,Type,Town\n"
MAPPING = Mapping((MappedColumn(0, "Code", "Code"), MappedColumn(1, "Name", "Name")), (), "Code")

Found = dict[int, tuple[list[str], set[str]]]


def found(path: Path, layout: Layout, block_bytes: int) -> Found:
    """The cells of each row, and why it is rejected."""
    read = read_rows(path, layout, LIMITS, block_bytes)
    rows: Found = {}
    for batch in without_other_lines(read, layout, OtherLines(layout, MAPPING, RowsBefore(layout.header_row))):
        cells = zip(batch.rows.tolist(), batch.cells.to_pylist(), strict=True)
        rows |= {row: ([*texts.values()], set[str]()) for row, texts in cells}
        for error in batch.row_errors.to_pylist():
            rows[error["row"]][1].add(error["reason"])
    return rows


def clients(count: int) -> str:
    return "".join(f"C{number:04},Clïent {number},Trust,Leeds\n" for number in range(count))


def written(path: Path, text: str) -> Layout:
    path.write_bytes(text.encode())
    return detect_layout(path, ImportOptions(), LIMITS)


ENDS = {
    "a total": "Total\n",
    "a total behind a blank line": "\nTotal\n",
    "a total of several lines": "Total\nPrinted on\n01/02/2024\n",
    "the firm above a page": "\nSmith & Co\nPage 1 of 3\n",
    "the header": f"{HEADER}{clients(3)}",
    "blank lines": "\n,,,\n\n",
    "another table": "\nInvoices\nNumber,Amount\n17,20.50\n",
    "another table of words above numbers": "\nWho,What,Colour,Size\nx,y,z,3\nx,y,z,4\n",
    "letters of several bytes": "C9,Zoë €,Trust,Łódź\r\n",
    "quotes": 'C9,"Two\r\nlines",Trust,"Le""eds"\r\n',
    "a quote left open": 'C9,"Two,Trust,Leeds\nC8,Ann,Trust,York\n',
}


@pytest.mark.parametrize("end", ENDS)
def test_a_block_may_end_before_any_byte_of_the_last_lines(end: str, tmp_path: Path) -> None:
    path, text = tmp_path / "clients.csv", HEADER + clients(90) + ENDS[end]
    layout = written(path, text)
    whole = found(path, layout, BLOCK_BYTES)
    size, first = len(text.encode()), len((HEADER + clients(90)).encode()) - 2
    for block_bytes in range(first, min(first + 40, size) + 1):
        assert found(path, layout, block_bytes) == whole, block_bytes


def test_the_last_part_of_a_file_has_enough_rows_to_tell_a_total(tmp_path: Path) -> None:
    path, text = tmp_path / "clients.csv", HEADER + clients(2_000) + "Total\n"
    layout = written(path, text)
    block_bytes = (len(text.encode()) - 10) // 4
    parts = cut(path, layout, LIMITS, block_bytes, block_bytes)
    assert len(parts) > 2
    read = list(read_rows(path, layout, LIMITS, block_bytes, parts[-1]))
    assert sum(len(batch.rows) for batch in read) > 60
