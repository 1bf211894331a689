"""Accept a cell that says what its client has already, whatever the rules say of it (docs/rules.md, section 8).

Otherwise an export could not be imported again: a post code of France stays when the country is emptied, and what
other programs write into the table follows no rules. Such a row changes nothing there.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from client_import.field_types.registry import VALUE_TYPES
from client_import.mapping.resolve import Mapping
from client_import.paths import JobFolder, put_in_place, unfinished
from client_import.row_errors import WHOLE_ROW
from client_import.system.sql import literal

_FORGIVEN = """
-- Errors of cells that say what the client of their row has already.
CREATE TEMP TABLE forgiven AS
SELECT f.row, f.position
FROM found_errors f
JOIN matched m ON m.row = f.row AND m.client IS NOT NULL
JOIN staged s ON s.row = f.row
JOIN clients c ON c.rowid = m.client
WHERE f.position <> {whole_row} AND CASE f.field {cases} ELSE false END
"""

_TAKE_BACK = """
UPDATE matched SET rejected = false
WHERE rejected AND row IN (SELECT row FROM forgiven) AND row NOT IN (SELECT row FROM cell_errors)
"""


def forgive(connection: duckdb.DuckDBPyConnection, folder: JobFolder, mapping: Mapping) -> None:
    """Take back the errors in ``found_errors`` of cells that say what is stored.

    ``cell_errors``, and the file ``row_errors`` in the folder, are the others then, and ``matched`` has the rows
    without another error as not rejected. The errors of match values stay: such a row has no client.
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
    connection.execute(_FORGIVEN.format(cases=cases, whole_row=WHOLE_ROW))
    forgiven = connection.execute("SELECT count(*) FROM forgiven").fetchone()
    if forgiven and forgiven[0]:
        connection.execute(
            "CREATE OR REPLACE TEMP VIEW cell_errors AS "
            "SELECT * FROM found_errors ANTI JOIN forgiven USING (row, position)"
        )
        connection.execute(_TAKE_BACK)
        written = unfinished(folder.row_errors)
        connection.execute(f"COPY cell_errors TO {literal(str(written))} (FORMAT parquet)")
        put_in_place(written, folder.row_errors)
