"""Accept a cell that equals the stored value, even if it breaks the rules of its field (docs/rules.md, section 4).

Otherwise an export could not be imported again: a French post code stays when the country is emptied, and other
programs may write values into the table that follow no rules. Such a cell changes nothing.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from client_import.field_types.registry import VALUE_TYPES
from client_import.mapping.resolve import Mapping
from client_import.paths import JobFolder, put_in_place, unfinished
from client_import.row_errors import WHOLE_ROW
from client_import.system.sql import literal

_ACCEPTED = """
-- Errors of cells that equal the stored value of the client.
CREATE TEMP TABLE accepted AS
SELECT f.row, f.position
FROM found_errors f
JOIN matched m ON m.row = f.row AND m.client IS NOT NULL
JOIN staged s ON s.row = f.row
JOIN clients c ON c.rowid = m.client
WHERE f.position <> {whole_row} AND CASE f.field {cases} ELSE false END
"""

_NOT_REJECTED = """
UPDATE matched SET rejected = false
WHERE rejected AND row IN (SELECT row FROM accepted) AND row NOT IN (SELECT row FROM cell_errors)
"""


def accept_stored_values(connection: duckdb.DuckDBPyConnection, folder: JobFolder, mapping: Mapping) -> None:
    """Drop the errors in ``found_errors`` whose cells equal the stored value.

    The remaining errors are in the view ``cell_errors`` and the file ``remaining_errors`` of the folder, and rows
    without any other error are no longer ``rejected`` in ``matched``. Errors of match values stay: their rows have no
    client.
    """
    fields = {field for (field,) in connection.execute("SELECT DISTINCT field FROM found_errors").fetchall()}
    columns = [
        column.field
        for column in mapping.columns
        if column.field_name in fields
        and column.field_name != mapping.match_field
        and pa.types.is_string(VALUE_TYPES[column.field.type].arrow_type)
    ]
    if not columns:
        return
    cases = " ".join(f"WHEN {literal(field.name)} THEN s.{field.column} = c.{field.column}" for field in columns)
    connection.execute(_ACCEPTED.format(cases=cases, whole_row=WHOLE_ROW))
    accepted = connection.execute("SELECT count(*) FROM accepted").fetchone()
    if accepted and accepted[0]:
        connection.execute(
            "CREATE OR REPLACE TEMP VIEW cell_errors AS "
            "SELECT * FROM found_errors ANTI JOIN accepted USING (row, position)"
        )
        connection.execute(_NOT_REJECTED)
        written = unfinished(folder.remaining_errors)
        connection.execute(f"COPY cell_errors TO {literal(str(written))} (FORMAT parquet)")
        put_in_place(written, folder.remaining_errors)
