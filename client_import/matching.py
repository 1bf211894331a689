"""Match the staged rows with the clients and judge them (semantics.md, sections 5 and 6). Changes nothing."""

from __future__ import annotations

import duckdb

from client_import.catalogue import BY_NAME
from client_import.mapping import Mapping
from client_import.merge_sql import content, literal, match_key, merged_values
from client_import.options import Duplicates, ImportOptions, MatchField, Mode
from client_import.stage import Staged


def judge(connection: duckdb.DuckDBPyConnection, mapping: Mapping, options: ImportOptions, staged: Staged) -> None:
    """Give each row of the view ``staged`` its verdict, in the temporary table ``plan``.

    ``plan`` has ``row``, ``client`` (the rowid of the client it fits, or NULL), ``verdict`` (``created``,
    ``updated``, ``error`` or a skip reason) and ``used_row`` (the row used in the place of a duplicate). On the way
    come about ``matched`` (each row with the client it fits and what speaks against it), ``repeated`` (rows that are
    one client twice) and ``shared_codes`` (rows that would create one Code twice). The view ``cell_faults`` has
    the faults of the rows' own cells.
    """
    _match(connection, mapping, options, staged)
    _find_repeats(connection, mapping, options)
    _judge(connection, mapping, options)


_MATCH = """
-- Section 5: the client a row fits, and what the row would do to it.
CREATE TEMP TABLE matched AS
WITH keyed AS (
    SELECT rowid AS client, {client_key} AS client_key, * FROM clients
),
ambiguous AS (
    SELECT client_key FROM keyed WHERE client_key IS NOT NULL GROUP BY client_key HAVING count(*) > 1
)
SELECT
    s.row,
    s.refused,
    {row_key} AS key,
    c.client,
    a.client_key IS NOT NULL AS is_ambiguous,
    key IS NOT NULL AND c.client IS NULL AND NOT is_ambiguous AND {may_create} AS would_create,
    would_create AND {name} IS NULL AS lacks_name,
    would_create AND {type} IS NULL AS lacks_type,
    would_create AND {code_taken} AS code_taken,
    c.client IS NOT NULL AND {code_differs} AS code_differs,
    c.client IS NOT NULL AND ({would_change}) AS would_change
FROM staged s
LEFT JOIN ambiguous a ON a.client_key = {row_key}
LEFT JOIN keyed c ON c.client_key = {row_key} AND a.client_key IS NULL
"""


def _match(connection: duckdb.DuckDBPyConnection, mapping: Mapping, options: ImportOptions, staged: Staged) -> None:
    match_field = BY_NAME[mapping.match_field]
    merged = merged_values(mapping, options, clears=staged.clears)
    other_code = mapping.column_of("Code") is not None and match_field.name != "Code"
    sound_code = "s.row NOT IN (SELECT row FROM cell_faults WHERE field = 'Code')"
    type_cells = ["s.type"] if mapping.column_of("Type") else []
    connection.execute(
        _MATCH.format(
            client_key=match_key(match_field.column, match_field),
            row_key=match_key("s.key", match_field),
            may_create="false" if options.import_mode is Mode.UPDATE_ONLY else "true",
            name="s.name" if mapping.column_of("Name") else "NULL",
            type=f"coalesce({', '.join([*type_cells, literal(options.default_client_type)])})",
            code_taken="coalesce(lower(s.code) IN (SELECT lower(code) FROM clients), false)" if other_code else "false",
            code_differs=f"coalesce(lower(s.code) <> lower(c.code), false) AND {sound_code}" if other_code else "false",
            would_change=" OR ".join(f"c.{column} IS DISTINCT FROM {value}" for column, value in merged.items()),
        )
    )


_REPEATS = """
-- Section 6: rows not refused so far whose match values are equal; which of them is used, and whether they differ.
CREATE TEMP TABLE repeated AS
WITH sound AS (
    SELECT row, key FROM matched
    WHERE NOT (refused OR is_ambiguous OR lacks_name OR lacks_type OR code_taken OR code_differs)
),
keys AS (
    SELECT key FROM sound GROUP BY key HAVING count(*) > 1
),
groups AS (
    SELECT
        key,
        {used}(row) AS used_row,
        count(DISTINCT {content}) > 1 AS differ,
        min(row, 6) AS first_rows
    FROM sound JOIN keys USING (key) JOIN (SELECT * EXCLUDE (key) FROM staged) s USING (row)
    GROUP BY key
)
SELECT row, used_row, differ AND {reject} AS is_refused, first_rows
FROM sound JOIN groups USING (key)
"""


def _find_repeats(connection: duckdb.DuckDBPyConnection, mapping: Mapping, options: ImportOptions) -> None:
    connection.execute(
        _REPEATS.format(
            used="max" if options.duplicates is Duplicates.LAST else "min",
            content=content(mapping, options),
            reject="true" if options.duplicates is Duplicates.REJECT else "false",
        )
    )


_JUDGE = """
-- The table of section 5.
CREATE TEMP TABLE plan AS
SELECT
    m.row,
    m.client,
    r.used_row,
    CASE
        WHEN m.refused OR m.is_ambiguous OR m.lacks_name OR m.lacks_type OR m.code_taken OR m.code_differs
            OR r.is_refused THEN 'error'
        WHEN r.used_row <> m.row THEN 'duplicate_of_row'
        WHEN m.would_create THEN 'created'
        WHEN m.client IS NULL THEN 'no_match'
        WHEN {never_update} THEN 'already_exists'
        WHEN m.would_change THEN 'updated'
        ELSE 'unchanged'
    END AS verdict
FROM matched m LEFT JOIN repeated r ON r.row = m.row
"""

_REFUSE_SHARED_CODES = """
-- Section 6, last sentence: rows that would both create a client with one Code.
CREATE TEMP TABLE shared_codes AS
WITH creating AS (
    SELECT row, lower(s.code) AS code FROM plan JOIN staged s USING (row)
    WHERE verdict = 'created' AND s.code IS NOT NULL
)
SELECT row, first_rows
FROM creating
JOIN (SELECT code, min(row, 6) AS first_rows FROM creating GROUP BY code HAVING count(*) > 1) USING (code)
"""


def _judge(connection: duckdb.DuckDBPyConnection, mapping: Mapping, options: ImportOptions) -> None:
    connection.execute(_JUDGE.format(never_update="true" if options.import_mode is Mode.CREATE_ONLY else "false"))
    if mapping.column_of("Code") and mapping.match_field != MatchField.CODE:
        connection.execute(_REFUSE_SHARED_CODES)
        connection.execute("UPDATE plan SET verdict = 'error' WHERE row IN (SELECT row FROM shared_codes)")
    else:
        connection.execute("CREATE TEMP TABLE shared_codes (row BIGINT, first_rows BIGINT[])")
