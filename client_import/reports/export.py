"""Export all clients as CSV, such that importing it again changes nothing (docs/rules.md, section 8)."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import BinaryIO

import duckdb
import pyarrow as pa
from pyarrow import csv as arrow_csv

from client_import.field_types.mapped_words import written
from client_import.field_types.registry import VALUE_TYPES
from client_import.field_types.value_mappings import of_field
from client_import.fields.catalogue import BY_NAME, FIELDS
from client_import.mapping.saved import SavedMapping
from client_import.options import ColumnMapping

_BATCH_ROWS = 50_000


def export_clients(connection: duckdb.DuckDBPyConnection, mapping: SavedMapping | None, file: BinaryIO) -> None:
    """Write the clients to ``file`` in the order of their codes: UTF-8 with BOM, commas, CRLF.

    ``mapping`` gives the headers and fields to write, and the words to write for members of lists; None writes every
    field under its name. Dates are ISO dates, and yes/no fields are Yes or No. A spreadsheet can open and save the file
    without changing a value (section 8): telephone numbers have blanks, and other values at risk are written in a form
    that it keeps, mostly with an apostrophe in front (:mod:`client_import.field_types.spreadsheets`).
    """
    mapped = mapping.column_mappings if mapping else every_field()
    words = {field.name: of_field(mapping.value_mappings, field.name) for field in FIELDS} if mapping else {}
    fields = [BY_NAME[column.target_field] for column in mapped]
    cells = [
        f"CASE {field.column} WHEN true THEN 'Yes' WHEN false THEN 'No' END"
        if field.type == "yes_no"
        else f"{field.column}::VARCHAR"
        for field in fields
    ]
    write_template(mapped, file)
    rows = connection.sql(
        f"SELECT {', '.join(f'coalesce({cell}, $$$$)' for cell in cells)} FROM clients ORDER BY lower(code)"
    )
    options = arrow_csv.WriteOptions(include_header=False, eol="\r\n", quoting_style="needed")
    for batch in rows.to_arrow_reader(_BATCH_ROWS):
        texts = [
            VALUE_TYPES[field.type].exported(written(column.cast(pa.string()), field, words.get(field.name, [])))
            for field, column in zip(fields, batch.columns, strict=True)
        ]
        arrow_csv.write_csv(pa.table(texts, names=[str(place) for place in range(len(fields))]), file, options)


def write_template(columns: Sequence[ColumnMapping] | None, file: BinaryIO) -> None:
    """Write only the header row of :func:`export_clients` to ``file``; None stands for every field."""
    headers = [column.csv_header for column in columns or every_field()]
    file.write(codecs.BOM_UTF8 + (",".join(quoted(header) for header in headers) + "\r\n").encode())


def quoted(label: str) -> str:
    """Return ``label`` as a CSV cell, in quotes where it needs them."""
    if any(letter in label for letter in ',"\r\n') or label != label.strip():
        return '"' + label.replace('"', '""') + '"'
    return label


def every_field() -> tuple[ColumnMapping, ...]:
    """Return a column for every field, under its name."""
    return tuple(ColumnMapping(csv_header=field.name, target_field=field.name) for field in FIELDS)
