"""The parts of a file, read one by one, give what the whole gives: rows, numbers, errors, in the same batches."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from client_import.errors import SourceError
from client_import.options import Escape, ImportOptions
from client_import.reading.cut import cut
from client_import.reading.detect import detect_layout
from client_import.reading.layout import Layout, Wrapping
from client_import.reading.part import WHOLE, Part
from client_import.reading.reader import read_rows
from client_import.reading.row_batch import RowBatch
from tests.corpus.__main__ import FOLDER
from tests.support.limits import LIMITS

FILES = sorted(path for path in FOLDER.iterdir() if path.suffix in (".csv", ".gz"))
SMALLEST = 1


def of(batch: RowBatch) -> dict[str, Any]:
    """Everything a batch says, apart from how far the file was read."""
    return {
        "rows": batch.rows.tolist(),
        "cells": batch.cells.to_pydict(),
        "records": batch.records.to_pylist(),
        "row_errors": batch.row_errors.to_pylist(),
        "short": batch.short.tolist(),
        "wide": batch.wide.tolist(),
        "repeats": batch.repeats.tolist(),
    }


def batches(path: Path, layout: Layout, block_bytes: int, part: Part = WHOLE) -> list[dict[str, Any]]:
    return [of(batch) for batch in read_rows(path, layout, LIMITS, block_bytes, part)]


def assert_parts_are_the_whole(path: Path, layout: Layout, block_bytes: int, part_bytes: int = SMALLEST) -> list[Part]:
    """Return the parts."""
    parts = cut(path, layout, LIMITS, part_bytes, block_bytes)
    assert [part.number for part in parts] == [*range(len(parts))]
    assert (parts[0].start, parts[0].before, parts[-1].end) == (0, 0, None)
    assert all(before.end == after.start > before.start for before, after in pairwise(parts))
    together = [batch for part in parts for batch in batches(path, layout, block_bytes, part)]
    assert together == batches(path, layout, block_bytes)
    return parts


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_parts_of_every_awkward_file(path: Path) -> None:
    layout = detect_layout(path, ImportOptions(), LIMITS)
    size = path.stat().st_size
    for block_bytes in (16, 61, 256, 4_096):
        if size // block_bytes < 1_000:
            assert_parts_are_the_whole(path, layout, block_bytes)
    assert_parts_are_the_whole(path, layout, 64, 300) if size < 1 << 16 else None


MARKS = ['"', '""', ",", ";", "\n", "\r", "\r\n", " ", "\ufeff", "\0", "\\", "\\'", b"\xff", b"\xe2\x82"]
TEXTS = ["a", "é", "long text", '"x"', "A,B,C\n", "x,y,z\n", '"q,q","r\nr",s\r\n', ",,\n", "a,b,c,d\n", "short\n"]
PIECES = st.lists(st.sampled_from([*MARKS, *TEXTS]), max_size=120)
DIALECTS = [("", "", ""), ('"', "", ""), ('"', "\\", ""), ('"', "", "LF"), ('"', "", "CRLF"), ("'", "", "CR")]


def data_of(pieces: list[str | bytes], encoding: str) -> bytes:
    texts = (piece if isinstance(piece, bytes) else piece.encode(encoding, "replace") for piece in pieces)
    return b"".join(texts)


@settings(max_examples=100, deadline=None)
@given(
    PIECES,
    st.sampled_from(["utf-8", "utf-8-sig", "windows-1252", "windows-1250", "latin-1"]),
    st.sampled_from(DIALECTS),
    st.sampled_from([16, 68, 1 << 20]),
    st.sampled_from([SMALLEST, 50]),
    st.sampled_from([0, 1, 5]),
)
@example(["a\r"] * 9, "utf-8", ('"', "", ""), 16, 1, 0)
@example(["x,y,z\n"] * 9 + ["\x1a\x1a"], "utf-8", ('"', "", ""), 16, 1, 0)
@example(["x\n", '"', "a\n"] * 9, "utf-8", ('"', "", ""), 16, 1, 0)
def test_parts_of_any_bytes(
    pieces: list[str | bytes],
    encoding: str,
    dialect: tuple[str, str, str],
    block_bytes: int,
    part_bytes: int,
    header_row: int,
) -> None:
    quote, escape, line_ending = dialect
    layout = Layout(
        encoding,
        ",",
        quote,
        ("A", "B", "C"),
        header_row,
        Escape.BACKSLASH if escape else Escape.DOUBLED,
        line_ending,
        bool(line_ending),
        (("A", "B", "C"),),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "source"
        path.write_bytes(data_of(pieces, encoding))
        longest = 1 if encoding.startswith("utf-8") else 68  # so many bytes beyond ASCII are kept for the next block
        assert_parts_are_the_whole(path, layout, max(block_bytes, longest), part_bytes)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("record", ["C%d,Ann,x", '"C%d","two\nlines","x, y"', 'C%d,A"nn,x', "C%d,Ann", "C%d,a,b,c"])
def test_a_file_is_cut_into_about_as_many_parts_as_was_asked_for(tmp_path: Path, record: str, end: str) -> None:
    text = "A,B,C" + end + "".join((record % number) + end for number in range(2_000))
    (tmp_path / "source").write_text(text, "utf-8", newline="")
    layout = Layout("utf-8", ",", '"', ("A", "B", "C"), 1)
    parts = assert_parts_are_the_whole(tmp_path / "source", layout, 512, len(text) // 10)
    assert 8 <= len(parts) <= 11
    assert all(part.follows_blank is False for part in parts)


def test_a_blank_record_before_a_part_is_known(tmp_path: Path) -> None:
    (tmp_path / "source").write_text("A,B\n" + "x,y\n\n" * 200)
    parts = assert_parts_are_the_whole(tmp_path / "source", Layout("utf-8", ",", '"', ("A", "B"), 1), 61)
    assert {part.follows_blank for part in parts[1:]} == {True, False}


@pytest.mark.parametrize(
    ("encoding", "wrapping"), [("utf-16-le", Wrapping.NONE), ("utf-8", Wrapping.LINES), ("utf-8", Wrapping.CURLY)]
)
def test_what_has_to_be_read_from_its_start_is_one_part(tmp_path: Path, encoding: str, wrapping: Wrapping) -> None:
    (tmp_path / "source").write_bytes(("A,B\n" + "x,y\n" * 200).encode(encoding))
    layout = Layout(encoding, ",", '"', ("A", "B"), 1, wrapping=wrapping)
    assert cut(tmp_path / "source", layout, LIMITS, SMALLEST, 64) == [WHOLE]


def test_a_file_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        cut(tmp_path / "source", Layout("utf-8", ",", '"', ("A",), 1), LIMITS, SMALLEST)
