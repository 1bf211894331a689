"""Whether the tables of the job store are those that this program makes, before it makes those that are missing."""

from __future__ import annotations

import time

import sqlalchemy as sa

from client_import.errors import StoreError
from client_import.jobs.tables import metadata

SCHEMA = 1
"""The number of the tables' shape, kept with them in SQLite; to be raised with each new table and column.

A store with a lower one is given what it lacks, one with the same has everything, and a greater one is left alone.
"""

PUT_BACK = (
    "It is damaged, or not what client-import made: put a backup in its place, or move it away, and one without a "
    "history is made."
)

_BEGINNING_SECONDS = 2.0
_LOOK_SECONDS = 0.05


def refuse_other_shapes(engine: sa.Engine, name: str, *, is_begun: bool) -> None:
    """Raise StoreError when the tables in the store ``name`` are not those that this program, or an older one, made.

    ``is_begun`` says that there were some; another process may just be making them.
    """
    give_up = time.monotonic() + _BEGINNING_SECONDS
    while is_begun and not _tables(engine):
        if time.monotonic() >= give_up:
            raise StoreError(f"The job store {name} is empty, although there have been imports. {PUT_BACK}")
        time.sleep(_LOOK_SECONDS)
    version = _version(engine)
    if version > SCHEMA:
        raise StoreError(
            f"The job store {name} is of version {version}, and this program knows version {SCHEMA}: a newer "
            "version of client-import made it. Use that version."
        )
    for table in metadata.sorted_tables:
        wrong = _what_is_wrong(engine, table, is_whole=version == SCHEMA)
        if wrong:
            raise StoreError(f"The job store {name} has {wrong}. {PUT_BACK}")


def mark_shape(engine: sa.Engine) -> None:
    """Note that all tables and columns are there."""
    if engine.dialect.name == "sqlite" and _version(engine) != SCHEMA:
        with engine.begin() as connection:
            connection.execute(sa.text(f"PRAGMA user_version = {SCHEMA}"))


def _version(engine: sa.Engine) -> int:
    if engine.dialect.name != "sqlite":
        return 0
    with engine.connect() as connection:
        return int(connection.execute(sa.text("PRAGMA user_version")).scalar_one())


def _tables(engine: sa.Engine) -> list[str]:
    return sa.inspect(engine).get_table_names()


def _what_is_wrong(engine: sa.Engine, table: sa.Table, *, is_whole: bool) -> str | None:
    """Return what is wrong with the table; where the store ``is_whole`` none is missing, and no column."""
    inspector = sa.inspect(engine)
    if table.name in inspector.get_view_names():
        return f"a view {table.name} where its table was"
    if not inspector.has_table(table.name):
        return f"no table {table.name} any more" if is_whole else None
    found = {column["name"]: column for column in inspector.get_columns(table.name)}
    for column in table.columns:
        if column.name not in found and (is_whole or not column.nullable):
            return f"a table {table.name} without the column {column.name}"
    for name, other in found.items():
        if name not in table.columns and not other["nullable"] and other["default"] is None:
            return f"a table {table.name} with a column {name} that must not be empty"
    return None
