"""Detect a file's layout from a bounded sample; every part can be overridden by an option (semantics.md, section 2)."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from pathlib import Path

from client_import.errors import SourceError
from client_import.headers import field_of_header
from client_import.layout import Layout, unique_labels
from client_import.options import ImportOptions
from client_import.quotes import without_open_quotes
from client_import.source import read_sample

SAMPLE_BYTES = 1 << 18
SAMPLE_RECORDS = 500
MAX_COLUMNS = 2_000
DELIMITERS = (",", ";", "\t", "|")

_VALUE = re.compile(r"[\d\s/.,:+()-]+|.+@.+\..+|(?i:yes|no|true|false|#n/a)")
"""Cells that are data, not labels: numbers, dates, telephone numbers, email addresses, yes and no."""


def detect(path: Path, options: ImportOptions) -> Layout:
    """Return the layout of the file at ``path``: as ``options`` say, and detected where they say nothing.

    Looks at the first 256 KiB at most. An empty file has no labels. Raises SourceError when the file is no
    table of text.
    """
    sample, is_all = read_sample(path, SAMPLE_BYTES)
    encoding = options.encoding or _encoding(sample, is_all)
    text = _decode(sample, encoding, is_all)
    if "\0" in text:
        raise SourceError(
            "The file has NUL bytes in it, so it is not a CSV file; it looks like a program's own format. "
            "Open it in the program it came from and save it as CSV."
        )
    delimiter = options.delimiter or _delimiter(text, options.quote or '"', is_all)
    quote = options.quote or '"'
    records = _records(text, delimiter, quote, is_all)
    width = _width(records)
    if width > MAX_COLUMNS:
        raise SourceError(f"The file has {width:,} columns; {MAX_COLUMNS:,} is the most an import takes.")
    if not width:
        return Layout(encoding, delimiter, quote, (), 0)
    place = _first_table_record(records, width)
    has_header = options.has_header_row
    if has_header is None:
        has_header = _looks_like_header(records[place])
    if not has_header:
        return Layout(encoding, delimiter, quote, unique_labels([], width), 0)
    return Layout(encoding, delimiter, quote, unique_labels(records[place], len(records[place])), place + 1)


def _encoding(sample: bytes, is_all: bool) -> str:
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, final=is_all)
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def _decode(sample: bytes, encoding: str, is_all: bool) -> str:
    return codecs.getincrementaldecoder(encoding)(errors="replace").decode(sample, final=is_all)


def _delimiter(text: str, quote: str, is_all: bool) -> str:
    """The delimiter that cuts most records into one number of cells, and into most cells."""

    def score(delimiter: str) -> tuple[float, int]:
        widths = Counter(len(record) for record in _records(text, delimiter, quote, is_all) if any(record))
        if not widths:
            return 0.0, 0
        width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1], item[0]))
        return (count / widths.total() if width > 1 else 0.0), width

    best = max(DELIMITERS, key=score)
    return best if score(best)[1] > 1 else ","


def _records(text: str, delimiter: str, quote: str, is_all: bool) -> list[list[str]]:
    """The first records of the sample; the last one is left out when the sample may have cut it."""
    csv.field_size_limit(1 << 30)
    text = without_open_quotes(text, delimiter, quote)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote)
    records = [record for record, _ in zip(reader, range(SAMPLE_RECORDS + 1), strict=False)]
    if len(records) > SAMPLE_RECORDS or (not is_all and len(records) > 1):
        records.pop()
    return records


def _filled(record: list[str]) -> int:
    return sum(1 for cell in record if cell.strip())


def _width(records: list[list[str]]) -> int:
    """How many columns the table has: the commonest number of cells, the widest of equally common ones."""
    widths = Counter(len(record) for record in records if _filled(record))
    return max(widths, key=lambda width: (widths[width], width), default=0)


def _first_table_record(records: list[list[str]], width: int) -> int:
    """The place of the first record that is as wide and as filled as a table's, not a title above it."""
    for place, record in enumerate(records):
        filled = _filled(record)
        if filled and (len(record) >= width or filled > 1) and filled * 2 >= min(width, 4):
            return place
    return next(place for place, record in enumerate(records) if _filled(record))


def _looks_like_header(record: list[str]) -> bool:
    labels = [cell.strip() for cell in record if cell.strip()]
    if any(field_of_header(label) for label in labels):
        return True
    return not any(_VALUE.fullmatch(label) for label in labels) and len(set(labels)) == len(labels)
