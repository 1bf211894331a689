"""Detect the layout of a file from a sample of bounded size; options override any part (docs/rules.md, section 2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

from client_import.errors import OptionsError, SourceError
from client_import.field_types.characters import trim_text
from client_import.options import NO_QUOTE, Escape, ImportOptions
from client_import.reading.dialect import DELIMITERS, QUOTES, find_dialect, line_ending_of
from client_import.reading.eight_bit import cells_beyond_ascii, detect_eight_bit, encoding_notes
from client_import.reading.encoding import FALLBACK, UNDECODABLE, decode, detect_encoding, is_table_of_text, is_utf_8
from client_import.reading.grammar import Dialect, Grammar
from client_import.reading.header_repair import repair_header
from client_import.reading.header_row import Header, find_header, header_at, known_fields, table_width
from client_import.reading.layout import IMPORT_COLUMNS, RECORD_COLUMN, Layout, Wrapping, unique_labels
from client_import.reading.limits import Limits
from client_import.reading.other_format import other_format
from client_import.reading.other_table import MOST_NOTED, note_on_other_table, starts_another_table
from client_import.reading.source import read_beyond_ascii, read_blocks, read_sample
from client_import.reading.unwrap import find_wrapping, unwrapped
from client_import.reading.workbook.choose_sheet import ChosenSheet, choose_sheet
from client_import.reading.workbook.sheet import SheetText

_OF_SHEETS = {"encoding": "utf-8", "delimiter": ",", "quote": '"', "escape": Escape.DOUBLED, "line_ending": None}
"""How a sheet is read as text, whatever the options say."""

_OF_TEXTS = (*_OF_SHEETS, "has_header_row", "header_row")
_NOT_OF_THIS = (
    "These are rows that were not imported, in a file of ours: what was chosen of encoding, separator, quotes and "
    "header is of the file they come from, and not used."
)

SAMPLE_BYTES = 1 << 18
SAMPLE_RECORDS = 300
_BLOCK_BYTES = 4 << 20

_ESCAPES = {Escape.DOUBLED: "", Escape.BACKSLASH: "\\"}
_SEP_LINE = re.compile(r'"?sep=(?P<delimiter>[^"\r\n])"?(?:\r\n|\r|\n|\Z)', re.IGNORECASE)
"""The first line of some files, which names the delimiter for Excel."""


def detect_layout(path: Path, options: ImportOptions, limits: Limits) -> Layout:
    """Return the layout of the file at ``path``, as :func:`_detected` does.

    A file of rows not imported that is only seen to be one without what ``options`` say of its layout is read without
    that: it is said of the files which such rows come from, as in the options of a drop folder.
    """
    try:
        layout = _detected(path, options, limits)
    except (OptionsError, SourceError):
        own = _of_ours(path, options, limits)
        if own is None:
            raise
        return own
    return layout if layout.is_not_imported_file else _of_ours(path, options, limits) or layout


def _of_ours(path: Path, options: ImportOptions, limits: Limits) -> Layout | None:
    """Return the layout of a file of rows not imported that is one without what ``options`` say, or None."""
    if all(getattr(options, name) is None for name in _OF_TEXTS):
        return None
    with suppress(OptionsError, SourceError):
        own = _detected(path, options.model_copy(update=dict.fromkeys(_OF_TEXTS)), limits)
        if own.is_not_imported_file:
            return replace(own, notes=(*own.notes, _NOT_OF_THIS))
    return None


def _detected(path: Path, options: ImportOptions, limits: Limits) -> Layout:
    """Return the layout of the file at ``path``: what ``options`` set, and the rest detected.

    Reads the first 256 KiB, and for the encoding also later blocks with bytes beyond ASCII. Of a workbook, a sheet is
    chosen, which is text in UTF-8. An empty file has no labels. Raises SourceError if the file is no table of text or
    has more columns than ``limits`` allow, and OptionsError if it lacks the sheet that the options name, or the row
    that they name as its header row.
    """
    chosen = choose_sheet(path, options.sheet, limits)
    sheet = SheetText(chosen.name) if chosen else None
    said, options = options, options.model_copy(update=_OF_SHEETS) if chosen else options
    sample, is_all = read_sample(path, SAMPLE_BYTES, limits, sheet)
    encoding = options.encoding or _encoding(path, sample, is_all, limits)
    odd = _cells_beyond_ascii(path, sample, is_all, encoding, limits)
    if encoding == FALLBACK and not options.encoding:
        encoding = detect_eight_bit(odd, sample)
    text = decode(sample, encoding, is_all=is_all)
    if not is_table_of_text(sample, text, encoding):
        raise SourceError(
            "The file has NUL bytes or other control characters all through, so it is no CSV file; it looks like a "
            "program's own format. Open it in the program it came from and save it as CSV."
        )
    other = None if chosen else other_format(text)
    if other is not None:
        raise SourceError(other)
    wrapping = Wrapping.NONE if options.quote else find_wrapping(text, is_all=is_all)
    text = unwrapped(text, wrapping)
    sep_line = _SEP_LINE.match(text)
    table = text[sep_line.end() :] if sep_line else text
    dialect = _dialect(table.encode(), options, sep_line["delimiter"] if sep_line else None, is_all)
    records = _records(text.encode(), dialect, is_all)
    repaired = None if options.has_header_row is False else repair_header(records, dialect.delimiter)
    if repaired:
        as_written, records[repaired.place] = records[repaired.place], list(repaired.labels)
    width = table_width(records)
    above = 1 if sep_line else 0
    header = _header(records, above, options)
    if repaired and header and header.first == repaired.place:
        header = replace(header, lines=(*header.lines, tuple(cell.strip() for cell in as_written)))
    labels = header.labels if header else ()
    limits.check_columns(max(width, len(labels)) - sum(label.strip() in IMPORT_COLUMNS for label in labels))
    return Layout(
        encoding=encoding,
        delimiter=dialect.delimiter,
        quote=dialect.quote,
        labels=unique_labels([trim_text(label) for label in labels], len(labels) if header else width),
        header_row=header.last + 1 if header else 0,
        escape=Escape.BACKSLASH if dialect.escape else Escape.DOUBLED,
        line_ending=dialect.line_ending or line_ending_of(table.encode(), dialect),
        ends_strictly=bool(dialect.line_ending),
        header_lines=header.lines if header else (),
        notes=(
            *_notes_on_sheet(chosen, said),
            *_notes(text, encoding, records, header, above),
            *([wrapping.note] if wrapping else []),
            *([repaired.note] if repaired else []),
            *_doubts_about_header(records, header, options),
            *encoding_notes(odd, encoding),
        ),
        wrapping=wrapping,
        sheet=chosen.name if chosen else None,
        sheets=chosen.names if chosen else (),
    )


def _notes_on_sheet(chosen: ChosenSheet | None, options: ImportOptions) -> Iterator[str]:
    if chosen is not None:
        yield from chosen.notes
        if any(getattr(options, name) is not None for name in _OF_SHEETS):
            yield "The encoding, separator, quotes and line ending that were chosen are for text files, and not used."


def _encoding(path: Path, sample: bytes, is_all: bool, limits: Limits) -> str:
    found = detect_encoding(sample, is_all=is_all)
    if found is None and not is_all:
        found = detect_encoding(read_beyond_ascii(path, SAMPLE_BYTES, limits), is_all=False)
    return found or "utf-8"


def _cells_beyond_ascii(path: Path, sample: bytes, is_all: bool, encoding: str, limits: Limits) -> list[bytes]:
    """Return pieces with bytes beyond ASCII: from the sample only for UTF-8, from the whole file for 8-bit encodings.

    There are none for UTF-16.
    """
    if is_utf_8(encoding):
        return cells_beyond_ascii([sample])
    if ",".encode(encoding) != b",":
        return []
    return cells_beyond_ascii([sample] if is_all else read_blocks(path, _BLOCK_BYTES, limits))


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
    """Return the first records of the sample, without one that may be cut off at its end, unless it is the only one."""
    grammar = Grammar(dialect)
    records = [record.cells for record in islice(grammar.records(sample, is_all=is_all), SAMPLE_RECORDS)]
    if not records and sample:
        records = [record.cells for record in islice(grammar.records(sample, is_all=True), 1)]
    return [[cell.decode().replace(UNDECODABLE, "\ufffd") for cell in cells] for cells in records]


def _header(records: list[list[str]], above: int, options: ImportOptions) -> Header | None:
    if options.header_row is not None:
        first, last = options.header_rows
        if last > len(records):
            raise OptionsError(
                f"The header is said to be in row {last}, but the file has no such row near its start.", "header_row"
            )
        return header_at(records, first - 1, last - 1)
    if options.has_header_row is False or not any(any(cell.strip() for cell in cells) for cells in records[above:]):
        return None
    found = find_header(records[above:], is_sure=options.has_header_row is True)
    return replace(found, first=found.first + above, last=found.last + above) if found else None


def _notes(text: str, encoding: str, records: list[list[str]], header: Header | None, above: int) -> list[str]:
    notes = []
    if above:
        notes.append("Row 1 names the delimiter of the file; it is not part of the table.")
    if header is not None:
        if header.first > above:
            notes.append(f"What is above the header, in {_rows(above, header.first - 1)}, is ignored.")
        if header.last > header.first:
            notes.append(f"The header has two lines, rows {header.first + 1} and {header.last + 1}.")
        notes += map(note_on_other_table, _other_tables(records, header))
    if UNDECODABLE in text:
        notes.append(f"Some bytes are not valid in {encoding}; their rows are rejected. Is it another encoding?")
    return notes


def _doubts_about_header(records: Sequence[Sequence[str]], header: Header | None, options: ImportOptions) -> list[str]:
    """Return a note if the first row may have been mistaken for a header row, or for a client, and no option says."""
    is_said = options.has_header_row is not None or options.header_row is not None
    is_mapped = options.column_mappings is not None or options.mapping_code is not None
    if is_said or is_mapped or not any(any(cell.strip() for cell in cells) for cells in records):
        return []
    if header is None:
        return [
            "No row looks like a header, so the first one is read as a client and the columns are called Column1, "
            "Column2 and so on. If there is a header, say in which row it is."
        ]
    if known_fields(header.labels):
        return []
    return [
        f"Row {header.last + 1} is taken for the header, though none of its labels is known. If it is a client, say "
        "that the file has no header."
    ]


def _other_tables(records: list[list[str]], header: Header) -> list[int]:
    """Return the row numbers of the header rows of other tables in the sample."""
    if RECORD_COLUMN in header.labels:
        return []  # as in other_lines.py
    below = [
        (place, cells) for place, cells in enumerate(records) if place > header.last and any(map(str.strip, cells))
    ]
    places = [header.last, *(place for place, _ in below)]
    found = (
        place + 1
        for (place, cells), before in zip(below, places, strict=False)
        if len(header.labels) > 1 and starts_another_table(cells, header.labels, after_blank=place - before > 1)
    )
    return list(islice(found, MOST_NOTED))


def _rows(first: int, last: int) -> str:
    return f"row {first + 1}" if first == last else f"rows {first + 1} to {last + 1}"
