"""Whether the tables of the job store are those that this program makes, before it makes those that are missing."""

from __future__ import annotations

import time

import sqlalchemy as sa

from client_import.errors import StoreError
from client_import.jobs.tables import metadata

SCHEMA = 5
"""The number of the tables' shape, kept with them; to be raised with each new table and column.

A store with a lower one is given what it lacks, one with the same has everything, and a greater one is left alone.
"""

PUT_BACK = (
    "It is damaged, or not what client-import made: put a backup in its place, or move it away, and one without a "
    "history is made."
)

_BEGINNING_SECONDS = 2.0
_LOOK_SECONDS = 0.05
_MARK = "client-import "


def refuse_other_shapes(engine: sa.Engine, name: str, schema: str | None, *, is_begun: bool) -> int:
    """Return the number of the shape that the store ``name`` has; 0 for one without tables, or without a number.

    Its tables are those in ``schema``, where the database has some. Raises StoreError when they are not those that this
    program, or an older one, made. ``is_begun`` says that there were some; another process may just be making them.
    """
    give_up = time.monotonic() + _BEGINNING_SECONDS
    while is_begun and not has_tables(engine, schema):
        if time.monotonic() >= give_up:
            raise StoreError(f"The job store {name} is empty, although there have been imports. {PUT_BACK}")
        time.sleep(_LOOK_SECONDS)
    version = _version(engine, schema)
    if version > SCHEMA:
        raise StoreError(
            f"The job store {name} is of version {version}, and this program knows version {SCHEMA}: a newer "
            "version of client-import made it. Use that version."
        )
    for table in metadata.sorted_tables:
        wrong = _what_is_wrong(engine, table, schema, is_whole=version == SCHEMA)
        if wrong:
            raise StoreError(f"The job store {name} has {wrong}. {PUT_BACK}")
    return version


def mark_shape(connection: sa.Connection, schema: str | None) -> None:
    """Note that all tables and columns are there."""
    if schema is None:
        connection.execute(sa.text(f"PRAGMA user_version = {SCHEMA}"))
    else:
        quoted = connection.dialect.identifier_preparer.quote_identifier(schema)
        connection.execute(sa.text(f"COMMENT ON SCHEMA {quoted} IS '{_MARK}{SCHEMA}'"))


def has_tables(engine: sa.Engine, schema: str | None) -> bool:
    """Return whether the store has any tables."""
    return bool(sa.inspect(engine).get_table_names(schema=schema))


def _version(engine: sa.Engine, schema: str | None) -> int:
    with engine.connect() as connection:
        if schema is None:
            return int(connection.execute(sa.text("PRAGMA user_version")).scalar_one())
        query = sa.text("SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = :schema")
        number = str(connection.execute(query, {"schema": schema}).scalar() or "").removeprefix(_MARK)
    return int(number) if number.isdecimal() else 0


def _what_is_wrong(engine: sa.Engine, table: sa.Table, schema: str | None, *, is_whole: bool) -> str | None:
    """Return what is wrong with the table; where the store ``is_whole`` none is missing, and no column."""
    inspector = sa.inspect(engine)
    if table.name in inspector.get_view_names(schema=schema):
        return f"a view {table.name} where its table was"
    if not inspector.has_table(table.name, schema=schema):
        return f"no table {table.name} any more" if is_whole else None
    found = {column["name"]: column for column in inspector.get_columns(table.name, schema=schema)}
    for column in table.columns:
        if column.name not in found and (is_whole or not column.nullable):
            return f"a table {table.name} without the column {column.name}"
    for name, other in found.items():
        if name not in table.columns and not other["nullable"] and other["default"] is None:
            return f"a table {table.name} with a column {name} that must not be empty"
    return None
