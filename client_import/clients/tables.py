"""The tables of the clients database: create missing ones, and check existing ones before they are used.

Users may change the file with any tool, so a table that no longer fits is reported in a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import pyarrow as pa

from client_import.clients.as_of import as_of_query
from client_import.clients.history_tables import CLIENT_CHANGES, COMMENTS, HISTORY_TABLES, column_comments
from client_import.errors import StoreError
from client_import.fields.catalogue import FIELDS, Field
from client_import.system.sql import literal
from client_import.validation.stage_part import clean_type

NAME = "clients_database"
"""The name under which the file is attached."""

SCHEMA = 2
"""The version of the tables; a database with a greater one is left alone."""

_WITH_HISTORY = 2
"""The first version that has the tables of the history."""

TRACE_COLUMNS = ("created_at", "updated_at", "created_by_job", "updated_by_job")
"""When and by which job a client was created and last changed; times in UTC (docs/rules.md, section 5)."""

_TRACE_TYPES = ("TIMESTAMP", "TIMESTAMP", "VARCHAR", "VARCHAR")

_LEDGER = {
    "code": "VARCHAR",
    "status": "VARCHAR",
    "file_name": "VARCHAR",
    "total_items": "BIGINT",
    "processed_items": "BIGINT",
    "created_count": "BIGINT",
    "updated_count": "BIGINT",
    "skipped_count": "BIGINT",
    "error_count": "BIGINT",
    "created_date": "TIMESTAMP",
    "started_date": "TIMESTAMP",
    "completed_date": "TIMESTAMP",
    "number": "BIGINT",
    "undoes": "VARCHAR",
    "removed_count": "BIGINT",
}

NULLABLE_IN_LEDGER = ("number", "undoes", "removed_count")
"""The columns of the ledger that a row from before version 2 does not have, nor an import those of an undo."""

_OWN = ("clients", "import_jobs")
"""The tables that every version has had."""

_COMPRESSION = {
    ("client_history", "client"): "zstd",
    ("client_history", "value_before"): "zstd",
    ("client_history", "value_after"): "zstd",
    ("client_creations", "client"): "zstd",
    ("removed_clients", "content"): "zstd",
}
"""Columns of which DuckDB is told how to compress them, as trying every way takes longer than writing them."""

_MARK = "client-import "
"""The beginning of the comment on ``clients``; :data:`SCHEMA` and the columns that were created follow."""

_FOUND = f"""
SELECT t.name, t.kind, t.comment, c.column_name, c.data_type, c.is_nullable OR c.column_default IS NOT NULL
FROM (
    SELECT table_name AS name, 'table' AS kind, comment, schema_name FROM duckdb_tables()
    WHERE database_name = '{NAME}'
    UNION ALL
    SELECT view_name, 'view', comment, schema_name FROM duckdb_views() WHERE database_name = '{NAME}' AND NOT internal
) t JOIN duckdb_columns() c ON c.database_name = '{NAME}' AND c.schema_name = t.schema_name AND c.table_name = t.name
WHERE t.schema_name = 'main' AND t.name IN ({{names}})
"""


def sql_type(field: Field) -> str:
    """Return the type of the field's column in the ``clients`` table."""
    clean = clean_type(field)
    if pa.types.is_boolean(clean):
        return "BOOLEAN"
    return "DATE" if pa.types.is_date(clean) else "VARCHAR"


def tables_of() -> dict[str, dict[str, str]]:
    """Return each table's columns, by name, with their SQL types."""
    clients = {field.column: sql_type(field) for field in FIELDS}
    traced = {**clients, **dict(zip(TRACE_COLUMNS, _TRACE_TYPES, strict=True))}
    return {"clients": traced, "import_jobs": _LEDGER, **HISTORY_TABLES}


class Column:
    """A column found in the database, with the kind (table or view) and the comment of its table."""

    def __init__(self, table_kind: str, comment: str | None, kind: str, may_be_left_out: bool) -> None:
        self.table_kind, self.comment, self.type = table_kind, comment or "", kind
        self.may_be_left_out = may_be_left_out


Columns = dict[str, Column]


def found_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, Columns]:
    """Return those of the tables of :func:`tables_of` that exist, or views of that name, with their columns."""
    found: dict[str, Columns] = {}
    names = ", ".join(literal(name) for name in tables_of())
    rows: Iterable[tuple[Any, ...]] = connection.execute(_FOUND.format(names=names)).fetchall()
    for table, table_kind, comment, column, kind, may_be_left_out in rows:
        found.setdefault(table, {})[column] = Column(table_kind, comment, kind, may_be_left_out)
    return found


def create_tables(connection: duckdb.DuckDBPyConnection, found: Mapping[str, Columns]) -> None:
    """Create what is not among those ``found``: tables, columns for fields new in the catalogue, views, comments."""
    connection.begin()
    for table, columns in tables_of().items():
        if table not in found:
            connection.execute(
                f"CREATE TABLE {table} ({', '.join(_defined(table, *each) for each in columns.items())})"
            )
        for column in columns:
            if column not in found.get(table, columns):
                connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} {columns[column]}")
    comment = comment_after(found)
    if comment is not None or missing(found):
        connection.execute(f"CREATE OR REPLACE VIEW client_changes AS {CLIENT_CHANGES}")
        as_of = as_of_query("moment", tables_of()["clients"], "json_group_object")
        connection.execute(f"CREATE OR REPLACE MACRO clients_as_of(moment) AS TABLE {as_of}")
        for statement in comment_statements(tables_of()["clients"]):
            connection.execute(statement)
    if comment is not None:
        connection.execute(f"COMMENT ON TABLE clients IS '{comment}'")
    connection.commit()


def _defined(table: str, column: str, kind: str) -> str:
    """Return the definition of a column; a table of DuckDB that is not in a file ignores how it is compressed."""
    rule = " NOT NULL" if table == "import_jobs" and column not in NULLABLE_IN_LEDGER else ""
    compression = _COMPRESSION.get((table, column))
    return f"{column} {kind}{rule}" + (f" USING COMPRESSION {compression}" if compression else "")


def comment_statements(columns_of_clients: Iterable[str]) -> list[str]:
    """Return the statements, in the SQL of both databases, that comment on every table, view and column."""
    statements = [
        f'COMMENT ON COLUMN clients."{column}" IS {literal(column_comments(column))}' for column in columns_of_clients
    ]
    for table, comments in COMMENTS.items():
        kind = "VIEW" if table == "client_changes" else "TABLE"
        statements.append(f"COMMENT ON {kind} {table} IS {literal(comments[''])}")
        statements += [
            f'COMMENT ON COLUMN {table}."{column}" IS {literal(text)}' for column, text in comments.items() if column
        ]
    return statements


def comment_after(found: Mapping[str, Columns]) -> str | None:
    """Return the comment that ``clients`` is to have once nothing is missing; None if it is to keep its own."""
    comment = _comment_of(found["clients"]) if "clients" in found else ""
    wanted = f"{_MARK}{SCHEMA}: {' '.join(field.column for field in FIELDS)}"
    return wanted if comment != wanted and (not comment or comment.startswith(_MARK)) else None


def missing(found: Mapping[str, Columns], tables: dict[str, dict[str, str]] | None = None) -> set[str]:
    """Return what of ``tables`` has to be created: both tables, columns of ``clients``, or nothing.

    ``tables`` are those of :func:`tables_of` unless they are given. A column is created only for a field that the table
    was not created with. Raises StoreError when a table is not as this program made it; its message has no subject, for
    the caller to add.
    """
    tables = tables or tables_of()
    lacking = tables.keys() - found.keys()
    version = _version_of(found)
    needed_tables = [name for name in tables if name in lacking and (name in _OWN or version >= _WITH_HISTORY)]
    there = [name for name in _OWN if name in found]
    if needed_tables and there:
        raise StoreError(f"has a table {there[0]}, but no table {needed_tables[0]}")
    for table, columns in found.items():
        _check_kind(table, columns)
        wanted = tables[table]
        absent = wanted.keys() - columns.keys()
        new_fields = {field.column for field in FIELDS} - _made_with(columns) if table == "clients" else set[str]()
        if table == "import_jobs" and version < _WITH_HISTORY:
            new_fields = {*NULLABLE_IN_LEDGER}
        needed = [column for column in wanted if column in absent - new_fields]
        if needed:
            raise StoreError(f"has a table {table} without the column {needed[0]}")
        for column, kind in wanted.items():
            if column in columns and columns[column].type != kind:
                raise StoreError(f"has a table {table} whose column {column} is {columns[column].type}, not {kind}")
        strange = [name for name, column in columns.items() if name not in wanted and not column.may_be_left_out]
        if strange:
            raise StoreError(f"has a table {table} with a column {strange[0]} that must not be empty")
        lacking |= absent
    return lacking


def _version_of(found: Mapping[str, Columns]) -> int:
    """Return the version in the comment on ``clients``; 0 where that is somebody else's."""
    comment = _comment_of(found["clients"]) if "clients" in found else ""
    version = comment.removeprefix(_MARK).partition(":")[0]
    return int(version) if comment.startswith(_MARK) and version.isdecimal() else 0


def _comment_of(columns: Columns) -> str:
    return next(iter(columns.values())).comment


def _made_with(columns: Columns) -> set[str]:
    """Return the columns that the table ``clients`` was created with, according to its comment; all without one."""
    _mark, has_mark, names = _comment_of(columns).partition(": ")
    if has_mark and _comment_of(columns).startswith(_MARK):
        return {*names.split(), *TRACE_COLUMNS}
    return {*tables_of()["clients"]}


def _check_kind(table: str, columns: Columns) -> None:
    """Raise StoreError for a view, or for a table of a newer version of this program."""
    if next(iter(columns.values())).table_kind != "table":
        raise StoreError(f"has a view {table} where the table was")
    comment = _comment_of(columns)
    version = comment.removeprefix(_MARK).partition(":")[0]
    if comment.startswith(_MARK) and version.isdecimal() and int(version) > SCHEMA:
        raise NewerDatabaseError(version)


class NewerDatabaseError(StoreError):
    """The database was made by a newer version of this program."""

    def __init__(self, version: str) -> None:
        super().__init__(f"has tables of version {version}, and this program knows version {SCHEMA}")
