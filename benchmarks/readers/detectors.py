"""Detectors of encodings and of dialects, on the same text; ours is asked through ``detect``."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TypeVar

import charset_normalizer
import duckdb

from benchmarks.readers.corpus import File, decoded
from benchmarks.readers.readers import DELIMITERS
from client_import.options import ImportOptions
from client_import.reading.detect import detect_layout
from client_import.reading.limits import Limits
from client_import.settings import Settings

Found = TypeVar("Found")
Dialect = tuple[str, str]
"""Delimiter and quote; the quote is empty when nothing quotes."""


def _in_file(data: bytes, ask: Callable[[Path], Found]) -> Found:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "source.csv"
        path.write_bytes(data)
        return ask(path)


def encoding_by_charset_normalizer(data: bytes) -> str:
    """Ask charset-normalizer."""
    best = charset_normalizer.from_bytes(data).best()
    return best.encoding if best else ""


def encoding_by_chardet(data: bytes) -> str:
    """Ask chardet."""
    return str(import_module("chardet").detect(data)["encoding"] or "")


def encoding_by_client_import(data: bytes) -> str:
    """Ask this program."""
    return _in_file(data, lambda path: detect_layout(path, ImportOptions.parse({}), Limits.of(Settings())).encoding)


def dialect_by_csv_sniffer(text: str) -> Dialect:
    """Ask ``csv.Sniffer``."""
    dialect = csv.Sniffer().sniff(text, DELIMITERS)
    return dialect.delimiter, dialect.quotechar or ""


def dialect_by_clevercsv(text: str) -> Dialect:
    """Ask CleverCSV."""
    dialect = import_module("clevercsv").Detector().detect(text[: 1 << 14], delimiters=list(DELIMITERS))
    return dialect.delimiter, dialect.quotechar


def dialect_by_duckdb(text: str) -> Dialect:
    """Ask DuckDB's ``sniff_csv``."""

    def ask(path: Path) -> Dialect:
        with duckdb.connect() as database:
            found = database.execute("SELECT Delimiter, Quote FROM sniff_csv(?)", [str(path)]).fetchone()
        assert found is not None
        return found[0].replace("\\t", "\t"), found[1].replace("(empty)", "")

    return _in_file(text.encode(), ask)


def dialect_by_client_import(text: str) -> Dialect:
    """Ask this program."""

    def ask(path: Path) -> Dialect:
        layout = detect_layout(path, ImportOptions.parse({}), Limits.of(Settings()))
        return layout.delimiter, layout.quote

    return _in_file(text.encode(), ask)


ENCODINGS: dict[str, tuple[str, Callable[[bytes], str]]] = {
    "client-import": ("client_import", encoding_by_client_import),
    "charset-normalizer": ("charset_normalizer", encoding_by_charset_normalizer),
    "chardet": ("chardet", encoding_by_chardet),
}
DIALECTS: dict[str, tuple[str, Callable[[str], Dialect]]] = {
    "client-import": ("client_import", dialect_by_client_import),
    "DuckDB": ("duckdb", dialect_by_duckdb),
    "CleverCSV": ("clevercsv", dialect_by_clevercsv),
    "csv.Sniffer": ("csv", dialect_by_csv_sniffer),
}


def has_an_encoding(file: File) -> bool:
    """Whether the encoding of ``file`` is certain and matters: it is not ASCII."""
    return file.text is not None and not file.data.isascii()


def has_a_dialect(file: File) -> bool:
    """Whether the delimiter of ``file`` is certain."""
    return file.text is not None and "delimiter" in file.layout


def is_right_encoding(file: File, ask: Callable[[bytes], str]) -> bool:
    """Whether the encoding found decodes ``file`` to the same text as the true one."""
    return decoded(file.data, ask(file.data)) == file.text


def is_right_dialect(file: File, ask: Callable[[str], Dialect]) -> bool:
    """Whether the delimiter is right, and the quote where it is certain."""
    delimiter, quote = ask(file.text or "")
    return bool(delimiter == file.layout["delimiter"] and quote == file.layout.get("quote", quote))
