"""Decide what becomes of every staged row, and why (semantics.md, sections 4 to 6). Changes nothing.

All of it is SQL on the clients database; the tables made here are temporary. In the order they come about:
``staged`` (the rows), ``matched`` (each with the client it fits), ``repeated`` (rows that are one client twice),
``plan`` (each row's verdict), ``table_faults`` (what rows have wrong beside their cells).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from client_import.catalogue import BY_NAME
from client_import.check import MASK
from client_import.faults import WHOLE_ROW, Reason, SkipReason
from client_import.folders import JobFolder
from client_import.jobs import Counts
from client_import.mapping import Mapping
from client_import.merge_sql import content, literal, match_key, merged_values
from client_import.options import Duplicates, ImportOptions, MatchField, Mode
from client_import.sentences import SKIP_SENTENCES, sentence_parts
from client_import.stage import Staged

_SHOWN_ROWS = 3
_LONGEST_SHOWN_VALUE = 80


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many rows have a reason, and the first few of them."""

    reason: str
    count: int
    first_rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the import would do, or did: counts of rows, and the reasons of those it does not apply."""

    counts: Counts
    reasons: tuple[ReasonCount, ...]

    @classmethod
    def load(cls, path: Path) -> Plan:
        """Read what :meth:`save` wrote."""
        plan = json.loads(path.read_text("utf-8"))
        reasons = (
            ReasonCount(each["reason"], each["count"], tuple(each["first_rows"])) for each in plan["reasons"]
        )
        return cls(Counts(**plan["counts"]), tuple(reasons))

    def save(self, path: Path) -> None:
        """Write the plan as JSON."""
        path.write_text(json.dumps(asdict(self)), "utf-8")


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one client that the import would change; a value is None where the field is empty."""

    row: int
    code: str
    field: str
    before: str | None
    after: str | None


def make_plan(
    connection: duckdb.DuckDBPyConnection, folder: JobFolder, mapping: Mapping, options: ImportOptions, staged: Staged
) -> Plan:
    """Match the staged rows in ``folder`` with the clients and give each its verdict.

    Leaves the table ``plan`` (``row``, ``client``: rowid or NULL, ``verdict``, ``used_row``) in the connection, and
    writes ``not_applied`` and the plan itself to the folder. A verdict is ``created``, ``updated``, ``error`` or a
    skip reason. A file without data rows has an empty plan and no tables.
    """
    if not staged.total_items:
        nothing = Plan(Counts(), ())
        nothing.save(folder.plan)
        return nothing
    connection.execute(f"CREATE TEMP VIEW staged AS FROM read_parquet({literal(str(folder.rows))})")
    connection.execute(f"CREATE TEMP VIEW cell_faults AS FROM read_parquet({literal(str(folder.faults))})")
    _match(connection, mapping, options, staged)
    _find_repeats(connection, mapping, options)
    _judge(connection, mapping, options)
    _find_table_faults(connection, mapping, options)
    _explain(connection, folder, mapping)
    plan = Plan(_counts(connection), _reasons(connection))
    plan.save(folder.plan)
    return plan


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


def _match(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, options: ImportOptions, staged: Staged
) -> None:
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
    connection.execute(
        _JUDGE.format(never_update="true" if options.import_mode is Mode.CREATE_ONLY else "false")
    )
    if mapping.column_of("Code") and mapping.match_field != MatchField.CODE:
        connection.execute(_REFUSE_SHARED_CODES)
        connection.execute("UPDATE plan SET verdict = 'error' WHERE row IN (SELECT row FROM shared_codes)")
    else:
        connection.execute("CREATE TEMP TABLE shared_codes (row BIGINT, first_rows BIGINT[])")


_TABLE_FAULTS = """
-- Section 4: what a row has wrong beside its cells.
CREATE TEMP TABLE table_faults AS
SELECT row, {name_position} AS position, 'Name' AS field, '{missing}' AS reason, NULL AS value, NULL AS detail
FROM matched WHERE lacks_name
UNION ALL
SELECT row, {type_position}, 'Type', '{missing}', NULL, NULL
FROM matched WHERE lacks_type
UNION ALL
SELECT m.row, {match_position}, '{match_field}', '{ambiguous}', {match_value}, fitting.codes
FROM matched m JOIN staged s ON s.row = m.row JOIN (
    SELECT {client_key} AS key, array_to_string(min(code, 5), ', ') AS codes FROM clients
    GROUP BY 1 HAVING count(*) > 1
) AS fitting ON fitting.key = m.key
WHERE m.is_ambiguous
UNION ALL
SELECT row, {match_position}, '{match_field}', '{duplicate}', {match_value},
    array_to_string(list_filter(first_rows, lambda other : other <> row)[:5], ', ')
FROM repeated JOIN staged s USING (row) WHERE is_refused
"""

_CODE_FAULTS = """
INSERT INTO table_faults
SELECT row, {code_position}, 'Code', '{taken}', s.code, 'another client'
FROM matched JOIN staged s USING (row) WHERE code_taken
UNION ALL
SELECT row, {code_position}, 'Code', '{taken}', s.code,
    'row ' || array_to_string(list_filter(first_rows, lambda other : other <> row)[:5], ', ') || ' of this file too'
FROM shared_codes JOIN staged s USING (row)
UNION ALL
SELECT row, {code_position}, 'Code', '{mismatch}', s.code, c.code
FROM matched JOIN staged s USING (row) JOIN clients c ON c.rowid = client WHERE code_differs
"""


def _find_table_faults(connection: duckdb.DuckDBPyConnection, mapping: Mapping, options: ImportOptions) -> None:
    match_field = BY_NAME[mapping.match_field]
    connection.execute(
        _TABLE_FAULTS.format(
            name_position=_position(mapping, "Name"),
            type_position=_position(mapping, "Type"),
            match_position=mapping.match_column.position,
            match_field=match_field.name,
            match_value=literal(MASK) if match_field.sensitive else f"s.{match_field.column}",
            client_key=match_key(match_field.column, match_field),
            missing=Reason.MISSING_REQUIRED,
            ambiguous=Reason.AMBIGUOUS_MATCH,
            duplicate=Reason.DUPLICATE_IN_FILE,
        )
    )
    if mapping.column_of("Code"):
        connection.execute(
            _CODE_FAULTS.format(
                code_position=_position(mapping, "Code"), taken=Reason.CODE_TAKEN, mismatch=Reason.CODE_MISMATCH
            )
        )


def _position(mapping: Mapping, field: str) -> int:
    column = mapping.column_of(field)
    return column.position if column else WHOLE_ROW


_EXPLAIN = """
-- Section 8: outcome, reason codes and sentences of every row that is not imported, in file order.
COPY (
    WITH spoken AS (
        SELECT f.row, f.position, f.reason,
            p.head || CASE WHEN p.names_value THEN {shown} ELSE '' END
                || p.middle || CASE WHEN p.names_detail THEN coalesce(f.detail, '') ELSE '' END || p.tail AS message
        FROM (FROM cell_faults UNION ALL FROM table_faults) AS f
        JOIN sentence_parts p ON p.field IS NOT DISTINCT FROM f.field AND p.reason = f.reason
    )
    SELECT row, 'error' AS outcome, string_agg(DISTINCT reason, ';' ORDER BY reason) AS reason,
        string_agg(message, ' ' ORDER BY position, reason) AS message
    FROM spoken GROUP BY row
    UNION ALL
    SELECT row, 'skipped', verdict, CASE verdict {skip_cases} END
    FROM plan WHERE verdict NOT IN ('created', 'updated', 'error')
    ORDER BY row
) TO {path} (FORMAT parquet, COMPRESSION lz4)
"""


def _explain(connection: duckdb.DuckDBPyConnection, folder: JobFolder, mapping: Mapping) -> None:
    connection.execute(
        "CREATE TEMP TABLE sentence_parts "
        "(field VARCHAR, reason VARCHAR, head VARCHAR, names_value BOOLEAN, middle VARCHAR, names_detail BOOLEAN, "
        "tail VARCHAR)"
    )
    rows = [
        [part.field, part.reason.value, part.head, part.names_value, part.middle, part.names_detail, part.tail]
        for part in sentence_parts(mapping)
    ]
    connection.executemany("INSERT INTO sentence_parts VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    cases = []
    for reason, template in SKIP_SENTENCES.items():
        before, used_row, after = template.replace("{match}", mapping.match_field).partition("{row}")
        text = f"{literal(before)} || used_row || {literal(after)}" if used_row else literal(before)
        cases.append(f"WHEN '{reason}' THEN {text}")
    value = "coalesce(f.value, '')"
    shown = f"CASE WHEN length({value}) > {_LONGEST_SHOWN_VALUE} THEN {value}[:{_LONGEST_SHOWN_VALUE}] || '…' ELSE {value} END"
    connection.execute(
        _EXPLAIN.format(shown=shown, skip_cases=" ".join(cases), path=literal(str(folder.not_applied)))
    )


def _counts(connection: duckdb.DuckDBPyConnection) -> Counts:
    rows = connection.execute("SELECT verdict, count(*) FROM plan GROUP BY verdict").fetchall()
    by_verdict = {str(verdict): int(count) for verdict, count in rows}
    return Counts(
        created=by_verdict.get("created", 0),
        updated=by_verdict.get("updated", 0),
        skipped=sum(by_verdict.get(reason, 0) for reason in SkipReason),
        errors=by_verdict.get("error", 0),
    )


_REASONS = f"""
SELECT reason, count(*) AS rows, list_sort(min(row, {_SHOWN_ROWS}))
FROM (
    SELECT DISTINCT row, reason FROM (FROM cell_faults UNION ALL FROM table_faults)
    UNION ALL
    SELECT row, verdict FROM plan WHERE verdict NOT IN ('created', 'updated', 'error')
)
GROUP BY reason ORDER BY rows DESC, reason
"""


def _reasons(connection: duckdb.DuckDBPyConnection) -> tuple[ReasonCount, ...]:
    rows = connection.execute(_REASONS).fetchall()
    return tuple(ReasonCount(reason, count, tuple(first)) for reason, count, first in rows)


def first_changes(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, options: ImportOptions, staged: Staged, limit: int
) -> list[Change]:
    """Return, field by field, what the first ``limit`` updates of the plan in ``connection`` change from and to.

    Values of sensitive fields are masked.
    """
    merged = merged_values(mapping, options, clears=staged.clears)
    columns = ", ".join(f"c.{column}::VARCHAR, ({value})::VARCHAR" for column, value in merged.items())
    updates = connection.execute(
        f"""
        SELECT p.row, c.code, {columns}
        FROM (FROM plan WHERE verdict = 'updated' ORDER BY row LIMIT {limit}) AS p
        JOIN staged s ON s.row = p.row JOIN clients c ON c.rowid = p.client
        ORDER BY p.row
        """
    ).fetchall()
    fields = {field.column: field for field in BY_NAME.values()}
    changes = []
    for row, code, *values in updates:
        for column, before, after in zip(merged, values[::2], values[1::2], strict=True):
            if before != after:
                field = fields[column]
                shown = (MASK if value and field.sensitive else value for value in (before, after))
                changes.append(Change(row, code, field.name, *shown))
    return changes


