"""Detect a file's layout from a bounded sample; every part can be overridden by an option (semantics.md, section 2)."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

from client_import.eight_bit import cells_beyond_ascii, detect_eight_bit, doubts
from client_import.encoding import FALLBACK, UNDECODABLE, decode, detect_encoding, is_table_of_text, is_utf_8
from client_import.errors import OptionsError, SourceError
from client_import.find_dialect import DELIMITERS, QUOTES, find_dialect, line_ending_of
from client_import.find_header import Header, find_header, header_at, other_tables, table_width
from client_import.layout import Layout, unique_labels
from client_import.limits import Limits
from client_import.options import NO_QUOTE, Escape, ImportOptions
from client_import.records import Dialect, Grammar
from client_import.source import read_beyond_ascii, read_blocks, read_sample

SAMPLE_BYTES = 1 << 18
SAMPLE_RECORDS = 300
_BLOCK_BYTES = 4 << 20

_ESCAPES = {Escape.DOUBLED: "", Escape.BACKSLASH: "\\"}
_SEP_LINE = re.compile(r'"?sep=(?P<delimiter>[^"\r\n])"?(?:\r\n|\r|\n|\Z)', re.IGNORECASE)
"""The line with which Excel is told the delimiter."""


def detect(path: Path, options: ImportOptions) -> Layout:
    """Return the layout of the file at ``path``: as ``options`` say, and detected where they say nothing.

    Looks at the first 256 KiB; when they are all ASCII, also at where the file first is not. An empty file has no
    labels. Raises SourceError when the file is no table of text, OptionsError when it has no row that the options
    name as its header.
    """
    sample, is_all = read_sample(path, SAMPLE_BYTES)
    encoding = options.encoding or _encoding(path, sample, is_all)
    odd = _cells_beyond_ascii(path, sample, is_all, encoding)
    if encoding == FALLBACK and not options.encoding:
        encoding = detect_eight_bit(odd, sample)
    text = decode(sample, encoding, is_all=is_all)
    if not is_table_of_text(sample, text, encoding):
        raise SourceError(
            "The file has NUL bytes or other control characters all through, so it is no CSV file; it looks like a "
            "program's own format. Open it in the program it came from and save it as CSV."
        )
    sep_line = _SEP_LINE.match(text)
    table = text[sep_line.end() :] if sep_line else text
    dialect = _dialect(table.encode(), options, sep_line["delimiter"] if sep_line else None, is_all)
    records = _records(text.encode(), dialect, is_all)
    width = table_width(records)
    above = 1 if sep_line else 0
    header = _header(records, above, options)
    Limits.current().check_columns(max(width, len(header.labels)) if header else width)
    return Layout(
        encoding=encoding,
        delimiter=dialect.delimiter,
        quote=dialect.quote,
        labels=unique_labels(list(header.labels), len(header.labels)) if header else unique_labels([], width),
        header_row=header.last + 1 if header else 0,
        escape=Escape.BACKSLASH if dialect.escape else Escape.DOUBLED,
        line_ending=dialect.line_ending or line_ending_of(table.encode(), dialect),
        ends_strictly=bool(dialect.line_ending),
        header_cells=header.labels if header and header.first == header.last else (),
        notes=(*_notes(text, encoding, records, header, above), *doubts(odd, encoding)),
    )


def _encoding(path: Path, sample: bytes, is_all: bool) -> str:
    found = detect_encoding(sample, is_all=is_all)
    if found is None and not is_all:
        found = detect_encoding(read_beyond_ascii(path, SAMPLE_BYTES), is_all=False)
    return found or "utf-8"


def _cells_beyond_ascii(path: Path, sample: bytes, is_all: bool, encoding: str) -> list[bytes]:
    """Pieces of the whole file with bytes beyond ASCII; of the sample alone in UTF-8, none in UTF-16."""
    if is_utf_8(encoding):
        return cells_beyond_ascii([sample])
    if ",".encode(encoding) != b",":
        return []
    return cells_beyond_ascii([sample] if is_all else read_blocks(path, _BLOCK_BYTES))


def _dialect(table: bytes, options: ImportOptions, delimiter: str | None, is_all: bool) -> Dialect:
    delimiter = options.delimiter or delimiter
    quotes = QUOTES if options.quote is None else (options.quote,)
    return find_dialect(
        table,
        is_all=is_all,
        delimiters=(delimiter,) if delimiter else DELIMITERS,
        quotes=("",) if options.quote == NO_QUOTE else quotes,
        escapes=(_ESCAPES[options.escape],) if options.escape else tuple(_ESCAPES.values()),
        line_ending=options.line_ending or "",
    )


def _records(sample: bytes, dialect: Dialect, is_all: bool) -> list[list[str]]:
    """The first records of the sample; one that the sample may have cut is left out, unless it is the only one."""
    grammar = Grammar(dialect)
    records = [record.cells for record in islice(grammar.records(sample, is_all=is_all), SAMPLE_RECORDS)]
    if not records and sample:
        records = [record.cells for record in islice(grammar.records(sample, is_all=True), 1)]
    return [[cell.decode().replace(UNDECODABLE, "\ufffd") for cell in cells] for cells in records]


def _header(records: list[list[str]], above: int, options: ImportOptions) -> Header | None:
    if options.header_row is not None:
        first, last = options.header_rows
        if last > len(records):
            raise OptionsError(f"The header is said to be in row {last}, but the file has no such row near its start.")
        return header_at(records, first - 1, last - 1)
    if options.has_header_row is False or not any(any(cell.strip() for cell in cells) for cells in records[above:]):
        return None
    found = find_header(records[above:], is_sure=options.has_header_row is True)
    return Header(found.first + above, found.last + above, found.labels) if found else None


def _notes(text: str, encoding: str, records: list[list[str]], header: Header | None, above: int) -> list[str]:
    notes = []
    if above:
        notes.append("Row 1 says which delimiter the file has; it is no row of the table.")
    if header is not None:
        if header.first > above:
            notes.append(f"What stands above the header, in {_rows(above, header.first - 1)}, is passed over.")
        if header.last > header.first:
            notes.append(f"The header has two lines, rows {header.first + 1} and {header.last + 1}.")
        others = other_tables(records, header)
        if others:
            notes.append(
                f"Row {others[0] + 1} looks like the header of another table; its rows are read under the first "
                "header. If they are other columns, save each table as a file of its own."
            )
    if UNDECODABLE in text:
        notes.append(f"Some bytes are no text in {encoding}; their rows are refused. Is it another encoding?")
    return notes


def _rows(first: int, last: int) -> str:
    return f"row {first + 1}" if first == last else f"rows {first + 1} to {last + 1}"
