"""Readers of CSV: each takes a path and gives a table of text, set up as favourably as its documentation allows.

Readers that detect no encoding are told what charset-normalizer says, where they can be told.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

import charset_normalizer
import duckdb
import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from benchmarks.readers.corpus import Table
from client_import.options import ImportOptions
from client_import.reading.detect import detect_layout
from client_import.reading.layout import Layout
from client_import.reading.limits import Limits
from client_import.reading.reader import read_rows
from client_import.reading.row_batch import RowBatch
from client_import.settings import Settings

DELIMITERS = ",;\t|"
SAMPLE = 1 << 18
Reader = Callable[[Path, str], Any]
"""Takes a path and the encoding; gives what the reader makes of the file, for its own function to make a Table of."""


def encoding_of(path: Path) -> str:
    """Return what charset-normalizer guesses from the first 256 KiB, UTF-8 when it gives up."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
        best = charset_normalizer.from_bytes(stream.read(SAMPLE)).best()
    if best is None or best.encoding in ("utf_8", "ascii"):
        return "utf-8-sig"
    return best.encoding


def _open(path: Path, encoding: str) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding=encoding, newline="")
    return path.open(encoding=encoding, newline="")


def by_csv_sniffer(path: Path, encoding: str) -> list[list[str]]:
    """Read with ``csv.Sniffer`` and ``csv.reader``."""
    csv.field_size_limit(1 << 30)
    with _open(path, encoding) as text:
        dialect = csv.Sniffer().sniff(text.read(SAMPLE), DELIMITERS)
        text.seek(0)
        return list(csv.reader(text, dialect))


def by_clevercsv(path: Path, encoding: str) -> list[list[str]]:
    """Read with ``clevercsv.Detector`` and ``clevercsv.reader``."""
    clevercsv = import_module("clevercsv")
    clevercsv.field_size_limit(1 << 30)
    with _open(path, encoding) as text:
        dialect = clevercsv.Detector().detect(text.read(1 << 14), delimiters=list(DELIMITERS))
        if dialect is None:
            raise ValueError("no dialect was found")
        text.seek(0)
        return list(clevercsv.reader(text, dialect))


def by_pandas(path: Path, encoding: str) -> pd.DataFrame:
    """Read with ``pandas.read_csv``, which sniffs the delimiter."""
    return pd.read_csv(
        path,
        sep=None,
        engine="python",
        dtype=str,
        keep_default_na=False,
        index_col=False,
        encoding=encoding,
        on_bad_lines="skip",
    )


def by_polars(path: Path, encoding: str) -> Any:
    """Read with ``polars.read_csv``, which takes commas."""
    polars = import_module("polars")
    name = "utf8-lossy" if encoding == "utf-8-sig" else encoding
    return polars.read_csv(path, infer_schema=False, truncate_ragged_lines=True, encoding=name)


def by_arrow(path: Path, encoding: str) -> pa.Table:
    """Read with ``pyarrow.csv``, which takes commas, every column as text."""
    options = arrow_csv.ReadOptions(encoding=encoding.replace("utf-8-sig", "utf8"))
    parse = arrow_csv.ParseOptions(newlines_in_values=True)
    with arrow_csv.open_csv(path, read_options=options, parse_options=parse) as stream:
        names = stream.schema.names
    convert = arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
    return arrow_csv.read_csv(path, read_options=options, parse_options=parse, convert_options=convert)


def by_duckdb(path: Path, encoding: str, *, parallel: bool = False) -> pa.Table:
    """Read with DuckDB's ``read_csv``, which sniffs the dialect and the header.

    Of its settings for ragged rows these get most files right; in parallel they allow no line breaks in cells.
    """
    with duckdb.connect() as database:
        database.execute("SET enable_progress_bar = false")
        rows = database.read_csv(
            str(path),
            all_varchar=True,
            ignore_errors=True,
            null_padding=True,
            encoding={"utf_16": "utf-16", "latin_1": "latin-1"}.get(encoding, "utf-8"),
            parallel=parallel,
        )
        return rows.to_arrow_table()


def by_client_import(path: Path, _encoding: str) -> tuple[Layout, list[RowBatch]]:
    """Read with this program, which finds the encoding itself."""
    layout = detect_layout(path, ImportOptions.parse({}), Limits.of(Settings()))
    return layout, list(read_rows(path, layout, Limits.of(Settings())))


def of_records(records: list[list[str]]) -> Table:
    """Return the table of records, the first of them the header."""
    return Table(records[0], records[1:]) if records else Table([], [])


def of_pandas(frame: pd.DataFrame) -> Table:
    """Return the table of a frame."""
    return Table([str(name) for name in frame.columns], frame.fillna("").to_numpy().tolist())


def of_polars(frame: Any) -> Table:
    """Return the table of a polars frame."""
    return Table(frame.columns, [[cell or "" for cell in row] for row in frame.rows()])


def of_arrow(table: pa.Table) -> Table:
    """Return the table of an Arrow table."""
    rows = zip(*([cell or "" for cell in column.to_pylist()] for column in table.columns), strict=True)
    return Table(list(table.column_names), [list(row) for row in rows])


def of_client_import(read: tuple[Layout, list[RowBatch]]) -> Table:
    """Return the table of our batches, without the rows that are rejected."""
    layout, batches = read
    rows: list[list[str]] = []
    for batch in batches:
        rejected = set(batch.row_errors.column("row").to_pylist())
        kept = zip(batch.rows.tolist(), of_arrow(batch.cells).rows, strict=True)
        rows += [row for number, row in kept if number not in rejected]
    return Table(list(layout.headers), rows)


READERS: dict[str, tuple[str, Reader, Callable[[Any], Table]]] = {
    "client-import": ("client_import", by_client_import, of_client_import),
    "DuckDB": ("duckdb", by_duckdb, of_arrow),
    "CleverCSV": ("clevercsv", by_clevercsv, of_records),
    "csv.Sniffer": ("csv", by_csv_sniffer, of_records),
    "pandas": ("pandas", by_pandas, of_pandas),
    "polars": ("polars", by_polars, of_polars),
    "Arrow": ("pyarrow", by_arrow, of_arrow),
}
"""By name: the package it needs, the reader, and what makes a table of its result."""
