"""Find rows that were rejected for what the clients were, and come back as they were (docs/rules.md, section 8).

The clients may be others by now, so that such a row would be created, or update somebody. It is rejected again, until
one of its cells is another or its ``import_reason`` is emptied. All other rejected rows have the same errors again by
themselves: those of cells, and those that name other rows of the file.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from client_import.errors import StoreError
from client_import.field_types.artefacts import NOTHING
from client_import.field_types.registry import VALUE_TYPES
from client_import.fields.catalogue import Field
from client_import.mapping.file_spec import FileSpec
from client_import.mapping.resolve import Mapping
from client_import.paths import JobFolder
from client_import.row_errors import Reason
from client_import.system.sql import literal

OF_OTHER_CLIENT = "another client"
"""The detail of ``code_taken`` if the code is a client's; those of rows of the file name these."""

_UNTOUCHED = """
-- Section 8: the errors that rows had because of the clients, where no cell has changed since.
CREATE TEMP TABLE untouched AS
SELECT DISTINCT s.row, e.position, e.reason
FROM staged s
JOIN read_parquet({rejected_rows}) b ON b.row = s.rejected_row
JOIN read_parquet({row_level_errors}) e ON e.row = b.row
WHERE e.reason <> '{duplicate}' AND (e.reason <> '{taken}' OR e.field IS NULL OR e.detail = '{of_other_client}')
    AND {same}
"""

_NONE = "CREATE TEMP TABLE untouched (row BIGINT, position INTEGER, reason VARCHAR)"


def find_untouched(connection: duckdb.DuckDBPyConnection, mapping: Mapping, before: JobFolder) -> None:
    """Create the temporary table ``untouched`` with ``row``, ``position`` and ``reason`` of each such error.

    The rows come back from the import ``before``. It is empty if they are mapped in another way than then.
    """
    if not _is_mapped_alike(before, mapping):
        connection.execute(_NONE)
        return
    connection.execute(
        _UNTOUCHED.format(
            rejected_rows=literal(str(before.rejected_rows)),
            row_level_errors=literal(str(before.row_level_errors)),
            duplicate=Reason.DUPLICATE_IN_FILE,
            taken=Reason.CODE_TAKEN,
            of_other_client=OF_OTHER_CLIENT,
            same=" AND ".join(_is_same(column.field) for column in mapping.columns),
        )
    )


def _is_mapped_alike(before: JobFolder, mapping: Mapping) -> bool:
    if not (before.rejected_rows.exists() and before.row_level_errors.exists()):
        return False
    try:
        then = FileSpec.load(before.layout).mapping
    except (StoreError, OSError):  # what is damaged of another job is nothing to this one
        return False
    return (then.columns, then.match_field, then.values) == (mapping.columns, mapping.match_field, mapping.values)


def _is_same(field: Field) -> str:
    """Return whether the cell is as it was.

    One that says there is nothing was blank if its whole column said so. A spreadsheet that opens 03/04/2024 and saves
    it may have taken the day for the month.
    """
    now, then, kind = f"s.{field.column}", f"b.{field.column}", VALUE_TYPES[field.type].arrow_type
    same = f"{now} IS NOT DISTINCT FROM {then}"
    if pa.types.is_date(kind):
        return f"({same} OR strftime({now}, '%Y-%m-%d') = strftime({then}, '%Y-%d-%m'))"
    if pa.types.is_string(kind):
        is_blank = f"({now} IS NULL OR {then} IS NULL)"
        return f"({same} OR {is_blank} AND regexp_full_match(coalesce({now}, {then}), {literal(NOTHING)}))"
    return same
