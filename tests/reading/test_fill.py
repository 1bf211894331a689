"""Records with too few cells are filled many at once, and come out as they do one by one."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_import.reading.grammar import Dialect, Grammar
from client_import.reading.layout import Layout
from client_import.reading.reader import read_rows
from client_import.reading.short_records import filled
from tests.support.limits import LIMITS

WIDTH = 4
CELLS = st.sampled_from(["", "x", "long text", "é", '"a,b"', '"a\nb"', '"a""b"', '""', '"\r\n"'])
RECORDS = st.lists(st.tuples(st.lists(CELLS, min_size=1, max_size=WIDTH + 2), st.sampled_from(["\n", "\r\n", "\r"])))


def cells(data: bytes) -> list[list[bytes]]:
    return [record.cells for record in Grammar(Dialect(",", '"')).records(data, is_all=True)]


@given(RECORDS)
def test_short_records_get_blank_cells_and_nothing_else_changes(records: list[tuple[list[str], str]]) -> None:
    data = "".join(",".join(texts) + end for texts, end in records).encode()
    quotes = np.flatnonzero(np.frombuffer(data, np.uint8) == ord('"'))
    expected, start = [], 0
    for record in Grammar(Dialect(",", '"')).records(data, is_all=True):
        is_blank = not data[start : record.end].strip(b"\r\n")
        expected.append(record.cells if is_blank else record.cells + [b""] * (WIDTH - len(record.cells)))
        start = record.end
    text, positions = filled(data, quotes, b",", WIDTH)
    assert cells(text) == expected
    assert positions.tolist() == [
        place for place, (old, new) in enumerate(zip(cells(data), expected, strict=True)) if len(old) < len(new)
    ]


SHORT = b"x\n" * 3_000
"""So many that the records after them are filled before Arrow cuts them."""


@pytest.mark.parametrize(
    ("record", "row", "reasons"),
    [
        (b"a\n", ["a", "", ""], []),
        (b"a\r\n", ["a", "", ""], []),
        (b"a,b\n", ["a", "b", ""], []),
        (b'"a,b"\n', ["a,b", "", ""], []),
        (b'"a\nb"\n', ["a\nb", "", ""], []),
        (b"a,b,c\n", ["a", "b", "c"], []),
        (b"a,b,c,d\n", ["a", "b", "c"], ["too_many_cells"]),
        (b'a"b\n', ['a"b', "", ""], []),
        (b'"a\n', ['"a', "", ""], ["unclosed_quote"]),
        (b"a", ["a", "", ""], []),
    ],
)
def test_records_after_many_short_ones_are_read_as_ever(
    tmp_path: Path, record: bytes, row: list[str], reasons: list[str]
) -> None:
    (tmp_path / "source").write_bytes(b"A,B,C\n" + SHORT + b"\n" + record)
    layout = Layout("utf-8", ",", '"', ("A", "B", "C"), header_row=1)
    batches = list(read_rows(tmp_path / "source", layout, LIMITS, block_bytes=1 << 12))
    rows = chain.from_iterable(batch.cells.to_pylist() for batch in batches)
    assert [list(each.values()) for each in rows] == [["x", "", ""]] * 3_000 + [row]
    assert int(batches[-1].rows[-1]) == 3_003
    assert [each for batch in batches for each in batch.row_errors.column("reason").to_pylist()] == reasons


def test_short_records_are_told_apart_however_they_were_filled(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"A,B,C\n" + b'x\na,b,c\n"y\n",z\n5",1,2\nw"\n\n' * 3_000)
    layout = Layout("utf-8", ",", '"', ("A", "B", "C"), header_row=1)
    batches = list(read_rows(tmp_path / "source", layout, LIMITS, block_bytes=1 << 14))
    assert [row for batch in batches for row in batch.short.tolist()] == [
        row for start in range(2, 18_002, 6) for row in (start, start + 2, start + 4)
    ]
