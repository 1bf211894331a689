"""The grammar of records (client_import.reading.grammar): sound ones, and what is made of stray and open quotes."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_import.reading.grammar import Dialect, Grammar

COMMA = Dialect(",", '"')


def cut(data: bytes, dialect: Dialect = COMMA, width: int = 0) -> list[list[str]]:
    """All records of ``data``; one whose quote stays open is marked."""
    grammar, start, records = Grammar(dialect), 0, []
    while start < len(data):
        record = grammar.parse(data, start, width)
        assert record is not None
        assert record.end > start
        cells = [cell.decode() for cell in record.cells]
        records.append(["OPEN", *cells] if record.is_open else cells)
        start = record.end
    return records


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        (b"a,b,c", ["a", "b", "c"]),
        (b"", None),
        (b",", ["", ""]),
        (b'"a,b",c', ["a,b", "c"]),
        (b'"a\nb",c', ["a\nb", "c"]),
        (b'"a""b",c', ['a"b', "c"]),
        (b'"",""', ["", ""]),
        (b'""""', ['"']),
        (b'a "b" c,d', ['a "b" c', "d"]),
        (b'5" pipe,d', ['5" pipe', "d"]),
        (b' "a,b" ,c', ["a,b", "c"]),
        (b"  a , b ", ["  a ", " b "]),
        (b' "a,b', [' "a', "b"]),
        (b'"a "b" c",d', ['a "b" c', "d"]),
        (b'"a "b", c" d",e', ['a "b', ' c" d"', "e"]),
        (b'"a, "b" c",d', ['a, "b" c', "d"]),
        (b'"a" b,c', ["a b", "c"]),
        (b'"a" b,"c"', ["a b", "c"]),
        (b'"a,b', ["OPEN", '"a,b']),
        (b'x,"a,b', ["OPEN", 'x,"a,b']),
        (b'"a,b,"c",d', ["OPEN", '"a,b,"c",d']),
    ],
)
def test_cells_of_a_record(line: bytes, cells: list[str] | None) -> None:
    assert cut(line) == ([cells] if cells is not None else [])
    assert cut(line + b"\nnext,row\n") == [cells or [""], ["next", "row"]]


def test_number_of_columns_decides_between_two_ways_to_repair() -> None:
    line = b'"Ann" Lee,Ltd, "x"'
    assert cut(line, width=3) == [["Ann Lee", "Ltd", "x"]]
    assert cut(line, width=1) == [['Ann" Lee,Ltd, "x']]


def test_open_quote_costs_one_line() -> None:
    assert cut(b'a,"b\nc,d\n"e",f\n') == [["OPEN", 'a,"b'], ["c", "d"], ["e", "f"]]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        (rb'"a \"b\" c",d', ['a "b" c', "d"]),
        (rb'"a\\",d', ["a\\", "d"]),
        (rb"a\,b,c", ["a,b", "c"]),
        (rb"C:\dir,\N", [r"C:\dir", r"\N"]),
        (rb'"C:\dir\sub","a""b"', [r"C:\dir\sub", 'a"b']),
    ],
)
def test_backslash_takes_the_meaning_from_what_has_one(line: bytes, cells: list[str]) -> None:
    assert cut(line + b"\n", Dialect(",", '"', "\\")) == [cells]


@pytest.mark.parametrize(
    ("line_ending", "records"),
    [
        ("", [["a", "b"], ["c", "d"], ["e", "f"]]),
        ("CRLF", [["a", "b\nc", "d\re", "f"]]),
        ("LF", [["a", "b"], ["c", "d\re", "f\r"]]),
        ("CR", [["a", "b\nc", "d"], ["e", "f"], ["\n"]]),
    ],
)
def test_line_ending_that_alone_ends_a_record(line_ending: str, records: list[list[str]]) -> None:
    assert cut(b"a,b\nc,d\re,f\r\n", Dialect(",", '"', "", line_ending)) == records


def test_without_a_quote_quotes_are_letters() -> None:
    assert cut(b'"a,b"\n"\n', Dialect(",", "")) == [['"a', 'b"'], ['"']]


@given(
    st.lists(st.lists(st.text(st.sampled_from(" a,;'\"\n\r\t\\|é")), min_size=2, max_size=4), max_size=5),
    st.sampled_from(",;\t|"),
    st.sampled_from("\"'"),
    st.booleans(),
)
def test_what_a_csv_writer_writes_is_cut_as_it_was(
    rows: list[list[str]], delimiter: str, quote: str, quotes_all: bool
) -> None:
    text = io.StringIO()
    quoting = csv.QUOTE_ALL if quotes_all else csv.QUOTE_MINIMAL
    csv.writer(text, delimiter=delimiter, quotechar=quote, quoting=quoting, lineterminator="\r\n").writerows(
        [[cell if quotes_all else cell.strip(" \t") for cell in row] for row in rows]
    )
    expected = [[cell if quotes_all else cell.strip(" \t") for cell in row] for row in rows]
    assert cut(text.getvalue().encode(), Dialect(delimiter, quote)) == expected


@given(st.binary(max_size=60).map(lambda data: data.replace(b"\xff", b'"')), st.integers(0, 4))
def test_any_bytes_are_cut_to_their_end(data: bytes, width: int) -> None:
    grammar, start = Grammar(COMMA), 0
    while start < len(data):
        record = grammar.parse(data, start, width)
        assert record is not None
        assert record.end > start
        start = record.end
    assert start == len(data)
