"""Explain why rows are not applied: their reasons and messages (docs/rules.md, sections 4 and 8)."""

from __future__ import annotations

import duckdb

from client_import.fields.catalogue import BY_NAME
from client_import.mapping.resolve import Mapping
from client_import.merge.match import MOST_NAMED
from client_import.merge.match_key import match_key
from client_import.merge.untouched import OF_OTHER_CLIENT
from client_import.paths import JobFolder
from client_import.reports.row_outcomes import write_not_applied
from client_import.row_errors import WHOLE_ROW, Reason
from client_import.system.sql import literal
from client_import.validation.validate import MASK


def explain_rows(
    connection: duckdb.DuckDBPyConnection, folder: JobFolder, mapping: Mapping, *, come_back: bool
) -> None:
    """Write the outcome, reasons and message of every row that the plan in ``connection`` does not apply.

    They go to ``not_applied`` in the folder (:mod:`client_import.reports.row_outcomes`). Errors found by matching, not
    in a cell alone, go to ``row_level_errors`` there and to the temporary table of that name; both have the columns of
    :data:`client_import.row_errors.ROW_ERROR_SCHEMA`. If rows ``come_back`` from an earlier import, those of its errors
    that hold again are among them.
    """
    _find_row_level_errors(connection, mapping)
    if come_back:
        connection.execute(_UNTOUCHED)
    # A detail can name twenty rows, and DuckDB holds whole row groups in memory.
    connection.execute(
        f"COPY row_level_errors TO {literal(str(folder.row_level_errors))} (FORMAT parquet, ROW_GROUP_SIZE 10240)"
    )
    write_not_applied(connection, folder, mapping)


_ROW_LEVEL_ERRORS = """
-- Section 4: errors found by matching, not in a cell alone.
CREATE TEMP TABLE row_level_errors AS
SELECT row, {name_position} AS position, 'Name' AS field, '{missing}' AS reason, NULL AS value, NULL AS detail
FROM matched WHERE lacks_name
UNION ALL
SELECT row, {type_position}, 'Type', '{missing}', NULL, NULL
FROM matched WHERE lacks_type
UNION ALL
SELECT m.row, {match_position}, '{match_field}', '{ambiguous}', {match_value}, a.codes
FROM matched m JOIN staged s USING (row) JOIN ambiguous a ON a.key = {row_key}
WHERE m.is_ambiguous
UNION ALL
SELECT r.row, {match_position}, '{match_field}', '{duplicate}', {match_value}, {others}
FROM repeated r JOIN staged s USING (row) JOIN repeated_groups g USING (used_row)
"""

_CODE_ERRORS = """
INSERT INTO row_level_errors
SELECT row, {code_position}, 'Code', '{taken}', s.code, '{of_other_client}'
FROM matched JOIN staged s USING (row) WHERE code_taken
UNION ALL
SELECT r.row, {code_position}, 'Code', '{taken}', s.code, {others} || ' of this file too'
FROM shared_codes r JOIN staged s USING (row) JOIN shared_code_groups g USING (used_row)
UNION ALL
SELECT m.row, {code_position}, 'Code', '{mismatch}', s.code, c.code
FROM matched m JOIN staged s ON s.row = m.row JOIN clients c ON c.rowid = m.client WHERE m.code_differs
"""

_UNTOUCHED = """
-- Section 8: errors that come back. They name no field, which selects their sentence.
INSERT INTO row_level_errors
SELECT row, position, NULL, reason, NULL, NULL
FROM untouched ANTI JOIN row_level_errors USING (row, reason)
"""

_OTHERS = f"""
    CASE WHEN g.rows > 2 THEN 'rows ' ELSE 'row ' END
        || array_to_string(list_filter(g.first_rows, lambda other : other <> r.row)[:{MOST_NAMED}], ', ')
        || CASE WHEN g.rows > {MOST_NAMED + 1} THEN ' and ' || (g.rows - {MOST_NAMED + 1}) || ' more' ELSE '' END
"""
"""The rows of the group ``g`` other than the row ``r``, in words."""


def _find_row_level_errors(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> None:
    match_field = BY_NAME[mapping.match_field]
    connection.execute(
        _ROW_LEVEL_ERRORS.format(
            name_position=_position(mapping, "Name"),
            type_position=_position(mapping, "Type"),
            match_position=mapping.match_column.position,
            match_field=match_field.name,
            match_value=literal(MASK) if match_field.sensitive else f"s.{match_field.column}",
            row_key=match_key("s.key", match_field),
            missing=Reason.MISSING_REQUIRED,
            ambiguous=Reason.AMBIGUOUS_MATCH,
            duplicate=Reason.DUPLICATE_IN_FILE,
            others=_OTHERS,
        )
    )
    if mapping.gives_codes:
        connection.execute(
            _CODE_ERRORS.format(
                code_position=_position(mapping, "Code"),
                taken=Reason.CODE_TAKEN,
                mismatch=Reason.CODE_MISMATCH,
                others=_OTHERS,
                of_other_client=OF_OTHER_CLIENT,
            )
        )


def _position(mapping: Mapping, field: str) -> int:
    column = mapping.column_of(field)
    return column.position if column else WHOLE_ROW
