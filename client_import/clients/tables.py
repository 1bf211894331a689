"""The tables of the clients database: create missing ones, and check existing ones before they are used.

Users may change the file with any tool, so a table that no longer fits is reported in a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import pyarrow as pa

from client_import.errors import StoreError
from client_import.fields.catalogue import FIELDS, Field
from client_import.validation.stage_part import clean_type

NAME = "clients_database"
"""The name under which the file is attached."""

SCHEMA = 1
"""The version of the tables; a database with a greater one is left alone."""

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
}

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
WHERE t.schema_name = 'main' AND t.name IN ('clients', 'import_jobs')
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
    return {"clients": {**clients, **dict(zip(TRACE_COLUMNS, _TRACE_TYPES, strict=True))}, "import_jobs": _LEDGER}


class Column:
    """A column found in the database, with the kind (table or view) and the comment of its table."""

    def __init__(self, table_kind: str, comment: str | None, kind: str, may_be_left_out: bool) -> None:
        self.table_kind, self.comment, self.type = table_kind, comment or "", kind
        self.may_be_left_out = may_be_left_out


Columns = dict[str, Column]


def found_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, Columns]:
    """Return the tables ``clients`` and ``import_jobs`` if they exist, or views of that name, with their columns."""
    found: dict[str, Columns] = {}
    rows: Iterable[tuple[Any, ...]] = connection.execute(_FOUND).fetchall()
    for table, table_kind, comment, column, kind, may_be_left_out in rows:
        found.setdefault(table, {})[column] = Column(table_kind, comment, kind, may_be_left_out)
    return found


def create_tables(connection: duckdb.DuckDBPyConnection, found: Mapping[str, Columns]) -> None:
    """Create the tables that are not among those ``found``, and a column for each field new in the catalogue."""
    connection.begin()
    for table, columns in tables_of().items():
        if table not in found:
            rule = " NOT NULL" if table == "import_jobs" else ""
            connection.execute(
                f"CREATE TABLE {table} ({', '.join(f'{column} {kind}{rule}' for column, kind in columns.items())})"
            )
        for column in columns:
            if column not in found.get(table, columns):
                connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} {columns[column]}")
    comment = comment_after(found)
    if comment is not None:
        connection.execute(f"COMMENT ON TABLE clients IS '{comment}'")
    connection.commit()


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
    if found and lacking:
        raise StoreError(f"has a table {next(iter(found))}, but no table {next(iter(lacking))}")
    for table, columns in found.items():
        _check_kind(table, columns)
        wanted = tables[table]
        absent = wanted.keys() - columns.keys()
        new_fields = {field.column for field in FIELDS} - _made_with(columns) if table == "clients" else set[str]()
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
