"""A small relational database behind SQLAlchemy Core: SQLite in WAL mode, or another."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from client_import.disk import is_disk_full
from client_import.errors import StoreError
from client_import.job_tables import create_tables, metadata, set_up_sqlite

LOCK_WAIT_SECONDS = 30
"""How long a write waits for those of other processes, each of which takes milliseconds."""


SCHEMA = 1
"""The number of the tables' shape; a program that knows it leaves a store with a greater one alone."""

_CHECKED = 100

_IS_DAMAGED = ("not a database", "malformed", "no such column", "no such table", "is a view")

_PUT_BACK = (
    "It is damaged, or not what client-import made: put a backup in its place, or move it away, and one without a "
    "history is made."
)

_CHECK = "Check that you may read and write it, that it is no folder, and that its disk is not full."


class RelationalStore:
    """The database at ``url`` with the tables of :mod:`client_import.job_tables`, made when they are missing.

    Every method raises StoreError when the database cannot be used.
    """

    def __init__(self, url: str) -> None:
        is_sqlite = url.startswith("sqlite")
        self._engine = sa.create_engine(url, connect_args={"timeout": LOCK_WAIT_SECONDS} if is_sqlite else {})
        if is_sqlite:
            sa.event.listen(self._engine, "connect", set_up_sqlite)
        self._name = url.removeprefix("sqlite:///") if is_sqlite else self._engine.url.render_as_string()
        with self._saying():
            self._refuse_newer_version()
            self._refuse_other_tables()
            create_tables(self._engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def check(self) -> None:
        """Raise StoreError when the database cannot be used; a bounded part of it is read.

        It is opened anew: a connection may remember what it was.
        """
        self._engine.dispose()
        for table in metadata.sorted_tables:
            self._read(sa.select(table).order_by(table.primary_key.columns[0].desc()).limit(_CHECKED))

    def _read(self, query: sa.Select[Any]) -> Sequence[Any]:
        with self._saying(), self._engine.connect() as connection:
            return connection.execute(query).all()

    def _write(self, *statements: sa.Insert | sa.Update | sa.Delete) -> int:
        """Execute the statements in one transaction; returns how many rows the last one changed."""
        changed = 0
        with self._saying(), self._engine.begin() as connection:
            for statement in statements:
                changed = int(connection.execute(statement).rowcount)
        return changed

    @contextmanager
    def _saying(self) -> Iterator[None]:
        """Raise what is wrong with the database, or with a record in it, as a StoreError that says what to do."""
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, ValueError, TypeError, LookupError) as error:
            raise StoreError(self._sentence(error)) from error

    def _sentence(self, error: Exception) -> str:
        if is_disk_full(error):
            return f"The disk is full: the job store {self._name} cannot be written to. Free some space."
        is_damaged = any(text in str(error) for text in _IS_DAMAGED) or not isinstance(error, SQLAlchemyError)
        is_damaged = is_damaged and not isinstance(error, sqlite3.OperationalError)
        return f"The job store {self._name} cannot be used ({_cause(error)}). {_PUT_BACK if is_damaged else _CHECK}"

    def _refuse_newer_version(self) -> None:
        """Raise StoreError when a newer version of this program made the tables; the number is SQLite's own."""
        if self._engine.dialect.name != "sqlite":
            return
        with self._engine.begin() as connection:
            version = int(connection.execute(sa.text("PRAGMA user_version")).scalar_one())
            if not version:
                connection.execute(sa.text(f"PRAGMA user_version = {SCHEMA}"))
        if version > SCHEMA:
            raise StoreError(
                f"The job store {self._name} is of version {version}, and this program knows version {SCHEMA}: a newer "
                "version of client-import made it. Use that version."
            )

    def _refuse_other_tables(self) -> None:
        """Raise StoreError when the tables are not those that this program made."""
        inspector = sa.inspect(self._engine)
        for table in metadata.sorted_tables:
            if table.name in inspector.get_view_names():
                raise StoreError(f"The job store {self._name} has a view {table.name} where its table was. {_PUT_BACK}")
            if not inspector.has_table(table.name):
                continue
            found = {column["name"]: column for column in inspector.get_columns(table.name)}
            known = {column.name for column in table.columns}
            lacking = [column.name for column in table.columns if column.name not in found and _is_essential(column)]
            strange = [
                name
                for name, column in found.items()
                if name not in known and not column["nullable"] and column["default"] is None
            ]
            faults = [f"without the column {name}" for name in lacking]
            faults += [f"with a column {name} that must not be empty" for name in strange]
            if faults:
                raise StoreError(f"The job store {self._name} has a table {table.name} {faults[0]}. {_PUT_BACK}")


def _is_essential(column: sa.Column[Any]) -> bool:
    """Return whether no row can be without it, so that it cannot be added to a table of an older version."""
    return not column.nullable and column.default is None


def _cause(error: Exception) -> str:
    return (str(getattr(error, "orig", None) or error).splitlines() or [type(error).__name__])[0].rstrip(".")
