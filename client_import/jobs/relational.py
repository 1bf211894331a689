"""A small relational database behind SQLAlchemy Core: SQLite in WAL mode, or another."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from client_import.errors import StoreError
from client_import.jobs.store_shape import PUT_BACK, mark_shape, refuse_other_shapes
from client_import.jobs.tables import create_tables, metadata, set_up_sqlite
from client_import.system.disk import is_disk_full

LOCK_WAIT_SECONDS = 30
"""How long a write waits for those of other processes, each of which takes milliseconds."""

_CHECKED = 100

_IS_DAMAGED = ("not a database", "malformed", "no such column", "no such table", "is a view")

_CHECK = "Check that you may read and write it, that it is no folder, and that its disk is not full."


class Relational:
    """The database at ``url`` with the tables of :mod:`client_import.jobs.tables`, made when they are missing.

    Without any of them it is only made new where it is not ``is_begun``: where nothing else says that it had some.
    Every method raises StoreError when the database cannot be used.
    """

    def __init__(self, url: str, *, is_begun: bool = False) -> None:
        is_sqlite = url.startswith("sqlite")
        self._engine = sa.create_engine(url, connect_args={"timeout": LOCK_WAIT_SECONDS} if is_sqlite else {})
        if is_sqlite:
            sa.event.listen(self._engine, "connect", set_up_sqlite)
        self._name = url.removeprefix("sqlite:///") if is_sqlite else self._engine.url.render_as_string()
        with self.translating_errors():
            refuse_other_shapes(self._engine, self._name, is_begun=is_begun)
            create_tables(self._engine)
            mark_shape(self._engine)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def check(self) -> None:
        """Raise StoreError when the database cannot be used; a bounded part of it is read.

        It is opened anew: a connection may remember what it was.
        """
        self._engine.dispose()
        for table in metadata.sorted_tables:
            self.read(sa.select(table).order_by(table.primary_key.columns[0].desc()).limit(_CHECKED))

    def read(self, query: sa.Select[Any]) -> Sequence[Any]:
        """Return the rows of the query."""
        with self.translating_errors(), self._engine.connect() as connection:
            return connection.execute(query).all()

    def write(self, *statements: sa.Insert | sa.Update | sa.Delete) -> int:
        """Execute the statements in one transaction; returns how many rows the last one changed."""
        changed = 0
        with self.translating_errors(), self._engine.begin() as connection:
            for statement in statements:
                changed = int(connection.execute(statement).rowcount)
        return changed

    @contextmanager
    def translating_errors(self) -> Iterator[None]:
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
        return f"The job store {self._name} cannot be used ({_cause(error)}). {PUT_BACK if is_damaged else _CHECK}"


def _cause(error: Exception) -> str:
    return (str(getattr(error, "orig", None) or error).splitlines() or [type(error).__name__])[0].rstrip(".")
