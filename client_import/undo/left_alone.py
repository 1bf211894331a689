"""Write the file of what an undo leaves alone, and why (docs/rules.md, section 11)."""

from __future__ import annotations

import codecs
from pathlib import Path

import duckdb
import pyarrow as pa
from pyarrow import csv as arrow_csv

from client_import.fields.catalogue import FIELDS
from client_import.paths import put_in_place, unfinished
from client_import.reading.formula_escape import add_guard
from client_import.system.sql import literal
from client_import.undo.plan import LeftReason
from client_import.validation.validate import MASK

HEADERS = ("Code", "Field", "Before", "Written", "Now", "import_reason", "import_message")

_SENTENCES = {
    LeftReason.CHANGED_SINCE: "It was changed since, or is gone, so it is left as it is.",
    LeftReason.NO_CODE: "The client has no Code by which it could be found, so it is left as it is.",
    LeftReason.NO_SUCH_FIELD: "There is no such field any more, so it is left as it is.",
}

_ROWS_AT_ONCE = 50_000


def sentence_of(reason: LeftReason) -> str:
    """Return the sentence for a ``reason``."""
    return _SENTENCES[reason]


def write_left_alone(tables: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write the view ``left_alone`` of :func:`client_import.undo.plan.plan_undo` to ``path``, whole or not at all.

    A line for each field, or client, by code: UTF-8 with BOM, commas, CRLF. It has what the field was before the undone
    job, what that job wrote, and what it is now; sensitive fields are masked. Raises OSError.
    """
    sensitive = ", ".join(literal(field.name) for field in FIELDS if field.sensitive)
    values = ", ".join(
        f"CASE WHEN {column} IS NULL THEN '' WHEN field IN ({sensitive}) THEN {literal(MASK)} ELSE {column} END"
        for column in ("value_before", "value_after", "value_now")
    )
    message = " ".join(f"WHEN {literal(reason.value)} THEN {literal(text)}" for reason, text in _SENTENCES.items())
    rows = tables.sql(
        f"SELECT coalesce(code, ''), coalesce(field, ''), {values}, reason, CASE reason {message} END "
        "FROM left_alone ORDER BY code, field"
    )
    written = unfinished(path)
    options = arrow_csv.WriteOptions(include_header=False, eol="\r\n", quoting_style="needed")
    with written.open("wb") as file:
        file.write(codecs.BOM_UTF8 + (",".join(HEADERS) + "\r\n").encode())
        for batch in rows.to_arrow_reader(_ROWS_AT_ONCE):
            cells = [add_guard(column.cast(pa.string())) for column in batch.columns]
            arrow_csv.write_csv(pa.table(cells, names=HEADERS), file, options)
    put_in_place(written, path)
