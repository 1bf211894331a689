"""The tables in PostgreSQL: create missing ones, and check existing ones before they are used.

``clients`` has one column more than in a DuckDB file: ``id``, by which a gathered client is known when it is sent back.
"""

from __future__ import annotations

from typing import Any

import psycopg

from client_import.clients.as_of import as_of_query
from client_import.clients.history_tables import CLIENT_CHANGES
from client_import.clients.tables import (
    NULLABLE_IN_LEDGER,
    Column,
    Columns,
    comment_after,
    comment_statements,
    missing,
    tables_of,
)

_TYPES = {
    "VARCHAR": "text",
    "DATE": "date",
    "BOOLEAN": "boolean",
    "TIMESTAMP": "timestamp without time zone",
    "BIGINT": "bigint",
}

_FOUND = """
SELECT c.relname, CASE WHEN c.relkind IN ('r', 'p') THEN 'table' ELSE 'view' END, obj_description(c.oid, 'pg_class'),
    a.attname, format_type(a.atttypid, a.atttypmod),
    NOT a.attnotnull OR a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> ''
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.oid IN (SELECT to_regclass(name) FROM unnest(%s::text[]) AS names(name)) AND a.attnum > 0 AND NOT a.attisdropped
"""

_INDEXES = (
    'CREATE INDEX IF NOT EXISTS clients_in_order ON clients (code COLLATE "C")',
    "CREATE INDEX IF NOT EXISTS client_history_by_job ON client_history (job)",
    "CREATE INDEX IF NOT EXISTS client_history_by_client ON client_history (upper(client))",
    "CREATE INDEX IF NOT EXISTS client_creations_by_job ON client_creations (job)",
    "CREATE INDEX IF NOT EXISTS client_creations_by_client ON client_creations (upper(client))",
    "CREATE INDEX IF NOT EXISTS removed_clients_by_job ON removed_clients (job)",
    "CREATE INDEX IF NOT EXISTS removed_clients_by_client ON removed_clients (upper(client))",
)

_AS_OF = """
DROP FUNCTION IF EXISTS clients_as_of(timestamp without time zone);
CREATE FUNCTION clients_as_of(moment timestamp without time zone) RETURNS TABLE ({columns})
LANGUAGE sql STABLE AS $clients_as_of${query}$clients_as_of$
"""

_DDL_LOCK = "SELECT pg_advisory_xact_lock(hashtext('client-import'), hashtext(current_schema()))"
_MAY_INDEX = """
SELECT pg_has_role(relowner, 'USAGE') AND has_schema_privilege(relnamespace, 'CREATE')
FROM pg_class WHERE oid = to_regclass('clients')
"""


def wanted_tables() -> dict[str, dict[str, str]]:
    """Return each table's columns, by name, with their types as PostgreSQL writes them."""
    wanted = {
        table: {column: _TYPES[kind] for column, kind in columns.items()} for table, columns in tables_of().items()
    }
    return {**wanted, "clients": {"id": "bigint", **wanted["clients"]}}


def found_tables(connection: psycopg.Connection[Any]) -> dict[str, Columns]:
    """Return those of the tables of :func:`wanted_tables` on the search path that exist, or views of that name."""
    found: dict[str, Columns] = {}
    rows = connection.execute(_FOUND, [[*tables_of()]]).fetchall()
    for table, table_kind, comment, column, kind, may_be_left_out in rows:
        found.setdefault(table, {})[column] = Column(table_kind, comment, kind, may_be_left_out)
    return found


def lacking(found: dict[str, Columns]) -> set[str]:
    """Return what :func:`create_tables` has to create; raises StoreError as for a DuckDB file."""
    return missing(found, wanted_tables())


def create_tables(connection: psycopg.Connection[Any]) -> None:
    """Create missing tables, and columns for fields that are new in the catalogue, in one transaction.

    Of several processes that do so at once, one creates them, and the others find them.
    """
    with connection.transaction():
        connection.execute(_DDL_LOCK)
        found = found_tables(connection)
        if not lacking(found):
            return
        for table, columns in wanted_tables().items():
            if table not in found:
                defined = ", ".join(f'"{name}" {kind}{_rule(table, name)}' for name, kind in columns.items())
                connection.execute(f"CREATE TABLE {table} ({defined})".encode())
            for column in columns.keys() - found.get(table, columns).keys():
                connection.execute(f'ALTER TABLE {table} ADD COLUMN "{column}" {columns[column]}'.encode())
        _create_readable(connection)
        comment = comment_after(found)
        if comment is not None:
            connection.execute(f"COMMENT ON TABLE clients IS '{comment}'".encode())


def _create_readable(connection: psycopg.Connection[Any]) -> None:
    """Create the indexes, the view and the function of the history, and comment on everything."""
    columns = {name: kind for name, kind in wanted_tables()["clients"].items() if name != "id"}
    as_of = _AS_OF.format(
        columns=", ".join(f'"{name}" {kind}' for name, kind in columns.items()),
        query=as_of_query("moment", columns, "json_object_agg"),
    )
    statements = (
        *_INDEXES,
        f"CREATE OR REPLACE VIEW client_changes AS {CLIENT_CHANGES}",
        as_of,
        *comment_statements(wanted_tables()["clients"]),
    )
    connection.execute(";".join(statements).encode())


def may_index(connection: psycopg.Connection[Any]) -> bool:
    """Return whether the user of the connection may make indexes on the table ``clients``."""
    row = connection.execute(_MAY_INDEX).fetchone()
    return row is not None and bool(row[0])


def _rule(table: str, column: str) -> str:
    if column == "id":
        return " GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
    if table == "import_jobs" and column not in NULLABLE_IN_LEDGER:
        return " PRIMARY KEY" if column == "code" else " NOT NULL"
    return ""
