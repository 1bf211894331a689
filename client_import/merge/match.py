"""Match the staged rows with the clients and decide the result of each row (docs/rules.md, sections 5 and 6).

Repeated keys are found by their 64-bit hashes, and compared as text only where hashes are equal. With millions of keys
this takes a fraction of the time and memory.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from client_import.fields.catalogue import BY_NAME, Field
from client_import.mapping.resolve import Mapping
from client_import.merge.expressions import changes, content, merged_values
from client_import.merge.match_key import folded, is_blank, is_plain, match_key
from client_import.merge.stored_values import accept_stored_values
from client_import.merge.untouched import find_untouched
from client_import.options import Duplicates, ImportOptions, Mode
from client_import.paths import JobFolder
from client_import.row_errors import SkipReason
from client_import.system.sql import literal
from client_import.validation.stage import Staged

MOST_NAMED = 20
"""A message names at most this many rows or clients, and counts the rest."""


def match_rows(
    connection: duckdb.DuckDBPyConnection, folder: JobFolder, mapping: Mapping, options: ImportOptions, staged: Staged
) -> None:
    """Decide the result of each row in the view ``staged``, and write it to the temporary table ``plan``.

    ``plan`` has the columns ``row``, ``client`` (the rowid of the matching client, or NULL), ``result`` (``created``,
    ``updated``, ``error`` or a skip reason) and ``changes`` (:func:`client_import.merge.expressions.changes`).

    The connection also keeps these temporary tables: ``ambiguous`` (each match key of several clients, with their
    codes), ``matched`` (each row with its client and the errors found by matching), ``repeated`` (each ``row`` whose
    match key occurs again in the file, and the ``used_row`` among them) and, if the rows give codes, ``shared_codes``
    (each ``row`` that would give a client the same Code as another row, and the first of them as ``used_row``).
    ``repeated_groups`` and ``shared_code_groups`` have the rejected ones by ``used_row``: the number of ``rows`` and
    the ``first_rows``. The view ``cell_errors`` has the errors of cells, but for those of cells that equal the stored
    value (:mod:`client_import.merge.stored_values`). Of rows that come back, ``untouched`` is that of
    :mod:`client_import.merge.untouched`.
    """
    match_field = BY_NAME[mapping.match_field]
    if staged.rejected_by:
        find_untouched(connection, mapping, JobFolder(Path(staged.rejected_by)))
    are_plain = _are_plain(connection, match_field)
    _match(connection, mapping, options, staged, match_field, are_plain=are_plain)
    if staged.rejected:
        accept_stored_values(connection, folder, mapping)
    _find_repeats(connection, mapping, options, match_field, are_plain=are_plain)
    _decide(connection, mapping, options, staged)


_ARE_PLAIN = """
SELECT
    coalesce((SELECT bool_and({row}) FROM staged s), true)
    AND coalesce((SELECT bool_and({client}) FROM clients c), true)
"""


def _are_plain(connection: duckdb.DuckDBPyConnection, match_field: Field) -> bool:
    """Return whether all match values, those of the rows and those of the clients, are plain."""
    query = _ARE_PLAIN.format(
        row=is_plain("s.key", match_field), client=is_plain(f"c.{match_field.column}", match_field)
    )
    ((are_plain,),) = connection.execute(query).fetchall()
    return bool(are_plain)


_AMBIGUOUS = """
-- Section 4: match keys that two or more clients have.
CREATE TEMP TABLE ambiguous AS
WITH met AS (
    SELECT hash({client_key}) AS key_hash FROM clients GROUP BY key_hash HAVING count(*) > 1
)
SELECT
    {client_key} AS key,
    count(*) FILTER (NOT {no_code}) AS named,
    concat_ws(
        ' and ',
        array_to_string(min(code, {most_named}) FILTER (NOT {no_code}), ', '),
        CASE
            WHEN named > {most_named} THEN (count(*) - {most_named}) || ' more'
            WHEN named < count(*) THEN (count(*) - named) || ' without a Code'
        END
    ) AS codes
FROM clients
WHERE hash({client_key}) IN (FROM met) AND {client_key} IS NOT NULL
GROUP BY key HAVING count(*) > 1
"""

_MATCH = """
-- Section 5: the client that a row matches, and what the row would change.
CREATE TEMP TABLE matched AS
SELECT
    s.row,
    s.rejected,
    CASE WHEN s.key IS NOT NULL THEN hash({row_key}) END AS key_hash,
    c.rowid AS client,
    a.key IS NOT NULL AS is_ambiguous,
    s.key IS NOT NULL AND client IS NULL AND NOT is_ambiguous AND {may_create} AS would_create,
    would_create AND {name} IS NULL AS lacks_name,
    would_create AND {type} IS NULL AS lacks_type,
    client IS NOT NULL AND {gives_code} AS gives_code,
    (would_create OR gives_code) AND {code_taken} AS code_taken,
    client IS NOT NULL AND {code_differs} AS code_differs,
    {is_untouched} AS is_untouched,
    CASE WHEN client IS NOT NULL THEN {changes} ELSE 0 END AS changes
FROM staged s
LEFT JOIN ambiguous a ON a.key = {row_key}
LEFT JOIN clients c ON {client_key} = {row_key} AND a.key IS NULL
"""


def _match(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    options: ImportOptions,
    staged: Staged,
    match_field: Field,
    *,
    are_plain: bool,
) -> None:
    merged = merged_values(mapping, options, clears=staged.clears)
    valid_code = "s.row NOT IN (SELECT row FROM cell_errors WHERE field = 'Code')"
    code_taken = f"coalesce({folded('s.code')} IN (SELECT {folded('code')} FROM clients), false)"
    gives_code = f"s.code IS NOT NULL AND {is_blank('c.code')}"
    code_differs = (
        f"NOT {is_blank('c.code')} AND coalesce({folded('s.code')} <> {folded('c.code')}, false) AND {valid_code}"
    )
    type_cells = ["s.type"] if mapping.column_of("Type") else []
    connection.execute(
        _AMBIGUOUS.format(
            client_key=match_key(match_field.column, match_field, are_plain=are_plain),
            most_named=MOST_NAMED,
            no_code=is_blank("code"),
        )
    )
    connection.execute(
        _MATCH.format(
            client_key=match_key(f"c.{match_field.column}", match_field, are_plain=are_plain),
            row_key=match_key("s.key", match_field, are_plain=are_plain),
            may_create="false" if options.import_mode is Mode.UPDATE_ONLY else "true",
            name="s.name" if mapping.column_of("Name") else "NULL",
            type=f"coalesce({', '.join([*type_cells, literal(options.default_client_type)])})",
            code_taken=code_taken if mapping.gives_codes else "false",
            gives_code=gives_code if mapping.gives_codes and options.import_mode is not Mode.CREATE_ONLY else "false",
            code_differs=code_differs if mapping.gives_codes else "false",
            is_untouched="s.row IN (SELECT row FROM untouched)" if staged.rejected_by else "false",
            changes=changes(merged),
        )
    )


_REPEATS = """
-- Section 6: rows not rejected so far whose match keys are equal, which of them is used, and whether they differ.
CREATE TEMP TABLE repeated AS
WITH valid AS (
    SELECT row, key_hash FROM matched
    WHERE key_hash IS NOT NULL
        AND NOT (rejected OR is_ambiguous OR lacks_name OR lacks_type OR code_taken OR code_differs OR is_untouched)
),
met AS (
    SELECT key_hash FROM valid GROUP BY key_hash HAVING count(*) > 1
),
candidates AS (
    SELECT row, {row_key} AS row_key, {content} AS content
    FROM valid JOIN met USING (key_hash) JOIN staged s USING (row)
),
groups AS (
    SELECT row_key, {used}(row) AS used_row, min(content) <> max(content) AS differ
    FROM candidates GROUP BY row_key HAVING count(*) > 1
)
SELECT row, used_row, differ AND {reject} AS is_rejected
FROM candidates JOIN groups USING (row_key)
"""


def _find_repeats(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    options: ImportOptions,
    match_field: Field,
    *,
    are_plain: bool,
) -> None:
    connection.execute(
        _REPEATS.format(
            row_key=match_key("s.key", match_field, are_plain=are_plain),
            used="max" if options.duplicates is Duplicates.LAST else "min",
            content=content(mapping, options),
            reject="true" if options.duplicates is Duplicates.REJECT else "false",
        )
    )
    _group(connection, "repeated_groups", "(FROM repeated WHERE is_rejected)")


_GROUP = f"""
INSERT INTO {{groups}}
SELECT used_row, count(*), min(row, {MOST_NAMED + 1})
FROM {{members}} WHERE used_row % {{parts}} = {{part}} GROUP BY used_row
"""

_ROWS_OF_A_PART = 1_000_000


def _group(connection: duckdb.DuckDBPyConnection, groups: str, members: str) -> None:
    """Create the table ``groups`` from the rows in ``members``, a part of the groups at a time.

    DuckDB cannot spill lists to disk while they grow.
    """
    connection.execute(f"CREATE TEMP TABLE {groups} (used_row BIGINT, rows BIGINT, first_rows BIGINT[])")
    rows = connection.execute(f"SELECT count(*) FROM {members}").fetchone()
    parts = -(-rows[0] // _ROWS_OF_A_PART) if rows else 0
    for part in range(parts):
        connection.execute(_GROUP.format(groups=groups, members=members, parts=parts, part=part))


_DECIDE = """
-- The table of section 5. A row that comes back as a duplicate of its first file does not replace the row used then.
CREATE TEMP TABLE plan AS
SELECT
    m.row,
    m.client,
    CASE
        WHEN m.rejected OR m.is_ambiguous OR m.lacks_name OR m.lacks_type OR m.code_taken OR m.code_differs
            OR m.is_untouched OR r.is_rejected THEN 'error'
        WHEN r.used_row <> m.row THEN 'duplicate_of_row'
        WHEN m.would_create THEN 'created'
        WHEN m.client IS NULL THEN 'no_match'
        WHEN {never_update} THEN 'already_exists'
        WHEN m.changes <> 0 AND {was_repeat} THEN 'duplicate_of_row'
        WHEN m.changes <> 0 THEN 'updated'
        ELSE 'unchanged'
    END::ENUM ({results}) AS result,
    m.changes
FROM matched m LEFT JOIN repeated r ON r.row = m.row
"""

_RESULTS = ", ".join(literal(result) for result in ("created", "updated", "error", *SkipReason))

_SHARED_CODES = f"""
-- Section 6, last sentence: rows that would give clients, new or without a Code, the same Code.
CREATE TEMP TABLE shared_codes AS
WITH giving AS (
    SELECT row, {folded("s.code")} AS code FROM plan JOIN staged s USING (row)
    WHERE s.code IS NOT NULL AND (
        result = 'created' OR result = 'updated' AND row IN (SELECT row FROM matched WHERE gives_code)
    )
)
SELECT row, used_row
FROM giving
JOIN (SELECT code, min(row) AS used_row FROM giving GROUP BY code HAVING count(*) > 1) USING (code)
"""


def _decide(connection: duckdb.DuckDBPyConnection, mapping: Mapping, options: ImportOptions, staged: Staged) -> None:
    never_update = "true" if options.import_mode is Mode.CREATE_ONLY else "false"
    was_repeat = "m.row IN (SELECT row FROM staged WHERE was_repeat)" if staged.has_repeats else "false"
    connection.execute(_DECIDE.format(never_update=never_update, was_repeat=was_repeat, results=_RESULTS))
    if mapping.gives_codes:
        connection.execute(_SHARED_CODES)
        connection.execute("UPDATE plan SET result = 'error' WHERE row IN (SELECT row FROM shared_codes)")
        _group(connection, "shared_code_groups", "shared_codes")
