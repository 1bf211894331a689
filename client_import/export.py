"""All clients as CSV, such that importing it again changes nothing (interfaces.md)."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import BinaryIO

import duckdb
import pyarrow as pa
from pyarrow import csv as arrow_csv

from client_import.catalogue import BY_NAME, FIELDS
from client_import.options import ColumnMapping

_BATCH_ROWS = 50_000


def export_clients(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[ColumnMapping] | None, file: BinaryIO
) -> None:
    """Write the clients, in the order of their codes, to ``file``: UTF-8 with BOM, commas, CRLF.

    ``columns`` are the headers and fields to write; None writes every field under its name. Dates are ISO, yes
    and no are Yes and No. Cells are not guarded: only a file with the ``import_*`` columns is unguarded again.
    """
    mapped = columns or _every_field()
    names = [BY_NAME[column.target_field].column for column in mapped]
    types = {field.column: field.type for field in FIELDS}
    cells = [
        f"CASE {name} WHEN true THEN 'Yes' WHEN false THEN 'No' END" if types[name] == "yes_no" else f"{name}::VARCHAR"
        for name in names
    ]
    write_template(mapped, file)
    if not connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'clients'").fetchall():
        return
    rows = connection.sql(
        f"SELECT {', '.join(f'coalesce({cell}, $$$$)' for cell in cells)} FROM clients ORDER BY lower(code)"
    )
    options = arrow_csv.WriteOptions(include_header=False, eol="\r\n", quoting_style="needed")
    for batch in rows.to_arrow_reader(_BATCH_ROWS):
        columns_of_batch = [column.cast(pa.string()) for column in batch.columns]
        arrow_csv.write_csv(
            pa.table(columns_of_batch, names=[str(place) for place in range(len(names))]), file, options
        )


def write_template(columns: Sequence[ColumnMapping] | None, file: BinaryIO) -> None:
    """Write the header line alone."""
    headers = [column.csv_header for column in columns or _every_field()]
    file.write(codecs.BOM_UTF8 + (",".join(quoted(header) for header in headers) + "\r\n").encode())


def quoted(label: str) -> str:
    """Return ``label`` as a CSV cell."""
    if any(letter in label for letter in ',"\r\n') or label != label.strip():
        return '"' + label.replace('"', '""') + '"'
    return label


def _every_field() -> tuple[ColumnMapping, ...]:
    return tuple(ColumnMapping(csv_header=field.name, target_field=field.name) for field in FIELDS)
